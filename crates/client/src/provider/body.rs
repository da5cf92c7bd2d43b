//! The request bodies of all dialects.
//! A field that was not asked for, or that the provider refuses, is absent rather than null.

use serde_json::{Map, Value, json};

use crate::provider::{CompletionRequest, ProviderQuirks};
use speed_kings_core::race::conversation::{ConversationMessage, MessageSide};

type JsonObject = Map<String, Value>;

/// The cap where an API insists on one and nobody gave it.
const NEEDED_CAP: u32 = 4_096;

pub(super) fn openai(request: &CompletionRequest, quirks: &ProviderQuirks) -> JsonObject {
    let mut body = opening(request);
    if quirks.stream_options {
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    sampling(&mut body, request, quirks, quirks.token_limit.as_str());
    body
}

pub(super) fn ollama(request: &CompletionRequest, quirks: &ProviderQuirks) -> JsonObject {
    let mut body = opening(request);
    let mut options = JsonObject::new();
    sampling(&mut options, request, quirks, "num_predict");
    if !options.is_empty() {
        body.insert("options".to_owned(), Value::Object(options));
    }
    body
}

pub(super) fn anthropic(request: &CompletionRequest, quirks: &ProviderQuirks) -> JsonObject {
    let mut body = opening(&CompletionRequest { system: None, ..request.clone() });
    if let Some(system) = &request.system {
        body.insert("system".to_owned(), Value::from(system.as_str()));
    }
    // It takes no seed, and it refuses a request without a cap.
    let cap = Some(request.max_tokens.unwrap_or(NEEDED_CAP));
    let unseeded = CompletionRequest { seed: None, max_tokens: cap, ..request.clone() };
    sampling(&mut body, &unseeded, quirks, "max_tokens");
    body
}

pub(super) fn responses(request: &CompletionRequest, quirks: &ProviderQuirks) -> JsonObject {
    let mut body = JsonObject::from_iter([
        ("model".to_owned(), Value::from(request.model.as_str())),
        ("input".to_owned(), input(request)),
        ("stream".to_owned(), Value::from(true)),
    ]);
    if let Some(system) = &request.system {
        body.insert("instructions".to_owned(), Value::from(system.as_str()));
    }
    // It takes no seed.
    sampling(&mut body, &CompletionRequest { seed: None, ..request.clone() }, quirks, "max_output_tokens");
    body
}

pub(super) fn completions(request: &CompletionRequest, quirks: &ProviderQuirks) -> JsonObject {
    let text = request.system.iter().chain([&request.prompt]).map(String::as_str).collect::<Vec<_>>().join("\n\n");
    let mut body = JsonObject::from_iter([
        ("model".to_owned(), Value::from(request.model.as_str())),
        ("prompt".to_owned(), Value::from(text)),
        ("stream".to_owned(), Value::from(true)),
    ]);
    if quirks.stream_options {
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    sampling(&mut body, request, quirks, "max_tokens");
    body
}

pub(super) fn gemini(request: &CompletionRequest, quirks: &ProviderQuirks) -> JsonObject {
    let parts = |text: &str| json!([{ "text": text }]);
    let content = |(side, text): (MessageSide, &str)| {
        let role = if side == MessageSide::User { "user" } else { "model" };
        json!({ "role": role, "parts": parts(text) })
    };
    let contents: Vec<Value> = said(request).map(content).collect();
    let mut body = JsonObject::from_iter([("contents".to_owned(), Value::Array(contents))]);
    if let Some(system) = &request.system {
        body.insert("systemInstruction".to_owned(), json!({ "parts": parts(system) }));
    }
    let mut options = JsonObject::new();
    sampling(&mut options, request, quirks, "maxOutputTokens");
    if !options.is_empty() {
        body.insert("generationConfig".to_owned(), Value::Object(options));
    }
    body
}

/// Lays `extra` over `body`; where both have an object, inside it too.
pub fn merge(body: &mut JsonObject, extra: &JsonObject) {
    for (key, value) in extra {
        match (body.get_mut(key), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            _ => {
                body.insert(key.clone(), value.clone());
            }
        }
    }
}

/// The whole conversation: what was said before, and the prompt.
fn said(request: &CompletionRequest) -> impl Iterator<Item = (MessageSide, &str)> {
    let before = request.history.iter().map(|ConversationMessage { side, text }| (*side, text.as_str()));
    before.chain([(MessageSide::User, request.prompt.as_str())])
}

fn message((side, content): (MessageSide, &str)) -> Value {
    let role = if side == MessageSide::User { "user" } else { "assistant" };
    json!({ "role": role, "content": content })
}

/// The prompt alone is a text; a conversation is a list of messages.
fn input(request: &CompletionRequest) -> Value {
    if request.history.is_empty() {
        return Value::from(request.prompt.as_str());
    }
    said(request).map(message).collect()
}

fn opening(request: &CompletionRequest) -> JsonObject {
    let system = request.system.iter().map(|system| json!({ "role": "system", "content": system }));
    let messages = system.chain(said(request).map(message)).collect();
    JsonObject::from_iter([
        ("model".to_owned(), Value::from(request.model.as_str())),
        ("messages".to_owned(), Value::Array(messages)),
        ("stream".to_owned(), Value::from(true)),
    ])
}

fn sampling(into: &mut JsonObject, request: &CompletionRequest, quirks: &ProviderQuirks, limit: &str) {
    let temperature = request.temperature.filter(|temperature| quirks.temperature && temperature.is_finite());
    let fields = [
        (limit, request.max_tokens.map(Value::from)),
        ("temperature", temperature.map(Value::from)),
        ("seed", request.seed.filter(|_| quirks.seed).map(Value::from)),
    ];
    into.extend(fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))));
}

#[cfg(test)]
mod tests {
    use crate::provider::request_body;
    use crate::provider::{CompletionRequest, Dialect, ProviderQuirks};
    use serde_json::{Value, json};
    use speed_kings_catalog::TokenLimit;
    use speed_kings_core::race::conversation::ConversationMessage;

    fn full() -> CompletionRequest {
        CompletionRequest {
            model: "m".to_owned(),
            prompt: "hi".to_owned(),
            history: Vec::new(),
            system: Some("be brief".to_owned()),
            max_tokens: Some(300),
            temperature: Some(0.0),
            seed: Some(7),
        }
    }

    #[test]
    fn a_conversation_is_sent_whole_in_every_dialect_that_has_messages() {
        let history = vec![ConversationMessage::user("one"), ConversationMessage::assistant("two")];
        let asked = CompletionRequest { history, ..full() };
        let body = |dialect| request_body(dialect, &asked, &ProviderQuirks::default());
        let system = json!({ "role": "system", "content": "be brief" });
        let turns = [("user", "one"), ("assistant", "two"), ("user", "hi")];
        let turns: Vec<Value> = turns.iter().map(|(role, text)| json!({ "role": role, "content": text })).collect();
        let opened = Value::Array([&[system][..], &turns].concat());
        assert_eq!((&body(Dialect::OpenAi)["messages"], &body(Dialect::Ollama)["messages"]), (&opened, &opened));
        let [anthropic, responses] = [Dialect::Anthropic, Dialect::Responses].map(body);
        assert_eq!((&anthropic["messages"], &anthropic["system"]), (&json!(turns), &json!("be brief")));
        assert_eq!((&responses["input"], &responses["instructions"]), (&json!(turns), &json!("be brief")));
        let google = body(Dialect::Gemini);
        let part = |role: &str, text: &str| json!({ "role": role, "parts": [{ "text": text }] });
        assert_eq!(google["contents"], json!([part("user", "one"), part("model", "two"), part("user", "hi")]));
        assert_eq!(request_body(Dialect::Responses, &full(), &ProviderQuirks::default())["input"], json!("hi"));
    }

    fn extra(value: &Value) -> ProviderQuirks {
        ProviderQuirks { extra: value.as_object().cloned().unwrap(), ..ProviderQuirks::default() }
    }

    #[test]
    fn openai_says_all_that_was_asked() {
        let expected = json!({
            "model": "m",
            "messages": [{ "role": "system", "content": "be brief" }, { "role": "user", "content": "hi" }],
            "stream": true,
            "stream_options": { "include_usage": true },
            "max_tokens": 300,
            "temperature": 0.0,
            "seed": 7,
        });
        assert_eq!(request_body(Dialect::OpenAi, &full(), &ProviderQuirks::default()), expected);
    }

    #[test]
    fn refused_fields_are_absent() {
        let quirks = ProviderQuirks {
            token_limit: TokenLimit::MaxCompletionTokens,
            stream_options: false,
            temperature: false,
            seed: false,
            ..ProviderQuirks::default()
        };
        let expected = json!({
            "model": "m",
            "messages": [{ "role": "user", "content": "hi" }],
            "stream": true,
            "max_completion_tokens": 300,
        });
        assert_eq!(request_body(Dialect::OpenAi, &CompletionRequest { system: None, ..full() }, &quirks), expected);
    }

    #[test]
    fn ollama_keeps_sampling_in_options() {
        let body = request_body(Dialect::Ollama, &full(), &ProviderQuirks::default());
        assert_eq!(body["options"], json!({ "num_predict": 300, "temperature": 0.0, "seed": 7 }));
        assert_eq!(body["stream"], json!(true));
        let bare = CompletionRequest { max_tokens: None, temperature: Some(f64::NAN), seed: None, ..full() };
        assert_eq!(request_body(Dialect::Ollama, &bare, &ProviderQuirks::default()).get("options"), None);
    }

    #[test]
    fn extras_are_merged_and_stand_over_the_rest() {
        let body =
            request_body(Dialect::Ollama, &full(), &extra(&json!({ "think": false, "options": { "num_ctx": 8192 } })));
        assert_eq!(body["think"], json!(false));
        assert_eq!(body["options"]["num_ctx"], json!(8192));
        assert_eq!(body["options"]["seed"], json!(7));
        let body = request_body(Dialect::OpenAi, &full(), &extra(&json!({ "model": "other", "stream_options": 1 })));
        assert_eq!((&body["model"], &body["stream_options"]), (&json!("other"), &json!(1)));
    }
}

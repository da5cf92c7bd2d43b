//! What a client asked for, out of the JSON body of a chat completion.
//! Only what changes the answer is read; everything else is accepted and ignored, as real servers do.

use serde_json::Value;

use speed_kings_catalog::Dialect;

/// Bytes of prompt in one token.
const BYTES_PER_TOKEN: usize = 4;

/// What the path of a request says beyond who is asked, as Google has it there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct PathRequest {
    /// The model that the path names.
    pub(super) model: Option<String>,
    /// Whether a stream is wanted.
    pub(super) stream: Option<bool>,
    /// Whether that stream is wanted as a list.
    pub(super) list: bool,
}

/// One request for a completion.
#[derive(Clone, PartialEq, Eq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub(super) struct ChatRequest {
    /// How it was asked, and is to be answered.
    pub(super) dialect: Dialect,
    /// The model's name, to be echoed.
    pub(super) model: Option<String>,
    /// A stream is wanted, not one reply.
    pub(super) stream: bool,
    /// Usage is wanted in the stream.
    pub(super) include_usage: bool,
    /// The cap on output tokens.
    pub(super) max_tokens: Option<u32>,
    /// Chosen by the client.
    pub(super) seed: u64,
    /// All of the prompt: what stands ahead of the messages, and each message.
    pub(super) prompt: String,
    /// Of its tokens, those that need not be read again.
    pub(super) cached_tokens: u64,
    /// The answer is to be as long as the cap allows.
    pub(super) ignore_eos: bool,
    /// The stream is wanted as a list, where the dialect has one.
    pub(super) list: bool,
}

impl ChatRequest {
    /// Reads the body of a request in `dialect`. Ollama streams and counts without being asked to.
    pub(super) fn parse(body: &[u8], dialect: Dialect) -> Result<Self, String> {
        let json: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
        let prompt = prompt_of(&json, dialect)?;
        let ollama = dialect == Dialect::Ollama;
        if dialect == Dialect::Anthropic && json.get("max_tokens").is_none() {
            return Err("max_tokens: Field required".into());
        }
        let sampling = match dialect {
            Dialect::Ollama => json.get("options").unwrap_or(&Value::Null),
            Dialect::Gemini => json.get("generationConfig").unwrap_or(&Value::Null),
            _ => &json,
        };
        let asked = json.pointer("/stream_options/include_usage").and_then(Value::as_bool).unwrap_or(false);
        Ok(Self {
            dialect,
            model: json.get("model").and_then(Value::as_str).map(str::to_owned),
            stream: json.get("stream").and_then(Value::as_bool).unwrap_or(ollama || dialect == Dialect::Gemini),
            include_usage: !matches!(dialect, Dialect::OpenAi | Dialect::Completions) || asked,
            max_tokens: cap(sampling)?,
            seed: seed(sampling),
            prompt,
            cached_tokens: 0,
            ignore_eos: json.get("ignore_eos").and_then(Value::as_bool).unwrap_or(false),
            list: false,
        })
    }

    /// Tokens in the prompt.
    pub(super) fn prompt_tokens(&self) -> u64 {
        u64::try_from(self.prompt.len().div_ceil(BYTES_PER_TOKEN)).unwrap_or(u64::MAX)
    }

    /// The same, with so many bytes at the beginning of its prompt known already. At least one token is always read.
    pub(super) fn knowing(self, bytes: usize) -> Self {
        let known = u64::try_from(bytes / BYTES_PER_TOKEN).unwrap_or(0);
        Self { cached_tokens: known.min(self.prompt_tokens().saturating_sub(1)), ..self }
    }

    /// The same with what `path` says of it.
    pub(super) fn with(self, path: &PathRequest) -> Self {
        Self {
            model: path.model.clone().or(self.model),
            stream: path.stream.unwrap_or(self.stream),
            list: path.list,
            ..self
        }
    }
}

/// The text of all of the prompt.
fn prompt_of(json: &Value, dialect: Dialect) -> Result<String, String> {
    let text = |field: &str| json.get(field).map(text_of).filter(|text| !text.is_empty());
    match dialect {
        Dialect::Completions => return text("prompt").ok_or_else(|| "`prompt` must be a text".into()),
        Dialect::Responses => {
            let input = text("input").ok_or("`input` must be a text or a list of messages")?;
            return Ok(text("instructions").unwrap_or_default() + &input);
        }
        Dialect::Gemini => {
            let contents = text("contents").ok_or("`contents` must be a list with at least one part in it")?;
            return Ok(text("systemInstruction").unwrap_or_default() + &contents);
        }
        Dialect::OpenAi | Dialect::Ollama | Dialect::Anthropic => {}
    }
    let messages = json.get("messages").and_then(Value::as_array).filter(|messages| !messages.is_empty());
    let messages = messages.ok_or("`messages` must be a list with at least one message in it")?;
    let system = json.get("system").filter(|_| dialect == Dialect::Anthropic);
    Ok(system.into_iter().chain(messages.iter().filter_map(|message| message.get("content"))).map(text_of).collect())
}

/// The cap, under any of its names.
fn cap(json: &Value) -> Result<Option<u32>, String> {
    let given = ["max_completion_tokens", "max_output_tokens", "maxOutputTokens", "max_tokens", "num_predict"]
        .iter()
        .find_map(|key| Some((key, json.get(key)?)));
    let Some((key, value)) = given.filter(|(_, value)| !value.is_null()) else { return Ok(None) };
    match value.as_u64() {
        // Ollama's word for no cap.
        None if value.as_i64() == Some(-1) => Ok(None),
        Some(tokens @ 1..) => Ok(Some(u32::try_from(tokens).unwrap_or(u32::MAX))),
        _ => Err(format!("`{key}` must be a whole number above 0")),
    }
}

/// The seed as 64 bits; negative ones are as good as any.
fn seed(json: &Value) -> u64 {
    let value = json.get("seed");
    value.and_then(Value::as_u64).or_else(|| value?.as_i64().map(i64::cast_unsigned)).unwrap_or(0)
}

/// The text of a message's content, which is a string, a list of parts, or a list of messages with such.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(text_of).collect(),
        Value::Object(part) => {
            ["text", "content", "parts"].iter().filter_map(|field| part.get(*field)).map(text_of).collect()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_the_answer_is_read() {
        let body = br#"{"model":"m","stream":true,"stream_options":{"include_usage":true},"max_tokens":7,"seed":-1,
            "messages":[{"role":"system","content":"12345678"},{"role":"user","content":[{"type":"text","text":"9"}]}]}"#;
        let wanted = ChatRequest {
            dialect: Dialect::OpenAi,
            model: Some("m".into()),
            stream: true,
            include_usage: true,
            max_tokens: Some(7),
            seed: u64::MAX,
            prompt: "123456789".into(),
            cached_tokens: 0,
            ignore_eos: false,
            list: false,
        };
        assert_eq!(ChatRequest::parse(body, Dialect::OpenAi), Ok(wanted));
    }

    #[test]
    fn what_a_server_has_read_before_need_not_be_read_again() {
        let body = br#"{"messages":[{"content":"12345678"},{"content":"9"}],"ignore_eos":true}"#;
        let ask = ChatRequest::parse(body, Dialect::OpenAi).unwrap();
        assert_eq!((ask.prompt_tokens(), ask.ignore_eos), (3, true));
        assert_eq!([0, 4, 8, 99].map(|bytes| ask.clone().knowing(bytes).cached_tokens), [0, 1, 2, 2]);
    }

    #[test]
    fn ollama_is_asked_in_its_own_words() {
        let body = br#"{"messages":[{"content":"a"}],"options":{"num_predict":9,"seed":3},"max_tokens":7}"#;
        let ask = ChatRequest::parse(body, Dialect::Ollama).unwrap();
        assert_eq!((ask.max_tokens, ask.seed, ask.stream, ask.include_usage), (Some(9), 3, true, true));
        let endless = br#"{"messages":[{"content":"a"}],"options":{"num_predict":-1},"stream":false}"#;
        let ask = ChatRequest::parse(endless, Dialect::Ollama).unwrap();
        assert_eq!((ask.max_tokens, ask.stream), (None, false));
    }

    #[test]
    fn anthropic_has_the_system_beside_the_messages_and_wants_a_cap() {
        let body = br#"{"system":"1234","messages":[{"content":"56789"}],"max_tokens":7,"stream":true}"#;
        let ask = ChatRequest::parse(body, Dialect::Anthropic).unwrap();
        assert_eq!((ask.prompt_tokens(), ask.max_tokens, ask.stream, ask.include_usage), (3, Some(7), true, true));
        let uncapped = ChatRequest::parse(br#"{"messages":[{"content":"a"}]}"#, Dialect::Anthropic);
        assert_eq!(uncapped.unwrap_err(), "max_tokens: Field required");
    }

    #[test]
    fn every_dialect_has_its_own_place_for_the_prompt_and_the_cap() {
        for (dialect, body) in [
            (Dialect::Responses, r#"{"input":"12345","instructions":"678","max_output_tokens":7,"stream":true}"#),
            (
                Dialect::Responses,
                r#"{"input":[{"role":"user","content":"12345678"}],"max_output_tokens":7,"stream":true}"#,
            ),
            (Dialect::Completions, r#"{"prompt":"12345678","max_tokens":7,"stream":true}"#),
            (
                Dialect::Gemini,
                r#"{"contents":[{"parts":[{"text":"12345678"}]}],"generationConfig":{"maxOutputTokens":7}}"#,
            ),
        ] {
            let ask = ChatRequest::parse(body.as_bytes(), dialect).unwrap();
            assert_eq!((ask.prompt_tokens(), ask.max_tokens, ask.stream), (2, Some(7), true), "{body}");
            assert!(ChatRequest::parse(b"{}", dialect).is_err(), "{dialect:?}");
        }
        let path = PathRequest { model: Some("g".into()), stream: Some(false), list: true };
        let ask =
            ChatRequest::parse(br#"{"contents":[{"parts":[{"text":"a"}]}]}"#, Dialect::Gemini).unwrap().with(&path);
        assert_eq!((ask.model.as_deref(), ask.stream, ask.list), (Some("g"), false, true));
    }

    #[test]
    fn what_cannot_be_answered_is_refused_by_name() {
        let refusal = |body: &[u8]| ChatRequest::parse(body, Dialect::OpenAi).unwrap_err();
        assert!(refusal(b"{").contains("no JSON"));
        assert!(refusal(b"{}").contains("`messages`"));
        let capped = br#"{"messages":[{"content":"a"}],"max_tokens":0}"#;
        assert!(refusal(capped).contains("`max_tokens`"));
    }
}

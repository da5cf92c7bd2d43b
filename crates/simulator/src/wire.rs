//! The JSON of the simulated API: chunks, usage, timings and errors, in the shapes that real providers use.
//! Pure: values in, text out.

mod lines;
mod sse;

use std::time::Duration;

use serde_json::{Value, json};

use self::lines::LineTemplate;
use self::sse::ChunkEnvelope;
use super::settings::{ErrorBody, ErrorShape, LineEnd, ReasoningForm, UsageForm};
use speed_kings_catalog::Dialect;

/// `created` of everything: a fixed moment, so that the same seed gives the same bytes.
const CREATED: u64 = 1_767_225_600;
/// The same moment as Ollama writes it.
const CREATED_AT: &str = "2026-01-01T00:00:00Z";

/// What an error inside a stream says.
pub(super) const STREAM_ERROR: &str = "the simulated engine lost a cylinder";

/// How one answer is put into bytes.
pub(super) trait WireFormat {
    /// The content type of a stream.
    fn content_type(&self) -> &'static str;
    /// The field for thoughts, where they have one of their own.
    fn thought_key(&self, form: ReasoningForm) -> Option<&'static str>;
    /// A sign of life that is no event; empty where there is no such thing.
    fn comment(&self, text: &str) -> String;
    /// A stretch of text in the field `key`, with the role if `opening`.
    fn text(&self, key: &str, text: &str, opening: bool) -> String;
    /// Something that breaks off inside its JSON; as the stream's `tail` it isn't even ended.
    fn damaged(&self, tail: bool) -> String;
    /// An error in the middle of a stream, and whatever still follows it.
    fn error(&self, shape: ErrorShape) -> String;
    /// The end of a complete stream.
    fn closing(&self, closing: &AnswerClosing) -> String;
    /// The whole answer at once.
    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String;
}

/// The voice of `dialect`, for the answer `id` of `model`.
pub(super) fn voice(dialect: Dialect, id: String, model: String, line_end: LineEnd) -> Box<dyn WireFormat> {
    match dialect {
        Dialect::OpenAi => Box::new(ChunkEnvelope::new(id, model, line_end)),
        Dialect::Ollama => Box::new(LineTemplate::new(model, line_end)),
    }
}

/// What is said at the end of an answer.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct AnswerClosing {
    /// Token counts of the answer.
    pub(super) counts: AnswerCounts,
    /// When the parts of the answer happened.
    pub(super) times: AnswerTimes,
    /// Why it ended, if that is said.
    pub(super) finish: Option<&'static str>,
    /// Where the counts go.
    pub(super) usage: UsageForm,
    /// Whether the end is marked.
    pub(super) done: bool,
}

/// Adds the fields of `extra` to `object`.
pub(super) fn merge(object: &mut Value, extra: &Value) {
    if let (Value::Object(fields), Value::Object(more)) = (object, extra) {
        fields.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

/// Token counts of one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct AnswerCounts {
    pub(super) prompt: u64,
    /// Tokens of the whole completion, reasoning included.
    pub(super) completion: u32,
    pub(super) reasoning: u32,
}

impl AnswerCounts {
    pub(super) fn json(self) -> Value {
        json!({
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + u64::from(self.completion),
            "prompt_tokens_details": { "cached_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": self.reasoning },
        })
    }
}

/// When the parts of one answer happened, from the request on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct AnswerTimes {
    /// The head went out: until then the request counts as queued.
    pub(super) head: Duration,
    pub(super) first_token: Duration,
    pub(super) last_token: Duration,
}

impl AnswerTimes {
    /// In seconds, as Cerebras and Groq report them.
    pub(super) fn json(self) -> Value {
        json!({
            "queue_time": self.head.as_secs_f64(),
            "prompt_time": self.first_token.saturating_sub(self.head).as_secs_f64(),
            "completion_time": self.last_token.saturating_sub(self.first_token).as_secs_f64(),
            "total_time": self.last_token.as_secs_f64(),
        })
    }
}

/// The body of an error and its content type.
pub(super) fn error_body(shape: ErrorBody, status: u16, message: &str) -> (&'static str, String) {
    let (kind, code) = match status {
        401 => ("authentication_error", "invalid_api_key"),
        403 => ("permission_error", "permission_denied"),
        404 => ("invalid_request_error", "not_found"),
        429 => ("rate_limit_error", "rate_limit_exceeded"),
        500.. => ("server_error", "server_error"),
        _ => ("invalid_request_error", "invalid_request"),
    };
    let fields = json!({ "message": message, "type": kind, "param": null, "code": code });
    let json = match shape {
        ErrorBody::OpenAi => json!({ "error": fields }),
        ErrorBody::Flat => fields,
        ErrorBody::Text => json!({ "error": message }),
        ErrorBody::Detail => json!({ "detail": message }),
        ErrorBody::Object => json!({ "object": "error", "message": message, "type": kind, "code": status }),
        ErrorBody::Plain => return ("text/plain; charset=utf-8", message.to_owned()),
        ErrorBody::Html => {
            let page = format!("<html><head><title>{status}</title></head><body><h1>{message}</h1></body></html>\n");
            return ("text/html; charset=utf-8", page);
        }
    };
    (JSON, json.to_string())
}

/// The content type of JSON.
pub(super) const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_time_add_up() {
        let ms = Duration::from_millis;
        let json = AnswerTimes { head: ms(5), first_token: ms(50), last_token: ms(250) }.json();
        let part = |key: &str| json.get(key).and_then(Value::as_f64).unwrap();
        assert!(
            (part("queue_time") + part("prompt_time") + part("completion_time") - part("total_time")).abs() < 1e-12
        );
    }

    #[test]
    fn every_error_body_carries_the_message() {
        use ErrorBody::{Detail, Flat, Html, Object, OpenAi, Plain, Text};
        for shape in [OpenAi, Flat, Text, Detail, Object, Plain, Html] {
            let (kind, body) = error_body(shape, 429, "slow down");
            assert!(body.contains("slow down"));
            assert_eq!(kind == JSON, serde_json::from_str::<Value>(&body).is_ok());
        }
    }
}

//! What every format of the wire has to write, and what an answer comes to at its end.

use std::time::Duration;

use serde_json::{Value, json};

use crate::settings::{ErrorShape, LineEnd, ReasoningForm, UsageForm};

/// `created` of everything: a fixed moment, so that the same seed gives the same bytes.
pub(crate) const CREATED: u64 = 1_767_225_600;

/// The same moment as Ollama writes it.
pub(crate) const CREATED_AT: &str = "2026-01-01T00:00:00Z";

/// What an error inside a stream says.
pub(crate) const STREAM_ERROR: &str = "the simulated engine lost a cylinder";

/// How one answer is put into bytes.
pub(crate) trait WireFormat {
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

/// What an answer is known by, and what is settled of it before it begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct AnswerIdentity {
    pub(crate) id: String,
    pub(crate) model: String,
    pub(crate) line_end: LineEnd,
    /// Tokens of the prompt, where they are told.
    pub(crate) prompt: Option<u64>,
    /// Of them, those that were not read again.
    pub(crate) cached: u64,
    /// Chunks go out as a list, where the dialect has both forms.
    pub(crate) list: bool,
}

/// What is said at the end of an answer.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct AnswerClosing {
    /// Token counts of the answer.
    pub(crate) counts: AnswerCounts,
    /// When the parts of the answer happened.
    pub(crate) times: AnswerTimes,
    /// Why it ended, if that is said.
    pub(crate) finish: Option<&'static str>,
    /// Where the counts go.
    pub(crate) usage: UsageForm,
    /// Whether the end is marked.
    pub(crate) done: bool,
}

/// Adds the fields of `extra` to `object`.
pub(crate) fn merge(object: &mut Value, extra: &Value) {
    if let (Value::Object(fields), Value::Object(more)) = (object, extra) {
        fields.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

/// Token counts of one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AnswerCounts {
    pub(crate) prompt: u64,
    /// Of them, those that were not read again.
    pub(crate) cached: u64,
    /// Tokens of the whole completion, reasoning included.
    pub(crate) completion: u32,
    pub(crate) reasoning: u32,
}

impl AnswerCounts {
    pub(crate) fn json(self) -> Value {
        json!({
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + u64::from(self.completion),
            "prompt_tokens_details": { "cached_tokens": self.cached },
            "completion_tokens_details": { "reasoning_tokens": self.reasoning },
        })
    }
}

/// When the parts of one answer happened, from the request on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct AnswerTimes {
    /// The head went out: until then the request counts as queued.
    pub(crate) head: Duration,
    pub(crate) first_token: Duration,
    pub(crate) last_token: Duration,
}

impl AnswerTimes {
    /// In seconds, as Cerebras and Groq report them.
    pub(crate) fn json(self) -> Value {
        json!({
            "queue_time": self.head.as_secs_f64(),
            "prompt_time": self.first_token.saturating_sub(self.head).as_secs_f64(),
            "completion_time": self.last_token.saturating_sub(self.first_token).as_secs_f64(),
            "total_time": self.last_token.as_secs_f64(),
        })
    }
}

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
}

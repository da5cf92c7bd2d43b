//! The stream of the older completions: chunks with a text in place of a delta, and thoughts in no field of their own.

use serde_json::{Value, json};

use super::events::cut;
use super::format::{AnswerClosing, AnswerIdentity, CREATED, STREAM_ERROR, WireFormat, merge};
use crate::settings::{ErrorShape, ReasoningForm, UsageForm};

/// One answer as chunks of text.
pub(super) struct TextChunks {
    answer: AnswerIdentity,
}

impl TextChunks {
    pub(super) fn new(answer: AnswerIdentity) -> Self {
        Self { answer }
    }

    fn data(&self, text: &str) -> String {
        let eol = self.answer.line_end.as_str();
        format!("data: {text}{eol}{eol}")
    }

    fn object(&self, choices: &Value, usage: &Value) -> Value {
        json!({
            "id": self.answer.id, "object": "text_completion", "created": CREATED, "model": self.answer.model,
            "choices": choices, "usage": usage,
        })
    }

    fn choice(text: &str, finish: Option<&str>) -> Value {
        json!([{ "index": 0, "text": text, "logprobs": null, "finish_reason": finish }])
    }

    fn chunk(&self, text: &str) -> String {
        self.data(&self.object(&Self::choice(text, None), &Value::Null).to_string())
    }
}

impl WireFormat for TextChunks {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn thought_key(&self, _: ReasoningForm) -> Option<&'static str> {
        None
    }

    fn comment(&self, text: &str) -> String {
        let eol = self.answer.line_end.as_str();
        format!(": {text}{eol}{eol}")
    }

    fn text(&self, _: &str, text: &str, _: bool) -> String {
        self.chunk(text)
    }

    fn damaged(&self, tail: bool) -> String {
        cut(&self.chunk(" lost"), tail, self.answer.line_end)
    }

    fn error(&self, _: ErrorShape) -> String {
        let error = json!({ "error": { "message": STREAM_ERROR, "type": "server_error", "code": null } });
        self.data(&error.to_string()) + &self.data("[DONE]")
    }

    fn closing(&self, closing: &AnswerClosing) -> String {
        let last = Self::choice("", closing.finish);
        let mut bytes = self.data(&self.object(&last, &Value::Null).to_string());
        if closing.usage != UsageForm::Never && closing.usage != UsageForm::Asked {
            bytes += &self.data(&self.object(&json!([]), &closing.counts.json()).to_string());
        }
        if closing.done {
            bytes += &self.data("[DONE]");
        }
        bytes
    }

    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String {
        let text = message.get("content").and_then(Value::as_str).unwrap_or_default();
        let mut reply = self.object(&Self::choice(text, closing.finish), &closing.counts.json());
        merge(&mut reply, &json!({ "time_info": closing.times.json() }));
        reply.to_string()
    }
}

//! The stream of Google's dialect: chunks of a candidate with the counts so far, as events or, where nobody asked for events,
//! as a list that is written piece by piece. It has no mark of its end but the finish reason.

use std::cell::Cell;

use serde_json::{Value, json};

use super::events::cut;
use super::format::{AnswerClosing, AnswerIdentity, STREAM_ERROR, WireFormat, merge};
use crate::settings::{ErrorShape, ReasoningForm, UsageForm};

/// One answer as chunks of a candidate.
pub(super) struct CandidateChunks {
    answer: AnswerIdentity,
    /// Whether the list has begun, in which each chunk but the first stands behind a comma.
    begun: Cell<bool>,
    refused: Cell<bool>,
}

impl CandidateChunks {
    pub(super) fn new(answer: AnswerIdentity) -> Self {
        Self { answer, begun: Cell::new(false), refused: Cell::new(false) }
    }

    /// One chunk as it is written.
    fn written(&self, chunk: &Value) -> String {
        let eol = self.answer.line_end.as_str();
        if !self.answer.list {
            return format!("data: {chunk}{eol}{eol}");
        }
        format!("{}{chunk}", if self.begun.replace(true) { format!("{eol},{eol}") } else { "[".to_owned() })
    }

    fn chunk(&self, part: &Value, finish: Option<&str>) -> Value {
        let mut candidate = json!({ "content": { "parts": [part], "role": "model" }, "index": 0 });
        if let Some(reason) = finish {
            merge(&mut candidate, &json!({ "finishReason": reason }));
        }
        let mut chunk =
            json!({ "candidates": [candidate], "modelVersion": self.answer.model, "responseId": self.answer.id });
        if let Some(prompt) = self.answer.prompt {
            merge(&mut chunk, &json!({ "usageMetadata": { "promptTokenCount": prompt } }));
        }
        chunk
    }

    /// The chunk that ends the answer.
    fn last(&self, part: &Value, closing: &AnswerClosing) -> Value {
        let reason = match closing.finish {
            Some("stop" | "refusal") if self.refused.get() => Some("SAFETY"),
            Some("stop") => Some("STOP"),
            Some("length") => Some("MAX_TOKENS"),
            Some("content_filter") => Some("SAFETY"),
            other => other,
        };
        let mut chunk = self.chunk(part, reason);
        if closing.usage != UsageForm::Never {
            let counts = closing.counts;
            let usage = json!({
                "promptTokenCount": counts.prompt,
                "cachedContentTokenCount": counts.cached,
                "candidatesTokenCount": counts.completion - counts.reasoning,
                "thoughtsTokenCount": counts.reasoning,
                "totalTokenCount": counts.prompt + u64::from(counts.completion),
            });
            merge(&mut chunk, &json!({ "usageMetadata": usage }));
        }
        chunk
    }
}

impl WireFormat for CandidateChunks {
    fn content_type(&self) -> &'static str {
        if self.answer.list { "application/json" } else { "text/event-stream" }
    }

    fn thought_key(&self, form: ReasoningForm) -> Option<&'static str> {
        (!matches!(form, ReasoningForm::ThinkTags | ReasoningForm::CloseTag)).then_some("thought")
    }

    fn comment(&self, text: &str) -> String {
        let eol = self.answer.line_end.as_str();
        if self.answer.list { eol.to_owned() } else { format!(": {text}{eol}{eol}") }
    }

    fn text(&self, key: &str, text: &str, _: bool) -> String {
        self.refused.set(self.refused.get() || key == "refusal");
        let part = if key == "thought" { json!({ "text": text, "thought": true }) } else { json!({ "text": text }) };
        self.written(&self.chunk(&part, None))
    }

    fn damaged(&self, tail: bool) -> String {
        cut(&self.written(&self.chunk(&json!({ "text": " lost" }), None)), tail, self.answer.line_end)
    }

    fn error(&self, _: ErrorShape) -> String {
        let error = json!({ "error": { "code": 500, "message": STREAM_ERROR, "status": "INTERNAL" } });
        self.written(&error) + if self.answer.list { "]" } else { "" }
    }

    fn closing(&self, closing: &AnswerClosing) -> String {
        let last = self.written(&self.last(&json!({ "text": "" }), closing));
        last + if self.answer.list && closing.done { "]" } else { "" }
    }

    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String {
        let text = |key: &str| message.get(key)?.as_str().filter(|text| !text.is_empty());
        let thought = text("thought").map(|text| json!({ "text": text, "thought": true }));
        let mut reply = self.last(&json!({ "text": text("content").unwrap_or_default() }), closing);
        if let (Some(thought), Some(Value::Array(parts))) = (thought, reply.pointer_mut("/candidates/0/content/parts"))
        {
            parts.insert(0, thought);
        }
        reply.to_string()
    }
}

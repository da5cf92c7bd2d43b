//! The stream of Anthropic's dialect: a message that starts, its blocks with their pieces, and a message that stops.
//! It has one place for each thing, so the settings of places and of spellings change nothing here.

use std::cell::Cell;

use serde_json::{Value, json};

use super::events::{cut, named};
use super::format::{AnswerClosing, AnswerCounts, AnswerIdentity, STREAM_ERROR, WireFormat};
use crate::settings::{ErrorShape, ReasoningForm, UsageForm};

/// One answer, with the block that is open.
pub(super) struct MessageEvents {
    answer: AnswerIdentity,
    /// The type of the open block and its place, once there is one.
    block: Cell<Option<(&'static str, u32)>>,
    refused: Cell<bool>,
}

impl MessageEvents {
    pub(super) fn new(answer: AnswerIdentity) -> Self {
        Self { answer, block: Cell::new(None), refused: Cell::new(false) }
    }

    fn event(&self, data: &Value) -> String {
        named(data, self.answer.line_end)
    }

    fn message(&self, content: &Value, reason: Option<&str>, usage: &Value) -> Value {
        json!({
            "id": self.answer.id, "type": "message", "role": "assistant", "model": self.answer.model, "content": content,
            "stop_reason": reason, "stop_sequence": null, "usage": usage,
        })
    }

    /// The end of the open block and the beginning of one of this type, unless it is open already.
    fn turn(&self, kind: &'static str) -> String {
        let open = self.block.get();
        if open.is_some_and(|(open, _)| open == kind) {
            return String::new();
        }
        let index = open.map_or(0, |(_, index)| index + 1);
        let block = json!({ "type": kind, kind: "" });
        let start = json!({ "type": "content_block_start", "index": index, "content_block": block });
        let turned = self.stop() + &self.event(&start);
        self.block.set(Some((kind, index)));
        turned
    }

    /// The end of the open block.
    fn stop(&self) -> String {
        self.block
            .get()
            .map_or_else(String::new, |(_, index)| self.event(&json!({ "type": "content_block_stop", "index": index })))
    }

    fn piece(&self, index: u32, kind: &'static str, text: &str) -> String {
        let delta = json!({ "type": format!("{kind}_delta"), kind: text });
        self.event(&json!({ "type": "content_block_delta", "index": index, "delta": delta }))
    }

    fn reason<'a>(&self, finish: Option<&'a str>) -> Option<&'a str> {
        match finish {
            Some("stop") if self.refused.get() => Some("refusal"),
            Some("stop") => Some("end_turn"),
            Some("length") => Some("max_tokens"),
            other => other,
        }
    }

    fn usage(closing: &AnswerClosing) -> Value {
        if closing.usage == UsageForm::Never {
            return json!({});
        }
        let AnswerCounts { prompt, cached, completion, .. } = closing.counts;
        json!({ "input_tokens": prompt - cached, "output_tokens": completion })
    }
}

impl WireFormat for MessageEvents {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn thought_key(&self, form: ReasoningForm) -> Option<&'static str> {
        (!matches!(form, ReasoningForm::ThinkTags | ReasoningForm::CloseTag)).then_some("thinking")
    }

    fn comment(&self, _: &str) -> String {
        self.event(&json!({ "type": "ping" }))
    }

    fn text(&self, key: &str, text: &str, opening: bool) -> String {
        let mut events = String::new();
        if opening {
            let usage = self.answer.prompt.map_or_else(
                || json!({}),
                // Its prompt tokens are those that were read: what came out of a cache is counted beside them.
                |prompt| {
                    let cached = self.answer.cached;
                    json!({ "input_tokens": prompt - cached, "cache_read_input_tokens": cached, "output_tokens": 1 })
                },
            );
            let message = self.message(&json!([]), None, &usage);
            events += &self.event(&json!({ "type": "message_start", "message": message }));
            if text.is_empty() {
                return events;
            }
        }
        self.refused.set(self.refused.get() || key == "refusal");
        let kind = if key == "thinking" { "thinking" } else { "text" };
        events += &self.turn(kind);
        let index = self.block.get().map_or(0, |(_, index)| index);
        events + &self.piece(index, kind, text)
    }

    fn damaged(&self, tail: bool) -> String {
        cut(&self.piece(0, "text", " lost"), tail, self.answer.line_end)
    }

    fn error(&self, _: ErrorShape) -> String {
        self.event(&json!({ "type": "error", "error": { "type": "api_error", "message": STREAM_ERROR } }))
    }

    fn closing(&self, closing: &AnswerClosing) -> String {
        let delta = json!({ "stop_reason": self.reason(closing.finish), "stop_sequence": null });
        let last = json!({ "type": "message_delta", "delta": delta, "usage": Self::usage(closing) });
        let mut events = self.stop() + &self.event(&last);
        if closing.done {
            events += &self.event(&json!({ "type": "message_stop" }));
        }
        events
    }

    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String {
        let block = |kind: &str, key: &str| {
            let text = message.get(key)?.as_str().filter(|text| !text.is_empty())?;
            Some(json!({ "type": kind, kind: text }))
        };
        let content = [block("thinking", "thinking"), block("text", "content")].into_iter().flatten().collect();
        self.message(&content, self.reason(closing.finish), &Self::usage(closing)).to_string()
    }
}

//! The stream of the newer dialect of `OpenAI`: a response that is created, its items with their pieces, and the whole of it
//! once more when it is completed. It has one place for each thing, so the settings of places change nothing here.

use std::cell::Cell;

use serde_json::{Value, json};

use super::events::{cut, named};
use super::format::{AnswerClosing, AnswerIdentity, CREATED, STREAM_ERROR, WireFormat, merge};
use crate::settings::{ErrorShape, ReasoningForm, UsageForm};

/// One answer, with the item that is open.
pub(super) struct ResponseEvents {
    answer: AnswerIdentity,
    /// The type of the open item and its place, once there is one.
    item: Cell<Option<(&'static str, u32)>>,
}

impl ResponseEvents {
    pub(super) fn new(answer: AnswerIdentity) -> Self {
        Self { answer, item: Cell::new(None) }
    }

    fn event(&self, kind: &str, fields: &Value) -> String {
        let mut data = json!({ "type": format!("response.{kind}") });
        merge(&mut data, fields);
        named(&data, self.answer.line_end)
    }

    fn response(&self, status: &str, fields: &Value) -> Value {
        let mut response = json!({
            "id": self.answer.id, "object": "response", "created_at": CREATED, "status": status, "error": null,
            "model": self.answer.model,
        });
        merge(&mut response, fields);
        response
    }

    /// The end of the open item and the beginning of one of this type, unless it is open already.
    fn turn(&self, kind: &'static str) -> String {
        let open = self.item.get();
        if open.is_some_and(|(open, _)| open == kind) {
            return String::new();
        }
        let index = open.map_or(0, |(_, index)| index + 1);
        let added = json!({ "output_index": index, "item": { "type": kind, "status": "in_progress" } });
        self.item.set(Some((kind, index)));
        self.event("output_item.added", &added)
    }

    fn piece(&self, kind: &str, index: u32, text: &str) -> String {
        self.event(&format!("{kind}.delta"), &json!({ "output_index": index, "content_index": 0, "delta": text }))
    }

    /// How the response ends: its state, and the reason where the state is not the whole of it.
    fn state(finish: Option<&str>) -> (&'static str, Value) {
        let cut = |reason: &str| ("incomplete", json!({ "incomplete_details": { "reason": reason } }));
        match finish {
            Some("length") => cut("max_output_tokens"),
            Some(reason @ ("content_filter" | "refusal")) => cut(reason),
            _ => ("completed", json!({ "incomplete_details": null })),
        }
    }

    fn ended(&self, output: &Value, closing: &AnswerClosing) -> (&'static str, Value) {
        let (state, details) = Self::state(closing.finish);
        let mut fields = json!({ "output": output });
        merge(&mut fields, &details);
        if closing.usage != UsageForm::Never {
            let counts = closing.counts;
            let usage = json!({
                "input_tokens": counts.prompt,
                "input_tokens_details": { "cached_tokens": counts.cached },
                "output_tokens": counts.completion,
                "output_tokens_details": { "reasoning_tokens": counts.reasoning },
                "total_tokens": counts.prompt + u64::from(counts.completion),
            });
            merge(&mut fields, &json!({ "usage": usage }));
        }
        (state, self.response(state, &fields))
    }
}

impl WireFormat for ResponseEvents {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn thought_key(&self, form: ReasoningForm) -> Option<&'static str> {
        (!matches!(form, ReasoningForm::ThinkTags | ReasoningForm::CloseTag)).then_some("reasoning")
    }

    fn comment(&self, text: &str) -> String {
        let eol = self.answer.line_end.as_str();
        format!(": {text}{eol}{eol}")
    }

    fn text(&self, key: &str, text: &str, opening: bool) -> String {
        let mut events = String::new();
        if opening {
            let response = self.response("in_progress", &json!({ "output": [] }));
            events += &self.event("created", &json!({ "response": response }));
            if text.is_empty() {
                return events;
            }
        }
        let (item, kind) = match key {
            "reasoning" => ("reasoning", "reasoning_text"),
            "refusal" => ("message", "refusal"),
            _ => ("message", "output_text"),
        };
        events += &self.turn(item);
        let index = self.item.get().map_or(0, |(_, index)| index);
        events + &self.piece(kind, index, text)
    }

    fn damaged(&self, tail: bool) -> String {
        cut(&self.piece("output_text", 0, " lost"), tail, self.answer.line_end)
    }

    fn error(&self, shape: ErrorShape) -> String {
        let error = json!({ "code": "server_error", "message": STREAM_ERROR });
        if shape == ErrorShape::Groq {
            let mut data = json!({ "type": "error", "param": null });
            merge(&mut data, &error);
            return named(&data, self.answer.line_end);
        }
        self.event("failed", &json!({ "response": self.response("failed", &json!({ "error": error, "output": [] })) }))
    }

    fn closing(&self, closing: &AnswerClosing) -> String {
        if !closing.done {
            return String::new();
        }
        // The whole text stands in it for real, which no reader needs that has read the pieces.
        let (state, response) = self.ended(&json!([]), closing);
        self.event(state, &json!({ "response": response }))
    }

    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String {
        let text = |key: &str| message.get(key)?.as_str().filter(|text| !text.is_empty());
        let thought = text("reasoning").map(|text| {
            json!({ "type": "reasoning", "summary": [], "content": [{ "type": "reasoning_text", "text": text }] })
        });
        let answer = text("content").map(|text| {
            json!({ "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": text }] })
        });
        let output = [thought, answer].into_iter().flatten().collect();
        self.ended(&output, closing).1.to_string()
    }
}

//! The stream of the `OpenAI` dialect: events with deltas, a closing event or two, and a marker of the end.
//! Usage and errors take whichever of the providers' shapes is set.

use serde_json::{Value, json};

use super::format::{AnswerClosing, CREATED, STREAM_ERROR, WireFormat, merge};
use crate::settings::{ErrorShape, LineEnd, ReasoningForm, UsageForm};

/// What goes into every chunk of one answer.
pub(super) struct ChunkEnvelope {
    id: String,
    model: String,
    line_end: LineEnd,
    /// An event with a delta, up to the delta and from there on: almost all events differ in nothing else, and long
    /// answers must be ready before their first token is due.
    around_delta: (String, String),
}

impl ChunkEnvelope {
    pub(super) fn new(id: String, model: String, line_end: LineEnd) -> Self {
        let mut envelope = Self { id, model, line_end, around_delta: Default::default() };
        let choices = json!([{ "index": 0, "delta": null, "finish_reason": null }]);
        let event = envelope.event(&choices, &Value::Null);
        // Strings can't look like this: their quotes are escaped.
        if let Some((before, after)) = event.split_once(r#""delta":null"#) {
            envelope.around_delta = (format!(r#"{before}"delta":"#), after.to_owned());
        }
        envelope
    }

    /// An event with `choices`, and the fields of `extra` beside them.
    fn event(&self, choices: &Value, extra: &Value) -> String {
        self.data(&self.object("chat.completion.chunk", choices, extra).to_string())
    }

    /// An event with one choice whose delta is `delta`.
    fn delta(&self, delta: &Value) -> String {
        let (before, after) = &self.around_delta;
        format!("{before}{delta}{after}")
    }

    /// `text` as one event.
    fn data(&self, text: &str) -> String {
        let eol = self.line_end.as_str();
        format!("data: {text}{eol}{eol}")
    }

    fn object(&self, kind: &str, choices: &Value, extra: &Value) -> Value {
        let mut object = json!({
            "id": self.id, "object": kind, "created": CREATED, "model": self.model, "choices": choices,
        });
        merge(&mut object, extra);
        object
    }
}

impl WireFormat for ChunkEnvelope {
    fn content_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn thought_key(&self, form: ReasoningForm) -> Option<&'static str> {
        match form {
            ReasoningForm::Reasoning => Some("reasoning"),
            ReasoningForm::ReasoningContent => Some("reasoning_content"),
            ReasoningForm::ReasoningText => Some("reasoning_text"),
            ReasoningForm::Thinking => Some("thinking"),
            ReasoningForm::ThinkTags | ReasoningForm::CloseTag => None,
        }
    }

    fn comment(&self, text: &str) -> String {
        let eol = self.line_end.as_str();
        format!(": {text}{eol}{eol}")
    }

    fn text(&self, key: &str, text: &str, opening: bool) -> String {
        self.delta(&if opening { json!({ "role": "assistant", key: text }) } else { json!({ key: text }) })
    }

    fn damaged(&self, tail: bool) -> String {
        let whole = self.delta(&json!({ "content": " lost" }));
        let cut = whole.find("lost").and_then(|at| whole.get(..at)).unwrap_or_default();
        let eol = self.line_end.as_str();
        if tail { cut.to_owned() } else { format!("{cut}{eol}{eol}") }
    }

    fn error(&self, shape: ErrorShape) -> String {
        let error = json!({ "message": STREAM_ERROR, "type": "server_error", "code": "simulated" });
        match shape {
            ErrorShape::Groq => {
                let data = self.data(&json!({ "error": error }).to_string());
                format!("event: error{}{data}", self.line_end.as_str())
            }
            ErrorShape::OpenRouter => {
                let choice = json!([{ "index": 0, "delta": { "content": "" }, "finish_reason": "error" }]);
                let error = json!({ "error": { "message": STREAM_ERROR, "code": 502 } });
                self.event(&choice, &error) + &self.data("[DONE]")
            }
            ErrorShape::Cerebras => self.data(&json!({ "error": error, "status_code": 500 }).to_string()),
            ErrorShape::Text => self.data(&json!({ "error": STREAM_ERROR }).to_string()),
            ErrorShape::Field => {
                let eol = self.line_end.as_str();
                format!("error: {error}{eol}{eol}{}", self.data("[DONE]"))
            }
            ErrorShape::BaseResp => {
                let status = json!({ "base_resp": { "status_code": 1000, "status_msg": STREAM_ERROR } });
                self.event(&json!([]), &status) + &self.data("[DONE]")
            }
        }
    }

    fn closing(&self, closing: &AnswerClosing) -> String {
        let (usage, times) = (closing.counts.json(), closing.times.json());
        let mut choice = json!({ "index": 0, "delta": {}, "finish_reason": closing.finish });
        let mut extra = json!({ "time_info": times });
        match closing.usage {
            UsageForm::Finish => merge(&mut extra, &json!({ "usage": usage })),
            UsageForm::Choice => merge(&mut choice, &json!({ "usage": usage })),
            UsageForm::XGroq => {
                let mut usage = usage.clone();
                merge(&mut usage, &times);
                extra = json!({ "x_groq": { "id": self.id, "usage": usage } });
            }
            UsageForm::Asked | UsageForm::Never | UsageForm::Empty => {}
        }
        let mut bytes = self.event(&json!([choice]), &extra);
        if closing.usage == UsageForm::Empty {
            bytes += &self.event(&json!([]), &json!({ "usage": usage, "time_info": times }));
        }
        if closing.done {
            bytes += &self.data("[DONE]");
        }
        bytes
    }

    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String {
        let choices = json!([{ "index": 0, "message": message, "finish_reason": closing.finish }]);
        let extra = json!({ "usage": closing.counts.json(), "time_info": closing.times.json() });
        self.object("chat.completion", &choices, &extra).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(line_end: LineEnd) -> ChunkEnvelope {
        ChunkEnvelope::new("sim-1".into(), r#"a "delta":null"#.into(), line_end)
    }

    #[test]
    fn a_delta_is_put_where_it_belongs() {
        let delta = json!({ "content": "a \" b" });
        let text = envelope(LineEnd::Lf).delta(&delta);
        let event: Value = serde_json::from_str(text.strip_prefix("data: ").unwrap()).unwrap();
        assert_eq!(event.pointer("/choices/0/delta"), Some(&delta));
        assert_eq!(event.get("model"), Some(&json!(r#"a "delta":null"#)));
    }

    #[test]
    fn a_damaged_event_is_no_json_and_its_tail_has_no_end() {
        let damaged = envelope(LineEnd::CrLf).damaged(false);
        let json = damaged.strip_prefix("data: ").unwrap();
        assert!(json.ends_with("\r\n\r\n") && serde_json::from_str::<Value>(json).is_err());
        assert!(!envelope(LineEnd::Lf).damaged(true).contains('\n'));
    }
}

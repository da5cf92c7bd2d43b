//! The stream of Ollama's own dialect: a JSON object a line, the last of them with counts and durations.
//! It has one place for each thing, so the settings of places and of spellings change nothing here.

use std::time::Duration;

use serde_json::{Value, json};

use super::format::{AnswerClosing, CREATED_AT, STREAM_ERROR, WireFormat, merge};
use crate::settings::{ErrorShape, LineEnd, ReasoningForm, UsageForm};

/// What goes into every line of one answer.
pub(super) struct LineTemplate {
    model: String,
    line_end: LineEnd,
}

impl LineTemplate {
    pub(super) fn new(model: String, line_end: LineEnd) -> Self {
        Self { model, line_end }
    }

    fn line(&self, value: &Value) -> String {
        format!("{value}{}", self.line_end.as_str())
    }

    fn message(&self, message: &Value, done: bool) -> Value {
        json!({ "model": self.model, "created_at": CREATED_AT, "message": message, "done": done })
    }

    /// The last line. What was queued counts as loading the model, which is what a queue of one machine waits for.
    fn last(&self, message: &Value, closing: &AnswerClosing) -> Value {
        let times = closing.times;
        let mut last = self.message(message, true);
        if let Some(reason) = closing.finish {
            merge(&mut last, &json!({ "done_reason": reason }));
        }
        merge(
            &mut last,
            &json!({
                "total_duration": nanos(times.last_token),
                "load_duration": nanos(times.head),
                "prompt_eval_duration": nanos(times.first_token.saturating_sub(times.head)),
                "eval_duration": nanos(times.last_token.saturating_sub(times.first_token)),
            }),
        );
        if closing.usage != UsageForm::Never {
            let (prompt, completion) = (closing.counts.prompt, closing.counts.completion);
            merge(&mut last, &json!({ "prompt_eval_count": prompt, "eval_count": completion }));
        }
        last
    }
}

impl WireFormat for LineTemplate {
    fn content_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    fn thought_key(&self, form: ReasoningForm) -> Option<&'static str> {
        (!matches!(form, ReasoningForm::ThinkTags | ReasoningForm::CloseTag)).then_some("thinking")
    }

    fn comment(&self, _: &str) -> String {
        self.line_end.as_str().to_owned()
    }

    fn text(&self, key: &str, text: &str, _: bool) -> String {
        let mut message = json!({ "role": "assistant", "content": "" });
        merge(&mut message, &json!({ key: text }));
        self.line(&self.message(&message, false))
    }

    fn damaged(&self, tail: bool) -> String {
        let whole = self.text("content", " lost", false);
        let cut = whole.find("lost").and_then(|at| whole.get(..at)).unwrap_or_default();
        if tail { cut.to_owned() } else { format!("{cut}{}", self.line_end.as_str()) }
    }

    fn error(&self, _: ErrorShape) -> String {
        self.line(&json!({ "error": STREAM_ERROR }))
    }

    fn closing(&self, closing: &AnswerClosing) -> String {
        if !closing.done {
            return String::new();
        }
        self.line(&self.last(&json!({ "role": "assistant", "content": "" }), closing))
    }

    fn reply(&self, message: &Value, closing: &AnswerClosing) -> String {
        self.last(message, closing).to_string()
    }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

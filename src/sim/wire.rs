//! The JSON of the simulated API: chunks, usage, timings and errors, in the shapes that real providers use.
//! Pure: values in, text out.

use std::time::Duration;

use serde_json::{Value, json};

use super::settings::{ErrorBody, ErrorShape, LineEnd};

/// `created` of everything: a fixed moment, so that the same seed gives the same bytes.
const CREATED: u64 = 1_767_225_600;

/// What an error inside a stream says.
pub(super) const STREAM_ERROR: &str = "the simulated engine lost a cylinder";

/// What goes into every chunk of one answer.
pub(super) struct Envelope {
    pub(super) id: String,
    model: String,
    line_end: LineEnd,
    /// An event with a delta, up to the delta and from there on: almost all events differ in nothing else, and long
    /// answers must be ready before their first token is due.
    around_delta: (String, String),
}

impl Envelope {
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
    pub(super) fn event(&self, choices: &Value, extra: &Value) -> String {
        self.data(&self.object("chat.completion.chunk", choices, extra).to_string())
    }

    /// An event with one choice whose delta is `delta`.
    pub(super) fn delta(&self, delta: &Value) -> String {
        let (before, after) = &self.around_delta;
        format!("{before}{delta}{after}")
    }

    /// The whole answer at once.
    pub(super) fn reply(&self, message: &Value, finish: &Value, extra: &Value) -> String {
        let choices = json!([{ "index": 0, "message": message, "finish_reason": finish }]);
        self.object("chat.completion", &choices, extra).to_string()
    }

    /// `text` as one event.
    pub(super) fn data(&self, text: &str) -> String {
        let eol = self.line_end.as_str();
        format!("data: {text}{eol}{eol}")
    }

    /// A comment, which is no event.
    pub(super) fn comment(&self, text: &str) -> String {
        let eol = self.line_end.as_str();
        format!(": {text}{eol}{eol}")
    }

    /// An event that breaks off inside its JSON; as the stream's tail it lacks its blank line as well.
    pub(super) fn damaged(&self, tail: bool) -> String {
        let whole = self.delta(&json!({ "content": " lost" }));
        let cut = whole.find("lost").and_then(|at| whole.get(..at)).unwrap_or_default();
        let eol = self.line_end.as_str();
        if tail { cut.to_owned() } else { format!("{cut}{eol}{eol}") }
    }

    /// An error as the provider of that shape sends it in the middle of a stream.
    pub(super) fn stream_error(&self, shape: ErrorShape) -> String {
        let error = json!({ "message": STREAM_ERROR, "type": "server_error", "code": "simulated" });
        match shape {
            ErrorShape::Groq => {
                let data = self.data(&json!({ "error": error }).to_string());
                format!("event: error{}{data}", self.line_end.as_str())
            }
            ErrorShape::OpenRouter => {
                let choice = json!([{ "index": 0, "delta": { "content": "" }, "finish_reason": "error" }]);
                let error = json!({ "error": { "message": STREAM_ERROR, "code": 502 } });
                self.event(&choice, &error)
            }
            ErrorShape::Cerebras => self.data(&json!({ "error": error, "status_code": 500 }).to_string()),
            ErrorShape::Text => self.data(&json!({ "error": STREAM_ERROR }).to_string()),
        }
    }

    fn object(&self, kind: &str, choices: &Value, extra: &Value) -> Value {
        let mut object = json!({
            "id": self.id, "object": kind, "created": CREATED, "model": self.model, "choices": choices,
        });
        merge(&mut object, extra);
        object
    }
}

/// Adds the fields of `extra` to `object`.
pub(super) fn merge(object: &mut Value, extra: &Value) {
    if let (Value::Object(fields), Value::Object(more)) = (object, extra) {
        fields.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
    }
}

/// Token counts of one answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counts {
    pub(super) prompt: u64,
    /// Reasoning included.
    pub(super) completion: u32,
    pub(super) reasoning: u32,
}

impl Counts {
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
pub(super) struct Times {
    /// The head went out: until then the request counts as queued.
    pub(super) head: Duration,
    pub(super) first_token: Duration,
    pub(super) last_token: Duration,
}

impl Times {
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

    fn envelope(line_end: LineEnd) -> Envelope {
        Envelope::new("sim-1".into(), r#"a "delta":null"#.into(), line_end)
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

    #[test]
    fn the_parts_of_the_time_add_up() {
        let ms = Duration::from_millis;
        let json = Times { head: ms(5), first_token: ms(50), last_token: ms(250) }.json();
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

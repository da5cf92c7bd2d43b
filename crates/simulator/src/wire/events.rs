//! Server-sent events that are named by their type, as most dialects but the oldest send them.

use serde_json::Value;

use crate::settings::LineEnd;

/// `data` as an event that has its type for a name.
pub(super) fn named(data: &Value, line_end: LineEnd) -> String {
    let name = data.get("type").and_then(Value::as_str).unwrap_or("message");
    let eol = line_end.as_str();
    format!("event: {name}{eol}data: {data}{eol}{eol}")
}

/// `event`, which holds the word "lost", broken off before it; as the stream's `tail` it isn't even ended.
pub(super) fn cut(event: &str, tail: bool, line_end: LineEnd) -> String {
    let cut = event.find("lost").and_then(|at| event.get(..at)).unwrap_or_default();
    let eol = line_end.as_str();
    if tail { cut.to_owned() } else { format!("{cut}{eol}{eol}") }
}

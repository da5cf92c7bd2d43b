//! The error that a chunk reports, in any of the places for it.
//! Which kind of error it is, is for [`error`] to say.

use serde_json::{Value, json};

use crate::provider::error;
use crate::provider::openai::chunk::OpenAiChunk;
use speed_kings_core::race::event::LaneFailure;

/// The error that `chunk` reports; `told` says that its event is named so. `event` gives the whole of the event.
pub(super) fn failure(chunk: &OpenAiChunk<'_>, told: bool, event: impl FnOnce() -> Value) -> Option<LaneFailure> {
    let reported = |error: &Option<Value>| error.as_ref().is_some_and(error::is_error);
    if told || reported(&chunk.error) || unwrapped(chunk) {
        return Some(error::in_stream(&event()));
    }
    if let Some(failure) = chunk.base_resp.as_ref().and_then(of_minimax) {
        return Some(failure);
    }
    let of_choice = chunk.choice().and_then(|choice| choice.error.as_ref());
    let of_groq = chunk.x_groq.as_ref().and_then(|x_groq| x_groq.get("error"));
    if let Some(error) = of_choice.or(of_groq).filter(|error| error::is_error(error)) {
        return Some(error.as_str().map_or_else(|| error::in_stream(error), error::told));
    }
    // What comes without choices is rare enough to be read twice.
    let event = if chunk.choices.0.is_none() { event() } else { return None };
    error::is_odd(&event).then(|| error::in_stream(&event))
}

/// Whether the chunk is itself the error, without an `error` around it.
fn unwrapped(chunk: &OpenAiChunk<'_>) -> bool {
    let message = chunk.message.get().is_some();
    match &chunk.choices.0 {
        None => message || chunk.detail.is_some(),
        Some(choices) => choices.is_empty() && message && chunk.code.as_ref().is_some_and(is_trouble),
    }
}

/// Whether a code stands for an error: zero, 200 and words of success don't.
fn is_trouble(code: &Value) -> bool {
    match code {
        Value::String(code) => !matches!(code.to_ascii_lowercase().as_str(), "" | "0" | "200" | "ok" | "success"),
        Value::Number(code) => !matches!(code.as_i64(), Some(0 | 200)),
        _ => false,
    }
}

/// The failure that `MiniMax` reports in `base_resp`; nothing when its `status_code` stands for success.
fn of_minimax(status: &Value) -> Option<LaneFailure> {
    let code = status.get("status_code").filter(|code| is_trouble(code))?;
    let message = status.get("status_msg").and_then(Value::as_str).filter(|message| !message.is_empty());
    let message = message.map_or_else(|| format!("status code {code}"), str::to_owned);
    Some(error::in_stream(&json!({ "base_resp": { "status_msg": message, "status_code": code } })))
}

//! Who was asked what, and when: the facts at the head of a page, each a word and what it is.

use jiff::Timestamp;

use speed_kings_core::date;
use speed_kings_session::bench::saved::{LaneIdentity, PromptRecord};

/// Who: each contestant with its model and what it runs on.
pub(crate) fn who<'a>(lanes: impl Iterator<Item = &'a LaneIdentity>) -> (String, String) {
    let one = |lane: &LaneIdentity| {
        let on = lane.hardware.as_deref().map(|on| format!(" on {on}")).unwrap_or_default();
        format!("{} ({}{on})", lane.name, lane.model)
    };
    ("Who".to_owned(), lanes.map(one).collect::<Vec<String>>().join(", "))
}

/// What was asked: the prompt, by its name in the catalogue.
pub(crate) fn asked(prompt: &PromptRecord) -> (String, String) {
    ("Asked".to_owned(), format!("prompt {}", prompt.name))
}

/// When it was begun.
pub(crate) fn when(at: Timestamp) -> (String, String) {
    ("When".to_owned(), format!("{} UTC", date::to_minute(at)))
}

//! What a body shows itself to be by its first visible byte: a stream of events, or JSON.
//! A byte order mark and white space before it say nothing.

use crate::provider::excerpt::excerpt;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// Bytes kept of a body until it proves to be what was asked for.
pub(super) const HEAD: usize = 1 << 10;
/// Characters shown of a body that proved to be something else.
const SHOWN: usize = 200;

/// The form of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BodyForm {
    /// It begins as an event stream may.
    Stream,
    /// It begins with an object or a list.
    Json,
}

/// Finds out the form of a body from `bytes`; gives where it begins to be visible.
pub(super) fn sniff(bytes: &[u8]) -> (usize, Option<BodyForm>) {
    let visible = |byte: &u8| !byte.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(byte);
    let Some(first) = bytes.iter().position(visible) else { return (bytes.len(), None) };
    let form = if matches!(bytes.get(first), Some(b'{' | b'[')) { BodyForm::Json } else { BodyForm::Stream };
    (first, Some(form))
}

/// The failure of a body that is none of what was asked for.
pub(super) fn not_a_stream(body: &[u8]) -> LaneFailure {
    let shown = excerpt(&String::from_utf8_lossy(body.get(..HEAD).unwrap_or(body)), SHOWN);
    protocol(&format!("not a stream of answers: {shown}"))
}

/// A reply that breaks the rules of its API.
pub(super) fn protocol(message: &str) -> LaneFailure {
    LaneFailure::new(FailureKind::Protocol, message)
}

//! How long a lane waits for what, and what is said when that was not enough.

use std::time::Duration;

use speed_kings_core::race::event::{FailureKind, LaneFailure};
use speed_kings_core::time::Period;

/// How long to wait for what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RequestTimeouts {
    /// For a connection to come up, name lookup and handshakes together.
    pub connect: Duration,
    /// From the request to the first text.
    pub first_token: Duration,
    /// From one text to the next; signs of life without text don't count.
    pub idle: Duration,
    /// For the whole run, retries and waits included.
    pub run: Duration,
}

impl Default for RequestTimeouts {
    fn default() -> Self {
        let secs = Duration::from_secs;
        Self { connect: secs(10), first_token: secs(60), idle: secs(30), run: secs(600) }
    }
}

/// The failure of whoever did not make it within `limit`.
pub(super) fn late(kind: FailureKind, limit: Duration) -> LaneFailure {
    let limit = Period::from(limit);
    let what = match kind {
        FailureKind::ConnectTimeout => "no connection",
        FailureKind::FirstTokenTimeout => "no text",
        FailureKind::IdleTimeout => "no more text",
        _ => "not finished",
    };
    LaneFailure::new(kind, format!("{what} within {limit}"))
}

//! The words that recordings and what is made of them choose from, for their schemas.

use speed_kings_core::race::hardware::Hardware;
use speed_kings_core::race::verdict::{BadgeKind, Metric};

/// Why a lane can't be compared.
pub const MISSING: [&str; 3] = ["failed", "unfinished", "no text"];

/// The names of the metrics in files.
#[must_use]
pub fn metrics() -> Vec<&'static str> {
    Metric::ALL.map(Metric::as_str).to_vec()
}

/// The names of the fairness badges.
#[must_use]
pub fn badges() -> Vec<&'static str> {
    BadgeKind::ALL.map(BadgeKind::as_str).to_vec()
}

/// The kinds of hardware, and the word for one that was taken out.
#[must_use]
pub fn hardware() -> Vec<&'static str> {
    Hardware::ALL.into_iter().chain([Hardware::Untold]).map(Hardware::as_str).collect()
}

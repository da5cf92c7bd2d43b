//! How much load is offered, in words.

use speed_kings_core::format;
use speed_kings_session::load::OfferedLoad;

/// `8 at a time`, `2.5 a second`.
#[must_use]
pub fn offered(load: OfferedLoad) -> String {
    match load {
        OfferedLoad::Concurrency(askers) => format!("{askers} at a time"),
        OfferedLoad::Rate(rate) => format!("{} a second", format::amount(rate)),
    }
}

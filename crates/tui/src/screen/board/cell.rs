//! What the rows of a board and the cells of one of several places have in common.

use std::time::Duration;

use speed_kings_core::race::event::LaneId;
use speed_kings_session::watch::{BoardRow, WatchMoment};

/// Rows of one contestant, the one that parts it from the next included.
pub(super) const ROWS: u16 = 4;

/// The alerts that fire for a contestant, and why its last probe failed.
pub(super) fn wrong(index: usize, row: &BoardRow, moment: &WatchMoment) -> String {
    let lane = u8::try_from(index).ok().map(LaneId);
    let firing = lane.into_iter().flat_map(|lane| moment.firing(lane));
    let alerts = firing.map(|(alert, found)| format!("ALERT {}: {found}", alert.condition));
    let failure = row.last().and_then(|sample| sample.failure.as_ref());
    let failure = failure.map(|(kind, message)| format!("{}: {message}", kind.title()));
    alerts.chain(failure).collect::<Vec<_>>().join(" · ")
}

/// Without parts of a second, and from an hour on without seconds.
pub(super) const fn whole_seconds(age: Duration) -> Duration {
    let seconds = age.as_secs();
    Duration::from_secs(if seconds < 3_600 { seconds } else { seconds - seconds % 60 })
}

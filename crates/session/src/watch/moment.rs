//! What is told of a watch beside its board: the time, the schedule, and which alerts fire.

use std::time::Duration;

use jiff::Timestamp;

use speed_kings_core::race::event::LaneId;

/// An alert on one contestant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BoardAlert {
    /// Whom it is about.
    pub lane: LaneId,
    /// The condition as it was typed.
    pub condition: String,
    /// What was found, where it fires.
    pub fires: Option<String>,
}

/// A watch at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WatchMoment {
    /// The wall clock at that moment.
    pub now: Timestamp,
    /// Between the beginnings of two rounds.
    pub every: Duration,
    /// Every alert with everybody whom it is about.
    pub alerts: Vec<BoardAlert>,
}

impl WatchMoment {
    /// The alerts that fire for this contestant, with what was found.
    pub fn firing(&self, lane: LaneId) -> impl Iterator<Item = (&BoardAlert, &str)> {
        let own = self.alerts.iter().filter(move |alert| alert.lane == lane);
        own.filter_map(|alert| Some((alert, alert.fires.as_deref()?)))
    }
}

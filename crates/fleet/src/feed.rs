//! What the thread on the bus knows of a race, for whoever shows it: events by runner as they come, and how each runner stands.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use speed_kings_core::race::event::{Event, LaneId};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::Offset;
use speed_kings_session::source::LaneContact;

use crate::tape::TapeNews;

/// How long nothing may be heard of a runner before its lanes are drawn as lost.
pub(crate) const SILENCE: Duration = Duration::from_secs(1);

/// What is known of a race on the bus.
#[derive(Debug, Default)]
pub(crate) struct RaceFeed(Mutex<FeedState>);

#[derive(Debug, Default)]
pub(crate) struct FeedState {
    pub(crate) runners: Vec<RunnerFeed>,
    /// When the light is green, on this machine's clock.
    pub(crate) green: Option<Instant>,
    /// The bus is out of reach.
    pub(crate) bus_down: bool,
    /// Trouble beside that, for the viewer.
    pub(crate) notice: Option<String>,
    /// Nothing more will come, and these end the lanes that were lost.
    pub(crate) end: Option<FeedEnd>,
}

/// How a race on the bus ended.
#[derive(Clone, PartialEq, Debug, Default)]
pub(crate) struct FeedEnd {
    pub(crate) losses: Vec<Event>,
    /// What is known of the race only now and bears on its verdict: that a clock has moved.
    pub(crate) setup: Option<Box<RaceSetup>>,
    /// Where its recording is.
    pub(crate) recording: Option<PathBuf>,
    /// What became of it beside that, for a person.
    pub(crate) told: Vec<String>,
}

/// What has come of one runner.
#[derive(Debug, Default)]
pub(crate) struct RunnerFeed {
    pub(crate) lanes: Vec<LaneId>,
    /// Events that nobody has taken yet.
    pub(crate) fresh: Vec<Event>,
    /// All that was taken of it is void: its tape begins again.
    pub(crate) void: bool,
    /// How it stands to whoever watches; nothing where all is well.
    pub(crate) contact: Option<LaneContact>,
}

impl RaceFeed {
    /// Looks at it, or changes it.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut FeedState) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl FeedState {
    /// Takes in what a piece of the tape of runner `number` brought.
    pub(crate) fn take(&mut self, number: usize, news: TapeNews) {
        let Some(runner) = self.runners.get_mut(number) else { return };
        if news.void {
            (runner.void, runner.fresh) = (true, Vec::new());
        }
        runner.fresh.extend(news.fresh);
    }

    /// Where the race clock stands at `now`, as the viewer is to see it: `behind` the race.
    pub(crate) fn clock(&self, now: Instant, behind: Duration) -> Option<Offset> {
        let green = self.green? + behind;
        Some(match now.checked_duration_since(green) {
            Some(after) => Offset::GREEN.plus(after.into()),
            None => Offset::GREEN.minus(green.duration_since(now).into()),
        })
    }
}

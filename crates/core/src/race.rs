//! The race: its lanes, and the one reducer that turns events into what every screen, file and verdict is made from.
//! Whoever has applied the same events has the same race, live or replayed.

pub mod checkpoint;
pub mod cold_model;
pub mod conversation;
pub mod engine;
pub mod event;
pub mod hardware;
pub mod identity;
pub mod lane;
pub mod leader;
pub mod machine;
pub mod mark;
pub mod price;
pub mod prompt;
pub mod quality;
mod room;
pub mod served_model;
pub mod setup;
pub mod speed;
pub mod standstill;
pub mod timing;
pub mod transcript;
pub mod verdict;

use crate::race::engine::ResourceUse;
use crate::race::event::{Event, EventKind, LaneId};
use crate::race::lane::Lane;
use crate::race::setup::{Contestant, RaceSetup};
use crate::race::standstill::RaceStandstill;
use crate::time::{Offset, Period};

/// How far the race is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum RaceStage {
    /// Connections are being made.
    #[default]
    Warming,
    /// The lights are on.
    Countdown,
    /// The race is under way, from the green light on.
    Running,
    /// Every lane is over.
    Over,
}

/// A race as far as its events have told.
#[derive(Clone, PartialEq, Debug)]
pub struct Race {
    /// What was settled before it began.
    pub setup: RaceSetup,
    /// How far it is.
    pub stage: RaceStage,
    /// The viewer ended it.
    pub stopped: bool,
    /// The time of the newest event.
    pub newest: Option<Offset>,
    /// What the whole machine uses: its graphics devices and its energy, which nobody divides among lanes.
    pub machine: ResourceUse,
    lanes: Vec<Lane>,
}

impl Race {
    /// A race that has not begun.
    #[must_use]
    pub fn new(setup: RaceSetup) -> Self {
        // A ghost may have been asked for more or less.
        let cap = |contestant: &Contestant| setup.settings.max_tokens.filter(|_| contestant.ghost.is_none());
        let lanes = setup.contestants.iter().map(|one| Lane::capped(cap(one))).collect();
        Self {
            setup,
            stage: RaceStage::default(),
            stopped: false,
            newest: None,
            machine: ResourceUse::default(),
            lanes,
        }
    }

    /// Lanes that ran one after the other, put side by side for whatever compares lanes but not their start.
    #[must_use]
    pub fn side_by_side(setup: RaceSetup, lanes: Vec<Lane>) -> Self {
        let stage = if lanes.iter().all(|lane| lane.state.is_over()) { RaceStage::Over } else { RaceStage::Running };
        let newest = lanes.iter().filter_map(|lane| lane.marks.over).max();
        Self { setup, stage, stopped: false, newest, machine: ResourceUse::default(), lanes }
    }

    /// Takes in one event. An event of a lane that the setup doesn't have is passed over.
    pub fn apply(&mut self, event: &Event) {
        self.newest = self.newest.max(Some(event.at));
        match (event.lane, &event.kind) {
            (None, EventKind::Countdown) => self.stage = self.stage.max(RaceStage::Countdown),
            (None, EventKind::Green) => self.stage = self.stage.max(RaceStage::Running),
            (None, EventKind::Stopped) => {
                self.stopped = true;
                self.lanes.iter_mut().for_each(|lane| lane.apply(event.at, &event.kind));
            }
            (None, EventKind::Standstill(_)) => {
                self.lanes.iter_mut().for_each(|lane| lane.apply(event.at, &event.kind));
            }
            (None, EventKind::Resources(look)) => self.machine.take(event.at, **look, self.stage >= RaceStage::Running),
            (None, _) => {}
            (Some(id), kind) => {
                if let Some(lane) = self.lanes.get_mut(id.index()) {
                    lane.apply(event.at, kind);
                }
            }
        }
        if self.lanes.iter().all(|lane| lane.state.is_over()) {
            self.stage = RaceStage::Over;
        }
    }

    /// The lanes in the order of the setup.
    #[must_use]
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// The lane of this id, or nothing when there is none.
    #[must_use]
    pub fn lane(&self, id: LaneId) -> Option<&Lane> {
        self.lanes.get(id.index())
    }

    /// Each lane with its id and its contestant.
    pub fn entries(&self) -> impl Iterator<Item = (LaneId, &Contestant, &Lane)> {
        let pairs = self.setup.contestants.iter().zip(&self.lanes);
        pairs.zip(0..).map(|((contestant, lane), id)| (LaneId(id), contestant, lane))
    }

    /// One contestant's name, or nothing for a lane that isn't there.
    #[must_use]
    pub fn name(&self, id: LaneId) -> &str {
        self.setup.contestants.get(id.index()).map_or("", |contestant| &contestant.name)
    }

    /// How far apart the requests left: latest minus earliest. Nothing until all have.
    #[must_use]
    pub fn start_skew(&self) -> Option<Period> {
        let sent: Option<Vec<Offset>> = self.lanes.iter().map(|lane| lane.marks.sent).collect();
        let sent = sent?;
        Some(sent.iter().max()?.since(*sent.iter().min()?))
    }

    /// The standstills of the program that touch a figure of any lane, in order.
    #[must_use]
    pub fn standstills(&self) -> Vec<RaceStandstill> {
        let mut stills: Vec<RaceStandstill> = self.lanes.iter().flat_map(Lane::standstills).collect();
        stills.sort_unstable();
        stills.dedup();
        stills
    }

    /// Whether anything of what is shown was simulated.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.entries().any(|(_, contestant, lane)| is_simulated(contestant, lane))
    }
}

/// Whether a lane was fed by the simulator: planned so, or said so by the server itself.
#[must_use]
pub fn is_simulated(contestant: &Contestant, lane: &Lane) -> bool {
    contestant.simulated || lane.head.as_ref().is_some_and(|head| head.simulated)
}

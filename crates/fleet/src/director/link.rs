//! One runner in a race: its tape as far as it has come, and how it stands.

use std::time::{Duration, Instant};

use bytes::Bytes;
use speed_kings_core::race::event::{EventKind, LaneId};
use speed_kings_core::time::{Offset, Period};
use speed_kings_session::source::LaneContact;

use super::patience::RunnerPatience;
use crate::call::KnownRunner;
use crate::feed::SILENCE;
use crate::name::RaceId;
use crate::tape::{PieceFacts, RunnerTape, TapeNews};

/// How long a gap may be one before it is fetched: what is under way comes by itself.
const GAP: Duration = Duration::from_millis(300);
/// Between two tries to fetch from a runner of which nothing is heard.
const AGAIN: Duration = Duration::from_secs(1);
/// How late a request may leave after the green light without a word about it.
const PUNCTUAL: Period = Period::from_millis(10);

/// A runner with its tape.
pub(super) struct RunnerLink {
    pub(super) runner: KnownRunner,
    pub(super) lanes: Vec<LaneId>,
    /// The first line of its tape, as it was promised.
    header: String,
    pub(super) tape: RunnerTape,
    /// When something was last heard of it.
    heard: Instant,
    gap_since: Option<(usize, Instant)>,
    /// A part of the tape is under way.
    pub(super) fetching: bool,
    asked: Option<Instant>,
    /// Bytes that had to be fetched.
    pub(super) fetched: usize,
    /// What is still expected of it.
    pub(super) patience: RunnerPatience,
}

impl RunnerLink {
    pub(super) fn new(runner: KnownRunner, lanes: Vec<LaneId>, header: String) -> Self {
        Self {
            runner,
            lanes,
            header,
            tape: RunnerTape::default(),
            heard: Instant::now(),
            gap_since: None,
            fetching: false,
            asked: None,
            fetched: 0,
            patience: RunnerPatience::default(),
        }
    }

    /// Takes a piece of its tape in.
    pub(super) fn add(&mut self, facts: &PieceFacts, piece: Bytes) -> TapeNews {
        self.heard = Instant::now();
        self.patience.heard();
        self.tape.add(facts, piece)
    }

    /// Whether nothing more is to come: all of it is here, or it was given up.
    pub(super) fn is_settled(&self) -> bool {
        self.tape.bytes.is_whole() || self.patience.given_up().is_some()
    }

    /// What is to be fetched now: from which byte on, and how many.
    pub(super) fn wanted(&mut self, now: Instant) -> Option<(usize, usize)> {
        if self.is_settled() || self.fetching {
            return None;
        }
        let since = |moment: Instant| now.saturating_duration_since(moment);
        let rested = self.asked.is_none_or(|asked| since(asked) >= AGAIN);
        let wanted = if let Some((from, to)) = self.tape.bytes.gap() {
            let known = self.gap_since.filter(|(at, _)| *at == from);
            let (_, begun) = *self.gap_since.insert(known.unwrap_or((from, now)));
            // While it answers, the next part of the same gap follows at once.
            (since(begun) >= GAP && (rested || self.patience.answers())).then_some((from, to - from))
        } else {
            self.gap_since = None;
            (since(self.heard) >= SILENCE && rested).then(|| (self.tape.bytes.bytes().len(), usize::MAX))
        };
        if wanted.is_some() {
            (self.fetching, self.asked) = (true, Some(now));
        }
        wanted
    }

    /// The time during which nobody could be heard does not count.
    pub(super) fn excuse(&mut self, now: Instant) {
        self.heard = now;
        self.patience.excuse();
    }

    /// Whether what came is the race that was planned.
    fn is_as_planned(&self) -> bool {
        let first = self.tape.bytes.bytes().split(|byte| *byte == b'\n').next().unwrap_or_default();
        first == self.header.as_bytes()
    }

    /// Whether its runner wrote the end of the race.
    const fn has_ended(&self) -> bool {
        self.tape.has_ended()
    }

    /// How it is to be drawn at `now`.
    pub(super) fn contact(&self, now: Instant) -> Option<LaneContact> {
        let silent = now.saturating_duration_since(self.heard) >= SILENCE;
        if !self.is_settled() && (self.patience.is_lost() || silent) {
            return Some(LaneContact::Lost);
        }
        if self.fetched > 0 && self.is_settled() {
            return Some(LaneContact::FromTape);
        }
        self.skew().filter(|skew| *skew > PUNCTUAL.plus(self.runner.clock.bound)).map(LaneContact::LateStart)
    }

    /// From its green light to the moment its last request left.
    pub(super) fn skew(&self) -> Option<Period> {
        let mut seen = Vec::new();
        let firsts = self.tape.events.iter().filter(|event| {
            let first = event.kind == EventKind::Sent && !seen.contains(&event.lane);
            if first {
                seen.push(event.lane);
            }
            first
        });
        firsts.map(|event| event.at.since(Offset::GREEN)).max()
    }

    /// Why its lanes are lost, if they are.
    pub(super) fn lost_why(&self, race: &RaceId) -> Option<String> {
        let name = &self.runner.name;
        match self.patience.given_up() {
            Some(why) => Some(format!("unknown here: {why}; what it recorded lies with runner {name} as race {race}")),
            None if !self.has_ended() => Some(format!("runner {name} ended in the middle of the race")),
            None => None,
        }
    }

    /// What is worth saying of its tape.
    pub(super) fn told(&self, race: &RaceId) -> Vec<String> {
        let name = &self.runner.name;
        let mut told = Vec::new();
        if self.fetched > 0 {
            told.push(format!(
                "{} bytes of the tape of {name} did not come by themselves and were fetched",
                self.fetched
            ));
        }
        // What is fetched may overlap with what comes late: that is no news.
        if self.fetched == 0 && self.tape.bytes.doubled() > 0 {
            let doubled = self.tape.bytes.doubled();
            told.push(format!("{doubled} bytes of the tape of {name} came more than once and were left out"));
        }
        match self.patience.given_up() {
            Some(why) => {
                told.push(format!("the tape of {name} is not whole here: {why}; it lies there as race {race}"));
            }
            None if !self.is_as_planned() => told.push(format!("the tape of {name} does not begin as it was planned")),
            None => {}
        }
        told
    }
}

//! How long a director waits for those whom it doesn't hear: a runner, the whole bus, and whoever was told to end.

use std::time::{Duration, Instant};

/// How long a runner may be out of reach until it is given up.
const GIVEN_UP: Duration = Duration::from_secs(10);
/// How long the bus may be away until what is missing is given up.
const BUS_PATIENCE: Duration = Duration::from_secs(60);
/// How long the runners have for their ends after somebody ended it.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What a director still expects of one runner.
#[derive(Debug, Default)]
pub(super) struct RunnerPatience {
    /// Since when it has not answered.
    silent_since: Option<Instant>,
    lost: bool,
    given_up: Option<String>,
}

impl RunnerPatience {
    /// Something was heard of it.
    pub(super) const fn heard(&mut self) {
        (self.silent_since, self.lost) = (None, false);
    }

    /// It did not answer.
    pub(super) fn unanswered(&mut self, now: Instant) {
        let since = *self.silent_since.get_or_insert(now);
        self.lost = true;
        if now.saturating_duration_since(since) >= GIVEN_UP {
            self.give_up("its runner has not answered for 10 s");
        }
    }

    /// The time during which nobody could be heard does not count.
    pub(super) const fn excuse(&mut self) {
        self.silent_since = None;
    }

    pub(super) fn give_up(&mut self, why: &str) {
        self.given_up.get_or_insert_with(|| why.to_owned());
    }

    /// Why nothing more is expected of it.
    pub(super) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Whether its last answer is one that did not come.
    pub(super) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// Whether it answers, as far as is known.
    pub(super) const fn answers(&self) -> bool {
        self.silent_since.is_none()
    }
}

/// What a director still expects of all of them together.
#[derive(Debug, Default)]
pub(super) struct FleetPatience {
    /// Since when the bus has been away.
    down_since: Option<Instant>,
    /// Since when somebody wants it to end.
    stopping: Option<Instant>,
}

impl FleetPatience {
    /// Notes whether the bus is up. Why nothing more is to be expected of anybody, where that is so.
    pub(super) fn look(&mut self, up: bool, now: Instant) -> Option<&'static str> {
        let over = |since: Option<Instant>, patience: Duration| {
            since.is_some_and(|since| now.saturating_duration_since(since) > patience)
        };
        if up {
            self.down_since = None;
        } else {
            self.down_since.get_or_insert(now);
        }
        if over(self.down_since, BUS_PATIENCE) {
            return Some("the bus has been away for 60 s");
        }
        over(self.stopping, LAST_WORDS).then_some("the race was ended, and its runner did not send its end")
    }

    /// Somebody wants it to end.
    pub(super) fn stop(&mut self, now: Instant) {
        self.stopping.get_or_insert(now);
    }

    pub(super) const fn is_stopping(&self) -> bool {
        self.stopping.is_some()
    }

    pub(super) const fn bus_is_down(&self) -> bool {
        self.down_since.is_some()
    }
}

//! The transport controls of a replay: pause, scale, step, restart, on a virtual clock.
//! It decides when events become due and never what they say.

use std::sync::Arc;

use crate::time::{Offset, Period};

/// The scales that the keys go through, as race seconds for each second of the viewer's.
pub const SPEEDS: [f64; 9] = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0];

/// How much of the viewer's time a replay spends before the green light, and how much of the race's at the most.
const LEAD_IN: (Period, Period) = (Period::from_millis(1_000), Period::from_millis(3_200));

/// The transport controls of a replay, and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct Playback {
    /// Race seconds for each second of the viewer's.
    speed: f64,
    paused: bool,
    position: Offset,
    start: Offset,
    end: Offset,
    /// Where the next event to be handed out stands in the recording.
    next: usize,
    /// Shared, since a screen takes a copy of the controls with every frame.
    times: Arc<[Offset]>,
    restarted: bool,
}

impl Playback {
    /// Controls over events at `times`, in order, at `speed`.
    #[must_use]
    pub fn new(times: Vec<Offset>, speed: f64) -> Self {
        let end = times.last().copied().unwrap_or_default();
        let mut playback = Self {
            speed,
            paused: false,
            position: end,
            start: end,
            end,
            next: 0,
            times: times.into(),
            restarted: false,
        };
        playback.rewind();
        playback
    }

    /// To the start: a moment before the green light, as long for the viewer at every scale.
    fn rewind(&mut self) {
        let lead_in = Period::from_secs_f64(LEAD_IN.0.as_secs_f64() * self.speed).min(LEAD_IN.1);
        let first = self.times.first().copied().unwrap_or_default();
        self.start = first.max(Offset::GREEN.minus(lead_in)).min(self.end);
        self.position = self.start;
        self.next = 0;
    }

    /// Race seconds for each second of the viewer's.
    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// Whether the clock stands still.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether everything has been handed out.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.next >= self.times.len()
    }

    /// Where the clock stands, and the two ends it runs between.
    #[must_use]
    pub const fn position(&self) -> (Offset, Offset, Offset) {
        (self.start, self.position, self.end)
    }

    /// Stops the clock.
    pub const fn pause(&mut self) {
        self.paused = true;
    }

    /// Stops or starts the clock.
    pub const fn toggle(&mut self) {
        self.paused = !self.paused;
    }

    /// One scale up or down in [`SPEEDS`].
    pub fn faster(&mut self, up: bool) {
        let next = if up {
            SPEEDS.iter().copied().find(|speed| *speed > self.speed + 1e-9)
        } else {
            SPEEDS.iter().rev().copied().find(|speed| *speed < self.speed - 1e-9)
        };
        self.speed = next.unwrap_or(self.speed);
    }

    /// Sets the scale.
    pub const fn set_speed(&mut self, speed: f64) {
        self.speed = speed;
    }

    /// Stops the clock and moves it to the next event, so that a race can be read read by read.
    pub fn step(&mut self) {
        self.paused = true;
        if let Some(at) = self.times.get(self.next) {
            self.position = self.position.max(*at);
        }
    }

    /// Back to the start, running.
    pub fn restart(&mut self) {
        self.rewind();
        self.restarted = true;
        self.paused = false;
    }

    /// Lets `passed` of the viewer's time pass. Gives which events have become due, as a range of their indices,
    /// and whether they begin anew because of a restart.
    pub fn advance(&mut self, passed: Period) -> (std::ops::Range<usize>, bool) {
        let restarted = std::mem::take(&mut self.restarted);
        if !restarted && !self.paused && self.position < self.end {
            let passed = Period::from_secs_f64(passed.as_secs_f64() * self.speed);
            self.position = self.position.plus(passed).min(self.end);
        }
        let from = self.next;
        self.next = from.max(self.times.partition_point(|at| *at <= self.position));
        (from..self.next, restarted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_go_up_and_down_within_their_ends() {
        let mut playback = Playback::new(vec![Offset::GREEN], 1.0);
        playback.faster(true);
        assert!((playback.speed() - 2.0).abs() < 1e-9);
        (0..20).for_each(|_| playback.faster(false));
        assert!((playback.speed() - 0.1).abs() < 1e-9);
        playback.set_speed(7.0);
        playback.faster(true);
        assert!((playback.speed() - 10.0).abs() < 1e-9);
    }
}

//! A recording as a source: its events on the virtual clock of the transport controls.
//! It changes when events are handed out, never what they say, so the verdict can't change.

use std::time::Instant;

use crate::race::event::Event;
use crate::race::grid::Grid;
use crate::record::Recording;
use crate::source::playback::Playback;
use crate::source::{Flow, Source};
use crate::time::Offset;

/// A recording as a source.
#[derive(Debug)]
pub struct Replay {
    recording: Recording,
    playback: Playback,
    polled: Option<Instant>,
}

impl Replay {
    /// Plays `recording` at `speed`.
    #[must_use]
    pub fn new(recording: Recording, speed: f64) -> Self {
        let playback = Playback::new(recording.events.iter().map(|event| event.at).collect(), speed);
        Self { recording, playback, polled: None }
    }
}

impl Source for Replay {
    fn grid(&self) -> &Grid {
        &self.recording.header.grid
    }

    fn clock(&self, _now: Instant) -> Option<Offset> {
        Some(self.playback.position().1)
    }

    fn poll(&mut self, now: Instant, due: &mut Vec<Event>) -> Flow {
        let passed = self.polled.map(|before| now.saturating_duration_since(before)).unwrap_or_default();
        self.polled = Some(now);
        let (range, restarted) = self.playback.advance(passed.into());
        due.extend(self.recording.events.get(range).unwrap_or_default().iter().cloned());
        match (restarted, self.playback.is_over()) {
            (true, _) => Flow::Restarted,
            (false, true) => Flow::Over,
            (false, false) => Flow::Open,
        }
    }

    fn stop(&mut self) {
        self.playback.pause();
    }

    fn playback(&mut self) -> Option<&mut Playback> {
        Some(&mut self.playback)
    }

    fn trouble(&self) -> Option<String> {
        let damaged = self.recording.problems.len();
        match (self.recording.problems.first(), self.recording.is_complete()) {
            (Some(first), _) => Some(format!("{damaged} damaged lines passed over; {first}")),
            (None, false) => Some("incomplete: the recording ends before its race does".into()),
            (None, true) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::race::Race;
    use crate::race::verdict::Verdict;
    use crate::record::format::tests::samples;
    use crate::record::{Header, reader, writer};
    use crate::source::playback::SPEEDS;
    use crate::time::Period;

    fn replay(speed: f64) -> Replay {
        let grid = Grid { contestants: vec![crate::race::verdict::tests::contestant("A"); 2], ..Grid::default() };
        let header = Header { grid, ..Header::default() };
        let mut bytes = Vec::new();
        writer::write_to(&mut bytes, &header, &samples()).unwrap();
        Replay::new(reader::read(&bytes).unwrap(), speed)
    }

    #[test]
    fn a_race_played_at_any_speed_is_the_race() {
        for speed in SPEEDS {
            let mut replay = replay(speed);
            let (mut now, mut due) = (Instant::now(), Vec::new());
            while replay.poll(now, &mut due) != Flow::Over {
                now += Duration::from_micros(1_700);
            }
            let mut race = Race::new(replay.grid().clone());
            for event in &due {
                race.apply(event);
            }
            assert_eq!(race, replay.recording.race());
            assert_eq!(Verdict::of(&race), Verdict::of(&replay.recording.race()));
        }
    }

    #[test]
    fn the_clock_scales_pauses_steps_and_restarts() {
        let mut replay = replay(0.5);
        let (t0, mut due) = (Instant::now(), Vec::new());
        replay.poll(t0, &mut due);
        let (start, ..) = replay.playback.position();
        replay.poll(t0 + Duration::from_millis(4), &mut due);
        assert_eq!(replay.clock(t0), Some(start.plus(Period::from_millis(2))));
        replay.playback.toggle();
        replay.poll(t0 + Duration::from_millis(400), &mut due);
        assert_eq!(replay.clock(t0), Some(start.plus(Period::from_millis(2))), "paused");
        let before = due.len();
        replay.playback.step();
        replay.poll(t0 + Duration::from_millis(401), &mut due);
        assert_eq!(due.len(), before + 1, "one event each step");
        replay.playback.restart();
        due.clear();
        assert_eq!(replay.poll(t0 + Duration::from_millis(402), &mut due), Flow::Restarted);
        assert_eq!(due.len(), 1);
    }
}

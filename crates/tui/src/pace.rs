//! The pace of frames: one is due at every sixtieth of a second, however long the last one took to draw.

use std::time::{Duration, Instant};

/// Between two frames while something moves: 60 a second.
pub(crate) const FRAME: Duration = Duration::from_micros(16_667);

/// When the next frame is due.
#[derive(Debug)]
pub(crate) struct FramePace {
    due: Instant,
    moving: bool,
}

impl FramePace {
    /// The first frame is due `now`.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { due: now, moving: false }
    }

    /// How long it is until the next frame.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        self.due.saturating_duration_since(now)
    }

    /// A frame has been drawn, or there was none to draw; `moving` is whether anything moves. Gives how many frames were
    /// skipped because this one came too late for them. One that came before it was due, for a key, changes nothing.
    pub(crate) fn step(&mut self, now: Instant, moving: bool) -> u64 {
        let was_moving = std::mem::replace(&mut self.moving, moving);
        if !was_moving || !moving {
            self.due = now + FRAME;
            return 0;
        }
        if now < self.due {
            return 0;
        }
        let late = now.saturating_duration_since(self.due);
        let skipped = u64::try_from(late.as_nanos() / FRAME.as_nanos()).unwrap_or(u64::MAX);
        self.due += FRAME * u32::try_from(skipped.saturating_add(1)).unwrap_or(u32::MAX);
        skipped
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_sixty_a_second_however_long_one_takes() {
        let begun = Instant::now();
        let mut pace = FramePace::new(begun);
        pace.step(begun, true);
        let (mut now, mut frames) = (begun, 0);
        while now < begun + Duration::from_secs(1) {
            now += pace.wait(now);
            assert_eq!(pace.step(now + Duration::from_millis(3), true), 0);
            now += Duration::from_millis(3);
            frames += 1;
        }
        assert_eq!(frames, 60);
    }

    #[test]
    fn a_frame_that_comes_late_skips_those_that_were_due_meanwhile() {
        let begun = Instant::now();
        let mut pace = FramePace::new(begun);
        pace.step(begun, true);
        assert_eq!(pace.step(begun + FRAME / 2, true), 0, "for a key");
        assert_eq!(pace.step(begun + FRAME, true), 0);
        assert_eq!(pace.step(begun + FRAME * 5 + Duration::from_millis(1), true), 3);
        assert_eq!(
            pace.wait(begun + FRAME * 5 + Duration::from_millis(1)),
            FRAME.checked_sub(Duration::from_millis(1)).unwrap()
        );
        pace.step(begun + FRAME * 6, false);
        assert_eq!(pace.step(begun + FRAME * 60, true), 0, "nothing was due while nothing moved");
    }
}

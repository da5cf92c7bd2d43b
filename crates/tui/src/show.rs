//! The clock of what moves on a screen: how long ago something happened, on the viewer's clock.
//! All movement is a function of it, so that a screen, a replay and a film show the same, and the same film twice.

use speed_kings_core::time::{Offset, Period};

/// How long a change of screens takes.
pub const SCREEN_TURN: Period = Period::from_millis(600);
/// How long it takes until all of a verdict is on screen.
pub const VERDICT_STAGED: Period = Period::from_millis(4_000);

/// Whether a screen has effects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ScreenMotion {
    /// Effects move as they should.
    #[default]
    Full,
    /// Everything is at once where it will be in the end.
    Still,
}

/// Where the picture stands. Made anew for each frame; it keeps nothing.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ShowClock {
    /// Where the race clock stands.
    now: Offset,
    /// Race seconds for each second of the viewer's.
    scale: f64,
    /// How long the viewer has seen the end of the race.
    held: Period,
    motion: ScreenMotion,
}

impl ShowClock {
    /// The clock at `now` of a race that runs at `scale` race seconds for each of the viewer's, and whose end has been seen
    /// for so long.
    #[must_use]
    pub const fn new(now: Offset, scale: f64, held: Period, motion: ScreenMotion) -> Self {
        Self { now, scale: scale.max(f64::MIN_POSITIVE), held, motion }
    }

    /// Seconds of the viewer's since `at` of the race; nothing before it.
    #[must_use]
    pub fn since(&self, at: Offset) -> Option<f64> {
        (at <= self.now).then(|| self.now.since(at).as_secs_f64() / self.scale + self.held.as_secs_f64())
    }

    /// The moment of the race that the viewer saw `secs` ago; nothing before the green light.
    #[must_use]
    pub fn before(&self, secs: f64) -> Option<Offset> {
        let back = (secs - self.held.as_secs_f64()).max(0.0) * self.scale;
        let at = self.now.minus(Period::from_secs_f64(back));
        (at > Offset::GREEN).then_some(at)
    }

    /// The last moment of the race at which something changed that changes `times` a second of the viewer's.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "no later than the race clock")]
    pub fn beat(&self, times: f64) -> Offset {
        let every = self.scale / times;
        // What rounding took off a whole number of beats is none of its own.
        let beats = (self.now.as_secs_f64() / every + 1e-6).floor();
        Offset::from_micros((beats * every * 1e6).round() as i64).min(self.now)
    }

    /// A wave from 0 to 1 and back, `times` a second of the viewer's, that began at `at` of the race; 1 without motion.
    #[must_use]
    pub fn pulse(&self, at: Offset, times: f64) -> f64 {
        match self.since(at) {
            Some(since) if self.motion == ScreenMotion::Full => {
                f64::midpoint(1.0, (since * times * std::f64::consts::TAU).cos())
            }
            _ => 1.0,
        }
    }

    /// How long the viewer has seen the end of the race, as a share of `whole`; nothing before it, after it, and without
    /// motion.
    #[must_use]
    pub fn hold(&self, whole: Period) -> Option<f64> {
        let share = self.held.as_secs_f64() / whole.as_secs_f64();
        (self.motion == ScreenMotion::Full && self.held > Period::ZERO && share < 1.0).then_some(share)
    }

    /// Whether things move at all.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.motion == ScreenMotion::Full
    }

    /// How far an effect is, from 0 to 1, that began at `at` of the race and takes `secs` of the viewer's time; nothing
    /// before it, after it, and without motion.
    #[must_use]
    pub fn effect(&self, at: Offset, secs: f64) -> Option<f64> {
        let share = self.since(at)? / secs;
        (self.motion == ScreenMotion::Full && share < 1.0).then_some(share)
    }

    /// How far a change is, from 0 to 1, that begins at `at` of the race and takes `secs` of the viewer's time: 0 before it.
    /// Without motion it is made at once.
    #[must_use]
    pub fn change(&self, at: Offset, secs: f64) -> f64 {
        match self.since(at) {
            None => 0.0,
            Some(_) if self.motion == ScreenMotion::Still => 1.0,
            Some(since) => (since / secs).min(1.0),
        }
    }
}

/// `share` of a way, from 0 to 1, as something goes that starts fast and comes to rest.
#[must_use]
pub fn eased(share: f64) -> f64 {
    1.0 - (1.0 - share.clamp(0.0, 1.0)).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(now: i64, scale: f64, held: u64) -> ShowClock {
        ShowClock {
            now: Offset::from_micros(now * 1_000),
            scale,
            held: Period::from_millis(held),
            motion: ScreenMotion::Full,
        }
    }

    #[test]
    fn effects_last_as_long_for_the_viewer_at_every_scale() {
        let at = Offset::from_micros(100_000);
        assert_eq!(clock(50, 1.0, 0).effect(at, 0.5), None);
        for (now, scale, held) in [(300, 1.0, 0), (120, 0.1, 0), (100, 1.0, 200)] {
            let share = clock(now, scale, held).effect(at, 0.4).unwrap();
            assert!((share - 0.5).abs() < 1e-9, "{share}");
        }
        assert_eq!(clock(500, 1.0, 0).effect(at, 0.4), None);
        assert!((clock(500, 1.0, 0).change(at, 0.4) - 1.0).abs() < 1e-9);
        let still = ShowClock { motion: ScreenMotion::Still, ..clock(101, 1.0, 0) };
        assert_eq!((still.effect(at, 0.4), still.change(at, 0.4)), (None, 1.0));
    }

    #[test]
    fn a_beat_is_as_long_for_the_viewer_at_every_scale() {
        let beat = |now: i64, scale: f64| clock(now, scale, 0).beat(20.0).as_micros();
        assert_eq!([0, 49, 50, 99, 150, 1_049].map(|now| beat(now, 1.0)), [0, 0, 50_000, 50_000, 150_000, 1_000_000]);
        assert_eq!([4, 5, 14].map(|now| beat(now, 0.1)), [0, 5_000, 10_000]);
        assert_eq!([-1, -50, -51].map(|now| beat(now, 1.0)), [-50_000, -50_000, -100_000], "never in the future");
    }

    #[test]
    fn an_eased_way_begins_fast_and_ends_where_it_should() {
        assert!(eased(0.5) > 0.5 && eased(0.0).abs() < 1e-9 && (eased(2.0) - 1.0).abs() < 1e-9);
    }
}

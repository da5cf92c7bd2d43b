//! The rate of a film: frames a second as a fraction, since those of television are no whole numbers.
//! Nothing is rounded until a moment is asked for, so that an hour at 23.976 ends where it should.

use std::fmt;
use std::str::FromStr;

use speed_kings_core::time::Period;

/// Frames a second, at the most.
const FASTEST: u32 = 240;
/// What television calls its rates, and what they are.
const TELEVISION: [(&str, u32); 6] = [
    ("23.976", 24_000),
    ("23.98", 24_000),
    ("29.97", 30_000),
    ("47.952", 48_000),
    ("59.94", 60_000),
    ("119.88", 120_000),
];
/// The seconds that they are counted in.
const TELEVISION_SECONDS: u32 = 1_001;

/// So many frames in so many seconds, both at least 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FrameRate {
    frames: u32,
    seconds: u32,
}

/// A text that is no rate.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "a whole number from 1 to {FASTEST}, 23.976, 29.97, 59.94, or a fraction of up to {FASTEST} such as 30000/1001"
)]
pub struct BadFrameRate;

impl FrameRate {
    /// `frames` in `seconds`, if that is a rate that films have.
    ///
    /// # Errors
    /// When it is below 1 or above 240 a second.
    pub fn new(frames: u32, seconds: u32) -> Result<Self, BadFrameRate> {
        let sound = (1..=TELEVISION_SECONDS).contains(&seconds) && frames >= seconds && frames <= seconds * FASTEST;
        if sound { Ok(Self { frames, seconds }) } else { Err(BadFrameRate) }
    }

    /// Frames in as many [`Self::seconds`].
    #[must_use]
    pub const fn frames(self) -> u32 {
        self.frames
    }

    /// Seconds that [`Self::frames`] take.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.seconds
    }

    /// Frames a second, to the next whole number.
    #[must_use]
    pub const fn whole(self) -> u32 {
        self.frames.div_ceil(self.seconds)
    }

    /// The least `n` with which one frame in `n` is no more than `fastest` a second.
    #[must_use]
    pub const fn step(self, fastest: u32) -> u32 {
        self.frames.div_ceil(fastest * self.seconds)
    }

    /// When frame `index` is shown, on the picture's clock.
    #[must_use]
    pub fn shown(self, index: u64) -> Period {
        let micros = u128::from(index) * 1_000_000 * u128::from(self.seconds) / u128::from(self.frames);
        Period::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
    }

    /// How many frames `span` is, to the nearest.
    #[must_use]
    pub fn count(self, span: Period) -> u64 {
        let (micros, seconds) = (u128::from(span.as_micros()), u128::from(self.seconds));
        let count = (micros * u128::from(self.frames) + 500_000 * seconds) / (1_000_000 * seconds);
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The frame that is shown at `at`.
    #[must_use]
    pub fn index(self, at: Period) -> u64 {
        // Both clocks are rounded down to the µs.
        let index = u128::from(at.as_micros() + 1) * u128::from(self.frames) / 1_000_000 / u128::from(self.seconds);
        u64::try_from(index).unwrap_or(u64::MAX)
    }
}

impl From<u32> for FrameRate {
    /// So many frames in each second, at least 1.
    fn from(frames: u32) -> Self {
        Self { frames: frames.max(1), seconds: 1 }
    }
}

impl fmt::Display for FrameRate {
    /// As television says it, or as a fraction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = TELEVISION.iter().find(|(_, frames)| (*frames, TELEVISION_SECONDS) == (self.frames, self.seconds));
        match named {
            Some((name, _)) => f.write_str(name),
            None if self.seconds == 1 => self.frames.fmt(f),
            None => write!(f, "{}/{}", self.frames, self.seconds),
        }
    }
}

impl FromStr for FrameRate {
    type Err = BadFrameRate;

    fn from_str(text: &str) -> Result<Self, BadFrameRate> {
        let named = TELEVISION.iter().find(|(name, _)| *name == text);
        let (frames, seconds) = match (named, text.split_once('/')) {
            (Some((_, frames)), _) => (*frames, TELEVISION_SECONDS),
            (None, Some((frames, seconds))) => {
                (frames.parse().map_err(|_| BadFrameRate)?, seconds.parse().map_err(|_| BadFrameRate)?)
            }
            (None, None) => (text.parse().map_err(|_| BadFrameRate)?, 1),
        };
        Self::new(frames, seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rates_of_television_are_fractions() {
        let rate = |text: &str| text.parse::<FrameRate>();
        assert_eq!(rate("23.976"), FrameRate::new(24_000, 1_001));
        assert_eq!(rate("59.94"), rate("60000/1001"));
        assert_eq!(rate("30"), Ok(30.into()));
        assert_eq!(
            ["23.98", "30000/1001", "25/2", "60"].map(|text| rate(text).unwrap().to_string()),
            ["23.976", "29.97", "25/2", "60"]
        );
        for bad in ["0", "241", "24.5", "1/2", "30/0", "-1", "30000/100000", "x", ""] {
            assert_eq!(rate(bad), Err(BadFrameRate), "{bad}");
        }
    }

    #[test]
    fn an_hour_ends_where_it_should() {
        let rate = FrameRate::new(30_000, 1_001).unwrap();
        let hour = Period::from_millis(3_600_000);
        assert_eq!(rate.count(hour), 107_892);
        assert_eq!(rate.shown(30_000), Period::from_millis(1_001_000));
        for index in [0, 1, 2, 29, 30, 107_891] {
            assert_eq!(rate.index(rate.shown(index)), index);
        }
        assert_eq!((rate.whole(), rate.step(50), FrameRate::new(60_000, 1_001).unwrap().step(50)), (30, 1, 2));
    }
}

//! When the program itself stood still during a race, and how that is told.
//! What came meanwhile was read late, so a time over a standstill is no contestant's.

use std::fmt;

use crate::race::event::Standstill;
use crate::time::{Offset, Period, clock};

/// A standstill on the race clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RaceStandstill {
    /// When it began, on the race clock.
    pub from: Offset,
    /// When it ended, on the race clock.
    pub to: Offset,
    /// How long the machine was suspended meanwhile, which the race clock doesn't count; nothing where nobody knows.
    pub suspended: Option<Period>,
}

impl RaceStandstill {
    /// The standstill that ended at `at`.
    #[must_use]
    pub const fn ended(at: Offset, standstill: &Standstill) -> Self {
        Self { from: at.minus(standstill.length), to: at, suspended: standstill.suspended }
    }

    /// How long it lasted, with the time in which the machine was suspended.
    #[must_use]
    pub fn length(&self) -> Period {
        self.to.since(self.from).plus(self.suspended.unwrap_or_default())
    }

    /// Whether any of it lies between `from` and `to`.
    #[must_use]
    pub fn is_between(&self, from: Offset, to: Offset) -> bool {
        self.from < to && from < self.to
    }
}

/// `1.204 s at T+0.812 s`, with how much of it the machine was suspended.
impl fmt::Display for RaceStandstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.length(), clock(self.from))?;
        match self.suspended.filter(|suspended| *suspended > Period::ZERO) {
            Some(suspended) => write!(f, " ({suspended} of it suspended)"),
            None => Ok(()),
        }
    }
}

/// Standstills in a few words: `stood still for 1.204 s at T+0.812 s`, or how often, how long in all and the longest. Nothing for none.
#[must_use]
pub fn words(stills: &[RaceStandstill]) -> Option<String> {
    let longest = stills.iter().max_by_key(|still| still.length())?;
    Some(match stills {
        [only] => format!("stood still for {only}"),
        more => {
            let all = more.iter().fold(Period::ZERO, |all, still| all.plus(still.length()));
            format!("stood still {} times, {all} in all, the longest for {longest}", more.len())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    #[test]
    fn words_tell_when_and_how_long() {
        let still = |from, to, suspended: Option<u64>| RaceStandstill {
            from: ms(from),
            to: ms(to),
            suspended: suspended.map(Period::from_millis),
        };
        assert_eq!(words(&[]), None);
        assert_eq!(words(&[still(800, 2_000, None)]).unwrap(), "stood still for 1.200 s at T+0.800 s");
        let suspended = still(800, 900, Some(40_000));
        assert_eq!(suspended.to_string(), "40.100 s at T+0.800 s (40.000 s of it suspended)");
        assert_eq!(
            words(&[still(800, 2_000, Some(0)), still(3_000, 3_100, None)]).unwrap(),
            "stood still 2 times, 1.300 s in all, the longest for 1.200 s at T+0.800 s"
        );
    }
}

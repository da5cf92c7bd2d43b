//! When the program itself stood still during a race, and which figures that touches.
//! What came meanwhile was read late, so a time over a standstill is no contestant's.

use std::fmt;

use crate::format;
use crate::race::event::Standstill;
use crate::race::lane::{Lane, LaneState};
use crate::stats::timing::TextGaps;
use crate::time::{Offset, Period};

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
        write!(f, "{} at {}", self.length(), format::clock(self.from))?;
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

impl Lane {
    /// The standstills that touch its figures: those between its request and its last text or its end.
    pub fn standstills(&self) -> impl Iterator<Item = RaceStandstill> + '_ {
        let end = if self.state == LaneState::Finished { self.marks.last_text } else { None };
        let end = end.or(self.marks.over).unwrap_or(Offset::LAST);
        let sent = self.marks.sent;
        self.stills.iter().copied().filter(move |still| sent.is_some_and(|sent| still.is_between(sent, end)))
    }

    /// Whether the program stood still between `from` and `to`.
    #[must_use]
    pub fn stood_still(&self, from: Offset, to: Offset) -> bool {
        let after = self.stills.partition_point(|still| still.to <= from);
        self.stills.get(after).is_some_and(|still| still.is_between(from, to))
    }

    /// Whether it stood still while text was coming: a speed over that time is nobody's.
    #[must_use]
    pub fn stood_still_in_text(&self) -> bool {
        self.marks.first_text.zip(self.marks.last_text).is_some_and(|(first, last)| self.stood_still(first, last))
    }

    /// The gaps between its reads, without those over a standstill: when each began and how long it lasted.
    pub fn gap_spans(&self) -> impl Iterator<Item = (Offset, Period)> + '_ {
        let reads = self.reads();
        let pairs = reads.iter().zip(reads.iter().skip(1)).map(|(before, after)| (before.at, after.at));
        pairs.filter(|(from, to)| !self.stood_still(*from, *to)).map(|(from, to)| (from, to.since(from)))
    }

    /// How evenly its text came.
    #[must_use]
    pub fn gaps(&self) -> Option<TextGaps> {
        TextGaps::of(self.gap_spans().map(|(_, lasted)| lasted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::{EventKind, FailureKind, LaneFailure, TextChannel};

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    fn stood(from: i64, to: i64) -> EventKind {
        EventKind::Standstill(Standstill { length: ms(to).since(ms(from)), suspended: None })
    }

    /// A lane that says something at each of these ms; the program stood still from `from` to `to`.
    fn lane(texts: &[i64], (from, to): (i64, i64)) -> Lane {
        let mut lane = Lane::default();
        lane.apply(ms(0), &EventKind::Sent);
        for at in texts.iter().filter(|at| **at < to) {
            lane.apply(ms(*at), &EventKind::Text { channel: TextChannel::Answer, text: "word ".into() });
        }
        lane.apply(ms(to), &stood(from, to));
        for at in texts.iter().filter(|at| **at >= to) {
            lane.apply(ms(*at), &EventKind::Text { channel: TextChannel::Answer, text: "word ".into() });
        }
        lane.apply(ms(9_000), &EventKind::Closed);
        lane
    }

    #[test]
    fn a_gap_over_a_standstill_is_none() {
        let texts: Vec<i64> = (1..=10).map(|i| i * 100).chain((0..10).map(|i| 4_000 + i * 100)).collect();
        let held = lane(&texts, (1_020, 4_000));
        let gaps = held.gaps().unwrap();
        assert_eq!((gaps.n, gaps.max, gaps.stalls.count), (18, Period::from_millis(100), 0));
        assert!(held.stood_still_in_text());
        assert_eq!(held.standstills().count(), 1);
        // The same gap without one is a stall, and one beside it changes nothing.
        for beside in [(-900, -100), (4_020, 4_080), (5_000, 6_000)] {
            let own = lane(&texts, beside);
            assert_eq!(own.gaps().unwrap().stalls.count, 1, "{beside:?}");
        }
        assert!(!lane(&texts, (5_000, 6_000)).stood_still_in_text(), "after the last text");
        assert_eq!(lane(&texts, (5_000, 6_000)).standstills().count(), 0);
    }

    #[test]
    fn one_that_is_told_late_still_counts() {
        let mut lane = lane(&[100, 4_000], (-20, -10));
        lane.apply(ms(9_100), &stood(200, 9_100));
        assert_eq!(lane.standstills().count(), 1);
        let over = lane.clone();
        lane.apply(ms(9_900), &stood(9_200, 9_900));
        assert_eq!(lane, over, "it was over by then");
    }

    #[test]
    fn a_lane_that_failed_was_under_way_until_then() {
        let mut lane = Lane::default();
        lane.apply(ms(0), &EventKind::Sent);
        lane.apply(ms(500), &stood(100, 500));
        lane.apply(ms(600), &EventKind::Failed(LaneFailure::new(FailureKind::Reset, "gone")));
        assert_eq!(lane.standstills().count(), 1);
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

//! Which figures of a lane the program's own standstills touch.
//! A gap over a standstill is no gap of the server's, and a speed over one is nobody's.

use super::{Lane, LaneState};
use crate::race::standstill::RaceStandstill;
use crate::stats::timing::TextGaps;
use crate::time::{Offset, Period};

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
        let pairs = self.reads().pairs().map(|(before, after)| (before.at, after.at));
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
    use crate::race::event::{EventKind, FailureKind, LaneFailure, Standstill, TextChannel};

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
        lane.apply(ms(600), &EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Reset, "gone"))));
        assert_eq!(lane.standstills().count(), 1);
    }
}

//! The marks of a race: the moments that a viewer jumps to, a film has chapters at and a summary lists.
//! Worked out from the finished race alone, so that a replay, a film and a report name the same moments.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::race::event::LaneId;
use crate::race::lane::{Lane, LaneState};
use crate::race::{Race, RaceStage};
use crate::stats::timing::{STALL_FLOOR, stall_limit};
use crate::text::printable;
use crate::time::{Offset, Period};

/// A lead of fewer tokens than this is no lead: the streams are level.
const LEAD_TOKENS: f64 = 2.0;
/// Nor is one of fewer reads than this: two even streams take turns in being a read ahead.
const LEAD_READS: f64 = 2.0;

/// One moment of a race.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RaceMark {
    /// When it was, on the race clock.
    pub at: Offset,
    /// Whose; nothing when it is everybody's.
    pub lane: Option<LaneId>,
    /// What kind of moment it is.
    pub kind: MarkKind,
}

/// What a mark stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MarkKind {
    /// The green light of the race.
    Green,
    /// The lane's first text of any kind.
    FirstToken,
    /// The lane has taken the lead from another.
    Overtake,
    /// The lane's stream stands still from here.
    Stall {
        /// How long the stream stood still.
        lasted: Period,
    },
    /// The lane has finished.
    Finish,
    /// The lane is out.
    Out,
    /// The lane was stopped.
    Stopped,
    /// Every lane is over: there is a verdict.
    Verdict,
}

impl MarkKind {
    /// The names in recordings and on the command line, in this order.
    pub const NAMES: [&str; 8] = ["green", "first-token", "overtake", "stall", "finish", "out", "stopped", "verdict"];

    /// The name in recordings and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::FirstToken => "first-token",
            Self::Overtake => "overtake",
            Self::Stall { .. } => "stall",
            Self::Finish => "finish",
            Self::Out => "out",
            Self::Stopped => "stopped",
            Self::Verdict => "verdict",
        }
    }
}

impl RaceMark {
    /// What a person calls it, printable: `Cerebras: first token`.
    #[must_use]
    pub fn words(&self, race: &Race) -> String {
        let what = match self.kind {
            MarkKind::Green => "green light".to_owned(),
            MarkKind::FirstToken => "first token".into(),
            MarkKind::Overtake => "takes the lead".into(),
            MarkKind::Stall { lasted } => format!("stalls for {lasted}"),
            MarkKind::Finish => "finish".into(),
            MarkKind::Out => "out".into(),
            MarkKind::Stopped => "stopped".into(),
            MarkKind::Verdict => "verdict".into(),
        };
        match self.lane {
            Some(lane) => format!("{}: {what}", printable(race.name(lane))),
            None => what,
        }
    }
}

/// The marks of `race`, in order.
#[must_use]
pub fn marks(race: &Race) -> Vec<RaceMark> {
    let mut marks = Vec::new();
    if race.stage >= RaceStage::Running {
        marks.push(RaceMark { at: Offset::GREEN, lane: None, kind: MarkKind::Green });
    }
    for (id, _, lane) in race.entries() {
        marks.extend(lane_marks(lane).map(|(at, kind)| RaceMark { at, lane: Some(id), kind }));
    }
    marks.extend(overtakes(race.lanes()));
    if race.stage == RaceStage::Over {
        let last = race.lanes().iter().filter_map(|lane| lane.marks.over).max();
        marks.extend(last.map(|at| RaceMark { at, lane: None, kind: MarkKind::Verdict }));
    }
    marks.sort_by_key(|mark| mark.at);
    marks
}

fn lane_marks(lane: &Lane) -> impl Iterator<Item = (Offset, MarkKind)> {
    let end = match lane.state {
        LaneState::Finished => Some(MarkKind::Finish),
        LaneState::Failed(_) => Some(MarkKind::Out),
        LaneState::Stopped => Some(MarkKind::Stopped),
        _ => None,
    };
    let first = lane.marks.first_text.map(|at| (at, MarkKind::FirstToken));
    first.into_iter().chain(stalls(lane)).chain(lane.marks.over.zip(end))
}

fn stalls(lane: &Lane) -> Vec<(Offset, MarkKind)> {
    // Nearly no stream has one, and that is seen without putting its gaps in order.
    let may = lane.longest_gap() > STALL_FLOOR;
    let Some(gaps) = may.then(|| lane.gaps()).flatten().filter(|gaps| gaps.stalls.count > 0) else {
        return Vec::new();
    };
    let limit = Period::from_secs_f64(stall_limit(gaps.p50.as_secs_f64()));
    let long = lane.gap_spans().filter(|(_, lasted)| *lasted > limit);
    long.map(|(at, lasted)| (at, MarkKind::Stall { lasted })).collect()
}

/// When the lead changed hands before anybody was home. Tokens count as they do in the end, so that the arrival of a
/// server's own count is no overtaking.
fn overtakes(lanes: &[Lane]) -> Vec<RaceMark> {
    let home =
        lanes.iter().filter(|lane| lane.state == LaneState::Finished).filter_map(|lane| lane.marks.last_text).min();
    let margin = lanes.iter().map(tokens_a_read).fold(0.0, f64::max) * LEAD_READS;
    let margin = margin.max(LEAD_TOKENS);
    let mut tokens = vec![0.0_f64; lanes.len()];
    let (mut leader, mut marks) = (None, Vec::new());
    for (at, id, count) in in_order(lanes).take_while(|(at, ..)| home.is_none_or(|home| *at <= home)) {
        if let Some(slot) = tokens.get_mut(id) {
            *slot = count;
        }
        // Whoever leads already, or has not that lead over the leader, has overtaken nobody.
        let leads = leader.and_then(|leader| tokens.get(leader)).is_some_and(|ahead| count - ahead <= margin);
        if leads {
            continue;
        }
        let best_other =
            tokens.iter().enumerate().filter(|(other, _)| *other != id).map(|(_, n)| *n).fold(0.0, f64::max);
        if leader != Some(id) && count - best_other > margin {
            let lane = u8::try_from(id).ok().map(LaneId);
            marks.extend(leader.map(|_| RaceMark { at, lane, kind: MarkKind::Overtake }));
            leader = Some(id);
        }
    }
    marks
}

/// The reads of all lanes that have not failed, as they came: when, whose, and how many tokens the lane had by then.
fn in_order(lanes: &[Lane]) -> impl Iterator<Item = (Offset, usize, f64)> {
    let racing = lanes.iter().enumerate().filter(|(_, lane)| lane.state.failure().is_none());
    let mut rest: Vec<_> = racing.map(|(id, lane)| (id, lane.tokens_per_byte(), lane.reads().iter())).collect();
    let mut next: BinaryHeap<_> = BinaryHeap::new();
    for (place, (_, _, reads)) in rest.iter_mut().enumerate() {
        next.extend(reads.next().map(|read| Reverse((read.at, place, read.bytes))));
    }
    std::iter::from_fn(move || {
        let mut first = next.peek_mut()?;
        let Reverse((at, place, bytes)) = *first;
        let (id, scale, reads) = rest.get_mut(place)?;
        match reads.next() {
            Some(read) => *first = Reverse((read.at, place, read.bytes)),
            None => {
                PeekMut::pop(first);
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
        Some((at, *id, bytes as f64 * *scale))
    })
}

fn tokens_a_read(lane: &Lane) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "texts and reads are far below 2^52")]
    lane.reads().last().map_or(0.0, |read| read.bytes as f64 * lane.tokens_per_byte() / lane.reads().len() as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::{contestant, race};
    use crate::race::event::{Event, EventKind, FailureKind, LaneFailure, TextChannel};
    use crate::race::setup::RaceSetup;

    fn named(race: &Race) -> Vec<(i64, String)> {
        marks(race).iter().map(|mark| (mark.at.as_micros() / 1_000, mark.words(race))).collect()
    }

    /// Overtakings worked out from all reads, without any short way.
    fn plainly(lanes: &[Lane]) -> Vec<RaceMark> {
        let finished = lanes.iter().filter(|lane| lane.state == LaneState::Finished);
        let home = finished.filter_map(|lane| lane.marks.last_text).min();
        let margin = lanes.iter().map(tokens_a_read).fold(0.0, f64::max) * LEAD_READS;
        let mut reads: Vec<(Offset, usize, usize)> = Vec::new();
        for (id, lane) in lanes.iter().enumerate().filter(|(_, lane)| lane.state.failure().is_none()) {
            reads.extend(lane.reads().iter().map(|read| (read.at, id, read.bytes)));
        }
        reads.sort_unstable();
        let (mut leader, mut marks, mut tokens) = (None, Vec::new(), vec![0.0; lanes.len()]);
        for (at, id, bytes) in reads.into_iter().take_while(|(at, ..)| home.is_none_or(|home| *at <= home)) {
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let count = bytes as f64 * lanes[id].tokens_per_byte();
            tokens[id] = count;
            let others = (0..lanes.len()).filter(|other| *other != id).map(|other| tokens[other]).fold(0.0, f64::max);
            if leader != Some(id) && count - others > margin.max(LEAD_TOKENS) {
                let lane = u8::try_from(id).ok().map(LaneId);
                marks.extend(leader.map(|_| RaceMark { at, lane, kind: MarkKind::Overtake }));
                leader = Some(id);
            }
        }
        marks
    }

    proptest! {
        #[test]
        fn overtakings_are_those_of_all_reads(
            texts in proptest::collection::vec((0u8..4, 0i64..4, "[a-z]{0,30}"), 0..200), over in 0u8..6,
        ) {
            let contestants = ["A", "B", "C"].map(contestant).to_vec();
            let mut race = Race::new(RaceSetup { contestants, ..RaceSetup::default() });
            let mut at = 0;
            for (number, (lane, step, text)) in texts.into_iter().enumerate() {
                at += step;
                let text = EventKind::Text { channel: TextChannel::Answer, text: text.into() };
                race.apply(&Event { at: Offset::from_micros(at), lane: Some(LaneId(lane)), kind: text });
                let gone = EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Reset, "gone")));
                let (lane, end) = if over < 3 { (over, EventKind::Closed) } else { (over - 3, gone) };
                if number == 120 {
                    race.apply(&Event { at: Offset::from_micros(at), lane: Some(LaneId(lane)), kind: end });
                }
            }
            prop_assert_eq!(overtakes(race.lanes()), plainly(race.lanes()));
        }
    }

    fn even(first: i64, gap: i64, n: i64) -> Vec<i64> {
        (0..n).map(|i| first + i * gap).collect()
    }

    #[test]
    fn a_race_has_its_moments_in_order() {
        // B begins later but is faster, stalls, and is beaten to the line by a lane that has fewer tokens.
        let (mut b, a) = (even(150, 5, 30), even(40, 20, 20));
        b.push(900);
        let mut race = race([&a, &b]);
        race.apply(&Event { at: Offset::GREEN, lane: None, kind: EventKind::Green });
        let named = named(&race);
        let words: Vec<&str> = named.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(
            words,
            [
                "green light",
                "A: first token",
                "B: first token",
                "B: takes the lead",
                "B: stalls for 605.0 ms",
                "A: finish",
                "B: finish",
                "verdict"
            ],
            "{named:?}"
        );
    }

    #[test]
    fn even_streams_overtake_nobody() {
        let race = race([&even(100, 10, 50), &even(103, 10, 50)]);
        assert!(marks(&race).iter().all(|mark| mark.kind != MarkKind::Overtake));
    }

    #[test]
    fn a_lane_that_is_out_is_told_and_leads_nobody() {
        let setup = race([&[], &[]]).setup;
        let mut race = Race::new(setup);
        let mut put = |ms: i64, lane, kind| {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(lane)), kind });
        };
        for ms in 1..40 {
            put(ms, 0, EventKind::Text { channel: TextChannel::Answer, text: "words".into() });
        }
        put(50, 0, EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Reset, "gone"))));
        let kinds: Vec<&str> = marks(&race).iter().map(|mark| mark.kind.as_str()).collect();
        assert_eq!(kinds, ["first-token", "out"]);
        assert!(kinds.iter().all(|kind| MarkKind::NAMES.contains(kind)));
    }
}

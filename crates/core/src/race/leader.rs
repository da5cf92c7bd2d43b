//! Who leads at this moment, by how many tokens and by how much time.
//! A lane that has finished is ahead of every lane that has not; among the rest, more tokens lead.

use crate::race::Race;
use crate::race::event::LaneId;
use crate::race::lane::{Lane, LaneState};
use crate::time::{Offset, Period};

/// The head of the race.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RaceLeader {
    /// The lane that is in front.
    pub leader: LaneId,
    /// The lane that comes next behind the leader.
    pub chaser: LaneId,
    /// Tokens between them; zero when the chaser has more but the leader has finished.
    pub tokens: f64,
    /// How long ago the leader was where the chaser is now.
    pub time: Period,
}

impl RaceLeader {
    /// The head of `race` at `now`. Nothing before the first text, or while nobody is ahead.
    #[must_use]
    pub fn of(race: &Race, now: Offset) -> Option<Self> {
        let order = order(race, now, false);
        let (&(leader, first), &(chaser, second)) = (order.first()?, order.get(1)?);
        let (ahead, behind) = (first.tokens_by(now), second.tokens_by(now));
        if rank(first) == rank(second) && ahead <= behind {
            return None;
        }
        Some(Self { leader, chaser, tokens: (ahead - behind).max(0.0), time: lead_time(first, second, behind, now)? })
    }
}

/// The lanes from the first to the last: those that are home, then by tokens, and with `all` those that are out behind.
fn order(race: &Race, now: Offset, all: bool) -> Vec<(LaneId, &Lane)> {
    let lanes = race.entries().map(|(id, _, lane)| (id, lane));
    let mut order: Vec<(LaneId, &Lane)> = lanes.filter(|(_, lane)| all || lane.state.failure().is_none()).collect();
    let out = |lane: &Lane| lane.state.failure().is_some();
    order.sort_by(|(_, a), (_, b)| {
        let ranks = (out(a), rank(a)).cmp(&(out(b), rank(b)));
        ranks.then(b.tokens_by(now).total_cmp(&a.tokens_by(now)))
    });
    order
}

/// Where one lane stands in the race.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LaneStanding {
    /// The lane that stands there.
    pub lane: LaneId,
    /// How long ago the first lane was where this one is now; nothing for the first, and for one that is out or has no text.
    pub gap: Option<Period>,
    /// The same to the lane ahead of it.
    pub interval: Option<Period>,
}

/// All lanes of `race` at `now`, from the first to the last; lanes that are out stand behind all others.
#[must_use]
pub fn standings(race: &Race, now: Offset) -> Vec<LaneStanding> {
    let order = order(race, now, true);
    let behind = |ahead: Option<&(LaneId, &Lane)>, lane: &Lane| {
        let tokens = lane.tokens_by(now);
        let runs = lane.state.failure().is_none() && tokens > 0.0;
        ahead.filter(|_| runs).and_then(|(_, ahead)| lead_time(ahead, lane, tokens, now))
    };
    let standing = |(place, (id, lane)): (usize, &(LaneId, &Lane))| LaneStanding {
        lane: *id,
        gap: behind(order.first().filter(|_| place > 0), lane),
        interval: behind(place.checked_sub(1).and_then(|ahead| order.get(ahead)), lane),
    };
    order.iter().enumerate().map(standing).collect()
}

/// Finished lanes first, the earlier the better; then everything that still runs.
fn rank(lane: &Lane) -> (bool, Option<Offset>) {
    let finished = lane.state == LaneState::Finished;
    (!finished, if finished { lane.marks.last_text } else { None })
}

fn lead_time(leader: &Lane, chaser: &Lane, behind: f64, now: Offset) -> Option<Period> {
    let chaser_now = if chaser.state.is_over() { chaser.marks.last_text? } else { now };
    let then = if leader.state == LaneState::Finished && leader.tokens_by(now) <= behind {
        leader.marks.last_text?
    } else {
        leader.time_of(behind.max(f64::MIN_POSITIVE))?
    };
    Some(chaser_now.since(then))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::contestant;
    use crate::race::event::{Event, EventKind, FailureKind, LaneFailure, TextChannel};
    use crate::race::setup::RaceSetup;

    fn race(events: &[(i64, u8, EventKind)]) -> Race {
        let mut race =
            Race::new(RaceSetup { contestants: vec![contestant("a"), contestant("b")], ..RaceSetup::default() });
        for (ms, lane, kind) in events {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(*lane)), kind: kind.clone() });
        }
        race
    }

    fn text(text: &str) -> EventKind {
        EventKind::Text { channel: TextChannel::Answer, text: text.into() }
    }

    #[test]
    fn more_tokens_lead() {
        let race = race(&[
            (0, 0, EventKind::Sent),
            (0, 1, EventKind::Sent),
            (100, 0, text("12345678")),
            (150, 0, text("12345678")),
            (300, 1, text("12345678")),
        ]);
        let state = RaceLeader::of(&race, Offset::from_micros(400_000)).unwrap();
        assert_eq!((state.leader, state.chaser), (LaneId(0), LaneId(1)));
        assert!((state.tokens - 2.0).abs() < 1e-9);
        assert_eq!(state.time, Period::from_millis(300), "the leader was there at 100 ms");
    }

    #[test]
    fn finished_beats_longer() {
        let race = race(&[(100, 0, text("1234")), (150, 0, EventKind::Closed), (300, 1, text("123456789012"))]);
        let state = RaceLeader::of(&race, Offset::from_micros(400_000)).unwrap();
        assert_eq!(state.leader, LaneId(0));
        assert!(state.tokens.abs() < 1e-9);
        assert_eq!(state.time, Period::from_millis(300));
    }

    #[test]
    fn standings_tell_gaps_to_the_first_and_to_the_next() {
        let mut race = race(&[(100, 0, text("12345678")), (150, 1, text("12345678")), (300, 1, text("12345678"))]);
        let now = Offset::from_micros(400_000);
        let told: Vec<_> = standings(&race, now).iter().map(|one| (one.lane, one.gap, one.interval)).collect();
        let gap = Some(Period::from_millis(250));
        assert_eq!(told, [(LaneId(1), None, None), (LaneId(0), gap, gap)]);
        let failed = EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Server, "down")));
        race.apply(&Event { at: now, lane: Some(LaneId(1)), kind: failed });
        let told: Vec<_> = standings(&race, now).iter().map(|one| (one.lane, one.gap)).collect();
        assert_eq!(told, [(LaneId(0), None), (LaneId(1), None)], "who is out stands last");
    }

    #[test]
    fn nobody_leads_on_equal_terms() {
        assert_eq!(RaceLeader::of(&race(&[]), Offset::GREEN), None);
        let even = race(&[(100, 0, text("1234")), (100, 1, text("1234"))]);
        assert_eq!(RaceLeader::of(&even, Offset::from_micros(100_000)), None);
    }
}

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
        let mut order: Vec<(LaneId, &Lane)> =
            race.entries().map(|(id, _, lane)| (id, lane)).filter(|(_, lane)| lane.state.failure().is_none()).collect();
        order.sort_by(|(_, a), (_, b)| rank(a).cmp(&rank(b)).then(b.tokens_by(now).total_cmp(&a.tokens_by(now))));
        let (&(leader, first), &(chaser, second)) = (order.first()?, order.get(1)?);
        let (ahead, behind) = (first.tokens_by(now), second.tokens_by(now));
        if rank(first) == rank(second) && ahead <= behind {
            return None;
        }
        Some(Self { leader, chaser, tokens: (ahead - behind).max(0.0), time: lead_time(first, second, behind, now)? })
    }
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
    use crate::race::event::{Event, EventKind, TextChannel};
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
    fn nobody_leads_on_equal_terms() {
        assert_eq!(RaceLeader::of(&race(&[]), Offset::GREEN), None);
        let even = race(&[(100, 0, text("1234")), (100, 1, text("1234"))]);
        assert_eq!(RaceLeader::of(&even, Offset::from_micros(100_000)), None);
    }
}

//! Checkpoints of the reducer: any moment of a long race without playing it from the start.
//! What only grows is kept once, in the finished race; a checkpoint knows how long it was, and the rest of the state.

use crate::race::event::Event;
use crate::race::lane::{Lane, LanePoint};
use crate::race::setup::RaceSetup;
use crate::race::{Race, RaceStage};
use crate::time::Offset;

/// How many checkpoints there are at the most, however long the race.
const MOST: usize = 256;
/// Events between two of them at the least: so many are applied in less than a frame.
const FEWEST_BETWEEN: usize = 4_096;

/// The race at one moment.
#[derive(Clone, Debug)]
struct RaceCheckpoint {
    /// How many events have been applied.
    events: usize,
    stage: RaceStage,
    stopped: bool,
    newest: Option<Offset>,
    lanes: Vec<LanePoint>,
}

/// A finished race and the way back to its moments.
#[derive(Clone, Debug)]
pub struct RaceCheckpoints {
    whole: Race,
    /// How many events have been applied to it.
    applied: usize,
    points: Vec<RaceCheckpoint>,
    /// Events from one point to the next.
    every: usize,
}

impl RaceCheckpoints {
    /// A race of which nothing has been played.
    #[must_use]
    pub fn new(setup: RaceSetup) -> Self {
        let mut whole = Race::new(setup);
        whole.lanes.iter_mut().for_each(Lane::keep_lateness_in_order);
        let points = vec![RaceCheckpoint::of(&whole, 0)];
        Self { whole, applied: 0, points, every: FEWEST_BETWEEN }
    }

    /// Plays `events`, which come after all that were played.
    pub fn play(&mut self, mut events: &[Event]) {
        while !events.is_empty() {
            let left = self.every - self.applied % self.every;
            let (now, rest) = events.split_at(left.min(events.len()));
            for event in now {
                self.whole.apply(event);
            }
            (self.applied, events) = (self.applied + now.len(), rest);
            if now.len() == left {
                self.mark();
            }
        }
    }

    /// Makes a checkpoint. Where there are too many, every other one goes.
    fn mark(&mut self) {
        self.points.push(RaceCheckpoint::of(&self.whole, self.applied));
        if self.points.len() > MOST {
            self.every *= 2;
            self.points.retain(|point| point.events % self.every == 0);
        }
    }

    /// The race after all of its events.
    #[must_use]
    pub const fn whole(&self) -> &Race {
        &self.whole
    }

    /// How many events the checkpoint has that comes at or before `applied` of them.
    #[must_use]
    pub fn before(&self, applied: usize) -> usize {
        let after = self.points.partition_point(|point| point.events <= applied);
        after.checked_sub(1).and_then(|index| self.points.get(index)).map_or(0, |point| point.events)
    }

    /// Makes `race`, which has come from the first of these events, what it was after at most `applied` of them. Gives
    /// how many those are: the rest up to `applied` is still to be applied.
    pub fn go_to(&self, race: &mut Race, applied: usize) -> usize {
        let after = self.points.partition_point(|point| point.events <= applied);
        let Some(point) = after.checked_sub(1).and_then(|index| self.points.get(index)) else { return 0 };
        (race.stage, race.stopped, race.newest) = (point.stage, point.stopped, point.newest);
        for ((lane, point), whole) in race.lanes.iter_mut().zip(&point.lanes).zip(&self.whole.lanes) {
            lane.go_to(point, whole);
        }
        point.events
    }
}

impl RaceCheckpoint {
    fn of(race: &Race, events: usize) -> Self {
        let lanes = race.lanes.iter().map(Lane::point).collect();
        Self { events, stage: race.stage, stopped: race.stopped, newest: race.newest, lanes }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture::contestant;
    use crate::race::engine::ResourceSample;
    use crate::race::event::{
        EventKind, FailureKind, LaneFailure, LaneId, Standstill, TextChannel, TokenUsage, UpstreamFacts,
    };
    use crate::time::Period;

    fn kind() -> impl Strategy<Value = EventKind> {
        let channel = prop_oneof![Just(TextChannel::Answer), Just(TextChannel::Reasoning)];
        prop_oneof![
            20 => (channel, "[a-zé日\n ]{1,6}").prop_map(|(channel, text)| EventKind::Text { channel, text: text.into() }),
            1 => Just(EventKind::Sent),
            1 => Just(EventKind::Written),
            1 => proptest::collection::vec(0u64..9_000, 0..4).prop_map(|late| {
                EventKind::Lateness(late.into_iter().map(Period::from_micros).collect())
            }),
            1 => "[a-z]{0,5}".prop_map(|text| EventKind::Notice(text.into())),
            1 => (0u64..9).prop_map(|output| EventKind::Usage(Box::new(TokenUsage { output: Some(output), ..TokenUsage::default() }))),
            1 => Just(EventKind::KeepAlive),
            1 => (0u64..9_000).prop_map(|us| {
                EventKind::Standstill(Standstill { length: Period::from_micros(us), suspended: None })
            }),
            1 => Just(EventKind::WasReasoning),
            1 => "[a-z]{1,3}".prop_map(|name| EventKind::Model(name.into())),
            1 => "[a-z]{1,3}".prop_map(|name| {
                EventKind::Upstream(Box::new(UpstreamFacts { provider: Some(name.into()), ..UpstreamFacts::default() }))
            }),
            1 => Just(EventKind::EngineReady(Box::default())),
            1 => (1u64..9).prop_map(|memory| {
                EventKind::Resources(Box::new(ResourceSample { anonymous_bytes: Some(memory), ..ResourceSample::default() }))
            }),
        ]
    }

    /// A race whose events come many at a time, so that checkpoints fall in the middle of reads and buckets.
    fn events() -> impl Strategy<Value = Vec<Event>> {
        let one = (0u8..2, 0i64..15_000, kind());
        let end = prop_oneof![Just(None), (0u8..2).prop_map(Some)];
        (proptest::collection::vec(one, 0..60), end).prop_map(|(steps, end)| {
            let mut at = -5_000;
            let mut events: Vec<Event> = steps
                .into_iter()
                .map(|(lane, step, kind)| {
                    at += if step < 5_000 { 0 } else { step };
                    Event { at: Offset::from_micros(at), lane: Some(LaneId(lane)), kind }
                })
                .collect();
            let gone = EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Reset, "gone")));
            events.extend(end.map(|lane| Event { at: Offset::from_micros(at), lane: Some(LaneId(lane)), kind: gone }));
            events
        })
    }

    fn setup() -> RaceSetup {
        RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() }
    }

    proptest! {
        #[test]
        fn any_moment_is_the_one_that_playing_gives(events in events(), seeks in proptest::collection::vec(0usize..62, 1..8)) {
            let mut whole = Race::new(setup());
            whole.lanes.iter_mut().for_each(Lane::keep_lateness_in_order);
            let mut points = vec![RaceCheckpoint::of(&whole, 0)];
            for (applied, event) in (1..).zip(&events) {
                whole.apply(event);
                // A checkpoint after every event: harder than the ones that `play` makes.
                points.push(RaceCheckpoint::of(&whole, applied));
            }
            let checkpoints = RaceCheckpoints { whole, applied: events.len(), points, every: 1 };
            let mut race = Race::new(setup());
            for seek in seeks {
                let seek = seek.min(events.len());
                let mut played = Race::new(setup());
                events[..seek].iter().for_each(|event| played.apply(event));
                prop_assert_eq!(checkpoints.go_to(&mut race, seek), seek);
                prop_assert_eq!(&race, &played);
            }
        }
    }

    fn text(at: i64) -> Event {
        Event {
            at: Offset::from_micros(at * 100),
            lane: Some(LaneId(0)),
            kind: EventKind::Text { channel: TextChannel::Answer, text: "word ".into() },
        }
    }

    #[test]
    fn a_long_race_is_played_on_from_the_checkpoint_before() {
        let events: Vec<Event> = (0..20_000).map(text).collect();
        let mut checkpoints = RaceCheckpoints::new(setup());
        events.chunks(777).for_each(|part| checkpoints.play(part));
        let mut race = Race::new(setup());
        for seek in [19_999, 5, 4_096, 12_345, 0, 20_000] {
            let from = checkpoints.go_to(&mut race, seek);
            assert!(seek - from < FEWEST_BETWEEN, "{seek} from {from}");
            events[from..seek].iter().for_each(|event| race.apply(event));
            assert_eq!(race.lanes()[0].reads().len(), seek);
        }
        assert_eq!(&race, checkpoints.whole());
    }

    #[test]
    fn there_are_never_more_checkpoints_than_at_most_and_they_are_evenly_apart() {
        let mut checkpoints = RaceCheckpoints::new(setup());
        // So few between them that a short race has too many.
        checkpoints.every = 4;
        let events: Vec<Event> = (0..5_000).map(text).collect();
        for part in events.chunks(333) {
            checkpoints.play(part);
            assert!(checkpoints.points.len() <= MOST);
        }
        let every = checkpoints.every;
        assert_eq!(every, 32, "5,000 events in at most 256 pieces");
        let places: Vec<usize> = checkpoints.points.iter().map(|point| point.events).collect();
        assert_eq!(places, (0..=5_000 / every).map(|index| index * every).collect::<Vec<_>>());
    }
}

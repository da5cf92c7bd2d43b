//! Lanes of several runners as one race: each keeps the times of its own clock since its own green light, and none of them depends on
//! how the clocks stand to each other.

use speed_kings_core::race::Race;
use speed_kings_core::race::event::{Event, EventKind, FailureKind, LaneFailure, LaneId};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::Offset;

/// What one runner contributes: its events in their order, and which lanes of the race its own ones are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunnerPart<'a> {
    /// Everything that its tape says.
    pub(crate) events: &'a [Event],
    /// The lane of the race for each of its own.
    pub(crate) lanes: &'a [LaneId],
}

/// Puts events of runners into one race, one after the other.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LaneMerge {
    lights: bool,
    green: bool,
}

impl LaneMerge {
    /// Appends what `event` of a runner with these `lanes` is in the race. The lights and the green light are those of whoever has
    /// them first; what happened to all lanes of a runner happened to these alone.
    pub(crate) fn put(&mut self, event: &Event, lanes: &[LaneId], into: &mut Vec<Event>) {
        let of_lane = |lane: &LaneId| Event { at: event.at, lane: Some(*lane), kind: event.kind.clone() };
        match (event.lane, &event.kind) {
            (Some(lane), _) => into.extend(lanes.get(lane.index()).map(of_lane)),
            (None, EventKind::Countdown) if !std::mem::replace(&mut self.lights, true) => into.push(event.clone()),
            (None, EventKind::Green) if !std::mem::replace(&mut self.green, true) => into.push(event.clone()),
            (None, EventKind::Stopped | EventKind::Standstill(_)) => into.extend(lanes.iter().map(of_lane)),
            // Two machines are no machine: what all of one used is in its own tape.
            (None, _) => {}
        }
    }
}

/// The events of all `runners` in the order of their times; at one time in the order of the runners.
#[must_use]
pub(crate) fn merged(runners: &[RunnerPart<'_>]) -> Vec<Event> {
    let mut all: Vec<(Offset, usize, &Event)> = Vec::new();
    for (number, part) in runners.iter().enumerate() {
        all.extend(part.events.iter().map(|event| (event.at, number, event)));
    }
    all.sort_by_key(|(at, number, _)| (*at, *number));
    let (mut merge, mut events) = (LaneMerge::default(), Vec::new());
    for (_, number, event) in all {
        let lanes = runners.get(number).map(|part| part.lanes).unwrap_or_default();
        merge.put(event, lanes, &mut events);
    }
    events
}

/// What ends the lanes of a race that nothing more is heard of: a failure for each that `lost` gives a reason for and that is
/// not over by `events`.
#[must_use]
pub(crate) fn losses(setup: &RaceSetup, events: &[Event], lost: &[(LaneId, String)]) -> Vec<Event> {
    let mut race = Race::new(setup.clone());
    for event in events {
        race.apply(event);
    }
    let at = events.last().map_or(Offset::GREEN, |event| event.at.max(Offset::GREEN));
    let open = |lane: &LaneId| race.lane(*lane).is_some_and(|lane| !lane.state.is_over());
    let failed = |why: &String| EventKind::Failed(Box::new(LaneFailure::new(FailureKind::Runner, why.as_str())));
    lost.iter()
        .filter(|(lane, _)| open(lane))
        .map(|(lane, why)| Event { at, lane: Some(*lane), kind: failed(why) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::fixture::{contestant, samples};
    use speed_kings_core::race::timing::LaneTiming;
    use speed_kings_core::time::Period;

    /// One lane that says a word after `first` ms and ends after `last`.
    fn lane(first: i64, last: i64) -> Vec<Event> {
        let event = |ms: i64, lane, kind| Event { at: Offset::from_micros(ms * 1_000), lane, kind };
        let text = || {
            samples().into_iter().map(|event| event.kind).find(|kind| matches!(kind, EventKind::Text { .. })).unwrap()
        };
        let own = Some(LaneId(0));
        vec![
            event(-3_000, None, EventKind::Countdown),
            event(0, None, EventKind::Green),
            event(0, own, EventKind::Sent),
            event(first, own, text()),
            event(last, own, text()),
            event(last, own, EventKind::Closed),
        ]
    }

    fn setup() -> RaceSetup {
        RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() }
    }

    #[test]
    fn each_lane_keeps_its_own_times_and_the_lights_come_once() {
        let (one, two) = (lane(100, 900), lane(40, 1_300));
        let parts =
            [RunnerPart { events: &one, lanes: &[LaneId(1)] }, RunnerPart { events: &two, lanes: &[LaneId(0)] }];
        let events = merged(&parts);
        assert!(events.is_sorted_by_key(|event| event.at));
        let lights = |kind: &EventKind| events.iter().filter(|event| event.kind == *kind).count();
        assert_eq!((lights(&EventKind::Countdown), lights(&EventKind::Green), events.len()), (1, 1, 10));
        let mut race = Race::new(setup());
        for event in &events {
            race.apply(event);
        }
        for (id, part) in [(1, &one), (0, &two)] {
            let mut alone = Race::new(RaceSetup { contestants: vec![contestant("X")], ..RaceSetup::default() });
            for event in part {
                alone.apply(event);
            }
            let timing = |race: &Race, id| LaneTiming::of(race.lane(LaneId(id)).unwrap());
            assert_eq!(timing(&race, id), timing(&alone, 0), "no figure changes");
        }
    }

    #[test]
    fn what_ends_one_runner_ends_its_lanes_alone() {
        let (mut one, two) = (lane(100, 900), lane(40, 1_300));
        one.truncate(4);
        one.push(Event { at: Offset::from_micros(200_000), lane: None, kind: EventKind::Stopped });
        let parts =
            [RunnerPart { events: &one, lanes: &[LaneId(0)] }, RunnerPart { events: &two, lanes: &[LaneId(1)] }];
        let mut race = Race::new(setup());
        for event in &merged(&parts) {
            race.apply(event);
        }
        let over: Vec<bool> =
            race.lanes().iter().map(|lane| lane.state.failure().is_none() && lane.state.is_over()).collect();
        assert_eq!(over, [true, true]);
        assert_eq!(LaneTiming::of(race.lane(LaneId(1)).unwrap()).total, Some(Period::from_millis(1_300)));
    }

    #[test]
    fn a_lost_lane_fails_unless_it_was_over() {
        let (one, two) = (lane(100, 900), lane(40, 1_300));
        let parts =
            [RunnerPart { events: &one, lanes: &[LaneId(0)] }, RunnerPart { events: &two[..5], lanes: &[LaneId(1)] }];
        let events = merged(&parts);
        let why = |id| (LaneId(id), "gone".to_owned());
        let failed = losses(&setup(), &events, &[why(0), why(1)]);
        assert_eq!(failed.iter().map(|event| event.lane).collect::<Vec<_>>(), [Some(LaneId(1))]);
        assert_eq!(failed[0].at, events.last().unwrap().at);
    }
}

//! A race on other machines as a source like any other. It is shown a quarter of a second late, so that what the network holds up for less
//! than that comes in order; what is later than that makes the race begin again from all that is known, in one step.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use speed_kings_core::race::event::{Event, LaneId};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::{Offset, Period};
use speed_kings_session::source::{EventSource, LaneContact, SourceFlow};
use tokio::sync::Notify;

use crate::feed::{FeedEnd, RaceFeed};
use crate::merged::LaneMerge;
use crate::name::RaceId;

/// How far the picture is behind the race.
pub const BEHIND: Duration = Duration::from_millis(250);
/// Between two new beginnings.
const BEGIN_AGAIN: Duration = Duration::from_millis(250);
/// How long the thread on the bus has for its end when nobody wants the race any more.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// A race whose lanes are raced by runners.
pub struct RemoteRace {
    race: RaceId,
    setup: RaceSetup,
    feed: Arc<RaceFeed>,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
    runners: Vec<ToldRunner>,
    merge: LaneMerge,
    /// Time and runner of the newest event that was given out.
    newest: Option<(Offset, usize)>,
    /// What came too late for its place since the last new beginning.
    late: bool,
    begun: Option<Instant>,
    end: Option<FeedEnd>,
    over: bool,
}

/// How a race on the bus ended, once it has.
#[derive(Clone, Debug)]
pub struct RemoteEnding(Arc<RaceFeed>);

impl RemoteEnding {
    /// Where its recording is.
    #[must_use]
    pub fn recording(&self) -> Option<PathBuf> {
        self.0.with(|feed| feed.end.as_ref().and_then(|end| end.recording.clone()))
    }

    /// What became of it beside its verdict, for a person.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        self.0.with(|feed| feed.end.as_ref().map(|end| end.told.clone()).unwrap_or_default())
    }
}

/// What one runner has told, and how much of it has been given out.
#[derive(Default)]
struct ToldRunner {
    lanes: Vec<LaneId>,
    events: Vec<Event>,
    given: usize,
    contact: Option<LaneContact>,
}

impl RemoteRace {
    /// The race of `setup` that `feed` is filled with by `thread`, which `stop` ends.
    pub(crate) fn new(
        race: RaceId,
        setup: RaceSetup,
        feed: Arc<RaceFeed>,
        stop: Arc<Notify>,
        thread: JoinHandle<()>,
    ) -> Self {
        Self {
            race,
            setup,
            feed,
            stop,
            thread: Some(thread),
            runners: Vec::new(),
            merge: LaneMerge::default(),
            newest: None,
            late: false,
            begun: None,
            end: None,
            over: false,
        }
    }

    /// What it is called on its bus.
    #[must_use]
    pub const fn race(&self) -> &RaceId {
        &self.race
    }

    /// What will be known of its end, for whoever outlives it.
    #[must_use]
    pub fn ending(&self) -> RemoteEnding {
        RemoteEnding(Arc::clone(&self.feed))
    }

    /// Takes what has come since the last call.
    fn take_in(&mut self) {
        let Self { feed, runners, newest, late, end, .. } = self;
        feed.with(|feed| {
            runners.resize_with(feed.runners.len(), ToldRunner::default);
            for (number, (told, from)) in runners.iter_mut().zip(&mut feed.runners).enumerate() {
                told.contact = from.contact;
                if told.lanes != from.lanes {
                    told.lanes.clone_from(&from.lanes);
                }
                if std::mem::take(&mut from.void) {
                    *late = *late || told.given > 0;
                    (told.events, told.given) = (Vec::new(), 0);
                }
                let first = from.fresh.first().map(|event| (event.at, number));
                *late = *late || first.zip(*newest).is_some_and(|(first, newest)| first < newest);
                told.events.append(&mut from.fresh);
            }
            if end.is_none() {
                end.clone_from(&feed.end);
            }
        });
        // A race of which something else is known begins again, and is judged by that.
        if let Some(known) = self.end.as_mut().and_then(|end| end.setup.take()) {
            (self.setup, self.late) = (*known, true);
        }
    }

    /// Gives out what is due at `until`, in the order of the times.
    fn give(&mut self, until: Offset, due: &mut Vec<Event>) {
        loop {
            let heads = self.runners.iter().enumerate().filter_map(|(number, told)| {
                let event = told.events.get(told.given)?;
                (event.at <= until).then_some((event.at, number))
            });
            let Some(next @ (_, number)) = heads.min() else { return };
            let Some(told) = self.runners.get_mut(number) else { return };
            if let Some(event) = told.events.get(told.given) {
                self.merge.put(event, &told.lanes, due);
            }
            told.given += 1;
            self.newest = Some(next);
        }
    }
}

impl EventSource for RemoteRace {
    fn setup(&self) -> &RaceSetup {
        &self.setup
    }

    fn clock(&self, now: Instant) -> Option<Offset> {
        let newest = self.newest.map(|(at, _)| at);
        if self.over {
            return newest.or(Some(Offset::GREEN));
        }
        let clock = self.feed.with(|feed| feed.clock(now, BEHIND))?;
        Some(newest.map_or(clock, |newest| clock.max(newest)))
    }

    fn poll(&mut self, now: Instant, due: &mut Vec<Event>) -> SourceFlow {
        if self.over {
            return SourceFlow::Over;
        }
        self.take_in();
        let ended = self.end.is_some();
        let until = match self.feed.with(|feed| feed.clock(now, BEHIND)) {
            _ if ended => Offset::LAST,
            Some(clock) => clock,
            // How the connections came up is told ahead of the lights.
            None => Offset::FIRST,
        };
        let soon = self.begun.is_some_and(|begun| now.saturating_duration_since(begun) < BEGIN_AGAIN);
        let again = self.late && (ended || !soon);
        if again {
            (self.merge, self.newest, self.late, self.begun) = (LaneMerge::default(), None, false, Some(now));
            self.runners.iter_mut().for_each(|told| told.given = 0);
        }
        // What is late waits for the new beginning: out of its order it would be wrong.
        if !self.late {
            self.give(until, due);
        }
        match &self.end {
            // What ends the lost lanes comes with the next call, when everybody knows that the race began again.
            _ if again => SourceFlow::Restarted,
            Some(end) => {
                due.extend(end.losses.iter().cloned());
                self.over = true;
                SourceFlow::Over
            }
            None => SourceFlow::Open,
        }
    }

    fn stop(&mut self) {
        self.stop.notify_one();
    }

    fn trouble(&self) -> Option<String> {
        let down = "the bus is down: the lanes race on, and what is missing is fetched when it is back";
        self.feed.with(|feed| if feed.bus_down && feed.end.is_none() { Some(down.into()) } else { feed.notice.clone() })
    }

    fn behind(&self) -> Option<Period> {
        (!self.over).then_some(BEHIND.into())
    }

    fn contact(&self, lane: usize) -> Option<LaneContact> {
        self.runners.iter().find(|told| told.lanes.iter().any(|id| id.index() == lane))?.contact
    }
}

impl Drop for RemoteRace {
    fn drop(&mut self) {
        self.stop.notify_one();
        let Some(thread) = self.thread.take() else { return };
        let begun = Instant::now();
        while !thread.is_finished() && begun.elapsed() < LAST_WORDS {
            std::thread::sleep(Duration::from_millis(5));
        }
        if thread.is_finished() {
            // A panic over there has been reported by the panic hook already.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::RunnerFeed;
    use crate::merged::{RunnerPart, merged};
    use proptest::prelude::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::Race;
    use speed_kings_core::race::event::{EventKind, TextChannel};
    use speed_kings_core::race::setup::LaneRunner;

    /// A race of two runners of one lane each, with nobody on the bus.
    fn race() -> (RemoteRace, Arc<RaceFeed>) {
        let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
        let (feed, stop) = (Arc::new(RaceFeed::default()), Arc::new(Notify::new()));
        feed.with(|feed| {
            feed.runners = (0..2).map(|id| RunnerFeed { lanes: vec![LaneId(id)], ..RunnerFeed::default() }).collect();
        });
        (RemoteRace::new(RaceId::fresh(), setup, Arc::clone(&feed), stop, std::thread::spawn(|| {})), feed)
    }

    fn word(us: i64) -> Event {
        let kind = EventKind::Text { channel: TextChannel::Answer, text: us.to_string().into() };
        Event { at: Offset::from_micros(us), lane: Some(LaneId(0)), kind }
    }

    fn look(source: &mut RemoteRace, race: &mut Race, now: Instant) -> SourceFlow {
        let mut due = Vec::new();
        let flow = source.poll(now, &mut due);
        if flow == SourceFlow::Restarted {
            source.begin(race);
        }
        for event in &due {
            race.apply(event);
        }
        flow
    }

    #[test]
    fn it_is_shown_a_quarter_of_a_second_late() {
        let (mut source, feed) = race();
        let green = Instant::now();
        let mut due = Vec::new();
        assert_eq!(source.clock(green), None);
        feed.with(|feed| {
            feed.green = Some(green);
            feed.runners[0].fresh = vec![word(0), word(100_000)];
        });
        for (ms, given) in [(200, 0), (250, 1), (340, 1), (350, 2)] {
            assert_eq!(source.poll(green + Duration::from_millis(ms), &mut due), SourceFlow::Open);
            assert_eq!(due.len(), given, "{ms}");
        }
        assert_eq!(source.clock(green + Duration::from_millis(350)), Some(Offset::from_micros(100_000)));
        feed.with(|feed| feed.end = Some(FeedEnd::default()));
        assert_eq!(source.poll(green + Duration::from_millis(351), &mut due), SourceFlow::Over);
        assert_eq!(source.clock(green + Duration::from_secs(9)), Some(Offset::from_micros(100_000)));
    }

    #[test]
    fn a_clock_that_moved_is_known_to_the_verdict_that_is_shown() {
        let (mut source, feed) = race();
        let mut shown = Race::new(source.setup().clone());
        let mut known = source.setup().clone();
        let bound = Period::from_micros(10);
        let runner = LaneRunner { name: "m3".into(), bound, drift: Some(9_000), ..LaneRunner::default() };
        known.contestants[0].runner = Some(Box::new(runner));
        feed.with(|feed| {
            feed.green = Some(Instant::now());
            feed.runners[0].fresh = vec![word(0), word(100)];
            feed.end = Some(FeedEnd { setup: Some(Box::new(known.clone())), ..FeedEnd::default() });
        });
        assert_eq!(look(&mut source, &mut shown, Instant::now()), SourceFlow::Restarted);
        assert_eq!(look(&mut source, &mut shown, Instant::now()), SourceFlow::Over);
        assert_eq!((&shown.setup, shown.lanes()[0].reads().len()), (&known, 2));
    }

    proptest! {
        #[test]
        fn whatever_comes_late_or_again_the_race_is_the_merged_one(
            times in proptest::collection::vec((0i64..900_000, 0usize..2), 1..60),
            looks in proptest::collection::vec((0usize..6, 0usize..6, 1u64..120, any::<bool>()), 1..60),
        ) {
            let mut parts = [Vec::new(), Vec::new()];
            for (at, runner) in times {
                parts[runner].push(word(at));
            }
            for part in &mut parts {
                part.sort_by_key(|event| event.at);
            }
            let (mut source, feed) = race();
            let (mut now, mut sent) = (Instant::now(), [0, 0]);
            feed.with(|feed| feed.green = Some(now));
            let mut shown = Race::new(source.setup().clone());
            for (first, second, ms, void) in looks {
                feed.with(|feed| {
                    for (number, more) in [first, second].into_iter().enumerate() {
                        let to = (sent[number] + more).min(parts[number].len());
                        if void && ms % 7 == 0 {
                            (feed.runners[number].void, feed.runners[number].fresh) = (true, parts[number][..to].to_vec());
                        } else {
                            feed.runners[number].fresh.extend_from_slice(&parts[number][sent[number]..to]);
                        }
                        sent[number] = to;
                    }
                });
                look(&mut source, &mut shown, now);
                now += Duration::from_millis(ms);
            }
            feed.with(|feed| {
                for number in 0..2 {
                    feed.runners[number].fresh.extend_from_slice(&parts[number][sent[number]..]);
                }
                feed.end = Some(FeedEnd::default());
            });
            while look(&mut source, &mut shown, now) != SourceFlow::Over {}
            let mut whole = Race::new(source.setup().clone());
            let lanes = [[LaneId(0)], [LaneId(1)]];
            let of = |number: usize| RunnerPart { events: &parts[number], lanes: &lanes[number] };
            for event in &merged(&[of(0), of(1)]) {
                whole.apply(event);
            }
            prop_assert_eq!(shown, whole);
        }
    }
}

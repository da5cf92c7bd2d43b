//! The race itself, as its director sees it: ready, armed, followed, made whole.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::Message;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::text::printable;
use speed_kings_session::source::LaneContact;
use tokio::sync::Notify;

use super::keep::{KeptRace, keep};
use super::lights::{StartingGrid, stop_all};
use super::link::RunnerLink;
use super::order::RemoteOrder;
use super::patience::FleetPatience;
use super::prepare::PreparedRace;
use crate::bus::{headers_of, piece_of};
use crate::call::{ANSWER, CallError, RunnerCaller};
use crate::feed::{FeedEnd, RaceFeed};
use crate::grid::{RaceEnd, RaceGrid};
use crate::merged::{RunnerPart, losses, merged};
use crate::subject;
use crate::tape::PieceFacts;

/// Between two looks at what is missing.
const LOOK: Duration = Duration::from_millis(50);
/// Questions for the second look at a clock.
const SECOND_LOOK: usize = 16;

/// What a runner sent of its tape when it was asked.
type FetchedPart = (usize, Result<(PieceFacts, Bytes), CallError>);

/// A race under way on the bus.
pub(super) struct Conductor<'a> {
    caller: &'a RunnerCaller<'a>,
    order: &'a RemoteOrder,
    race: PreparedRace,
    feed: &'a Arc<RaceFeed>,
    patience: FleetPatience,
}

impl<'a> Conductor<'a> {
    pub(super) fn new(
        caller: &'a RunnerCaller<'a>,
        order: &'a RemoteOrder,
        race: PreparedRace,
        feed: &'a Arc<RaceFeed>,
    ) -> Self {
        Self { caller, order, race, feed, patience: FleetPatience::default() }
    }

    /// Runs it from its plan to its recording.
    pub(super) async fn conduct(mut self, stop: &Notify) {
        let grid = RaceGrid::of(&self.race.setup, self.race.links.iter().map(|link| (&link.runner.name, &link.lanes)));
        self.caller.bus.publish(subject::grid(&self.race.race), grid.message()).await;
        let started = tokio::select! {
            biased;
            () = stop.notified() => Err(None),
            started = self.start() => started.map_err(Some),
        };
        match started {
            Ok(()) => {
                self.follow(stop).await;
                self.finish().await;
            }
            Err(why) => {
                self.end_lanes().await;
                self.call_off(&why.unwrap_or_else(|| "the race was ended before its start".into())).await;
            }
        }
    }

    /// Ends a race that never started: there is nothing to keep of it.
    async fn call_off(&self, why: &str) {
        let lanes = self.race.links.iter().flat_map(|link| &link.lanes);
        let lost: Vec<(LaneId, String)> = lanes.map(|lane| (*lane, why.to_owned())).collect();
        let end = RaceEnd { lost: lost.iter().map(|(lane, why)| (lane.0, why.clone())).collect() };
        self.caller.bus.publish(subject::end(&self.race.race), end.message()).await;
        let losses = losses(&self.race.setup, &[], &lost);
        self.feed.with(|feed| {
            feed.end =
                Some(FeedEnd { losses, told: vec![format!("the race did not start: {why}")], ..FeedEnd::default() });
        });
    }

    /// Waits until all lanes are ready, and lets them start together.
    ///
    /// # Errors
    /// Why they don't.
    async fn start(&self) -> Result<(), String> {
        let runners = self.race.links.iter().map(|link| &link.runner).collect();
        let (race, countdown) = (&self.race.race, self.order.countdown);
        let green = StartingGrid { caller: self.caller, race, runners, countdown }.start().await?;
        self.feed.with(|feed| feed.green = Some(green));
        Ok(())
    }

    async fn end_lanes(&self) {
        let running = self.race.links.iter().filter(|link| !link.is_settled()).map(|link| &link.runner);
        stop_all(self.caller, &self.race.race, running).await;
    }

    /// Takes in what comes and fetches what doesn't, until nothing more is to come.
    async fn follow(&mut self, stop: &Notify) {
        let mut fetches: FuturesUnordered<Pin<Box<dyn Future<Output = FetchedPart> + 'a>>> = FuturesUnordered::new();
        let mut look = tokio::time::interval(LOOK);
        while !self.race.links.iter().all(RunnerLink::is_settled) {
            tokio::select! {
                biased;
                () = stop.notified(), if !self.patience.is_stopping() => {
                    self.patience.stop(Instant::now());
                    self.end_lanes().await;
                }
                Some(message) = self.race.tapes.next() => self.piece(&message),
                Some(part) = fetches.next(), if !fetches.is_empty() => self.take_part(part).await,
                _ = look.tick() => {
                    let now = Instant::now();
                    self.look_at_bus(now);
                    if !self.patience.bus_is_down() {
                        self.ask_for_gaps(now, &mut fetches);
                    }
                    self.tell(now);
                }
            }
        }
        self.tell(Instant::now());
    }

    fn piece(&mut self, message: &Message) {
        let Some(runner) = subject::runner_of(&message.subject) else { return };
        let Some(number) = self.race.links.iter().position(|link| link.runner.name == runner) else { return };
        if let Some((facts, piece)) = piece_of(message) {
            self.add(number, &facts, piece);
        }
    }

    fn add(&mut self, number: usize, facts: &PieceFacts, piece: Bytes) {
        let Some(link) = self.race.links.get_mut(number) else { return };
        let news = link.add(facts, piece);
        self.feed.with(|feed| feed.take(number, news));
    }

    /// What came when it was asked for is shown like all else, and published for those who may not ask.
    async fn take_part(&mut self, (number, part): FetchedPart) {
        let Some(link) = self.race.links.get_mut(number) else { return };
        link.fetching = false;
        match part {
            Ok((facts, piece)) => {
                link.fetched += piece.len();
                let subject = subject::fill(&self.race.race, &link.runner.name);
                let headers = headers_of(&facts);
                let _ = self.caller.bus.client().publish_with_headers(subject, headers, piece.clone()).await;
                self.add(number, &facts, piece);
            }
            Err(CallError::Refused(refusal)) => link.patience.give_up(&printable(&refusal.why)),
            Err(CallError::Bus(_)) => link.patience.unanswered(Instant::now()),
        }
    }

    fn ask_for_gaps(
        &mut self,
        now: Instant,
        fetches: &mut FuturesUnordered<Pin<Box<dyn Future<Output = FetchedPart> + 'a>>>,
    ) {
        for (number, link) in self.race.links.iter_mut().enumerate() {
            if let Some((from, most)) = link.wanted(now) {
                let (caller, runner, race) = (self.caller, link.runner.clone(), self.race.race.clone());
                fetches.push(Box::pin(async move { (number, caller.fetch(&runner, &race, from, most).await) }));
            }
        }
    }

    /// While the bus is away nobody can be heard, which is nobody's fault.
    fn look_at_bus(&mut self, now: Instant) {
        let over = self.patience.look(self.caller.bus.state().up, now);
        if self.patience.bus_is_down() {
            self.race.links.iter_mut().for_each(|link| link.excuse(now));
        }
        if let Some(why) = over {
            self.race.links.iter_mut().filter(|link| !link.is_settled()).for_each(|link| link.patience.give_up(why));
        }
    }

    /// Tells whoever shows the race how everybody stands.
    fn tell(&self, now: Instant) {
        let forbidden =
            self.caller.bus.notices().into_iter().next().map(|said| format!("not allowed on the bus: {said}"));
        self.feed.with(|feed| {
            feed.bus_down = self.patience.bus_is_down();
            feed.notice = forbidden;
            for (runner, link) in feed.runners.iter_mut().zip(&self.race.links) {
                runner.contact = link.contact(now);
            }
        });
    }

    /// Looks at the clocks once more, keeps the race, and lets whoever shows it know that this was all.
    async fn finish(mut self) {
        self.look_at_clocks().await;
        let (race, setup) = (&self.race.race, &self.race.setup);
        let parts: Vec<RunnerPart<'_>> =
            self.race.links.iter().map(|link| RunnerPart { events: &link.tape.events, lanes: &link.lanes }).collect();
        let mut events = merged(&parts);
        let lost: Vec<(LaneId, String)> = self
            .race
            .links
            .iter()
            .flat_map(|link| {
                let why = link.lost_why(race);
                link.lanes.iter().filter_map(move |lane| Some((*lane, why.clone()?)))
            })
            .collect();
        let losses = losses(setup, &events, &lost);
        events.extend(losses.iter().cloned());
        let end = RaceEnd { lost: lost.iter().map(|(lane, why)| (lane.0, why.clone())).collect() };
        self.caller.bus.publish(subject::end(race), end.message()).await;
        let mut told: Vec<String> = self.race.links.iter().flat_map(|link| link.told(race)).collect();
        let recording = match &self.order.record {
            None => None,
            Some(folder) => {
                let tapes = self.race.links.iter().map(|link| (&link.runner.name, &link.tape.bytes));
                match keep(folder, KeptRace { setup, events, tapes: tapes.collect() }) {
                    Ok(path) => Some(path),
                    Err(error) => {
                        told.push(format!(
                            "the race is not recorded here: {error}; its tapes lie with its runners as {race}"
                        ));
                        None
                    }
                }
            }
        };
        let moved = setup.contestants.iter().any(|one| one.runner.as_ref().is_some_and(|on| on.clock_moved()));
        let setup = moved.then(|| Box::new(setup.clone()));
        self.feed.with(|feed| feed.end = Some(FeedEnd { losses, setup, recording, told }));
    }

    /// By how much each clock has moved during the race.
    async fn look_at_clocks(&mut self) {
        if !self.caller.bus.state().up {
            return;
        }
        let looks = self.race.links.iter().map(|link| async {
            let looked = self.caller.clock_of(&link.runner.name, SECOND_LOOK);
            tokio::time::timeout(ANSWER, looked).await.ok()?.ok()
        });
        let found = join_all(looks).await;
        for (number, (link, found)) in self.race.links.iter().zip(found).enumerate() {
            let drift = found.filter(|(instance, _)| *instance == link.runner.instance);
            let drift = drift.map(|(_, clock)| clock.offset - link.runner.clock.offset);
            let mut suspect = false;
            for lane in &link.lanes {
                let contestant = self.race.setup.contestants.get_mut(lane.index());
                if let Some(runner) = contestant.and_then(|contestant| contestant.runner.as_mut()) {
                    (runner.drift, runner.skew) = (drift, link.skew());
                    suspect |= runner.clock_moved();
                }
            }
            if suspect {
                self.feed.with(|feed| {
                    if let Some(runner) = feed.runners.get_mut(number) {
                        runner.contact = Some(LaneContact::ClockSuspect);
                    }
                });
            }
        }
    }
}

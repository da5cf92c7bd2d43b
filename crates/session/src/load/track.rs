//! The network side of a level: threads that keep connections up and send what is due, each its part. Nothing is reduced here; each
//! request's events go out whole once it has ended.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::{LocalBoxFuture, join_all};
use futures::stream::{FuturesUnordered, StreamExt as _};
use tokio::sync::mpsc::Sender;
use tokio::sync::{oneshot, watch};

use super::plan::{LevelPlan, OfferedLoad};
use super::prompts::{GivenPrompt, PromptGiver};
use super::request::LANE;
use crate::lengths::PlannedLengths;
use speed_kings_client::bus::{BEAT, EventEmitter, OwnStandstill, RaceEpoch, ReadClock, taps};
use speed_kings_client::provider::{ContestantClient, StandingContestant};
use speed_kings_core::race::event::{Event, EventKind, LaneFailure};
use speed_kings_system::resources::thread_cpu_time;

/// The most connections at a time.
pub(super) const MOST_OPEN: usize = 200;
/// Connections of an open loop that are up without anything to do.
const SPARE: usize = 4;

/// A request that has ended.
#[derive(Debug)]
pub(super) struct EndedRequest {
    /// When it was due, after the level's beginning.
    pub(super) due: Duration,
    /// Its events, on a clock that is zero when it was due.
    pub(super) events: Vec<Event>,
    /// How long it was to be; nothing where no lengths were given.
    pub(super) planned: Option<PlannedLengths>,
    /// Its place among the prompts that are asked in turn.
    pub(super) row: Option<usize>,
}

/// What the thread itself came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct TrackRecord {
    /// Its own processor time in the part that counts; nothing where that can't be read.
    pub(super) cpu: Option<Duration>,
    /// Times in which it did nothing though it should have, after the level's beginning.
    pub(super) standstills: Vec<(Duration, Duration)>,
    /// Requests that were due while no connection was free.
    pub(super) unconnected: usize,
}

/// Which part of a level a thread offers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct TrackPart {
    /// Its place among the threads.
    pub(super) place: usize,
    /// The number of threads.
    pub(super) of: usize,
}

impl TrackPart {
    /// Its part of so many askers or connections: as even as can be.
    pub(super) const fn share(self, all: usize) -> usize {
        all / self.of + (self.place < all % self.of) as usize
    }

    /// Its part of the arrivals: in turn with the other threads, so that they are those of the whole.
    fn arrivals(self, all: Vec<Duration>) -> Vec<Duration> {
        all.into_iter().skip(self.place).step_by(self.of).collect()
    }
}

/// What the thread works with.
pub(super) struct LoadTrack {
    pub(super) client: ContestantClient,
    /// Gives each request a prompt of its own, whichever thread asks it.
    pub(super) prompts: Arc<Mutex<PromptGiver>>,
    pub(super) plan: LevelPlan,
    pub(super) part: TrackPart,
    pub(super) ended: Sender<EndedRequest>,
    /// Told how many connections are up.
    pub(super) ready: oneshot::Sender<usize>,
    /// The moment of the level's beginning.
    pub(super) start: oneshot::Receiver<Instant>,
    /// It ends when this is let go of.
    pub(super) halted: watch::Receiver<()>,
    pub(super) clock: ReadClock,
}

impl LoadTrack {
    /// Offers its part of the load from the moment that it is told, and waits for the requests that have begun; when it is to end, for none.
    pub(super) async fn run(self) -> TrackRecord {
        let record = RefCell::new(TrackRecord::default());
        let Self { client, prompts, plan, part, ended, ready, start, mut halted, clock } = self;
        let offer = LoadOffer { client, prompts, plan, part, ended, clock };
        let run = async {
            let dialled = offer.dial().await;
            let (up, failed): (Vec<_>, Vec<_>) = dialled.into_iter().partition(Result::is_ok);
            let up: Vec<StandingContestant> = up.into_iter().flatten().collect();
            // Whoever asked may have left; then nobody names a start either.
            let _ = ready.send(up.len());
            if let Ok(start) = start.await {
                offer.offer(start, up, failed.into_iter().filter_map(Result::err), &record).await;
            }
        };
        tokio::select! {
            biased;
            // Nobody sends: it is let go of.
            _ = halted.changed() => {}
            () = run => {}
        }
        record.into_inner()
    }
}

/// What it takes to offer a part of the load.
struct LoadOffer {
    client: ContestantClient,
    prompts: Arc<Mutex<PromptGiver>>,
    plan: LevelPlan,
    part: TrackPart,
    ended: Sender<EndedRequest>,
    clock: ReadClock,
}

impl LoadOffer {
    /// The connections that are up before anything begins.
    async fn dial(&self) -> Vec<Result<StandingContestant, LaneFailure>> {
        let connections = match self.plan.load {
            OfferedLoad::Concurrency(askers) => {
                self.part.share(usize::try_from(askers).unwrap_or(MOST_OPEN).min(MOST_OPEN))
            }
            OfferedLoad::Rate(_) => SPARE,
        };
        join_all((0..connections).map(|_| StandingContestant::new(self.client.clone()))).await
    }

    /// Offers the load from `start` on over the connections that are `ready`.
    async fn offer(
        &self,
        start: Instant,
        ready: Vec<StandingContestant>,
        failed: impl Iterator<Item = LaneFailure>,
        record: &RefCell<TrackRecord>,
    ) {
        self.clock.pulse().begin();
        for failure in failed {
            self.send(Duration::ZERO, AskedRequest::unsent(start, failure)).await;
        }
        if ready.is_empty() {
            return;
        }
        let offered = async {
            match self.plan.load {
                OfferedLoad::Concurrency(_) => {
                    join_all(ready.into_iter().map(|standing| self.asker(standing, start))).await;
                }
                OfferedLoad::Rate(_) => {
                    let unconnected = self.arrivals(ready, start).await;
                    record.borrow_mut().unconnected = unconnected;
                }
            }
        };
        tokio::select! {
            biased;
            () = offered => {}
            () = self.watch(start, record) => {}
        }
    }

    /// One asker of a closed loop: the next request as soon as the last one has ended.
    async fn asker(&self, mut standing: StandingContestant, start: Instant) {
        tokio::time::sleep_until(start.into()).await;
        let mut due = Duration::ZERO;
        while due < self.plan.span() {
            let asked = self.ask(&mut standing, start + due).await;
            self.send(due, asked).await;
            due = start.elapsed();
        }
    }

    /// An open loop: each request leaves when it is due, whatever became of those before. The number that had to wait for a
    /// connection.
    async fn arrivals(&self, mut idle: Vec<StandingContestant>, start: Instant) -> usize {
        let arrivals = self.part.arrivals(self.plan.arrivals());
        let mut next = arrivals.iter().copied().peekable();
        let (mut waiting, mut spare, mut unconnected) = (VecDeque::new(), SPARE, 0);
        let mut busy: FuturesUnordered<LocalBoxFuture<'_, (StandingContestant, Duration, AskedRequest)>> =
            FuturesUnordered::new();
        let mut dialling = FuturesUnordered::new();
        loop {
            while let Some(due) = waiting.pop_front() {
                let Some(mut standing) = idle.pop() else {
                    waiting.push_front(due);
                    break;
                };
                busy.push(Box::pin(async move {
                    let asked = self.ask(&mut standing, start + due).await;
                    (standing, due, asked)
                }));
            }
            let (open, wanted) = (idle.len() + busy.len() + dialling.len(), busy.len() + waiting.len() + spare);
            for _ in open..wanted.min(self.part.share(MOST_OPEN)) {
                dialling.push(StandingContestant::new(self.client.clone()));
            }
            let due = next.peek().copied();
            if due.is_none() && waiting.is_empty() && busy.is_empty() {
                return unconnected;
            }
            tokio::select! {
                biased;
                () = tokio::time::sleep_until((start + due.unwrap_or_default()).into()), if due.is_some() => {
                    next.next();
                    unconnected += usize::from(idle.is_empty());
                    waiting.extend(due);
                }
                Some((standing, due, asked)) = busy.next() => {
                    idle.push(standing);
                    self.send(due, asked).await;
                }
                Some(dialled) = dialling.next() => match (dialled, waiting.pop_front()) {
                    (Ok(standing), due) => {
                        idle.push(standing);
                        if let Some(due) = due {
                            waiting.push_front(due);
                        }
                    }
                    (Err(failure), Some(due)) => self.send(due, AskedRequest::unsent(start + due, failure)).await,
                    // Nobody waits for it: no more than are needed are tried from here on.
                    (Err(_), None) => spare = 0,
                },
            }
        }
    }

    /// The heartbeat beside: standstills and processor time. Never over by itself.
    async fn watch(&self, start: Instant, record: &RefCell<TrackRecord>) {
        let (steady, end) = (start + self.plan.ramp, start + self.plan.span());
        let mut before = None;
        loop {
            tokio::time::sleep(BEAT).await;
            let now = Instant::now();
            let mut record = record.borrow_mut();
            if now >= steady && before.is_none() {
                before = thread_cpu_time();
            }
            if now <= end {
                record.cpu = before.zip(thread_cpu_time()).map(|(before, now)| now.saturating_sub(before));
            }
            let since = |at: Instant| at.saturating_duration_since(start);
            let found = self.clock.pulse().found();
            record.standstills.extend(found.iter().map(|OwnStandstill { from, to, .. }| (since(*from), since(*to))));
        }
    }

    async fn ask(&self, standing: &mut StandingContestant, due: Instant) -> AskedRequest {
        let GivenPrompt { text, planned, row } = self.prompts().next(&self.plan);
        if let Some((max_tokens, system)) = row.and_then(|row| self.prompts().settled(row)) {
            standing.settle(max_tokens, system);
        }
        if let Some(cap) = planned.and_then(|planned| planned.output_tokens) {
            standing.cap(cap);
        }
        AskedRequest { events: ask(standing, text, due, &self.clock).await, planned, row }
    }

    fn prompts(&self) -> MutexGuard<'_, PromptGiver> {
        self.prompts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, due: Duration, AskedRequest { events, planned, row }: AskedRequest) {
        // Whoever no longer listens has no more use for it.
        let _ = self.ended.send(EndedRequest { due, events, planned, row }).await;
    }
}

/// A request that was asked.
struct AskedRequest {
    events: Vec<Event>,
    /// How long it was to be.
    planned: Option<PlannedLengths>,
    /// Its place among the prompts that are asked in turn.
    row: Option<usize>,
}

impl AskedRequest {
    /// One that never left, which was `due`.
    fn unsent(due: Instant, failure: LaneFailure) -> Self {
        Self { events: vec![failed_at(due, failure)], planned: None, row: None }
    }
}

/// Asks one thing, on a clock that is zero when it was `due`.
async fn ask(standing: &mut StandingContestant, prompt: String, due: Instant, clock: &ReadClock) -> Vec<Event> {
    let (senders, mut receivers) = taps(1);
    let emitter = EventEmitter::new(senders, RaceEpoch::new(due));
    let Some(mut receiver) = receivers.pop() else { return Vec::new() };
    let run = async move { standing.run(prompt, LANE, &emitter, clock).await };
    let collect = async {
        let mut events = Vec::new();
        while let Some(event) = receiver.recv().await {
            events.push(event);
        }
        events
    };
    futures::join!(run, collect).1
}

/// The only event of a request that never left.
fn failed_at(due: Instant, failure: LaneFailure) -> Event {
    Event {
        at: RaceEpoch::new(due).offset(Instant::now()),
        lane: Some(LANE),
        kind: EventKind::Failed(Box::new(failure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_all_threads_are_the_whole() {
        let arrivals: Vec<Duration> = (0..100).map(Duration::from_millis).collect();
        for of in 1..9 {
            let parts: Vec<TrackPart> = (0..of).map(|place| TrackPart { place, of }).collect();
            for all in [0, 1, 7, 200] {
                let shares: Vec<usize> = parts.iter().map(|part| part.share(all)).collect();
                assert_eq!(shares.iter().sum::<usize>(), all);
                assert!(shares.iter().max().unwrap() - shares.iter().min().unwrap() <= 1, "{shares:?}");
            }
            let mut offered: Vec<Duration> = parts.iter().flat_map(|part| part.arrivals(arrivals.clone())).collect();
            offered.sort();
            assert_eq!(offered, arrivals);
        }
    }
}

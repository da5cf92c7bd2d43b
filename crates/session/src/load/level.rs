//! One level of load from the outside: its threads are started, what ends is reduced here as it comes, and in the end it is said how much
//! of the result is the program's own doing.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::{oneshot, watch};

use super::plan::{LevelPlan, OfferedLoad};
use super::prompts::PromptGiver;
use super::request::{LoadRequest, gaps_ms, tokens_by_part};
use super::run::{ClientShare, LevelRun, RequestRow};
use super::track::{EndedRequest, LoadTrack, MOST_OPEN, TrackPart, TrackRecord};
use crate::bench::{SpendingBudget, only_lane};
use crate::config::ResolvedRace;
use crate::network_thread;
use crate::source::lane_group::network_threads;
use crate::source::live::{ScheduledStart, StartError};
use speed_kings_client::bus::ReadClock;
use speed_kings_client::provider::ContestantClient;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_core::race::{Race, is_simulated};

/// Requests that may have ended without having been taken in.
const QUEUE: usize = 1_024;

/// From when all is ready to the level's beginning.
const LEAD: Duration = Duration::from_millis(20);

/// Runs the contestant `id` of `resolved` at one level, which begins when all is ready or at the moment that is `scheduled`; `seen` is
/// shown every request that has ended, as a race of its own and as the row that it makes. Whatever feeds simulated lanes must be running.
///
/// # Errors
/// When there is no thread or no event loop for the network.
pub async fn run_level(
    resolved: &ResolvedRace,
    id: LaneId,
    (plan, scheduled): (LevelPlan, Option<ScheduledStart>),
    budget: &mut SpendingBudget,
    seen: &mut dyn FnMut(&Race, &RequestRow),
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<LevelRun, StartError> {
    let parts = resolved.setup.contestants.get(id.index()).zip(resolved.clients.get(id.index()));
    let Some((contestant, client)) = parts else { return Ok(LevelRun::default()) };
    let setup = RaceSetup { contestants: vec![contestant.clone()], ..resolved.setup.clone() };
    let (mut tracks, mut requests) = RunningTracks::start(resolved, id, client, &plan)?;
    let mut run = LevelRun::default();
    tokio::select! {
        biased;
        () = stop.as_mut() => {
            run.cut_off = true;
            tracks.halt();
        }
        () = tracks.begin(scheduled) => {}
    }
    loop {
        tokio::select! {
            biased;
            () = stop.as_mut(), if !run.cut_off => {
                run.cut_off = true;
                tracks.halt();
            }
            request = requests.recv() => match request {
                Some(request) => {
                    let row = request.row.and_then(|row| plan.rows.get(row));
                    let mut setup = setup.clone();
                    if let Some(row) = row {
                        setup.prompt.text.clone_from(&row.text);
                    }
                    let mut race = Race::new(setup);
                    request.events.iter().for_each(|event| race.apply(event));
                    if let Some(mut made) = row_of(&request, &race, contestant, &plan, budget) {
                        made.request.prompt_row = row.map(|row| row.id.clone());
                        seen(&race, &made);
                        run.take(made);
                    }
                }
                None => break,
            },
        }
        if budget.over(Instant::now()).is_some() && !run.cut_off {
            run.cut_off = true;
            tracks.halt();
        }
    }
    let records = tracks.join();
    let standstills = together(records.iter().flat_map(|record| record.standstills.iter().copied()).collect());
    let ms = |at: Duration| at.as_secs_f64() * 1e3;
    let cpu = records.iter().filter_map(|record| record.cpu);
    let threads: Vec<f64> = cpu.map(|cpu| cpu.as_secs_f64() / plan.steady.as_secs_f64()).collect();
    let client = ClientShare {
        cpu: threads.iter().copied().reduce(f64::max),
        threads,
        unconnected: records.iter().map(|record| record.unconnected).sum(),
        standstills: standstills.len(),
    };
    Ok(run.with(client, standstills.iter().map(|(from, to)| [ms(*from), ms(*to)]).collect()))
}

/// The times in which any of several threads stood still: what several found at once is one.
fn together(mut found: Vec<(Duration, Duration)>) -> Vec<(Duration, Duration)> {
    found.sort();
    let mut all: Vec<(Duration, Duration)> = Vec::new();
    for (from, to) in found {
        match all.last_mut() {
            Some((_, last)) if from < *last => *last = to.max(*last),
            _ => all.push((from, to)),
        }
    }
    all
}

/// The threads that offer a level, each its part of it.
struct RunningTracks {
    threads: Vec<JoinHandle<TrackRecord>>,
    /// How many connections each has up.
    ready: Vec<oneshot::Receiver<usize>>,
    starts: Vec<oneshot::Sender<Instant>>,
    /// They end when this is let go of.
    halt: Option<watch::Sender<()>>,
}

impl RunningTracks {
    /// Starts as many as the load and this machine have use for. What ends comes out of the queue.
    fn start(
        resolved: &ResolvedRace,
        id: LaneId,
        client: &ContestantClient,
        plan: &LevelPlan,
    ) -> io::Result<(Self, Receiver<EndedRequest>)> {
        let (ended, requests) = channel(QUEUE);
        let (halt, halted) = watch::channel(());
        let prompts = Arc::new(Mutex::new(PromptGiver::new(resolved.clone(), id, &plan.rows)));
        let at_once = match plan.load {
            OfferedLoad::Concurrency(askers) => usize::try_from(askers).unwrap_or(MOST_OPEN),
            OfferedLoad::Rate(_) => MOST_OPEN,
        };
        let of = network_threads(at_once);
        let mut tracks = Self { threads: Vec::new(), ready: Vec::new(), starts: Vec::new(), halt: Some(halt) };
        for place in 0..of {
            let ((ready, told), (starts, start)) = (oneshot::channel(), oneshot::channel());
            let clock = ReadClock::default();
            let track = LoadTrack {
                client: client.clone(),
                prompts: Arc::clone(&prompts),
                plan: plan.clone(),
                part: TrackPart { place, of },
                ended: ended.clone(),
                ready,
                start,
                halted: halted.clone(),
                clock: clock.clone(),
            };
            tracks.threads.push(network_thread::start(&format!("load {}", place + 1), &clock, move || track.run())?);
            tracks.ready.push(told);
            tracks.starts.push(starts);
        }
        Ok((tracks, requests))
    }

    /// Waits until all connections are up or are known not to be, and begins: shortly after that, or at the moment that is `scheduled`.
    /// Where nobody names one any more the tracks end.
    async fn begin(&mut self, scheduled: Option<ScheduledStart>) {
        let up = join_all(self.ready.drain(..)).await.into_iter().flatten().sum();
        let start = match scheduled {
            None => Some(Instant::now() + LEAD),
            Some(scheduled) => scheduled.green(up).await,
        };
        for starts in self.starts.drain(..) {
            if let Some(start) = start {
                // One that has ended begins nothing.
                let _ = starts.send(start);
            }
        }
    }

    /// Ends all of them, whatever is under way.
    fn halt(&mut self) {
        self.starts.clear();
        self.halt = None;
    }

    /// What each came to, once they have ended.
    fn join(self) -> Vec<TrackRecord> {
        // A panic over there has been reported by the panic hook already.
        self.threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    }
}

/// What a request that has ended comes to.
fn row_of(
    ended: &EndedRequest,
    race: &Race,
    contestant: &Contestant,
    plan: &LevelPlan,
    budget: &mut SpendingBudget,
) -> Option<RequestRow> {
    let lane = only_lane(race)?;
    let steady = (plan.ramp, plan.span());
    let request = LoadRequest::of(lane, contestant, &race.setup, ended.due, steady);
    let request = LoadRequest { planned: ended.planned, ..request };
    let counts = request.steady && request.ok;
    Some(RequestRow {
        gaps_ms: if counts { gaps_ms(lane).collect() } else { Vec::new() },
        tokens_by_part: tokens_by_part(lane, ended.due, steady),
        spent_usd: budget.spend(lane, contestant, &race.setup.prompt.text),
        simulated: is_simulated(contestant, lane),
        request,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_threads_stood_still_at_once_is_one_standstill() {
        let ms = |from: u64, to: u64| (Duration::from_millis(from), Duration::from_millis(to));
        let found = vec![ms(100, 300), ms(900, 990), ms(90, 310), ms(305, 400), ms(400, 470)];
        assert_eq!(together(found), [ms(90, 400), ms(400, 470), ms(900, 990)]);
    }
}

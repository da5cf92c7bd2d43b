//! Lanes that share a network thread: made ready there, started there at the green light, and run there to their ends. A race has as many
//! such groups as it has lanes and the machine has processors, so that no lane waits while another one is read.

use std::io;
use std::thread::{JoinHandle, available_parallelism};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::sync::{mpsc, oneshot, watch};

use crate::engine_slot::{EngineAtStart, EngineSlot};
use crate::network_thread;
use speed_kings_client::bus::{BEAT, EventEmitter, ReadClock};
use speed_kings_client::provider::{ContestantClient, ReadyContestant};
use speed_kings_core::race::event::{ConnectionFacts, LaneFailure, LaneId};

/// The most network threads at a time: more than any network brings along.
pub(crate) const MOST_THREADS: usize = 8;

/// How long before the green light the event loop hands over to a more exact clock: it counts whole milliseconds.
const EXACT: Duration = Duration::from_millis(2);

/// So many network threads for so many lanes.
pub(crate) fn network_threads(lanes: usize) -> usize {
    available_parallelism().map_or(1, usize::from).min(MOST_THREADS).min(lanes).max(1)
}

/// A lane ahead of the lights, as its group tells of it.
pub(super) struct WarmedLane {
    pub(super) id: LaneId,
    /// When it was ready, or was known not to be.
    pub(super) at: Instant,
    pub(super) state: Result<WarmedFacts, LaneFailure>,
    /// The engine behind it, when it brought one along.
    pub(super) engine: Option<EngineAtStart>,
}

/// What is known of a lane that can start.
pub(super) struct WarmedFacts {
    pub(super) transport: Option<ConnectionFacts>,
    pub(super) warning: Option<String>,
}

/// A lane that is to be made ready.
pub(super) struct LaneToRun {
    pub(super) id: LaneId,
    pub(super) client: ContestantClient,
    /// The engine that it brings along.
    pub(super) engine: Option<EngineSlot>,
}

/// The lanes of one thread, and its ends of what leads to whoever starts them.
pub(super) struct LaneGroup {
    lanes: Vec<LaneToRun>,
    clock: ReadClock,
    warmed: oneshot::Sender<Vec<WarmedLane>>,
    emitter: oneshot::Receiver<EventEmitter>,
    green: oneshot::Receiver<()>,
    halted: watch::Receiver<()>,
    /// Let go of when all is over.
    open: mpsc::Sender<()>,
}

/// One group, as whoever starts it sees it.
struct GroupLink {
    clock: ReadClock,
    warmed: oneshot::Receiver<Vec<WarmedLane>>,
    emitter: Option<oneshot::Sender<EventEmitter>>,
    green: oneshot::Sender<()>,
}

/// All groups of a race, as whoever starts them sees them.
pub(super) struct GroupLinks {
    links: Vec<GroupLink>,
    /// The groups end when this is let go of.
    halt: Option<watch::Sender<()>>,
    /// Closed when all groups have ended.
    open: mpsc::Receiver<()>,
}

/// Divides `lanes` into groups. Gives the one that shares the thread of `clock`, and the links to all of them; those beyond the first have
/// threads of their own, which are put on `threads` as they start.
///
/// # Errors
/// When there is no thread or no event loop for one of them.
pub(super) fn divide(
    lanes: Vec<LaneToRun>,
    clock: &ReadClock,
    threads: &mut Vec<JoinHandle<()>>,
) -> io::Result<(LaneGroup, GroupLinks)> {
    let count = network_threads(lanes.len());
    let (halt, halted) = watch::channel(());
    let (held_open, open) = mpsc::channel(1);
    let mut links = GroupLinks { links: Vec::new(), halt: Some(halt), open };
    let mut groups: Vec<LaneGroup> = (0..count)
        .map(|number| {
            let clock = if number == 0 { clock.clone() } else { ReadClock::default() };
            let (warmed, told) = oneshot::channel();
            let (gives_emitter, emitter) = oneshot::channel();
            let (shows_green, green) = oneshot::channel();
            let emitters = Some(gives_emitter);
            links.links.push(GroupLink { clock: clock.clone(), warmed: told, emitter: emitters, green: shows_green });
            let (halted, open) = (halted.clone(), held_open.clone());
            LaneGroup { lanes: Vec::new(), clock, warmed, emitter, green, halted, open }
        })
        .collect();
    for (place, lane) in lanes.into_iter().enumerate() {
        if let Some(group) = groups.get_mut(place % count) {
            group.lanes.push(lane);
        }
    }
    let mut groups = groups.into_iter();
    let own = groups.next().ok_or_else(|| io::Error::other("no group of lanes"))?;
    for (number, group) in (2..).zip(groups) {
        let clock = group.clock.clone();
        threads.push(network_thread::start(&format!("network {number}"), &clock, move || group.run())?);
    }
    Ok((own, links))
}

impl LaneGroup {
    /// Makes its lanes ready, tells how that went, and runs them from the green light to their ends. It ends early when it is told to, or
    /// when nobody starts it any more.
    pub(super) async fn run(self) {
        let Self { lanes, clock, warmed, emitter, green, mut halted, open } = self;
        let run = async {
            let (ready, told): (Vec<_>, Vec<_>) = warm(lanes).await.into_iter().unzip();
            // Whoever asked may have left; then there is no emitter either.
            let _ = warmed.send(told);
            let Ok(emitter) = emitter.await else { return };
            clock.pulse().begin();
            tokio::spawn(beat(emitter.clone()));
            let running = ready.into_iter().flatten().map(|(id, ready)| ready.run(id, &emitter, &clock));
            let running = join_all(running.collect::<Vec<_>>());
            if green.await.is_ok() {
                at_exactly(emitter.epoch().green()).await;
                running.await;
            }
        };
        tokio::select! {
            biased;
            // Nobody sends: it is let go of.
            _ = halted.changed() => {}
            () = run => {}
        }
        drop(open);
    }
}

/// Does all that can be done ahead of the green light for each of `lanes`.
async fn warm(lanes: Vec<LaneToRun>) -> Vec<(Option<(LaneId, ReadyContestant)>, WarmedLane)> {
    let warming = lanes.into_iter().map(|LaneToRun { id, mut client, engine }| async move {
        let engine = match engine {
            Some(slot) => Some(slot.ready(&mut client).await),
            None => None,
        };
        let ready = match &engine {
            Some(Err(failure)) => Err(failure.clone()),
            _ => client.ready().await,
        };
        let at = Instant::now();
        let (ready, state) = match ready {
            Ok(mut ready) => {
                let facts = WarmedFacts { transport: ready.transport.take(), warning: ready.warning.take() };
                (Some((id, ready)), Ok(facts))
            }
            Err(failure) => (None, Err(failure)),
        };
        (ready, WarmedLane { id, at, state, engine: engine.and_then(Result::ok) })
    });
    join_all(warming).await
}

/// Waits for `moment`, the last of it with the thread asleep: nothing else is to be done on it just before.
async fn at_exactly(moment: Instant) {
    if let Some(nearly) = moment.checked_sub(EXACT) {
        tokio::time::sleep_until(nearly.into()).await;
    }
    std::thread::sleep(moment.saturating_duration_since(Instant::now()));
}

/// The heartbeat: the thread wakes at every [`BEAT`], which its runtime notes, and standstills are told as they are found
/// even while nothing else happens.
async fn beat(emitter: EventEmitter) {
    loop {
        tokio::time::sleep(BEAT).await;
        emitter.tell_standstills().await;
    }
}

impl GroupLinks {
    /// How all lanes came up, in their order; waits until each is ready or is known not to be.
    pub(super) async fn warmed(&mut self) -> Vec<WarmedLane> {
        let told = join_all(self.links.iter_mut().map(|link| &mut link.warmed)).await;
        // A group that panicked has lanes that never begin; the panic hook has reported it.
        let mut lanes: Vec<WarmedLane> = told.into_iter().flatten().flatten().collect();
        lanes.sort_by_key(|lane| lane.id);
        lanes
    }

    /// Gives each thread the `emitter` of its lanes, with its own pulse.
    pub(super) fn give(&mut self, emitter: &EventEmitter) {
        for link in &mut self.links {
            if let Some(gives) = link.emitter.take() {
                // One that has ended tells nothing.
                let _ = gives.send(emitter.clone().with_pulse(link.clock.pulse()));
            }
        }
    }

    /// Lets all lanes start at the green light.
    pub(super) fn start(&mut self) {
        for link in self.links.drain(..) {
            // One that has ended starts nothing.
            let _ = link.green.send(());
        }
    }

    /// Ends all lanes, wherever they are.
    pub(super) fn halt(&mut self) {
        self.links.clear();
        self.halt = None;
    }

    /// Waits until all groups have ended.
    pub(super) async fn ended(&mut self) {
        // Nobody sends: it is closed when the last of them lets go.
        let _ = self.open.recv().await;
    }
}

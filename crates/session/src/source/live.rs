//! A live race: connections are warmed, the lights go on, and all requests leave together.
//! The network lives on threads of its own; what happens there reaches the screen and the recorder through taps.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::engine_slot::{EngineDeaths, EngineSlot};
use crate::network_thread;
use crate::source::lane_group::{GroupLinks, LaneToRun, WarmedLane, divide};
use crate::source::resources::{RaceResources, served_ports};
pub use crate::source::scheduled_start::{LAST_CALL, ScheduledStart};
use crate::source::{EventSource, SourceFlow};
use speed_kings_client::bus::{EventEmitter, RaceEpoch, ReadClock, taps};
use speed_kings_client::provider::ContestantClient;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::{Event, EventKind, LaneId};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::{Offset, Period};
use speed_kings_recording::RecordError;
use speed_kings_recording::writer::Recorder;
use speed_kings_simulator::Simulator;
use speed_kings_system::resources::process_tree::ProcessTree;

/// From the lights to the green light, for a viewer.
pub const COUNTDOWN: Duration = Duration::from_secs(3);

/// How long before the green light the lanes are told of it, wherever they are.
const AHEAD: Duration = Duration::from_millis(5);

/// A race under way.
pub struct LiveRace {
    setup: RaceSetup,
    events: Receiver<Event>,
    epoch: Arc<OnceLock<RaceEpoch>>,
    stop: Arc<Notify>,
    network: Vec<JoinHandle<()>>,
    recorder: Option<Recorder>,
    /// When it began to be made ready.
    begun: Instant,
    /// Which lanes bring an engine along.
    with_engine: Vec<bool>,
    over: Option<Offset>,
    newest: Offset,
    /// Serves the simulated lanes for as long as the race lasts.
    simulator: Option<Simulator>,
}

/// What a live race is made of.
pub struct RaceStart<'a> {
    /// Who races whom on what.
    pub setup: RaceSetup,
    /// One for each contestant of the setup, in its order.
    pub clients: Vec<ContestantClient>,
    /// The engines that they bring along, in the same order; may be shorter.
    pub engines: Vec<Option<EngineSlot>>,
    /// When the green light comes.
    pub start: StartTime,
    /// Where the recording goes, if anywhere.
    pub record: Option<&'a Path>,
    /// The server of the simulated lanes.
    pub simulator: Option<Simulator>,
    /// A process that is looked at as if the first lane was served by it.
    pub watched: Option<u32>,
}

/// When the green light comes.
#[derive(Debug)]
pub enum StartTime {
    /// So long after all lanes are ready: from the lights on.
    Countdown(Duration),
    /// At the moment that somebody else names once all lanes are ready.
    Scheduled(ScheduledStart),
}

/// Why a race can't begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The recording of the race can't be started.
    #[error("cannot record: {0}; choose another folder with --record, or race with --no-record")]
    Record(#[from] RecordError),
    /// The machine that was to race it does not.
    #[error("{0}")]
    Elsewhere(String),
    /// No thread or no event loop for the network.
    #[error("cannot start the network thread: {0}")]
    Network(#[from] io::Error),
}

impl LiveRace {
    /// Begins the race.
    ///
    /// # Errors
    /// When its recording or its network thread can't be started. What goes wrong later is an event.
    pub fn start(start: RaceStart<'_>) -> Result<Self, StartError> {
        let RaceStart { setup, clients, mut engines, start, record, simulator, watched } = start;
        engines.resize(clients.len(), None);
        let with_engine = engines.iter().map(Option::is_some).collect();
        let (mut senders, mut receivers) = taps(1);
        let recorder = match record {
            Some(dir) => {
                let (sender, mut receiver) = taps(1);
                senders.extend(sender);
                receiver.pop().map(|events| Recorder::start(dir, &setup, events)).transpose()?
            }
            None => None,
        };
        let events = receivers.pop().ok_or_else(|| io::Error::other("no queue for the screen"))?;
        let (epoch, stop, stamper) = (Arc::new(OnceLock::new()), Arc::new(Notify::new()), ReadClock::default());
        let served = served_ports(&setup, &clients);
        let (clock, mut network) = (stamper.clone(), Vec::new());
        let lanes = (0..).map(LaneId).zip(clients).zip(&engines);
        let lanes = lanes.map(|((id, client), engine)| LaneToRun { id, client, engine: engine.clone() }).collect();
        let (own, groups) = divide(lanes, &clock, &mut network)?;
        let conductor = NetworkTask { senders, epoch: Arc::clone(&epoch), stamper, engines, served, watched };
        network.push(network_thread::start("network", &clock, {
            let stop = Arc::clone(&stop);
            move || async move {
                futures::join!(own.run(), conductor.conduct(groups, start, &stop));
            }
        })?);
        Ok(Self {
            setup,
            events,
            epoch,
            stop,
            network,
            recorder,
            begun: Instant::now(),
            with_engine,
            over: None,
            newest: Offset::FIRST,
            simulator,
        })
    }

    /// The recording, if there is one.
    #[must_use]
    pub fn recording(&self) -> Option<&Path> {
        self.recorder.as_ref().map(Recorder::path)
    }

    /// The simulator behind the simulated lanes.
    #[must_use]
    pub const fn simulator(&self) -> Option<&Simulator> {
        self.simulator.as_ref()
    }

    fn finish(&mut self) {
        self.stop.notify_one();
        for network in self.network.drain(..) {
            // A panic over there has been reported by the panic hook already.
            let _ = network.join();
        }
        if let Some(recorder) = &mut self.recorder {
            recorder.finish();
        }
    }
}

impl EventSource for LiveRace {
    fn setup(&self) -> &RaceSetup {
        &self.setup
    }

    fn clock(&self, now: Instant) -> Option<Offset> {
        self.over.or_else(|| self.epoch.get().map(|epoch| epoch.offset(now).max(self.newest)))
    }

    fn poll(&mut self, _now: Instant, due: &mut Vec<Event>) -> SourceFlow {
        loop {
            match self.events.try_recv() {
                Ok(event) => {
                    self.newest = self.newest.max(event.at);
                    due.push(event);
                }
                Err(TryRecvError::Empty) => return SourceFlow::Open,
                Err(TryRecvError::Disconnected) => {
                    self.over = Some(self.newest);
                    self.finish();
                    return SourceFlow::Over;
                }
            }
        }
    }

    fn keeps_race(&self) -> bool {
        self.recorder.is_some()
    }

    fn take_race(&mut self) -> Option<Race> {
        self.recorder.as_mut()?.take_race()
    }

    fn stop(&mut self) {
        self.stop.notify_one();
    }

    fn engine_starting(&self, lane: usize, now: Instant) -> Option<Period> {
        let starting = self.epoch.get().is_none() && self.with_engine.get(lane).is_some_and(|with| *with);
        starting.then(|| now.saturating_duration_since(self.begun).into())
    }

    fn trouble(&self) -> Option<String> {
        let recorder = self.recorder.as_ref()?;
        Some(format!("the recording stopped: {}; the race goes on", recorder.failure()?))
    }
}

impl Drop for LiveRace {
    fn drop(&mut self) {
        // The receiver first: a network thread that waits for room in the queue must not be waited for in turn.
        self.events.close();
        self.finish();
    }
}

impl StartTime {
    /// The moment of the green light, once all lanes are `warmed`; nothing when nobody names one any more. With no lane that
    /// could start it is now.
    async fn green(self, warmed: &[WarmedLane]) -> Option<Instant> {
        let ready = warmed.iter().filter(|lane| lane.state.is_ok()).count();
        match self {
            Self::Countdown(countdown) => Some(Instant::now() + if ready == 0 { Duration::ZERO } else { countdown }),
            Self::Scheduled(scheduled) => scheduled.green(ready).await,
        }
    }
}

/// What starts the lanes, on the first of the network threads: it waits until they are ready, puts the lights on and gives them their clock.
struct NetworkTask {
    senders: Vec<Sender<Event>>,
    epoch: Arc<OnceLock<RaceEpoch>>,
    stamper: ReadClock,
    /// The engines that the lanes bring along.
    engines: Vec<Option<EngineSlot>>,
    /// The ports of this machine at which the lanes are served.
    served: Vec<Option<u16>>,
    /// A process that is looked at for the first lane.
    watched: Option<u32>,
}

impl NetworkTask {
    async fn conduct(self, mut groups: GroupLinks, start: StartTime, stop: &Notify) {
        let warmed = tokio::select! {
            biased;
            () = stop.notified() => return self.stopped_early().await,
            warmed = groups.warmed() => warmed,
        };
        let mut trees: Vec<Option<ProcessTree>> = vec![None; self.served.len()];
        for lane in &warmed {
            if let (Some(tree), Some(engine)) = (trees.get_mut(lane.id.index()), &lane.engine) {
                *tree = Some(engine.tree.clone());
            }
        }
        if let (Some(process), Some(first)) = (self.watched, trees.first_mut()) {
            first.get_or_insert_with(|| ProcessTree::of(process, None));
        }
        let resources = RaceResources::begin(trees, self.served.clone()).await;
        let green = tokio::select! {
            biased;
            () = stop.notified() => None,
            green = start.green(&warmed) => green,
        };
        let Some(green) = green else { return self.stopped_early().await };
        let emitter = self.lights(warmed, green).await;
        groups.give(&emitter);
        let race = async {
            if let Some(ahead) = green.checked_sub(AHEAD) {
                tokio::time::sleep_until(ahead.into()).await;
            }
            // Ahead of all that the lanes tell.
            emitter.send(green, None, EventKind::Green).await;
            groups.start();
            groups.ended().await;
        };
        let race = async {
            match resources {
                Some(resources) => resources.beside(race, &emitter).await,
                None => race.await,
            }
        };
        let stopped = tokio::select! {
            biased;
            () = stop.notified() => true,
            () = race => false,
        };
        if stopped {
            groups.halt();
            // Nothing is told behind this.
            groups.ended().await;
            emitter.send(Instant::now(), None, EventKind::Stopped).await;
        }
    }

    /// Sets the clock, tells how the connections came up, and puts the lights on.
    async fn lights(&self, mut warmed: Vec<WarmedLane>, green: Instant) -> EventEmitter {
        let now = Instant::now();
        let emitter = self.start_clock(green);
        warmed.sort_by_key(|lane| lane.at);
        for WarmedLane { id, at, state, engine } in warmed {
            if let Some(engine) = engine {
                emitter.send(at, Some(id), EventKind::EngineReady(Box::new(engine.start))).await;
            }
            let (kind, warning) = match state {
                Ok(facts) => (facts.transport.map(|facts| EventKind::Connected(Box::new(facts))), facts.warning),
                Err(failure) => (Some(EventKind::Failed(Box::new(failure))), None),
            };
            for kind in kind.into_iter().chain(warning.map(|warning| EventKind::Notice(warning.into()))) {
                emitter.send(at, Some(id), kind).await;
            }
        }
        emitter.send(now, None, EventKind::Countdown).await;
        emitter
    }

    fn start_clock(&self, green: Instant) -> EventEmitter {
        let epoch = *self.epoch.get_or_init(|| RaceEpoch::new(green));
        let emitter = EventEmitter::new(self.senders.clone(), epoch).with_pulse(self.stamper.pulse());
        if self.engines.iter().all(Option::is_none) {
            return emitter;
        }
        emitter.with_explainer(Arc::new(EngineDeaths(self.engines.clone())))
    }

    async fn stopped_early(&self) {
        let now = Instant::now();
        self.start_clock(now).send(now, None, EventKind::Stopped).await;
    }
}

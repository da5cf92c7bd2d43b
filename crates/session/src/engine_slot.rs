//! An engine that a contestant brings along: started once, before the first race that needs it, and kept for the next ones.
//! Whoever holds a slot shares the engine; it ends when the last one lets go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::sleep;

use speed_kings_client::bus::FailureExplainer;
use speed_kings_client::provider::ContestantClient;
use speed_kings_core::race::engine::EngineStart;
use speed_kings_core::race::event::{FailureKind, LaneFailure, LaneId};
use speed_kings_core::race::quality::MeasuredQuality;
use speed_kings_engine::launch::{EngineFailure, EngineIdentity, EngineLaunch, RunningEngine};
use speed_kings_system::resources::process_tree::ProcessTree;

/// How long an engine whose connection broke is given to show that it has ended.
const DEATH_SHOWS: Duration = Duration::from_millis(500);
/// Between two looks whether it has.
const LOOK: Duration = Duration::from_millis(5);

/// The place of one engine, shared by all that race it.
#[derive(Clone, Debug)]
pub struct EngineSlot {
    state: Arc<Mutex<SlotState>>,
    identity: Arc<EngineIdentity>,
    /// What was measured of its quality before the race.
    quality: Option<Box<MeasuredQuality>>,
}

/// How far an engine is.
#[derive(Debug)]
enum SlotState {
    /// Nobody has needed it yet.
    Prepared(Box<EngineLaunch>),
    /// It can answer, and may have ended since.
    Running(Box<RunningEngine>),
    /// It could not be started, or has ended.
    Failed(EngineFailure),
}

/// What a lane has to know of the engine behind it.
#[derive(Clone, Debug)]
pub struct EngineAtStart {
    /// How it came up.
    pub start: EngineStart,
    /// Its processes, for whoever looks at them.
    pub tree: ProcessTree,
}

impl EngineSlot {
    /// The place of an engine that is yet to be started.
    #[must_use]
    pub fn new(launch: EngineLaunch) -> Self {
        let identity = Arc::new(launch.identity().clone());
        Self { state: Arc::new(Mutex::new(SlotState::Prepared(Box::new(launch)))), identity, quality: None }
    }

    /// Who the engine is.
    #[must_use]
    pub fn identity(&self) -> &EngineIdentity {
        &self.identity
    }

    /// Takes in what was measured of its quality, which is told with how it came up.
    pub fn know_quality(&mut self, quality: Option<MeasuredQuality>) {
        self.quality = quality.map(Box::new);
    }

    /// Starts the engine unless it runs, and tells `entrant` the name of its model.
    ///
    /// # Errors
    /// Why it can't answer.
    pub async fn ready(&self, entrant: &mut ContestantClient) -> Result<EngineAtStart, LaneFailure> {
        let mut state = self.state.lock().await;
        if let SlotState::Running(engine) = &mut *state
            && let Some(failure) = engine.ended()
        {
            *state = SlotState::Failed(failure);
        }
        if matches!(&*state, SlotState::Prepared(_)) {
            let interrupted = EngineFailure { message: "its start was interrupted".into(), hint: None };
            if let SlotState::Prepared(launch) = std::mem::replace(&mut *state, SlotState::Failed(interrupted)) {
                *state = match launch.start().await {
                    Ok(engine) => SlotState::Running(Box::new(engine)),
                    Err(failure) => SlotState::Failed(failure),
                };
            }
        }
        match &*state {
            SlotState::Running(engine) => {
                entrant.ask_model(engine.model.clone());
                let start = EngineStart { quality: self.quality.clone(), ..engine.start.clone() };
                Ok(EngineAtStart { start, tree: engine.tree() })
            }
            SlotState::Failed(failure) => Err(lane_failure(failure)),
            SlotState::Prepared(_) => Err(LaneFailure::new(FailureKind::Process, "the engine was not started")),
        }
    }

    /// Why the engine has ended, if it has; waits a moment for it to show.
    async fn death(&self) -> Option<EngineFailure> {
        let deadline = Instant::now() + DEATH_SHOWS;
        loop {
            let mut state = self.state.lock().await;
            match &mut *state {
                SlotState::Failed(failure) => return Some(failure.clone()),
                SlotState::Running(engine) => {
                    if let Some(failure) = engine.ended() {
                        *state = SlotState::Failed(failure.clone());
                        return Some(failure);
                    }
                }
                SlotState::Prepared(_) => return None,
            }
            drop(state);
            if Instant::now() >= deadline {
                return None;
            }
            sleep(LOOK).await;
        }
    }
}

fn lane_failure(failure: &EngineFailure) -> LaneFailure {
    let told = LaneFailure::new(FailureKind::Process, failure.message.as_str());
    match &failure.hint {
        Some(hint) => told.with_hint(hint.as_str()),
        None => told,
    }
}

/// Explains broken connections by the ends of engines, lane by lane.
#[derive(Clone, Debug, Default)]
pub(crate) struct EngineDeaths(pub(crate) Vec<Option<EngineSlot>>);

impl FailureExplainer for EngineDeaths {
    fn explain(&self, lane: LaneId, failure: LaneFailure) -> BoxFuture<'_, LaneFailure> {
        Box::pin(async move {
            let broke = matches!(failure.kind, FailureKind::Reset | FailureKind::Truncated | FailureKind::Connect);
            let Some(slot) = self.0.get(lane.index()).and_then(Option::as_ref).filter(|_| broke) else {
                return failure;
            };
            match slot.death().await {
                Some(death) => lane_failure(&death),
                None => failure,
            }
        })
    }
}

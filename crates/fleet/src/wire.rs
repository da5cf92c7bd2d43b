//! What goes over the bus, as JSON. Contestants are named by the id that their runner gave them, never by a command, an address,
//! a path or a key; fields that this version doesn't know are passed over.

mod facts;
mod refusal;

pub use self::facts::{OfferedContestant, OfferedSweep, RunnerFacts, RunnerLimits, RunnerMachine};
pub use self::refusal::{Refusal, RefusalKind, RunnerReply};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use speed_kings_core::race::setup::{PhaseRef, RacePrompt, RaceSettings};

use crate::asks::PlannedAsks;
use crate::name::{RaceId, RunnerName};

/// The largest message that is read, except pieces of a tape.
pub const LARGEST_MESSAGE: usize = 512 << 10;
/// The largest piece of a tape.
pub const LARGEST_PIECE: usize = 256 << 10;

/// What a runner's clock showed when a question came and when the answer left, µs from any moment.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RunnerClock {
    /// Which start of the program that clock belongs to.
    pub instance: String,
    /// When the question came.
    pub received_us: i64,
    /// When the answer left.
    pub sent_us: i64,
}

/// A command to a runner: for this start of it, for a while, and for one verb.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DirectorCommand<T> {
    /// The runner that is meant.
    pub runner: RunnerName,
    /// Which start of it.
    pub instance: String,
    /// What it is to do, as in the subject.
    pub verb: String,
    /// Until when on the runner's own clock it holds, µs.
    pub expires_us: i64,
    /// What belongs to the verb.
    pub command: T,
}

/// A race as one runner is to run its part of it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RacePlan {
    /// What the race is called.
    pub race: RaceId,
    /// The runner's lanes, in the order of the race.
    pub lanes: Vec<PlannedLane>,
    /// The phase that it belongs to.
    #[serde(default)]
    pub phase: Option<PlannedPhase>,
    /// What the prompt is called.
    pub prompt_name: String,
    /// Its text, without the nonce.
    pub prompt: String,
    /// Tokens that an answer usually has: how many a simulated one gets.
    pub expected_tokens: u32,
    /// The cap on output tokens.
    pub max_tokens: u32,
    /// The sampling temperature, where one is set.
    #[serde(default)]
    pub temperature: Option<f64>,
    /// The sampling seed, where one is set.
    #[serde(default)]
    pub seed: Option<u64>,
    /// What opens the prompt, so that no prompt cache decides the race.
    #[serde(default)]
    pub nonce: Option<String>,
    /// Reasoning is switched off where there is a switch.
    #[serde(default)]
    pub no_reasoning: bool,
    /// A rate limit is not waited out.
    #[serde(default)]
    pub no_retry: bool,
    /// How long to wait for a connection, a first token, the next token, and all of it, ms.
    pub timeouts_ms: [u64; 4],
}

/// One lane of a plan.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedLane {
    /// The contestant, as the runner calls it.
    pub contestant: String,
    /// Its model, where it is not to be the usual one.
    #[serde(default)]
    pub model: Option<String>,
}

/// A share of one level of load as one runner is to offer it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LoadPlan {
    /// What each request is: a race of one lane.
    pub race: RacePlan,
    /// How many there are to be.
    pub share: PlannedShare,
    /// What they ask, and when, where the race and the share don't say it.
    #[serde(default)]
    pub asks: PlannedAsks,
}

/// A visit of a sweep as a runner is to make it: words and values out of the runner's own list.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct VisitPlan {
    /// What the visit is called, as any race.
    pub race: RaceId,
    /// The sweep, as the runner calls it.
    pub sweep: String,
    /// A value for each setting that is varied.
    #[serde(default)]
    pub settings: BTreeMap<String, String>,
    /// What the engine is asked.
    pub prompt: String,
    /// The cap on output tokens.
    pub max_tokens: u32,
}

/// How much of a load a runner is to offer: askers or a rate, and never both.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct PlannedShare {
    /// Askers of a closed loop.
    #[serde(default)]
    pub concurrency: Option<u32>,
    /// Requests a second of an open loop.
    #[serde(default)]
    pub rate_per_s: Option<f64>,
    /// Draws when they are due.
    pub seed: u64,
    /// How long it is offered before anything counts, ms.
    pub ramp_ms: u64,
    /// How long it is offered after that, ms.
    pub steady_ms: u64,
}

/// The phase that a planned race belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedPhase {
    /// Its id in the catalogue.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The model, as people call it.
    pub model: String,
    /// What it is to find out.
    #[serde(default)]
    pub question: Option<String>,
}

impl From<&PhaseRef> for PlannedPhase {
    fn from(phase: &PhaseRef) -> Self {
        let PhaseRef { id, title, model, question } = phase.clone();
        Self { id, title, model, question }
    }
}

impl From<PlannedPhase> for PhaseRef {
    fn from(phase: PlannedPhase) -> Self {
        let PlannedPhase { id, title, model, question } = phase;
        Self { id, title, model, question }
    }
}

impl RacePlan {
    /// The settings of its race.
    #[must_use]
    pub fn settings(&self) -> RaceSettings {
        RaceSettings {
            max_tokens: Some(self.max_tokens),
            temperature: self.temperature,
            seed: self.seed,
            nonce: self.nonce.clone(),
            warm: true,
            no_reasoning: self.no_reasoning,
        }
    }

    /// The prompt of its race.
    #[must_use]
    pub fn race_prompt(&self) -> RacePrompt {
        RacePrompt { name: self.prompt_name.clone(), text: self.prompt.clone() }
    }
}

/// A planned race, or a planned share of a load, as the runner's tape begins.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedRace {
    /// The first line of the tape.
    pub header: String,
}

/// Which race a command is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RaceCommand {
    /// The race that is meant.
    pub race: RaceId,
}

/// Whether the lanes of a race can start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LanesReady {
    /// How many have a connection that is up; nothing while that is being found out.
    pub ready: Option<usize>,
}

/// When a race starts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArmCommand {
    /// The race that is meant.
    pub race: RaceId,
    /// The green light on the runner's own clock, µs.
    pub green_us: i64,
}

/// A race that starts by itself from now on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArmedRace {
    /// The green light on the runner's own clock, µs.
    pub green_us: i64,
}

/// A part of a tape.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FetchCommand {
    /// The race that is meant.
    pub race: RaceId,
    /// The first byte that is wanted.
    pub from: u64,
    /// How many bytes at the most.
    pub most: u64,
}

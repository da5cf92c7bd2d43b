//! What goes over the bus, as JSON. Contestants are named by the id that their runner gave them, never by a command, an address,
//! a path or a key; fields that this version doesn't know are passed over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use speed_kings_core::race::setup::{PhaseRef, RacePrompt, RaceSettings};
use speed_kings_lab::sweep::ModelSize;

use crate::asks::PlannedAsks;
use crate::name::{RaceId, RunnerName};

/// The largest message that is read, except pieces of a tape.
pub const LARGEST_MESSAGE: usize = 512 << 10;
/// The largest piece of a tape.
pub const LARGEST_PIECE: usize = 256 << 10;

/// What a runner says of itself.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunnerFacts {
    /// Its name on the bus.
    pub name: String,
    /// Where it stands, in its owner's word.
    pub region: Option<String>,
    /// The newest version of the protocol that it speaks.
    pub protocol: u32,
    /// The version of the program.
    pub version: String,
    /// Which start of the program this is.
    pub instance: String,
    /// Everything that it offers is simulated.
    pub simulated: bool,
    /// The machine that it runs on.
    pub machine: RunnerMachine,
    /// Who can race there.
    pub contestants: Vec<OfferedContestant>,
    /// How far it goes.
    pub limits: RunnerLimits,
    /// Its own measurement error, as `calibrate` found it on that machine; nothing where it never ran.
    pub calibration: Option<String>,
    /// The race that it is busy with.
    pub busy: Option<RaceId>,
    /// It takes shares of a load, too; earlier versions of the program don't.
    pub loads: bool,
    /// Its shares may have prompts, lengths and arrivals of their own; earlier versions would pass them over.
    pub asks: bool,
    /// Which of its engines can be visited for a sweep; nothing in versions that make no visits.
    pub sweeps: Option<Vec<OfferedSweep>>,
}

/// The machine of a runner.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunnerMachine {
    /// What the machine is known by since it was started, where the system has such a thing: a hash, the same for all its runners.
    pub id: Option<String>,
    /// The system, as it calls itself.
    pub os: Option<String>,
    /// The processor's model name.
    pub cpu: Option<String>,
    /// Logical cores that it may use.
    pub cores: Option<usize>,
    /// Size of its main memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Graphics cards by model.
    pub gpus: Vec<String>,
}

/// Somebody who can race at a runner.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferedContestant {
    /// What a plan calls it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The model that it races with when nobody names one.
    pub model: Option<String>,
    /// Whether its key is set; nothing where it needs none.
    pub key: Option<bool>,
    /// It runs on the runner's own hardware.
    pub local: bool,
    /// It is a command or an engine, which is started for the race.
    pub started: bool,
}

/// An engine that a runner starts for sweeps, and what of it may be varied.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OfferedSweep {
    /// What a plan calls it.
    pub id: String,
    /// Its model, by name and size.
    pub model: ModelSize,
    /// The settings that may be varied, each with the values that are permitted.
    pub settings: BTreeMap<String, Vec<String>>,
}

/// How far a runner goes, whatever it is asked for.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RunnerLimits {
    /// The highest cap on output tokens that it takes for one lane.
    pub tokens: u32,
    /// What one race may cost, USD, at the dated prices of its catalogue.
    pub cost_usd: f64,
    /// How long one race may take, seconds.
    pub seconds: u64,
    /// Races in any hour.
    pub races_per_hour: u32,
}

impl Default for RunnerLimits {
    fn default() -> Self {
        Self { tokens: 4_096, cost_usd: 0.25, seconds: 600, races_per_hour: 120 }
    }
}

impl RunnerLimits {
    /// Whether an answer may be of up to so many tokens.
    ///
    /// # Errors
    /// When that is more than the limit.
    pub fn take_tokens(&self, asked: u32) -> Result<(), Refusal> {
        if asked > self.tokens {
            let most = self.tokens;
            return Err(
                RefusalKind::Limit.because(format!("{asked} output tokens are over this runner's limit of {most}"))
            );
        }
        Ok(())
    }
}

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

/// What a runner answers to a command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerReply<T> {
    /// It was done, with this answer.
    Done(T),
    /// It was not, and why.
    Refused(Refusal),
}

/// Why a runner did not do what it was asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{why}")]
pub struct Refusal {
    /// The class of it.
    pub kind: RefusalKind,
    /// The reason, for a person: untrusted.
    pub why: String,
    /// More of it, for the runner's owner alone: it may name paths, addresses and commands, which never leave the machine.
    #[serde(skip)]
    pub own: Option<String>,
}

impl Refusal {
    /// That something went wrong at the runner, where `own` alone says what.
    #[must_use]
    pub fn failed(own: &dyn ToString) -> Self {
        let why = "it went wrong at the runner, whose own output says how".into();
        Self { kind: RefusalKind::Failed, why, own: Some(own.to_string()) }
    }
}

/// Classes of refusals: what a director branches on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// The signature is wrong, or the director is not listed.
    Forbidden,
    /// The command is for another start of the runner, or its time has passed.
    Expired,
    /// Another race is under way.
    Busy,
    /// It is beyond a limit of the runner.
    Limit,
    /// No such contestant, race or model.
    Unknown,
    /// The moment is too near, or has passed.
    Late,
    /// The lanes are not ready.
    Cold,
    /// It went wrong at the runner.
    Failed,
    /// A kind of a newer version.
    #[serde(other)]
    Other,
}

impl RefusalKind {
    /// A refusal of this kind.
    #[must_use]
    pub fn because(self, why: impl Into<String>) -> Refusal {
        Refusal { kind: self, why: why.into(), own: None }
    }
}

//! What a runner tells of itself: its machine, what it offers, and how far it goes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use speed_kings_lab::sweep::ModelSize;

use super::refusal::{Refusal, RefusalKind};
use crate::name::RaceId;

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

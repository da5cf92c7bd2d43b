//! A race as it is ordered from runners: who races where, on what, and why it can't be.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use speed_kings_client::provider::RequestTimeouts;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::text::printable;
use speed_kings_session::config::RaceTerms;

use crate::bus::{BusError, BusPlace};
use crate::call::CallError;
use crate::identity::DirectorKey;
use crate::name::{NameError, RunnerName};

/// A lane that is raced by a runner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteLane {
    /// The runner, by its name on the bus.
    pub runner: RunnerName,
    /// Its contestant, as the runner calls it.
    pub contestant: String,
    /// Its model; what is usual at the runner where there is none.
    pub model: Option<String>,
}

/// What is no lane of a runner.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("invalid lane '{0}': expected RUNNER:CONTESTANT, for example m3:ollama; `speed-kings fleet` lists both")]
pub struct RemoteLaneError(String);

impl FromStr for RemoteLane {
    type Err = RemoteLaneError;

    fn from_str(text: &str) -> Result<Self, RemoteLaneError> {
        let wrong = || RemoteLaneError(text.chars().take(80).collect());
        let (runner, contestant) = text.trim().split_once(':').ok_or_else(wrong)?;
        let runner = runner.trim().parse().map_err(|_: NameError| wrong())?;
        let contestant = contestant.trim().to_owned();
        if contestant.is_empty() { Err(wrong()) } else { Ok(Self { runner, contestant, model: None }) }
    }
}

/// A race as it is ordered from runners.
#[derive(Clone, Debug)]
pub struct RemoteOrder {
    /// The bus that the runners are on.
    pub place: BusPlace,
    /// What commands are signed with.
    pub key: Arc<DirectorKey>,
    /// Who races on which runner.
    pub lanes: Vec<RemoteLane>,
    /// What is asked, and how.
    pub terms: RaceTerms,
    /// How long to wait for what.
    pub timeouts: RequestTimeouts,
    /// A rate limit is not waited out.
    pub no_retry: bool,
    /// The folder that the race is recorded in, if it is.
    pub record: Option<PathBuf>,
    /// From the moment that all lanes are ready to the green light, at least.
    pub countdown: Duration,
}

impl RemoteOrder {
    /// The same for `lanes` alone, which are asked what `setup` says: to be measured, and not to be watched or recorded here.
    pub(crate) fn measured(&self, lanes: Vec<RemoteLane>, setup: &RaceSetup) -> Self {
        let terms = RaceTerms {
            phase: setup.phase.clone(),
            prompt: setup.prompt.clone(),
            settings: setup.settings.clone(),
            expected_tokens: self.terms.expected_tokens,
        };
        // Lights are for viewers.
        Self { lanes, terms, record: None, countdown: Duration::ZERO, ..self.clone() }
    }
}

/// Why a race can't be run by runners.
#[derive(Debug, thiserror::Error)]
pub enum DirectorError {
    /// The bus can't be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// No lane, or more than a race has.
    #[error("a race on the bus has 1 to 255 lanes: --lanes m3:ollama,rtx:ollama")]
    LaneCount,
    /// A runner can't be reached.
    #[error("runner {runner} does not answer ({why}): `speed-kings fleet` lists those that do")]
    Absent {
        /// Its name on the bus.
        runner: RunnerName,
        /// What the bus or the runner said.
        why: BusError,
    },
    /// A runner does not run it.
    #[error("runner {runner} refuses: {why}")]
    Refused {
        /// Its name on the bus.
        runner: RunnerName,
        /// In its words: untrusted.
        why: String,
    },
    /// It speaks a newer protocol.
    #[error("runner {runner} needs speed-kings {version} or newer here")]
    Newer {
        /// Its name on the bus.
        runner: RunnerName,
        /// The version of its program.
        version: String,
    },
    /// It is of a version that offers no load.
    #[error("runner {runner} is of version {version}, which takes no share of a load: update speed-kings there")]
    NoLoad {
        /// Its name on the bus.
        runner: RunnerName,
        /// The version of its program: untrusted.
        version: String,
    },
    /// It is of a version that asks one prompt in a load.
    #[error(
        "runner {runner} is of version {version}, which knows no prompts, lengths or arrivals of a load: update speed-kings there"
    )]
    NoAsks {
        /// Its name on the bus.
        runner: RunnerName,
        /// The version of its program: untrusted.
        version: String,
    },
    /// It is of a version that makes no visits of a sweep.
    #[error("runner {runner} is of version {version}, which makes no visits of a sweep: update speed-kings there")]
    NoSweeps {
        /// Its name on the bus.
        runner: RunnerName,
        /// The version of its program: untrusted.
        version: String,
    },
    /// What is to visit a point is no runner.
    #[error(transparent)]
    Name(#[from] NameError),
    /// More prompts or arrivals than a message has room for.
    #[error(
        "the prompts or arrivals are more than the 384 kB that a plan for a runner has room for: --sample N asks fewer prompts"
    )]
    LargeAsks,
    /// Two lanes of a load are the same.
    #[error("runner {0} is named twice for one contestant: its share of a load is one")]
    Twice(RunnerName),
    /// What runners would load together is not the same.
    #[error("'{contestant}' is {one} and {other}: a load together is of one model, which --model names")]
    Unlike {
        /// The contestant, as the runners call it.
        contestant: String,
        /// A model of it, and where.
        one: String,
        /// Another one, and where.
        other: String,
    },
    /// It was planned, and could not begin.
    #[error("{0}")]
    Unstarted(String),
    /// What it planned is not what was asked for.
    #[error("runner {0} planned another race than it was asked for")]
    Mismatch(RunnerName),
    /// There is no thread or no event loop for it.
    #[error("cannot start the director's thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl DirectorError {
    pub(super) fn of(runner: &RunnerName, error: CallError) -> Self {
        let runner = runner.clone();
        match error {
            CallError::Bus(why) => Self::Absent { runner, why },
            CallError::Refused(refusal) => Self::Refused { runner, why: printable(&refusal.why).into_owned() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_a_runner_and_its_contestant() {
        let lane: RemoteLane = " m3:ollama ".parse().unwrap();
        assert_eq!((lane.runner.as_str(), lane.contestant.as_str()), ("m3", "ollama"));
        for bad in ["m3", ":x", "m3:", "a b:c", "*:x"] {
            assert!(bad.parse::<RemoteLane>().is_err(), "{bad}");
        }
    }
}

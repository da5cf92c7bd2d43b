//! The director: it plans a race whose lanes are raced by runners, lets all of them start at one moment, follows their tapes, fetches
//! what did not come, and keeps the whole. It times nothing itself.

mod conduct;
mod keep;
mod link;
mod prepare;

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::Builder;
use std::time::Duration;

use speed_kings_client::provider::RequestTimeouts;
use speed_kings_session::config::RaceTerms;
use tokio::sync::Notify;

use self::conduct::Conductor;
use self::prepare::prepare;
use crate::bus::{Bus, BusError, BusPlace};
use crate::call::{CallError, RunnerCaller};
use crate::clock::ProcessClock;
use crate::feed::RaceFeed;
use crate::identity::DirectorKey;
use crate::name::{NameError, RunnerName};
use crate::remote::RemoteRace;

/// A lane that is raced by a runner.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RemoteLane {
    /// The runner.
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
    /// The bus.
    pub place: BusPlace,
    /// What commands are signed with.
    pub key: Arc<DirectorKey>,
    /// Who races where.
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

/// Why a race can't be run by runners.
#[derive(Debug, thiserror::Error)]
pub enum DirectorError {
    /// The bus can't be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Fewer than two lanes, or more than a race has.
    #[error("a race on the bus needs 2 to 255 lanes: --lanes m3:ollama,rtx:ollama")]
    LaneCount,
    /// A runner can't be reached.
    #[error("runner {runner} does not answer ({why}): `speed-kings fleet` lists those that do")]
    Absent {
        /// Its name.
        runner: RunnerName,
        /// What was said.
        why: BusError,
    },
    /// A runner does not run it.
    #[error("runner {runner} refuses the race: {why}")]
    Refused {
        /// Its name.
        runner: RunnerName,
        /// In its words: untrusted.
        why: String,
    },
    /// It speaks a newer protocol.
    #[error("runner {runner} needs speed-kings {version} or newer here")]
    Newer {
        /// Its name.
        runner: RunnerName,
        /// The version of its program.
        version: String,
    },
    /// What it planned is not what was asked for.
    #[error("runner {0} planned another race than it was asked for")]
    Mismatch(RunnerName),
    /// There is no thread or no event loop for it.
    #[error("cannot start the director's thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl DirectorError {
    fn of(runner: &RunnerName, error: CallError) -> Self {
        let runner = runner.clone();
        match error {
            CallError::Bus(why) => Self::Absent { runner, why },
            CallError::Refused(refusal) => {
                Self::Refused { runner, why: speed_kings_core::text::printable(&refusal.why).into_owned() }
            }
        }
    }
}

/// Has the race of `order` made ready by its runners. It starts as soon as all lanes are.
///
/// # Errors
/// When a runner can't be reached or refuses.
pub fn start(order: RemoteOrder) -> Result<RemoteRace, DirectorError> {
    let lanes = order.lanes.len();
    if !(2..=usize::from(u8::MAX)).contains(&lanes) {
        return Err(DirectorError::LaneCount);
    }
    let (feed, stop) = (Arc::new(RaceFeed::default()), Arc::new(Notify::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (told, planned) = sync_channel(1);
    let thread = Builder::new().name("director".into()).spawn({
        let (feed, stop) = (Arc::clone(&feed), Arc::clone(&stop));
        move || {
            runtime.block_on(async {
                let bus = match Bus::connect(&order.place, "director").await {
                    Ok(bus) => bus,
                    Err(error) => return drop(told.send(Err(error.into()))),
                };
                let caller = RunnerCaller { bus: &bus, key: &order.key, clock: ProcessClock::begin(0) };
                match prepare(&caller, &order).await {
                    Ok(prepared) => {
                        feed.with(|feed| feed.runners = prepared.feeds());
                        // Whoever asked may have left: then the race is ended at once by what it left behind.
                        let _ = told.send(Ok((prepared.race.clone(), prepared.setup.clone())));
                        Conductor::new(&caller, &order, prepared, &feed).conduct(&stop).await;
                    }
                    Err(error) => drop(told.send(Err(error))),
                }
                bus.flush().await;
            });
        }
    })?;
    let (race, setup) = planned.recv().map_err(|_| std::io::Error::other("it ended"))??;
    Ok(RemoteRace::new(race, setup, feed, stop, thread))
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

//! A live race as it was planned: here, or on other machines. What it takes to begin it, and to begin it again.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cli::args::RaceArgs;
#[cfg(feature = "fleet")]
use crate::cli::args::{BusArgs, RemoteLaneArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
#[cfg(feature = "fleet")]
use crate::cli::fleet::order::order;
use crate::cli::{lab, results};
use crate::config::{self, RaceOptions, ResolvedRace};
#[cfg(feature = "fleet")]
use crate::fleet::{director::RemoteLane, director::RemoteOrder, remote::RemoteEnding};
use crate::interrupt::InterruptListener;
use crate::simulation;
use crate::source::EventSource;
use crate::source::live::{LiveRace, RaceStart, StartTime};

/// A race that can begin, and begin again.
#[derive(Clone)]
pub(super) enum LivePlan {
    /// This program asks all of its contestants.
    Here(Box<ResolvedRace>),
    /// Runners on other machines do.
    #[cfg(feature = "fleet")]
    Runners(Box<RemoteOrder>),
}

/// A race that has begun.
pub(super) struct BegunRace {
    pub(super) source: Box<dyn EventSource>,
    pub(super) ending: RaceEnding,
}

/// What stays of a live race.
pub(super) enum RaceEnding {
    /// Its recording, which has been begun, if it has one.
    Here(Option<PathBuf>),
    /// What will be known when it is over.
    #[cfg(feature = "fleet")]
    Runners(RemoteEnding),
}

impl RaceEnding {
    /// Where it is recorded, as far as that is known.
    pub(super) fn recording(&self) -> Option<PathBuf> {
        match self {
            Self::Here(recording) => recording.clone(),
            #[cfg(feature = "fleet")]
            Self::Runners(ending) => ending.recording(),
        }
    }

    /// What became of it beside its verdict, for a person.
    pub(super) fn told(&self) -> Vec<String> {
        match self {
            Self::Here(_) => Vec::new(),
            #[cfg(feature = "fleet")]
            Self::Runners(ending) => ending.told(),
        }
    }
}

impl LivePlan {
    /// What `args` ask for, with `options`: runners where lanes of theirs were named, otherwise contestants that are asked from here.
    ///
    /// # Errors
    /// When it can't be worked out.
    pub(super) fn of(context: &CommandContext<'_>, args: &RaceArgs, options: &RaceOptions) -> Result<Self, CliError> {
        #[cfg(feature = "fleet")]
        if !args.remote.lanes.is_empty() {
            return Ok(Self::Runners(Box::new(order(context, &args.remote, options)?)));
        }
        #[cfg(not(feature = "fleet"))]
        let _ = args;
        Ok(Self::Here(Box::new(config::plan(context.catalog()?, &context.env, options)?)))
    }

    /// A race of these lanes on the bus that the environment names.
    ///
    /// # Errors
    /// When it can't be worked out.
    #[cfg(feature = "fleet")]
    pub(super) fn by_runners(
        context: &CommandContext<'_>,
        lanes: &[RemoteLane],
        options: &RaceOptions,
    ) -> Result<Self, CliError> {
        let remote = RemoteLaneArgs { lanes: lanes.to_vec(), bus: BusArgs { bus: None, bus_ca: None } };
        Ok(Self::Runners(Box::new(order(context, &remote, options)?)))
    }

    /// What the user should know about where the keys go.
    pub(super) fn notes(&self) -> &[String] {
        match self {
            Self::Here(plan) => &plan.notes,
            #[cfg(feature = "fleet")]
            Self::Runners(_) => &[],
        }
    }

    /// Makes it ready for one more race.
    pub(super) fn renew(&mut self) {
        match self {
            Self::Here(plan) => plan.renew(),
            #[cfg(feature = "fleet")]
            Self::Runners(order) => order.terms.renew(),
        }
    }

    /// Begins it, recorded in the folder `record`.
    ///
    /// # Errors
    /// When it can't begin.
    pub(super) fn begin(&self, record: Option<&Path>, countdown: Duration) -> Result<BegunRace, CliError> {
        // A signal from here on ends the race, and with it its recording and its children.
        let _heard = InterruptListener::new()?;
        match self {
            Self::Here(plan) => {
                let mut plan = (**plan).clone();
                let simulator = simulation::start(&mut plan)?;
                lab::tell_engines(&mut plan, Path::new(results::DIR));
                let ResolvedRace { setup, clients, engines, .. } = plan;
                let start = StartTime::Countdown(countdown);
                let live =
                    LiveRace::start(RaceStart { setup, clients, engines, start, record, simulator, watched: None })?;
                let ending = RaceEnding::Here(live.recording().map(Path::to_owned));
                Ok(BegunRace { source: Box::new(live), ending })
            }
            #[cfg(feature = "fleet")]
            Self::Runners(order) => {
                let order = RemoteOrder { record: record.map(Path::to_owned), countdown, ..(**order).clone() };
                let remote = crate::fleet::director::start(order)?;
                let ending = RaceEnding::Runners(remote.ending());
                Ok(BegunRace { source: Box::new(remote), ending })
            }
        }
    }
}

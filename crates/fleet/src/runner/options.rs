//! How a runner is set up, and why it can't go on.

use std::path::PathBuf;

use crate::bus::BusError;
use crate::identity::ObeyedDirectors;
use crate::name::RunnerName;
use crate::sweeps::SweepOffer;
use crate::wire::RunnerLimits;

/// How a runner is set up.
#[derive(Debug)]
pub struct RunnerOptions {
    /// Its name on the bus.
    pub name: RunnerName,
    /// Where it stands, in its owner's word.
    pub region: Option<String>,
    /// How far it goes.
    pub limits: RunnerLimits,
    /// Engines that it starts for sweeps.
    pub sweeps: SweepOffer,
    /// The directors that it obeys.
    pub directors: ObeyedDirectors,
    /// The folder of recordings.
    pub recordings: PathBuf,
    /// Its own measurement error, as `calibrate` found it.
    pub calibration: Option<String>,
    /// µs that its clock is wrong by: for tests of what does not depend on it.
    pub clock_ahead: i64,
}

/// Why a runner can't go on.
#[derive(Debug, thiserror::Error)]
pub enum RunnerError {
    /// The bus can not be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// Somebody else has the name.
    #[error("there is a runner called {0} on this bus already: choose another name with --name")]
    NameTaken(RunnerName),
    /// Commands do not reach it.
    #[error(
        "the bus does not let commands through to a runner called {0}: its user needs the rights that docs/fleet-server.conf gives to a runner of that name"
    )]
    Deaf(RunnerName),
    /// The bus does not register it.
    #[error("cannot register on the bus: {0}")]
    Service(String),
}

//! What races over several machines take.

use std::path::PathBuf;

use clap::Args;

use super::bus::BusArgs;
use super::headless::ListForm;
use super::values::dollars;
use crate::config::split_names;
use crate::fleet::director::RemoteLane;
use crate::fleet::identity::PublicKey;
use crate::fleet::name::{RaceId, RunnerName};

/// What a runner takes.
#[derive(Clone, Debug, Args)]
pub struct RunnerArgs {
    /// Where the bus is.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Name of this runner on the bus, for example m3; one is made up without it
    #[arg(long)]
    pub name: Option<RunnerName>,
    /// Where it stands, in your own word, for example eu
    #[arg(long)]
    pub region: Option<String>,
    /// Contestants to offer: ids of providers, NAME=URL, or NAME=exec:COMMAND; all of the catalogue without it
    #[arg(long, value_name = "A,B")]
    pub providers: Vec<String>,
    /// Let directors have this contestant started, which is a command or an engine
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub allow_remote: Vec<String>,
    /// Obey this director, by the key that `speed-kings fleet --key` prints there; on a bus of this machine alone any is obeyed without it
    #[arg(long, value_name = "KEY")]
    pub director: Vec<PublicKey>,
    /// Offer the contestants simulated: no key, no network
    #[arg(long)]
    pub sim: bool,
    /// Highest cap on output tokens that is taken for one lane [default: 4096]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub most_tokens: Option<u32>,
    /// Most that one race may cost, or its share of one level of a load, in USD [default: 0.25]
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub max_cost: Option<f64>,
    /// Longest that one race may take, or one level of a load, in seconds [default: 600]
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub max_seconds: Option<u64>,
    /// Races that are run in any hour, and levels of a load [default: 120]
    #[arg(long, value_name = "N")]
    pub races_per_hour: Option<u32>,
    /// File of the runner's settings; runner.ron in the folder of your settings by default
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// µs that its clock is wrong by, for tests of what does not depend on it
    #[arg(long, value_name = "US", hide = true, default_value_t = 0, allow_negative_numbers = true)]
    pub clock_ahead: i64,
}

impl RunnerArgs {
    /// The contestants that were named.
    #[must_use]
    pub fn contestants(&self) -> Vec<String> {
        self.providers.iter().flat_map(|list| split_names(list)).collect()
    }
}

/// What the list of runners takes.
#[derive(Clone, Debug, Args)]
pub struct FleetArgs {
    /// Where the bus is.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Print the key of this director, which runners elsewhere are told with --director
    #[arg(long, conflicts_with = "fetch")]
    pub key: bool,
    /// Fetch the tapes of this race from the runners that have it, into `tapes` in the folder of recordings
    #[arg(long, value_name = "RACE")]
    pub fetch: Option<RaceId>,
    /// Form of the list
    #[arg(long, short, value_enum, default_value = "table")]
    pub output: ListForm,
}

/// What a spectator takes.
#[derive(Clone, Debug, Args)]
pub struct SpectateArgs {
    /// Race, as its director was told; the newest one on the bus without it
    pub race: Option<RaceId>,
    /// Where the bus is.
    #[command(flatten)]
    pub bus: BusArgs,
}

/// Lanes on other machines.
#[derive(Clone, Debug, Args)]
pub struct RemoteLaneArgs {
    /// Lanes that runners on the bus race, each as RUNNER:CONTESTANT: m3:ollama,rtx:ollama; in a load by levels, lanes of one
    /// contestant load it together
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with_all = ["providers", "set", "sim", "cacert", "insecure"])]
    pub lanes: Vec<RemoteLane>,
    /// Where the bus is.
    #[command(flatten)]
    pub bus: BusArgs,
}

/// Sweeps of other machines.
#[derive(Clone, Debug, Args)]
pub struct SweepLaneArgs {
    /// Sweeps that runners on the bus offer, each as RUNNER:SWEEP: m3:q4,rtx:q4; one is visited at a time, and --vary names values that
    /// their owners permit
    #[arg(long, value_name = "A,B", value_delimiter = ',', conflicts_with_all = ["engines", "resume"])]
    pub lanes: Vec<RemoteLane>,
    /// Where the bus is.
    #[command(flatten)]
    pub bus: BusArgs,
}

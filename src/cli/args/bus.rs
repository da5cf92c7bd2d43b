//! Where the bus of several machines is, and what a watch does with it.

use std::path::PathBuf;

use clap::Args;

use crate::fleet::name::RunnerName;

const BUS: &str = "\
NATS server over which runners are reached, for example nats://127.0.0.1:4222; SPEED_KINGS_BUS by default.

User and password stand in the address, or in SPEED_KINGS_BUS_USER and SPEED_KINGS_BUS_PASSWORD (or SPEED_KINGS_BUS_TOKEN). Anywhere but on \
this machine TLS is required; docs/fleet.md shows how to set it up.";

/// Where the bus is.
#[derive(Clone, Debug, Args)]
pub struct BusArgs {
    /// NATS server over which runners are reached, `SPEED_KINGS_BUS` by default
    #[arg(long, value_name = "URL", long_help = BUS)]
    pub bus: Option<String>,
    /// File of certificates, in PEM, that the bus is trusted by instead of the system's
    #[arg(long, value_name = "FILE")]
    pub bus_ca: Option<PathBuf>,
}

/// A watch that others on the bus see, or one that is put together from theirs.
#[derive(Clone, Debug, Args)]
pub struct WatchBusArgs {
    /// Publish each probe on the bus under this name, for example that of the machine
    #[arg(long, value_name = "NAME")]
    pub publish_as: Option<RunnerName>,
    /// Where this machine stands, in your own word, for example eu: a label of its probes
    #[arg(long, value_name = "WORD", requires = "publish_as")]
    pub region: Option<String>,
    /// Probe nobody: show what all watches on the bus have published, and what they publish
    #[arg(long, conflicts_with_all = ["publish_as", "phase", "providers", "alert", "fail_if", "baseline_run", "rounds", "otlp"])]
    pub regions: bool,
    /// Where the bus is.
    #[command(flatten)]
    pub bus: BusArgs,
}

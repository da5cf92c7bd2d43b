//! What the commands without a screen take.
//! Each prints data on stdout, in the form that is asked for.

use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{EntryArgs, seconds};
use crate::bench::Plan;
use crate::config::Wish;

/// The most runs of each contestant.
const MOST_RUNS: i64 = 10_000;

/// What a benchmark takes.
#[derive(Clone, Debug, Args)]
pub struct BenchmarkArgs {
    /// Phase of the catalogue, for example A1
    #[arg(long, value_name = "PHASE")]
    pub phase: Option<String>,
    /// Who and how.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// Counted runs of each contestant
    #[arg(long, short, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=MOST_RUNS))]
    pub iterations: u32,
    /// Runs of each contestant ahead of them, which are not counted
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(0..=MOST_RUNS))]
    pub warmup: u32,
    /// Spend without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Form of the result
    #[arg(long, short, value_enum, default_value = "json")]
    pub output: Form,
}

/// The forms of a benchmark's result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Form {
    /// One JSON document.
    Json,
}

/// What a list takes.
#[derive(Clone, Copy, Debug, Args)]
pub struct ListArgs {
    /// Form of the list
    #[arg(long, short, value_enum, default_value = "table")]
    pub output: Listing,
}

/// The forms of a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Listing {
    /// For people
    Table,
    /// For scripts
    Json,
}

/// What the price list takes.
#[derive(Clone, Debug, Args)]
pub struct PricingArgs {
    /// Phase of the catalogue, for example A1; without one, all of them
    pub phase: Option<String>,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What the check takes.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// Ids of providers, or NAME=URL; without any, whatever has a key, an address of its own, or runs here
    #[arg(value_name = "PROVIDER")]
    pub providers: Vec<String>,
    /// Seconds to wait for each
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

impl BenchmarkArgs {
    /// The wish behind the flags.
    #[must_use]
    pub fn wish(&self) -> Wish {
        self.entry.wish(self.phase.clone())
    }

    /// The plan behind the flags. Without a seed `drawn` stands in for it.
    #[must_use]
    pub fn plan(&self, drawn: impl FnOnce() -> u64) -> Plan {
        Plan {
            iterations: self.iterations,
            warmup: self.warmup,
            order_seed: self.entry.seed.unwrap_or_else(drawn),
            retry: !self.entry.no_retry,
        }
    }
}

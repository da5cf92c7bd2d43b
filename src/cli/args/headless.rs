//! What the commands without a screen take.
//! Each prints data on stdout, in the form that is asked for.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{EntryArgs, between, seconds};
use crate::config::Wish;
use crate::findings::recommend::Want;

/// What a watch takes.
#[derive(Clone, Debug, Args)]
pub struct WatchArgs {
    /// Phase of the catalogue, for example A1
    #[arg(long, value_name = "PHASE")]
    pub phase: Option<String>,
    /// Who and how.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// Time between the beginnings of two rounds, for example 30s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = interval)]
    pub every: Duration,
    /// End after so many rounds; without it, it runs until it is stopped
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    /// End when the probes have cost this much, in USD
    #[arg(long, value_name = "USD", default_value = "0.25", value_parser = dollars)]
    pub max_cost: f64,
    /// Serve the figures for Prometheus on this loopback address, for example 127.0.0.1:9464
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
    /// Append each probe to this file, as a line of JSON
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// Spend without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Form of what is found: a board at a terminal, else lines of JSON
    #[arg(long, short, value_enum)]
    pub output: Option<WatchForm>,
}

/// The forms of what a watch finds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum WatchForm {
    /// A line for each probe, also at a terminal
    Json,
}

impl WatchArgs {
    /// The wish behind the flags. A probe is short unless another size is asked for.
    #[must_use]
    pub fn wish(&self) -> Wish {
        let wish = self.entry.wish(self.phase.clone());
        let size = wish.size.clone().or_else(|| Some("short".to_owned()));
        Wish { alone: true, size, ..wish }
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    let every = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(7 * 24 * 60 * 60));
    if (least..=most).contains(&every) { Ok(every) } else { Err("between 1s and 7days".into()) }
}

pub(super) fn dollars(text: &str) -> Result<f64, String> {
    between(text.trim_start_matches('$'), 0.0, 1e6)
}

/// What the findings take.
#[derive(Clone, Debug, Args)]
pub struct FindingsArgs {
    /// Folder of results: saved benchmarks and recordings, in folders of their own or not
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Page to write; - for stdout
    #[arg(long, value_name = "FILE", default_value = "docs/findings.md")]
    pub out: PathBuf,
    /// Mark results that are older than this, for example 30days
    #[arg(long, value_name = "TIME", default_value = "30days", value_parser = age)]
    pub max_age: Duration,
    /// Take simulated results as evidence too; every line then says SIM
    #[arg(long)]
    pub include_simulated: bool,
    /// Say which offer to use instead of writing the page
    #[arg(long, value_enum, value_name = "WANT")]
    pub recommend: Option<Wanted>,
    /// Tokens a month, to work out what the recommended offer costs
    #[arg(long, value_name = "N", requires = "recommend")]
    pub monthly_tokens: Option<u64>,
}

/// What an offer is chosen by.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Wanted {
    /// The fastest output
    Speed,
    /// The lowest cost per token
    Cost,
    /// The most speed for the money
    Balanced,
}

impl From<Wanted> for Want {
    fn from(wanted: Wanted) -> Self {
        match wanted {
            Wanted::Speed => Self::Speed,
            Wanted::Cost => Self::Cost,
            Wanted::Balanced => Self::Balanced,
        }
    }
}

fn age(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|error| error.to_string())
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
    /// Ids of providers, NAME=URL or exec:COMMAND; without any, whatever has a key, an address of its own, or runs here
    #[arg(value_name = "PROVIDER")]
    pub providers: Vec<String>,
    /// Seconds to wait for each
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

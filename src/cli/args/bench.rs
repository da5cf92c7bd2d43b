//! What the benchmark and the reports on its results take.
//! Without a form the result is a table at a terminal, and one JSON document everywhere else.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::entry::EntryArgs;
#[cfg(feature = "fleet")]
use super::fleet::RemoteLaneArgs;
use super::gate::{EarlierRun, GateArgs, earlier_run};
use super::lengths::LengthArgs;
use super::load::LoadArgs;
use super::report_output::{ReportForm, ReportOutput};
use super::values::{dollars, pause, seconds};
use crate::bench::{OrderRule, RunSchedule};
use crate::config::RaceOptions;

/// Counted runs when nobody says how many.
const ITERATIONS: u32 = 5;
/// The most runs of each contestant.
const MOST_RUNS: i64 = 10_000;
/// The claims of the catalogue.
pub const PUBLISHED: &str = "published";
/// The most requests at a time.
const MOST_AT_ONCE: i64 = 128;

/// What a benchmark takes.
#[derive(Clone, Debug, Args)]
pub struct BenchmarkArgs {
    /// Phase of the catalogue, for example A1; may be given several times
    #[arg(long, value_name = "PHASE", value_delimiter = ',')]
    pub phase: Vec<String>,
    /// All phases of a group, for example A
    #[arg(long, value_name = "GROUP", value_delimiter = ',')]
    pub group: Vec<String>,
    /// All phases of a priority; 1 comes first
    #[arg(long, value_name = "N", value_delimiter = ',')]
    pub priority: Vec<u8>,
    /// All phases, by priority
    #[arg(long)]
    pub all: bool,
    /// Who is asked what, and how.
    #[command(flatten)]
    pub entry: EntryArgs,
    /// What is measured on other machines.
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    pub remote: RemoteLaneArgs,
    /// Set of prompts instead of a single one: sizes, graded or streaming of the catalogue, or a file (.jsonl, .csv, .txt) whose
    /// prompts are asked in turn, one a round; a .jsonl row with several messages of the user is a conversation
    #[arg(long, value_name = "SET|FILE", conflicts_with_all = ["prompt", "size"])]
    pub prompts: Option<String>,
    /// Ask only so many prompts of the file, drawn by the seed
    #[arg(long, value_name = "N", requires = "prompts", value_parser = clap::value_parser!(u32).range(1..=MOST_RUNS))]
    pub sample: Option<u32>,
    /// Prompts and answers of given lengths.
    #[command(flatten)]
    pub lengths: LengthArgs,
    /// Counted runs of each contestant [default: 5]
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_RUNS))]
    pub iterations: Option<u32>,
    /// Runs of each contestant ahead of them, which are not counted
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(0..=MOST_RUNS))]
    pub warmup: u32,
    /// Requests of a contestant at a time: over 1 it is a load run; several numbers are a load by levels, for example 1,2,4,8
    #[arg(long, value_name = "N", default_value = "1", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=MOST_AT_ONCE))]
    pub concurrency: Vec<u32>,
    /// A load by levels, and what is looked for with it.
    #[command(flatten)]
    pub load: LoadArgs,
    /// Seconds between two runs
    #[arg(long, value_name = "S", value_parser = pause)]
    pub pause: Option<Duration>,
    /// Begin no further run after so many seconds
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// End when the runs have cost this much, in USD; what was measured is kept
    #[arg(long, value_name = "USD", default_value = "0.25", value_parser = dollars)]
    pub max_cost: f64,
    /// Send the metrics of all runs to this collector of OpenTelemetry, by its address, once they are made
    #[arg(long, value_name = "URL", long_help = super::headless::OTLP)]
    pub otlp: Option<String>,
    /// Spend without asking
    #[arg(long, short)]
    pub yes: bool,
    /// Form of the result; a table at a terminal and JSON elsewhere when left out
    #[arg(long, short, value_enum)]
    pub output: Option<ReportForm>,
    /// Folder for results, one file for each phase and prompt, rewritten after every run
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Keep no file
    #[arg(long, conflicts_with_all = ["out", "resume"])]
    pub no_save: bool,
    /// Go on with a file that was cut off: this one, or the newest unfinished one of the same benchmark
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub resume: Option<Option<PathBuf>>,
    /// What is set beside the results.
    #[command(flatten)]
    pub beside: BesideArgs,
}

/// What stands beside results.
#[derive(Clone, Debug, Args)]
pub struct BesideArgs {
    /// Set the measured speeds against published ones: `published` for those of the catalogue, or a file of the catalogue's
    /// form with claims of your own
    #[arg(long, value_name = "CLAIMS", num_args = 0..=1, default_missing_value = PUBLISHED)]
    pub baseline: Option<String>,
    /// Show what has changed since these results, and hold --fail-if against them; `last` for the newest complete ones of the same
    #[arg(long, value_name = "FILE|last", visible_alias = "baseline-run", value_parser = earlier_run)]
    pub compare: Option<EarlierRun>,
    /// What fails the command.
    #[command(flatten)]
    pub gates: GateArgs,
}

/// What a report takes.
#[derive(Clone, Debug, Args)]
pub struct ReportArgs {
    /// Results, as a benchmark left them
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Where it goes and in which form.
    #[command(flatten)]
    pub place: ReportOutput,
    /// What is set beside the results.
    #[command(flatten)]
    pub beside: BesideArgs,
}

/// What a calibration takes.
#[derive(Clone, Debug, Args)]
pub struct CalibrateArgs {
    /// Runs at each of 4 speeds and over each of plain HTTP, TLS and HTTP/2, half a second each; a p99 takes 25
    #[arg(long, short, value_name = "N", default_value = "25", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub iterations: u32,
    /// Form of the result.
    #[command(flatten)]
    pub list: super::ListArgs,
}

impl BenchmarkArgs {
    /// The wish behind the flags, without a phase.
    #[must_use]
    pub fn options(&self) -> RaceOptions {
        RaceOptions { alone: true, ..self.entry.options(None) }
            .logging_beside((!self.no_save).then_some(self.out.as_path()))
    }

    /// Requests at a time, where that is one number.
    #[must_use]
    pub fn at_once(&self) -> u32 {
        self.concurrency.first().copied().unwrap_or(1)
    }

    /// Whether contestants are named, here or on other machines.
    #[must_use]
    pub const fn names_contestants(&self) -> bool {
        #[cfg(feature = "fleet")]
        if !self.remote.lanes.is_empty() {
            return true;
        }
        !self.entry.providers.is_empty()
    }

    /// Whether any phase is asked for.
    #[must_use]
    pub const fn names_phases(&self) -> bool {
        self.all || !(self.phase.is_empty() && self.group.is_empty() && self.priority.is_empty())
    }

    /// The plan behind the flags, with the pause of a set of prompts where none is asked for. Without a seed `drawn`
    /// stands in for it.
    #[must_use]
    pub fn plan(&self, pause: Option<Duration>, drawn: impl FnOnce() -> u64) -> RunSchedule {
        RunSchedule {
            iterations: self.iterations.unwrap_or(ITERATIONS),
            warmup: self.warmup,
            order_seed: self.entry.seed.unwrap_or_else(drawn),
            order_rule: OrderRule::Blocks,
            retry: !self.entry.no_retry,
            concurrency: self.at_once(),
            pause: self.pause.or(pause).unwrap_or_default(),
        }
    }
}

//! The flags of the lab: engines of one's own, varied and compared.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

#[cfg(feature = "fleet")]
use super::fleet::SweepLaneArgs;
use super::headless::ListArgs;
use super::protocol::{ProtocolArgs, RateArgs, VoteArgs, VotesArgs};
use super::report_output::ReportForm;
use super::values::{dollars, pause};

/// What the lab does.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Compare engines over models, threads, context, offloading: each combination started, asked, measured
    Sweep(SweepArgs),
    /// Ask engines the nine prompts of the test protocol: timings, resources, automatic checks, ratings by people
    Protocol(ProtocolArgs),
    /// Rate the answers of a protocol from 1 to 5 on a screen that hides names and speeds
    Rate(RateArgs),
    /// Vote for the better of two answers of a race that was recorded, names and speeds hidden
    Vote(VoteArgs),
    /// Print what blind votes come to: preferences with their intervals, strengths, speed beside them
    Votes(VotesArgs),
    /// Print the tables of a sweep or a protocol that was saved
    Report(LabReportArgs),
    /// Measure how well engines foresee a text: perplexity, and bits per byte across tokenizers
    Perplexity(PerplexityArgs),
    /// Compare the words of engines beside their speed: perplexity, checks, repetition, likeness, first divergence
    Quality(QualityArgs),
    /// Print the speeds that others measured on hardware that isn't here, with day and source
    References(LabReferenceArgs),
    /// Say what the header of a GGUF model file holds: parameters, experts, context, quantisation
    Model(ModelArgs),
}

/// What a sweep takes.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// Engines with their models and fixed settings, for example llama-server@model.gguf,context=2048
    #[cfg_attr(feature = "fleet", arg(value_name = "ENGINE@MODEL", required_unless_present_any = ["resume", "lanes"]))]
    #[cfg_attr(not(feature = "fleet"), arg(value_name = "ENGINE@MODEL", required_unless_present = "resume"))]
    pub engines: Vec<String>,
    /// Sweeps that runners on other machines visit.
    #[cfg(feature = "fleet")]
    #[command(flatten)]
    pub remote: SweepLaneArgs,
    /// A setting with its values, NAME=VALUE,VALUE or NAME=FIRST..LAST:STEP, or `concurrency`, the requests at a time; may be given several times
    #[arg(long, value_name = "NAME=VALUES")]
    pub vary: Vec<String>,
    /// Visits of each combination, in an order drawn anew each round
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Seconds to wait between two visits, so that the machine cools down
    #[arg(long, value_name = "S", default_value = "2", value_parser = pause)]
    pub cool_down: Duration,
    /// Prompt that every engine is asked
    #[arg(long, value_name = "TEXT", default_value = PROMPT)]
    pub prompt: String,
    /// Cap on output tokens
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: u32,
    /// Seed of the orders; drawn when not given
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Go on with a sweep that was interrupted; engines, runners and settings are those of the file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["engines", "vary", "rounds", "cool_down", "prompt", "max_tokens", "seed"])]
    pub resume: Option<PathBuf>,
    /// How the figures are shown.
    #[command(flatten)]
    pub tables: LabTableArgs,
}

/// Long enough to have a speed, and the same for every model.
const PROMPT: &str = "Explain in a few sentences why the sky is blue during the day and red in the evening.";

/// How figures of the lab are shown.
#[derive(Clone, Debug, Args)]
pub struct LabTableArgs {
    /// Form of the tables; csv has a row for each visit of a sweep, or each answer of a protocol
    #[arg(long, short, value_enum, default_value_t = ReportForm::Table)]
    pub output: ReportForm,
    /// Draw the figures of a sweep into an SVG file, too
    #[arg(long, value_name = "FILE.svg")]
    pub chart: Option<PathBuf>,
    /// Replace the drawing's file whatever it is
    #[arg(long, requires = "chart")]
    pub force: bool,
    /// Price of electricity in USD per kWh: tables then say what a million tokens cost, where energy was measured
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub price_per_kwh: Option<f64>,
}

/// What the tables of saved results take.
#[derive(Debug, Args)]
pub struct LabReportArgs {
    /// Results of a sweep, a protocol or a comparison of quality
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// How the figures are shown.
    #[command(flatten)]
    pub tables: LabTableArgs,
}

/// What the measure of perplexity takes.
#[derive(Debug, Args)]
pub struct PerplexityArgs {
    /// Engines with their models, each started in turn, for example llama-server@model.gguf; or places that serve, HOST:PORT
    #[arg(value_name = "ENGINE@MODEL|HOST:PORT", required_unless_present = "from")]
    pub engines: Vec<String>,
    /// Text to foresee instead of the built-in prose; its hash is printed
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// A row of what llama-perplexity printed into FILE, - for the standard input; may be given several times
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What the comparison of quality takes.
#[derive(Debug, Args)]
pub struct QualityArgs {
    /// Engines with their models and settings, each started in turn; the others are held against the first
    #[arg(value_name = "ENGINE@MODEL", required = true)]
    pub engines: Vec<String>,
    /// Answers to hold all engines against instead: JSON or JSON lines of {"prompt": ID, "text": ANSWER}
    #[arg(long, value_name = "FILE")]
    pub reference: Option<PathBuf>,
    /// How many of the nine prompts of the streaming protocol are asked, from the first on; 0 asks none
    #[arg(long, value_name = "N", default_value_t = 9)]
    pub prompts: usize,
    /// Text to foresee instead of the built-in prose; its hash is printed
    #[arg(long, value_name = "FILE")]
    pub text: Option<PathBuf>,
    /// Lower cap on output tokens; each prompt has its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Form of the tables; csv has a row for each engine
    #[arg(long, short, value_enum, default_value_t = ReportForm::Table)]
    pub output: ReportForm,
}

/// What the list of reference figures takes.
#[derive(Debug, Args)]
pub struct LabReferenceArgs {
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

/// What the look into a model file takes.
#[derive(Debug, Args)]
pub struct ModelArgs {
    /// Model files in the GGUF format
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Form of the list.
    #[command(flatten)]
    pub list: ListArgs,
}

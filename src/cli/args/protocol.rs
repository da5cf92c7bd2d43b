//! The flags of the test protocol and of blind votes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::headless::ListArgs;
use super::report_output::ReportForm;
use super::values::{pause, temperature};

/// What the test protocol takes.
#[derive(Debug, Args)]
pub struct ProtocolArgs {
    /// Engines with their models and settings, one after the other, for example llama-server@model.gguf,threads=4
    #[arg(value_name = "ENGINE@MODEL", required_unless_present_any = ["resume", "engine"])]
    pub engines: Vec<String>,
    /// One engine, together with --model
    #[arg(long, value_name = "ID", requires = "model", conflicts_with = "engines")]
    pub engine: Option<String>,
    /// Model of that engine, with settings as in ENGINE@MODEL
    #[arg(long, value_name = "FILE", requires = "engine")]
    pub model: Option<String>,
    /// Prompts of the catalogue that are asked, by the name of their set
    #[arg(long, value_name = "SET", default_value = "streaming")]
    pub prompts: String,
    /// Seconds between two prompts instead of the set's own; the nine have 5
    #[arg(long, value_name = "S", value_parser = pause)]
    pub pause: Option<Duration>,
    /// Sampling temperature instead of the prompts' own; the nine have 0.3
    #[arg(long, value_name = "T", value_parser = temperature)]
    pub temperature: Option<f64>,
    /// Lower cap on output tokens; each prompt has its own
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_tokens: Option<u32>,
    /// Folder for the results
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub out: PathBuf,
    /// Go on with a protocol that was interrupted; engines and prompts are those of the file
    #[arg(long, value_name = "FILE",
        conflicts_with_all = ["engines", "engine", "model", "prompts", "pause", "temperature", "max_tokens"])]
    pub resume: Option<PathBuf>,
    /// Leave the ratings for later: `lab rate FILE`
    #[arg(long)]
    pub no_ratings: bool,
    /// Who rates.
    #[command(flatten)]
    pub rater: RaterArgs,
    /// Form of the tables; csv has a row for each answer
    #[arg(long, short, value_enum, default_value_t = ReportForm::Table)]
    pub output: ReportForm,
}

/// Who judges, by name.
#[derive(Debug, Args)]
pub struct RaterArgs {
    /// Name to keep with ratings and votes instead of that of the system's user
    #[arg(long, value_name = "NAME")]
    pub rater: Option<String>,
}

/// What the ratings take.
#[derive(Debug, Args)]
pub struct RateArgs {
    /// Results of protocols whose answers are rated
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// Who rates.
    #[command(flatten)]
    pub rater: RaterArgs,
}

/// What a blind vote takes.
#[derive(Debug, Args)]
pub struct VoteArgs {
    /// Recordings of races that were not watched
    #[arg(value_name = "RECORDING", required = true)]
    pub recordings: Vec<PathBuf>,
    /// File that votes are appended to
    #[arg(long, value_name = "FILE", default_value = VOTES)]
    pub votes: PathBuf,
    /// Who votes.
    #[command(flatten)]
    pub rater: RaterArgs,
}

/// What the sum of votes takes.
#[derive(Debug, Args)]
pub struct VotesArgs {
    /// Files of votes
    #[arg(value_name = "FILE", default_value = VOTES)]
    pub files: Vec<PathBuf>,
    /// Leave out votes of people who had watched the race
    #[arg(long)]
    pub blind_only: bool,
    /// Form of the tables.
    #[command(flatten)]
    pub list: ListArgs,
}

/// Where votes are kept.
pub const VOTES: &str = "results/votes.jsonl";

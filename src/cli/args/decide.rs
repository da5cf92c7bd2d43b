//! What a decision takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::headless::{age, share, tokens};
use super::report_output::ReportOutput;
use super::values::dollars;
use crate::load::ServiceLevel;

/// Who can be asked for claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ClaimPublisher {
    /// openrouter.ai: uptime, time to first token and output speed of each host over the last 30 minutes
    #[value(name = "openrouter")]
    OpenRouter,
}

/// What a decision takes.
#[derive(Clone, Debug, Args)]
pub struct DecideArgs {
    /// Prompt tokens a month: 225M, 1.5B, 80000
    #[arg(long, value_name = "N", value_parser = tokens)]
    pub tokens_in: f64,
    /// Output tokens a month
    #[arg(long, value_name = "N", value_parser = tokens)]
    pub tokens_out: f64,
    /// Share of the prompt tokens that come out of a cache, at its price: 0.3 or 30%
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    pub cached: f64,
    /// Share of the tokens whose requests may wait a day, so that they go in batches at the discount that the catalogue knows
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    pub batch_share: f64,
    /// What 95 of 100 requests have to keep to, for example `ttft<400ms,tok_s>100`
    #[arg(long, value_name = "LIMITS")]
    pub slo: Option<ServiceLevel>,
    /// The share of requests that have to be answered, for example 99.5%: by logs of watches, else by benchmarks
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub availability: Option<f64>,
    /// The most that a month may cost, in USD
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub budget: Option<f64>,
    /// Ask somebody else what they say of the same models, and show it beside what was measured, as claims: nothing is asked without this
    #[arg(long, value_enum, value_name = "WHO")]
    pub claims: Option<ClaimPublisher>,
    /// Only models whose name holds this
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub model: String,
    /// Folder of results: saved benchmarks, recordings, and logs of `watch` as .jsonl
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Mark results that are older than this, for example 30days
    #[arg(long, value_name = "TIME", default_value = "30days", value_parser = age)]
    pub max_age: Duration,
    /// Take simulated results as evidence too; they say SIM
    #[arg(long)]
    pub include_simulated: bool,
    /// Where it goes and in which form.
    #[command(flatten)]
    pub place: ReportOutput,
}

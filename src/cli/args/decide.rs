//! What a decision takes.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::headless::{age, share, tokens};
use super::report_output::ReportOutput;
use super::values::dollars;
use crate::load::ServiceLevel;

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
    /// What 95 of 100 requests have to keep to, for example `ttft<400ms,tok_s>100`
    #[arg(long, value_name = "LIMITS")]
    pub slo: Option<ServiceLevel>,
    /// The most that a month may cost, in USD
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub budget: Option<f64>,
    /// Only models whose name holds this
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub model: String,
    /// Folder of results: saved benchmarks and recordings
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

//! A load by levels: what is offered, for how long, and what is looked for.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::values::between;
use crate::date;
use crate::load::{OfferedLoad, ServiceLevel};

/// The most requests a second.
const MOST_PER_S: f64 = 1_000.0;

/// A load by levels.
#[derive(Clone, Debug, Default, Args)]
pub struct LoadArgs {
    /// A load by levels of so many requests a second each, for example 1,2,5: an open loop, in which requests come by a clock whatever
    /// becomes of those before, and times are counted from when they were due
    #[arg(long, value_name = "R", value_delimiter = ',', value_parser = rate, conflicts_with = "concurrency")]
    pub rate: Vec<f64>,
    /// A load of the times in this file: a line for each request, seconds or moments. An open loop, as --rate is
    #[arg(long, value_name = "FILE", conflicts_with_all = ["concurrency", "rate", "until_plateau", "steady", "ramp"])]
    pub arrivals: Option<PathBuf>,
    /// Go on to higher levels, twice as much each, or end before the last one, where more load brings no more tokens
    #[arg(long)]
    pub until_plateau: bool,
    /// Objective for each request, for example `ttft<500ms,tok_s>30`: goodput is told, and the highest load that holds it looked for
    #[arg(long, value_name = "LIMITS")]
    pub slo: Option<ServiceLevel>,
    /// Time of each level that counts, for example 10s
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub steady: Option<Duration>,
    /// Time of each level ahead of that, which doesn't count
    #[arg(long, value_name = "TIME", value_parser = ramp)]
    pub ramp: Option<Duration>,
    /// Draw throughput against interactivity into an SVG file
    #[arg(long, value_name = "FILE.svg")]
    pub chart: Option<PathBuf>,
}

impl LoadArgs {
    /// The levels that are asked for, from the least on, each once, beside this `concurrency`; nothing where it is no load by levels.
    #[must_use]
    pub fn levels(&self, concurrency: &[u32]) -> Option<Vec<OfferedLoad>> {
        let mut levels: Vec<OfferedLoad> = self.rate.iter().copied().map(OfferedLoad::Rate).collect();
        let wanted = concurrency.len() > 1 || self.until_plateau || self.slo.is_some() || self.chart.is_some();
        if levels.is_empty() && (wanted || self.steady.is_some() || self.ramp.is_some()) {
            levels = concurrency.iter().copied().map(OfferedLoad::Concurrency).collect();
        }
        levels.sort_by(|a, b| a.amount().total_cmp(&b.amount()));
        levels.dedup();
        (!levels.is_empty()).then_some(levels)
    }
}

fn rate(text: &str) -> Result<f64, String> {
    between(text, 0.01, MOST_PER_S)
}

/// Time ahead of what counts, of which there may be none.
fn ramp(text: &str) -> Result<Duration, String> {
    let none = date::read_span(text).is_ok_and(|span| span.is_zero());
    if none { Ok(Duration::ZERO) } else { span(text).map_err(|error| error.replace("between", "0s, or between")) }
}

fn span(text: &str) -> Result<Duration, String> {
    let span = date::read_span(text)?;
    let (least, most) = (Duration::from_millis(100), Duration::from_secs(60 * 60));
    if (least..=most).contains(&span) { Ok(span) } else { Err("between 100ms and 1h".into()) }
}

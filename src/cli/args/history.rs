//! What the history takes.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::report_output::ReportOutput;
use crate::race::verdict::Metric;

/// What the history takes.
#[derive(Clone, Debug, Args)]
pub struct HistoryArgs {
    /// Folder of results: benchmarks, and logs of `watch` as .jsonl, in folders of their own or not
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Figure that is followed, by its name in files: `total_ms`, `ttft_ms`, `ttfa_ms`, `output_tok_s`, `end_to_end_tok_s`,
    /// `gaps_p95_ms` or `cost_usd`
    #[arg(long, value_name = "METRIC", default_value = "total_ms", value_parser = metric)]
    pub metric: Metric,
    /// Only contestants whose name or model holds this
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub contestant: String,
    /// Only results of this phase, for example A1
    #[arg(long, value_name = "PHASE", default_value = "")]
    pub phase: String,
    /// Only what was begun on this day or later, UTC, for example 2026-11-01
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub since: Option<Timestamp>,
    /// Simulated results, too; they say SIM
    #[arg(long)]
    pub include_simulated: bool,
    /// Where it goes and in which form.
    #[command(flatten)]
    pub place: ReportOutput,
}

fn metric(text: &str) -> Result<Metric, String> {
    Metric::parse(text).filter(|metric| *metric != Metric::Stalls).ok_or_else(|| {
        "expected total_ms, ttft_ms, ttfa_ms, output_tok_s, end_to_end_tok_s, gaps_p95_ms or cost_usd".to_owned()
    })
}

fn day(text: &str) -> Result<Timestamp, String> {
    let date: Date = text.parse().map_err(|_| "expected a day, e.g. 2026-11-01".to_owned())?;
    let begun = date.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
    Ok(begun.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_metrics_are_read() {
        assert_eq!(day("2026-11-30").unwrap().to_string(), "2026-11-30T00:00:00Z");
        assert!(day("yesterday").unwrap_err().contains("2026-11-01"));
        assert_eq!(metric("ttft_ms"), Ok(Metric::Ttft));
        assert!(metric("stalls").is_err() && metric("speed").unwrap_err().contains("output_tok_s"));
    }
}

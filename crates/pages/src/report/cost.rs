//! Cost beside speed of the contestants of one report.

use maud::Markup;

use crate::priced::{PricedSpeed, PricedUnit, priced};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::BenchmarkReport;

/// Medians of cost and output speed, where at least two contestants have both.
pub(super) fn drawing(report: &BenchmarkReport) -> Markup {
    let lanes = report.saved.lanes.iter().zip(&report.analysis.lanes).enumerate();
    let all: Vec<PricedSpeed<'_>> = lanes
        .filter_map(|(number, (lane, told))| {
            let median = |metric| told.metric(metric).map(|told| told.median).filter(|median| *median > 0.0);
            let (usd, tok_s) = (median(Metric::Cost)?, median(Metric::OutputSpeed)?);
            let name = &lane.identity.name;
            Some(PricedSpeed { number, name, millions: usd * 1e6, usd: format::metric(Metric::Cost, Some(usd)), tok_s })
        })
        .collect();
    priced(
        "Cost beside speed",
        &all,
        &PricedUnit { across: "US dollars for a million such requests", each: "a request" },
    )
}

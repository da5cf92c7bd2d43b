//! A set of prompts by what they are filed under: the medians of each contestant for each tag, and how often an answer was the
//! expected one.

use std::collections::{BTreeMap, BTreeSet};

use crate::benchmark_report::ReportTable;
use crate::benchmark_report::measured::BenchmarkReport;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::median;
use speed_kings_session::bench::analysis::counts_tokens;
use speed_kings_session::bench::prompt_rows::EXPECTED;
use speed_kings_session::bench::saved::RunResult;

/// The metrics that are told of each tag.
const TOLD: [Metric; 3] = [Metric::Total, Metric::Ttft, Metric::OutputSpeed];

/// A row for each tag and contestant; nothing where no prompt has a tag.
pub(super) fn by_tag(report: &BenchmarkReport) -> Option<ReportTable> {
    let mut tags: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in &report.saved.prompt_rows {
        for tag in &row.tags {
            tags.entry(tag).or_default().insert(&row.id);
        }
    }
    let mut header = ["tag", "contestant", "good runs"].map(str::to_owned).to_vec();
    header.extend(TOLD.map(|metric| metric.title().to_owned()));
    header.push("as expected".to_owned());
    let mut rows = Vec::new();
    for (tag, ids) in &tags {
        for (lane, told) in report.saved.lanes.iter().zip(&report.analysis.lanes) {
            let of_tag = |run: &&RunResult| run.prompt_row.as_deref().is_some_and(|row| ids.contains(row));
            let runs: Vec<&RunResult> = lane.runs.iter().filter(of_tag).collect();
            let good: Vec<&RunResult> = runs.iter().copied().filter(|run| run.figures.ok).collect();
            let shown = |metric: Metric, value: Option<f64>| {
                let sign = if told.estimated && counts_tokens(metric) && value.is_some() { "≈" } else { "" };
                format!("{sign}{}", format::metric(metric, value))
            };
            let mut row =
                vec![(*tag).to_owned(), lane.identity.name.clone(), format!("{} of {}", good.len(), runs.len())];
            row.extend(TOLD.map(|metric| shown(metric, median(good.iter().filter_map(|run| run.figure(metric))))));
            let checks = good.iter().filter_map(|run| run.text.as_ref()).flat_map(|text| &text.checks);
            let expected: Vec<bool> =
                checks.filter(|check| check.check == EXPECTED).map(|check| check.passed).collect();
            let right = expected.iter().filter(|passed| **passed).count();
            row.push(if expected.is_empty() { String::new() } else { format!("{right} of {}", expected.len()) });
            rows.push(row);
        }
    }
    (!rows.is_empty()).then_some(ReportTable { header, rows, right_from: 2, left_from: usize::MAX })
}

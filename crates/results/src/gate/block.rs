//! What gates came to, as a report, a log and a script have it.

use super::finding::{GateCall, GateCheck, GateReport};
use crate::benchmark_report::document::{GateRecord, GatesRecord};
use crate::benchmark_report::{ReportBlock, ReportTable};
use speed_kings_core::format;

/// The gates as a part of a report: a sentence and a table.
#[must_use]
pub fn block(report: &GateReport) -> Vec<ReportBlock> {
    let header = ["gate", "contestant", "call", "what was found"].map(str::to_owned).to_vec();
    let row = |check: &GateCheck| {
        vec![check.condition.clone(), who(check), check.finding.call.as_str().to_owned(), check.finding.said.clone()]
    };
    let table = ReportTable {
        header,
        rows: report.checks.iter().map(row).collect(),
        right_from: usize::MAX,
        left_from: usize::MAX,
    };
    let blocks = [ReportBlock::Title("Gates".into()), ReportBlock::Text(summary(report)), ReportBlock::Table(table)];
    blocks.into()
}

/// The gates for a log: those that failed first, then those that are undecided, then how many there are of each.
#[must_use]
pub fn lines(report: &GateReport) -> Vec<String> {
    let of = |call: GateCall| report.checks.iter().filter(move |check| check.finding.call == call);
    let line = |check: &GateCheck| {
        format!("gate {}: {} · {}: {}", check.finding.call.as_str(), check.condition, who(check), check.finding.said)
    };
    let told = of(GateCall::Failed).chain(of(GateCall::Undecided)).map(line);
    told.chain([summary(report)]).collect()
}

/// How many gates failed, passed and are undecided, and how sure that is.
fn summary(report: &GateReport) -> String {
    let count = |call: GateCall| format!("{} {}", report.count(call), call.as_str());
    let checks =
        if report.checks.len() == 1 { "1 check".to_owned() } else { format!("{} checks", report.checks.len()) };
    format!(
        "gates: {}, {}, {}. A limit is shown to be broken, or kept, where the whole interval lies on one side of it; each end is \
         wrong in {} of cases at most, all {checks} together in 5 %.",
        count(GateCall::Failed),
        count(GateCall::Passed),
        count(GateCall::Undecided),
        format::percent(report.error),
    )
}

/// A contestant with its model, and whether it was simulated.
pub(super) fn who(check: &GateCheck) -> String {
    let sim = if check.simulated { "SIM " } else { "" };
    let level = check.level.as_ref().map_or_else(String::new, |level| format!(", {level}"));
    format!("{sim}{} ({}){level}", check.contestant, check.model)
}

/// The same for scripts.
#[must_use]
pub fn record(report: &GateReport) -> GatesRecord {
    GatesRecord {
        error: report.error,
        failed: report.count(GateCall::Failed),
        passed: report.count(GateCall::Passed),
        undecided: report.count(GateCall::Undecided),
        checks: report.checks.iter().map(GateRecord::from).collect(),
    }
}

impl From<&GateCheck> for GateRecord {
    fn from(check: &GateCheck) -> Self {
        let found = &check.finding;
        let end = |end: Option<f64>| end.filter(|end| end.is_finite());
        Self {
            results: check.results.clone(),
            name: check.contestant.clone(),
            model: check.model.clone(),
            simulated: check.simulated,
            level: check.level.clone(),
            condition: check.condition.clone(),
            call: found.call.as_str().to_owned(),
            figure: found.figure,
            low: end(found.bounds.map(|bounds| bounds.low)),
            high: end(found.bounds.map(|bounds| bounds.high)),
            runs: found.runs,
            runs_needed: found.needed,
            said: found.said.clone(),
        }
    }
}

//! Every condition held against every contestant that it is about. The more there are, the surer each has to be: all of them
//! together are wrong as seldom as one alone.

use super::baseline::{self, BaselineRun};
use super::condition::{GateCondition, WrongFigure};
use super::figure::LimitedFigure;
use super::finding::{ERROR, GateCheck, GateFinding, GateReport};
use super::limit;
use crate::benchmark_report::BenchmarkReport;
use speed_kings_core::stats::samples::ratio_needs;

/// Holds `conditions` against `reports`; `baseline_of` finds the earlier results of each of them.
#[must_use]
pub fn judge(
    conditions: &[GateCondition],
    reports: &[BenchmarkReport],
    baseline_of: &dyn Fn(&BenchmarkReport) -> BaselineRun,
) -> GateReport {
    let checks: usize = reports.iter().map(|report| pairs(conditions, report).count()).sum();
    let error = error_of(checks);
    let of_report = |report: &BenchmarkReport| {
        let baseline = conditions.iter().any(GateCondition::wants_baseline).then(|| baseline_of(report));
        let one = |(condition, lane): (&GateCondition, usize)| {
            let figure = condition.figure;
            let finding = match condition.wrong {
                WrongFigure::Under(limit) => limit::finding(report, lane, figure, limit, true, error),
                WrongFigure::Over(limit) => limit::finding(report, lane, figure, limit, false, error),
                WrongFigure::Worse(margin) => baseline::finding(report, lane, figure, margin, baseline.as_ref(), error),
            };
            check(report, lane, condition, finding)
        };
        pairs(conditions, report).map(one).collect::<Vec<_>>()
    };
    GateReport { error, checks: reports.iter().flat_map(of_report).collect() }
}

/// How many runs of each contestant (rounds, in a `load` run) it takes at least until each of `conditions` can fail at all, all
/// of them together on so many contestants; a share of runs can be shown by any number.
#[must_use]
pub fn runs_needed(conditions: &[GateCondition], contestants: &[(&str, &str)], load: bool) -> Vec<(String, usize)> {
    let about = |condition: &GateCondition| {
        contestants.iter().filter(|(name, provider)| condition.is_about(name, provider)).count()
    };
    let error = error_of(conditions.iter().map(about).sum());
    let needed = |condition: &GateCondition| {
        let (limit, under) = match condition.wrong {
            WrongFigure::Under(limit) => (limit, true),
            WrongFigure::Over(limit) => (limit, false),
            WrongFigure::Worse(_) => return ratio_needs(error),
        };
        let by_round = load && condition.figure != LimitedFigure::LoadSpeed;
        match condition.figure {
            figure if figure.is_share() && !load => 1,
            _ => limit::needs(if by_round { 0.5 } else { limit.share }, error, under),
        }
    };
    conditions.iter().map(|condition| (condition.to_string(), needed(condition))).collect()
}

/// How often each of so many checks may be wrong.
#[expect(clippy::cast_precision_loss, reason = "nobody types 2^52 gates")]
pub(crate) fn error_of(checks: usize) -> f64 {
    ERROR / checks.max(1) as f64
}

fn check(report: &BenchmarkReport, lane: usize, condition: &GateCondition, finding: GateFinding) -> GateCheck {
    let identity = report.saved.lanes.get(lane).map(|lane| lane.identity.clone()).unwrap_or_default();
    GateCheck {
        results: report.title(),
        lane,
        contestant: identity.name,
        provider: identity.provider,
        model: identity.model,
        simulated: identity.simulated,
        level: None,
        condition: condition.to_string(),
        finding,
    }
}

/// Every condition with the place of every contestant that it is about.
fn pairs<'a>(
    conditions: &'a [GateCondition],
    report: &'a BenchmarkReport,
) -> impl Iterator<Item = (&'a GateCondition, usize)> {
    conditions.iter().flat_map(|condition| {
        let lanes = report.saved.lanes.iter().enumerate();
        lanes.filter(|(_, lane)| condition.is_of(&lane.identity)).map(move |(lane, _)| (condition, lane))
    })
}

//! A figure of one contestant against earlier results of the same: by the bounds of the factor between both.
//! Where the earlier results are found, and which of several they are, is said here, too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::figure::LimitedFigure;
use super::finding::{GateCall, GateFinding};
use crate::benchmark_report::BenchmarkReport;
use crate::benchmark_report::change::{before, difference};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_core::stats::median;
use speed_kings_core::stats::samples::{ratio_bounds, ratio_needs};
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult};

/// The earlier results that some are held against.
#[derive(Clone, PartialEq, Debug)]
pub enum BaselineRun {
    /// There are none, for this reason.
    Missing(String),
    /// These, of one file.
    Found(Box<BenchmarkFile>),
}

/// What `figure` of contestant `lane` comes to against `baseline`, where worse by more than `margin` would be wrong.
pub(super) fn finding(
    report: &BenchmarkReport,
    lane: usize,
    figure: LimitedFigure,
    margin: f64,
    baseline: Option<&BaselineRun>,
    error: f64,
) -> GateFinding {
    let old = match baseline {
        Some(BaselineRun::Found(old)) => old,
        Some(BaselineRun::Missing(why)) => return GateFinding::without(why),
        None => return GateFinding::without("there are no earlier results"),
    };
    let Some(now) = report.saved.lanes.get(lane) else { return GateFinding::without("there is no such contestant") };
    let then = match difference(&report.saved, old).map_or_else(|| before(now, old), Err) {
        Ok(then) => then,
        Err(why) => return GateFinding::without(format!("the baseline is of something else: {why}")),
    };
    let (now_figures, then_figures) = (figures(now, figure), figures(then, figure));
    let (runs, runs_then) = (now_figures.len(), then_figures.len());
    if runs == 0 || runs_then == 0 {
        let which = if runs == 0 { "these results" } else { "the baseline" };
        return GateFinding::without(format!("{} is N/A in all runs of {which}", figure.title()));
    }
    let bounds = ratio_bounds(&now_figures, &then_figures, error);
    let ratio = median(now_figures.iter().flat_map(|now| then_figures.iter().map(move |then| now / then)));
    let needed = ratio_needs(error);
    if !(bounds.low > 0.0 && bounds.high.is_finite()) {
        return GateFinding {
            figure: ratio.filter(|ratio| ratio.is_finite()),
            runs,
            needed: Some(needed),
            said: format!(
                "too few runs to tell: {needed} in each of both are needed, and there are {runs} now and {runs_then} in the \
                 baseline"
            ),
            ..GateFinding::without("")
        };
    }
    let call = call(bounds, margin, figure.more_is_better());
    let factor = format::factor(ratio.unwrap_or(f64::NAN), Some(bounds));
    let day = |file: &BenchmarkFile| file.started_at.map(date::day);
    let of = match (day(&report.saved), day(old)) {
        (Some(now), Some(then)) if now != then => format!(" of {then}, another day"),
        _ => String::new(),
    };
    let few = if call == GateCall::Undecided { "too few runs to tell: " } else { "" };
    let said =
        format!("{few}{} is {factor} that of the baseline{of} ({runs} runs against {runs_then})", figure.title());
    GateFinding { call, figure: ratio, bounds: Some(bounds), runs, needed: None, said }
}

/// A value for each round, for the requests of a load run are not independent.
fn figures(lane: &LaneResult, figure: LimitedFigure) -> Vec<f64> {
    let rounds = match figure {
        LimitedFigure::Run(metric) => lane.by_round(metric),
        LimitedFigure::LoadSpeed => lane.load_by_round(),
        // No condition holds a share, or what only levels of load have, against earlier results.
        LimitedFigure::ErrorRate
        | LimitedFigure::Availability
        | LimitedFigure::Goodput
        | LimitedFigure::Objective
        | LimitedFigure::MaxLoad => BTreeMap::new(),
    };
    rounds.into_values().filter(|value| *value > 0.0).collect()
}

/// What the bounds of now over then allow to say.
fn call(bounds: ConfidenceInterval, margin: f64, more_is_better: bool) -> GateCall {
    let (broken, kept) = if more_is_better {
        (bounds.high < 1.0 - margin, bounds.low >= 1.0 - margin)
    } else {
        (bounds.low > 1.0 + margin, bounds.high <= 1.0 + margin)
    };
    match (broken, kept) {
        (true, _) => GateCall::Failed,
        (false, true) => GateCall::Passed,
        (false, false) => GateCall::Undecided,
    }
}

/// The newest complete results below `folder` that were begun before `new` and ask the same of one of its contestants at
/// least; `new` itself, which may lie there, too, is none of them.
#[must_use]
pub fn newest_before(folder: &Path, new: &BenchmarkFile) -> Option<(PathBuf, BenchmarkFile)> {
    let mut files = Vec::new();
    below(folder, 2, &mut files);
    // They are named after the moment at which they were begun.
    files.sort_by(|a, b| b.file_name().cmp(&a.file_name()));
    // A file keeps the moment to the millisecond; in memory it is finer, and must not come after itself.
    let begun = |file: &BenchmarkFile| file.started_at.map(Timestamp::as_millisecond);
    let fits = |old: &BenchmarkFile| {
        begun(old) < begun(new)
            && old.is_complete()
            && difference(new, old).is_none()
            && new.lanes.iter().any(|lane| before(lane, old).is_ok())
    };
    files.into_iter().find_map(|path| {
        let old = BenchmarkFile::read(&path).ok().filter(fits)?;
        Some((path, old))
    })
}

/// The `.json` files in `folder` and in folders within, down to so many levels.
fn below(folder: &Path, levels: usize, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if levels > 1 {
                below(&path, levels - 1, into);
            }
        } else if path.extension().is_some_and(|ending| ending == "json") {
            into.push(path);
        }
    }
}

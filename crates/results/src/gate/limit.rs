//! A figure of one contestant against a limit: by the bounds of its quantile, or of its share of failed runs.
//! Requests of one round of a load run depend on each other, and so do the turns of a conversation: there each round is one value.

use std::fmt::Write as _;

use super::condition::{FigureLimit, stat_name};
use super::figure::LimitedFigure;
use super::finding::{GateCall, GateFinding};
use crate::benchmark_report::BenchmarkReport;
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::bounds::{quantile_bounds, quantile_needs, share_bounds};
use speed_kings_core::stats::describe::MIN_SAMPLES_P90;
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_core::stats::{MIN_SAMPLES_P95, MIN_SAMPLES_P99, quantile};
use speed_kings_session::bench::analysis::{LaneStatistics, counts_tokens};
use speed_kings_session::bench::saved::LaneResult;

/// The values that decide, in order, and what they are values of.
struct LimitedSample {
    /// Each run's figure, or each round's.
    sorted: Vec<f64>,
    /// Which quantile of them decides.
    share: f64,
    /// What they are, in words: `runs`, or `rounds of 4 requests`.
    units: String,
}

/// What `limit` of `figure` comes to for contestant `lane`; `under` says on which side of it the figure would be wrong.
pub(super) fn finding(
    report: &BenchmarkReport,
    lane: usize,
    figure: LimitedFigure,
    limit: FigureLimit,
    under: bool,
    error: f64,
) -> GateFinding {
    let lanes = report.saved.lanes.get(lane).zip(report.analysis.lanes.get(lane));
    let Some((saved, told)) = lanes else { return GateFinding::without("there is no such contestant") };
    let several = report.saved.has_rounds_of_several();
    if figure.is_share() && !figure.is_of_levels() && !several {
        return share_of_runs(saved, figure, limit, under, error);
    }
    let sample = match sample(saved, figure, limit.share, report.saved.concurrency()) {
        Ok(sample) if sample.sorted.is_empty() => return GateFinding::without(why_none(saved, told, figure)),
        Ok(sample) => sample,
        Err(why) => return GateFinding::without(why),
    };
    let (runs, name) = (sample.sorted.len(), name(figure, limit.share));
    let needed = needs(sample.share, error, under);
    if runs < needed {
        let middle = quantile(&sample.sorted, 0.5).map(|value| figure.shown(value)).unwrap_or_default();
        return GateFinding {
            runs,
            needed: Some(needed),
            said: format!(
                "too few runs to tell: {needed} {} are needed at least, and {runs} have the figure (median {middle})",
                sample.units
            ),
            ..GateFinding::without("")
        };
    }
    let bounds = quantile_bounds(&sample.sorted, sample.share, error);
    let value = quantile(&sample.sorted, sample.share);
    let call = call(bounds, limit, under);
    let shown = value.map(|value| figure.shown(value)).unwrap_or_default();
    let estimated = matches!(figure, LimitedFigure::Run(metric) if counts_tokens(metric)) && told.estimated;
    let sign = if estimated { "≈" } else { "" };
    let mut said = format!("{name} {sign}{shown}, {} ({runs} {})", range(figure, bounds), sample.units);
    if call == GateCall::Undecided {
        said = format!("too few runs to tell: {said}");
        if !(bounds.low.is_finite() && bounds.high.is_finite()) {
            let _ = write!(said, "; both ends take {}", needs(sample.share, error, !under));
        }
    }
    if told.failed() > 0 {
        let _ = write!(said, "; {} of {} requests failed and are not in it", told.failed(), saved.runs.len());
    }
    GateFinding { call, figure: value, bounds: Some(bounds), runs, needed: None, said }
}

/// How many values it takes at least until a quantile can be shown to be `under` its limit, or else over it.
pub(crate) fn needs(share: f64, error: f64, under: bool) -> usize {
    quantile_needs(share, error, under).max(fewest(share))
}

/// The share of runs that brought figures, or of those that brought none.
fn share_of_runs(
    saved: &LaneResult,
    figure: LimitedFigure,
    limit: FigureLimit,
    under: bool,
    error: f64,
) -> GateFinding {
    let (all, failed) = (saved.runs.len(), saved.runs.iter().filter(|run| !run.figures.ok).count());
    if all == 0 {
        return GateFinding::without("no run was made");
    }
    let hits = if figure == LimitedFigure::Availability { all - failed } else { failed };
    let bounds = share_bounds(hits, all, error);
    let call = call(bounds, limit, under);
    #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 runs")]
    let rate = hits as f64 / all as f64;
    let named = if figure == LimitedFigure::Availability { "availability " } else { "" };
    let (shown, range) = (figure.shown(rate), range(figure, bounds));
    let said = format!("{failed} of {all} runs failed: {named}{shown}, {range}");
    GateFinding {
        call,
        figure: Some(rate),
        bounds: Some(bounds),
        runs: all,
        needed: None,
        said: if call == GateCall::Undecided { format!("too few runs to tell: {said}") } else { said },
    }
}

/// The values that decide.
fn sample(
    saved: &LaneResult,
    figure: LimitedFigure,
    share: f64,
    at_a_time: u32,
) -> Result<LimitedSample, &'static str> {
    let converses = saved.holds_conversations();
    let single = at_a_time <= 1 && !converses;
    let rounds = match figure {
        LimitedFigure::LoadSpeed if at_a_time <= 1 => {
            return Err("requests were made one at a time; load_tok_s is for runs with --concurrency");
        }
        LimitedFigure::LoadSpeed => saved.load_by_round(),
        LimitedFigure::ErrorRate => saved.error_rate_by_round(),
        LimitedFigure::Availability => {
            saved.error_rate_by_round().into_iter().map(|(round, rate)| (round, 1.0 - rate)).collect()
        }
        LimitedFigure::Goodput | LimitedFigure::Objective | LimitedFigure::MaxLoad => {
            return Err("only a load by levels has it (--concurrency 1,2,4 --slo ...)");
        }
        LimitedFigure::Run(metric) if single => {
            let good = saved.runs.iter().filter(|run| run.figures.ok);
            let sorted = in_order(good.filter_map(|run| run.figure(metric)));
            return Ok(LimitedSample { sorted, share, units: "runs".into() });
        }
        LimitedFigure::Run(metric) if is_median(share) => saved.by_round(metric),
        LimitedFigure::Run(metric) => {
            let rounds = saved.percentile_by_round(metric, share * 100.0);
            if rounds.is_empty() && !saved.by_round(metric).is_empty() {
                return Err("no round has enough requests for that percentile; a p95 takes 20, a p99 takes 100");
            }
            rounds
        }
    };
    let units = if converses { "conversations".to_owned() } else { format!("rounds of {at_a_time} requests") };
    // What a load run has of each round is one value; of those the middle one counts, but for the load itself.
    let share = if figure == LimitedFigure::LoadSpeed { share } else { 0.5 };
    Ok(LimitedSample { sorted: in_order(rounds.into_values()), share, units })
}

fn in_order(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Why no run has the figure.
fn why_none(saved: &LaneResult, told: &LaneStatistics, figure: LimitedFigure) -> String {
    let LimitedFigure::Run(metric) = figure else { return "no round has it".into() };
    if saved.runs.is_empty() {
        return "no run was made".into();
    }
    if told.good == 0 {
        return format!("all {} runs failed", saved.runs.len());
    }
    let withheld: Vec<String> =
        told.withheld.iter().map(|(code, runs)| format!("{} in {runs} runs", SpeedWithheld::words_of(code))).collect();
    match metric {
        Metric::OutputSpeed if !withheld.is_empty() => {
            format!("the output speed was not seen: {}", withheld.join(", "))
        }
        Metric::GapsP95 => "no run has enough gaps for a p95 of them".into(),
        Metric::Cost => "no price is known".into(),
        metric => format!("{} is N/A in all {} good runs", metric.title(), told.good),
    }
}

/// Fewest values for a quantile, whatever could be shown by fewer.
fn fewest(share: f64) -> usize {
    match share.max(1.0 - share) {
        outer if outer >= 0.99 => MIN_SAMPLES_P99,
        outer if outer >= 0.95 => MIN_SAMPLES_P95,
        outer if outer >= 0.9 => MIN_SAMPLES_P90,
        _ => 1,
    }
}

fn is_median(share: f64) -> bool {
    (share - 0.5).abs() < f64::EPSILON
}

fn name(figure: LimitedFigure, share: f64) -> String {
    match figure {
        LimitedFigure::ErrorRate | LimitedFigure::Availability => figure.title().to_owned(),
        figure => format!("{} of {}", stat_name(share), figure.title()),
    }
}

/// What the bounds allow to say of the limit.
pub(crate) fn call(bounds: ConfidenceInterval, limit: FigureLimit, under: bool) -> GateCall {
    let ConfidenceInterval { low, high } = bounds;
    let FigureLimit { limit, inclusive, .. } = limit;
    let (broken, kept) = match (under, inclusive) {
        (true, false) => (high < limit, low >= limit),
        (true, true) => (high <= limit, low > limit),
        (false, false) => (low > limit, high <= limit),
        (false, true) => (low >= limit, high < limit),
    };
    match (broken, kept) {
        (true, _) => GateCall::Failed,
        (false, true) => GateCall::Passed,
        (false, false) => GateCall::Undecided,
    }
}

/// Where a figure lies, in words.
pub(crate) fn range(figure: LimitedFigure, bounds: ConfidenceInterval) -> String {
    let ConfidenceInterval { low, high } = bounds;
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("between {} and {}", figure.shown(low), figure.shown(high)),
        (true, false) => format!("at least {}", figure.shown(low)),
        (false, true) => format!("at most {}", figure.shown(high)),
        (false, false) => "anywhere".into(),
    }
}

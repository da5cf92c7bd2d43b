//! The analysis as JSON: every contestant described, every two compared, all ranked.
//! Ratios are turned so that over 1 the first one is better, whatever the metric.

use serde_json::{Map, Value, json};

use crate::bench::analysis::{LaneStatistics, MetricComparison, MetricSummary, ResultsAnalysis};
use speed_kings_core::stats::compare::{COMPUTED_LEVEL, ComparisonCall, ConfidenceInterval, LEVEL};
use speed_kings_core::stats::resample::RESAMPLES;

/// One contestant's runs as JSON: counts, failures by code, and each metric's distribution.
pub(super) fn lane(lane: &LaneStatistics) -> Value {
    let metrics = lane.metrics.iter().map(|(metric, described)| (metric.as_str().to_owned(), metric_json(described)));
    json!({
        "good": lane.good,
        "failed": lane.failed(),
        "failures": lane.failures,
        "retries": lane.retries,
        "cold_starts": lane.cold,
        "after_idle": lane.after_idle,
        "tokens_estimated": lane.estimated,
        "metrics": metrics.collect::<Map<_, _>>(),
        "load_tok_s": lane.load.as_ref().map(metric_json),
    })
}

fn metric_json(MetricSummary { description, outliers }: &MetricSummary) -> Value {
    json!({
        "n": description.n,
        "mean": description.mean,
        "std": description.std,
        "min": description.min,
        "max": description.max,
        "median": description.median,
        "p90": description.p90,
        "p95": description.p95,
        "p99": description.p99,
        "mad": description.mad,
        "cv": description.cv,
        "uneven": description.is_uneven(),
        "outliers": outliers,
    })
}

/// Every two contestants on every metric.
pub(super) fn comparisons(analysis: &ResultsAnalysis) -> Value {
    let by_metric = analysis.pairs.iter().map(|told| pair(told, told.metric.as_str()));
    by_metric.chain(analysis.loads.iter().map(|told| pair(told, "load_tok_s"))).collect()
}

fn pair(pair: &MetricComparison, metric: &str) -> Value {
    let comparison = &pair.comparison;
    json!({
        "a": pair.a,
        "b": pair.b,
        "metric": metric,
        "pairs": comparison.pairs,
        "ratio": comparison.ratio,
        "interval": comparison.interval.map(ends),
        "method": comparison.method.as_str(),
        "p_value": comparison.p_value,
        "permutation_p": comparison.permutation_p,
        "bootstrap": comparison.bootstrap.map(ends),
        "call": match comparison.call {
            ComparisonCall::TooFew => "too_few",
            ComparisonCall::TooClose => "too_close",
            ComparisonCall::Larger => "a",
            ComparisonCall::Smaller => "b",
        },
        "effect": pair.effect(),
        "more_runs": comparison.more_runs,
    })
}

fn ends(interval: ConfidenceInterval) -> Value {
    json!([interval.low, interval.high])
}

/// How the comparisons were made.
pub(super) fn method(seed: u64) -> Value {
    json!({
        "level": LEVEL,
        "computed_level": COMPUTED_LEVEL,
        "bootstrap": {"method": "BCa", "resamples": RESAMPLES, "seed": seed},
    })
}

//! The analysis as the file has it: every contestant described, every two compared, all ranked.
//! Ratios are turned so that over 1 the first one is better, whatever the metric.

use crate::bench::analysis::{LaneStatistics, MetricComparison, MetricSummary, ResultsAnalysis};
use crate::bench::saved::{BootstrapRecord, ComparisonRecord, MethodRecord, MetricRecord, StatisticsRecord};
use speed_kings_core::stats::compare::{COMPUTED_LEVEL, ComparisonCall, ConfidenceInterval, LEVEL};
use speed_kings_core::stats::resample::RESAMPLES;

/// What one contestant's runs come to.
pub(super) fn lane(lane: &LaneStatistics) -> StatisticsRecord {
    let metrics = lane.metrics.iter().map(|(metric, described)| (metric.as_str().to_owned(), record(described)));
    StatisticsRecord {
        good: lane.good,
        failed: lane.failed(),
        failures: lane.failures.clone(),
        retries: lane.retries,
        cold_starts: lane.cold,
        after_idle: lane.after_idle,
        tokens_estimated: lane.estimated,
        metrics: metrics.collect(),
        load_tok_s: lane.load.as_ref().map(record),
        turns: lane.turns.clone(),
    }
}

fn record(MetricSummary { description, outliers }: &MetricSummary) -> MetricRecord {
    MetricRecord { description: description.clone(), uneven: description.is_uneven(), outliers: outliers.clone() }
}

/// Every two contestants on every metric.
pub(super) fn comparisons(analysis: &ResultsAnalysis) -> Vec<ComparisonRecord> {
    let by_metric = analysis.pairs.iter().map(|told| pair(told, told.metric.as_str()));
    by_metric.chain(analysis.loads.iter().map(|told| pair(told, "load_tok_s"))).collect()
}

fn pair(pair: &MetricComparison, metric: &str) -> ComparisonRecord {
    let comparison = &pair.comparison;
    let call = match comparison.call {
        ComparisonCall::TooFew => "too_few",
        ComparisonCall::TooClose => "too_close",
        ComparisonCall::Larger => "a",
        ComparisonCall::Smaller => "b",
    };
    ComparisonRecord {
        a: pair.a,
        b: pair.b,
        metric: metric.to_owned(),
        pairs: comparison.pairs,
        ratio: Some(comparison.ratio),
        interval: comparison.interval.map(ends),
        method: comparison.method.as_str().to_owned(),
        p_value: comparison.p_value,
        permutation_p: comparison.permutation_p,
        bootstrap: comparison.bootstrap.map(ends),
        call: call.to_owned(),
        effect: pair.effect(),
        more_runs: comparison.more_runs,
    }
}

const fn ends(interval: ConfidenceInterval) -> [f64; 2] {
    [interval.low, interval.high]
}

/// How the comparisons were made.
pub(super) fn method(seed: u64) -> MethodRecord {
    MethodRecord {
        level: LEVEL,
        computed_level: COMPUTED_LEVEL,
        bootstrap: BootstrapRecord { method: "BCa".to_owned(), resamples: RESAMPLES, seed },
    }
}

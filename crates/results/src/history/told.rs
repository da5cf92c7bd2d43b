//! A line of the history and its changes in words, the same in tables, sentences and drawings.

use super::changes::LastingChange;
use super::point::{HistoryPoint, HistoryShift};
use super::series::HistorySeries;
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;

/// Whose line it is: the contestant with its model and its place, and what it was asked.
pub(super) fn named(one: &HistorySeries) -> String {
    let sim = if one.simulated { "SIM " } else { "" };
    let at = one.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    format!("{sim}{} ({}){at} · {}", one.name, one.model, one.workload.words())
}

/// `changed on 2026-11-03 from 812 ms to 1.06 s, worse (p 0.0020)`.
#[must_use]
pub fn changed_on(metric: Metric, point: &HistoryPoint, change: &LastingChange) -> String {
    format!("changed on {} {}", day(point), levels(metric, change))
}

/// `from 812 ms to 1.06 s, worse (p 0.0020)`.
pub(super) fn levels(metric: Metric, change: &LastingChange) -> String {
    let shown = |level: f64| format::metric(metric, Some(level));
    let (word, p) = (better_or_worse(metric, change.ratio()), format::p_value(change.p_value));
    format!("from {} to {}, {word} (p {p})", shown(change.medians.0), shown(change.medians.1))
}

fn better_or_worse(metric: Metric, ratio: f64) -> &'static str {
    if (ratio > 1.0) == metric.more_is_better() { "better" } else { "worse" }
}

/// `+50.0 %, worse (p 0.0020)`.
pub(super) fn changed(metric: Metric, change: HistoryShift) -> String {
    let word = better_or_worse(metric, change.ratio);
    format!("{}, {word} (p {})", format::change(change.ratio), format::p_value(change.p_value))
}

pub(super) fn day(point: &HistoryPoint) -> String {
    point.begun.map_or_else(|| format::ABSENT.to_owned(), date::day)
}

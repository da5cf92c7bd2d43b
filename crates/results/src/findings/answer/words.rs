//! How an answer is put: the days that it lacks, kinds of hardware, factors and metrics in words.

use speed_kings_catalog::Hardware;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::days::FEWEST_DAYS;
use speed_kings_core::stats::meta::FactorEstimate;

/// What is said of a question that nobody has been compared on.
pub(in crate::findings) const NOT_COVERED: &str = "no comparison covers it yet";
/// What is said of growth where nobody has been compared on two sizes.
pub(in crate::findings) const NO_SIZES: &str =
    "no two contestants have been compared on models of two sizes often enough yet";

/// What is said where days are too few for an answer.
pub(super) fn more_days(days: usize) -> String {
    let more = FEWEST_DAYS.saturating_sub(days.max(1));
    format!("an answer needs three days, {more} more")
}

/// The badges of these kinds of hardware: `WSE, LPU`.
pub(super) fn kinds(of: &[Hardware]) -> String {
    of.iter().map(|hardware| hardware.badge()).collect::<Vec<_>>().join(", ")
}

/// A factor with its interval, and what can be said of it.
pub(super) fn told(estimate: &FactorEstimate, by: Metric) -> String {
    let close = if estimate.interval.holds(1.0) { ", too close to call" } else { "" };
    format!("{} in {}{close}", format::estimate(estimate), in_words(by))
}

pub(super) fn in_words(by: Metric) -> String {
    by.title().to_lowercase().replace("ttf", "TTF")
}

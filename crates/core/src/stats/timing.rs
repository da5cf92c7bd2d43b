//! Gaps between the reads that carried text, and the stalls among them.
//! A read is not a token, so a gap is never called token latency.

use crate::stats::{deviation, percentile, quantile};
use crate::time::Period;

/// A gap shorter than this is never a stall, however even the stream.
pub const STALL_FLOOR: Period = Period::from_millis(250);
/// A gap is a stall only when it is this many times the median gap.
pub const STALL_FACTOR: f64 = 8.0;

/// How evenly the text came.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TextGaps {
    /// How many gaps there were: one less than the reads that carried text, without those over a standstill.
    pub n: usize,
    /// Median of the gaps.
    pub p50: Period,
    /// 95th percentile; absent under 20 gaps.
    pub p95: Option<Period>,
    /// 99th percentile; absent under 100 gaps.
    pub p99: Option<Period>,
    /// Longest of the gaps.
    pub max: Period,
    /// Standard deviation; absent under two gaps.
    pub jitter: Option<Period>,
    /// Gaps over the larger of [`STALL_FLOOR`] and [`STALL_FACTOR`] × the median.
    pub stalls: StallRule,
}

/// What "the stream stuttered" means in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StallRule {
    /// How many stalls there were.
    pub count: usize,
    /// The longest; zero when there was none.
    pub longest: Period,
}

impl TextGaps {
    /// What these gaps between reads that carried text come to. Nothing for none.
    #[must_use]
    pub fn of(gaps: impl IntoIterator<Item = Period>) -> Option<Self> {
        let mut gaps: Vec<Period> = gaps.into_iter().collect();
        let seconds = |gaps: &[Period]| gaps.iter().map(|gap| gap.as_secs_f64()).collect::<Vec<f64>>();
        let jitter = deviation(&seconds(&gaps)).map(Period::from_secs_f64);
        // Whole microseconds are sorted in a fraction of the time.
        gaps.sort_unstable();
        let gaps = seconds(&gaps);
        let median = quantile(&gaps, 0.5)?;
        Some(Self {
            n: gaps.len(),
            p50: Period::from_secs_f64(median),
            p95: percentile(&gaps, 95.0).map(Period::from_secs_f64),
            p99: percentile(&gaps, 99.0).map(Period::from_secs_f64),
            max: Period::from_secs_f64(gaps.last().copied()?),
            jitter,
            stalls: StallRule::of(&gaps, median),
        })
    }
}

impl StallRule {
    fn of(sorted: &[f64], median: f64) -> Self {
        let limit = stall_limit(median);
        let first = sorted.partition_point(|gap| *gap <= limit);
        let count = sorted.len() - first;
        let longest = if count == 0 {
            Period::ZERO
        } else {
            sorted.last().map_or(Period::ZERO, |gap| Period::from_secs_f64(*gap))
        };
        Self { count, longest }
    }
}

/// The length in seconds over which a gap is a stall, for a median gap in seconds.
#[must_use]
pub fn stall_limit(median: f64) -> f64 {
    (median * STALL_FACTOR).max(STALL_FLOOR.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(millis: &[u64]) -> Option<TextGaps> {
        TextGaps::of(millis.iter().map(|ms| Period::from_millis(*ms)))
    }

    #[test]
    fn no_gaps_have_no_figures() {
        assert_eq!(gaps(&[]), None);
    }

    #[test]
    fn gaps_and_a_stall() {
        let gaps = gaps(&[10, 10, 10, 570]).unwrap();
        assert_eq!(gaps.n, 4);
        assert_eq!(gaps.p50, Period::from_millis(10));
        assert_eq!(gaps.max, Period::from_millis(570));
        assert_eq!(gaps.p95, None, "four gaps are too few");
        assert_eq!(gaps.stalls, StallRule { count: 1, longest: Period::from_millis(570) });
    }

    #[test]
    fn a_slow_even_stream_has_no_stalls() {
        let gaps = gaps(&[400, 400, 400]).unwrap();
        assert_eq!(gaps.stalls, StallRule::default());
    }
}

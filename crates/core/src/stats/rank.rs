//! Wilcoxon's signed ranks for paired differences: the estimate, its interval and its p-value.
//! It asks only that the differences are symmetric, which they are when two contestants are alike, whatever their tails.
//!
//! By hand because `statrs` has no signed-rank test, nor the estimate and the interval that go with one.

use super::distribution::{normal_cdf, normal_quantile};
use super::interval::ConfidenceInterval;

/// Up to this many differences the distribution of the rank sum is counted out; beyond it the normal one stands in.
pub const EXACT_UP_TO: usize = 50;
/// Halvings between two numbers at the most; it is done when no `f64` lies between them.
const HALVINGS: u32 = 120;

/// The Hodges–Lehmann estimate: the median of all means of two differences, each with itself included
/// (Hodges and Lehmann, "Estimates of Location Based on Rank Tests", Ann. Math. Stat. 34, 1963). Nothing on no data.
#[must_use]
pub fn hodges_lehmann(differences: &[f64]) -> Option<f64> {
    let walsh = WalshAverages::of(differences)?;
    let upper = walsh.count() / 2;
    let lower = walsh.count().saturating_sub(1) / 2;
    Some(f64::midpoint(walsh.nth(lower), walsh.nth(upper)))
}

/// The interval that turns the signed-rank test round: all shifts that it does not refuse at `level` (for example
/// 0.95), by the order statistics of the Walsh averages (Hollander and Wolfe, "Nonparametric Statistical Methods",
/// 1973, section 3.3). Its true level is never under `level` for exact sizes. Nothing where there are too few
/// differences for any such interval.
#[must_use]
pub fn interval(differences: &[f64], level: f64) -> Option<ConfidenceInterval> {
    let walsh = WalshAverages::of(differences)?;
    let cut = critical(differences.len(), (1.0 - level) / 2.0)?;
    let last = walsh.count().checked_sub(1 + cut)?;
    (cut <= last).then(|| ConfidenceInterval { low: walsh.nth(cut), high: walsh.nth(last) })
}

/// The two-sided p-value of the signed-rank test (Wilcoxon, Biometrics Bulletin 1, 1945): exact up to
/// [`EXACT_UP_TO`] differences, ties included by their mid-ranks; beyond that normal, with the correction for ties.
/// Differences of zero are left out, as Wilcoxon did. One when nothing is left.
#[must_use]
pub fn p_value(differences: &[f64]) -> f64 {
    let ranked = doubled_ranks(differences);
    let positive: u64 = ranked.iter().filter(|(positive, _)| *positive).map(|(_, rank)| rank).sum();
    let all: u64 = ranked.iter().map(|(_, rank)| rank).sum();
    let smaller = positive.min(all - positive);
    let ranks = ranked.iter().map(|(_, rank)| *rank);
    let tail = if ranked.len() <= EXACT_UP_TO { exact_tail(ranks, all, smaller) } else { normal_tail(ranks, smaller) };
    (2.0 * tail).min(1.0)
}

/// Twice the rank of each difference's size, so that mid-ranks are whole, with whether it is positive.
fn doubled_ranks(differences: &[f64]) -> Vec<(bool, u64)> {
    let mut sorted: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0 && d.is_finite()).collect();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let mut ranked = Vec::with_capacity(sorted.len());
    let mut before = 0_u64;
    for ties in sorted.chunk_by(|a, b| a.abs().total_cmp(&b.abs()).is_eq()) {
        let size = ties.len() as u64;
        let rank = 2 * before + size + 1;
        ranked.extend(ties.iter().map(|difference| (*difference > 0.0, rank)));
        before += size;
    }
    ranked
}

/// P(W ≤ `smaller`) where each of `ranks` counts with probability ½.
fn exact_tail(ranks: impl Iterator<Item = u64>, all: u64, smaller: u64) -> f64 {
    let chances = sums(ranks, usize::try_from(all).unwrap_or(0));
    chances.iter().take(usize::try_from(smaller).unwrap_or(0) + 1).sum()
}

/// The chance of each sum from 0 to `most` of `values` that count with probability ½ each.
fn sums(values: impl Iterator<Item = u64>, most: usize) -> Vec<f64> {
    let mut chances = vec![0.0; most + 1];
    if let Some(none) = chances.first_mut() {
        *none = 1.0;
    }
    for value in values {
        let value = usize::try_from(value).unwrap_or(usize::MAX);
        let next = (0..=most).map(|sum| {
            let with = sum.checked_sub(value).and_then(|rest| chances.get(rest)).copied().unwrap_or(0.0);
            f64::midpoint(chances.get(sum).copied().unwrap_or(0.0), with)
        });
        chances = next.collect();
    }
    chances
}

/// The same for many ranks: the sum of squares of mid-ranks is the variance that ties leave. No correction for
/// continuity.
#[expect(clippy::cast_precision_loss, reason = "sums of ranks are far below 2^52")]
fn normal_tail(ranks: impl Iterator<Item = u64>, smaller: u64) -> f64 {
    let (mut mean, mut variance) = (0.0, 0.0);
    for rank in ranks {
        let rank = rank as f64;
        mean += rank / 2.0;
        variance += rank * rank / 4.0;
    }
    normal_cdf((smaller as f64 - mean) / variance.sqrt())
}

/// How many of the smallest (and of the largest) Walsh averages of `n` differences lie outside the interval that leaves
/// at most `tail` on each side. Nothing when even the outermost leaves more.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of pairs are far below 2^52, and the rank is cut at zero"
)]
fn critical(n: usize, tail: f64) -> Option<usize> {
    if n <= EXACT_UP_TO {
        let chances = sums(1..=n as u64, n * (n + 1) / 2);
        let mut sum = 0.0;
        let refused = chances.iter().take_while(|chance| {
            sum += **chance;
            sum <= tail
        });
        return refused.count().checked_sub(1);
    }
    let n = n as f64;
    let (mean, std) = (n * (n + 1.0) / 4.0, (n * (n + 1.0) * (2.0 * n + 1.0) / 24.0).sqrt());
    Some((mean + normal_quantile(tail) * std).floor().max(0.0) as usize)
}

/// The means of all pairs of some values, each with itself included, without writing them all down.
struct WalshAverages {
    sorted: Vec<f64>,
}

impl WalshAverages {
    fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        (!sorted.is_empty() && sorted.iter().all(|value| value.is_finite())).then_some(Self { sorted })
    }

    fn count(&self) -> usize {
        self.sorted.len() * (self.sorted.len() + 1) / 2
    }

    /// How many are at most `limit`, in one sweep from both ends.
    fn up_to(&self, limit: f64) -> usize {
        let mut end = self.sorted.len();
        let mut count = 0;
        for (start, low) in self.sorted.iter().enumerate() {
            while end > start && self.sorted.get(end - 1).is_some_and(|high| f64::midpoint(*low, *high) > limit) {
                end -= 1;
            }
            if end <= start {
                break;
            }
            count += end - start;
        }
        count
    }

    /// The average of this place in order, from 0.
    fn nth(&self, place: usize) -> f64 {
        let ends = (self.sorted.first().copied(), self.sorted.last().copied());
        let (Some(mut low), Some(mut high)) = ends else { return f64::NAN };
        if self.up_to(low) > place {
            return low;
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if middle <= low || middle >= high {
                break;
            }
            if self.up_to(middle) > place {
                high = middle;
            } else {
                low = middle;
            }
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::{close, numbers, scipy};

    /// Hamilton's depression scores before and after, Table 3.1 of Hollander and Wolfe (1973).
    const DEPRESSION: [(f64, f64); 9] = [
        (1.83, 0.878),
        (0.50, 0.647),
        (1.62, 0.598),
        (2.48, 2.05),
        (1.68, 1.06),
        (1.88, 1.29),
        (1.55, 1.06),
        (3.06, 314.0 / 100.0),
        (1.30, 1.29),
    ];

    #[test]
    fn the_worked_example_of_hollander_and_wolfe() {
        let fell = DEPRESSION.map(|(before, after)| before - after);
        close(p_value(&fell), 0.039_062_5, 1e-12);
        close(hodges_lehmann(&fell).unwrap(), 0.46, 1e-9);
        let interval = interval(&fell, 0.96).unwrap();
        close(interval.low, 0.010, 1e-9);
        close(interval.high, 0.786, 1e-9);
    }

    #[test]
    fn p_values_are_scipys() {
        for case in scipy()["wilcoxon"].as_array().unwrap() {
            let differences = numbers(&case["differences"]);
            close(p_value(&differences), case["p"].as_f64().unwrap(), 1e-9);
        }
    }

    #[test]
    fn the_estimate_and_its_interval_are_those_of_all_averages_written_down() {
        for case in scipy()["walsh"].as_array().unwrap() {
            let differences = numbers(&case["differences"]);
            close(hodges_lehmann(&differences).unwrap(), case["estimate"].as_f64().unwrap(), 1e-12);
            let interval = interval(&differences, 0.95).unwrap();
            close(interval.low, case["low"].as_f64().unwrap(), 1e-12);
            close(interval.high, case["high"].as_f64().unwrap(), 1e-12);
        }
    }

    #[test]
    fn the_interval_and_the_test_agree() {
        let mut rng = fastrand::Rng::with_seed(3);
        for n in [6, 9, 14, 30] {
            for _ in 0..200 {
                let differences: Vec<f64> = (0..n).map(|_| rng.f64() - 0.3).collect();
                let interval = interval(&differences, 0.95).unwrap();
                assert_eq!(p_value(&differences) <= 0.05, interval.low > 0.0 || interval.high < 0.0, "{differences:?}");
            }
        }
    }

    #[test]
    fn five_are_too_few_for_95_per_cent() {
        assert_eq!(interval(&[1.0, 2.0, 3.0, 4.0, 5.0], 0.95), None);
        close(p_value(&[1.0, 2.0, 3.0, 4.0, 5.0]), 0.0625, 1e-12);
        assert_eq!(hodges_lehmann(&[]), None);
        close(p_value(&[0.0, 0.0]), 1.0, 1e-12);
    }
}

//! Two samples that are no pairs: whether one lies higher than the other.
//! It is for results of different days, where nothing but the order of values can be trusted.
//!
//! By hand because `statrs` gives no exact Mann–Whitney p-value where values are tied.

use super::distribution::{normal_cdf, normal_quantile};
use super::interval::ConfidenceInterval;
use super::median;

/// Up to so many values together the distribution of the rank sum is counted out; beyond it the normal one stands in.
pub const EXACT_UP_TO: usize = 60;
/// No number of runs beyond this is looked for.
const MOST: usize = 1_000;

/// How far one sample lies from the other.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SampleShift {
    /// The medians of the first and of the second sample.
    pub medians: (f64, f64),
    /// The first median over the second.
    pub ratio: f64,
    /// The two-sided p-value of the Mann–Whitney test.
    pub p_value: f64,
    /// The smallest p-value that two samples of these sizes can have, however far apart they lie.
    pub least_p: f64,
}

/// Compares `a` with `b`; nothing when one is empty or the median of `b` is zero.
#[must_use]
pub fn shift(a: &[f64], b: &[f64]) -> Option<SampleShift> {
    let median = |values: &[f64]| median(values.iter().copied());
    let medians = (median(a)?, median(b).filter(|median| *median != 0.0)?);
    Some(SampleShift {
        medians,
        ratio: medians.0 / medians.1,
        p_value: mann_whitney(a, b),
        least_p: least_p(a.len(), b.len()),
    })
}

/// By what factor the first sample's values are those of the second: all factors that the one-sided tests of Mann and Whitney
/// don't refuse at `error`, by the order of the ratios of every value with every other (Hollander and Wolfe, "Nonparametric
/// Statistical Methods", 1973, section 4.3). Each end is wrong in at most `error` of all cases, and infinite or 0 where so few
/// values can't bound it. Values that are not positive are left out.
#[must_use]
pub fn ratio_bounds(a: &[f64], b: &[f64], error: f64) -> ConfidenceInterval {
    let positive = |values: &[f64]| values.iter().copied().filter(|value| *value > 0.0).collect::<Vec<f64>>();
    let (a, b) = (positive(a), positive(b));
    let mut ratios: Vec<f64> = a.iter().flat_map(|a| b.iter().map(move |b| a / b)).collect();
    ratios.sort_by(f64::total_cmp);
    let outside = refused(a.len(), b.len(), error);
    let end = |place: Option<usize>| place.and_then(|place| ratios.get(place).copied());
    ConfidenceInterval {
        low: end(outside).unwrap_or(0.0),
        high: end(outside.and_then(|outside| ratios.len().checked_sub(1 + outside))).unwrap_or(f64::INFINITY),
    }
}

/// How many of the smallest ratios (and of the largest) lie outside the bounds; nothing when even the outermost one is too near.
fn refused(a: usize, b: usize, error: f64) -> Option<usize> {
    if a + b <= EXACT_UP_TO {
        let ways = ways(&(1..=a + b).collect::<Vec<_>>(), a);
        let (all, least) = (ways.iter().sum::<f64>(), a * (a + 1) / 2);
        let mut below = 0.0;
        let refused = ways.iter().skip(least).take_while(|ways| {
            below += **ways;
            below <= error * all
        });
        return refused.count().checked_sub(1).filter(|_| a > 0 && b > 0);
    }
    normal_refused(a, b, error)
}

/// The same by the normal approximation, with the correction for continuity.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "samples are small, and the rank is cut at zero"
)]
fn normal_refused(a: usize, b: usize, error: f64) -> Option<usize> {
    let (a, b) = (a as f64, b as f64);
    let rank = a * b / 2.0 + normal_quantile(error) * (a * b * (a + b + 1.0) / 12.0).sqrt() - 0.5;
    (rank >= 0.0 && a > 0.0 && b > 0.0).then(|| rank.floor() as usize)
}

/// How many runs each of two equal samples needs at least until a factor between them has bounds at `error`.
#[must_use]
pub fn ratio_needs(error: f64) -> usize {
    (1..MOST).find(|runs| arrangements(*runs, *runs) * error >= 1.0).unwrap_or(MOST)
}

/// The smallest two-sided p-value that samples of these sizes can have: all of one above all of the other is one
/// arrangement on each side of all there are.
#[must_use]
pub fn least_p(a: usize, b: usize) -> f64 {
    (2.0 / arrangements(a, b)).min(1.0)
}

/// How many runs each of two equal samples needs at least, so that the best of `tests` tests that Holm's correction takes
/// together can be at most `alpha`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a report has few tests")]
pub fn runs_needed(tests: usize, alpha: f64) -> usize {
    (1..MOST).find(|runs| least_p(*runs, *runs) * tests as f64 <= alpha).unwrap_or(MOST)
}

/// In how many ways `a` and `b` values can lie among each other: the binomial coefficient.
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
fn arrangements(a: usize, b: usize) -> f64 {
    (1..=a.min(b)).map(|k| (a.max(b) + k) as f64 / k as f64).product()
}

/// The test of Mann and Whitney (Ann. Math. Stat. 18, 1947), two-sided: exact for up to [`EXACT_UP_TO`] values, with
/// mid-ranks where values are the same.
pub(super) fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    // Minus nothing is nothing: both zeros are the same value.
    let of = |values: &[f64], first: bool| values.iter().map(|value| (value + 0.0, first)).collect::<Vec<_>>();
    let mut all = [of(a, true), of(b, false)].concat();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let mut ranks = Vec::with_capacity(all.len());
    let mut sum = 0;
    for same in all.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        // Twice the mid-rank, so that it is whole.
        let rank = 2 * ranks.len() + same.len() + 1;
        sum += rank * same.iter().filter(|(_, first)| *first).count();
        ranks.extend(same.iter().map(|_| rank));
    }
    if all.len() <= EXACT_UP_TO { exact(&ranks, a.len(), sum) } else { normal(&ranks, a.len(), sum) }
}

/// Twice the smaller share of all ways to choose `size` of `ranks` whose sum is at most, or at least, `sum`.
fn exact(ranks: &[usize], size: usize, sum: usize) -> f64 {
    let ways = ways(ranks, size);
    let all: f64 = ways.iter().sum();
    let below: f64 = ways.iter().take(sum + 1).sum();
    let above: f64 = ways.iter().skip(sum).sum();
    (2.0 * below.min(above) / all).min(1.0)
}

/// In how many ways `size` of `ranks` come to each sum.
fn ways(ranks: &[usize], size: usize) -> Vec<f64> {
    let most: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0; most + 1]; size + 1];
    if let Some(none) = ways.first_mut().and_then(|row| row.first_mut()) {
        *none = 1.0;
    }
    for rank in ranks {
        // From the largest choice down, so that no rank is taken twice.
        for taken in (1..=size).rev() {
            let (fewer, with) = ways.split_at_mut(taken);
            let (Some(fewer), Some(with)) = (fewer.last(), with.first_mut()) else { continue };
            with.iter_mut().skip(*rank).zip(fewer).for_each(|(with, without)| *with += without);
        }
    }
    ways.pop().unwrap_or_default()
}

/// The normal approximation with corrections for ties and for continuity; `ranks` and `sum` are doubled.
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
fn normal(ranks: &[usize], size: usize, sum: usize) -> f64 {
    let (ours, all) = (size as f64, ranks.len() as f64);
    let theirs = all - ours;
    let ties: f64 = ranks.chunk_by(|a, b| a == b).map(|same| (same.len() as f64).powi(3) - same.len() as f64).sum();
    let variance = ours * theirs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((sum as f64 / 2.0 - ours * (all + 1.0) / 2.0).abs() - 0.5).max(0.0);
    (2.0 * normal_cdf(-distance / variance.sqrt())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::{close, numbers, scipy};

    #[test]
    fn p_values_are_scipys() {
        let cases = scipy()["mann_whitney"].as_array().unwrap().clone();
        assert!(cases.len() > 8);
        for case in cases {
            let told = shift(&numbers(&case["a"]), &numbers(&case["b"])).unwrap();
            close(told.p_value, case["p"].as_f64().unwrap(), 1e-10);
        }
    }

    #[test]
    fn both_ways_round_say_the_same() {
        let (a, b) = ([3.0, 4.0, 4.0, 9.0, 11.0], [1.0, 2.0, 4.0, 5.0]);
        close(mann_whitney(&a, &b), mann_whitney(&b, &a), 1e-12);
        let mirrored = |values: &[f64]| values.iter().map(|value| -value).collect::<Vec<f64>>();
        close(mann_whitney(&a, &b), mann_whitney(&mirrored(&a), &mirrored(&b)), 1e-12);
    }

    #[test]
    fn what_lies_wholly_apart_has_the_smallest_p_of_its_size() {
        for (a, b) in [(1, 1), (2, 3), (5, 5), (4, 9), (20, 20)] {
            let low: Vec<f64> = (1..=a).map(f64::from).collect();
            let high: Vec<f64> = (1..=b).map(|value| 100.0 + f64::from(value)).collect();
            let told = shift(&low, &high).unwrap();
            close(told.p_value, told.least_p, 1e-12);
        }
        close(least_p(5, 5), 2.0 / 252.0, 1e-15);
        close(least_p(1, 1), 1.0, 0.0);
    }

    #[test]
    fn so_many_runs_are_needed_and_one_less_would_not_do() {
        assert_eq!((runs_needed(1, 0.05), runs_needed(6, 0.05), runs_needed(9, 0.05)), (4, 5, 6));
        for tests in 1..40_u32 {
            let runs = runs_needed(usize::try_from(tests).unwrap(), 0.05);
            assert!(least_p(runs, runs) * f64::from(tests) <= 0.05);
            assert!(least_p(runs - 1, runs - 1) * f64::from(tests) > 0.05);
        }
    }

    #[test]
    fn bounds_of_a_factor_and_the_test_agree() {
        let mut rng = fastrand::Rng::with_seed(5);
        for (a, b) in [(5, 5), (4, 9), (12, 7)] {
            for _ in 0..60 {
                let draw = |rng: &mut fastrand::Rng, n: usize| (0..n).map(|_| 0.5 + rng.f64()).collect::<Vec<f64>>();
                let (a, b) = (draw(&mut rng, a), draw(&mut rng, b));
                let bounds = ratio_bounds(&a, &b, 0.05);
                // Twice the one-sided error is what the two-sided test refuses at.
                let refused = mann_whitney(&a, &b) <= 0.1;
                assert_eq!(refused, !bounds.holds(1.0), "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn many_values_have_bounds_near_those_that_are_counted_out() {
        for (a, b, error) in [(30, 30, 0.05), (30, 25, 0.001), (20, 40, 0.0125)] {
            let (exact, normal) = (refused(a, b, error).unwrap(), normal_refused(a, b, error).unwrap());
            assert!(normal <= exact && exact - normal <= 4, "{a} and {b} values at {error}: {exact} and {normal}");
        }
        let (low, high): (Vec<f64>, Vec<f64>) =
            ((1..=50).map(f64::from).collect(), (101..=150).map(f64::from).collect());
        assert!(ratio_bounds(&high, &low, 0.01).low > 1.5 && ratio_bounds(&low, &high, 0.01).high < 0.7);
    }

    #[test]
    fn a_factor_has_bounds_from_so_many_runs_on() {
        assert_eq!((ratio_needs(0.05), ratio_needs(0.025), ratio_needs(0.001)), (3, 4, 7));
        for error in [0.05, 0.025, 0.001] {
            let bounded = |runs: usize| ratio_bounds(&vec![2.0; runs], &vec![1.0; runs], error).low > 0.0;
            let needed = ratio_needs(error);
            assert!(bounded(needed) && !bounded(needed - 1), "{error}");
        }
        assert_eq!(ratio_bounds(&[], &[1.0; 70], 0.05), ConfidenceInterval { low: 0.0, high: f64::INFINITY });
        assert_eq!(ratio_bounds(&[0.0; 9], &[1.0; 9], 0.05), ConfidenceInterval { low: 0.0, high: f64::INFINITY });
    }

    #[test]
    fn too_little_says_little() {
        assert_eq!(shift(&[], &[1.0]), None);
        assert_eq!(shift(&[1.0], &[]), None);
        close(shift(&[2.0; 5], &[2.0; 5]).unwrap().p_value, 1.0, 0.0);
        close(shift(&[2.0; 50], &[2.0; 50]).unwrap().p_value, 1.0, 0.0);
    }
}

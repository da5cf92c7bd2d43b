//! What can be learnt from the differences alone by drawing from them again: a bootstrap interval and a permutation
//! p-value. Both draw from a seed, so the same runs give the same digits.
//!
//! By hand because `statrs` does not resample, and the digits must stay those of the seed in every build.

use super::distribution::{normal_cdf, normal_quantile};
use super::interval::ConfidenceInterval;
use super::{mean, quantile};

/// How often is drawn.
pub const RESAMPLES: u32 = 10_000;
/// Up to this many differences all 2ⁿ signs are tried; beyond it [`RESAMPLES`] are drawn.
pub const ALL_SIGNS_UP_TO: usize = 14;
/// Sums this much apart, in parts of the sum of sizes, are the same but for rounding.
const ROUNDING: f64 = 1e-12;

/// The bias-corrected and accelerated bootstrap interval of the mean (Efron, "Better Bootstrap Confidence Intervals",
/// J. Am. Stat. Assoc. 82, 1987), from [`RESAMPLES`] draws. Nothing under two differences.
#[must_use]
pub fn bca(differences: &[f64], level: f64, seed: u64) -> Option<ConfidenceInterval> {
    let centre = mean(differences).filter(|_| differences.len() > 1)?;
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut means: Vec<f64> = (0..RESAMPLES).filter_map(|_| drawn_mean(differences, &mut rng)).collect();
    means.sort_by(f64::total_cmp);
    let (first, last) = (*means.first()?, *means.last()?);
    // As SciPy does, the middle of those that are equal to the estimate.
    let below = f64::midpoint(
        share(means.partition_point(|m| *m < centre), means.len()),
        share(means.partition_point(|m| *m <= centre), means.len()),
    );
    if !(0.0 < below && below < 1.0) {
        return Some(ConfidenceInterval { low: first, high: last });
    }
    let (bias, acceleration) = (normal_quantile(below), acceleration(differences, centre));
    let end = |tail: f64| {
        let z = bias + normal_quantile(tail);
        quantile(&means, normal_cdf(bias + z / (1.0 - acceleration * z)))
    };
    Some(ConfidenceInterval { low: end((1.0 - level) / 2.0)?, high: end(f64::midpoint(1.0, level))? })
}

#[expect(clippy::cast_precision_loss, reason = "lengths of in-memory slices are far below 2^52")]
fn share(count: usize, of: usize) -> f64 {
    count as f64 / of as f64
}

fn drawn_mean(values: &[f64], rng: &mut fastrand::Rng) -> Option<f64> {
    let drawn: f64 = (0..values.len()).filter_map(|_| values.get(rng.usize(..values.len()))).sum();
    mean(values).map(|_| drawn / share(values.len(), 1))
}

/// The acceleration by the jackknife. Leaving one out moves a mean by its distance from the mean, so the skewness of the
/// distances is all of it.
fn acceleration(values: &[f64], centre: f64) -> f64 {
    let (cubes, squares) = values.iter().fold((0.0, 0.0), |(cubes, squares), value| {
        let distance = value - centre;
        (cubes + distance.powi(3), squares + distance.powi(2))
    });
    if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 }
}

/// The two-sided p-value of the sign-flip permutation test of the mean (Fisher, "The Design of Experiments", 1935,
/// section 21): the share of all signs that move the mean as far from zero as it is. With more than
/// [`ALL_SIGNS_UP_TO`] differences signs are drawn, and the observed ones counted in
/// (Phipson and Smyth, Stat. Appl. Genet. Mol. Biol. 9(1), 2010).
#[must_use]
pub fn sign_flip_p(differences: &[f64], seed: u64) -> f64 {
    let observed = differences.iter().sum::<f64>().abs();
    let sizes: f64 = differences.iter().map(|difference| difference.abs()).sum();
    let far = |sum: f64| sum.abs() >= observed - ROUNDING * sizes;
    let flipped = |signs: u64| -> f64 {
        differences.iter().enumerate().map(|(bit, d)| if signs >> (bit % 64) & 1 == 1 { -d } else { *d }).sum()
    };
    if differences.len() <= ALL_SIGNS_UP_TO {
        let all = 1_u32 << differences.len();
        let hits: u32 = (0..all).map(|signs| u32::from(far(flipped(signs.into())))).sum();
        return f64::from(hits) / f64::from(all);
    }
    let mut rng = fastrand::Rng::with_seed(seed);
    let drawn = (0..RESAMPLES).map(|_| {
        let sum = differences.chunks(64).map(|part| {
            let signs = rng.u64(..);
            part.iter().enumerate().map(|(bit, d)| if signs >> bit & 1 == 1 { -d } else { *d }).sum::<f64>()
        });
        u32::from(far(sum.sum()))
    });
    f64::from(drawn.sum::<u32>() + 1) / f64::from(RESAMPLES + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::{close, numbers, scipy};

    #[test]
    fn fishers_worked_example() {
        // Darwin's maize: crossed minus self-fertilised, in eighths of an inch. 1,726 of 32,768 signs go as far.
        let maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48].map(f64::from);
        let drawn = sign_flip_p(&maize, 1);
        close(drawn, 1726.0 / 32_768.0, 0.01);
        let first: Vec<f64> = maize[..14].to_vec();
        close(sign_flip_p(&first, 1), scipy()["maize_14_p"].as_f64().unwrap(), 1e-12);
    }

    #[test]
    fn the_bootstrap_is_scipys_but_for_the_draw() {
        for case in scipy()["bca"].as_array().unwrap() {
            let differences = numbers(&case["differences"]);
            let interval = bca(&differences, 0.95, 7).unwrap();
            let [low, high] = ["low", "high"].map(|end| case[end].as_f64().unwrap());
            let tolerance = (high - low) * 0.03;
            close(interval.low, low, tolerance);
            close(interval.high, high, tolerance);
        }
    }

    #[test]
    fn a_seed_gives_the_same_digits() {
        let differences: Vec<f64> = (0..20).map(|k| f64::from(k * k % 7).sqrt() - 1.0 + f64::from(k).sin()).collect();
        assert_eq!(bca(&differences, 0.95, 5), bca(&differences, 0.95, 5));
        assert_ne!(bca(&differences, 0.95, 5), bca(&differences, 0.95, 6));
        close(sign_flip_p(&differences, 5), sign_flip_p(&differences, 5), 0.0);
    }

    #[test]
    fn equal_differences_leave_nothing_to_draw() {
        assert_eq!(bca(&[0.5; 6], 0.95, 1), Some(ConfidenceInterval { low: 0.5, high: 0.5 }));
        assert_eq!(bca(&[0.5], 0.95, 1), None);
        close(sign_flip_p(&[0.5; 6], 1), 2.0 / 64.0, 1e-12);
    }
}

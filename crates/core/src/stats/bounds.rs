//! How low and how high a figure of one contestant may lie: a quantile by the order of its values, a share by its count.
//! Both hold whatever the distribution is; an end that so few values can't bound is infinite, or the end of what a share can be.

use statrs::distribution::{Beta, Binomial, ContinuousCDF as _, DiscreteCDF as _};

use super::interval::ConfidenceInterval;

/// No number of runs beyond this is looked for.
const MOST_RUNS: usize = 100_000;

/// Where the `share` quantile (0 to 1, both excluded) lies of what `sorted` values were drawn from: each end is wrong in at most
/// `error` of all cases (Conover, "Practical Nonparametric Statistics", 1971, section 3.2). An end that so few values can't
/// bound is infinite.
#[must_use]
pub fn quantile_bounds(sorted: &[f64], share: f64, error: f64) -> ConfidenceInterval {
    let open = ConfidenceInterval { low: f64::NEG_INFINITY, high: f64::INFINITY };
    let Ok(below) = Binomial::new(share, sorted.len() as u64) else { return open };
    // So many values lie below the quantile in at most `error` of all cases.
    let few = (0..sorted.len()).take_while(|values| below.cdf(*values as u64) <= error).count();
    let many = (0..sorted.len()).find(|values| below.cdf(*values as u64) >= 1.0 - error);
    let low = few.checked_sub(1).and_then(|place| sorted.get(place));
    let high = many.and_then(|place| sorted.get(place));
    ConfidenceInterval { low: low.copied().unwrap_or(open.low), high: high.copied().unwrap_or(open.high) }
}

/// How many values it takes at least until the quantile has an upper bound, where `from_above`, or else a lower one.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cut to a small range of positive numbers before"
)]
pub fn quantile_needs(share: f64, error: f64, from_above: bool) -> usize {
    let outside = if from_above { share } else { 1.0 - share };
    let needed = (error.ln() / outside.ln()).ceil();
    needed.clamp(1.0, MOST_RUNS as f64) as usize
}

/// Where the true share lies of which `hits` of `all` were seen: each end is wrong in at most `error` of all cases (Clopper and
/// Pearson, Biometrika 26, 1934). From 0 to 1 where nothing was seen.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 runs")]
pub fn share_bounds(hits: usize, all: usize, error: f64) -> ConfidenceInterval {
    real_share_bounds(hits as f64, all.max(hits) as f64, error)
}

fn real_share_bounds(hits: f64, all: f64, error: f64) -> ConfidenceInterval {
    let quantile = |a: f64, b: f64, share: f64| Beta::new(a, b).ok().and_then(|beta| beta.try_inverse_cdf(share).ok());
    ConfidenceInterval {
        low: quantile(hits, all - hits + 1.0, error).unwrap_or(0.0),
        high: quantile(hits + 1.0, all - hits, 1.0 - error).unwrap_or(1.0),
    }
}

/// The same of a share that was seen in parts, each with its hits and with how many there were: what belongs to one part is alike,
/// so where parts differ by more than chance there are as good as fewer values (the design effect of Kish, "Survey Sampling",
/// 1965; as Korn and Graubard have it in the interval, Survey Methodology 24, 1998).
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 runs")]
pub fn clustered_share_bounds(parts: &[(usize, usize)], error: f64) -> ConfidenceInterval {
    let parts: Vec<(f64, f64)> =
        parts.iter().filter(|(_, all)| *all > 0).map(|(hits, all)| (*hits as f64, *all as f64)).collect();
    let (hits, all) = parts.iter().fold((0.0, 0.0), |(hits, all), part| (hits + part.0, all + part.1));
    let (share, count) = (hits / all, parts.len() as f64);
    let by_chance = share * (1.0 - share) / all;
    if parts.len() < 2 || by_chance <= 0.0 {
        return real_share_bounds(hits, all, error);
    }
    let apart: f64 = parts.iter().map(|(hits, all)| (hits - share * all).powi(2)).sum();
    let effect = (count / (count - 1.0) * apart / all.powi(2) / by_chance).max(1.0);
    real_share_bounds(hits / effect, all / effect, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::close;

    /// The places from 1 at which the bounds of a quantile lie among so many values; 0 and one more than there are where it has none.
    fn places(n: u32, share: f64, error: f64) -> (f64, f64) {
        let values: Vec<f64> = (1..=n).map(f64::from).collect();
        let ConfidenceInterval { low, high } = quantile_bounds(&values, share, error);
        (low.max(0.0), high.min(f64::from(n + 1)))
    }

    #[test]
    fn the_places_are_those_of_the_tables() {
        // Worked out with SciPy's binomial distribution; 59 values for a 95th percentile are Wilks's (1941).
        for (n, share, error, low, high) in [
            (10, 0.5, 0.025, 2.0, 9.0),
            (20, 0.5, 0.025, 6.0, 15.0),
            (30, 0.9, 0.05, 24.0, 30.0),
            (58, 0.95, 0.05, 52.0, 59.0),
            (59, 0.95, 0.05, 53.0, 59.0),
            (100, 0.95, 0.025, 90.0, 100.0),
            (5, 0.5, 0.05, 1.0, 5.0),
            (4, 0.5, 0.05, 0.0, 5.0),
        ] {
            assert_eq!(places(n, share, error), (low, high), "{n} values, {share}, {error}");
        }
        assert_eq!(places(0, 0.5, 0.05), (0.0, 1.0));
        assert!(quantile_bounds(&(1..=58).map(f64::from).collect::<Vec<_>>(), 0.95, 0.05).high.is_infinite());
    }

    #[test]
    fn so_many_values_have_a_bound_and_one_less_has_none() {
        assert_eq!((quantile_needs(0.95, 0.05, true), quantile_needs(0.5, 0.05, false)), (59, 5));
        for (share, error) in [(0.5, 0.05), (0.5, 0.001), (0.9, 0.02), (0.99, 0.05)] {
            for above in [true, false] {
                let needed = quantile_needs(share, error, above);
                let bounded = |n: usize| {
                    let bounds = quantile_bounds(&vec![1.0; n], share, error);
                    if above { bounds.high.is_finite() } else { bounds.low.is_finite() }
                };
                assert!(bounded(needed) && (needed == 1 || !bounded(needed - 1)), "{share} {error} {above}: {needed}");
            }
        }
    }

    #[test]
    fn shares_have_the_bounds_of_clopper_and_pearson() {
        for (hits, all, error, low, high) in [
            (0, 20, 0.05, 0.0, 0.139_108_340_668_265),
            (2, 10, 0.025, 0.025_210_726_326_833_4, 0.556_095_462_307_642),
            (7, 7, 0.05, 0.651_836_344_868_839, 1.0),
            (3, 200, 0.0025, 0.001_322_174_613_838_2, 0.058_130_486_023_310_3),
            (1, 5, 0.05, 0.010_206_218_313_011_5, 0.657_408_318_011_039),
        ] {
            let bounds = share_bounds(hits, all, error);
            close(bounds.low, low, 1e-9);
            close(bounds.high, high, 1e-9);
        }
        assert_eq!(share_bounds(0, 0, 0.05), ConfidenceInterval { low: 0.0, high: 1.0 });
    }

    #[test]
    fn a_share_in_parts_is_as_sure_as_its_parts_agree() {
        // Parts that differ by chance or less are as good as one; one that holds all hits makes it far less sure.
        let even = clustered_share_bounds(&[(2, 20); 10], 0.025);
        assert_eq!(even, share_bounds(20, 200, 0.025));
        let mut uneven = [(0, 20); 10];
        uneven[0] = (20, 20);
        let wide = clustered_share_bounds(&uneven, 0.025);
        assert!(wide.low < 0.01 && wide.high > 0.4, "{wide:?}");
        assert_eq!(clustered_share_bounds(&[(5, 5), (0, 0)], 0.05), share_bounds(5, 5, 0.05));
        assert_eq!(clustered_share_bounds(&[], 0.05), ConfidenceInterval { low: 0.0, high: 1.0 });
        // Ten parts, in each of which all requests share one fate: 1 in 10 parts fails on average.
        let (mut rng, mut wrong) = (fastrand::Rng::with_seed(3), 0);
        for _ in 0..2_000 {
            let parts: Vec<(usize, usize)> =
                (0..20).map(|_| if rng.f64() < 0.3 { (10, 10) } else { (0, 10) }).collect();
            let bounds = clustered_share_bounds(&parts, 0.05);
            wrong += i32::from(!(bounds.low..=bounds.high).contains(&0.3));
        }
        // Both ends together 10 %, and three standard errors.
        assert!(wrong < 241, "{wrong} of 2000");
    }

    #[test]
    fn a_bound_is_wrong_no_more_often_than_it_says() {
        let mut rng = fastrand::Rng::with_seed(11);
        for (n, share, truth) in [(7, 0.5, 2.0_f64.ln()), (25, 0.5, 2.0_f64.ln()), (60, 0.95, 20.0_f64.ln())] {
            let (mut low_wrong, mut high_wrong) = (0, 0);
            for _ in 0..4_000 {
                // Waits of a memoryless server: as skew as latencies are.
                let mut values: Vec<f64> = (0..n).map(|_| -(1.0 - rng.f64()).ln()).collect();
                values.sort_by(f64::total_cmp);
                let bounds = quantile_bounds(&values, share, 0.05);
                low_wrong += i32::from(bounds.low > truth);
                high_wrong += i32::from(bounds.high < truth);
            }
            // 5 % of 4,000, and three standard errors.
            assert!(low_wrong <= 242 && high_wrong <= 242, "{n} values: {low_wrong} and {high_wrong} of 4000");
        }
    }
}

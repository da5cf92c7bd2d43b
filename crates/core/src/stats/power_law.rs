//! How one figure goes with another that spans orders of magnitude: as a power, which is a straight line in logarithms.

use crate::stats::distribution::t_quantile;
use crate::stats::interval::ConfidenceInterval;

/// How speed goes with size: speed is proportional to size to the power of the exponent.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ScalingFit {
    /// The exponent; −1 halves the speed at twice the size.
    pub exponent: f64,
    /// Its 95 % interval; nothing with fewer than three sizes.
    pub interval: Option<ConfidenceInterval>,
    /// Sizes that it rests on.
    pub sizes: usize,
}

/// The slope of a straight line through `points` by least squares, with its 95 % interval from three on. The logarithms
/// are taken by whoever calls; nothing where all lie at one place.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<ScalingFit> {
    let n = count(points.len());
    let mean = |get: fn(&(f64, f64)) -> f64| points.iter().map(get).sum::<f64>() / n;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    if points.len() < 2 || spread <= f64::EPSILON {
        return None;
    }
    let exponent = points.iter().map(|point| (point.0 - x) * (point.1 - y)).sum::<f64>() / spread;
    let freedom = u32::try_from(points.len() - 2).ok().filter(|freedom| *freedom > 0);
    let interval = freedom.map(|freedom| {
        let rest: f64 = points.iter().map(|point| (point.1 - y - exponent * (point.0 - x)).powi(2)).sum();
        let error = (rest / f64::from(freedom) / spread).sqrt() * t_quantile(0.975, freedom);
        ConfidenceInterval { low: exponent - error, high: exponent + error }
    });
    Some(ScalingFit { exponent, interval, sizes: points.len() })
}

/// The mean of `exponents`, one for each day, with Student's t interval over the days from three on.
#[must_use]
pub fn over_days(exponents: &[f64]) -> Option<(f64, Option<ConfidenceInterval>)> {
    let n = count(exponents.len());
    let mean = exponents.iter().sum::<f64>() / n;
    let freedom = u32::try_from(exponents.len().checked_sub(1)?).ok()?;
    let interval = (freedom >= 2).then(|| {
        let variance = exponents.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / f64::from(freedom);
        let error = (variance / n).sqrt() * t_quantile(0.975, freedom);
        ConfidenceInterval { low: mean - error, high: mean + error }
    });
    Some((mean, interval))
}

#[expect(clippy::cast_precision_loss, reason = "a few points")]
fn count(points: usize) -> f64 {
    points as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_planted_exponent_is_found() {
        let line = |exponent: f64| [1e6_f64, 5e6, 2e7, 9e7].map(|size| (size.ln(), (3.0 * size.powf(exponent)).ln()));
        for exponent in [-1.0, -0.7, 0.2] {
            let fit = slope(&line(exponent)).unwrap();
            let interval = fit.interval.unwrap();
            assert!((fit.exponent - exponent).abs() < 1e-9 && interval.high - interval.low < 1e-6, "{fit:?}");
        }
        assert_eq!(slope(&line(-1.0)[..2]).unwrap().interval, None, "two sizes have no interval");
        assert_eq!(slope(&[(1.0, 1.0), (1.0, 2.0)]), None, "one size has no slope");
    }

    #[test]
    fn the_interval_is_that_of_the_textbook() {
        // By hand: residuals .06 -.13 .18 -.21 .10, standard error .059722, t of 3 degrees 3.182446.
        let fit = slope(&[(1.0, 2.1), (2.0, 3.9), (3.0, 6.2), (4.0, 7.8), (5.0, 10.1)]).unwrap();
        let interval = fit.interval.unwrap();
        assert!((fit.exponent - 1.99).abs() < 1e-9, "{fit:?}");
        assert!((interval.low - 1.799_94).abs() < 1e-4 && (interval.high - 2.180_06).abs() < 1e-4, "{interval:?}");
    }

    #[test]
    fn days_have_an_interval_from_three_on() {
        assert_eq!(over_days(&[-1.0, -0.8]).unwrap(), (-0.9, None));
        // By hand: mean -0.9, deviation 0.1, standard error 0.057735, t of 2 degrees 4.302653.
        let (mean, interval) = over_days(&[-1.0, -0.9, -0.8]).unwrap();
        let interval = interval.unwrap();
        assert!((mean + 0.9).abs() < 1e-9);
        assert!((interval.low + 1.148_41).abs() < 1e-4 && (interval.high + 0.651_59).abs() < 1e-4, "{interval:?}");
        assert_eq!(over_days(&[]), None);
    }
}

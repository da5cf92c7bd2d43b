//! The normal distribution and Student's t: what intervals and powers are read from.
//! Both are summed as series to the last digits of an `f64`, and turned round by bisection.

use std::f64::consts::PI;

/// Beyond this many standard deviations the normal distribution is 0 or 1 to every digit that is shown.
const FAR: f64 = 8.0;
/// Terms after which the series has long converged within [`FAR`].
const TERMS: u32 = 400;
/// Halvings of an interval at the most; it is done when no `f64` lies between its ends.
const HALVINGS: u32 = 200;

/// P(Z ≤ `z`) of the standard normal distribution, by the series Φ(z) = ½ + φ(z)·(z + z³/3 + z⁵/(3·5) + …)
/// (Marsaglia, "Evaluating the Normal Distribution", Journal of Statistical Software 11(4), 2004).
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    if z.abs() > FAR {
        return if z > 0.0 { 1.0 } else { 0.0 };
    }
    let (mut sum, mut term) = (z, z);
    for k in 1..TERMS {
        term *= z * z / f64::from(2 * k + 1);
        sum += term;
        if term.abs() < f64::EPSILON * sum.abs() {
            break;
        }
    }
    0.5 + sum * (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

/// The `share` quantile (0 to 1, both excluded) of the standard normal distribution.
#[must_use]
pub fn normal_quantile(share: f64) -> f64 {
    inverse(normal_cdf, share, FAR)
}

/// P(T ≤ `t`) of Student's t with `df` degrees of freedom (1 or more), by the finite series for whole degrees
/// (Abramowitz and Stegun, 1964, 26.7.3 and 26.7.4).
#[must_use]
pub fn t_cdf(t: f64, df: u32) -> f64 {
    let theta = (t / f64::from(df).sqrt()).atan();
    let (sin, cos) = theta.sin_cos();
    // The probability of lying between −t and t, with t's sign.
    let central = if df % 2 == 1 {
        let sum: f64 = series(cos, df.saturating_sub(1) / 2, |k| f64::from(2 * k) / f64::from(2 * k + 1)).sum();
        2.0 / PI * (theta + sin * cos * sum)
    } else {
        sin * series(cos, df / 2, |k| f64::from(2 * k - 1) / f64::from(2 * k)).sum::<f64>()
    };
    f64::midpoint(1.0, central)
}

/// `terms` terms 1, c₁cos², c₁c₂cos⁴ …
fn series(cos: f64, terms: u32, factor: impl Fn(u32) -> f64) -> impl Iterator<Item = f64> {
    (0..terms).scan(1.0, move |term, k| {
        if k > 0 {
            *term *= factor(k) * cos * cos;
        }
        Some(*term)
    })
}

/// The `share` quantile (0 to 1, both excluded) of Student's t with `df` degrees of freedom.
#[must_use]
pub fn t_quantile(share: f64, df: u32) -> f64 {
    // With one degree, the heaviest tail, the 10⁻⁶ quantile is −3·10⁵.
    inverse(|t| t_cdf(t, df), share, 1e6)
}

/// Where the rising function `cdf` reaches `share` between −`far` and `far`.
fn inverse(cdf: impl Fn(f64) -> f64, share: f64, far: f64) -> f64 {
    let (mut low, mut high) = (-far, far);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        if cdf(middle) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::{close, scipy};

    #[test]
    fn both_distributions_are_scipys() {
        let fixture = scipy();
        for row in fixture["normal"].as_array().unwrap() {
            let [z, cdf] = [0, 1].map(|column| row[column].as_f64().unwrap());
            close(normal_cdf(z), cdf, 1e-14);
        }
        for row in fixture["t"].as_array().unwrap() {
            let [t, cdf] = [0, 2].map(|column| row[column].as_f64().unwrap());
            let df = u32::try_from(row[1].as_u64().unwrap()).unwrap();
            close(t_cdf(t, df), cdf, 1e-13);
        }
        for row in fixture["quantiles"].as_array().unwrap() {
            let [share, normal, t4, t9] = [0, 1, 2, 3].map(|column| row[column].as_f64().unwrap());
            close(normal_quantile(share), normal, 1e-12);
            close(t_quantile(share, 4), t4, 1e-11);
            close(t_quantile(share, 9), t9, 1e-11);
        }
    }

    #[test]
    fn far_out_there_is_nothing_left() {
        assert_eq!((normal_cdf(40.0), normal_cdf(-40.0)), (1.0, 0.0));
        close(t_cdf(1e9, 1), 1.0, 1e-9);
    }
}

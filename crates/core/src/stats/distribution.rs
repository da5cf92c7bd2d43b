//! The normal distribution and Student's t: what intervals and powers are read from.
//! Student's t and both quantiles are `statrs`'s, which agrees with `SciPy` to 10⁻¹²; its normal distribution is off by up to
//! 10⁻¹¹, so that one is read from the error function of `libm`, which is exact to the last digits.

use std::f64::consts::SQRT_2;

use statrs::distribution::{ContinuousCDF as _, Normal, StudentsT};

/// P(Z ≤ `z`) of the standard normal distribution.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    libm::erfc(-z / SQRT_2) / 2.0
}

/// The `share` quantile (0 to 1, both excluded) of the standard normal distribution.
#[must_use]
pub fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

/// P(T ≤ `t`) of Student's t with `df` degrees of freedom, 1 or more.
#[must_use]
pub fn t_cdf(t: f64, df: u32) -> f64 {
    students(df).map_or(f64::NAN, |students| students.cdf(t))
}

/// The `share` quantile (0 to 1, both excluded) of Student's t with `df` degrees of freedom.
#[must_use]
pub fn t_quantile(share: f64, df: u32) -> f64 {
    students(df).map_or(f64::NAN, |students| students.inverse_cdf(share))
}

/// Student's t with its centre at 0; nothing for 0 degrees of freedom.
fn students(df: u32) -> Option<StudentsT> {
    StudentsT::new(0.0, 1.0, f64::from(df)).ok()
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
            close(t_quantile(share, 4), t4, 1e-12);
            close(t_quantile(share, 9), t9, 1e-12);
        }
    }

    #[test]
    fn far_out_there_is_nothing_left() {
        assert_eq!((normal_cdf(40.0), normal_cdf(-40.0)), (1.0, 0.0));
        close(t_cdf(1e9, 1), 1.0, 1e-9);
    }
}

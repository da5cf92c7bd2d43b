//! Two samples that are no pairs: whether one lies higher than the other.
//! It is for results of different days, where nothing but the order of values can be trusted.

use super::distribution::normal_cdf;
use super::quantile;

/// Fewest values on each side for a p-value: with fewer no order of them could be significant.
const FEWEST: usize = 4;

/// How far one sample lies from the other.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shift {
    /// The two medians.
    pub medians: (f64, f64),
    /// The first median over the second.
    pub ratio: f64,
    /// The two-sided p-value of the Mann–Whitney test; nothing on few values.
    pub p_value: Option<f64>,
}

/// Compares `a` with `b`; nothing when one is empty or the median of `b` is zero.
#[must_use]
pub fn shift(a: &[f64], b: &[f64]) -> Option<Shift> {
    let median = |values: &[f64]| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        quantile(&sorted, 0.5)
    };
    let medians = (median(a)?, median(b).filter(|median| *median != 0.0)?);
    let enough = a.len().min(b.len()) >= FEWEST;
    Some(Shift { medians, ratio: medians.0 / medians.1, p_value: enough.then(|| mann_whitney(a, b)) })
}

/// The normal approximation with corrections for ties and for continuity (Mann and Whitney, Ann. Math. Stat. 18, 1947).
#[expect(clippy::cast_precision_loss, reason = "samples are small")]
fn mann_whitney(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> = a.iter().map(|value| (*value, true)).chain(b.iter().map(|v| (*v, false))).collect();
    all.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut before, mut rank_sum, mut ties) = (0.0, 0.0, 0.0);
    for same in all.chunk_by(|x, y| x.0.total_cmp(&y.0).is_eq()) {
        let size = same.len() as f64;
        let firsts = same.iter().filter(|(_, first)| *first).count() as f64;
        rank_sum += firsts * (before + f64::midpoint(size, 1.0));
        ties += size.powi(3) - size;
        before += size;
    }
    let (ours, theirs, all) = (a.len() as f64, b.len() as f64, before);
    let statistic = rank_sum - ours * (ours + 1.0) / 2.0;
    let variance = ours * theirs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    if variance <= 0.0 {
        return 1.0;
    }
    let distance = ((statistic - ours * theirs / 2.0).abs() - 0.5).max(0.0);
    (2.0 * normal_cdf(-distance / variance.sqrt())).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::{close, numbers, scipy};

    #[test]
    fn p_values_are_scipys() {
        for case in scipy()["mann_whitney"].as_array().unwrap() {
            let told = shift(&numbers(&case["a"]), &numbers(&case["b"])).unwrap();
            close(told.p_value.unwrap(), case["p"].as_f64().unwrap(), 1e-12);
        }
    }

    #[test]
    fn too_little_says_little() {
        assert_eq!(shift(&[], &[1.0]), None);
        assert_eq!(shift(&[1.0; 3], &[2.0; 9]).unwrap().p_value, None);
        close(shift(&[2.0; 5], &[2.0; 5]).unwrap().p_value.unwrap(), 1.0, 0.0);
    }
}

//! Pure statistics: percentiles, gaps and stalls, and which of two contestants is ahead.
//! Everything here is a function of its arguments, and says nothing rather than something made up on too little data.

pub mod bounds;
pub mod change_point;
pub mod compare;
pub mod days;
pub mod describe;
pub mod distribution;
pub mod histogram;
pub mod interval;
pub mod meta;
pub mod network;
pub mod power_law;
pub mod rank;
pub mod repetition;
pub mod resample;
pub mod samples;
pub mod simulate;
pub mod text;
pub mod timing;

/// Fewest samples for which a 95th percentile means anything.
pub const MIN_SAMPLES_P95: usize = 20;
/// Fewest samples for which a 99th percentile means anything.
pub const MIN_SAMPLES_P99: usize = 100;

/// The `share` quantile (0 to 1) of `sorted` values, linearly interpolated between the two nearest ranks
/// (type 7 of Hyndman and Fan, 1996, the default of R and `NumPy`). Nothing on no data.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "ranks of in-memory slices are far below 2^52, and never negative"
)]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = share.clamp(0.0, 1.0) * last as f64;
    let below = *sorted.get(rank.floor() as usize)?;
    let above = *sorted.get(rank.ceil() as usize)?;
    Some(below + (above - below) * rank.fract())
}

/// The median of `values`, in whatever order; nothing on no data.
#[must_use]
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// The percentile `percent` (0 to 100) of `sorted` values, or nothing when there are too few of them for it:
/// [`MIN_SAMPLES_P95`] from the 95th, [`MIN_SAMPLES_P99`] from the 99th.
#[must_use]
pub fn percentile(sorted: &[f64], percent: f64) -> Option<f64> {
    let fewest = if percent >= 99.0 {
        MIN_SAMPLES_P99
    } else if percent >= 95.0 {
        MIN_SAMPLES_P95
    } else {
        1
    };
    (sorted.len() >= fewest).then(|| quantile(sorted, percent / 100.0)).flatten()
}

/// The arithmetic mean; nothing on no data.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "lengths of in-memory slices are far below 2^52")]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The sample standard deviation (divisor n − 1); nothing under two values.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "lengths of in-memory slices are far below 2^52")]
pub fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let spread: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (spread / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::Value;

    /// What `SciPy` makes of the data of `scripts/scipy_fixtures.py`.
    pub(crate) fn scipy() -> Value {
        serde_json::from_str(include_str!("../../../tests/data/scipy.json")).unwrap()
    }

    pub(crate) fn numbers(list: &Value) -> Vec<f64> {
        list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    /// Within `tolerance`, counted in the expected value's own size where that is over one.
    #[track_caller]
    pub(crate) fn close(figure: f64, expected: f64, tolerance: f64) {
        let off = (figure - expected).abs();
        assert!(off <= tolerance * expected.abs().max(1.0), "{figure} is not {expected}");
    }

    #[test]
    fn quantiles_interpolate() {
        // The worked example of numpy.quantile([1, 2, 3, 4], [0.25, 0.5, 1.0]).
        let data = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(quantile(&data, 0.25), Some(1.75));
        assert_eq!(quantile(&data, 0.5), Some(2.5));
        assert_eq!(quantile(&data, 1.0), Some(4.0));
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!((median([3.0, 1.0, 2.0, 9.0]), median([])), (Some(2.5), None));
    }

    #[test]
    fn high_percentiles_want_enough_samples() {
        let data: Vec<f64> = (0..99).map(f64::from).collect();
        assert_eq!(percentile(&data[..19], 95.0), None);
        assert!(percentile(&data[..20], 95.0).is_some());
        assert_eq!(percentile(&data, 99.0), None);
        assert_eq!(percentile(&data[..1], 50.0), Some(0.0));
    }

    #[test]
    fn deviation_is_the_sample_one() {
        assert_eq!(deviation(&[2.0, 4.0]), Some(2.0_f64.sqrt()));
        assert_eq!(deviation(&[2.0]), None);
        assert_eq!(mean(&[]), None);
    }
}

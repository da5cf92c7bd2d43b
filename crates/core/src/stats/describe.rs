//! One metric of one contestant over its runs: where it lies, how far it spreads, and which runs stand out.
//! Runs that stand out are kept and marked: a slow run is what users get, too.

use super::{deviation, mean, percentile, quantile};

/// Fewest values for which a 90th percentile means anything.
pub const MIN_SAMPLES_P90: usize = 10;
/// A coefficient of variation over this is worth a note.
pub const UNEVEN: f64 = 0.05;
/// The modified z-score over which a value stands out (Iglewicz and Hoaglin, "How to Detect and Handle Outliers", 1993).
pub const OUTLIER_SCORE: f64 = 3.5;
/// Makes a median absolute deviation comparable with a standard deviation of normal values: Φ⁻¹(¾).
const MAD_SCALE: f64 = 0.6745;
/// The same for the mean absolute deviation, which stands in where over half of the values are equal: √(2/π).
const MEAN_AD_SCALE: f64 = 0.7979;

/// The distribution of some values, in their own unit.
#[derive(Clone, PartialEq, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SampleDescription {
    /// How many values there are, at least one.
    pub n: usize,
    /// Arithmetic mean of the values.
    pub mean: f64,
    /// Sample standard deviation (divisor n − 1); absent under two values.
    pub std: Option<f64>,
    /// Smallest of the values.
    pub min: f64,
    /// Largest of the values.
    pub max: f64,
    /// Median of the values.
    pub median: f64,
    /// 90th percentile; absent under 10 values.
    pub p90: Option<f64>,
    /// 95th percentile; absent under 20 values.
    pub p95: Option<f64>,
    /// 99th percentile; absent under 100 values.
    pub p99: Option<f64>,
    /// Median absolute deviation from the median, unscaled.
    pub mad: f64,
    /// Coefficient of variation: standard deviation ÷ mean; absent without a deviation or with a mean of zero.
    pub cv: Option<f64>,
    /// The places of the values whose modified z-score is over [`OUTLIER_SCORE`], in order.
    #[cfg_attr(feature = "serde", serde(skip))]
    pub outliers: Vec<usize>,
}

impl SampleDescription {
    /// Describes `values`, in any order. Nothing on no data or when a value is not finite.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        if !values.iter().all(|value| value.is_finite()) {
            return None;
        }
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (mean, std, median) = (mean(values)?, deviation(values), quantile(&sorted, 0.5)?);
        Some(Self {
            n: values.len(),
            mean,
            std,
            min: *sorted.first()?,
            max: *sorted.last()?,
            median,
            p90: percentile(&sorted, 90.0).filter(|_| values.len() >= MIN_SAMPLES_P90),
            p95: percentile(&sorted, 95.0),
            p99: percentile(&sorted, 99.0),
            mad: absolute_deviation(values, median)?,
            cv: std.filter(|_| mean != 0.0).map(|std| (std / mean).abs()),
            outliers: outliers(values, median),
        })
    }

    /// Whether the values vary so much that it is worth a note.
    #[must_use]
    pub fn is_uneven(&self) -> bool {
        self.cv.is_some_and(|cv| cv > UNEVEN)
    }
}

/// The median of the distances from `median`.
fn absolute_deviation(values: &[f64], median: f64) -> Option<f64> {
    let mut distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    distances.sort_by(f64::total_cmp);
    quantile(&distances, 0.5)
}

/// The places of the values with |0.6745·(x − median) ÷ MAD| over [`OUTLIER_SCORE`]. Where the MAD is zero, because over
/// half of the values are equal, the mean absolute deviation takes its place, as the same authors advise.
fn outliers(values: &[f64], median: f64) -> Vec<usize> {
    let distances: Vec<f64> = values.iter().map(|value| (value - median).abs()).collect();
    let mad = absolute_deviation(values, median).unwrap_or(0.0);
    let scale = if mad > 0.0 { mad / MAD_SCALE } else { mean(&distances).unwrap_or(0.0) / MEAN_AD_SCALE };
    let out = |distance: f64| scale > 0.0 && distance / scale > OUTLIER_SCORE;
    distances.into_iter().enumerate().filter(|(_, distance)| out(*distance)).map(|(place, _)| place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::tests::{close, numbers, scipy};

    #[test]
    fn every_figure_is_numpys() {
        for case in scipy()["describe"].as_array().unwrap() {
            let told = SampleDescription::of(&numbers(&case["values"])).unwrap();
            let figures = [
                ("mean", told.mean),
                ("std", told.std.unwrap()),
                ("median", told.median),
                ("mad", told.mad),
                ("cv", told.cv.unwrap()),
                ("p90", told.p90.unwrap()),
                ("p95", told.p95.unwrap()),
            ];
            for (name, figure) in figures {
                close(figure, case[name].as_f64().unwrap(), 1e-12);
            }
            assert_eq!(serde_json::json!(told.outliers), case["outliers"]);
        }
    }

    #[test]
    fn little_data_gives_little() {
        assert_eq!(SampleDescription::of(&[]), None);
        assert_eq!(SampleDescription::of(&[1.0, f64::NAN]), None);
        let one = SampleDescription::of(&[7.0]).unwrap();
        assert_eq!((one.n, one.std, one.cv, one.p90, one.outliers), (1, None, None, None, vec![]));
        let nine: Vec<f64> = (0..9).map(f64::from).collect();
        assert_eq!(SampleDescription::of(&nine).unwrap().p90, None);
    }

    #[test]
    fn one_that_stands_out_among_equals_is_marked() {
        let mut values = vec![100.0; 9];
        values.push(140.0);
        assert_eq!(SampleDescription::of(&values).unwrap().outliers, [9]);
        assert_eq!(SampleDescription::of(&[100.0; 9]).unwrap().outliers, [0_usize; 0]);
    }

    #[test]
    fn five_per_cent_is_the_line() {
        assert!(!SampleDescription::of(&[100.0, 101.0, 102.0]).unwrap().is_uneven());
        assert!(SampleDescription::of(&[100.0, 120.0, 90.0]).unwrap().is_uneven());
    }
}

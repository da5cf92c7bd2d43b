//! An axis: where it begins and ends, and what is written along it.

/// How values lie along an axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AxisScale {
    /// Evenly, from zero on.
    Straight,
    /// By their logarithm, over whole steps of 1, 2 and 5.
    Logarithmic,
}

/// An axis: its ends and what is written along it.
#[derive(Clone, PartialEq, Debug)]
pub struct ChartAxis {
    /// Where it begins, in the figures' own unit.
    pub low: f64,
    /// Where it ends, in the same.
    pub high: f64,
    /// The values that are written along it.
    pub ticks: Vec<f64>,
    scale: AxisScale,
}

impl ChartAxis {
    /// An axis that holds `low` to `high`.
    #[must_use]
    pub fn over(low: f64, high: f64, scale: AxisScale) -> Self {
        if scale == AxisScale::Logarithmic {
            let all: Vec<f64> =
                (-6..=12).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power))).collect();
            let below = all.iter().rev().find(|step| **step <= low).copied().unwrap_or(low);
            let above = all.iter().find(|step| **step >= high).copied().unwrap_or(high);
            let above = if above > below { above } else { below * 2.0 };
            let ticks = all.into_iter().filter(|step| (below..=above).contains(step)).collect();
            return Self { low: below, high: above, scale, ticks };
        }
        let high = if high > 0.0 && high.is_finite() { high } else { 1.0 };
        let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * 10_f64.powf((high / 5.0).log10().floor()));
        let step = step.into_iter().find(|step| high / step <= 6.0).unwrap_or(high);
        let count = (high / step).ceil().max(1.0);
        let ticks =
            (0..=12).map(|number| f64::from(number) * step).take_while(|tick| *tick <= count * step * 1.001).collect();
        Self { low: 0.0, high: count * step, scale, ticks }
    }

    /// How far along the axis `value` lies, from 0 to 1.
    #[must_use]
    pub fn share(&self, value: f64) -> f64 {
        let at = |value: f64| if self.scale == AxisScale::Logarithmic { value.ln() } else { value };
        let share = (at(value) - at(self.low)) / (at(self.high) - at(self.low));
        if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_hold_all_values() {
        use AxisScale::{Logarithmic, Straight};
        for (low, high, scale) in [
            (30.0, 380.0, Logarithmic),
            (1.0, 1.9, Straight),
            (5.0, 5.0, Logarithmic),
            (0.003, 9e6, Logarithmic),
            (0.0, 0.0, Straight),
        ] {
            let axis = ChartAxis::over(low, high, scale);
            assert!(axis.low <= low && axis.high >= high && axis.high > axis.low, "{low} {high}");
            assert!(axis.ticks.len() >= 2 && axis.share(axis.low) < 1e-9 && axis.share(axis.high) > 1.0 - 1e-9);
        }
        assert!(ChartAxis::over(1.0, 2.0, Straight).share(f64::NAN).abs() < 1e-9);
    }
}

//! Several comparisons taken together: a common factor, and how a factor changes with something else.
//! Everything is worked out on logarithms of ratios with their variances; nothing here knows what was compared.

use super::compare::{Comparison, ComparisonCall, ConfidenceInterval};
use super::distribution::{normal_quantile, t_quantile};

/// The standard error that no comparison goes under: a tenth of a per cent, or a perfect one would outweigh all others.
pub(super) const LEAST_ERROR: f64 = 1e-3;

/// A factor as its logarithm, with the variance of that.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LogEffect {
    /// ln of the factor.
    pub log: f64,
    /// Variance of `log`: its standard error, squared.
    pub variance: f64,
}

impl LogEffect {
    /// The effect that `comparison` found; nothing without an interval. The variance is that of a normal estimate with
    /// the same 95 % interval.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Option<Self> {
        let ConfidenceInterval { low, high } = comparison.interval?;
        let error = ((high.ln() - low.ln()) / (2.0 * normal_quantile(0.975))).max(LEAST_ERROR);
        Some(Self { log: comparison.ratio.ln(), variance: error * error })
    }

    /// The same seen from the other side.
    #[must_use]
    pub fn turned(self) -> Self {
        Self { log: -self.log, ..self }
    }

    fn weight(self, between: f64) -> f64 {
        1.0 / (self.variance + between)
    }
}

/// A factor with its 95 % interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct FactorEstimate {
    /// The factor itself, a ratio.
    pub ratio: f64,
    /// The 95 % interval of the factor.
    pub interval: ConfidenceInterval,
    /// How many comparisons it rests on.
    pub comparisons: usize,
}

impl FactorEstimate {
    /// What a single comparison found, with its own interval; nothing without one.
    #[must_use]
    pub fn of(comparison: &Comparison) -> Option<Self> {
        comparison.interval.map(|interval| Self { ratio: comparison.ratio, interval, comparisons: 1 })
    }

    /// The estimate of a logarithm with this standard error, which rests on so many degrees of freedom; nothing for an
    /// error that is known.
    #[must_use]
    pub fn of_log(log: f64, error: f64, comparisons: usize, df: Option<u32>) -> Self {
        let half = df.map_or_else(|| normal_quantile(0.975), |df| t_quantile(0.975, df)) * error;
        let interval = ConfidenceInterval { low: (log - half).exp(), high: (log + half).exp() };
        Self { ratio: log.exp(), interval, comparisons }
    }
}

/// The factor that `effects` have in common, by the random-effects estimate of `DerSimonian` and Laird ("Meta-Analysis in
/// Clinical Trials", Controlled Clinical Trials 7, 1986): what differs between them widens the interval. The interval is that
/// of Hartung and Knapp (Statistics in Medicine 20, 2001) with Student's t, for few effects tell little of how much they
/// differ; it is never narrower than the effects' own errors allow (Röver, Knapp and Friede, BMC Medical Research
/// Methodology 15, 2015). Nothing on none.
#[must_use]
pub fn pool(effects: &[LogEffect]) -> Option<FactorEstimate> {
    let df = u32::try_from(effects.len().checked_sub(1)?).ok()?;
    let degrees = f64::from(df);
    let sum = |between: f64, of: &dyn Fn(&LogEffect) -> f64| -> f64 {
        effects.iter().map(|effect| effect.weight(between) * of(effect)).sum()
    };
    let weights = sum(0.0, &|_| 1.0);
    let fixed = sum(0.0, &|effect| effect.log) / weights;
    let q = sum(0.0, &|effect| (effect.log - fixed).powi(2));
    let squares: f64 = effects.iter().map(|effect| effect.weight(0.0).powi(2)).sum();
    let scale = weights - squares / weights;
    let between = if scale > 0.0 { ((q - degrees) / scale).max(0.0) } else { 0.0 };
    let weights = sum(between, &|_| 1.0);
    let log = sum(between, &|effect| effect.log) / weights;
    let scatter = birge(sum(between, &|effect| (effect.log - log).powi(2)), effects.len() - 1);
    Some(FactorEstimate::of_log(log, (scatter / weights).sqrt(), effects.len(), (df > 0).then_some(df)))
}

/// What several comparisons of the same sides say together. When each of them shows the same side ahead, so do all: the
/// interval then goes from the lowest of their ends to the highest. Else it is that of [`pool`]. Nothing on none with an
/// interval.
#[must_use]
pub fn together(comparisons: &[Comparison]) -> Option<FactorEstimate> {
    let judged: Vec<&Comparison> = comparisons.iter().filter(|one| one.interval.is_some()).collect();
    if let [only] = judged.as_slice() {
        return FactorEstimate::of(only);
    }
    let effects: Vec<LogEffect> = judged.iter().filter_map(|one| LogEffect::of(one)).collect();
    let pooled = pool(&effects)?;
    let unanimous = |call: ComparisonCall| judged.iter().all(|one| one.call == call);
    if !(unanimous(ComparisonCall::Larger) || unanimous(ComparisonCall::Smaller)) {
        return Some(pooled);
    }
    let ends = judged.iter().filter_map(|one| one.interval);
    let interval = ends.reduce(ConfidenceInterval::hull)?;
    Some(FactorEstimate { interval, ..pooled })
}

/// An effect that was seen at some `x`, among others of the same `block` that share whatever else there is.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct EffectPoint {
    /// The quantity that the effect may grow with.
    pub x: f64,
    /// The effect that was seen there.
    pub effect: LogEffect,
    /// Number of the block that it belongs to.
    pub block: usize,
}

/// By what factor the effect changes when `x` grows by 1: weighted least squares within the blocks, each with a level of
/// its own (Draper and Smith, "Applied Regression Analysis", 1998, chapter 9). Residuals larger than their variances
/// widen the interval (Birge, Physical Review 40, 1932), which is Student's; two points always lie on a line, and only
/// their own errors are left. Nothing when no block has two different `x`.
#[must_use]
pub fn trend(points: &[EffectPoint]) -> Option<FactorEstimate> {
    let centred = centred(points);
    let squares: f64 = centred.iter().flatten().map(|(x, _, weight)| weight * x * x).sum();
    if squares <= f64::EPSILON {
        return None;
    }
    let slope = centred.iter().flatten().map(|(x, y, weight)| weight * x * y).sum::<f64>() / squares;
    let residuals: f64 = centred.iter().flatten().map(|(x, y, weight)| weight * (y - slope * x).powi(2)).sum();
    let mut blocks: Vec<usize> =
        points.iter().zip(&centred).filter(|(_, centred)| centred.is_some()).map(|(point, _)| point.block).collect();
    blocks.sort_unstable();
    blocks.dedup();
    let used = centred.iter().flatten().count();
    let degrees = used.saturating_sub(blocks.len() + 1);
    let inflation = birge(residuals, degrees);
    let df = u32::try_from(degrees).ok().filter(|df| *df > 0);
    Some(FactorEstimate::of_log(slope, (inflation / squares).sqrt(), used, df))
}

/// By how much each of `points` moves the logarithm of the [`trend`] when its own grows by 1; zero for a point that says
/// nothing of it. Nothing where there is no trend.
#[must_use]
pub fn trend_weights(points: &[EffectPoint]) -> Option<Vec<f64>> {
    let centred = centred(points);
    let squares: f64 = centred.iter().flatten().map(|(x, _, weight)| weight * x * x).sum();
    let weight = |of: Option<(f64, f64, f64)>| of.map_or(0.0, |(x, _, weight)| weight * x / squares);
    (squares > f64::EPSILON).then(|| centred.into_iter().map(weight).collect())
}

/// Each point as its difference from its block's weighted means, with its weight; nothing for one whose block has only one
/// `x`, for that says nothing.
fn centred(points: &[EffectPoint]) -> Vec<Option<(f64, f64, f64)>> {
    let centre = |point: &EffectPoint| {
        let of: Vec<&EffectPoint> = points.iter().filter(|other| other.block == point.block).collect();
        of.iter().find(|other| (other.x - point.x).abs() > f64::EPSILON)?;
        let sum = |value: &dyn Fn(&EffectPoint) -> f64| -> f64 {
            of.iter().map(|point| point.effect.weight(0.0) * value(point)).sum()
        };
        let weights = sum(&|_| 1.0);
        let (x, y) = (sum(&|point| point.x) / weights, sum(&|point| point.effect.log) / weights);
        Some((point.x - x, point.effect.log - y, point.effect.weight(0.0)))
    };
    points.iter().map(centre).collect()
}

/// By how much variances are too small for residuals of this weighted sum of squares: never under 1.
#[must_use]
pub(super) fn birge(residuals: f64, degrees: usize) -> f64 {
    match u32::try_from(degrees) {
        Ok(degrees @ 1..) => (residuals / f64::from(degrees)).max(1.0),
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(log: f64, error: f64) -> LogEffect {
        LogEffect { log, variance: error * error }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn one_effect_is_its_own_pool() {
        let pooled = pool(&[effect(0.7, 0.1)]).unwrap();
        assert!(close(pooled.ratio.ln(), 0.7) && close(pooled.interval.low.ln(), 0.7 - 0.1 * 1.959_964));
        assert_eq!(pool(&[]), None);
    }

    #[test]
    fn the_published_example_comes_out() {
        // Borenstein, Hedges, Higgins and Rothstein, "Introduction to Meta-Analysis", 2009, table 14.1 (six studies of
        // a standardised difference): random effects M* = 0.3582, SE = 0.1055, from less rounded studies than it prints.
        let studies = [(0.095, 0.033), (0.277, 0.031), (0.367, 0.050), (0.664, 0.011), (0.462, 0.043), (0.185, 0.023)];
        let pooled = pool(&studies.map(|(log, variance)| LogEffect { log, variance })).unwrap();
        // Student's quantile of five degrees of freedom stands in for the normal one, and Hartung and Knapp's
        // factor is next to one here.
        let error = (pooled.interval.high.ln() - pooled.interval.low.ln()) / (2.0 * 2.570_582);
        assert!((pooled.ratio.ln() - 0.3582).abs() < 1e-3, "{}", pooled.ratio.ln());
        assert!((error - 0.1055).abs() < 2e-3, "{error}");
    }

    #[test]
    fn effects_that_differ_widen_the_interval() {
        let alike = pool(&[effect(0.5, 0.1); 6]).unwrap();
        let apart = pool(&[0.0, 1.0, 0.2, 0.8, -0.5, 1.5].map(|log| effect(log, 0.1))).unwrap();
        assert!(close(alike.ratio, apart.ratio));
        assert!(!alike.interval.holds(1.0) && apart.interval.holds(1.0));
    }

    #[test]
    fn what_all_comparisons_show_is_so_and_what_they_dispute_is_open() {
        let lead = |ratio: f64| {
            let pairs: Vec<(f64, f64)> = (0..8).map(|n| (ratio * (1.0 + f64::from(n % 3) / 100.0), 1.0)).collect();
            Comparison::judge(&pairs).unwrap()
        };
        let (small, large, other) = (lead(1.3), lead(3.0), lead(0.8));
        let both = together(&[small, large]).unwrap();
        let ends = (small.interval.unwrap().low, large.interval.unwrap().high);
        assert_eq!((both.interval.low, both.interval.high), ends);
        assert!(together(&[small, large, other]).unwrap().interval.holds(1.0));
        assert_eq!(together(&[small]), FactorEstimate::of(&small));
        assert_eq!(together(&[]), None);
    }

    #[test]
    fn few_effects_that_differ_by_chance_claim_nothing() {
        // No lead in truth, each model off by a normal error of 0.15, and each comparison exact to 1 %.
        let mut rng = fastrand::Rng::with_seed(5);
        let mut normal = || normal_quantile(rng.f64().clamp(1e-9, 1.0 - 1e-9));
        for count in [2, 3, 6] {
            let mut false_claims = || {
                let effects: Vec<LogEffect> = (0..count).map(|_| effect(0.15 * normal(), 0.01)).collect();
                usize::from(!pool(&effects).unwrap().interval.holds(1.0))
            };
            let found: usize = (0..2_000).map(|_| false_claims()).sum();
            assert!(found <= 130, "{found} of 2,000 with {count}");
        }
    }

    #[test]
    fn a_trend_is_found_within_blocks_and_not_between_them() {
        let point = |x, log, block| EffectPoint { x, effect: effect(log, 0.05), block };
        // Both blocks grow by 0.3 from one x to the next; the second one lies far under the first.
        let grows =
            [point(0.0, 1.0, 0), point(1.0, 1.3, 0), point(1.0, 0.1, 1), point(2.0, 0.4, 1), point(4.0, 9.9, 2)];
        let found = trend(&grows).unwrap();
        assert_eq!(found.comparisons, 4, "a block of one x adds nothing");
        let weights = trend_weights(&grows).unwrap();
        let summed: f64 = weights.iter().zip(&grows).map(|(weight, point)| weight * point.effect.log).sum();
        assert!(close(summed, 0.3) && close(weights[4], 0.0), "{weights:?}");
        assert!(close(found.ratio.ln(), 0.3), "{found:?}");
        // One degree of freedom, and an error of 0.05: two blocks of two points each.
        assert!(close(found.interval.high.ln() - 0.3, 12.706_2 * 0.05), "{found:?}");
        let three = [point(0.0, 1.0, 0), point(1.0, 1.3, 0), point(2.0, 1.6, 0), point(3.0, 1.9, 0)];
        assert!(trend(&three).unwrap().interval.low > 1.0);
        // Two points: an error of 0.05 · √2 over a distance of one.
        let two = trend(&three[..2]).unwrap().interval;
        assert!(close(two.high.ln() - 0.3, 1.959_964 * 0.05 * 2.0_f64.sqrt()), "{two:?}");
        assert_eq!(trend(&[point(0.0, 1.0, 0), point(1.0, 2.0, 1)]), None, "a block each tells nothing");
        assert_eq!(trend(&[]), None);
    }
}

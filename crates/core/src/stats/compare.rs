//! Which of two contestants is ahead on one metric, by what factor, and whether that is real.
//! Everything is worked out on the logarithms of paired ratios, so that A against B says the same as B against A.

pub use crate::stats::interval::ConfidenceInterval;
use std::fmt;

use super::distribution::{normal_quantile, t_cdf, t_quantile};
use super::{deviation, mean, rank, resample};

/// Fewest pairs for a claim; under it there is a factor but no interval.
pub const MIN_PAIRS: usize = 5;
/// The level that an interval is named by.
pub const LEVEL: f64 = 0.95;
/// The level that it is computed at: the half per cent is for drift, which pairs share only in part. Measured coverage is
/// in `docs/statistics.md`.
pub const COMPUTED_LEVEL: f64 = 0.955;
/// From so many pairs on signed ranks decide. Below, their steps are too coarse (five pairs reach 93.75 % or nothing)
/// and Student's t decides.
pub const RANKS_FROM: usize = 8;
/// Up to so many pairs a bootstrap interval and a permutation p-value are drawn beside; beyond that all methods agree.
pub const RESAMPLED_UP_TO: usize = 1_000;
/// The chance of a claim, if the observed difference is the true one, for which more runs are recommended.
pub const POWER: f64 = 0.8;
/// More runs than this are not recommended but called out of reach.
pub const MOST_RUNS: u32 = 10_000;
/// An interval whose upper end is more than so many times its lower one says nothing.
const WIDEST: f64 = 100.0;
/// What stands for such an interval.
const NO_INTERVAL: &str = "no useful interval: too few or too varied runs";
/// Fewest pairs whose sign flips can have a p-value under 0.05: with five it can't be under 0.0625.
const PERMUTED_FROM: usize = 6;
/// What ranks need in samples, beyond t, for the same power at normal differences: π/3 (Pitman, 1948).
const RANK_COST: f64 = std::f64::consts::PI / 3.0;

/// How a factor and its interval were found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IntervalMethod {
    /// The geometric mean of the ratios with Student's interval of their logarithms.
    T,
    /// The Hodges–Lehmann estimate with the interval of the signed ranks.
    SignedRank,
    /// Several comparisons of the same two, for example of different days, with what differs between them.
    Pooled,
}

impl IntervalMethod {
    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::T => "paired_t_log_ratio",
            Self::SignedRank => "signed_rank_log_ratio",
            Self::Pooled => "pooled_log_ratio",
        }
    }
}

/// What may be said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ComparisonCall {
    /// Fewer than [`MIN_PAIRS`] pairs.
    TooFew,
    /// The interval spans 1.
    TooClose,
    /// The first has the larger values.
    Larger,
    /// The first has the smaller values.
    Smaller,
}

/// Two contestants on one metric.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Comparison {
    /// Pairs of runs that both brought the figure.
    pub pairs: usize,
    /// By what factor the first one's values are those of the second.
    pub ratio: f64,
    /// The 95 % interval of that factor; nothing under [`MIN_PAIRS`].
    pub interval: Option<ConfidenceInterval>,
    /// How both were found.
    pub method: IntervalMethod,
    /// The two-sided p-value of the same method.
    pub p_value: Option<f64>,
    /// The two-sided p-value of the sign-flip permutation test; with n pairs it can't be under 2^(1−n), so that there is none
    /// of five pairs, which could show nothing. Nothing beyond [`RESAMPLED_UP_TO`] either.
    pub permutation_p: Option<f64>,
    /// The `BCa` bootstrap interval, for those who know that one. Under 20 pairs it is too narrow and decides nothing.
    pub bootstrap: Option<ConfidenceInterval>,
    /// What may be said.
    pub call: ComparisonCall,
    /// How many runs of each are needed beyond these, for a claim with [`POWER`] if this difference and this spread are
    /// the true ones; of one pair, which shows no spread, as many as [`MIN_PAIRS`] need. Nothing when there is a claim, when
    /// nothing differs, or beyond [`MOST_RUNS`].
    pub more_runs: Option<u32>,
}

impl Comparison {
    /// Compares the first of each pair with the second. Pairs of which a value is not positive are left out; nothing
    /// when none remains. `seed` draws the resamples.
    #[must_use]
    pub fn of(pairs: &[(f64, f64)], seed: u64) -> Option<Self> {
        let judged = Self::judge(pairs)?;
        if judged.pairs < MIN_PAIRS {
            return Some(judged);
        }
        let logs = logs(pairs);
        if logs.len() > RESAMPLED_UP_TO {
            return Some(judged);
        }
        Some(Self {
            permutation_p: (logs.len() >= PERMUTED_FROM).then(|| resample::sign_flip_p(&logs, seed)),
            bootstrap: resample::bca(&logs, LEVEL, seed).map(ConfidenceInterval::exp),
            ..judged
        })
    }

    /// The same without what is drawn: neither a bootstrap interval nor a permutation p-value.
    #[must_use]
    pub fn judge(pairs: &[(f64, f64)]) -> Option<Self> {
        let logs = logs(pairs);
        let enough = logs.len() >= MIN_PAIRS;
        let method = if logs.len() >= RANKS_FROM { IntervalMethod::SignedRank } else { IntervalMethod::T };
        let centre = match method {
            IntervalMethod::T => mean(&logs)?,
            IntervalMethod::SignedRank | IntervalMethod::Pooled => rank::hodges_lehmann(&logs)?,
        };
        let interval = match method {
            _ if !enough => None,
            IntervalMethod::T => student(&logs, COMPUTED_LEVEL),
            IntervalMethod::SignedRank | IntervalMethod::Pooled => rank::interval(&logs, COMPUTED_LEVEL),
        };
        let call = ComparisonCall::of(interval);
        Some(Self {
            pairs: logs.len(),
            ratio: centre.exp(),
            interval: interval.map(ConfidenceInterval::exp),
            method,
            p_value: enough.then(|| p_value(&logs, method)),
            permutation_p: None,
            bootstrap: None,
            call,
            more_runs: more_runs(&logs, centre, method, call),
        })
    }

    /// What several comparisons of the same two come to, with so many pairs in all.
    #[must_use]
    pub fn pooled(pairs: usize, ratio: f64, interval: ConfidenceInterval) -> Self {
        let logs = ConfidenceInterval { low: interval.low.ln(), high: interval.high.ln() };
        Self {
            pairs,
            ratio,
            interval: Some(interval),
            method: IntervalMethod::Pooled,
            p_value: None,
            permutation_p: None,
            bootstrap: None,
            call: ComparisonCall::of(Some(logs)),
            more_runs: None,
        }
    }

    /// The same seen from the second one's side.
    #[must_use]
    pub fn turned(self) -> Self {
        let turn =
            |interval: ConfidenceInterval| ConfidenceInterval { low: 1.0 / interval.high, high: 1.0 / interval.low };
        Self {
            ratio: 1.0 / self.ratio,
            interval: self.interval.map(turn),
            bootstrap: self.bootstrap.map(turn),
            call: match self.call {
                ComparisonCall::Larger => ComparisonCall::Smaller,
                ComparisonCall::Smaller => ComparisonCall::Larger,
                call => call,
            },
            ..self
        }
    }

    /// Whether more can be said than that it is too close to call.
    #[must_use]
    pub const fn is_claim(&self) -> bool {
        matches!(self.call, ComparisonCall::Larger | ComparisonCall::Smaller)
    }
}

/// The factor with its interval: `2.41× (2.31–2.52)`; without an interval the bare factor.
impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&factor(self.ratio, self.interval))
    }
}

/// A factor with its interval, with as many digits as tell a claim from 1 and small ones from 0: `2.41× (2.31–2.52)`,
/// `1.0020× (1.0016–1.0023)`, `0.0153× (0.0151–0.0155)`. An interval whose ends are so far apart that it says nothing is
/// not given in digits.
#[must_use]
pub fn factor(ratio: f64, interval: Option<ConfidenceInterval>) -> String {
    let Some(ConfidenceInterval { low, high }) = interval else { return format!("{}×", decimal(ratio, 2)) };
    if !(low > 0.0 && high / low <= WIDEST) {
        return format!("{}× ({NO_INTERVAL})", decimal(ratio, 2));
    }
    let claim = low > 1.0 || high < 1.0;
    let near_1 = |digits: usize| [low, high].into_iter().any(|end| reads_as_1(end, digits));
    let digits = match claim {
        true => [2, 4, 6].into_iter().find(|digits| !near_1(*digits)).unwrap_or(8),
        false if is_level(low) && is_level(high) => 4,
        false => 2,
    };
    let shown = |value: f64| decimal(value, digits);
    format!("{}× ({}–{})", shown(ratio), shown(low), shown(high))
}

/// Whether a ratio reads as 1.00: then nobody is ahead.
#[must_use]
pub fn is_level(ratio: f64) -> bool {
    reads_as_1(ratio, 2)
}

fn reads_as_1(value: f64, digits: usize) -> bool {
    decimal(value, digits).parse() == Ok(1.0)
}

/// A ratio in three digits, or in `digits` behind the point where it is near 1.
pub(crate) fn decimal(value: f64, digits: usize) -> String {
    match value {
        value if value < 0.099_5 => format!("{value:.4}"),
        value if value < 9.995 => format!("{value:.digits$}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

impl ComparisonCall {
    /// What an interval of logarithms allows to say.
    fn of(interval: Option<ConfidenceInterval>) -> Self {
        match interval {
            None => Self::TooFew,
            Some(ConfidenceInterval { low, .. }) if low > 0.0 => Self::Larger,
            Some(ConfidenceInterval { high, .. }) if high < 0.0 => Self::Smaller,
            Some(_) => Self::TooClose,
        }
    }
}

/// The logarithms of the ratios, as far as there are any.
fn logs(pairs: &[(f64, f64)]) -> Vec<f64> {
    let good = |value: f64| value.is_finite() && value > 0.0;
    pairs.iter().filter(|(a, b)| good(*a) && good(*b)).map(|(a, b)| a.ln() - b.ln()).collect()
}

/// The p-values of a family of tests, corrected so that one false claim among all of them stays as rare as each is
/// (Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scand. J. Stat. 6, 1979), in the given order.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a race has few pairs")]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut corrected = vec![1.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, (place, p)) in order.into_iter().enumerate() {
        largest = largest.max(p * (p_values.len() - rank) as f64).min(1.0);
        if let Some(slot) = corrected.get_mut(place) {
            *slot = largest;
        }
    }
    corrected
}

/// The mean's standard error with the degrees of freedom.
#[expect(clippy::cast_precision_loss, reason = "lengths of in-memory slices are far below 2^52")]
fn standard_error(values: &[f64]) -> Option<(f64, u32)> {
    let df = u32::try_from(values.len().checked_sub(1)?).ok()?;
    Some((deviation(values)? / (values.len() as f64).sqrt(), df))
}

/// The mean's interval by Student's t ("The Probable Error of a Mean", Biometrika 6, 1908).
fn student(values: &[f64], level: f64) -> Option<ConfidenceInterval> {
    let ((error, df), centre) = (standard_error(values)?, mean(values)?);
    let half = t_quantile(f64::midpoint(1.0, level), df) * error;
    Some(ConfidenceInterval { low: centre - half, high: centre + half })
}

fn p_value(values: &[f64], method: IntervalMethod) -> f64 {
    match (method, standard_error(values), mean(values)) {
        (IntervalMethod::T, Some((error, df)), Some(centre)) if error > 0.0 => 2.0 * t_cdf(-(centre / error).abs(), df),
        (IntervalMethod::T, _, centre) => f64::from(centre == Some(0.0)),
        (IntervalMethod::SignedRank | IntervalMethod::Pooled, ..) => rank::p_value(values),
    }
}

/// n = ((z₁₋α/₂ + z₁₋β)·σ/δ)² + z²₁₋α/₂/2 (Guenther, "Sample Size Formulas for Normal Theory T Tests", Am. Stat. 35,
/// 1981), a little more where ranks decide.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked against the largest number before"
)]
fn more_runs(logs: &[f64], centre: f64, method: IntervalMethod, call: ComparisonCall) -> Option<u32> {
    let have = u32::try_from(logs.len()).ok()?;
    let Some(spread) = deviation(logs) else {
        // One pair shows no spread: the fewest that allow a claim are all that can be said.
        return u32::try_from(MIN_PAIRS).ok()?.checked_sub(have);
    };
    if matches!(call, ComparisonCall::Larger | ComparisonCall::Smaller) || centre == 0.0 {
        return None;
    }
    let z = normal_quantile(f64::midpoint(1.0, COMPUTED_LEVEL));
    let needed = ((z + normal_quantile(POWER)) * spread / centre).powi(2) + z * z / 2.0;
    let needed = if method == IntervalMethod::SignedRank { needed * RANK_COST } else { needed };
    let fewest = f64::from(u32::try_from(MIN_PAIRS).ok()?);
    let needed = needed.ceil().max(fewest);
    // As soon as the present spread would do, one more run is the least that can change anything.
    (needed <= f64::from(MOST_RUNS)).then(|| (needed as u32).saturating_sub(have).max(1))
}

#[cfg(test)]
mod tests;

//! A day is one sample, however many runs it holds: what is the same in all runs of a day says nothing of the next day.
//! Student's t on the days' values, for one series of days or for a weighted sum of several that share their days.

use std::collections::{BTreeMap, BTreeSet};

use super::compare::{COMPUTED_LEVEL, Comparison, ConfidenceInterval};
use super::distribution::t_quantile;
use super::mean;
use super::meta::{FactorEstimate, LEAST_ERROR, together};

/// Fewest days for a statement that reaches beyond the days that were measured.
pub const FEWEST_DAYS: usize = 3;

/// The logarithm of a factor on each day on which it was measured, by the day's name.
pub type DayFactors = BTreeMap<String, f64>;

/// How many different days `series` hold.
#[must_use]
pub fn count<'a>(series: impl IntoIterator<Item = &'a DayFactors>) -> usize {
    series.into_iter().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>().len()
}

/// The sum of the series' means, each times its weight, with Student's interval on days at `level`. Series that share their
/// days may share what the days did to them: the error is that of the worse of two cases, all of a day's deviation
/// common to its series or each one's its own, and the days count only once. Where hardly a series has several days, whole
/// days are compared, and what sets the series apart is in the spread. Nothing on fewer than two days, or when the sum
/// is a difference whose sides have no days in common.
#[must_use]
pub fn over_days(series: &[(&DayFactors, f64)], level: f64) -> Option<FactorEstimate> {
    let several: Vec<&DayFactors> = series.iter().map(|(days, _)| *days).filter(|days| days.len() > 1).collect();
    let free = several.iter().map(|days| days.len() - 1).sum::<usize>();
    let df = free.min(count(several.iter().copied()).saturating_sub(1));
    let all = count(series.iter().map(|(days, _)| *days));
    let same_way = series.iter().all(|(_, weight)| *weight > 0.0);
    if df < all.saturating_sub(1).min(FEWEST_DAYS - 1) {
        return if same_way { whole_days(series, level) } else { None };
    }
    let log = series.iter().filter_map(|(days, weight)| Some(weight * level_of(days)?)).sum::<f64>();
    let squares: f64 = several.iter().map(|days| scatter(days)).sum();
    let variance = squares / real(free);
    let mut common: BTreeMap<&str, f64> = BTreeMap::new();
    let mut own = 0.0;
    for (days, weight) in series {
        let share = weight / real(days.len());
        own += share * share * real(days.len());
        days.keys().for_each(|day| *common.entry(day).or_default() += share);
    }
    let common: f64 = common.values().map(|share| share * share).sum();
    student(log, (variance * common.max(own)).sqrt(), series.len(), df, level)
}

/// The mean over days of what each day's series come to together.
fn whole_days(series: &[(&DayFactors, f64)], level: f64) -> Option<FactorEstimate> {
    let mut days: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for (of, weight) in series {
        for (day, log) in *of {
            let (sum, weights) = days.entry(day).or_default();
            *sum += weight * log;
            *weights += weight;
        }
    }
    let total: f64 = series.iter().map(|(_, weight)| weight).sum();
    let values: DayFactors =
        days.into_iter().map(|(day, (sum, weights))| (day.to_owned(), total * sum / weights)).collect();
    let df = values.len().checked_sub(1)?;
    let error = (scatter(&values) / real(df.max(1)) / real(values.len())).sqrt();
    student(level_of(&values)?, error, series.len(), df, level)
}

fn student(log: f64, error: f64, comparisons: usize, df: usize, level: f64) -> Option<FactorEstimate> {
    let df = u32::try_from(df).ok().filter(|df| *df > 0)?;
    let half = t_quantile(f64::midpoint(1.0, level), df) * error.max(LEAST_ERROR);
    let interval = ConfidenceInterval { low: (log - half).exp(), high: (log + half).exp() };
    Some(FactorEstimate { ratio: log.exp(), interval, comparisons })
}

/// What several comparisons say together whose days are `series`: what differs between the comparisons is in the interval
/// ([`together`]), and what differs between days is, too, whichever is more.
#[must_use]
pub fn together_over_days(comparisons: &[Comparison], series: &[(&DayFactors, f64)]) -> Option<FactorEstimate> {
    let between = together(comparisons)?;
    let days = over_days(series, COMPUTED_LEVEL).map(|days| days.interval);
    let interval = days.map_or(between.interval, |days| between.interval.hull(days));
    Some(FactorEstimate { interval, ..between })
}

fn level_of(days: &DayFactors) -> Option<f64> {
    mean(&days.values().copied().collect::<Vec<_>>())
}

/// The sum of squares around the mean.
fn scatter(days: &DayFactors) -> f64 {
    let level = level_of(days).unwrap_or_default();
    days.values().map(|log| (log - level).powi(2)).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of days and comparisons are small")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: u32, logs: &[f64]) -> DayFactors {
        (from..).zip(logs).map(|(day, log)| (format!("2026-01-{day:02}"), *log)).collect()
    }

    fn half(estimate: &FactorEstimate) -> f64 {
        (estimate.interval.high.ln() - estimate.interval.low.ln()) / 2.0
    }

    #[test]
    fn one_series_is_students_own() {
        // Student's t on 0.1, 0.2 and 0.3: a mean of 0.2, a standard error of 0.1 / √3, and 4.302653 of those at 95 %.
        let told = over_days(&[(&days(1, &[0.1, 0.2, 0.3]), 1.0)], 0.95).unwrap();
        assert!((told.ratio.ln() - 0.2).abs() < 1e-12);
        assert!((half(&told) - 4.302_653 * 0.1 / 3.0_f64.sqrt()).abs() < 1e-6, "{told:?}");
        assert_eq!(over_days(&[(&days(1, &[0.1]), 1.0)], 0.95), None, "one day shows no spread of days");
        let two = over_days(&[(&days(1, &[0.1, 0.3]), 1.0)], 0.95).unwrap();
        assert!((half(&two) - 12.706_205 * 0.1).abs() < 1e-6, "{two:?}");
    }

    #[test]
    fn more_models_on_the_same_days_are_no_more_days() {
        let one = days(1, &[0.1, 0.2, 0.3]);
        let alone = over_days(&[(&one, 1.0)], 0.95).unwrap();
        let thrice = over_days(&[(&one, 1.0 / 3.0); 3], 0.95).unwrap();
        assert!((half(&alone) - half(&thrice)).abs() < 1e-9, "{alone:?} {thrice:?}");
        let other = days(11, &[0.1, 0.2, 0.3]);
        let apart = over_days(&[(&one, 0.5), (&other, 0.5)], 0.95).unwrap();
        assert!(half(&apart) < half(&alone) * 0.6, "six days are more: {apart:?}");
    }

    #[test]
    fn what_sets_models_apart_is_no_spread_of_days() {
        let (low, high) = (days(1, &[0.3, 0.31, 0.29]), days(1, &[1.1, 1.11]));
        let told = over_days(&[(&low, 0.5), (&high, 0.5)], 0.95).unwrap();
        assert!((told.ratio.ln() - 0.7025).abs() < 1e-9 && half(&told) < 0.05, "{told:?}");
        // Each on a day of its own: nobody can tell models from days, and all of it is spread.
        let single: Vec<DayFactors> = (1..=3).zip([0.3, 1.1, 0.7]).map(|(day, log)| days(day, &[log])).collect();
        let single: Vec<(&DayFactors, f64)> = single.iter().map(|days| (days, 1.0 / 3.0)).collect();
        let told = over_days(&single, 0.95).unwrap();
        assert!((told.ratio.ln() - 0.7).abs() < 1e-9);
        assert!((half(&told) - 4.302_653 * 0.4 / 3.0_f64.sqrt()).abs() < 1e-6, "{told:?}");
        let difference: Vec<(&DayFactors, f64)> =
            single.iter().zip([1.0, -1.0, 1.0]).map(|((days, _), sign)| (*days, sign)).collect();
        assert_eq!(over_days(&difference, 0.95), None);
    }

    #[test]
    fn what_a_day_does_to_both_sides_is_no_difference_but_what_it_does_to_one_is() {
        let (small, large) = (days(1, &[0.1, 0.3, 0.2]), days(1, &[0.5, 0.7, 0.6]));
        let told = over_days(&[(&large, 1.0), (&small, -1.0)], 0.95).unwrap();
        assert!((told.ratio.ln() - 0.4).abs() < 1e-9);
        let own = 4.302_653 * (2.0_f64 * 0.01 / 3.0).sqrt();
        assert!((half(&told) - own).abs() < 1e-6, "taken as each one's own: {told:?}");
    }
}

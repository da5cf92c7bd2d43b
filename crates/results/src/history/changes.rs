//! What has changed in a series: for good, by a sample for each day or file, and from one file to the next.

use std::collections::BTreeSet;

use super::point::{HistoryPoint, HistoryShift};
use speed_kings_core::stats::change_point::{ChangePoint, SIDE, can_show, change_points};
use speed_kings_core::stats::compare::holm;
use speed_kings_core::stats::median;
use speed_kings_core::stats::samples::{SampleShift, least_p, shift};

/// In how many of all series without a change any is shown at most.
pub(super) const ALPHA: f64 = 0.05;

/// Seconds of a day, UTC.
const DAY: i64 = 86_400;

/// A change that lasted: from one point on the series lies on another level.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LastingChange {
    /// The place of the first point of the new level.
    pub point: usize,
    /// The median of the samples before, back to the change before it, and of those after, up to the next one.
    pub medians: (f64, f64),
    /// How many samples those are.
    pub samples: (usize, usize),
    /// Whether each day is a sample; else each file is one, and nothing is said of other days.
    pub by_day: bool,
    /// The p-value, corrected for all places and all parts that were looked at.
    pub p_value: f64,
}

impl LastingChange {
    /// The newer level over the older one.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.medians.1 / self.medians.0
    }
}

/// Some points of a series as one sample.
struct SeriesSample {
    /// The place of its first point.
    first: usize,
    /// The median of its points' medians.
    median: f64,
}

/// Marks the points that differ from those before them, and gives the changes that lasted, in order, as far as either is shown.
pub(super) fn mark(points: &mut [HistoryPoint]) -> Vec<LastingChange> {
    let (samples, by_day) = samples(points);
    let least = |pair: &[HistoryPoint]| match pair {
        [before, after] => least_p(after.figures.len(), before.figures.len()),
        _ => 1.0,
    };
    let steps: Vec<f64> = points.windows(2).map(least).collect();
    // Two ways to look that could both show something share what may be wrong; which can, is told by how much there is alone.
    let most = steps_that_count(&steps, ALPHA);
    let both = can_show(samples.len(), ALPHA) && steps.iter().any(|least| *least <= most);
    let alpha = if both { ALPHA / 2.0 } else { ALPHA };
    mark_steps(points, &steps, alpha);
    let values: Vec<f64> = samples.iter().map(|sample| sample.median).collect();
    let found = change_points(&values, alpha);
    let ends = found.iter().map(|change| change.at).skip(1).chain([values.len()]);
    let begins = std::iter::once(0).chain(found.iter().map(|change| change.at));
    let lasting = |((change, from), to): ((&ChangePoint, usize), usize)| {
        let (before, after) = (values.get(from..change.at)?, values.get(change.at..to)?);
        Some(LastingChange {
            point: samples.get(change.at)?.first,
            medians: (median(before.iter().copied())?, median(after.iter().copied())?),
            samples: (before.len(), after.len()),
            by_day,
            p_value: (change.p_value * ALPHA / alpha).min(1.0),
        })
    };
    found.iter().zip(begins).zip(ends).filter_map(lasting).collect()
}

/// A sample for each day, where there are enough of them to show anything; else one for each file. Runs of one day have what that
/// day was like in common, however many there are.
fn samples(points: &[HistoryPoint]) -> (Vec<SeriesSample>, bool) {
    let day = |point: &HistoryPoint| point.begun.map(|at| at.as_second().div_euclid(DAY));
    let days: BTreeSet<Option<i64>> = points.iter().map(day).collect();
    let by_day = days.len() >= 2 * SIDE;
    let placed: Vec<(usize, &HistoryPoint)> = points.iter().enumerate().collect();
    let together = placed.chunk_by(|(_, a), (_, b)| by_day && day(a) == day(b));
    let one = |of: &[(usize, &HistoryPoint)]| {
        let median = median(of.iter().filter_map(|(_, point)| point.median()))?;
        Some(SeriesSample { first: of.first()?.0, median })
    };
    (together.filter_map(one).collect(), by_day)
}

/// Up to which least p-value a step counts, by the least that each of `steps` could have: of those that count, each could be shown
/// at `alpha` beside all the others. Steps that too few runs could never show take nothing from the others.
fn steps_that_count(steps: &[f64], alpha: f64) -> f64 {
    let mut least = steps.to_vec();
    least.sort_by(f64::total_cmp);
    let beside = |p: f64| u32::try_from(least.partition_point(|other| *other <= p)).map_or(f64::INFINITY, f64::from);
    least.iter().copied().rev().find(|p| p * beside(*p) <= alpha).unwrap_or(0.0)
}

/// Marks the points that differ from the one before, by the test of Mann and Whitney with Holm's correction; `steps` are the least
/// p-values that each could have.
fn mark_steps(points: &mut [HistoryPoint], steps: &[f64], alpha: f64) {
    let most = steps_that_count(steps, alpha);
    let tested = points.windows(2).zip(steps).zip(1..).filter(|((_, least), _)| **least <= most);
    let tested = tested.filter_map(|((pair, _), place)| match pair {
        [before, after] => Some((place, shift(&after.figures, &before.figures)?)),
        _ => None,
    });
    let tested: Vec<(usize, SampleShift)> = tested.collect();
    let corrected = holm(&tested.iter().map(|(_, step)| step.p_value).collect::<Vec<f64>>());
    for ((place, step), p_value) in tested.into_iter().zip(corrected) {
        if let Some(point) = points.get_mut(place).filter(|_| p_value <= alpha) {
            let p_value = (p_value * ALPHA / alpha).min(1.0);
            point.change = Some(HistoryShift { ratio: step.ratio, p_value });
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    const QUICK: [f64; 8] = [100.0, 101.0, 102.0, 103.0, 104.0, 105.0, 106.0, 107.0];

    /// A file of these figures, so many seconds after a midnight.
    fn at(second: i64, figures: &[f64]) -> HistoryPoint {
        let begun = Timestamp::from_second(1_790_035_200 + second).ok();
        HistoryPoint { begun, file: second.to_string(), figures: figures.to_vec(), failed: 0, change: None }
    }

    /// Files of so many runs each, `apart` seconds from each other; those from `changed` on take `factor` times as long.
    fn planted(seed: u64, (files, runs): (i64, usize), apart: i64, changed: i64, factor: f64) -> Vec<HistoryPoint> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let file = |place: i64| {
            let level = if place < changed { 500.0 } else { 500.0 * factor };
            let figures: Vec<f64> = (0..runs).map(|_| level * (1.0 + 0.3 * rng.f64())).collect();
            at(place * apart, &figures)
        };
        (0..files).map(file).collect()
    }

    #[test]
    fn what_lasts_over_many_small_files_is_shown_with_its_day_and_levels() {
        for (apart, by_day) in [(86_400, true), (60, false)] {
            let lasting = mark(&mut planted(3, (400, 6), apart, 200, 1.3));
            let [one] = lasting.as_slice() else { panic!("{lasting:?}") };
            assert!(one.point.abs_diff(200) <= 2 && one.p_value < 1e-6 && one.by_day == by_day, "{one:?}");
            assert!((one.ratio() - 1.3).abs() < 0.05 && one.samples.0 + one.samples.1 == 400, "{one:?}");
        }
        // A few nights after it began, too.
        let lasting = mark(&mut planted(3, (40, 6), 86_400, 34, 1.3));
        assert_eq!(lasting.iter().map(|one| one.point).collect::<Vec<_>>(), [34]);
    }

    #[test]
    fn series_without_a_change_show_any_in_at_most_one_of_twenty() {
        // Small files, and such as can show steps as well.
        for (files, runs) in [(30, 6), (12, 8)] {
            let shows = |seed: &u64| {
                let mut points = planted(*seed, (files, runs), 86_400, 0, 1.0);
                !mark(&mut points).is_empty() || points.iter().any(|point| point.change.is_some())
            };
            let alarms = (0..200).filter(shows).count();
            assert!(alarms <= 16, "{files} files of {runs}: {alarms} of 200");
        }
    }

    #[test]
    fn a_day_is_one_sample_however_many_files_it_has() {
        // Days differ by themselves: twenty files of each of ten days.
        let mut alarms = 0;
        for seed in 0..200 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let days: Vec<f64> = (0..10).map(|_| 500.0 * (1.0 + 0.3 * rng.f64())).collect();
            let mut points: Vec<HistoryPoint> = (0..200_i64)
                .map(|file| {
                    let level = days[usize::try_from(file / 20).unwrap()];
                    at(file / 20 * 86_400 + file % 20, &[level * (1.0 + 0.01 * rng.f64())])
                })
                .collect();
            alarms += usize::from(!mark(&mut points).is_empty());
        }
        assert!(alarms <= 16, "{alarms} of 200");
    }

    #[test]
    fn few_runs_show_no_step_and_cost_the_others_nothing() {
        let mut points: Vec<HistoryPoint> =
            (0..40).map(|file| at(file, if file == 39 { &[900.0] } else { &[100.0; 2] })).collect();
        points.extend([at(40, &QUICK), at(41, &QUICK.map(|ms| ms * 3.0))]);
        mark(&mut points);
        assert_eq!(points.iter().filter(|point| point.change.is_some()).count(), 1);
        assert!(points[41].change.is_some());
        // Of many small steps none could be shown beside all the others.
        assert!(steps_that_count(&[0.002; 25], ALPHA) > 0.0 && steps_that_count(&[0.002; 26], ALPHA) <= 0.0);
        assert!((steps_that_count(&[0.2, 0.002, 0.04, 0.02], ALPHA) - 0.02).abs() < 1e-12);
    }
}

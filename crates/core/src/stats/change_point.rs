//! Where a series changed its level and stayed there: the split that parts it best by ranks, then the best one of each part.
//!
//! By hand because no crate on the list of dependencies tests a series for such places.

use super::samples::{least_p, mann_whitney};

/// Values on either side of a change at least: fewer are an episode as well as a change.
pub const SIDE: usize = 4;
/// What the normal approximation gives up to so many times the p-value that is asked for is worth an exact look.
const NEAR: f64 = 4.0;

/// A place from which on a series lies on another level.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChangePoint {
    /// The first value of the new level.
    pub at: usize,
    /// Its p-value, corrected for all splits that were looked at and for all parts.
    pub p_value: f64,
}

/// The places where `values` change their level, as far as that is shown at `alpha`, in order.
///
/// Of each split with [`SIDE`] values on either side the rank sum is looked at, and the one farthest from what chance gives is
/// tested after Mann and Whitney; its p-value counts once for each split that could have been chosen (Bonferroni), which is more
/// than enough, for neighbouring splits say nearly the same. Where a change is shown, each part is looked at by itself in the same
/// way with its p-value doubled once more. Parts that hold no change are then tested at shares of `alpha` whose sum is at most
/// `alpha` (Kraft's inequality), so that in at most that share of all series any change is shown that is none. Values are taken as
/// independent of each other where nothing changes.
#[must_use]
pub fn change_points(values: &[f64], alpha: f64) -> Vec<ChangePoint> {
    let (mut found, mut parts) = (Vec::new(), vec![(0, values.len(), 1.0, 0.0_f64)]);
    while let Some((from, to, weight, least)) = parts.pop() {
        let part = values.get(from..to).unwrap_or_default();
        let Some((split, p_value)) = best_split(part, alpha / weight) else { continue };
        // No change is surer than the one that made its part.
        let p_value = (p_value * weight).max(least);
        if p_value <= alpha {
            let at = from + split;
            found.push(ChangePoint { at, p_value });
            parts.extend([(from, at, weight * 2.0, p_value), (at, to, weight * 2.0, p_value)]);
        }
    }
    found.sort_by_key(|change| change.at);
    let mut from = 0;
    for place in 0..found.len() {
        let to = found.get(place + 1).map_or(values.len(), |next| next.at);
        let Some(change) = found.get_mut(place) else { continue };
        change.at = from + settled(values.get(from..to).unwrap_or_default(), change.at - from);
        from = change.at;
    }
    found
}

/// Whether so many values could show any change at `alpha`.
#[must_use]
pub fn can_show(values: usize, alpha: f64) -> bool {
    splits(values) > 0 && least_p(values / 2, values - values / 2) * real(splits(values)) <= alpha
}

/// How many splits leave enough on either side.
fn splits(values: usize) -> usize {
    (values + 1).saturating_sub(2 * SIDE)
}

/// The split that parts `values` best, with its p-value for all splits; nothing where it is far from `alpha`.
fn best_split(values: &[f64], alpha: f64) -> Option<(usize, f64)> {
    if !can_show(values.len(), alpha) {
        return None;
    }
    let ranks = doubled_ranks(values);
    let mut sum = 0.0;
    let mut best: Option<(usize, f64)> = None;
    let all = real(values.len());
    for (place, rank) in ranks.iter().enumerate() {
        let before = place + 1;
        sum += rank;
        if before < SIDE || values.len() - before < SIDE {
            continue;
        }
        // What the rank sum is off by, squared, over its variance but for what all splits share.
        let off = sum - real(before) * (all + 1.0);
        let far = off * off / (real(before) * (all - real(before)));
        if best.is_none_or(|(_, farthest)| far > farthest) {
            best = Some((before, far));
        }
    }
    let (split, far) = best?;
    let variance = (all + 1.0) / 3.0;
    let tried = real(splits(values.len()));
    let about = 2.0 * super::distribution::normal_cdf(-(far / variance).sqrt()) * tried;
    if about > alpha * NEAR {
        return None;
    }
    let (before, after) = values.split_at_checked(split)?;
    Some((split, (mann_whitney(before, after) * tried).min(1.0)))
}

/// Where the change that was shown at `split` lies: where the fewest values are on the wrong side of the middle between both
/// levels, and of several such places at the one nearest to `split`. A rank sum is off by a place or two, for it leans to the middle.
fn settled(values: &[f64], split: usize) -> usize {
    let Some((before, after)) = values.split_at_checked(split) else { return split };
    let levels = [before, after].map(|part| super::median(part.iter().copied()).unwrap_or_default());
    let middle = f64::midpoint(levels[0], levels[1]);
    let late = |value: f64| (value > middle) == (levels[1] > levels[0]);
    // Values before the place that look like those after it, and those after it that don't.
    let mut wrong = values.iter().filter(|value| !late(**value)).count();
    let mut best = (usize::MAX, 0, split);
    for (place, value) in values.iter().enumerate() {
        if place >= SIDE && place + SIDE <= values.len() {
            best = best.min((wrong, place.abs_diff(split), place));
        }
        if late(*value) { wrong += 1 } else { wrong = wrong.saturating_sub(1) }
    }
    best.2
}

/// Twice the mid-rank of each value, in the order of the values.
fn doubled_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    let value = |place: &usize| values.get(*place).copied().unwrap_or_default() + 0.0;
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for same in order.chunk_by(|a, b| value(a).total_cmp(&value(b)).is_eq()) {
        for place in same {
            if let Some(rank) = ranks.get_mut(*place) {
                *rank = real(2 * below + same.len() + 1);
            }
        }
        below += same.len();
    }
    ranks
}

#[expect(clippy::cast_precision_loss, reason = "lengths of in-memory slices are far below 2^52")]
fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALPHA: f64 = 0.05;

    /// A level with noise of a tenth of it and a long tail, as times have.
    fn noise(rng: &mut fastrand::Rng) -> f64 {
        let one = 1.0 + 0.1 * rng.f64();
        if rng.u8(..20) == 0 { one * 2.0 } else { one }
    }

    fn places(values: &[f64]) -> Vec<usize> {
        change_points(values, ALPHA).iter().map(|change| change.at).collect()
    }

    #[test]
    fn series_without_a_change_show_one_in_at_most_one_of_twenty() {
        for length in [8, 10, 12, 20, 40, 61, 200] {
            let seeds = if length > 60 { 400 } else { 1_500 };
            let alarms = (0..seeds)
                .filter(|seed| {
                    let mut rng = fastrand::Rng::with_seed(*seed * 7 + 1);
                    !change_points(&(0..length).map(|_| noise(&mut rng)).collect::<Vec<f64>>(), ALPHA).is_empty()
                })
                .count();
            // Two standard errors over a twentieth.
            assert!(real(alarms) / f64::from(u32::try_from(seeds).unwrap()) < 0.062, "{length}: {alarms} of {seeds}");
        }
    }

    #[test]
    fn a_part_without_a_change_shows_one_no_oftener() {
        // One change that cannot be missed: whatever else is shown is none.
        let seeds = 400;
        let alarms = (0..seeds)
            .filter(|seed| {
                let mut rng = fastrand::Rng::with_seed(*seed);
                let values: Vec<f64> =
                    (0..110).map(|place| if place < 40 { 1.0 } else { 9.0 } * (1.0 + 0.1 * rng.f64())).collect();
                let found = places(&values);
                assert!(found.contains(&40), "{found:?}");
                found.len() > 1
            })
            .count();
        assert!(alarms < 28, "{alarms} of {seeds}");
    }

    #[test]
    fn what_lasts_is_found_where_it_begins() {
        for seed in 0..50 {
            let mut rng = fastrand::Rng::with_seed(seed);
            let third = |place: usize| if place < 200 { 1.0 } else { 1.3 };
            let found = places(&(0..400).map(|place| third(place) * noise(&mut rng)).collect::<Vec<f64>>());
            assert!(found.iter().any(|at| at.abs_diff(200) <= 5), "{seed}: {found:?}");
            // There and back again.
            let there = |place: usize| if (40..80).contains(&place) { 2.0 } else { 1.0 };
            let found = places(&(0..120).map(|place| there(place) * (1.0 + 0.1 * rng.f64())).collect::<Vec<f64>>());
            assert!(found.contains(&40) && found.contains(&80), "{seed}: {found:?}");
        }
    }

    #[test]
    fn eight_values_are_the_fewest_and_a_few_at_the_end_are_no_level() {
        let stair = |before: usize, after: usize| -> Vec<f64> {
            (0..before + after).map(|place| real(place) / 1e3 + if place < before { 1.0 } else { 5.0 }).collect()
        };
        assert_eq!(places(&stair(4, 4)), [4]);
        assert!(places(&stair(3, 4)).is_empty() && places(&stair(30, 1)).iter().all(|at| *at < 27));
        assert!(can_show(8, ALPHA) && !can_show(7, ALPHA) && !can_show(8, ALPHA / 2.0) && !can_show(0, ALPHA));
        assert!(places(&[2.0; 50]).is_empty() && places(&[]).is_empty());
    }

    #[test]
    fn ranks_are_those_of_the_middle_where_values_are_the_same() {
        assert_eq!(doubled_ranks(&[3.0, 1.0, 3.0, 0.0, -0.0]), [9.0, 6.0, 9.0, 3.0, 3.0]);
    }
}

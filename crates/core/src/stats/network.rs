//! Who is ahead of whom by how much, out of comparisons of two at a time, direct and roundabout ones together.
//! Weighted least squares on the logarithms of ratios (Jiang, Lim, Yao and Ye, "Statistical Ranking and Combinatorial
//! Hodge Theory", Mathematical Programming 127, 2011); whoever was never compared with the others stays apart.

use super::meta::{FactorEstimate, LogEffect, birge};

/// One comparison: the effect is of the first over the second.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ComparisonEdge {
    /// The first one's number.
    pub first: usize,
    /// The second one's number.
    pub second: usize,
    /// By what factor the first is ahead.
    pub effect: LogEffect,
}

/// Those that are connected by comparisons, with their levels.
#[derive(Clone, PartialEq, Debug)]
pub struct NetworkComponent {
    /// Their numbers, whoever is furthest ahead first.
    pub members: Vec<usize>,
    /// ln of each member's level, in the order of `members`; only differences mean anything.
    levels: Vec<f64>,
    /// Covariances of the levels.
    covariance: Vec<Vec<f64>>,
    /// By how much the residuals widened them.
    inflation: f64,
    /// The comparisons by their numbers, with the places of both and their weights.
    edges: Vec<(usize, usize, usize, f64)>,
    /// The comparisons that it rests on.
    pub comparisons: usize,
    /// Comparisons beyond those that connect the members: they tell how well all of them agree.
    df: Option<u32>,
}

impl NetworkComponent {
    /// By what factor the member at `place` is ahead of the one at `other`, with its interval.
    #[must_use]
    pub fn lead(&self, place: usize, other: usize) -> Option<FactorEstimate> {
        let of = |row: usize, column: usize| self.covariance.get(row)?.get(column).copied();
        let variance = of(place, place)? + of(other, other)? - 2.0 * of(place, other)?;
        let log = self.levels.get(place)? - self.levels.get(other)?;
        Some(FactorEstimate::of_log(log, variance.max(0.0).sqrt(), self.comparisons, self.df))
    }

    /// By how much each comparison, by its number, moves the logarithm of that factor when its own grows by 1.
    #[must_use]
    pub fn shares(&self, place: usize, other: usize) -> Vec<(usize, f64)> {
        let of = |row: usize, column: usize| self.covariance.get(row)?.get(column).map(|value| value / self.inflation);
        let share = |(number, first, second, weight): &(usize, usize, usize, f64)| {
            let moved = of(place, *first)? - of(place, *second)? - of(other, *first)? + of(other, *second)?;
            Some((*number, weight * moved))
        };
        self.edges.iter().filter_map(share).collect()
    }
}

/// The components of `count` contestants, the one with the most members first. Who was compared with nobody is in none.
#[must_use]
pub fn fit(count: usize, edges: &[ComparisonEdge]) -> Vec<NetworkComponent> {
    let is_one = |edge: &ComparisonEdge| edge.first != edge.second && edge.first.max(edge.second) < count;
    let edges: Vec<(usize, ComparisonEdge)> =
        edges.iter().copied().enumerate().filter(|(_, edge)| is_one(edge)).collect();
    let mut components: Vec<NetworkComponent> = parts(count, &edges)
        .into_iter()
        .filter(|members| members.len() > 1)
        .filter_map(|members| component(&members, &edges))
        .collect();
    components.sort_by_key(|component| std::cmp::Reverse(component.members.len()));
    components
}

/// The connected parts, as lists of numbers.
fn parts(count: usize, edges: &[(usize, ComparisonEdge)]) -> Vec<Vec<usize>> {
    let mut part: Vec<usize> = (0..count).collect();
    for (_, ComparisonEdge { first, second, .. }) in edges {
        let (Some(&from), Some(&to)) = (part.get(*first), part.get(*second)) else { continue };
        part.iter_mut().filter(|part| **part == from).for_each(|part| *part = to);
    }
    (0..count).map(|name| (0..count).filter(|member| part.get(*member) == Some(&name)).collect()).collect()
}

/// Fits one part. Its first member stands at 0, so that the others have a solution.
fn component(members: &[usize], edges: &[(usize, ComparisonEdge)]) -> Option<NetworkComponent> {
    let place = |number: usize| members.iter().position(|member| *member == number);
    let placed: Vec<(usize, usize, LogEffect)> =
        edges.iter().filter_map(|(_, edge)| Some((place(edge.first)?, place(edge.second)?, edge.effect))).collect();
    let size = members.len() - 1;
    let mut matrix = vec![vec![0.0; size]; size];
    let mut right = vec![0.0; size];
    let mut add = |row: usize, column: usize, value: f64| {
        let cell = row.checked_sub(1).zip(column.checked_sub(1));
        if let Some(cell) = cell.and_then(|(row, column)| matrix.get_mut(row)?.get_mut(column)) {
            *cell += value;
        }
    };
    for (first, second, effect) in &placed {
        let weight = 1.0 / effect.variance;
        add(*first, *first, weight);
        add(*second, *second, weight);
        add(*first, *second, -weight);
        add(*second, *first, -weight);
        for (place, sign) in [(*first, 1.0), (*second, -1.0)] {
            if let Some(cell) = place.checked_sub(1).and_then(|place| right.get_mut(place)) {
                *cell += sign * weight * effect.log;
            }
        }
    }
    let inverse = inverse(matrix)?;
    let solved = inverse.iter().map(|row| row.iter().zip(&right).map(|(a, b)| a * b).sum());
    let levels: Vec<f64> = std::iter::once(0.0).chain(solved).collect();
    let level = |place: usize| levels.get(place).copied().unwrap_or(0.0);
    let residuals = placed
        .iter()
        .map(|(first, second, effect)| (effect.log - (level(*first) - level(*second))).powi(2) / effect.variance)
        .sum();
    let inflation = birge(residuals, placed.len().saturating_sub(size));
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|a, b| level(*b).total_cmp(&level(*a)));
    let cell = |row: usize, column: usize| {
        let cell = row.checked_sub(1).zip(column.checked_sub(1));
        cell.and_then(|(row, column)| inverse.get(row)?.get(column)).map_or(0.0, |value| value * inflation)
    };
    // The places of the members once they are in order.
    let ordered = |number: usize| order.iter().position(|place| members.get(*place) == Some(&number));
    let numbered = edges.iter().filter_map(|(number, edge)| {
        Some((*number, ordered(edge.first)?, ordered(edge.second)?, 1.0 / edge.effect.variance))
    });
    Some(NetworkComponent {
        inflation,
        edges: numbered.collect(),
        members: order.iter().filter_map(|place| members.get(*place).copied()).collect(),
        levels: order.iter().map(|place| level(*place)).collect(),
        covariance: order.iter().map(|row| order.iter().map(|column| cell(*row, *column)).collect()).collect(),
        comparisons: placed.len(),
        df: u32::try_from(placed.len().saturating_sub(size)).ok().filter(|df| *df > 0),
    })
}

/// The inverse by Gauss and Jordan's elimination with pivots; nothing for a matrix that has none.
fn inverse(mut matrix: Vec<Vec<f64>>) -> Option<Vec<Vec<f64>>> {
    let size = matrix.len();
    for (row, cells) in matrix.iter_mut().enumerate() {
        cells.extend((0..size).map(|column| if column == row { 1.0 } else { 0.0 }));
    }
    for column in 0..size {
        let size_at = |row: &usize| matrix.get(*row).and_then(|cells| cells.get(column)).map_or(0.0, |cell| cell.abs());
        let pivot = (column..size).max_by(|a, b| size_at(a).total_cmp(&size_at(b)))?;
        matrix.swap(column, pivot);
        let mut head = matrix.get(column)?.clone();
        let scale = head.get(column).copied().filter(|scale| scale.abs() > f64::MIN_POSITIVE)?;
        for cell in &mut head {
            *cell /= scale;
        }
        for (row, cells) in matrix.iter_mut().enumerate() {
            if row != column {
                let factor = cells.get(column).copied()?;
                cells.iter_mut().zip(&head).for_each(|(cell, of)| *cell -= factor * of);
            }
        }
        *matrix.get_mut(column)? = head;
    }
    Some(matrix.into_iter().map(|cells| cells.into_iter().skip(size).collect()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edge(first: usize, second: usize, log: f64) -> ComparisonEdge {
        ComparisonEdge { first, second, effect: LogEffect { log, variance: 0.01 } }
    }

    #[test]
    fn roundabout_comparisons_count_too() {
        let fitted = fit(3, &[edge(0, 1, 0.5), edge(1, 2, 0.25)]);
        assert_eq!((fitted.len(), fitted[0].members.as_slice()), (1, [0, 1, 2].as_slice()));
        let lead = fitted[0].lead(0, 2).unwrap();
        assert!((lead.ratio.ln() - 0.75).abs() < 1e-12);
        assert!(fitted[0].shares(2, 0).iter().all(|(_, share)| (share + 1.0).abs() < 1e-9), "{fitted:?}");
        // Two steps of variance 0.01 each.
        let half = (lead.interval.high.ln() - lead.interval.low.ln()) / 2.0;
        assert!((half - 1.959_964 * 0.02_f64.sqrt()).abs() < 1e-5, "{half}");
    }

    #[test]
    fn a_direct_and_a_roundabout_way_share_the_weight() {
        // By hand: minimise (x−1)² + (y−0)² + ((x−y)−0)² … with a at 0 → b = −1 + 1/3, by symmetry of the triangle.
        let fitted = fit(3, &[edge(0, 1, 1.0), edge(1, 2, 0.0), edge(0, 2, 0.0)]);
        let component = &fitted[0];
        assert_eq!(component.members, [0, 2, 1]);
        assert!((component.lead(0, 2).unwrap().ratio.ln() - 2.0 / 3.0).abs() < 1e-12);
        assert!((component.lead(0, 1).unwrap().ratio.ln() - 1.0 / 3.0).abs() < 1e-12);
        let shares: Vec<f64> = component.shares(0, 2).into_iter().map(|(_, share)| share).collect();
        assert!(shares.iter().zip([2.0 / 3.0, -1.0 / 3.0, 1.0 / 3.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{shares:?}");
    }

    #[test]
    fn contradictions_widen_every_interval() {
        let width = |last: f64| {
            let lead = fit(3, &[edge(0, 1, 0.5), edge(1, 2, 0.5), edge(0, 2, last)])[0].lead(0, 1).unwrap();
            lead.interval.high / lead.interval.low
        };
        assert!(width(3.0) > 2.0 * width(1.0));
    }

    #[test]
    fn the_disconnected_are_told_apart() {
        let fitted = fit(6, &[edge(0, 1, 0.1), edge(3, 4, 0.2), edge(4, 2, 0.1)]);
        assert_eq!(fitted.iter().map(|part| part.members.clone()).collect::<Vec<_>>(), [vec![3, 4, 2], vec![0, 1]]);
        assert_eq!(fit(2, &[edge(1, 1, 0.1), edge(0, 9, 0.1)]), [], "neither oneself nor a stranger");
    }

    proptest! {
        #[test]
        fn true_levels_are_found_again(levels in proptest::collection::vec(-2.0f64..2.0, 2..8)) {
            let edges: Vec<ComparisonEdge> = (0..levels.len())
                .flat_map(|a| (0..a).map(move |b| (a, b)))
                .map(|(a, b)| edge(a, b, levels[a] - levels[b]))
                .collect();
            let fitted = fit(levels.len(), &edges);
            let members = &fitted[0].members;
            for place in 1..members.len() {
                let lead = fitted[0].lead(0, place).unwrap().ratio.ln();
                prop_assert!((lead - (levels[members[0]] - levels[members[place]])).abs() < 1e-9);
            }
        }
    }
}

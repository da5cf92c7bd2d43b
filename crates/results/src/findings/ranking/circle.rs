//! Circles: A ahead of B, B ahead of C, and C ahead of A, each shown by itself.
//! Where that is so, no order is, and nobody of the circle has a place in one.

use std::collections::VecDeque;

/// The circles in `ahead`, whose rows say whom each is ahead of: for each set of members that can all reach each other, a
/// shortest way from its first member back to it, and each further member's own.
pub(super) fn circles(ahead: &[Vec<bool>]) -> Vec<Vec<usize>> {
    let mut circles: Vec<Vec<usize>> = Vec::new();
    for start in 0..ahead.len() {
        if circles.iter().any(|circle| circle.contains(&start)) {
            continue;
        }
        circles.extend(shortest(ahead, start));
    }
    circles
}

/// A shortest way from `start` back to itself.
fn shortest(ahead: &[Vec<bool>], start: usize) -> Option<Vec<usize>> {
    let mut waiting = VecDeque::from([vec![start]]);
    let mut seen = vec![false; ahead.len()];
    while let Some(way) = waiting.pop_front() {
        let here = *way.last()?;
        for (next, _) in ahead.get(here)?.iter().enumerate().filter(|(_, ahead)| **ahead) {
            if next == start {
                return Some(way);
            }
            let seen = seen.get_mut(next)?;
            if !*seen {
                *seen = true;
                waiting.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

/// `A is ahead of B, B of C, C of A`.
pub(super) fn told(names: &[&String]) -> String {
    let behind = names.iter().cycle().skip(1);
    let steps = names.iter().zip(behind).enumerate().map(|(step, (ahead, behind))| match step {
        0 => format!("{ahead} is ahead of {behind}"),
        _ => format!("{ahead} of {behind}"),
    });
    steps.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_found_and_an_order_has_none() {
        let of = |pairs: &[(usize, usize)]| {
            let row = |a: usize| (0..5).map(|b| pairs.contains(&(a, b))).collect();
            circles(&(0..5).map(row).collect::<Vec<_>>())
        };
        assert_eq!(of(&[(0, 1), (1, 2), (0, 2)]), Vec::<Vec<usize>>::new());
        assert_eq!(of(&[(0, 1), (1, 2), (2, 0), (0, 3)]), [[0, 1, 2]]);
        assert_eq!(of(&[(3, 0), (0, 1), (1, 2), (2, 0)]), [[0, 1, 2]]);
        assert_eq!(of(&[(0, 1), (1, 0), (2, 3), (3, 2)]), [[0, 1], [2, 3]]);
    }
}

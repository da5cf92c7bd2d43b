//! Gaps sorted into bins of a fixed 1-2-5 scale, so that the histograms of any two streams can be laid side by side.
//! A bin without gaps is zero: the gaps were counted, and there were none.

use crate::time::Period;

/// The upper ends of all bins but the last, which has none.
pub const EDGES: [Period; 12] = [
    Period::from_millis(1),
    Period::from_millis(2),
    Period::from_millis(5),
    Period::from_millis(10),
    Period::from_millis(20),
    Period::from_millis(50),
    Period::from_millis(100),
    Period::from_millis(200),
    Period::from_millis(500),
    Period::from_millis(1_000),
    Period::from_millis(2_000),
    Period::from_millis(5_000),
];

/// How many gaps are up to each of [`EDGES`] and over the one before; the last bin holds all that are longer.
#[must_use]
pub fn histogram(gaps: impl IntoIterator<Item = Period>) -> [usize; EDGES.len() + 1] {
    let mut bins = [0; EDGES.len() + 1];
    for gap in gaps {
        if let Some(bin) = bins.get_mut(EDGES.partition_point(|edge| *edge < gap)) {
            *bin += 1;
        }
    }
    bins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_falls_into_one_bin() {
        let bins = histogram([0, 1, 2, 2, 3, 5_000, 5_001].map(Period::from_millis));
        assert_eq!(bins, [2, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    }
}

//! How late the program itself was: for each read, from its arrival at this machine to its being taken in.
//! Where the system tells when bytes arrived this changes no stamp; it says how far to trust those of the same reads elsewhere.

use super::text_reads::{become_part, put, take};
use crate::stats::quantile;
use crate::time::Period;

/// From here on the median read is so late that the badge for the program's own delay is broken.
const TOO_LATE: Period = Period::from_millis(5);
/// Under so many reads nothing is said of their lateness.
const FEWEST: usize = 10;

/// How late each read was taken in, in order; nothing where the system doesn't tell when bytes arrive.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReadLateness {
    /// The microseconds of each read, in as few bytes as they take.
    late: Vec<u8>,
    reads: usize,
}

/// A moment of [`ReadLateness`]: what it takes to go back to it, as long as it only ever grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct LatenessLength {
    late: usize,
    reads: usize,
}

impl ReadLateness {
    /// Takes in the next reads.
    pub(super) fn extend(&mut self, reads: &[Period]) {
        for late in reads {
            put(&mut self.late, late.as_micros());
        }
        self.reads += reads.len();
    }

    /// How long it is.
    pub(super) const fn length(&self) -> LatenessLength {
        LatenessLength { late: self.late.len(), reads: self.reads }
    }

    /// Makes it what `whole`, of which it is a part or which is a part of it, was at this length.
    pub(super) fn become_part(&mut self, whole: &Self, length: LatenessLength) {
        become_part(&mut self.late, &whole.late, length.late);
        self.reads = length.reads;
    }

    /// How many reads it is known of.
    #[must_use]
    pub const fn reads(&self) -> usize {
        self.reads
    }

    /// p50, p99 and the most; nothing without reads.
    #[must_use]
    pub fn summary(&self) -> Option<LatenessSummary> {
        let mut late = self.late.as_slice();
        #[expect(clippy::cast_precision_loss, reason = "a read is far below 2^52 microseconds late")]
        let mut sorted: Vec<f64> = std::iter::from_fn(|| take(&mut late)).map(|micros| micros as f64).collect();
        sorted.sort_by(f64::total_cmp);
        let at = |share| quantile(&sorted, share).map(|micros| Period::from_secs_f64(micros / 1e6));
        Some(LatenessSummary { reads: sorted.len(), p50: at(0.5)?, p99: at(0.99)?, max: at(1.0)? })
    }
}

/// How late the reads of a lane were taken in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LatenessSummary {
    /// How many reads it is of.
    pub reads: usize,
    /// Half of them were taken in within this.
    pub p50: Period,
    /// All but one in a hundred were.
    pub p99: Period,
    /// All of them were taken in within this.
    pub max: Period,
}

impl LatenessSummary {
    /// Whether the program was so late that gaps and speeds may be its own.
    #[must_use]
    pub fn is_too_late(&self) -> bool {
        self.reads >= FEWEST && self.p50 > TOO_LATE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_them_one_in_a_hundred_and_all() {
        let mut lateness = ReadLateness::default();
        assert_eq!(lateness.summary(), None);
        let micros: Vec<Period> = (0..=100).rev().map(Period::from_micros).collect();
        lateness.extend(micros.get(..40).unwrap_or_default());
        lateness.extend(micros.get(40..).unwrap_or_default());
        let summary = lateness.summary().unwrap();
        assert_eq!((summary.reads, summary.is_too_late()), (101, false));
        assert_eq!([summary.p50, summary.p99, summary.max], [50, 99, 100].map(Period::from_micros));
    }
}

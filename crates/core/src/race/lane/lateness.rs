//! How late the program itself was: for each read, from its arrival at this machine to its being taken in.
//! Where the system tells when bytes arrived this changes no stamp; it says how far to trust those of the same reads elsewhere.

use std::collections::BTreeMap;

use super::text_reads::become_part;
use crate::stats::quantile;
use crate::time::Period;

/// From here on the median read is so late that the badge for the program's own delay is broken.
const TOO_LATE: Period = Period::from_millis(5);
/// Under so many reads nothing is said of their lateness.
const FEWEST: usize = 10;
/// Reads that were fewer microseconds late than this are counted by each: nearly all of them.
const COUNTED: u64 = 1_024;

/// How late each read was taken in; nothing where the system doesn't tell when bytes arrive.
///
/// A race only needs to know how many were how late, which takes hardly any memory. Whoever wants to go back in a race has them
/// kept in order from its beginning.
#[derive(Clone, Debug, Default)]
pub struct ReadLateness {
    /// How many reads were taken in within each microsecond.
    counts: Vec<u32>,
    /// The microseconds of the others, or of all where they are kept in order, each in as few bytes as it takes.
    late: Vec<u8>,
    reads: usize,
    in_order: bool,
}

/// A moment of [`ReadLateness`] that is kept in order: what it takes to go back to it, as long as it only ever grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct LatenessLength {
    late: usize,
    reads: usize,
}

/// Whoever knows of the same reads is the same, however they are kept.
impl PartialEq for ReadLateness {
    fn eq(&self, other: &Self) -> bool {
        self.reads == other.reads && self.counted() == other.counted()
    }
}

impl Eq for ReadLateness {}

impl ReadLateness {
    /// None yet, to be kept in order.
    pub(super) fn in_order() -> Self {
        Self { in_order: true, ..Self::default() }
    }

    /// Takes in the next reads.
    pub(super) fn extend(&mut self, reads: &[Period]) {
        for late in reads.iter().map(|late| late.as_micros()) {
            match usize::try_from(late).ok().filter(|_| late < COUNTED && !self.in_order) {
                Some(micros) => {
                    if self.counts.len() <= micros {
                        self.counts.resize(micros + 1, 0);
                    }
                    if let Some(count) = self.counts.get_mut(micros) {
                        *count = count.saturating_add(1);
                    }
                }
                None => put(&mut self.late, late),
            }
        }
        self.reads += reads.len();
    }

    /// How long it is, kept in order.
    pub(super) const fn length(&self) -> LatenessLength {
        LatenessLength { late: self.late.len(), reads: self.reads }
    }

    /// Makes it what `whole`, which is kept in order and of which it is a part or which is a part of it, was at this length.
    pub(super) fn become_part(&mut self, whole: &Self, length: LatenessLength) {
        if !self.in_order {
            *self = Self::in_order();
        }
        become_part(&mut self.late, &whole.late, length.late);
        self.reads = length.reads;
    }

    /// How many reads it is known of.
    #[must_use]
    pub const fn reads(&self) -> usize {
        self.reads
    }

    /// How many reads were how many microseconds late.
    fn counted(&self) -> BTreeMap<u64, u64> {
        let mut counted: BTreeMap<u64, u64> = (0..)
            .zip(&self.counts)
            .filter(|(_, count)| **count > 0)
            .map(|(micros, count)| (micros, (*count).into()))
            .collect();
        let mut late = self.late.as_slice();
        for micros in std::iter::from_fn(|| take(&mut late)) {
            *counted.entry(micros).or_default() += 1;
        }
        counted
    }

    /// All of them, the least late first.
    #[expect(clippy::cast_precision_loss, reason = "a read is far below 2^52 microseconds late")]
    fn sorted(&self) -> Vec<f64> {
        let counts = (0_u64..).zip(&self.counts);
        let counted = counts.flat_map(|(micros, count)| (0..*count).map(move |_| micros as f64));
        let mut late = self.late.as_slice();
        let mut others: Vec<f64> = std::iter::from_fn(|| take(&mut late)).map(|micros| micros as f64).collect();
        others.sort_by(f64::total_cmp);
        // What is counted is less late than all others.
        let mut sorted: Vec<f64> = Vec::with_capacity(self.reads);
        sorted.extend(counted.chain(others));
        sorted
    }

    /// p50, p99 and the most; nothing without reads.
    #[must_use]
    pub fn summary(&self) -> Option<LatenessSummary> {
        let sorted = self.sorted();
        let at = |share| quantile(&sorted, share).map(|micros| Period::from_secs_f64(micros / 1e6));
        Some(LatenessSummary { reads: sorted.len(), p50: at(0.5)?, p99: at(0.99)?, max: at(1.0)? })
    }
}

/// Puts down a number, seven bits a byte, the lowest ones first.
fn put(list: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        list.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    list.push(number.to_le_bytes()[0]);
}

/// Takes the number that `list` begins with.
fn take(list: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = list.split_first()?;
        *list = rest;
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(number);
        }
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However it is kept, it is told as all reads in order would be, and any part of it is found again.
        #[test]
        fn kept_in_order_or_not_it_is_the_same(
            late in proptest::collection::vec(prop_oneof![6 => 0u64..1_100, 1 => 1_000u64..90_000, 1 => any::<u64>()], 0..200),
            cuts in proptest::collection::vec(0usize..200, 1..4),
        ) {
            let late: Vec<Period> = late.into_iter().map(|micros| Period::from_micros(micros >> 12.min(micros.leading_zeros()))).collect();
            let (mut counted, mut ordered) = (ReadLateness::default(), ReadLateness::in_order());
            let mut part = counted.clone();
            for some in late.chunks(7) {
                counted.extend(some);
                ordered.extend(some);
            }
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            let mut sorted: Vec<f64> = late.iter().map(|late| late.as_micros() as f64).collect();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(&counted.sorted(), &sorted);
            prop_assert_eq!(&ordered.sorted(), &sorted);
            prop_assert_eq!(&counted, &ordered);
            prop_assert_eq!(counted.summary(), ordered.summary());
            for cut in cuts {
                let cut = cut.min(late.len());
                let (mut then, mut of) = (ReadLateness::default(), ReadLateness::in_order());
                then.extend(&late[..cut]);
                of.extend(&late[..cut]);
                part.become_part(&ordered, of.length());
                prop_assert_eq!(&part, &then);
                let mut on = part.clone();
                on.extend(&late[cut..]);
                prop_assert_eq!(&on, &counted);
            }
        }
    }

    #[test]
    fn a_race_keeps_hardly_anything_for_them() {
        let mut lateness = ReadLateness::default();
        (0..100_000)
            .for_each(|read| lateness.extend(&[Period::from_micros(if read % 50 == 0 { 3_000 } else { read % 400 })]));
        let bytes = lateness.counts.capacity() * size_of::<u32>() + lateness.late.capacity();
        assert!(bytes < 16_384, "{bytes}");
    }

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

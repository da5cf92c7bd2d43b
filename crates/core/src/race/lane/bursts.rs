//! How text was bunched, kept up with every read: a frame asks for it, and must cost the same however much was said.

use crate::time::{Offset, Period};

/// Reads that came together, each time within a span of the first of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadBursts {
    span: Period,
    /// When the last of them began, and its bytes so far.
    last: Option<(Offset, usize)>,
    /// How many there are.
    pub count: usize,
    /// Bytes of text in the largest.
    pub largest: usize,
}

impl ReadBursts {
    /// None yet; reads within `span` of a first one will be one.
    pub(super) const fn within(span: Period) -> Self {
        Self { span, last: None, count: 0, largest: 0 }
    }

    /// Counts `bytes` of text that came at `at`, which is not before what was counted already.
    pub(super) fn add(&mut self, at: Offset, bytes: usize) {
        let sum = match &mut self.last {
            Some((begun, sum)) if at.since(*begun) <= self.span => {
                *sum += bytes;
                *sum
            }
            last => {
                *last = Some((at, bytes));
                self.count += 1;
                bytes
            }
        };
        self.largest = self.largest.max(sum);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::race::event::{EventKind, TextChannel};
    use crate::race::lane::Lane;

    /// The bytes of each burst of a lane's reads, worked out from all of them.
    fn together(lane: &Lane, span: Period) -> Vec<usize> {
        let mut together: Vec<usize> = Vec::new();
        let (mut begun, mut before) = (None, 0);
        for read in lane.reads() {
            let bytes = read.bytes - std::mem::replace(&mut before, read.bytes);
            match together.last_mut() {
                Some(sum) if begun.is_some_and(|begun| read.at.since(begun) <= span) => *sum += bytes,
                _ => {
                    begun = Some(read.at);
                    together.push(bytes);
                }
            }
        }
        together
    }

    proptest! {
        #[test]
        fn kept_up_they_are_what_all_reads_come_to(steps in proptest::collection::vec((0i64..9_000, "[a-zé]{0,9}"), 0..60)) {
            let (mut lane, mut at) = (Lane::default(), 0);
            for (step, text) in steps {
                at += if step < 3_000 { 0 } else { step };
                let text = EventKind::Text { channel: TextChannel::Answer, text: text.into() };
                lane.apply(Offset::from_micros(at), &text);
            }
            for bursts in [lane.read_bursts(), lane.text_bursts()] {
                let told = together(&lane, bursts.span);
                prop_assert_eq!(bursts.count, told.len());
                prop_assert_eq!(bursts.largest, told.into_iter().max().unwrap_or(0));
            }
        }
    }
}

//! The reads that carried text, kept as differences: a long answer of small tokens takes a byte or two for each of them.
//! Any of them is found in the time that it takes to unfold one block.

use super::rice::{RiceForm, RiceReader, RiceWriter};
use crate::race::room::room;
use crate::time::{Offset, Period};

/// One read that carried text, with everything up to and including it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TextRead {
    /// When it was read, on the race clock.
    pub at: Offset,
    /// Bytes of text so far.
    pub bytes: usize,
    /// Pieces of text so far.
    pub pieces: u32,
}

/// So many reads are found together.
const BLOCK: usize = 128;

/// The reads that carried text, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextReads {
    /// How each read of a block but its first differs from the one before it.
    steps: Vec<u8>,
    /// The blocks that are full.
    blocks: Vec<ReadBlock>,
    /// The reads behind them but the last one.
    open: Vec<TextRead>,
    tail: ReadsTail,
}

/// Where a block begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ReadBlock {
    first: TextRead,
    /// Where its steps stand.
    step: usize,
}

/// What changes of [`TextReads`] without growing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct ReadsTail {
    /// How many reads there are before the last one.
    before: usize,
    /// The one before the last one.
    newest: Option<TextRead>,
    /// The last one, which may still take in more.
    last: Option<TextRead>,
}

/// A moment of [`TextReads`]: what it takes to go back to it, as long as they only ever grow.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ReadsLength(ReadsTail);

impl TextReads {
    /// Takes in a piece that came at `at` and made the text `bytes` long. Gives how many bytes its read has brought.
    pub(super) fn add(&mut self, at: Offset, bytes: usize) -> usize {
        let pieces = match self.tail.last {
            Some(read) if read.at == at => read.pieces,
            Some(read) => {
                self.close(read);
                read.pieces
            }
            None => 0,
        };
        self.tail.last = Some(TextRead { at, bytes, pieces: pieces + 1 });
        bytes - self.tail.newest.map_or(0, |before| before.bytes)
    }

    /// Nothing more comes with `read`, which was the last one.
    fn close(&mut self, read: TextRead) {
        self.open.push(read);
        self.tail.before += 1;
        self.tail.newest = Some(read);
        if let (BLOCK.., Some(first)) = (self.open.len(), self.open.first()) {
            self.blocks.push(ReadBlock { first: *first, step: self.steps.len() });
            if self.steps.capacity() - self.steps.len() < LONGEST_BLOCK {
                self.steps.reserve_exact(room(self.steps.len(), LONGEST_BLOCK));
            }
            put_steps(&mut self.steps, &self.open);
            self.open.clear();
        }
    }

    /// How many reads there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.tail.before + self.tail.last.is_some() as usize
    }

    /// Whether no text came.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.tail.last.is_none()
    }

    /// The first read that carried text.
    #[must_use]
    pub fn first(&self) -> Option<TextRead> {
        self.blocks.first().map(|block| block.first).or(self.open.first().copied()).or(self.tail.last)
    }

    /// The last one so far.
    #[must_use]
    pub const fn last(&self) -> Option<TextRead> {
        self.tail.last
    }

    /// All of them in order.
    #[must_use]
    pub fn iter(&self) -> TextReadIter<'_> {
        self.iter_block(0)
    }

    /// Each of them with the one after it.
    pub fn pairs(&self) -> impl Iterator<Item = (TextRead, TextRead)> {
        let mut reads = self.iter();
        let mut before = reads.next();
        std::iter::from_fn(move || before.zip(reads.next()).inspect(|(_, after)| before = Some(*after)))
    }

    /// How long each of them but the first came after the one before.
    pub fn gaps(&self) -> impl Iterator<Item = Period> {
        self.pairs().map(|(before, after)| after.at.since(before.at))
    }

    /// The last one of which `holds`, and the first one of which it doesn't; it holds of none behind one of which it doesn't.
    #[must_use]
    pub fn split(&self, mut holds: impl FnMut(&TextRead) -> bool) -> (Option<TextRead>, Option<TextRead>) {
        let (mut before, mut after) = (None, None);
        for read in self.iter_block(self.block_of(&mut holds)) {
            if !holds(&read) {
                after = Some(read);
                break;
            }
            before = Some(read);
        }
        (before, after)
    }

    /// Those from `from` on.
    pub fn since(&self, from: Offset) -> impl Iterator<Item = TextRead> {
        self.iter_block(self.block_of(|read| read.at < from)).skip_while(move |read| read.at < from)
    }

    /// The block whose first read is the last such one of which `holds`, or else the first block.
    fn block_of(&self, mut holds: impl FnMut(&TextRead) -> bool) -> usize {
        if self.open.first().is_some_and(&mut holds) {
            return self.blocks.len();
        }
        self.blocks.partition_point(|block| holds(&block.first)).saturating_sub(1)
    }

    /// Goes through them to say how much text there was by one moment after the other.
    pub(super) fn cursor(&self) -> ByteCursor<'_> {
        ByteCursor { reads: self.iter(), before: None, after: None }
    }

    fn iter_block(&self, block: usize) -> TextReadIter<'_> {
        TextReadIter { reads: self, next: block * BLOCK, steps: None }
    }

    /// How long they are.
    pub(super) const fn length(&self) -> ReadsLength {
        ReadsLength(self.tail)
    }

    /// Makes them what `whole`, of which they are a part or which is a part of them, were at this length.
    pub(super) fn become_part(&mut self, whole: &Self, ReadsLength(tail): ReadsLength) {
        let full = tail.before / BLOCK;
        let longer = if self.tail.before < tail.before { whole } else { &*self };
        let steps = longer.blocks.get(full).map_or(longer.steps.len(), |block| block.step);
        let open = longer.iter_block(full).take(tail.before % BLOCK).collect();
        become_part(&mut self.steps, &whole.steps, steps);
        become_part(&mut self.blocks, &whole.blocks, full);
        (self.open, self.tail) = (open, tail);
    }
}

/// Makes `list` the first `length` items of `whole`; both begin with the same ones.
pub(super) fn become_part<T: Copy>(list: &mut Vec<T>, whole: &[T], length: usize) {
    list.truncate(length);
    list.extend_from_slice(whole.get(list.len()..length).unwrap_or_default());
}

impl<'a> IntoIterator for &'a TextReads {
    type Item = TextRead;
    type IntoIter = TextReadIter<'a>;

    fn into_iter(self) -> TextReadIter<'a> {
        self.iter()
    }
}

/// Reads that carried text, one after the other.
#[derive(Clone, Debug)]
pub struct TextReadIter<'a> {
    reads: &'a TextReads,
    next: usize,
    steps: Option<BlockSteps<'a>>,
}

impl Iterator for TextReadIter<'_> {
    type Item = TextRead;

    fn next(&mut self) -> Option<TextRead> {
        let index = self.next;
        self.next = (index + 1).min(self.reads.len());
        if !index.is_multiple_of(BLOCK)
            && let Some(steps) = &mut self.steps
        {
            return Some(steps.next());
        }
        let block = self.reads.blocks.get(index / BLOCK);
        self.steps = block.map(|block| BlockSteps::new(*block, self.reads.steps.get(block.step..).unwrap_or_default()));
        if let Some(block) = block {
            return Some(block.first);
        }
        let behind = index - self.reads.blocks.len() * BLOCK;
        self.reads.open.get(behind).copied().or(self.reads.tail.last.filter(|_| behind == self.reads.open.len()))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.reads.len().saturating_sub(self.next);
        (left, Some(left))
    }
}

impl ExactSizeIterator for TextReadIter<'_> {}

/// Says how much text had come by moments that follow each other, without unfolding what lies between them more than once.
#[derive(Clone, Debug)]
pub(super) struct ByteCursor<'a> {
    /// The reads behind `after`, in order.
    reads: TextReadIter<'a>,
    /// The last one before the moment that was asked for last, and the first one that isn't.
    before: Option<TextRead>,
    after: Option<TextRead>,
}

impl ByteCursor<'_> {
    /// Bytes of text that came before `at`, which lies no earlier than the moment asked for before.
    pub(super) fn bytes_before(&mut self, at: Offset) -> usize {
        let all = self.reads.reads;
        let block = all.block_of(|read| read.at < at);
        if block * BLOCK > self.reads.next {
            (self.reads, self.after) = (all.iter_block(block), None);
        }
        while let Some(read) = self.after.take().or_else(|| self.reads.next()) {
            if read.at >= at {
                self.after = Some(read);
                break;
            }
            self.before = Some(read);
        }
        self.before.map_or(0, |read| read.bytes)
    }
}

/// The most bytes that the steps of a block take, unless many of them are out of all measure.
const LONGEST_BLOCK: usize = BLOCK * 8;

/// How a block of reads is put down: the times between them, the bytes of each, and its pieces where any read has more than one.
#[derive(Clone, Copy, Debug)]
struct StepForms {
    micros: RiceForm,
    bytes: RiceForm,
    pieces: RiceForm,
}

impl StepForms {
    fn take(from: &mut RiceReader<'_>) -> Self {
        Self { micros: RiceForm::take(from), bytes: RiceForm::take(from), pieces: RiceForm::take(from) }
    }
}

/// Puts down how each of `reads` but the first differs from the one before it.
fn put_steps(steps: &mut Vec<u8>, reads: &[TextRead]) {
    let pairs = || reads.iter().zip(reads.iter().skip(1));
    let micros =
        |before: &TextRead, read: &TextRead| read.at.as_micros().wrapping_sub(before.at.as_micros()).cast_unsigned();
    let bytes = |before: &TextRead, read: &TextRead| (read.bytes - before.bytes) as u64;
    let pieces = |before: &TextRead, read: &TextRead| u64::from(read.pieces - before.pieces);
    let forms = StepForms {
        micros: RiceForm::of(pairs().map(|(before, read)| micros(before, read))),
        bytes: RiceForm::of(pairs().map(|(before, read)| bytes(before, read))),
        pieces: RiceForm::of(pairs().map(|(before, read)| pieces(before, read))),
    };
    let mut to = RiceWriter::new(steps);
    for form in [forms.micros, forms.bytes, forms.pieces] {
        form.put(&mut to);
    }
    for (before, read) in pairs() {
        forms.micros.put_number(micros(before, read), &mut to);
        forms.bytes.put_number(bytes(before, read), &mut to);
        forms.pieces.put_number(pieces(before, read), &mut to);
    }
    to.end();
}

/// Unfolds the reads of a block behind its first.
#[derive(Clone, Debug)]
struct BlockSteps<'a> {
    newest: TextRead,
    forms: StepForms,
    from: RiceReader<'a>,
}

impl<'a> BlockSteps<'a> {
    /// Of `block`, whose steps `bytes` begin with.
    fn new(block: ReadBlock, bytes: &'a [u8]) -> Self {
        let mut from = RiceReader::new(bytes);
        Self { newest: block.first, forms: StepForms::take(&mut from), from }
    }

    fn next(&mut self) -> TextRead {
        let micros = self.forms.micros.take_number(&mut self.from).cast_signed();
        let bytes = self.forms.bytes.take_number(&mut self.from);
        let pieces = self.forms.pieces.take_number(&mut self.from);
        let before = self.newest;
        self.newest = TextRead {
            at: Offset::from_micros(before.at.as_micros().wrapping_add(micros)),
            bytes: before.bytes + usize::try_from(bytes).unwrap_or(0),
            pieces: before.pieces + u32::try_from(pieces).unwrap_or(0),
        };
        self.newest
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Pieces by the time since the one before and their length; times go back as well, which only a broken clock does.
    fn pieces() -> impl Strategy<Value = Vec<(i64, usize)>> {
        let step = prop_oneof![4 => Just(0), 4 => 0i64..40_000, 1 => -500i64..0, 1 => 0i64..(i64::MAX / 400)];
        proptest::collection::vec((step, 1usize..9_000), 0..300)
    }

    fn plain(pieces: &[(i64, usize)]) -> Vec<TextRead> {
        let mut reads: Vec<TextRead> = Vec::new();
        let (mut at, mut bytes) = (-3_000_000_i64, 0);
        for (pieces, (step, more)) in (1..).zip(pieces) {
            at = at.wrapping_add(*step);
            bytes += more;
            reads.pop_if(|read| read.at.as_micros() == at);
            reads.push(TextRead { at: Offset::from_micros(at), bytes, pieces });
        }
        reads
    }

    fn kept(pieces: &[(i64, usize)]) -> TextReads {
        let mut reads = TextReads::default();
        let (mut at, mut bytes) = (-3_000_000_i64, 0);
        for (step, more) in pieces {
            at = at.wrapping_add(*step);
            bytes += more;
            reads.add(Offset::from_micros(at), bytes);
        }
        reads
    }

    proptest! {
        #[test]
        fn what_was_kept_comes_out_again(pieces in pieces(), cut in 0usize..300) {
            let (plain, reads) = (plain(&pieces), kept(&pieces));
            prop_assert_eq!(reads.iter().collect::<Vec<_>>(), plain.clone());
            prop_assert_eq!((reads.len(), reads.iter().len()), (plain.len(), plain.len()));
            prop_assert_eq!((reads.first(), reads.last()), (plain.first().copied(), plain.last().copied()));
            let bytes = plain.get(cut).map_or(0, |read| read.bytes);
            let after = plain.partition_point(|read| read.bytes < bytes);
            let told = (after.checked_sub(1).and_then(|at| plain.get(at)).copied(), plain.get(after).copied());
            prop_assert_eq!(reads.split(|read| read.bytes < bytes), told);
        }

        #[test]
        fn those_since_a_moment_are_found(pieces in pieces(), cut in 0usize..300) {
            let pieces: Vec<_> = pieces.into_iter().map(|(step, bytes)| (step.max(0), bytes)).collect();
            let (plain, reads) = (plain(&pieces), kept(&pieces));
            let from = plain.get(cut).map_or(Offset::GREEN, |read| read.at);
            let told: Vec<_> = plain.iter().filter(|read| read.at >= from).copied().collect();
            prop_assert_eq!(reads.since(from).collect::<Vec<_>>(), told);
        }

        #[test]
        fn a_cursor_says_what_had_come_by_each_moment(pieces in pieces(), cuts in proptest::collection::vec(0usize..300, 1..40)) {
            let pieces: Vec<_> = pieces.into_iter().map(|(step, bytes)| (step.max(0), bytes)).collect();
            let (plain, reads) = (plain(&pieces), kept(&pieces));
            let mut moments: Vec<Offset> = cuts.iter().filter_map(|cut| plain.get(*cut)).map(|read| read.at).collect();
            moments.extend(plain.last().map(|read| Offset::from_micros(read.at.as_micros() + 1)));
            moments.sort();
            let mut cursor = reads.cursor();
            for at in moments {
                let told = plain.iter().take_while(|read| read.at < at).last().map_or(0, |read| read.bytes);
                prop_assert_eq!(cursor.bytes_before(at), told);
            }
        }

        #[test]
        fn any_part_of_them_is_found_again(pieces in pieces(), cuts in proptest::collection::vec(0usize..300, 1..5)) {
            let (whole, mut part) = (kept(&pieces), TextReads::default());
            for cut in cuts {
                let then = kept(&pieces[..cut.min(pieces.len())]);
                part.become_part(&whole, then.length());
                prop_assert_eq!(&part, &then);
            }
        }
    }

    #[test]
    fn a_token_takes_less_than_two_bytes() {
        let mut random = 1_u32;
        let mut noise = |most: u32| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            random >> 8 & most
        };
        let pieces: Vec<_> = (0..100_000).map(|_| (i64::from(1_000 + noise(127)), 1 + noise(7) as usize)).collect();
        let reads = kept(&pieces);
        let bytes = reads.steps.len() + reads.blocks.len() * size_of::<ReadBlock>();
        assert!(bytes < 2 * 100_000, "{bytes}");
    }
}

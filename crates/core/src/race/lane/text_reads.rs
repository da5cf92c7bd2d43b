//! The reads that carried text, kept as differences: a long answer of small tokens takes a few bytes for each of them.
//! Any of them is found in the time that it takes to unfold one block.

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
const BLOCK: usize = 64;

/// The reads that carried text, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextReads {
    /// How each read but the last one, and but the first one of a block, differs from the one before it.
    steps: Vec<u8>,
    blocks: Vec<ReadBlock>,
    tail: ReadsTail,
}

/// Where a block begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct ReadBlock {
    first: TextRead,
    /// Where the step to its second read stands.
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
pub(super) struct ReadsLength {
    steps: usize,
    tail: ReadsTail,
}

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
        match self.tail.newest.filter(|_| !self.tail.before.is_multiple_of(BLOCK)) {
            Some(before) => step(&mut self.steps, before, read),
            None => self.blocks.push(ReadBlock { first: read, step: self.steps.len() }),
        }
        self.tail.before += 1;
        self.tail.newest = Some(read);
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
        self.blocks.first().map(|block| block.first).or(self.tail.last)
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
        self.iter().zip(self.iter().skip(1))
    }

    /// How long each of them but the first came after the one before.
    pub fn gaps(&self) -> impl Iterator<Item = Period> {
        self.pairs().map(|(before, after)| after.at.since(before.at))
    }

    /// The last one of which `holds`, and the first one of which it doesn't; it holds of none behind one of which it doesn't.
    #[must_use]
    pub fn split(&self, mut holds: impl FnMut(&TextRead) -> bool) -> (Option<TextRead>, Option<TextRead>) {
        let block = self.blocks.partition_point(|block| holds(&block.first));
        let (mut before, mut after) = (None, None);
        for read in self.iter_block(block.saturating_sub(1)) {
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
        let block = self.blocks.partition_point(|block| block.first.at < from);
        self.iter_block(block.saturating_sub(1)).skip_while(move |read| read.at < from)
    }

    /// Goes through them to say how much text there was by one moment after the other.
    pub(super) fn cursor(&self) -> ByteCursor<'_> {
        ByteCursor { reads: self.iter(), before: None, after: None }
    }

    fn iter_block(&self, block: usize) -> TextReadIter<'_> {
        TextReadIter { reads: self, next: block * BLOCK, step: 0, newest: None }
    }

    /// How long they are.
    pub(super) const fn length(&self) -> ReadsLength {
        ReadsLength { steps: self.steps.len(), tail: self.tail }
    }

    /// Makes them what `whole`, of which they are a part or which is a part of them, were at this length.
    pub(super) fn become_part(&mut self, whole: &Self, length: ReadsLength) {
        become_part(&mut self.steps, &whole.steps, length.steps);
        become_part(&mut self.blocks, &whole.blocks, length.tail.before.div_ceil(BLOCK));
        self.tail = length.tail;
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
    step: usize,
    newest: Option<TextRead>,
}

impl Iterator for TextReadIter<'_> {
    type Item = TextRead;

    fn next(&mut self) -> Option<TextRead> {
        let index = self.next;
        if index >= self.reads.tail.before {
            self.next = self.reads.len();
            return self.reads.tail.last.filter(|_| index == self.reads.tail.before);
        }
        self.next += 1;
        let read = if index.is_multiple_of(BLOCK) {
            let block = self.reads.blocks.get(index / BLOCK)?;
            self.step = block.step;
            block.first
        } else {
            stepped(self.reads.steps.get(self.step..)?, &mut self.step, self.newest?)?
        };
        self.newest = Some(read);
        Some(read)
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
        let block = all.blocks.partition_point(|block| block.first.at < at).saturating_sub(1);
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

/// Puts down how `read` differs from the one `before` it: time, bytes and whether it has more pieces than one, which then follow.
fn step(steps: &mut Vec<u8>, before: TextRead, read: TextRead) {
    let micros = read.at.as_micros().wrapping_sub(before.at.as_micros());
    let (bytes, pieces) = (read.bytes - before.bytes, u64::from(read.pieces - before.pieces));
    put(steps, (micros.cast_unsigned() << 1) ^ (micros >> 63).cast_unsigned());
    put(steps, (bytes as u64) << 1 | u64::from(pieces > 1));
    if pieces > 1 {
        put(steps, pieces);
    }
}

/// The read that comes after `before`, by what `steps` begin with; `at` moves on behind that.
fn stepped(mut steps: &[u8], at: &mut usize, before: TextRead) -> Option<TextRead> {
    let all = steps.len();
    let micros = take(&mut steps)?;
    let micros = (micros >> 1).cast_signed() ^ -(micros & 1).cast_signed();
    let bytes = take(&mut steps)?;
    let pieces = if bytes & 1 == 1 { take(&mut steps)? } else { 1 };
    *at += all - steps.len();
    Some(TextRead {
        at: Offset::from_micros(before.at.as_micros().wrapping_add(micros)),
        bytes: before.bytes + usize::try_from(bytes >> 1).ok()?,
        pieces: before.pieces + u32::try_from(pieces).ok()?,
    })
}

/// Puts down a number, seven bits a byte, the lowest ones first.
pub(super) fn put(list: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        list.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    list.push(number.to_le_bytes()[0]);
}

/// Takes the number that `list` begins with.
pub(super) fn take(list: &mut &[u8]) -> Option<u64> {
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
    fn a_token_takes_a_few_bytes() {
        let reads = kept(&[(1_250, 5)].repeat(100_000));
        let bytes = reads.steps.len() + reads.blocks.len() * size_of::<ReadBlock>();
        assert!(bytes < 4 * 100_000, "{bytes}");
    }
}

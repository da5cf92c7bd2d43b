//! Lines out of bytes: finds line ends in whole slices and buffers nothing but a line that a read has cut.
//! Both stream formats stand on it; it does not know what a line means.

use std::borrow::Cow;

/// What may come before the first line and belongs to no line.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// The scan's step, wide enough for the compiler to compare many bytes at once.
const BLOCK: usize = 32;

/// How a body ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BodyEnd {
    /// After a complete frame.
    Clean,
    /// Within a frame: what there was of it was still handed over.
    Unterminated,
}

/// Which bytes end a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum LineBreaks {
    /// LF, CR and CRLF, as event streams have it.
    Any,
    /// LF alone; a CR is part of the line.
    Lf,
}

/// A line without its end.
#[derive(Debug)]
pub(crate) enum SseLine<'a> {
    /// The whole of it.
    Whole(&'a [u8]),
    /// Longer than the limit; the line is passed over.
    TooLong,
}

/// Cuts bytes into lines, however they arrive.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    breaks: LineBreaks,
    limit: usize,
    /// The beginning of a line whose end has not come yet.
    partial: Vec<u8>,
    /// Within a line that is too long.
    skipping: bool,
    /// The last line ended with a CR that may be half of a CRLF.
    after_cr: bool,
    /// No line has been handed over yet.
    fresh: bool,
}

impl LineSplitter {
    pub(crate) const fn new(breaks: LineBreaks, limit: usize) -> Self {
        Self { breaks, limit, partial: Vec::new(), skipping: false, after_cr: false, fresh: true }
    }

    pub(crate) fn feed(&mut self, mut bytes: &[u8], sink: &mut impl FnMut(SseLine<'_>)) {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr)
                && let Some(rest) = bytes.strip_prefix(b"\n")
            {
                bytes = rest;
                continue;
            }
            let found = self.breaks.find(bytes).and_then(|at| bytes.split_at_checked(at));
            let Some((line, [end, rest @ ..])) = found else {
                self.keep(bytes, sink);
                return;
            };
            self.after_cr = *end == b'\r';
            self.complete(line, sink);
            bytes = rest;
        }
    }

    /// Hands over what is left; says whether the body stopped within a line.
    pub(crate) fn finish(&mut self, sink: &mut impl FnMut(SseLine<'_>)) -> BodyEnd {
        let open = self.skipping || !self.partial.is_empty();
        if open {
            self.complete(&[], sink);
        }
        *self = Self::new(self.breaks, self.limit);
        if open { BodyEnd::Unterminated } else { BodyEnd::Clean }
    }

    fn complete(&mut self, line: &[u8], sink: &mut impl FnMut(SseLine<'_>)) {
        if !self.skipping && self.partial.is_empty() && line.len() <= self.limit {
            sink(SseLine::Whole(self.without_mark(line)));
        } else {
            self.keep(line, sink);
            if !self.skipping {
                let partial = std::mem::take(&mut self.partial);
                sink(SseLine::Whole(self.without_mark(&partial)));
                self.partial = partial;
            }
            self.partial.clear();
            self.skipping = false;
        }
        self.fresh = false;
    }

    fn keep(&mut self, bytes: &[u8], sink: &mut impl FnMut(SseLine<'_>)) {
        if self.skipping {
            return;
        }
        if self.partial.len() + bytes.len() > self.limit {
            self.skipping = true;
            self.partial = Vec::new();
            sink(SseLine::TooLong);
        } else {
            self.partial.extend_from_slice(bytes);
        }
    }

    fn without_mark<'a>(&self, line: &'a [u8]) -> &'a [u8] {
        if self.fresh { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line) } else { line }
    }
}

impl LineBreaks {
    fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Any => find(bytes, |byte| matches!(byte, b'\n' | b'\r')),
            Self::Lf => find(bytes, |byte| byte == b'\n'),
        }
    }
}

/// The line as text, with U+FFFD for what is none. Valid text takes the quick way: the lossy one has no fast path.
pub(crate) fn decode(line: &[u8]) -> Cow<'_, str> {
    str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

/// Where the first byte is that `hit` accepts. A block is folded without an early exit, which vectorises.
fn find(bytes: &[u8], hit: impl Fn(u8) -> bool) -> Option<usize> {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let within = |part: &[u8]| part.iter().position(|byte| hit(*byte));
    for (index, block) in blocks.iter().enumerate() {
        if block.iter().fold(false, |any, byte| any | hit(*byte)) {
            return within(block).map(|at| index * BLOCK + at);
        }
    }
    within(rest).map(|at| blocks.len() * BLOCK + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_is_found_wherever_it_is() {
        for length in 0..100 {
            for at in 0..length {
                let mut bytes = vec![b'x'; length];
                bytes[at] = b'\r';
                assert_eq!(LineBreaks::Any.find(&bytes), Some(at));
                assert_eq!(LineBreaks::Lf.find(&bytes), None);
            }
        }
    }
}

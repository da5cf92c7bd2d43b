//! Newline-delimited JSON: bytes in, lines out, each expected to be one JSON value.
//! No I/O and no clock; a last line without its end is handed over, and said to be so.

use crate::sse::lines::{self, LineBreaks, LineSplitter, SseLine};

pub use crate::sse::lines::BodyEnd;

/// Longest line that is taken, in bytes: what a broken server can make us hold.
pub const MAX_LINE: usize = 1 << 20;

/// One line of the body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NdjsonFrame<'a> {
    /// A line that is not blank, without its end.
    Line(&'a str),
    /// A line longer than the limit was passed over.
    TooLong,
}

/// Reads lines in pieces of any size.
#[derive(Debug)]
pub struct NdjsonDecoder {
    lines: LineSplitter,
}

impl Default for NdjsonDecoder {
    fn default() -> Self {
        Self::with_limit(MAX_LINE)
    }
}

impl NdjsonDecoder {
    /// A decoder that passes over lines longer than `limit` bytes.
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self { lines: LineSplitter::new(LineBreaks::Lf, limit) }
    }

    /// Takes the next bytes and hands over every line that they complete.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl FnMut(NdjsonFrame<'_>)) {
        self.lines.feed(bytes, &mut |line| hand_over(&line, sink));
    }

    /// The body is over: hands over a last line without an end. The decoder is then as new.
    pub fn finish(&mut self, sink: &mut impl FnMut(NdjsonFrame<'_>)) -> BodyEnd {
        self.lines.finish(&mut |line| hand_over(&line, sink))
    }
}

fn hand_over(line: &SseLine<'_>, sink: &mut impl FnMut(NdjsonFrame<'_>)) {
    match line {
        SseLine::TooLong => sink(NdjsonFrame::TooLong),
        SseLine::Whole(bytes) => {
            // Trimming takes the CR of a CRLF with it; around a JSON value white space means nothing.
            let bytes = bytes.trim_ascii();
            if !bytes.is_empty() {
                sink(NdjsonFrame::Line(&lines::decode(bytes)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> (Vec<String>, BodyEnd) {
        let mut decoder = NdjsonDecoder::with_limit(limit);
        let mut seen = Vec::new();
        let mut note = |frame: NdjsonFrame<'_>| match frame {
            NdjsonFrame::Line(text) => seen.push(text.to_owned()),
            NdjsonFrame::TooLong => seen.push("too long".to_owned()),
        };
        for piece in pieces {
            decoder.feed(piece, &mut note);
        }
        let ending = decoder.finish(&mut note);
        (seen, ending)
    }

    #[test]
    fn lines_come_out_whole() {
        let table: &[(&[u8], &[&str], BodyEnd)] = &[
            (b"{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"], BodyEnd::Clean),
            (b"{}\r\n\r\n \n[]\n", &["{}", "[]"], BodyEnd::Clean),
            (b"\xEF\xBB\xBF{}\n", &["{}"], BodyEnd::Clean),
            (b"{}\n{\"cut\":", &["{}", "{\"cut\":"], BodyEnd::Unterminated),
            ("{\"\u{1f3c1}\":1}\n".as_bytes(), &["{\"\u{1f3c1}\":1}"], BodyEnd::Clean),
            (b"\"\xFF\"\n", &["\"\u{fffd}\""], BodyEnd::Clean),
            (b"\"0123456789012345\"\n{}\n", &["too long", "{}"], BodyEnd::Clean),
            (b"", &[], BodyEnd::Clean),
        ];
        for (bytes, expected, ending) in table {
            for size in [bytes.len().max(1), 1, 7] {
                let (seen, end) = frames(bytes.chunks(size), 16);
                assert_eq!((seen, end), (expected.iter().map(ToString::to_string).collect(), *ending), "by {size}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(bytes in prop::collection::vec(any::<u8>(), 0..120), size in 1_usize..9) {
            let bytes: Vec<u8> = bytes.iter().map(|byte| if byte % 8 == 0 { b'\n' } else { *byte }).collect();
            prop_assert_eq!(frames(bytes.chunks(size), 12), frames([&bytes[..]], 12));
        }
    }
}

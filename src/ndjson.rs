//! Newline-delimited JSON: bytes in, lines out, each expected to be one JSON value.
//! No I/O and no clock; a last line without its end is handed over, and said to be so.

use crate::sse::lines::{self, Breaks, Line, Lines};

pub use crate::sse::lines::Ending;

/// Longest line that is taken, in bytes: what a broken server can make us hold.
pub const MAX_LINE: usize = 1 << 20;

/// One line of the body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame<'a> {
    /// A line that is not blank, without its end.
    Line(&'a str),
    /// A line longer than the limit was passed over.
    TooLong,
}

/// Reads lines in pieces of any size.
#[derive(Debug)]
pub struct Decoder {
    lines: Lines,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::with_limit(MAX_LINE)
    }
}

impl Decoder {
    /// A decoder that passes over lines longer than `limit` bytes.
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self { lines: Lines::new(Breaks::Lf, limit) }
    }

    /// Takes the next bytes and hands over every line that they complete.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl FnMut(Frame<'_>)) {
        self.lines.feed(bytes, &mut |line| hand_over(&line, sink));
    }

    /// The body is over: hands over a last line without an end. The decoder is then as new.
    pub fn finish(&mut self, sink: &mut impl FnMut(Frame<'_>)) -> Ending {
        self.lines.finish(&mut |line| hand_over(&line, sink))
    }
}

fn hand_over(line: &Line<'_>, sink: &mut impl FnMut(Frame<'_>)) {
    match line {
        Line::TooLong => sink(Frame::TooLong),
        Line::Whole(bytes) => {
            // Trimming takes the CR of a CRLF with it; around a JSON value white space means nothing.
            let bytes = bytes.trim_ascii();
            if !bytes.is_empty() {
                sink(Frame::Line(&lines::decode(bytes)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> (Vec<String>, Ending) {
        let mut decoder = Decoder::with_limit(limit);
        let mut seen = Vec::new();
        let mut note = |frame: Frame<'_>| match frame {
            Frame::Line(text) => seen.push(text.to_owned()),
            Frame::TooLong => seen.push("too long".to_owned()),
        };
        for piece in pieces {
            decoder.feed(piece, &mut note);
        }
        let ending = decoder.finish(&mut note);
        (seen, ending)
    }

    #[test]
    fn lines_come_out_whole() {
        let table: &[(&[u8], &[&str], Ending)] = &[
            (b"{\"a\":1}\n{\"b\":2}\n", &["{\"a\":1}", "{\"b\":2}"], Ending::Clean),
            (b"{}\r\n\r\n \n[]\n", &["{}", "[]"], Ending::Clean),
            (b"\xEF\xBB\xBF{}\n", &["{}"], Ending::Clean),
            (b"{}\n{\"cut\":", &["{}", "{\"cut\":"], Ending::Unterminated),
            ("{\"\u{1f3c1}\":1}\n".as_bytes(), &["{\"\u{1f3c1}\":1}"], Ending::Clean),
            (b"\"\xFF\"\n", &["\"\u{fffd}\""], Ending::Clean),
            (b"\"0123456789012345\"\n{}\n", &["too long", "{}"], Ending::Clean),
            (b"", &[], Ending::Clean),
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

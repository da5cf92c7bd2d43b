//! Server-sent events: bytes in, events out, as the WHATWG HTML standard reads an event stream.
//! No I/O and no clock; unlike a browser it also hands over a last event that the body left open, and says so.

use crate::sse::lines::{LineBreaks, LineSplitter, SseLine};

pub(crate) mod lines;

pub use crate::sse::lines::BodyEnd;

/// Longest line and longest event that are taken, in bytes: what a broken server can make us hold.
pub const MAX_EVENT: usize = 1 << 20;

/// One thing that the stream said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SseFrame<'a> {
    /// An event that a blank line or the body's end has completed.
    Event {
        /// Its type, empty when the stream named none.
        event: &'a str,
        /// Its data lines, joined with LF.
        data: &'a str,
    },
    /// A comment line, which servers send to keep the connection alive.
    Comment(&'a str),
    /// The value of a line `error: …`: no field of the standard, but how some servers tell that the answer broke off.
    Error(&'a str),
    /// An event longer than the limit was passed over.
    TooLong,
}

/// Reads an event stream in pieces of any size.
#[derive(Debug)]
pub struct SseDecoder {
    lines: LineSplitter,
    open: OpenEvent,
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::with_limit(MAX_EVENT)
    }
}

impl SseDecoder {
    /// A decoder that passes over events longer than `limit` bytes.
    #[must_use]
    pub const fn with_limit(limit: usize) -> Self {
        Self { lines: LineSplitter::new(LineBreaks::Any, limit), open: OpenEvent::new(limit) }
    }

    /// Takes the next bytes and hands over every frame that they complete.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl FnMut(SseFrame<'_>)) {
        let open = &mut self.open;
        self.lines.feed(bytes, &mut |line| open.line(&line, sink));
    }

    /// The body is over: hands over the event that it left open. The decoder is then as new.
    pub fn finish(&mut self, sink: &mut impl FnMut(SseFrame<'_>)) -> BodyEnd {
        let open = &mut self.open;
        let ending = self.lines.finish(&mut |line| open.line(&line, sink));
        let left_open = open.is_open();
        open.dispatch(sink);
        if left_open { BodyEnd::Unterminated } else { ending }
    }
}

/// The event whose blank line has not come yet.
#[derive(Debug)]
struct OpenEvent {
    limit: usize,
    event: String,
    data: String,
    /// An event without a data line is no event, but one with an empty data line is.
    has_data: bool,
    /// Part of the event was too long, so none of it is handed over.
    spoilt: bool,
}

impl OpenEvent {
    const fn new(limit: usize) -> Self {
        Self { limit, event: String::new(), data: String::new(), has_data: false, spoilt: false }
    }

    const fn is_open(&self) -> bool {
        self.has_data || self.spoilt || !self.event.is_empty()
    }

    fn line(&mut self, line: &SseLine<'_>, sink: &mut impl FnMut(SseFrame<'_>)) {
        match line {
            SseLine::TooLong => self.spoil(sink),
            SseLine::Whole([]) => self.dispatch(sink),
            // A line holds whole characters, so bytes can be decoded line by line.
            SseLine::Whole(bytes) => self.text(&lines::decode(bytes), sink),
        }
    }

    fn text(&mut self, line: &str, sink: &mut impl FnMut(SseFrame<'_>)) {
        let without_space = |value| str::strip_prefix(value, ' ').unwrap_or(value);
        match line.split_once(':').map_or((line, ""), |(field, value)| (field, without_space(value))) {
            ("", comment) => sink(SseFrame::Comment(comment)),
            ("data", value) => self.data(value, sink),
            ("event", value) => {
                self.event.clear();
                self.event.push_str(value);
            }
            ("error", value) => sink(SseFrame::Error(value)),
            // `id` and `retry` serve reconnection, and a race is never resumed.
            _ => {}
        }
    }

    fn data(&mut self, value: &str, sink: &mut impl FnMut(SseFrame<'_>)) {
        if self.data.len() + value.len() >= self.limit && self.has_data {
            self.spoil(sink);
        }
        if self.spoilt {
            return;
        }
        if self.has_data {
            self.data.push('\n');
        }
        self.has_data = true;
        self.data.push_str(value);
    }

    fn spoil(&mut self, sink: &mut impl FnMut(SseFrame<'_>)) {
        self.data = String::new();
        if !std::mem::replace(&mut self.spoilt, true) {
            sink(SseFrame::TooLong);
        }
    }

    fn dispatch(&mut self, sink: &mut impl FnMut(SseFrame<'_>)) {
        if self.has_data && !self.spoilt {
            sink(SseFrame::Event { event: &self.event, data: &self.data });
        }
        self.event.clear();
        self.data.clear();
        self.has_data = false;
        self.spoilt = false;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn note(frame: SseFrame<'_>) -> String {
        match frame {
            SseFrame::Event { event, data } => format!("{event}|{data}"),
            SseFrame::Comment(text) => format!(":{text}"),
            SseFrame::Error(text) => format!("!{text}"),
            SseFrame::TooLong => "too long".to_owned(),
        }
    }

    fn frames<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> (Vec<String>, BodyEnd) {
        let mut decoder = SseDecoder::with_limit(limit);
        let mut seen = Vec::new();
        for piece in pieces {
            decoder.feed(piece, &mut |frame| seen.push(note(frame)));
        }
        let ending = decoder.finish(&mut |frame| seen.push(note(frame)));
        (seen, ending)
    }

    #[test]
    fn the_standard_line_by_line() {
        let table: &[(&[u8], &[&str])] = &[
            (b"data: a\n\n", &["|a"]),
            (b"data:a\r\rdata:b\r\n\r\n", &["|a", "|b"]),
            (b"data:  a\n\n", &["| a"]),
            (b"\xEF\xBB\xBFdata: a\n\n", &["|a"]),
            (b"data: a\ndata: b\ndata\n\n", &["|a\nb\n"]),
            (b"data\n\n", &["|"]),
            (b"event: error\ndata: a\n\ndata: b\n\n", &["error|a", "|b"]),
            (b"event: lonely\n\ndata: a\n\n", &["|a"]),
            (b"event: one\nevent: two\ndata: a\n\n", &["two|a"]),
            (b"id: 7\nretry: 9\nnonsense\ndata: a\n\n", &["|a"]),
            (b": keep-alive\n:\n\n", &[":keep-alive", ":"]),
            (b"error: {\"code\":500}\n\nerror:broke\ndata: a\n\n", &["!{\"code\":500}", "!broke", "|a"]),
            (b"data: a\n: between\ndata: b\n\n", &[":between", "|a\nb"]),
            (b"data: a\0b\nid: \0\n\n", &["|a\0b"]),
            (b"data: {\"a\":1}\n\n\n\n", &["|{\"a\":1}"]),
            (b" data: indented\n\n", &[]),
            ("data: h\u{e9} \u{1f3c1}\n\n".as_bytes(), &["|h\u{e9} \u{1f3c1}"]),
            (b"data: \xFF \xE2\x82\n\n", &["|\u{fffd} \u{fffd}"]),
        ];
        for (bytes, expected) in table {
            for size in [bytes.len(), 1, 7] {
                assert_eq!(frames(bytes.chunks(size), MAX_EVENT), (as_strings(expected), BodyEnd::Clean), "by {size}");
            }
        }
    }

    #[test]
    fn an_open_last_event_is_handed_over_and_named() {
        for (bytes, expected) in [("data: a", "|a"), ("data: a\n", "|a"), ("data: a\r\n", "|a"), (": a", ":a")] {
            let (seen, ending) = frames([bytes.as_bytes()], MAX_EVENT);
            assert_eq!(seen, [expected]);
            let comment_line_is_whole = bytes.starts_with(':') && bytes.ends_with('\n');
            assert_eq!(ending == BodyEnd::Unterminated, !comment_line_is_whole);
        }
    }

    #[test]
    fn too_long_an_event_is_passed_over_and_the_next_one_read() {
        let endless_line = "data: 0123456789abcdef\ndata: more\n\ndata: b\n\n";
        let endless_event = "data: 0123\ndata: 4567\ndata: 89ab\ndata: cdef\n\ndata: b\n\n";
        for text in [endless_line, endless_event] {
            for size in [text.len(), 1, 7] {
                let (seen, _) = frames(text.as_bytes().chunks(size), 14);
                assert_eq!(seen, ["too long", "|b"], "by {size}");
            }
        }
    }

    #[test]
    fn a_finished_decoder_is_as_new() {
        let mut decoder = SseDecoder::default();
        decoder.feed(b"event: x\ndata: a", &mut |_| {});
        decoder.finish(&mut |_| {});
        let mut seen = Vec::new();
        decoder.feed(b"\xEF\xBB\xBFdata: b\n\n", &mut |frame| seen.push(note(frame)));
        assert_eq!(seen, ["|b"]);
    }

    fn as_strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_frames(
            parts in prop::collection::vec(prop::sample::select(vec![
                &b"data: "[..], b"event: e", b":", b"\n", b"\r", b"\r\n", b"x", b"\xC3", b"\xA9", b"\xEF\xBB\xBF", b"\0",
            ]), 0..40),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
            limit in 4_usize..40,
        ) {
            let bytes = parts.concat();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces = at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
            let whole = frames([&bytes[..]], limit);
            prop_assert_eq!(frames(pieces, limit), whole.clone());
            prop_assert_eq!(frames(bytes.chunks(1), limit), whole);
        }
    }
}

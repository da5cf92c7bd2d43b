//! A lane's text as wrapped lines, laid out once: new text touches only the last line.
//! What a frame costs depends on the rows it shows, never on how much was said.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use speed_kings_core::race::event::TextChannel;
use speed_kings_core::race::transcript::Transcript;
use speed_kings_core::text;

/// What a tab is drawn as.
const TAB: &str = "    ";

/// One row of wrapped text, printable.
#[derive(Clone, PartialEq, Debug)]
pub struct WrappedLine {
    /// The printable text of the row.
    pub text: String,
    /// What kind of text it is.
    pub channel: TextChannel,
    /// Where it begins in the transcript, in bytes.
    start: usize,
    /// It goes on from the row above.
    carried: bool,
    /// It is no text but the rule above a stretch of another channel.
    rule: bool,
}

/// The layout of one transcript at one width.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TranscriptLayout {
    width: u16,
    lines: Vec<WrappedLine>,
    /// How much of the transcript is laid out, in bytes.
    done: usize,
    /// How much of its answer was laid out as reasoning that it had come as answer.
    reasoned: usize,
}

impl TranscriptLayout {
    /// Brings the layout up to date with `transcript` at `width` columns.
    pub fn update(&mut self, transcript: &Transcript, width: u16) {
        let reasoned = transcript.reasoned();
        if (width, reasoned) != (self.width, self.reasoned) {
            *self = Self { width, reasoned, ..Self::default() };
        } else if transcript.text().len() < self.done {
            self.shrink(transcript.text().len());
        }
        if transcript.text().len() == self.done || width == 0 {
            return;
        }
        let (mut from, mut carried) = self.reopen();
        while from < transcript.text().len() {
            let end = transcript.stretch_end(from);
            let stretch = transcript.text().get(from..end).unwrap_or_default();
            if self.lines.last().is_some_and(|line| !line.rule && line.channel != transcript.channel_at(from)) {
                self.lines.push(rule(from, transcript.channel_at(from)));
            }
            self.wrap(stretch, LayoutRow { carried, ..LayoutRow::new(from, transcript.channel_at(from)) });
            (from, carried) = (end, false);
        }
        self.done = transcript.text().len();
    }

    /// The rows, from the first to the last.
    #[must_use]
    pub fn lines(&self) -> &[WrappedLine] {
        &self.lines
    }

    /// Takes away what a text of `length` bytes, the beginning of the one that is laid out, has no more. The paragraph
    /// that it now ends in goes as well: its last word may have been carried over for letters that are gone.
    fn shrink(&mut self, length: usize) {
        self.lines.truncate(self.lines.partition_point(|line| line.start < length));
        while self.lines.pop_if(|line| line.carried).is_some() {}
        self.done = self.lines.last().map_or(0, |line| line.start);
    }

    /// Takes away what new text may change and gives where to begin anew: the last line may go on, and so may the
    /// character at its end; when the line is still empty, that character stands in the line above. All others stand.
    fn reopen(&mut self) -> (usize, bool) {
        let Some(last) = self.lines.pop() else { return (self.done, false) };
        let above = if last.text.is_empty() { self.lines.pop_if(|line| !line.rule) } else { None };
        let first = above.unwrap_or(last);
        (first.start, first.carried)
    }

    /// Wraps one stretch of one channel, beginning with `row`.
    fn wrap(&mut self, stretch: &str, mut row: LayoutRow) {
        let (offset, channel) = (row.start, row.channel);
        for (at, grapheme) in stretch.grapheme_indices(true) {
            let at = offset + at;
            if is_break(grapheme) {
                let next = LayoutRow::new(at + grapheme.len(), channel);
                self.lines.push(std::mem::replace(&mut row, next).line());
                continue;
            }
            let shown = shown(grapheme);
            let width = shown.width();
            // Twice, when the word that was carried over fills a row of its own.
            while row.width + width > usize::from(self.width) && row.width > 0 {
                let next = row.split(at);
                self.lines.push(std::mem::replace(&mut row, next).line());
            }
            // At a break between words the space has done its work.
            if grapheme == " " && row.width == 0 && row.carried {
                continue;
            }
            row.push(at, &shown, width, grapheme == " ");
        }
        self.lines.push(row.line());
    }
}

/// A row in the making.
struct LayoutRow {
    line: String,
    width: usize,
    start: usize,
    channel: TextChannel,
    /// Where the last word begins: in the row's text, in the transcript, and in columns.
    word: Option<(usize, usize, usize)>,
    /// It goes on from the row above.
    carried: bool,
}

impl LayoutRow {
    const fn new(start: usize, channel: TextChannel) -> Self {
        Self { line: String::new(), width: 0, start, channel, word: None, carried: false }
    }

    fn push(&mut self, at: usize, shown: &str, width: usize, space: bool) {
        self.line.push_str(shown);
        self.width += width;
        if space {
            self.word = Some((self.line.len(), at + 1, self.width));
        }
    }

    /// Cuts the last word off into a row of its own; a word that fills the row is cut where the row ends.
    fn split(&mut self, at: usize) -> Self {
        match self.word.take() {
            Some((cut, start, width)) => {
                let rest = self.line.split_off(cut);
                let row = Self {
                    line: rest,
                    width: self.width - width,
                    start,
                    channel: self.channel,
                    word: None,
                    carried: true,
                };
                self.line.truncate(self.line.trim_end_matches(' ').len());
                row
            }
            None => Self { carried: true, ..Self::new(at, self.channel) },
        }
    }

    fn line(self) -> WrappedLine {
        WrappedLine { text: self.line, channel: self.channel, start: self.start, carried: self.carried, rule: false }
    }
}

/// The line between two stretches of different channels.
fn rule(start: usize, channel: TextChannel) -> WrappedLine {
    let name = match channel {
        TextChannel::Answer => "answer",
        TextChannel::Reasoning => "thinking",
        TextChannel::Tool => "tool call",
        TextChannel::Refusal => "refusal",
    };
    WrappedLine { text: format!("┄┄ {name} ┄┄"), channel, start, carried: false, rule: true }
}

fn is_break(grapheme: &str) -> bool {
    matches!(grapheme, "\n" | "\r\n" | "\r")
}

/// What to draw for one grapheme of untrusted text.
fn shown(grapheme: &str) -> std::borrow::Cow<'_, str> {
    if grapheme == "\t" { TAB.into() } else { text::printable(grapheme) }
}

/// How far a pane is scrolled.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ScrollState {
    /// At the end, following it.
    #[default]
    Follow,
    /// With this row on top.
    Top(usize),
}

impl ScrollState {
    /// The row on top in a pane of `height` rows over `total` lines.
    #[must_use]
    pub fn top(self, total: usize, height: u16) -> usize {
        let last = total.saturating_sub(usize::from(height));
        match self {
            Self::Follow => last,
            Self::Top(row) => row.min(last),
        }
    }

    /// Scrolled by `rows`, negative for up. Reaching the end follows it again.
    #[must_use]
    pub fn by(self, rows: isize, total: usize, height: u16) -> Self {
        let top = self.top(total, height).saturating_add_signed(rows);
        if top >= total.saturating_sub(usize::from(height)) { Self::Follow } else { Self::Top(top) }
    }
}

/// The rows of a layout that are in sight.
pub struct VisibleRows<'a> {
    /// The layout whose rows are drawn.
    pub layout: &'a TranscriptLayout,
    /// How far it is scrolled.
    pub scroll: ScrollState,
    /// The style of each channel's text.
    pub style: &'a dyn Fn(TextChannel) -> Style,
    /// The style of the rules between channels.
    pub rule: Style,
}

impl Widget for VisibleRows<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let lines = self.layout.lines();
        let top = self.scroll.top(lines.len(), area.height);
        for (row, line) in (area.top()..area.bottom()).zip(lines.iter().skip(top)) {
            let style = if line.rule { self.rule } else { (self.style)(line.channel) };
            buf.set_stringn(area.left(), row, &line.text, usize::from(area.width), style);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrap(pieces: &[(TextChannel, &str)], width: u16) -> Vec<String> {
        let (mut transcript, mut layout) = (Transcript::default(), TranscriptLayout::default());
        for (channel, piece) in pieces {
            transcript.push(*channel, piece);
            layout.update(&transcript, width);
        }
        layout.lines().iter().map(|line| line.text.clone()).collect()
    }

    fn answer(text: &str, width: u16) -> Vec<String> {
        wrap(&[(TextChannel::Answer, text)], width)
    }

    #[test]
    fn words_wrap_and_long_ones_are_cut() {
        assert_eq!(answer("one two three", 8), ["one two", "three"]);
        assert_eq!(answer("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(answer("ab cdefghij", 4), ["ab", "cdef", "ghij"]);
        assert_eq!(answer("a\n\nb\r\nc", 4), ["a", "", "b", "c"]);
    }

    #[test]
    fn wide_characters_never_straddle_the_edge() {
        assert_eq!(answer("日本語", 5), ["日本", "語"]);
        assert_eq!(answer("a🏁b", 2), ["a", "🏁", "b"]);
    }

    #[test]
    fn channels_are_told_apart_by_a_rule() {
        let pieces = [
            (TextChannel::Reasoning, "hmm"),
            (TextChannel::Answer, "\n"),
            (TextChannel::Answer, "yes"),
            (TextChannel::Tool, "{}"),
        ];
        assert_eq!(wrap(&pieces, 20), ["hmm", "┄┄ answer ┄┄", "", "yes", "┄┄ tool call ┄┄", "{}"]);
    }

    #[test]
    fn escapes_are_inert() {
        assert_eq!(answer("\x1b[2Jx\ty", 20), ["␛[2Jx    y"]);
    }

    #[test]
    fn scrolling_stays_in_bounds_and_follows_at_the_end() {
        assert_eq!(ScrollState::Follow.top(100, 10), 90);
        assert_eq!(ScrollState::Follow.by(-3, 100, 10), ScrollState::Top(87));
        assert_eq!(ScrollState::Top(87).by(3, 100, 10), ScrollState::Follow);
        assert_eq!(ScrollState::Top(1).by(-9, 100, 10), ScrollState::Top(0));
        assert_eq!(ScrollState::Top(5).top(3, 10), 0);
    }

    proptest! {
        /// Laid out piece by piece, a text looks as if it had come at once.
        #[test]
        fn growth_changes_nothing(
            pieces in proptest::collection::vec((any::<bool>(), "[a-z 日é\n\r👩\u{200d}]{1,6}"), 0..30),
            width in 1u16..20, back in 0usize..30,
        ) {
            let channel = |thinks: bool| if thinks { TextChannel::Reasoning } else { TextChannel::Answer };
            let (mut transcript, mut grown) = (Transcript::default(), TranscriptLayout::default());
            for (thinks, piece) in &pieces {
                transcript.push(channel(*thinks), piece);
                grown.update(&transcript, width);
            }
            let mut whole = TranscriptLayout::default();
            whole.update(&transcript, width);
            prop_assert_eq!(&grown.lines, &whole.lines);
            // Going back is as good as never having been further.
            let mut shorter = Transcript::default();
            let back = back.min(pieces.len());
            pieces[..back].iter().for_each(|(thinks, piece)| shorter.push(channel(*thinks), piece));
            let (mut shrunk, mut fresh) = (grown.clone(), TranscriptLayout::default());
            shrunk.update(&shorter, width);
            fresh.update(&shorter, width);
            prop_assert_eq!(&shrunk.lines, &fresh.lines);
            shrunk.update(&transcript, width);
            prop_assert_eq!(&shrunk.lines, &whole.lines);
            // Only a single character that is wider than the pane may stick out of it.
            let texts = || grown.lines().iter().filter(|line| !line.rule);
            prop_assert!(texts().all(|line| line.text.width() <= usize::from(width.max(2))));
        }
    }
}

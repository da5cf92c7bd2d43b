//! Rows of wrapped text, and the writer that wraps text into them.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use speed_kings_core::race::event::TextChannel;
use speed_kings_core::text;

/// What a tab is drawn as.
const TAB: &str = "    ";

/// What a stretch of text is, for its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum TextTone {
    /// Running text without more to it.
    #[default]
    Plain,
    /// A heading of the answer.
    Heading,
    /// Code of which nothing more is known.
    Code,
    /// A word of a programming language.
    Keyword,
    /// A string in code.
    StringLiteral,
    /// A number or constant in code.
    Constant,
    /// A comment in code.
    Comment,
    /// A type in code.
    TypeName,
    /// What a link says or where it leads.
    Link,
    /// Bullets, bars and lines that are drawn and were not said.
    Mark,
    /// Text that somebody is quoted with.
    Quote,
}

/// How a stretch of text is set.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TextLook {
    /// What kind of text it is.
    pub tone: TextTone,
    /// Set in bold letters.
    pub strong: bool,
    /// Set in slanted letters.
    pub emphasis: bool,
    /// With a line through it.
    pub struck: bool,
}

impl TextLook {
    /// Upright text of normal weight.
    #[must_use]
    pub const fn of(tone: TextTone) -> Self {
        Self { tone, strong: false, emphasis: false, struck: false }
    }
}

/// Up to which byte of its row a look goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct LookSpan {
    end: usize,
    look: TextLook,
}

/// One row of wrapped text, printable.
#[derive(Clone, PartialEq, Debug)]
pub struct WrappedLine {
    /// The printable text of the row.
    pub text: String,
    /// What kind of text it is.
    pub channel: TextChannel,
    /// It is no text but the rule above a stretch of another channel.
    pub rule: bool,
    /// How its parts look; text after the last one is plain.
    spans: Vec<LookSpan>,
    /// Where it begins in the transcript, in bytes.
    pub(super) start: usize,
    /// It goes on from the row above.
    pub(super) carried: bool,
}

impl WrappedLine {
    /// A row without text.
    pub(super) const fn empty(start: usize, channel: TextChannel) -> Self {
        Self { text: String::new(), channel, rule: false, spans: Vec::new(), start, carried: false }
    }

    /// The line between two stretches of different channels.
    pub(super) fn rule(start: usize, channel: TextChannel) -> Self {
        let name = match channel {
            TextChannel::Answer => "answer",
            TextChannel::Reasoning => "thinking",
            TextChannel::Tool => "tool call",
            TextChannel::Refusal => "refusal",
        };
        Self { text: format!("┄┄ {name} ┄┄"), rule: true, ..Self::empty(start, channel) }
    }

    /// The row in parts that look alike.
    pub fn parts(&self) -> impl Iterator<Item = (&str, TextLook)> {
        let last = LookSpan { end: self.text.len(), look: TextLook::default() };
        let starts = std::iter::once(0).chain(self.spans.iter().map(|span| span.end));
        let spans = starts.zip(self.spans.iter().copied().chain([last]));
        spans.filter_map(|(start, span)| Some((self.text.get(start..span.end)?, span.look)))
    }

    /// Adds text that looks so at the end.
    pub(super) fn append(&mut self, text: &str, look: TextLook) {
        if text.is_empty() {
            return;
        }
        let before = self.spans.last().map_or(0, |span| span.end);
        if before < self.text.len() && look != TextLook::default() {
            self.spans.push(LookSpan { end: self.text.len(), look: TextLook::default() });
        }
        self.text.push_str(text);
        match self.spans.last_mut() {
            _ if look == TextLook::default() => {}
            Some(span) if span.look == look => span.end = self.text.len(),
            _ => self.spans.push(LookSpan { end: self.text.len(), look }),
        }
    }

    /// Cuts the text off at byte `at` and gives the rest.
    fn split_off(&mut self, at: usize) -> Self {
        let mut rest = Self { carried: true, ..Self::empty(self.start, self.channel) };
        let mut start = 0;
        let parts: Vec<_> = self.parts().map(|(text, look)| (text.to_owned(), look)).collect();
        for (text, look) in parts {
            if let Some(text) = text.get(at.saturating_sub(start).min(text.len())..) {
                rest.append(text, look);
            }
            start += text.len();
        }
        self.truncate(at);
        rest
    }

    /// The row without what the pane is too narrow for.
    pub(super) fn cut(self, form: RowForm) -> Self {
        let mut rows = Vec::new();
        let mut writer = RowWriter::drawn(&mut rows, form, self.start);
        for (text, look) in self.parts() {
            writer.push(text, self.start, look);
        }
        writer.finish();
        rows.into_iter().next().unwrap_or(self)
    }

    fn truncate(&mut self, at: usize) {
        self.text.truncate(at);
        self.spans.retain_mut(|span| {
            let kept = span.end <= at;
            span.end = span.end.min(at);
            kept
        });
    }
}

/// What all rows of a text share.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct RowForm {
    /// How wide rows are, in columns.
    pub(super) width: u16,
    pub(super) channel: TextChannel,
}

/// Wraps text into rows.
pub(super) struct RowWriter<'a> {
    rows: &'a mut Vec<WrappedLine>,
    form: RowForm,
    /// All rows begin at one place of the transcript: they are no longer what stands there, letter by letter.
    drawn: bool,
    /// What each further row begins with.
    hang: String,
    row: WrappedLine,
    /// How wide the row is, and how much of that is its margin, in columns.
    width: usize,
    margin: usize,
    /// Where the last word begins: in the row's text, in the transcript, and in columns.
    word: Option<(usize, usize, usize)>,
}

impl<'a> RowWriter<'a> {
    /// A writer of text as it stands from byte `start` of the transcript on.
    pub(super) const fn new(rows: &'a mut Vec<WrappedLine>, form: RowForm, start: usize) -> Self {
        let row = WrappedLine::empty(start, form.channel);
        Self { rows, form, drawn: false, hang: String::new(), row, width: 0, margin: 0, word: None }
    }

    /// A writer of what is made out of the text at byte `start` of the transcript.
    pub(super) fn drawn(rows: &'a mut Vec<WrappedLine>, form: RowForm, start: usize) -> Self {
        Self { drawn: true, ..Self::new(rows, form, start) }
    }

    /// Its row goes on from the row above.
    pub(super) const fn carried(mut self, carried: bool) -> Self {
        self.row.carried = carried;
        self
    }

    /// Its row begins with `first` and each further one with `hang`, unless that leaves no room for text.
    pub(super) fn with_margin(mut self, first: &str, hang: &str) -> Self {
        if first.width().max(hang.width()) * 2 <= usize::from(self.form.width) {
            hang.clone_into(&mut self.hang);
            self.begin(first);
        }
        self
    }

    /// Puts a margin before the text of a row that has none yet.
    fn begin(&mut self, margin: &str) {
        self.row.append(margin, TextLook::of(TextTone::Mark));
        (self.width, self.margin) = (margin.width(), margin.width());
    }

    /// Adds text that stands at byte `offset` of the transcript.
    pub(super) fn push(&mut self, text: &str, offset: usize, look: TextLook) {
        let (mut text, mut offset) = (text, offset);
        while !text.is_empty() {
            let length = self.push_word(text, offset, look).unwrap_or_else(|| self.push_grapheme(text, offset, look));
            text = text.get(length..).unwrap_or_default();
            offset += if self.drawn { 0 } else { length };
        }
    }

    /// Adds what fits of the plain word that `text` begins with, if it is one. Gives its length in bytes.
    fn push_word(&mut self, text: &str, offset: usize, look: TextLook) -> Option<usize> {
        let length = plain_word(text, usize::from(self.form.width).saturating_sub(self.width));
        let word = text.get(..length).filter(|word| !word.is_empty() && !self.swallows(word))?;
        self.row.append(word, look);
        self.width += length;
        if word.ends_with(' ') {
            self.word = Some((self.row.text.len(), if self.drawn { offset } else { offset + length }, self.width));
        }
        Some(length)
    }

    /// Adds the grapheme that `text` begins with. Gives its length in bytes.
    fn push_grapheme(&mut self, text: &str, at: usize, look: TextLook) -> usize {
        let Some(grapheme) = text.graphemes(true).next() else { return text.len() };
        let next = if self.drawn { at } else { at + grapheme.len() };
        if is_break(grapheme) {
            self.wrap(&WrappedLine::empty(next, self.form.channel));
            return grapheme.len();
        }
        let shown = shown(grapheme);
        let width = shown.width();
        // Twice, when the word that was carried over fills a row of its own.
        while self.width + width > usize::from(self.form.width) && self.width > self.margin {
            self.carry(at);
        }
        if !self.swallows(grapheme) {
            self.row.append(&shown, look);
            self.width += width;
            if grapheme == " " {
                self.word = Some((self.row.text.len(), next, self.width));
            }
        }
        grapheme.len()
    }

    /// Whether `word` is the space at a break between words, which has done its work.
    fn swallows(&self, word: &str) -> bool {
        word == " " && self.width == self.margin && self.row.carried
    }

    /// Begins a row with the last word of this one; a word that fills the row is cut where the row ends.
    fn carry(&mut self, at: usize) {
        let next = match self.word {
            Some((cut, start, _)) => {
                let rest = self.row.split_off(cut);
                self.row.truncate(self.row.text.trim_end_matches(' ').len());
                WrappedLine { start, ..rest }
            }
            None => WrappedLine { carried: true, ..WrappedLine::empty(at, self.form.channel) },
        };
        self.wrap(&next);
    }

    /// Ends the row and goes on with `next`, which gets its margin here.
    fn wrap(&mut self, next: &WrappedLine) {
        let row = WrappedLine { text: String::new(), spans: Vec::new(), ..*next };
        self.rows.push(std::mem::replace(&mut self.row, row));
        let hang = std::mem::take(&mut self.hang);
        self.begin(&hang);
        self.hang = hang;
        for (text, look) in next.parts() {
            self.row.append(text, look);
            self.width += text.width();
        }
        self.word = None;
    }

    /// Ends the last row.
    pub(super) fn finish(self) {
        self.rows.push(self.row);
    }
}

/// How many bytes of plain ASCII `text` begins with, up to the end of the first word with the space behind it and to
/// `most`. What follows may still change the last letter, unless it is ASCII itself.
fn plain_word(text: &str, most: usize) -> usize {
    let bytes = text.as_bytes();
    let letters = bytes.iter().take(most).take_while(|byte| byte.is_ascii_graphic()).count();
    match bytes.get(letters) {
        Some(b' ') if letters < most && bytes.get(letters + 1).is_none_or(u8::is_ascii) => letters + 1,
        Some(byte) if !byte.is_ascii() => letters.saturating_sub(1),
        _ => letters,
    }
}

fn is_break(grapheme: &str) -> bool {
    matches!(grapheme, "\n" | "\r\n" | "\r")
}

/// What to draw for one grapheme of untrusted text.
fn shown(grapheme: &str) -> std::borrow::Cow<'_, str> {
    if grapheme == "\t" { TAB.into() } else { text::printable(grapheme) }
}

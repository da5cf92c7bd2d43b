//! Thinking that comes inside the answer: `<think>` at its start, `</think>` behind it, both cut anywhere by chunks.
//! Where the model's template has opened the tag, only the closing one comes: what came before it was thinking all along.
//! Text is held back only as long as it may still be part of a tag.

mod tag;

use crate::provider::think_tags::tag::TextBeginning;
use speed_kings_core::race::event::{EventKind, TextChannel};

/// White space before the tag is held back until the tag is decided, but no more than this many bytes of it.
const LEADING: usize = 64;
/// Backticks that open and close a block of code.
const FENCE: usize = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ThinkState {
    /// Nothing but white space and perhaps part of the tag so far.
    Start,
    /// Within thinking, until one of these closes it.
    Inside(&'static [&'static str]),
    /// Text without an opening tag: thinking, if a closing one comes.
    Unopened,
    /// Behind the thinking, or there is none: tags mean nothing from here on.
    Answer,
}

/// Sorts the answer's text into thinking and answer.
#[derive(Debug)]
pub(super) struct ThinkSplitter {
    state: ThinkState,
    held: String,
    place: MarkdownPlace,
    /// Some text went out as answer.
    answered: bool,
    /// Thinking came in a field of its own, so text without an opening tag is none.
    apart: bool,
}

impl ThinkSplitter {
    /// With `tags` off, all text is the answer as it stands.
    pub(super) const fn new(tags: bool) -> Self {
        let state = if tags { ThinkState::Start } else { ThinkState::Answer };
        Self { state, held: String::new(), place: MarkdownPlace::START, answered: false, apart: false }
    }

    pub(super) fn feed(&mut self, text: &str, out: &mut Vec<EventKind>) {
        if self.held.is_empty() {
            self.sort(text, out);
        } else {
            let mut joined = std::mem::take(&mut self.held);
            joined.push_str(text);
            self.sort(&joined, out);
        }
    }

    /// No more text belongs to what is held back: hands it over as what it is.
    pub(super) fn flush(&mut self, out: &mut Vec<EventKind>) {
        let held = std::mem::take(&mut self.held);
        if held.is_empty() {
            return;
        }
        match self.state {
            ThinkState::Inside(_) => emit(TextChannel::Reasoning, &held, out),
            ThinkState::Start | ThinkState::Unopened | ThinkState::Answer => self.answer(&held, out),
        }
        // A tag that begins after other text is text.
        if self.state == ThinkState::Start {
            self.state = ThinkState::Unopened;
        }
    }

    /// Thinking came in a field of its own.
    pub(super) const fn comes_apart(&mut self) {
        self.apart = true;
    }

    fn sort(&mut self, text: &str, out: &mut Vec<EventKind>) {
        match self.state {
            ThinkState::Start => self.start(text, out),
            ThinkState::Inside(closers) => self.inside(text, closers, out),
            ThinkState::Unopened if self.apart => self.answer(text, out),
            ThinkState::Unopened => self.unopened(text, out),
            ThinkState::Answer => self.answer(text, out),
        }
    }

    fn start(&mut self, text: &str, out: &mut Vec<EventKind>) {
        let word = text.trim_start();
        let (blank, word) = text.split_at_checked(text.len() - word.len()).unwrap_or(("", text));
        if word.is_empty() && blank.len() <= LEADING {
            text.clone_into(&mut self.held);
            return;
        }
        let (state, tag) = match tag::beginning(word) {
            TextBeginning::Cut if blank.len() <= LEADING => {
                text.clone_into(&mut self.held);
                return;
            }
            TextBeginning::Open(closers, length) => (ThinkState::Inside(closers), length),
            TextBeginning::Close(length) => (ThinkState::Answer, length),
            TextBeginning::Cut | TextBeginning::Text => {
                self.state = ThinkState::Unopened;
                return self.sort(text, out);
            }
        };
        self.state = state;
        // The white space goes with the thinking: it must not pass for the answer's first character.
        emit(TextChannel::Reasoning, blank, out);
        self.sort(word.get(tag..).unwrap_or_default(), out);
    }

    fn inside(&mut self, text: &str, closers: &[&str], out: &mut Vec<EventKind>) {
        if let Some((thinking, answer)) = tag::find(text, closers) {
            emit(TextChannel::Reasoning, text.get(..thinking).unwrap_or_default(), out);
            self.state = ThinkState::Answer;
            self.answer(text.get(answer..).unwrap_or_default(), out);
            return;
        }
        let cut = tag::cut(text, closers).and_then(|at| text.split_at_checked(at));
        let (thinking, tail) = cut.unwrap_or((text, ""));
        tail.clone_into(&mut self.held);
        emit(TextChannel::Reasoning, thinking, out);
    }

    /// Looks for the tag that closes what nothing has opened. Within code and quotes a tag is what is spoken of, and
    /// behind an opening tag it belongs to that one.
    fn unopened(&mut self, text: &str, out: &mut Vec<EventKind>) {
        for (at, letter) in text.char_indices() {
            let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
            if tag::begins_tag(letter) && !self.place.in_code() {
                match tag::beginning(rest) {
                    TextBeginning::Cut => return self.hold(before, rest, out),
                    TextBeginning::Open(..) => {
                        self.state = ThinkState::Answer;
                        return self.answer(text, out);
                    }
                    TextBeginning::Close(length) => {
                        let behind = rest.get(length..).unwrap_or_default();
                        match self.place.quoted(behind) {
                            None => return self.hold(before, rest, out),
                            Some(false) => return self.thought(before, behind, out),
                            Some(true) => {}
                        }
                    }
                    TextBeginning::Text => {}
                }
            }
            self.place.pass(letter);
        }
        self.answer(text, out);
    }

    fn hold(&mut self, before: &str, rest: &str, out: &mut Vec<EventKind>) {
        rest.clone_into(&mut self.held);
        self.answer(before, out);
    }

    /// What came before was thinking.
    fn thought(&mut self, before: &str, behind: &str, out: &mut Vec<EventKind>) {
        if self.answered {
            out.push(EventKind::WasReasoning);
        }
        emit(TextChannel::Reasoning, before, out);
        self.state = ThinkState::Answer;
        self.answer(behind, out);
    }

    fn answer(&mut self, text: &str, out: &mut Vec<EventKind>) {
        self.answered |= !text.is_empty();
        emit(TextChannel::Answer, text, out);
    }
}

/// Where in a text of Markdown one is.
#[derive(Debug)]
struct MarkdownPlace {
    /// In a block of code.
    fenced: bool,
    /// In a stretch of code within the line.
    inline: bool,
    /// How many backticks stand just before.
    ticks: usize,
    /// Nothing but white space and backticks in the line so far.
    blank: bool,
    last: char,
}

impl MarkdownPlace {
    const START: Self = Self { fenced: false, inline: false, ticks: 0, blank: true, last: '\n' };

    fn pass(&mut self, letter: char) {
        if letter == '`' {
            self.ticks += 1;
        } else {
            (self.fenced, self.inline) = self.behind_ticks();
            self.blank = letter == '\n' || self.blank && self.ticks == 0 && letter.is_whitespace();
            self.ticks = 0;
            self.inline &= letter != '\n';
        }
        self.last = letter;
    }

    /// What the backticks just before have opened or closed.
    const fn behind_ticks(&self) -> (bool, bool) {
        match self.ticks {
            0 => (self.fenced, self.inline),
            FENCE.. if self.blank => (!self.fenced, false),
            _ => (self.fenced, !self.fenced && !self.inline),
        }
    }

    const fn in_code(&self) -> bool {
        let (fenced, inline) = self.behind_ticks();
        fenced || inline
    }

    /// Whether a tag here is between quotes, with `behind` following it; nothing as long as that can't be known.
    fn quoted(&self, behind: &str) -> Option<bool> {
        let end = match self.last {
            '"' | '\'' => self.last,
            '“' => '”',
            '‘' => '’',
            '«' => '»',
            '「' => '」',
            _ => return Some(false),
        };
        behind.chars().next().map(|letter| letter == end)
    }
}

fn emit(channel: TextChannel, text: &str, out: &mut Vec<EventKind>) {
    if !text.is_empty() {
        out.push(EventKind::Text { channel, text: text.into() });
    }
}

#[cfg(test)]
mod tests;

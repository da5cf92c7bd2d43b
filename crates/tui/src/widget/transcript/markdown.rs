//! Markdown line by line as it comes: a block is drawn when its lines are whole, and once it has ended it stands.
//! Blocks end at blank lines, at fences, and at a length, so that no answer costs more to draw than another.

use super::block::MarkdownBlock;
use super::code;
use super::row::{RowForm, RowWriter, TextLook, TextTone, WrappedLine};
use speed_kings_core::race::event::TextChannel;

/// A block that has so many bytes ends with its line.
const LONGEST: usize = 4 * 1024;
/// Text stands in no further than this.
const DEEPEST: usize = 12;
/// A line as long as this is shown as it stands.
const PLAIN: usize = 16 * 1024;

/// What the lines so far leave behind for the next one.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct BlockContext {
    /// The block above belongs to a list.
    list: bool,
    /// Code that is not closed yet.
    fence: Option<CodeFence>,
}

/// The line that opened a block of code.
#[derive(Clone, PartialEq, Debug)]
struct CodeFence {
    mark: char,
    length: usize,
    indent: usize,
    language: String,
}

impl CodeFence {
    fn opened_by(line: &str) -> Option<Self> {
        let text = line.trim_start_matches(' ');
        let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let info = text.trim_start_matches(mark);
        let length = text.len() - info.len();
        // Behind backticks more of them make it code in a line of text.
        let fences = length >= 3 && !(mark == '`' && info.contains('`'));
        let language = info.trim().split([' ', ',', '{', ':']).next().unwrap_or_default().to_owned();
        fences.then(|| Self { mark, length, indent: (line.len() - text.len()).min(DEEPEST), language })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let text = line.trim();
        text.len() >= self.length && text.chars().all(|c| c == self.mark)
    }

    fn margin(&self) -> String {
        format!("{}{}", " ".repeat(self.indent), code::MARGIN)
    }

    /// `code` without the columns by which all of the block stands in.
    fn dedent(&self, code: &str) -> String {
        code.split_inclusive('\n')
            .map(|line| line.strip_prefix(&*" ".repeat(indent(line).min(self.indent))).unwrap_or(line))
            .collect()
    }
}

/// Where a stretch can be taken up again: everything above stands.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct SettledPlace {
    /// Where its stretch begins in the transcript.
    pub(super) stretch: usize,
    /// Where it is in the transcript.
    pub(super) bytes: usize,
    /// How many rows stand above.
    pub(super) rows: usize,
    /// What is needed to go on; nothing in a stretch that is no Markdown.
    pub(super) context: Option<BlockContext>,
}

/// Draws the text from the last place on, and adds the places that it settles. A text that has `ended` has no line that is
/// still being written. Gives whether there is one.
pub(super) fn draw(
    rows: &mut Vec<WrappedLine>,
    places: &mut Vec<SettledPlace>,
    (text, ended): (&str, bool),
    form: RowForm,
) -> bool {
    let Some((origin, context)) = places.last().and_then(|place| Some((place.bytes, place.context.clone()?))) else {
        return false;
    };
    let mut pen = MarkdownPen { rows, places, text, origin, form, context, begin: 0, drawn: true };
    let mut at = 0;
    for line in text.split_inclusive('\n').filter(|line| ended || line.ends_with('\n')) {
        pen.line(at, line);
        at += line.len();
    }
    pen.block(at);
    let tail = text.get(at..).unwrap_or_default();
    if tail.is_empty() {
        return false;
    }
    let start = origin + at;
    draw_tail(pen.rows, &pen.context, (tail, start, false), form);
    true
}

/// The last place in the first `most` bytes of `text`, which begins at `place`, that its lines settle; nothing is drawn.
pub(super) fn last_place(place: &SettledPlace, text: &str, most: usize) -> Option<SettledPlace> {
    let (mut rows, mut places) = (Vec::new(), vec![place.clone()]);
    let (context, form) = (place.context.clone()?, RowForm { width: 0, channel: TextChannel::Answer });
    let (origin, drawn) = (place.bytes, false);
    let mut pen = MarkdownPen { rows: &mut rows, places: &mut places, text, origin, form, context, begin: 0, drawn };
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !line.ends_with('\n') || at + line.len() > most {
            break;
        }
        pen.line(at, line);
        at += line.len();
    }
    places.pop().filter(|last| last.bytes > place.bytes)
}

/// Draws a line that is still being written, as it stands, from byte `start` of the transcript on.
pub(super) fn draw_tail(
    rows: &mut Vec<WrappedLine>,
    context: &BlockContext,
    (text, start, carried): (&str, usize, bool),
    form: RowForm,
) {
    let (margin, tone) = match &context.fence {
        Some(fence) => (fence.margin(), TextTone::Code),
        None => (String::new(), TextTone::Plain),
    };
    let mut writer = RowWriter::new(rows, form, start).with_margin(&margin, &margin).carried(carried);
    writer.push(text, start, TextLook::of(tone));
    writer.finish();
}

/// What draws one stretch.
struct MarkdownPen<'a> {
    rows: &'a mut Vec<WrappedLine>,
    places: &'a mut Vec<SettledPlace>,
    text: &'a str,
    /// Where `text` begins in the transcript.
    origin: usize,
    form: RowForm,
    context: BlockContext,
    /// Where the block begins in `text`.
    begin: usize,
    /// Rows are made, and not only places found.
    drawn: bool,
}

impl MarkdownPen<'_> {
    /// Takes the whole line that begins at byte `at`.
    fn line(&mut self, at: usize, line: &str) {
        let next = at + line.len();
        let text = line.trim_end_matches(['\n', '\r']);
        if let Some(fence) = &self.context.fence {
            if fence.is_closed_by(text) {
                self.block(at);
                self.context.fence = None;
                return self.settle(next);
            }
        } else if let Some(fence) = CodeFence::opened_by(text) {
            self.block(at);
            self.label(at, &fence);
            self.context.fence = Some(fence);
            return self.settle(next);
        } else if text.trim().is_empty() {
            self.block(at);
            if self.rows.last().is_some_and(|row| !row.rule && !row.text.is_empty()) {
                self.rows.push(WrappedLine::empty(self.origin + at, self.form.channel));
            }
            return self.settle(next);
        } else if begins_item(text) {
            self.context.list = true;
        } else if at == self.begin && indent(text) < 2 {
            self.context.list = false;
        }
        if next - self.begin >= LONGEST {
            self.block(next);
            self.settle(next);
        }
    }

    /// Draws the block up to byte `end`.
    fn block(&mut self, end: usize) {
        let source = self.text.get(self.begin..end).unwrap_or_default();
        let start = self.origin + self.begin;
        if source.is_empty() || !self.drawn {
            return;
        }
        if let Some(fence) = &self.context.fence {
            let margins = (fence.margin(), fence.margin());
            code::draw(self.rows, self.form, &fence.language, &fence.dedent(source), (start, margins));
        } else if source.len() > PLAIN {
            let mut writer = RowWriter::new(self.rows, self.form, start);
            writer.push(source.trim_end(), start, TextLook::default());
            writer.finish();
        } else {
            let inset = if self.context.list { indent(source).min(DEEPEST) } else { 0 };
            let strip = " ".repeat(inset);
            let source: String =
                source.split_inclusive('\n').map(|line| line.strip_prefix(&*strip).unwrap_or(line)).collect();
            MarkdownBlock { source: &source, start, inset }.draw(self.rows, self.form);
        }
    }

    /// The line above code: its language.
    fn label(&mut self, at: usize, fence: &CodeFence) {
        if !self.drawn {
            return;
        }
        let mut row = WrappedLine::empty(self.origin + at, self.form.channel);
        let language = if fence.language.is_empty() { "code" } else { &fence.language };
        let label = format!("{}┌ {}", " ".repeat(fence.indent), speed_kings_core::text::printable(language));
        row.append(&label, TextLook::of(TextTone::Mark));
        self.rows.push(row.cut(self.form));
    }

    /// Everything up to byte `at` stands.
    fn settle(&mut self, at: usize) {
        self.begin = at;
        let context = Some(self.context.clone());
        let stretch = self.places.last().map_or(self.origin, |place| place.stretch);
        if !self.drawn {
            self.places.clear();
        }
        self.places.push(SettledPlace { stretch, bytes: self.origin + at, rows: self.rows.len(), context });
    }
}

/// How many spaces `line` begins with.
fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Whether `line` begins an item of a list.
fn begins_item(line: &str) -> bool {
    let text = line.trim_start_matches(' ');
    let digits = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered =
        (1..=9).contains(&(text.len() - digits.len())) && (digits.starts_with(". ") || digits.starts_with(") "));
    numbered || ["- ", "* ", "+ "].iter().any(|mark| text.starts_with(mark))
}

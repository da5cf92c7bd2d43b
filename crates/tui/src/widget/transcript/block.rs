//! One block of Markdown as rows: what pulldown-cmark finds in it, set for a terminal.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::code;
use super::row::{RowForm, RowWriter, TextLook, TextTone, WrappedLine};
use super::table::TableDraft;

/// The Markdown that models write.
const OPTIONS: Options = Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

/// A block of Markdown without blank lines, as it stands in the transcript.
pub(super) struct MarkdownBlock<'a> {
    pub(super) source: &'a str,
    /// Where it begins in the transcript, in bytes.
    pub(super) start: usize,
    /// Columns that it stands in from the left, as part of a list.
    pub(super) inset: usize,
}

impl MarkdownBlock<'_> {
    /// Adds its rows to `rows`.
    pub(super) fn draw(&self, rows: &mut Vec<WrappedLine>, form: RowForm) {
        let mut pen = BlockPen::new(rows, form, self);
        let mut depth = 0_usize;
        // What no event covers, such as the definition of a link, is shown as it stands.
        let mut covered = 0;
        for (event, range) in Parser::new_ext(self.source, OPTIONS).into_offset_iter() {
            if depth == 0 {
                pen.plain(self.source.get(covered..range.start).unwrap_or_default());
                covered = range.end.max(covered);
            }
            match &event {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth = depth.saturating_sub(1),
                _ => {}
            }
            pen.event(event);
        }
        pen.plain(self.source.get(covered..).unwrap_or_default());
        pen.end_row();
    }
}

/// What stands left of a list item or a quotation: once, and then on every further row.
struct BlockMargin {
    first: Option<String>,
    rest: String,
}

/// Draws the events of one block.
struct BlockPen<'a> {
    rows: &'a mut Vec<WrappedLine>,
    form: RowForm,
    start: usize,
    margins: Vec<BlockMargin>,
    /// The number of the next item of each list that is open.
    lists: Vec<Option<u64>>,
    looks: Vec<TextLook>,
    /// Where each link that is open leads, and what it said so far.
    links: Vec<(String, String)>,
    table: Option<TableDraft>,
    /// Code of a block that is open, with its language.
    code: Option<(String, String)>,
    /// The row in the making, in pieces.
    line: Vec<(String, TextLook)>,
}

impl<'a> BlockPen<'a> {
    fn new(rows: &'a mut Vec<WrappedLine>, form: RowForm, block: &MarkdownBlock<'_>) -> Self {
        let inset = " ".repeat(block.inset);
        let margins = vec![BlockMargin { first: None, rest: inset }];
        let (lists, looks, links, line) = (Vec::new(), vec![TextLook::default()], Vec::new(), Vec::new());
        Self { rows, form, start: block.start, margins, lists, looks, links, table: None, code: None, line }
    }

    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.begin(tag),
            Event::End(tag) => self.end(tag),
            // From HTML nothing is built: it is shown as it was said.
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text, self.look()),
            Event::Code(text) => self.text(&text, TextLook { tone: TextTone::Code, ..self.look() }),
            Event::SoftBreak | Event::HardBreak => self.end_row(),
            Event::Rule => {
                let line = "─".repeat(usize::from(self.form.width));
                self.text(&line, TextLook::of(TextTone::Mark));
                self.end_row();
            }
            Event::TaskListMarker(done) => self.text(if done { "[x] " } else { "[ ] " }, self.look()),
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                self.text(&text, self.look());
            }
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        let look = self.look();
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.end_row(),
            Tag::Heading { .. } => {
                self.end_row();
                self.looks.push(TextLook { tone: TextTone::Heading, strong: true, ..look });
            }
            Tag::BlockQuote(_) => {
                self.end_row();
                self.margins.push(BlockMargin { first: None, rest: "▎ ".into() });
                self.looks.push(TextLook { tone: TextTone::Quote, ..look });
            }
            Tag::CodeBlock(kind) => {
                self.end_row();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(first) => {
                self.end_row();
                self.lists.push(first);
            }
            Tag::Item => self.begin_item(),
            Tag::Table(alignments) => {
                self.end_row();
                self.table = Some(TableDraft::new(alignments));
            }
            Tag::TableHead => {
                self.looks.push(TextLook { strong: true, ..look });
                self.table.iter_mut().for_each(TableDraft::begin_row);
            }
            Tag::TableRow => self.table.iter_mut().for_each(TableDraft::begin_row),
            Tag::TableCell => self.table.iter_mut().for_each(TableDraft::begin_cell),
            Tag::Emphasis => self.looks.push(TextLook { emphasis: true, ..look }),
            Tag::Strong => self.looks.push(TextLook { strong: true, ..look }),
            Tag::Strikethrough => self.looks.push(TextLook { struck: true, ..look }),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), String::new()));
                self.looks.push(TextLook { tone: TextTone::Link, ..look });
            }
            _ => {}
        }
    }

    fn begin_item(&mut self) {
        self.end_row();
        let marker = match self.lists.last_mut() {
            Some(Some(number)) => {
                let marker = format!("{number}. ");
                *number = number.saturating_add(1);
                marker
            }
            _ => "• ".to_owned(),
        };
        let rest = " ".repeat(marker.chars().count());
        self.margins.push(BlockMargin { first: Some(marker), rest });
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.end_row(),
            TagEnd::Heading(_) => {
                self.end_row();
                self.looks.pop();
            }
            TagEnd::BlockQuote(_) => {
                self.end_row();
                self.margins.pop();
                self.looks.pop();
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let (first, hang) = self.margin();
                    let margins = (first + code::MARGIN, hang + code::MARGIN);
                    code::draw(self.rows, self.form, &language, &text, (self.start, margins));
                }
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::Item => {
                // An item without text is one, too.
                if self.margins.last().is_some_and(|margin| margin.first.is_some()) {
                    self.line.push((String::new(), TextLook::default()));
                }
                self.end_row();
                self.margins.pop();
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    let (first, hang) = self.margin();
                    table.draw(self.rows, self.form, self.start, (&first, &hang));
                }
            }
            TagEnd::TableHead | TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                self.looks.pop();
            }
            TagEnd::Link | TagEnd::Image => {
                self.looks.pop();
                if let Some((target, said)) = self.links.pop().filter(|(target, said)| !said.contains(&**target)) {
                    let shown = if said.is_empty() { target } else { format!(" ({target})") };
                    self.text(&shown, TextLook::of(TextTone::Mark));
                }
            }
            _ => {}
        }
    }

    fn look(&self) -> TextLook {
        self.looks.last().copied().unwrap_or_default()
    }

    fn text(&mut self, text: &str, look: TextLook) {
        self.links.iter_mut().for_each(|(_, said)| said.push_str(text));
        if let Some((_, code)) = &mut self.code {
            code.push_str(text);
        } else if let Some(table) = &mut self.table {
            table.push(text, look);
        } else {
            self.line.push((text.to_owned(), look));
        }
    }

    /// Shows lines as they stand.
    fn plain(&mut self, text: &str) {
        if !text.trim().is_empty() {
            self.end_row();
            self.text(text.trim_end(), self.look());
            self.end_row();
        }
    }

    /// What the next row begins with, and what those after it do.
    fn margin(&mut self) -> (String, String) {
        let hang = self.margins.iter().map(|margin| &*margin.rest).collect();
        let first = self.margins.iter_mut().map(|margin| margin.first.take().unwrap_or_else(|| margin.rest.clone()));
        (first.collect(), hang)
    }

    fn end_row(&mut self) {
        if self.line.is_empty() {
            return;
        }
        let line = std::mem::take(&mut self.line);
        let (first, hang) = self.margin();
        let mut writer = RowWriter::drawn(self.rows, self.form, self.start).with_margin(&first, &hang);
        for (text, look) in line {
            writer.push(&text, self.start, look);
        }
        writer.finish();
    }
}

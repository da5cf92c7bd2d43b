//! A table of an answer: columns as wide as what stands in them, and narrower with wrapped cells where the pane is.

use pulldown_cmark::Alignment;
use unicode_width::UnicodeWidthStr;

use super::row::{RowForm, RowWriter, TextLook, TextTone, WrappedLine};

/// What stands between two columns.
const GAP: &str = " │ ";
/// A column is never made narrower than this.
const NARROWEST: usize = 3;

/// What a cell says, in parts.
type TableCell = Vec<(String, TextLook)>;

/// A table as far as it is read.
pub(super) struct TableDraft {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<TableCell>>,
}

impl TableDraft {
    pub(super) const fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: Vec::new() }
    }

    pub(super) fn begin_row(&mut self) {
        self.rows.push(Vec::new());
    }

    pub(super) fn begin_cell(&mut self) {
        self.rows.last_mut().into_iter().for_each(|row| row.push(Vec::new()));
    }

    /// Adds text to the cell that was begun last.
    pub(super) fn push(&mut self, text: &str, look: TextLook) {
        if let Some(cell) = self.rows.last_mut().and_then(|row| row.last_mut()) {
            cell.push((text.to_owned(), look));
        }
    }

    /// Adds its rows to `rows`, with a line below the head.
    pub(super) fn draw(&self, rows: &mut Vec<WrappedLine>, form: RowForm, start: usize, margins: (&str, &str)) {
        let room = usize::from(form.width).saturating_sub(margins.0.width().max(margins.1.width()));
        let widths = self.widths(room);
        let mut margin = margins.0;
        for (index, row) in self.rows.iter().enumerate() {
            let cells: Vec<Vec<WrappedLine>> = widths
                .iter()
                .enumerate()
                .map(|(column, width)| wrap(row.get(column).map_or(&[][..], |cell| cell), *width, form, start))
                .collect();
            for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
                let mut whole = WrappedLine::empty(start, form.channel);
                whole.append(margin, TextLook::of(TextTone::Mark));
                margin = margins.1;
                for (column, (cell, width)) in cells.iter().zip(&widths).enumerate() {
                    if column > 0 {
                        whole.append(GAP, TextLook::of(TextTone::Mark));
                    }
                    let alignment = self.alignments.get(column).copied().unwrap_or(Alignment::None);
                    append_cell(&mut whole, cell.get(line), *width, alignment);
                }
                rows.push(whole.cut(form));
            }
            if index == 0 {
                let mut line = WrappedLine::empty(start, form.channel);
                let bars: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
                line.append(&format!("{margin}{}", bars.join("─┼─")), TextLook::of(TextTone::Mark));
                rows.push(line.cut(form));
            }
        }
    }

    /// How wide the columns are in so many columns of the screen: the widest gives way until all fit.
    fn widths(&self, room: usize) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let wide = |cell: &TableCell| cell.iter().map(|(text, _)| text.width()).sum::<usize>();
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(wide).max();
        let mut widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0).max(1)).collect();
        let room = room.saturating_sub(GAP.width() * columns.saturating_sub(1));
        loop {
            let over = widths.iter().sum::<usize>().saturating_sub(room);
            let mut sorted = widths.clone();
            sorted.sort_unstable();
            let Some(most) = sorted.last().copied().filter(|most| over > 0 && *most > NARROWEST) else { return widths };
            // All of the widest at once, down to the next wider one or as far as is needed.
            let next = sorted.iter().rev().find(|width| **width < most).copied().unwrap_or(0).max(NARROWEST);
            let many = widths.iter().filter(|width| **width == most).count();
            let target = next.max(most.saturating_sub(over.div_ceil(many)));
            widths.iter_mut().filter(|width| **width == most).for_each(|width| *width = target);
        }
    }
}

fn wrap(cell: &[(String, TextLook)], width: usize, form: RowForm, start: usize) -> Vec<WrappedLine> {
    let mut lines = Vec::new();
    let form = RowForm { width: u16::try_from(width).unwrap_or(u16::MAX), ..form };
    let mut writer = RowWriter::drawn(&mut lines, form, start);
    for (text, look) in cell {
        writer.push(text, start, *look);
    }
    writer.finish();
    lines
}

fn append_cell(whole: &mut WrappedLine, line: Option<&WrappedLine>, width: usize, alignment: Alignment) {
    let free = width.saturating_sub(line.map_or(0, |line| line.text.width()));
    let before = match alignment {
        Alignment::Right => free,
        Alignment::Center => free / 2,
        Alignment::Left | Alignment::None => 0,
    };
    whole.append(&" ".repeat(before), TextLook::default());
    for (text, look) in line.into_iter().flat_map(WrappedLine::parts) {
        whole.append(text, look);
    }
    whole.append(&" ".repeat(free - before), TextLook::default());
}

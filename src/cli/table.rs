//! Plain tables: columns as wide as what stands in them, told apart by two spaces.
//! Widths are those of a terminal, so that wide characters line up too.

use unicode_width::UnicodeWidthStr as _;

use crate::benchmark_report::ReportTable;
use crate::benchmark_report::markdown::escaped;
use crate::text::{printable, spreadsheet_cell};

/// Blanks between two columns.
const GAP: &str = "  ";
/// A text is not wrapped into fewer columns than this.
const LEAST: usize = 16;

/// A table in the making.
pub(super) struct TextTable {
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
}

impl TextTable {
    /// A table under this header, in which names out of a file may stand.
    pub(super) fn new(header: &[&str]) -> Self {
        Self { rows: vec![header.iter().map(|title| printable(title).into_owned()).collect()], right: Vec::new() }
    }

    /// The same with these columns to the right, as numbers are read.
    pub(super) fn right(mut self, columns: impl IntoIterator<Item = usize>) -> Self {
        self.right.extend(columns);
        self
    }

    /// One more row. What a server or a file says may stand in it.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell).into_owned()).collect());
    }

    /// Whether it has a header alone.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The same for a report of another form.
    pub(super) fn report(&self) -> ReportTable {
        let mut rows = self.rows.iter().cloned();
        let header = rows.next().unwrap_or_default();
        let right_from = self.right.iter().min().copied().unwrap_or(header.len());
        let left_from = self.right.iter().max().map_or(header.len(), |last| last + 1);
        ReportTable { header, rows: rows.collect(), right_from, left_from }
    }

    /// The table as text, each line ended.
    pub(super) fn text(&self) -> String {
        self.block(&self.widths())
    }

    /// The same no wider than so many columns, as far as that goes: long texts are wrapped within their column, and where
    /// that is not enough the table goes on below itself, each part with the first column again.
    pub(super) fn fitted(&self, columns: Option<usize>) -> String {
        let Some(columns) = columns else { return self.text() };
        let mut widths = self.widths();
        let over = total(&widths).saturating_sub(columns);
        self.narrow(&mut widths, over);
        if total(&widths) <= columns {
            return self.block(&widths);
        }
        let parts = self.parts(columns);
        parts.iter().map(|part| self.only(part).fitted_part(columns)).collect::<Vec<_>>().join("\n")
    }

    /// The table as pipes, with everything that Markdown would take for markup escaped.
    pub(super) fn markdown(&self) -> String {
        let width = self.rows.first().map_or(0, Vec::len);
        let line = |row: &Vec<String>| {
            let cells = (0..width).map(|column| escaped(row.get(column).map_or("", String::as_str)));
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let rule = (0..width).map(|column| if self.right.contains(&column) { "---:" } else { "---" });
        let rule = format!("| {} |\n", rule.collect::<Vec<_>>().join(" | "));
        let mut rows = self.rows.iter();
        rows.next().map(line).into_iter().chain([rule]).chain(rows.map(line)).collect()
    }

    /// The table as CSV (RFC 4180).
    pub(super) fn csv(&self) -> String {
        let mut writer =
            csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(Vec::new());
        for row in &self.rows {
            // Nothing that is written to memory fails.
            let _ = writer.write_record(row.iter().map(|cell| spreadsheet_cell(cell)));
        }
        writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
    }

    fn fitted_part(&self, columns: usize) -> String {
        let mut widths = self.widths();
        let over = total(&widths).saturating_sub(columns);
        self.narrow(&mut widths, over);
        self.block(&widths)
    }

    fn widths(&self) -> Vec<usize> {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.width()));
        }
        widths
    }

    /// Takes `over` columns off the widest texts, as long as they stay readable.
    fn narrow(&self, widths: &mut [usize], over: usize) {
        for _ in 0..over {
            let texts = widths.iter_mut().enumerate().filter(|(column, _)| !self.right.contains(column));
            match texts.map(|(_, width)| width).max().filter(|width| **width > LEAST) {
                Some(widest) => *widest -= 1,
                None => return,
            }
        }
    }

    /// Which columns stand beside each other when all of them don't: the first ones, which tell the rows apart, as far as they
    /// leave room, and in each part some of the others.
    fn parts(&self, columns: usize) -> Vec<Vec<usize>> {
        let widths: Vec<usize> = self.widths().iter().map(|width| (*width).min(columns)).collect();
        let texts = self.right.iter().copied().min().unwrap_or(1).max(1);
        let room = columns * 3 / 5;
        let fits = |keys: &usize| widths.get(..*keys).is_some_and(|widths| total(widths) <= room);
        let keys = (1..=texts.min(widths.len())).rev().find(fits).unwrap_or(1);
        let first = widths.get(..keys).map_or(0, total);
        let mut parts: Vec<Vec<usize>> = Vec::new();
        let mut used = usize::MAX;
        for (column, width) in widths.iter().enumerate().skip(keys) {
            if used.saturating_add(GAP.len() + width) > columns {
                parts.push((0..keys).collect());
                used = first;
            }
            used += GAP.len() + width;
            parts.iter_mut().next_back().into_iter().for_each(|part| part.push(column));
        }
        parts
    }

    /// The table of these columns alone.
    fn only(&self, columns: &[usize]) -> Self {
        let cells = |row: &Vec<String>| columns.iter().filter_map(|column| row.get(*column).cloned()).collect();
        let right = |column: &usize| columns.iter().position(|kept| kept == column);
        Self { rows: self.rows.iter().map(cells).collect(), right: self.right.iter().filter_map(right).collect() }
    }

    fn block(&self, widths: &[usize]) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let cells: Vec<Vec<String>> = row.iter().zip(widths).map(|(cell, width)| wrapped(cell, *width)).collect();
            for line in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
                let cells = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
                    let cell = cell.get(line).map_or("", String::as_str);
                    let space = " ".repeat(width.saturating_sub(cell.width()));
                    if self.right.contains(&column) { format!("{space}{cell}") } else { format!("{cell}{space}") }
                });
                out.push_str(cells.collect::<Vec<_>>().join(GAP).trim_end());
                out.push('\n');
            }
        }
        out
    }
}

/// The lines of a cell that may be so wide; at least one.
fn wrapped(cell: &str, width: usize) -> Vec<String> {
    if cell.width() <= width {
        return vec![cell.to_owned()];
    }
    textwrap::wrap(cell, width.max(1)).into_iter().map(std::borrow::Cow::into_owned).collect()
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)
}

/// Sentences, line by line, broken between words where they are wider than so many columns; what goes on is indented by
/// `indent`.
pub(super) fn flowing(text: &str, columns: Option<usize>, indent: &str) -> String {
    let Some(columns) = columns else { return text.to_owned() };
    let options = textwrap::Options::new(columns).subsequent_indent(indent);
    text.lines().map(|line| textwrap::fill(line, &options)).collect::<Vec<_>>().join("\n")
}

/// A fact that may be unknown.
pub(super) const fn yes_no(fact: Option<bool>) -> &'static str {
    match fact {
        Some(true) => "yes",
        Some(false) => "no",
        None => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_width_and_not_by_bytes() {
        let mut table = TextTable::new(&["name", "tok/s", "note"]).right([1]);
        table.row(["日本".into(), "9".into(), "wide".into()]);
        table.row(["naïve".into(), "1812".into(), "a\u{1b}[31mb".into()]);
        table.row(["short".into()]);
        assert_eq!(table.text(), "name   tok/s  note\n日本       9  wide\nnaïve   1812  a␛[31mb\nshort\n");
    }

    #[test]
    fn no_cell_drives_the_terminal_or_breaks_its_line() {
        let nasty = "Evil\u{1b}[31m|<b>\n- x";
        let mut table = TextTable::new(&["", nasty]);
        table.row([nasty.into(), "a\r\nb\u{85}c\u{2028}d".into()]);
        let text = table.text();
        assert_eq!(text.lines().count(), 2, "{text:?}");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.starts_with(&format!("{}Evil␛[31m|<b> - x\n", " ".repeat(19))), "{text:?}");
    }

    #[test]
    fn what_is_too_wide_is_wrapped_or_goes_on_below() {
        let mut table = TextTable::new(&["who", "tok/s", "why"]).right([1]);
        table.row(["A".into(), "1812".into(), "it is the first one by far".into()]);
        let wrapped = "who  tok/s  why\nA     1812  it is the first\n            one by far\n";
        assert_eq!((table.fitted(Some(28)).as_str(), table.fitted(None)), (wrapped, table.text()));
        let mut wide = TextTable::new(&["", "mean", "median", "max"]).right([1, 2, 3]);
        wide.row(["TTFT".into(), "12.5 ms".into(), "12.1 ms".into(), "19.0 ms".into()]);
        let parts = "         mean   median\nTTFT  12.5 ms  12.1 ms\n\n          max\nTTFT  19.0 ms\n";
        assert_eq!(wide.fitted(Some(24)), parts);
        assert!(wide.fitted(Some(3)).contains("19.0 ms"), "nothing is lost");
    }

    #[test]
    fn a_table_is_pipes_or_csv_just_as_well() {
        let mut table = TextTable::new(&["who", "tok/s"]).right([1]);
        table.row(["a|b".into(), "18".into()]);
        table.row(["=1+1".into()]);
        assert_eq!(table.markdown(), "| who | tok/s |\n| --- | ---: |\n| a\\|b | 18 |\n| =1+1 |  |\n");
        assert_eq!(table.csv(), "who,tok/s\r\na|b,18\r\n'=1+1\r\n");
    }

    #[test]
    fn sentences_break_between_words() {
        assert_eq!(flowing("- one two three\nfour", Some(9), "  "), "- one two\n  three\nfour");
        assert_eq!(flowing("- one two three", None, "  "), "- one two three");
    }

    #[test]
    fn what_tells_rows_apart_stands_in_every_part() {
        let mut table = TextTable::new(&["phase", "who", "mean", "median"]).right([2, 3]);
        table.row(["A1".into(), "Groq".into(), "12.5 ms".into(), "12.1 ms".into()]);
        let parts = "phase  who      mean\nA1     Groq  12.5 ms\n\nphase  who    median\nA1     Groq  12.1 ms\n";
        assert_eq!(table.fitted(Some(22)), parts);
    }
}

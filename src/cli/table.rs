//! Plain tables: columns as wide as what stands in them, told apart by two spaces.
//! Widths are those of a terminal, so that wide characters line up too.

use unicode_width::UnicodeWidthStr as _;

use crate::text::printable;

/// Between two columns.
const GAP: &str = "  ";

/// A table in the making.
pub(super) struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
}

impl Table {
    /// A table under this header.
    pub(super) fn new(header: &[&str]) -> Self {
        let header = header.iter().map(|title| (*title).to_owned()).collect();
        Self { rows: vec![header], right: Vec::new() }
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

    /// The table as text, each line ended.
    pub(super) fn text(&self) -> String {
        let mut widths: Vec<usize> = Vec::new();
        for row in &self.rows {
            widths.resize(widths.len().max(row.len()), 0);
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.width()));
        }
        let mut out = String::new();
        for row in &self.rows {
            let cells = row.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                let space = " ".repeat(width - cell.width());
                if self.right.contains(&column) { format!("{space}{cell}") } else { format!("{cell}{space}") }
            });
            out.push_str(cells.collect::<Vec<_>>().join(GAP).trim_end());
            out.push('\n');
        }
        out
    }
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
        let mut table = Table::new(&["name", "tok/s", "note"]).right([1]);
        table.row(["日本".into(), "9".into(), "wide".into()]);
        table.row(["naïve".into(), "1812".into(), "a\u{1b}[31mb".into()]);
        table.row(["short".into()]);
        assert_eq!(table.text(), "name   tok/s  note\n日本       9  wide\nnaïve   1812  a␛[31mb\nshort\n");
    }
}

//! Pieces of a report as plain text, and what made them.

use std::fmt::Write as _;

use crate::benchmark_report::ReportBlock;
use crate::cli::table::{TextTable, flowing};
use crate::text::printable;

/// What the pages say made them.
pub(super) const TOOL: &str = concat!("speed-kings ", env!("CARGO_PKG_VERSION"));

/// The blocks as plain text, for a terminal of so many columns.
pub(super) fn plain(blocks: &[ReportBlock], columns: Option<usize>) -> String {
    let mut out = String::new();
    for (place, block) in blocks.iter().enumerate() {
        match block {
            ReportBlock::Title(title) => {
                let title = flowing(&printable(title), columns, "");
                let _ = write!(out, "{}{title}\n\n", if place > 0 { "\n" } else { "" });
            }
            ReportBlock::Text(text) => _ = writeln!(out, "{}\n", flowing(&printable(text), columns, "")),
            ReportBlock::Table(setup) => {
                let header: Vec<&str> = setup.header.iter().map(String::as_str).collect();
                let last = setup.left_from.min(header.len());
                let mut table = TextTable::new(&header).right(setup.right_from..last);
                setup.rows.iter().for_each(|row| table.row(row.iter().cloned()));
                let _ = writeln!(out, "{}", table.fitted(columns));
            }
            ReportBlock::Notes(notes) => {
                for note in notes {
                    let _ = writeln!(out, "{}", flowing(&format!("- {}", printable(note)), columns, "  "));
                }
            }
        }
    }
    out
}

//! Tables of Markdown and what stands in their cells.

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::findings::matchup::{MeasuredLead, on_days};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::text::printable;
use speed_kings_core::time::Rate;

pub(super) fn speed(tok_s: Option<f64>) -> String {
    tok_s
        .map_or_else(|| format::ABSENT.into(), |tok_s| format!("{} tok/s", format::rate(Some(Rate::per_second(tok_s)))))
}

/// A factor, whether it says anything, and on how many days it was measured.
pub(super) fn called(lead: &MeasuredLead) -> String {
    let (of, on) = (&lead.comparison, on_days(lead.days()));
    match (of.is_claim(), of.interval) {
        (true, _) => format!("{of} {on}"),
        (false, Some(_)) => format!("{of}, too close to call {on}"),
        (false, None) => format!("{of}, too few runs"),
    }
}

pub(super) fn day(at: Option<Timestamp>) -> String {
    at.map_or_else(|| format::ABSENT.to_owned(), date::day)
}

pub(super) fn number(count: usize) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// The head of a table.
pub(super) fn table(header: &[&str]) -> String {
    let lines = vec!["---"; header.len()].join("|");
    format!("| {} |\n|{lines}|\n", header.join(" | "))
}

pub(super) fn row(table: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    let _ = writeln!(table, "| {} |", cells.join(" | "));
}

/// Text that can neither end a cell nor a line, and brings no markup of its own but the code marks that are ours.
pub(super) fn cell(text: &str) -> String {
    printable(text).replace('\n', " ").replace('|', "\\|").replace('<', "&lt;")
}

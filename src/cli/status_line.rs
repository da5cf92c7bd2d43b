//! The line that says how far a command is: at a terminal one that is drawn anew, elsewhere nothing, and lines instead.
//! By hand, and not by `indicatif`: it is drawn when its owner says so and never while anything is measured, it goes out
//! by the writer that doesn't wait for a frozen terminal, and each owner picks the wording that its width allows. With
//! `indicatif` all three would be an adapter of more lines than stand here.

use std::cell::Cell;

use unicode_width::UnicodeWidthChar as _;

use crate::cli::context::StatusOutput;
use crate::console::{progress, redraws};

/// Columns when the terminal doesn't say how many it has.
const COLUMNS: usize = 80;
/// Goes to the first column and empties the line.
const CLEAR: &str = "\r\x1b[2K";

/// A line of progress; it is gone when its owner is.
pub(super) struct StatusLine<'a> {
    err: &'a StatusOutput,
    live: bool,
    /// Lines that stand there.
    drawn: Cell<usize>,
}

impl<'a> StatusLine<'a> {
    /// The line of a command that begins now.
    pub(super) fn new(err: &'a StatusOutput) -> Self {
        Self { err, live: redraws(), drawn: Cell::new(0) }
    }

    /// Whether it is drawn at all; where it isn't, lines say what it would.
    pub(super) const fn is_live(&self) -> bool {
        self.live
    }

    /// Draws what `line` gives for so many columns, in place of what stood there.
    pub(super) fn draw(&self, line: impl Fn(usize) -> String) {
        self.draw_lines(|columns| vec![line(columns)]);
    }

    /// Draws the lines that `lines` gives for so many columns, in place of what stood there. They must be fewer than the
    /// terminal's rows.
    pub(super) fn draw_lines(&self, lines: impl Fn(usize) -> Vec<String>) {
        if self.live {
            let columns = self.err.columns().unwrap_or(COLUMNS).saturating_sub(1);
            let lines: Vec<String> = lines(columns).iter().map(|line| fitting(line, columns)).collect();
            progress(&format!("{}{}", self.back(), lines.join("\n")));
            self.drawn.set(lines.len());
        }
    }

    /// What goes back to the first line that stands there, and empties it and all below.
    fn back(&self) -> String {
        match self.drawn.get() {
            0 | 1 => CLEAR.to_owned(),
            lines => format!("\x1b[{}A{CLEAR}\x1b[0J", lines - 1),
        }
    }

    /// Says something that stays.
    pub(super) fn print(&self, text: &str) {
        self.clear();
        self.err.status(text);
    }

    /// Takes the line away.
    pub(super) fn clear(&self) {
        if self.drawn.get() > 0 {
            progress(&self.back());
            self.drawn.set(0);
        }
    }
}

impl Drop for StatusLine<'_> {
    fn drop(&mut self) {
        self.clear();
    }
}

/// As much of `line` as fits into so many columns.
fn fitting(line: &str, columns: usize) -> String {
    let mut width = 0;
    line.chars()
        .take_while(|letter| {
            width += letter.width().unwrap_or(0);
            width <= columns
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_between_letters() {
        assert_eq!((fitting("日本語", 5).as_str(), fitting("run 2/5", 80).as_str()), ("日本", "run 2/5"));
    }
}

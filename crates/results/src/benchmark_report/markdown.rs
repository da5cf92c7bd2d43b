//! A report as Markdown that looks right on a code host: pipe tables, with everything that came from outside escaped.

use std::fmt::Write as _;

use crate::benchmark_report::{ReportBlock, ReportTable};
use speed_kings_core::text::printable;

/// The blocks as Markdown.
#[must_use]
pub fn text(blocks: &[ReportBlock]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            ReportBlock::Title(title) => _ = writeln!(out, "## {}\n", escaped(title)),
            ReportBlock::Text(text) => _ = writeln!(out, "{}\n", escaped(text)),
            ReportBlock::Table(grid) => table(&mut out, grid),
            ReportBlock::Notes(notes) => {
                for note in notes {
                    let _ = writeln!(out, "- {}", escaped(note));
                }
                out.push('\n');
            }
        }
    }
    out
}

fn table(out: &mut String, grid: &ReportTable) {
    let line = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    let right = |column: usize| column >= grid.right_from && column < grid.left_from;
    let rule: Vec<&str> = (0..grid.header.len()).map(|column| if right(column) { "---:" } else { "---" }).collect();
    let _ = writeln!(out, "{}\n| {} |", line(&grid.header), rule.join(" | "));
    grid.rows.iter().for_each(|row| _ = writeln!(out, "{}", line(row)));
    out.push('\n');
}

/// Text that Markdown and HTML take for nothing else.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in printable(text).chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '\n' | '\r' => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmark_report::blocks;
    use crate::benchmark_report::tests::report;

    #[test]
    fn tables_are_pipes_with_figures_to_the_right() {
        let text = text(&blocks(&report()));
        assert!(text.starts_with("## A vs B · prompt"), "{text}");
        assert!(text.contains("| median | A | B | difference | p |\n| --- | ---: | ---: | --- | --- |\n"), "{text}");
        assert!(text.contains("- B: 1 of 6 runs failed"), "{text}");
    }

    #[test]
    fn nothing_from_outside_is_markup() {
        let title = ReportBlock::Title("<img src=x> [a](b) | *x* \u{1b}[31m".into());
        assert_eq!(text(&[title]), "## &lt;img src=x&gt; \\[a\\](b) \\| \\*x\\* ␛\\[31m\n\n");
    }
}

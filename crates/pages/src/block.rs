//! The pieces of a report as markup: sentences, tables that sort, remarks.

use maud::{Markup, html};

use crate::term::question;
use speed_kings_core::text::printable;
use speed_kings_results::benchmark_report::{ReportBlock, ReportTable};

/// The rows from which a table can be filtered.
const MANY: usize = 20;

/// The pieces in order; titles are headings of the third level.
pub(crate) fn blocks(all: &[ReportBlock]) -> Markup {
    html! {
        @for block in all {
            @match block {
                ReportBlock::Title(title) => { h3 { (printable(title)) } }
                ReportBlock::Text(text) => { p { (printable(text)) } }
                ReportBlock::Table(setup) => { (table(setup)) }
                ReportBlock::Notes(notes) => { (remarks(notes)) }
            }
        }
    }
}

/// Remarks as a list.
pub(crate) fn remarks(notes: &[String]) -> Markup {
    html! { ul class="notes" { @for note in notes { li { (printable(note)) } } } }
}

/// A table; its columns sort, and what its words mean is asked where they stand.
pub(crate) fn table(setup: &ReportTable) -> Markup {
    let right = |column: usize| (setup.right_from..setup.left_from).contains(&column).then_some("n");
    html! {
        @if setup.rows.len() >= MANY {
            input class="filter" type="search" placeholder="Filter these rows" aria-label="Filter these rows" hidden {}
        }
        div class="wide" tabindex="0" role="group" aria-label="Table" {
            table {
                thead { tr {
                    @for (column, title) in setup.header.iter().enumerate() {
                        th scope="col" class=[right(column)] {
                            @if title.is_empty() { span class="unseen" { "figure" } } @else { button type="button" class="sort" { (printable(title)) } }
                            (question(title))
                        }
                    }
                } }
                tbody {
                    @for row in &setup.rows {
                        tr {
                            @for (column, cell) in row.iter().enumerate() {
                                @if column == 0 {
                                    th scope="row" { (printable(cell)) (question(cell)) }
                                } @else {
                                    td class=[right(column)] { (printable(cell)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_its_terms_and_no_markup_of_others() {
        let header = ["median", "A <b>", "p"].map(str::to_owned).to_vec();
        let rows = vec![vec!["TTFT".into(), "</td><script>\u{202e}".into(), "0.01".into()]; MANY];
        let drawn = table(&ReportTable { header, rows, right_from: 1, left_from: 2 }).into_string();
        assert!(!drawn.contains("<script") && !drawn.contains('\u{202e}') && drawn.contains("A &lt;b&gt;"), "{drawn}");
        assert_eq!(drawn.matches("What is TTFT?").count(), MANY);
        assert!(drawn.contains("class=\"filter\"") && drawn.contains("<td class=\"n\">&lt;/td&gt;"));
    }
}

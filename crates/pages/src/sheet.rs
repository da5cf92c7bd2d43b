//! A page of tables: whatever a command prints as tables and remarks, with the drawing that it has and its data.

use maud::{Markup, PreEscaped, html};

use crate::block::{blocks, remarks};
use crate::data::PageData;
use crate::page::Page;
use speed_kings_results::benchmark_report::{ReportBlock, ReportTable};

/// What a page of tables is made of.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TableSheet {
    /// What it is about.
    pub title: String,
    /// The first thing to know, in a sentence; empty for none.
    pub lead: String,
    /// A drawing of this program's own, as SVG.
    pub drawing: Option<String>,
    /// Its tables, in their order.
    pub tables: Vec<ReportTable>,
    /// What is said below them.
    pub notes: Vec<String>,
    /// Whether any of its figures were simulated.
    pub simulated: bool,
    /// The files that it holds.
    pub data: Vec<PageData>,
    /// The program that made it, with its version.
    pub tool: String,
}

impl TableSheet {
    /// The page as one file.
    #[must_use]
    pub fn html(self) -> String {
        let Self { title, lead, tool, data, simulated, .. } = self;
        let mut page = Page { title, lead, simulated, data, tool, ..Page::default() };
        let tables: Vec<ReportBlock> = self.tables.into_iter().map(ReportBlock::Table).collect();
        let drawing = self.drawing.map(PreEscaped);
        page.add("drawing", "Drawing", html! { @if let Some(drawn) = &drawing { figure { (drawn) } } });
        page.add("figures", "Figures", blocks(&tables));
        page.add("notes", "Notes", html! { @if !self.notes.is_empty() { (remarks(&self.notes)) } });
        page.html()
    }
}

/// A page of pieces of a report with these drawings. A sentence that they begin with is the first thing to know.
#[must_use]
pub fn report_page(
    title: String,
    drawings: Markup,
    all: &[ReportBlock],
    data: Vec<PageData>,
    simulated: bool,
    tool: &str,
) -> String {
    let (lead, rest) = match all {
        [ReportBlock::Text(lead), rest @ ..] => (lead.clone(), rest),
        all => (String::new(), all),
    };
    let mut page = Page { title, lead, simulated, data, tool: tool.to_owned(), ..Page::default() };
    page.add("figures", "Figures", blocks(rest));
    page.add("drawings", "Drawings", drawings);
    page.html()
}

/// For a page that has none.
#[must_use]
pub fn no_drawing() -> Markup {
    html! {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_has_its_drawing_its_tables_and_its_notes() {
        let setup =
            ReportTable { header: vec!["engine".into()], rows: vec![vec!["a<b".into()]], right_from: 1, left_from: 1 };
        let sheet = TableSheet {
            title: "Sweep".into(),
            drawing: Some("<svg><title>drawn</title></svg>".into()),
            tables: vec![setup],
            notes: vec!["one day".into()],
            ..TableSheet::default()
        };
        let text = sheet.html();
        assert!(
            text.contains("<svg><title>drawn") && text.contains("a&lt;b") && text.contains("<li>one day"),
            "{text}"
        );
        assert!(!text.contains("class=\"lead\""));
        assert!(!TableSheet::default().html().contains("<h2"), "nothing has no heading");
    }
}

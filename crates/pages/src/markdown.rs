//! A report that is Markdown as a page: its sections become parts of the page, its tables sort.
//! Nothing of it is taken for markup of the page: HTML in it is text, and links are their words.

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::block::table;
use crate::findings::SectionDrawing;
use crate::page::Page;
use speed_kings_results::benchmark_report::ReportTable;

/// The page of `text`: its first heading is the title, `lead` the sentence below it. Drawings end the sections that they name.
#[must_use]
pub fn page(text: &str, lead: &str, drawings: &[SectionDrawing], simulated: bool, tool: &str) -> String {
    let mut page = Page { lead: lead.to_owned(), simulated, tool: tool.to_owned(), ..Page::default() };
    let mut section = ("about".to_owned(), "About".to_owned());
    let (mut body, mut plain, mut number) = (String::new(), Vec::new(), 0);
    let mut events = Parser::new_ext(text, Options::ENABLE_TABLES).map(inert);
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => {
                page.title = words(&mut events, TagEnd::Heading(HeadingLevel::H1));
            }
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => {
                flush(&mut plain, &mut body);
                let (id, title) = std::mem::take(&mut section);
                body.push_str(&drawn(drawings, &title));
                page.add(id, title, PreEscaped(std::mem::take(&mut body)));
                number += 1;
                section = (format!("part-{number}"), words(&mut events, TagEnd::Heading(HeadingLevel::H2)));
            }
            Event::Start(Tag::Table(_)) => {
                flush(&mut plain, &mut body);
                body.push_str(&sortable(&mut events).into_string());
            }
            other => plain.push(other),
        }
    }
    flush(&mut plain, &mut body);
    body.push_str(&drawn(drawings, &section.1));
    page.add(section.0, section.1, PreEscaped(body));
    page.html()
}

/// What is drawn of the section of this title.
fn drawn(drawings: &[SectionDrawing], title: &str) -> String {
    drawings.iter().filter(|(of, _)| *of == title).map(|(_, drawn)| drawn.0.as_str()).collect()
}

/// What an event may come to: links are what they say, markup is text.
fn inert(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::Link { .. } | Tag::Image { .. }) | Event::End(TagEnd::Link | TagEnd::Image) => {
            Event::Text("".into())
        }
        other => other,
    }
}

/// Sets what has gathered.
fn flush(plain: &mut Vec<Event<'_>>, body: &mut String) {
    pulldown_cmark::html::push_html(body, plain.drain(..));
}

/// The words up to `end`.
fn words<'a>(events: &mut impl Iterator<Item = Event<'a>>, end: TagEnd) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::End(tag) if tag == end => break,
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// The table whose beginning has just been read.
fn sortable<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Markup {
    let mut rows: Vec<Vec<String>> = Vec::new();
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                let cell = words(events, TagEnd::TableCell);
                if let Some(row) = rows.last_mut() {
                    row.push(cell);
                }
            }
            Event::End(TagEnd::Table) => break,
            _ => {}
        }
    }
    let mut rows = rows.into_iter();
    let header = rows.next().unwrap_or_default();
    let setup = ReportTable { right_from: header.len(), left_from: header.len(), header, rows: rows.collect() };
    if setup.rows.is_empty() {
        html! {}
    } else {
        table(&setup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_tables_and_marks_are_there_and_markup_is_text() {
        let text = "# SIM Findings\n\nMade **today** <script>alert(1)</script>.\n\n> **Simulated.** mark\n\n## Phase by phase\n\n\
                    | phase | who |\n|---|---|\n| A1 | `ab` [x](javascript:alert) &lt;b> |\n\n## Files\n\n- one\n";
        let drawings = [("Phase by phase", html! { figure { "drawn" } }), ("Another", html! { "of no section" })];
        let told = page(text, "1 of 24", &drawings, true, "speed-kings 0.1.0");
        for said in [
            "<h1>SIM Findings</h1>",
            "<strong>today</strong>",
            "&lt;script&gt;alert(1)",
            "<blockquote>",
            "href=\"#part-1\"",
            "Phase by phase",
            "class=\"sort\">who",
            "<li>one</li>",
            "1 of 24",
            "x &lt;b&gt;",
        ] {
            assert!(told.contains(said), "{said}: {told}");
        }
        assert!(!told.contains("javascript:") && !told.contains("<script>alert"), "{told}");
        let figure = told.find("<figure>drawn</figure>").unwrap();
        assert!(
            told.find("class=\"sort\">who").unwrap() < figure && figure < told.find("<li>one</li>").unwrap(),
            "{told}"
        );
        assert!(!told.contains("of no section"));
        assert_eq!(told, page(text, "1 of 24", &drawings, true, "speed-kings 0.1.0"));
    }
}

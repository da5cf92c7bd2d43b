//! The page around a report: who, what, when and the verdict first, then the parts, then the data; one script, one style.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::data::PageData;
use speed_kings_core::text::printable;

const SCRIPT: &str = include_str!("page/page.js");
const STYLE: &str = include_str!("page/page.css");
/// The only script and the only style that the page may use, by their SHA-256.
const SCRIPT_HASH: &str = "sha256-3Ga5cXbjH/vfVJu4/AZxxdXgIHlP2jLngXoDxAq9UuQ=";
const STYLE_HASH: &str = "sha256-iZrFEP5aTR+PLVZf/5lLNaRFK5d/VxzklgqVZz462F8=";
/// What stands over a page of figures that are the simulator's.
const SIMULATED: &str = "Simulated: these figures are those of speed-kings' own simulator, marked SIM. They say nothing about any provider.";

/// A part of a page, with a heading that the page's own list leads to.
#[derive(Clone, Debug)]
pub struct PageSection {
    /// Its name in addresses, for example `figures`.
    pub id: String,
    /// Its heading, in plain words.
    pub title: String,
    /// What is in it.
    pub body: Markup,
}

/// A page in the making.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// What it is about, for the window and the first heading.
    pub title: String,
    /// The verdict in one sentence.
    pub lead: String,
    /// Whether any of its figures were simulated.
    pub simulated: bool,
    /// Who, what, when: a word and what it is.
    pub facts: Vec<(String, String)>,
    /// Its parts, in order.
    pub sections: Vec<PageSection>,
    /// The files that it holds.
    pub data: Vec<PageData>,
    /// The program that made it, with its version.
    pub tool: String,
}

impl Page {
    /// Adds a part, unless there is nothing in it.
    pub fn add(&mut self, id: impl Into<String>, title: impl Into<String>, body: Markup) {
        if !body.0.is_empty() {
            self.sections.push(PageSection { id: id.into(), title: title.into(), body });
        }
    }

    /// The page as one file: the same page is the same bytes.
    #[must_use]
    pub fn html(&self) -> String {
        let policy = format!(
            "default-src 'none'; script-src '{SCRIPT_HASH}'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
        );
        let title = printable(&self.title);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="generator" content=(self.tool);
                    title { (title) " · Speed Kings" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    a class="skip" href="#main" { "To the figures" }
                    header {
                        div class="top" {
                            p class="brand" { span aria-hidden="true" { "♛ " } "SPEED KINGS" }
                            button type="button" id="theme" hidden { "Dark or light" }
                        }
                        @if self.simulated { p class="sim" { (SIMULATED) } }
                    }
                    main id="main" {
                        h1 { (title) }
                        @if !self.lead.is_empty() { p class="lead" { (printable(&self.lead)) } }
                        @if !self.facts.is_empty() {
                            dl class="facts" { @for (name, what) in &self.facts { div { dt { (printable(name)) } dd { (printable(what)) } } } }
                        }
                        @if self.sections.len() + self.data.len() > 1 { nav aria-label="On this page" { ul {
                            @for section in &self.sections { li { a href={ "#" (section.id) } { (printable(&section.title)) } } }
                            @if !self.data.is_empty() { li { a href="#data" { "Data" } } }
                        } } }
                        @for section in &self.sections {
                            section id=(section.id) aria-labelledby={ "h-" (section.id) } {
                                h2 id={ "h-" (section.id) } { (printable(&section.title)) }
                                (section.body)
                            }
                        }
                        @if !self.data.is_empty() {
                            section id="data" aria-labelledby="h-data" {
                                h2 id="h-data" { "Data" }
                                p class="still" { "The files below are in this page; saving them takes a script, which is off." }
                                @for data in &self.data { (data.markup()) }
                            }
                        }
                    }
                    footer { p { "Made by " (self.tool) ". This page asks nothing of any network." } }
                    div id="tip" role="status" hidden {}
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        };
        page.into_string() + "\n"
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    fn hash(text: &str) -> String {
        use base64::Engine as _;
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(digest))
    }

    #[test]
    fn the_page_allows_its_own_script_and_style_alone() {
        assert_eq!((SCRIPT_HASH, STYLE_HASH), (hash(SCRIPT).as_str(), hash(STYLE).as_str()));
        for way_out in
            ["innerHTML", "outerHTML", "document.write", "eval(", "fetch(", "XMLHttpRequest", "http:", "https:"]
        {
            assert!(!SCRIPT.contains(way_out) && !STYLE.contains(way_out), "{way_out}");
        }
        assert!(!SCRIPT.contains("</") && !STYLE.contains("</"));
        assert!(SCRIPT.len() < 8_000, "a few kB: {}", SCRIPT.len());
    }

    #[test]
    fn a_page_says_who_what_when_and_takes_nothing_for_markup() {
        let mut page = Page {
            title: "SIM · A vs <B>".into(),
            lead: "A is faster\u{202e}".into(),
            simulated: true,
            facts: vec![("Contestants".into(), "A, <B>".into())],
            tool: "speed-kings 0.1.0".into(),
            ..Page::default()
        };
        page.add("empty", "Nothing", html! {});
        page.add("figures", "Figures", html! { p { "42" } });
        page.data.push(PageData { name: "a.json".into(), what: "all".into(), bytes: b"{}".to_vec() });
        let text = page.html();
        assert_eq!(text, page.html());
        assert!(
            text.starts_with("<!DOCTYPE html>") && text.contains("<title>SIM · A vs &lt;B&gt; · Speed Kings</title>")
        );
        assert!(!text.contains("Nothing") && text.contains("href=\"#figures\"") && text.contains(SIMULATED));
        assert!(!text.contains('\u{202e}') && !text.contains("<B>"));
        assert_eq!(text.matches("<script").count(), 2, "one that runs and one that is data");
    }
}

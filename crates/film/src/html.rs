//! A page that plays the film: frames as changes in JSON, and a small player that draws them, with a timeline.
//! It needs no network and is allowed none; what models said is data, which the player hands to a canvas as text.

use std::collections::BTreeMap;
use std::path::PathBuf;

use maud::{PreEscaped, html};
use ratatui::buffer::Buffer;
use serde_json::{Value, json};

use super::camera::FilmFrame;
use super::chapters::chapters;
use super::colour::{CellStyle, CssColour};
use super::markup::FONTS;
use super::raster::GroundColours;
use super::row::{RowSymbol, cells, keep_up, spots};
use super::shape::{CellShape, shape};
use super::text_file::TextFile;
use super::{Exporter, FilmError, MADE_BY};
use crate::job::RenderJob;

const PLAYER: &str = include_str!("html/player.js");
const STYLE: &str = include_str!("html/player.css");
/// The timeline, which has no end tag.
const BAR: &str = r#"<input id="bar" type="range" min="0" step="any" value="0" aria-label="Time"/>"#;
/// How many times as fast as it was.
const SPEEDS: [&str; 6] = ["0.1", "0.25", "0.5", "1", "2", "4"];
/// What each key does on the page.
const KEYS: [(&str, &str); 9] = [
    ("Space", "play or pause"),
    ("← →", "1 s back or on, with Shift 5 s"),
    (", .", "a frame back or on"),
    ("Home End", "to the start, to the end"),
    ("[ ]", "slower, faster"),
    ("m M", "to the next chapter, to the last one"),
    ("f", "full screen and back"),
    ("?", "these keys"),
    ("#t=1.25", "behind the address: open at that second"),
];
/// The only script and the only style that the page may use, by their SHA-256.
const PLAYER_HASH: &str = "sha256-PgCi1spURi8dKIkzkJcIxg04pD4qpcTHs2rczOem/qg=";
const STYLE_HASH: &str = "sha256-SVn4r3e182U7Rr9SxQ0ugjAOfgNc3OxSxxzVt7Ax/4o=";

/// Writes a film as one HTML page that plays it.
#[derive(Debug)]
pub struct HtmlPage {
    file: TextFile,
    ground: GroundColours,
    cell_styles: BTreeMap<CellStyle, usize>,
    shapes: BTreeMap<String, Value>,
    shown: Option<Buffer>,
    /// What is still to be written once the frames are: fields of the same JSON object.
    rest: Value,
}

/// Symbols side by side that are painted alike.
struct HtmlRun {
    x: u16,
    cell_style: usize,
    text: String,
    /// The columns of a symbol that is more than one character in one column; such a symbol is a run of its own.
    width: Option<u16>,
}

impl HtmlPage {
    /// A page that will be `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self {
            file: TextFile::new(path),
            ground: GroundColours::default(),
            cell_styles: BTreeMap::new(),
            shapes: BTreeMap::new(),
            shown: None,
            rest: Value::Null,
        }
    }

    /// What a page must draw to show `after`, in which these rows are all that may have changed.
    fn changes(&mut self, before: Option<&Buffer>, after: &Buffer, rows: impl Iterator<Item = u16>) -> Vec<Value> {
        let mut changes = Vec::new();
        for y in rows {
            let old = before.map(|before| cells(before, y)).unwrap_or_default();
            let new = cells(after, y);
            let mut old = spots(old).peekable();
            let mut runs: Vec<HtmlRun> = Vec::new();
            for spot in spots(new) {
                while old.next_if(|before| before.x < spot.x).is_some() {}
                if old.next_if(|before| before.x == spot.x).is_none_or(|before| before != spot) {
                    self.add(&mut runs, &spot);
                }
            }
            changes.extend(runs.into_iter().map(|HtmlRun { x, cell_style, text, width }| match width {
                Some(width) => json!([y, x, cell_style, text, width]),
                None => json!([y, x, cell_style, text]),
            }));
        }
        changes
    }

    fn add(&mut self, runs: &mut Vec<HtmlRun>, spot: &RowSymbol<'_>) {
        let next = self.cell_styles.len();
        let cell_style = *self.cell_styles.entry(CellStyle::of(spot.cell, self.ground)).or_insert(next);
        if let Some(shape) = shape(&spot.symbol) {
            self.shapes.entry(spot.symbol.clone().into_owned()).or_insert_with(|| drawn(&shape));
        }
        let simple = spot.width == 1 && spot.symbol.chars().nth(1).is_none();
        let width = (!simple).then_some(spot.width);
        let follows = |run: &HtmlRun| {
            usize::from(run.x) + run.text.chars().count() == usize::from(spot.x)
                && run.cell_style == cell_style
                && run.width.is_none()
        };
        match runs.last_mut().filter(|run| simple && follows(run)) {
            Some(run) => run.text.push_str(&spot.symbol),
            None => runs.push(HtmlRun { x: spot.x, cell_style, text: spot.symbol.clone().into_owned(), width }),
        }
    }
}

/// A shape as the player knows it: rectangles, quarters of shade, or a path to follow.
fn drawn(shape: &CellShape) -> Value {
    match shape {
        CellShape::Rects(rects) => json!(rects),
        CellShape::Shade(quarters) => json!(quarters),
        CellShape::Corner(path) => json!(path),
    }
}

/// JSON that no reader of HTML or XML can take for markup.
fn inert(value: &Value) -> String {
    value.to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The page as far as the first frame. What has no end tag in HTML is closed as in XML, which the page is as well.
fn head(title: &str) -> String {
    let head = html! {
        title { (title) }
        style { (PreEscaped(STYLE)) }
    };
    let screen = html! {
        div id="stage" { canvas id="screen" role="img" aria-label=(title) {} }
        div id="controls" {
            button id="play" type="button" { "Play" }
            (PreEscaped(BAR))
            span id="clock" {}
            select id="speed" aria-label="Speed" {
                @for speed in SPEEDS {
                    option value=(speed) selected=[(speed == "1").then_some("selected")] { "×" (speed) }
                }
            }
            button id="full" type="button" title="Full screen" { "Full" }
            button id="keys" type="button" title="Keys" aria-label="Keys" aria-expanded="false" aria-controls="help" { "?" }
        }
        div id="help" hidden="hidden" {
            @for (key, does) in KEYS {
                div { kbd { (key) } " " (does) }
            }
        }
        div id="chapters" {}
        noscript { p { "This page plays a film by script." } }
    };
    format!(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{PLAYER_HASH}'; \
         style-src '{STYLE_HASH}'\"/>\n<meta name=\"generator\" content=\"{MADE_BY}\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width\"/>\n{}\n</head>\n<body>\n{}\n\
         <script id=\"film\" type=\"application/json\">{{\"frames\":[\n",
        head.into_string(),
        screen.into_string()
    )
}

impl Exporter for HtmlPage {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        self.file.open()?;
        self.ground = GroundColours::of(job.theme);
        let chapters: Vec<Value> =
            chapters(job).into_iter().map(|chapter| json!([chapter.at.as_millis_f64(), chapter.name])).collect();
        self.rest = json!({
            "cols": job.cells.width,
            "rows": job.cells.height,
            "duration": job.shown(job.frames()).as_millis_f64(),
            "fonts": FONTS,
            "chapters": chapters,
        });
        self.file.append(format_args!("{}", head(&job.title())))
    }

    fn frame(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        if frame.changed.is_empty() {
            return Ok(());
        }
        let before = self.shown.take();
        let changes = self.changes(before.as_ref(), frame.buffer, frame.changed_rows());
        let comma = if before.is_some() { ",\n" } else { "" };
        let mut shown = before.unwrap_or_default();
        keep_up(&mut shown, frame.buffer, frame.changed_rows());
        self.shown = Some(shown);
        let line = inert(&json!([frame.at.as_millis_f64(), changes]));
        self.file.append(format_args!("{comma}{line}"))
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        let mut cell_styles: Vec<(&CellStyle, usize)> =
            self.cell_styles.iter().map(|(cell_style, index)| (cell_style, *index)).collect();
        cell_styles.sort_by_key(|(_, index)| *index);
        let cell_style = |(cell_style, _): (&CellStyle, usize)| {
            let flags = [cell_style.bold, cell_style.italic, cell_style.underlined, cell_style.crossed_out];
            let flags: u32 = flags.iter().zip(0..).map(|(on, bit)| u32::from(*on) << bit).sum();
            json!([CssColour(cell_style.fg).to_string(), CssColour(cell_style.bg).to_string(), flags])
        };
        if let Some(rest) = self.rest.as_object_mut() {
            rest.insert("inks".into(), cell_styles.into_iter().map(cell_style).collect());
            rest.insert("shapes".into(), json!(self.shapes));
        }
        let rest = inert(&self.rest);
        let rest = rest.trim_start_matches('{');
        self.file.append(format_args!("],\n{rest}</script>\n<script>{PLAYER}</script>\n</body>\n</html>\n"))?;
        self.file.commit()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::row::tests::{HOSTILE, any_cells, frame};
    use super::super::tests::{export, job};
    use super::*;

    /// How a page names the script or style `text`.
    fn hash(text: &str) -> String {
        const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
        let mut name = "sha256-".to_owned();
        for three in digest.as_ref().chunks(3) {
            let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
            let digit = |at: usize| char::from(DIGITS[(bits >> (18 - 6 * at) & 63) as usize]);
            name.extend((0..4).map(|at| if at <= three.len() { digit(at) } else { '=' }));
        }
        name
    }

    fn read(page: &str) -> roxmltree::Document<'_> {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        roxmltree::Document::parse_with_options(page, options).unwrap()
    }

    fn film(page: &str) -> Value {
        let document = read(page);
        let data = document.descendants().find(|node| node.attribute("id") == Some("film")).unwrap();
        serde_json::from_str(data.text().unwrap()).unwrap()
    }

    /// What the player's state comes to after `frames`, row by row.
    fn played(film: &Value) -> Vec<String> {
        let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        let (cols, rows) = (number(&film["cols"]), number(&film["rows"]));
        let mut state = vec![vec![String::new(); cols]; rows];
        for frame in film["frames"].as_array().unwrap() {
            for run in frame[1].as_array().unwrap() {
                let (y, x) = (number(&run[0]), number(&run[1]));
                let text = run[3].as_str().unwrap();
                match run.get(4).map(number) {
                    Some(width) => {
                        state[y][x] = text.into();
                        (1..width).for_each(|covered| state[y][x + covered].clear());
                    }
                    None => text.chars().enumerate().for_each(|(at, c)| state[y][x + at] = c.into()),
                }
            }
        }
        state.into_iter().map(|row| row.concat()).collect()
    }

    fn said(frame: &Buffer) -> Vec<String> {
        (0..frame.area.height).map(|y| spots(cells(frame, y)).map(|spot| spot.symbol).collect()).collect()
    }

    #[test]
    fn the_page_allows_its_own_script_and_style_alone() {
        assert_eq!((PLAYER_HASH, STYLE_HASH), (hash(PLAYER).as_str(), hash(STYLE).as_str()));
        for text in [PLAYER, STYLE] {
            assert!(!text.contains(['<', '&']), "it must read the same as XML");
        }
        for way_out in
            ["innerHTML", "outerHTML", "document.write", "eval(", "fetch(", "XMLHttpRequest", "http:", "https:"]
        {
            assert!(!PLAYER.contains(way_out), "{way_out}");
        }
    }

    #[test]
    fn the_page_holds_the_whole_film() {
        job(30, |job| {
            let page = export(job, |path| Box::new(HtmlPage::new(path.to_owned())));
            let document = read(&page);
            for node in document.descendants().filter(roxmltree::Node::is_element) {
                assert!(node.attributes().all(|a| !a.name().starts_with("on") && !["src", "href"].contains(&a.name())));
            }
            assert_eq!(document.descendants().filter(|node| node.tag_name().name() == "script").count(), 2);
            let film = film(&page);
            let mut camera = job.camera();
            let mut last = Vec::new();
            while let Some(frame) = camera.advance() {
                last = said(frame.buffer);
            }
            assert_eq!(played(&film), last);
            assert_eq!(film["chapters"].as_array().unwrap().last().unwrap()[1], "verdict");
            let cell_styles = film["inks"].as_array().unwrap().len();
            let runs = film["frames"].as_array().unwrap().iter().flat_map(|frame| frame[1].as_array().unwrap());
            assert!(runs.clone().count() > 1_000);
            assert!(runs.into_iter().all(|run| run[2].as_u64().unwrap() < cell_styles as u64));
        });
    }

    fn page_of(frames: &[Buffer]) -> String {
        let mut page = HtmlPage::new(PathBuf::new());
        let mut text = head("</title><script>alert(1)</script>");
        let mut before: Option<&Buffer> = None;
        for frame in frames {
            let changes = page.changes(before, frame, 0..frame.area.height);
            text.push_str(if before.is_some() { "," } else { "" });
            text.push_str(&inert(&json!([0.0, changes])));
            before = Some(frame);
        }
        let area = frames[0].area;
        let rest = json!({"cols": area.width, "rows": area.height});
        text + "]," + inert(&rest).trim_start_matches('{') + "</script></body></html>"
    }

    #[test]
    fn what_models_say_is_data_and_nothing_else() {
        let mut buf = Buffer::empty(ratatui::layout::Rect::new(0, 0, 60, 24));
        for (y, hostile) in (0u16..).zip(HOSTILE) {
            buf.set_string(0, y, format!("{hostile}</script><!--{hostile}"), ratatui::style::Style::new());
            buf[(59, y)].set_symbol(hostile);
        }
        let expected = said(&buf);
        let page = page_of(&[buf]);
        assert_eq!(played(&film(&page)), expected);
        assert_eq!(page.matches("</script").count(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_frames_are_well_formed_and_play_to_the_last(
            frames in proptest::collection::vec(any_cells(36), 1..4),
        ) {
            let frames: Vec<Buffer> = frames.iter().map(|contents| frame(contents, 12)).collect();
            prop_assert_eq!(played(&film(&page_of(&frames))), said(frames.last().unwrap()));
        }
    }
}

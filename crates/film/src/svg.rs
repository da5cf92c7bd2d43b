//! A still as SVG: one frame that any browser shows sharp at any size.
//! It holds shapes and text alone: no script, no link, nothing from the network.

use ratatui::buffer::Buffer;

use super::colour::CssColour;
use super::markup::{RowMarkup, append, escape};
use super::raster::{GroundColours, WindowBackdrop, window_colours};
use super::row::cells;
use super::shape::{HEIGHT, WIDTH};

/// A window's measures: around it, between its edge and the cells, and its bar.
const OUTSIDE: i32 = 2 * HEIGHT;
const INSIDE: i32 = HEIGHT / 2;
const BAR: i32 = 2 * HEIGHT;

/// `frame` as an SVG document called `title`.
pub(super) fn still(frame: &Buffer, ground: GroundColours, title: &str, window: Option<WindowBackdrop>) -> String {
    let mut markup = RowMarkup::new(ground);
    let mut rows = String::new();
    for y in 0..frame.area.height {
        let row = markup.row(cells(frame, y));
        if !row.is_empty() {
            append(&mut rows, format_args!("<g transform=\"translate(0 {})\">{row}</g>\n", i32::from(y) * HEIGHT));
        }
    }
    let mut out = head(frame, ground, title, window);
    append(&mut out, format_args!("<style>{}</style>\n{rows}</svg>\n", markup.style()));
    out
}

/// The beginning of a document of `frame`'s size, up to and including its ground, and a window around it if there is to be one.
pub(super) fn head(frame: &Buffer, ground: GroundColours, title: &str, window: Option<WindowBackdrop>) -> String {
    let (across, down) = (i32::from(frame.area.width) * WIDTH, i32::from(frame.area.height) * HEIGHT);
    let (left, top) = if window.is_some() { (OUTSIDE + INSIDE, OUTSIDE + BAR) } else { (0, 0) };
    let (width, height) = (across + 2 * left, down + top + if window.is_some() { OUTSIDE + INSIDE } else { 0 });
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"{} {} {width} {height}\" role=\"img\" xml:space=\"preserve\">\n<title>",
        -left, -top
    );
    escape(title, &mut out);
    out.push_str("</title>\n");
    if let Some(backdrop) = window {
        draw_window(&mut out, (across, down), ground, backdrop);
    } else {
        append(&mut out, format_args!("<rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n", CssColour(ground.bg)));
    }
    out
}

/// A window around cells of such a size: what is behind it, itself with its shadow, its bar, and three dots.
fn draw_window(out: &mut String, (across, down): (i32, i32), ground: GroundColours, backdrop: WindowBackdrop) {
    let [behind, bar, edge, dots @ ..] = window_colours(ground, backdrop).map(CssColour);
    let (left, width) = (-INSIDE, across + 2 * INSIDE);
    append(
        out,
        format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"100%\" height=\"100%\" fill=\"{behind}\"/>\n\
             <rect x=\"{left}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"10\" fill=\"{bar}\" stroke=\"{edge}\" \
             style=\"filter:drop-shadow(0 8px 12px #0007)\"/>\n\
             <path d=\"M{left} 0h{width}v{}a10 10 0 0 1 -10 10h-{}a10 10 0 0 1 -10 -10z\" fill=\"{}\"/>\n",
            left - OUTSIDE,
            -BAR - OUTSIDE,
            -BAR,
            down + BAR + INSIDE,
            down + INSIDE - 10,
            width - 20,
            CssColour(ground.bg),
        ),
    );
    for (dot, x) in dots.into_iter().zip([6, 21, 36]) {
        let y = -BAR / 2 - 5;
        append(out, format_args!("<rect x=\"{x}\" y=\"{y}\" width=\"9\" height=\"9\" rx=\"4.5\" fill=\"{dot}\"/>\n"));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Modifier, Style};

    use super::super::colour::tests::GROUND;
    use super::super::row::spots;
    use super::super::row::tests::{HOSTILE, any_cells, frame};
    use super::super::shape::shape;
    use super::*;

    /// What is written in `svg`, read as any program would read it.
    fn texts(svg: &str) -> String {
        let document = roxmltree::Document::parse(svg).unwrap();
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let known = ["svg", "title", "style", "rect", "g", "path", "text"];
            assert!(known.contains(&node.tag_name().name()), "{node:?}");
            assert!(node.attributes().all(|attribute| !attribute.name().starts_with("on")), "{node:?}");
        }
        let texts = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "text")));
        texts.filter_map(|node| node.text()).collect::<String>().replace(' ', "")
    }

    /// What `frame` says, without what is drawn.
    fn said(frame: &Buffer) -> String {
        let rows = (0..frame.area.height).flat_map(|y| spots(cells(frame, y)));
        rows.filter(|spot| shape(&spot.symbol).is_none()).map(|spot| spot.symbol).collect::<String>().replace(' ', "")
    }

    #[test]
    fn a_window_stands_around_the_cells() {
        let buf = Buffer::empty(Rect::new(0, 0, 30, 4));
        let (plain, framed) =
            (still(&buf, GROUND, "a", None), still(&buf, GROUND, "a", Some(WindowBackdrop::Colour([1, 2, 171]))));
        texts(&framed);
        assert!(plain.contains("viewBox=\"0 0 240 64\"") && !plain.contains("drop-shadow"), "{plain}");
        assert!(framed.contains("viewBox=\"-40 -64 320 168\"") && framed.contains("drop-shadow"), "{framed}");
        assert!(framed.contains("fill=\"#0102ab\""), "{framed}");
        let rects = framed.matches("<rect").count();
        assert_eq!(rects, plain.matches("<rect").count() + 4, "a window and three dots more");
    }

    #[test]
    fn a_row_is_texts_and_paths() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 30, 1));
        buf.set_string(0, 0, "──█ one <two>  日本 👍", Style::new());
        buf.set_string(4, 0, "one", Style::new().fg(Color::Rgb(1, 2, 3)).add_modifier(Modifier::BOLD));
        let svg = still(&buf, GROUND, "a & b", None);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let seen: Vec<(Option<&str>, Option<&str>, Option<&str>)> = document
            .descendants()
            .filter(|node| node.tag_name().name() == "text")
            .map(|node| (node.attribute("x"), node.attribute("textLength"), node.text()))
            .collect();
        let expected = [("32", "24", "one"), ("64", "40", "<two>"), ("120", "32", "日本"), ("160", "16", "👍")];
        assert_eq!(seen, expected.map(|(x, length, text)| (Some(x), Some(length), Some(text))));
        let path = document.descendants().find(|node| node.tag_name().name() == "path").unwrap();
        assert_eq!(path.attribute("d"), Some("M0 8h16v1h-16zM16 0h8v16h-8z"), "the line is one, the block another");
        assert!(svg.contains("fill:#010203;font-weight:700"));
        assert!(svg.contains("<title>a &amp; b</title>"));
    }

    #[test]
    fn what_models_say_is_text_and_nothing_else() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 60, 24));
        for (y, hostile) in (0u16..).zip(HOSTILE) {
            buf.set_string(0, y, format!("{hostile}<script>alert(1)</script>{hostile}"), Style::new());
            buf[(59, y)].set_symbol(hostile);
        }
        assert_eq!(texts(&still(&buf, GROUND, "</title><script>", None)), said(&buf));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_frame_is_well_formed_and_says_what_it_said(contents in any_cells(60)) {
            let buf = frame(&contents, 20);
            prop_assert_eq!(texts(&still(&buf, GROUND, "any", None)), said(&buf));
        }
    }
}

//! Rows of cells as SVG: grounds and shapes as paths, symbols as text that keeps to its columns in any font.
//! Only what stands here reaches a file, and of what a cell holds only escaped text does.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::Cell;

use super::colour::{CellStyle, CssColour};
use super::raster::{GroundColours, RgbBytes, blend};
use super::row::{RowSymbol, spots};
use super::shape::{CellShape, HEIGHT, ShapeRect, WIDTH, shape};

/// The size of the font: with the common advance of 0.6 em, a character is a cell wide.
const FONT_SIZE: &str = "13.333";
/// Fonts to take, best first.
pub(super) const FONTS: &str =
    "'JetBrains Mono','Cascadia Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace";
/// From a row's top to the line that its text stands on.
const BASELINE: i32 = 12;
/// Blanks that a text may hold before it is cut in two.
const BRIDGE: u16 = 6;

/// What a style sheet says of text that is painted with `cell_style`.
fn style(cell_style: &CellStyle) -> String {
    let mut css = format!("fill:{}", CssColour(cell_style.fg));
    css.push_str(if cell_style.bold { ";font-weight:700" } else { "" });
    css.push_str(if cell_style.italic { ";font-style:italic" } else { "" });
    css.push_str(match (cell_style.underlined, cell_style.crossed_out) {
        (true, true) => ";text-decoration:underline line-through",
        (true, false) => ";text-decoration:underline",
        (false, true) => ";text-decoration:line-through",
        (false, false) => "",
    });
    css
}

/// Whether a line goes under or through what is painted with `cell_style`, blanks included.
const fn is_lined(cell_style: &CellStyle) -> bool {
    cell_style.underlined || cell_style.crossed_out
}

/// Writes rows, and remembers the styles that they need.
#[derive(Debug)]
pub(super) struct RowMarkup {
    ground: GroundColours,
    /// The styles of texts, whose ground counts for nothing, with the number of their style.
    faces: BTreeMap<CellStyle, usize>,
}

/// What a row is drawn with, in this order: grounds, shapes, texts.
#[derive(Default)]
struct RowLayers {
    grounds: BTreeMap<RgbBytes, Vec<ShapeRect>>,
    shapes: BTreeMap<RgbBytes, Vec<ShapeRect>>,
    corners: BTreeMap<RgbBytes, String>,
    text: String,
}

impl RowMarkup {
    /// Nothing written yet, in the colours of `ground`.
    pub(super) const fn new(ground: GroundColours) -> Self {
        Self { ground, faces: BTreeMap::new() }
    }

    /// The colours that it writes in.
    pub(super) const fn ground(&self) -> GroundColours {
        self.ground
    }

    /// `cells`, which begin at a row's left top corner, as a group's contents.
    pub(super) fn row(&mut self, cells: &[Cell]) -> String {
        let mut layers = RowLayers::default();
        let mut text: Option<TextRun> = None;
        for spot in spots(cells) {
            let cell_style = CellStyle::of(spot.cell, self.ground);
            let drawn = shape(&spot.symbol);
            layers.paint(&spot, &cell_style, drawn.as_ref(), self.ground);
            if drawn.is_none() && !text.as_mut().is_some_and(|run| run.take(&spot, &cell_style)) {
                self.flush(text.replace(TextRun::begin(&spot, &cell_style)), &mut layers.text);
            }
        }
        self.flush(text, &mut layers.text);
        layers.write()
    }

    /// The style sheet for all rows so far.
    pub(super) fn style(&self) -> String {
        let mut css = format!(
            "text{{font:{FONT_SIZE}px {FONTS};white-space:pre;unicode-bidi:isolate-override;direction:ltr;\
             font-variant-ligatures:none;transform:translateY({BASELINE}px)}}\
             path{{shape-rendering:crispEdges}}.c{{fill:none;shape-rendering:auto}}"
        );
        for (face, index) in &self.faces {
            append(&mut css, format_args!(".t{index}{{{}}}", style(face)));
        }
        css
    }

    fn flush(&mut self, run: Option<TextRun>, out: &mut String) {
        let Some(mut run) = run.filter(|run| run.kind != TextKind::Blank) else { return };
        let next = self.faces.len();
        let face = *self.faces.entry(run.face).or_insert(next);
        if !is_lined(&run.face) {
            let seen = run.text.trim_end_matches(' ').len();
            run.width -= u16::try_from(run.text.len() - seen).unwrap_or(0);
            run.text.truncate(seen);
        }
        append(out, format_args!("<text class=\"t{face}\""));
        if run.x > 0 {
            append(out, format_args!(" x=\"{}\"", left(run.x)));
        }
        if run.width > 1 || run.kind == TextKind::Lone {
            append(out, format_args!(" textLength=\"{}\"", left(run.width)));
        }
        // A picture is squeezed into its columns; letters keep their form and are set closer or wider.
        out.push_str(if run.kind == TextKind::Lone { " lengthAdjust=\"spacingAndGlyphs\">" } else { ">" });
        escape(&run.text, out);
        out.push_str("</text>");
    }
}

impl RowLayers {
    /// Paints what is behind `spot`, and the spot itself where it is a shape.
    fn paint(
        &mut self,
        spot: &RowSymbol<'_>,
        cell_style: &CellStyle,
        drawn: Option<&CellShape>,
        ground: GroundColours,
    ) {
        let (x, end) = (left(spot.x), left(spot.x + spot.width));
        let bg = match drawn {
            Some(CellShape::Shade(quarters)) => blend(cell_style.bg, cell_style.fg, quarters.saturating_mul(64)),
            _ => cell_style.bg,
        };
        if bg != ground.bg {
            push(self.grounds.entry(bg).or_default(), [x, 0, end, HEIGHT]);
        }
        match drawn {
            Some(CellShape::Rects(rects)) => {
                let into = self.shapes.entry(cell_style.fg).or_default();
                for [left, top, right, bottom] in rects {
                    push(into, [x + left, *top, x + right, *bottom]);
                }
            }
            Some(CellShape::Corner(path)) => {
                // A corner's path begins with a move, which the cell's place is put before.
                let path = path.trim_start_matches('M');
                append(self.corners.entry(cell_style.fg).or_default(), format_args!("M{x} 0m{path}"));
            }
            Some(CellShape::Shade(_)) | None => {}
        }
    }

    fn write(self) -> String {
        let mut out = String::new();
        for (colour, rects) in self.grounds.iter().chain(&self.shapes) {
            append(&mut out, format_args!("<path fill=\"{}\" d=\"", CssColour(*colour)));
            for [left, top, right, bottom] in rects {
                let (width, height) = (right - left, bottom - top);
                append(&mut out, format_args!("M{left} {top}h{width}v{height}h-{width}z"));
            }
            out.push_str("\"/>");
        }
        for (colour, path) in self.corners {
            append(&mut out, format_args!("<path class=\"c\" stroke=\"{}\" d=\"{path}\"/>", CssColour(colour)));
        }
        out.push_str(&self.text);
        out
    }
}

/// Adds `rect`, or lengthens the one before it.
fn push(rects: &mut Vec<ShapeRect>, rect: ShapeRect) {
    match rects.last_mut() {
        Some(last) if last[2] >= rect[0] && last[0] <= rect[0] && last[1] == rect[1] && last[3] == rect[3] => {
            last[2] = last[2].max(rect[2]);
        }
        _ => rects.push(rect),
    }
}

fn left(x: u16) -> i32 {
    i32::from(x) * WIDTH
}

/// What a text is made of: symbols of one kind are as wide as each other in any font.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TextKind {
    Blank,
    /// Letters of a fixed-width font.
    Plain,
    /// Ideographs, two columns each.
    Wide,
    /// A symbol that may come from another font, or is more than one character.
    Lone,
}

impl TextKind {
    fn of(spot: &RowSymbol<'_>) -> Self {
        let mut chars = spot.symbol.chars();
        let (Some(c), None) = (chars.next(), chars.next()) else { return Self::Lone };
        match (c, spot.width) {
            (' ', _) => Self::Blank,
            (
                '!'..='~'
                | '\u{A1}'..='\u{24F}'
                | '\u{391}'..='\u{3C9}'
                | '\u{400}'..='\u{45F}'
                | '–'
                | '—'
                | '‘'
                | '’'
                | '“'
                | '”'
                | '•'
                | '…'
                | '−'
                | '≈',
                1,
            ) => Self::Plain,
            (
                '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}' | '\u{FF01}'..='\u{FF60}',
                2,
            ) => Self::Wide,
            _ => Self::Lone,
        }
    }
}

/// A text in the making.
struct TextRun {
    x: u16,
    width: u16,
    face: CellStyle,
    kind: TextKind,
    text: String,
    /// Columns of blanks at its end.
    blanks: u16,
}

impl TextRun {
    fn begin(spot: &RowSymbol<'_>, cell_style: &CellStyle) -> Self {
        let (kind, face) = (TextKind::of(spot), CellStyle { bg: [0; 3], ..*cell_style });
        // A blank is seen only by the lines through and under it.
        let kind = if kind == TextKind::Blank && is_lined(&face) { TextKind::Plain } else { kind };
        Self { x: spot.x, width: spot.width, face, kind, text: spot.symbol.clone().into_owned(), blanks: 0 }
    }

    /// Takes `spot` in, if it fits what is there.
    fn take(&mut self, spot: &RowSymbol<'_>, cell_style: &CellStyle) -> bool {
        let next = Self::begin(spot, cell_style);
        let blank = next.kind == TextKind::Blank && self.kind == TextKind::Plain && self.blanks < BRIDGE;
        let fits = if blank {
            !is_lined(&self.face)
        } else {
            next.kind == self.kind && self.kind != TextKind::Lone && next.face == self.face
        };
        if !fits || self.x + self.width != spot.x {
            return false;
        }
        self.blanks = if blank { self.blanks + 1 } else { 0 };
        self.width += spot.width;
        self.text.push_str(&spot.symbol);
        true
    }
}

/// Puts `text` into `out` so that XML and HTML read it as text.
pub(super) fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

/// Writes into `out`, which can't fail.
pub(super) fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

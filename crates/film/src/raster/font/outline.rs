//! The outline of a glyph as strokes, none of them more than there is sense in.
//! What a glyph is made of is counted before it is drawn, since a few bytes can nest without end.

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, HintingInstance, HintingMode, LcdLayout, OutlinePen};
use skrifa::raw::TableProvider as _;
use skrifa::raw::tables::glyf;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use zeno::{Command, PathData as _, Point};

use super::damage::FontDamage;

/// Parts that a glyph may be put together from, over all levels; letters with several marks have half a dozen.
const MOST_PARTS: usize = 256;

/// Levels on which parts may have parts.
const DEEPEST: usize = 8;

/// Points of an outline, and strokes that it may become; the busiest letters have a few thousand.
const MOST_POINTS: usize = 65_536;

/// How edges are moved to whole pixels.
const HINTING: HintingMode =
    HintingMode::Smooth { lcd_subpixel: Some(LcdLayout::Horizontal), preserve_linear_metrics: true };

/// The strokes of the outline of `glyph`, if it has one.
pub(super) fn strokes(
    font: &FontRef<'_>,
    glyph: GlyphId,
    size: f32,
    hint: bool,
) -> Result<Option<Vec<Command>>, FontDamage> {
    count_parts(font, glyph)?;
    let outlines = font.outline_glyphs();
    let Some(outline) = outlines.get(glyph) else { return Ok(None) };
    let hinting =
        hint.then(|| HintingInstance::new(&outlines, Size::new(size), LocationRef::default(), HINTING).ok()).flatten();
    let settings = hinting.as_ref().map_or_else(
        || DrawSettings::unhinted(Size::new(size), LocationRef::default()),
        |hinting| DrawSettings::hinted(hinting, false),
    );
    let mut pen = GlyphPen::default();
    if outline.draw(settings, &mut pen).is_err() {
        return Ok(None);
    }
    if pen.over { Err(FontDamage::Points(MOST_POINTS)) } else { Ok(Some(pen.strokes)) }
}

/// Makes sure that `strokes` lie within `most` pixels of where they begin.
pub(super) fn bounded(strokes: &[Command], most: f32) -> Result<(), FontDamage> {
    let near = |point: &Point| point.x.abs() <= most && point.y.abs() <= most;
    let sound = strokes.iter().all(|stroke| match stroke {
        Command::MoveTo(a) | Command::LineTo(a) => near(a),
        Command::QuadTo(a, b) => near(a) && near(b),
        Command::CurveTo(a, b, c) => near(a) && near(b) && near(c),
        Command::Close => true,
    });
    // The fill reads a path as long as its bounds are finite.
    if sound && strokes.commands().count() > 0 { Ok(()) } else { Err(FontDamage::Large) }
}

/// Counts what `glyph` is put together from.
fn count_parts(font: &FontRef<'_>, glyph: GlyphId) -> Result<(), FontDamage> {
    let (Ok(loca), Ok(glyf)) = (font.loca(None), font.glyf()) else { return Ok(()) };
    let (mut parts, mut points) = (0, 0);
    let mut open = vec![(glyph, 0)];
    while let Some((glyph, depth)) = open.pop() {
        parts += 1;
        match loca.get_glyf(glyph, &glyf) {
            Ok(Some(glyf::Glyph::Simple(simple))) => points += simple.num_points(),
            Ok(Some(glyf::Glyph::Composite(composite))) => {
                // More than are allowed would only be counted in vain.
                let components = composite.components().take(MOST_PARTS + 1);
                open.extend(components.map(|component| (component.glyph.into(), depth + 1)));
            }
            _ => {}
        }
        if parts + open.len() > MOST_PARTS || depth > DEEPEST {
            return Err(FontDamage::Parts(MOST_PARTS, DEEPEST));
        }
        if points > MOST_POINTS {
            return Err(FontDamage::Points(MOST_POINTS));
        }
    }
    Ok(())
}

/// Takes up an outline as far as it is allowed to go.
#[derive(Default)]
struct GlyphPen {
    strokes: Vec<Command>,
    over: bool,
}

impl GlyphPen {
    fn push(&mut self, stroke: Command) {
        if self.strokes.len() < MOST_POINTS {
            self.strokes.push(stroke);
        } else {
            self.over = true;
        }
    }
}

impl OutlinePen for GlyphPen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.push(Command::MoveTo(Point::new(x, y)));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push(Command::LineTo(Point::new(x, y)));
    }

    fn quad_to(&mut self, cx0: f32, cy0: f32, x: f32, y: f32) {
        self.push(Command::QuadTo(Point::new(cx0, cy0), Point::new(x, y)));
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.push(Command::CurveTo(Point::new(cx0, cy0), Point::new(cx1, cy1), Point::new(x, y)));
    }

    fn close(&mut self) {
        self.push(Command::Close);
    }
}

//! A glyph as pixels of a tile: outlines, layers of colour, and pictures, none of them larger than there is sense in.
//! What a glyph is made of is counted before it is drawn, since a few bytes can nest without end.

use skrifa::bitmap::{BitmapData, BitmapStrikes};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::Metrics;
use skrifa::outline::{DrawSettings, HintingInstance, HintingMode, LcdLayout, OutlinePen};
use skrifa::raw::TableProvider as _;
use skrifa::raw::tables::glyf;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use zeno::{Command, Mask as Fill, Origin, PathData as _, Placement, Point};

use crate::raster::font::colour::{layers, shrunk};
use crate::raster::font::{FontDamage, Glyph};
use crate::raster::mask::CoverageMask;

/// Parts that a glyph may be put together from, over all levels; letters with several marks have half a dozen.
const MOST_PARTS: usize = 256;
/// Levels on which parts may have parts.
const DEEPEST: usize = 8;
/// Points of an outline, and strokes that it may become; the busiest letters have a few thousand.
const MOST_POINTS: usize = 65_536;
/// Sides of a tile that an outline may span.
const WIDEST: f32 = 8.0;
/// Pixels on a side of a picture in a font.
const LARGEST_PICTURE: u32 = 2_048;

/// How edges are moved to whole pixels.
const HINTING: HintingMode =
    HintingMode::Smooth { lcd_subpixel: Some(LcdLayout::Horizontal), preserve_linear_metrics: true };

/// A tile to be filled.
#[derive(Clone, Copy, Debug)]
pub(in crate::raster) struct GlyphTile {
    /// Pixels across, of all the cells it covers.
    pub(in crate::raster) width: usize,
    /// Pixels down, of one row of cells.
    pub(in crate::raster) height: usize,
    /// Height of the letters in pixels.
    pub(in crate::raster) font: f32,
}

/// Where a glyph stands in its tile, and how large.
#[derive(Clone, Copy, Debug)]
pub(super) struct GlyphPlacement {
    pub(super) size: f32,
    pub(super) left: f32,
    pub(super) baseline: f32,
    /// Whether it takes no room of its own.
    pub(super) is_mark: bool,
}

/// Draws `glyph` on the tile's baseline; nothing where there is nothing to be seen of one with colours.
pub(super) fn draw(
    font: &FontRef<'_>,
    glyph: GlyphId,
    tile: GlyphTile,
    fit: bool,
    colour: bool,
) -> Result<Option<Glyph>, FontDamage> {
    let stand = stand(font, glyph, tile, fit);
    if colour {
        if let Some(glyph) = layers(font, glyph, tile)? {
            return Ok(Some(glyph));
        }
        if let Some(glyph) = picture(font, glyph, tile)? {
            return Ok(Some(glyph));
        }
    }
    let Some((mut alpha, mut placement)) = outline(font, glyph, stand.size, tile)? else { return Ok(None) };
    if stand.is_mark && placement.width as usize > tile.width && placement.height as usize > tile.height / 2 {
        // It is drawn around a letter, of which this one is narrower.
        let size = stand.size * pixels(tile.width) / pixels(placement.width as usize);
        let middle = placement.top - placement.height.cast_signed() / 2;
        let Some(smaller) = outline(font, glyph, size, tile)? else { return Ok(None) };
        (alpha, placement) = smaller;
        placement.top = middle + placement.height.cast_signed() / 2;
        placement.left = i32::try_from(tile.width).unwrap_or_default() / -2 - placement.width.cast_signed() / 2;
    }
    let mut mask = CoverageMask::new(tile.width, tile.height);
    let at = (
        whole(stand.left) + isize::try_from(placement.left).unwrap_or_default(),
        whole(stand.baseline) - isize::try_from(placement.top).unwrap_or_default(),
    );
    place(&mut mask, &alpha, placement.width as usize, at);
    let blank = colour && mask.alpha.iter().all(|alpha| *alpha == 0);
    Ok((!blank).then_some(Glyph::Mask(mask)))
}

fn stand(font: &FontRef<'_>, glyph: GlyphId, tile: GlyphTile, fit: bool) -> GlyphPlacement {
    let units = font.head().map_or(1_000, |head| head.units_per_em().max(1));
    let room = pixels(tile.width);
    let advance = font.glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(glyph).unwrap_or(0.0);
    let advance = advance * (tile.font / f32::from(units));
    let size = if fit && advance > room { tile.font * room / advance } else { tile.font };
    let advance = advance * size / tile.font;
    let metrics = Metrics::new(font, Size::unscaled(), LocationRef::default());
    let scale = size / f32::from(units);
    let (ascent, descent) = (metrics.ascent * scale, -metrics.descent * scale);
    // A mark that takes no room is drawn back over the letter before it.
    let left = if advance > 0.0 { ((room - advance) / 2.0).round() } else { room };
    let baseline = ((pixels(tile.height) - ascent - descent) / 2.0 + ascent).round();
    GlyphPlacement { size, left, baseline, is_mark: advance <= 0.0 }
}

/// How much of each pixel the outline of `glyph` covers, and where.
pub(super) fn outline(
    font: &FontRef<'_>,
    glyph: GlyphId,
    size: f32,
    tile: GlyphTile,
) -> Result<Option<(Vec<u8>, Placement)>, FontDamage> {
    let Some(strokes) = strokes(font, glyph, size, true)? else { return Ok(None) };
    if strokes.is_empty() {
        return Ok(Some((Vec::new(), Placement::default())));
    }
    bounded(&strokes, WIDEST * pixels(tile.width.max(tile.height)))?;
    // The place is worked out only for a size that is known before.
    Ok(Some(Fill::new(strokes.as_slice()).origin(Origin::BottomLeft).inspect(|_, _, _| {}).render()))
}

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

/// The picture of `glyph`, brought to the tile's size.
fn picture(font: &FontRef<'_>, glyph: GlyphId, tile: GlyphTile) -> Result<Option<Glyph>, FontDamage> {
    let Some(found) = BitmapStrikes::new(font).glyph_for_size(Size::new(tile.font), glyph) else { return Ok(None) };
    if found.width > LARGEST_PICTURE || found.height > LARGEST_PICTURE {
        return Err(FontDamage::Picture(LARGEST_PICTURE));
    }
    let (width, height) = (found.width as usize, found.height as usize);
    let rgba = match found.data {
        BitmapData::Png(data) => {
            let mut rgba = Vec::new();
            let (width, height) = png(data, &mut rgba).ok_or(FontDamage::Png)?;
            return Ok(Some(Glyph::Colour(shrunk(&rgba, (width, height), tile))));
        }
        BitmapData::Bgra(data) => {
            data.as_chunks().0.iter().flat_map(|[b, g, r, a]| [*r, *g, *b, *a]).collect::<Vec<_>>()
        }
        BitmapData::Mask(_) => return Ok(None),
    };
    if rgba.len() < width * height * 4 {
        return Err(FontDamage::Png);
    }
    Ok(Some(Glyph::Colour(shrunk(&rgba, (width, height), tile))))
}

/// Unpacks a PNG into red, green, blue and alpha.
fn png(data: &[u8], rgba: &mut Vec<u8>) -> Option<(usize, usize)> {
    let side = LARGEST_PICTURE as usize;
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(data), png::Limits { bytes: side * side * 8 });
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().ok()?;
    if reader.info().width > LARGEST_PICTURE || reader.info().height > LARGEST_PICTURE {
        return None;
    }
    let mut bytes = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut bytes).ok()?;
    match frame.color_type {
        png::ColorType::Rgba => *rgba = bytes,
        png::ColorType::GrayscaleAlpha => {
            *rgba = bytes.as_chunks().0.iter().flat_map(|[grey, a]| [*grey, *grey, *grey, *a]).collect();
        }
        _ => return None,
    }
    Some((frame.width as usize, frame.height as usize))
}

/// Puts rows of `width` values into `mask`, as far as they lie within it.
pub(super) fn place(mask: &mut CoverageMask, alpha: &[u8], width: usize, (left, top): (isize, isize)) {
    for (row, y) in alpha.chunks_exact(width.max(1)).zip(top..) {
        for (alpha, x) in row.iter().zip(left..) {
            if let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) {
                mask.cover(x, y, *alpha);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "tiles are small")]
pub(super) const fn pixels(count: usize) -> f32 {
    count as f32
}

#[expect(clippy::cast_possible_truncation, reason = "tiles are small and the cast saturates")]
fn whole(value: f32) -> isize {
    value as isize
}

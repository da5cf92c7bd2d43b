//! A glyph as pixels of a tile: outlines, layers of colour, and pictures, none of them larger than there is sense in.
//! Where a glyph has both, its own colours come before the outline.

use skrifa::bitmap::{BitmapData, BitmapStrikes};
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::Metrics;
use skrifa::raw::TableProvider as _;
use skrifa::{FontRef, GlyphId, MetadataProvider as _};
use zeno::{Mask as Fill, Origin, Placement};

use crate::raster::font::colour::{layers, shrunk};
use crate::raster::font::damage::FontDamage;
use crate::raster::font::glyph::{Glyph, GlyphTile, pixels, place};
use crate::raster::font::outline::{bounded, strokes};
use crate::raster::mask::CoverageMask;

/// Sides of a tile that an outline may span.
const WIDEST: f32 = 8.0;
/// Pixels on a side of a picture in a font.
const LARGEST_PICTURE: u32 = 2_048;

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

#[expect(clippy::cast_possible_truncation, reason = "tiles are small and the cast saturates")]
fn whole(value: f32) -> isize {
    value as isize
}

//! A glyph as it is drawn: what it looks like, and the tile that it fills.

use crate::raster::mask::CoverageMask;

/// What a character looks like in its tile.
#[derive(Clone)]
pub(in crate::raster) enum Glyph {
    /// In the letters' colour.
    Mask(CoverageMask),
    /// In colours of its own: rows of red, green, blue and alpha.
    Colour(Vec<u8>),
}

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

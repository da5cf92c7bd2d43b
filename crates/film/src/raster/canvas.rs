//! The canvas: a frame as pixels, of which only the cells that changed are drawn again.
//! Whatever a pixel is made of, red, green and blue or something smaller, goes into a [`PixelPlane`] the same way.

use crate::camera::FilmFrame;
use crate::raster::atlas::{TileAtlas, TileId};
use crate::raster::font::FontError;
use crate::raster::geometry::PictureGeometry;

/// A rectangle of bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PixelPlane {
    /// Bytes of a row.
    pub stride: usize,
    /// All rows from above, `stride` bytes each.
    pub bytes: Vec<u8>,
}

impl PixelPlane {
    /// `rows` of `pattern`, over and over.
    #[must_use]
    pub fn filled(stride: usize, rows: usize, pattern: &[u8]) -> Self {
        Self { stride, bytes: pattern.iter().copied().cycle().take(stride * rows).collect() }
    }

    /// Puts `tile`, rows of `width` bytes, at byte `left` of row `top`; what does not fit is left out.
    pub fn draw_tile(&mut self, left: usize, top: usize, width: usize, tile: &[u8]) {
        let rows = self.bytes.chunks_exact_mut(self.stride.max(1)).skip(top);
        for (row, tile) in rows.zip(tile.chunks_exact(width.max(1))) {
            if let Some(into) = row.get_mut(left..left + width) {
                into.copy_from_slice(tile);
            }
        }
    }
}

/// A rectangle of pixels, its right and lower edges outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DirtyRect {
    /// The first column of pixels.
    pub left: usize,
    /// The first row of pixels.
    pub top: usize,
    /// The column behind the last.
    pub right: usize,
    /// The row below the last.
    pub bottom: usize,
}

impl DirtyRect {
    /// The smallest rectangle around both.
    #[must_use]
    pub fn with(before: Option<Self>, other: Self) -> Self {
        let Some(before) = before else { return other };
        Self {
            left: before.left.min(other.left),
            top: before.top.min(other.top),
            right: before.right.max(other.right),
            bottom: before.bottom.max(other.bottom),
        }
    }
}

/// One cell to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CellPatch {
    /// Its left edge in pixels.
    pub x: usize,
    /// Its upper edge in pixels.
    pub y: usize,
    /// The tile of the atlas that goes there.
    pub tile: TileId,
}

/// Finds out which tiles have to be put where, for any kind of picture.
pub struct PatchFinder {
    geometry: PictureGeometry,
    shown: Vec<Option<TileId>>,
    generation: u32,
    found: Vec<CellPatch>,
}

impl PatchFinder {
    /// Finds the changes of a picture of which nothing is shown yet.
    #[must_use]
    pub fn new(geometry: PictureGeometry) -> Self {
        let cells = usize::from(geometry.cells.width) * usize::from(geometry.cells.height);
        Self { geometry, shown: vec![None; cells], generation: 0, found: Vec::new() }
    }

    /// Takes nothing for shown: the next frame is drawn as if it were the first.
    pub fn forget(&mut self) {
        self.shown.fill(None);
    }

    /// What of `frame` differs from the frame before it, as tiles of `atlas`.
    pub fn of(&mut self, frame: &FilmFrame<'_>, atlas: &mut TileAtlas) -> &[CellPatch] {
        atlas.tidy();
        self.found.clear();
        let all = atlas.generation() != self.generation;
        if all {
            self.shown.fill(None);
            self.generation = atlas.generation();
            (0..frame.buffer.content.len()).for_each(|index| self.look(frame, index, atlas));
        } else {
            frame.changed.iter().for_each(|index| self.look(frame, *index, atlas));
        }
        &self.found
    }

    fn look(&mut self, frame: &FilmFrame<'_>, index: usize, atlas: &mut TileAtlas) {
        let columns = usize::from(self.geometry.cells.width).max(1);
        let (column, row) = (index % columns, index / columns);
        let (Some(cell), Some(shown)) = (frame.buffer.content.get(index), self.shown.get_mut(index)) else { return };
        let before = index.checked_sub(1).filter(|_| column > 0).and_then(|before| frame.buffer.content.get(before));
        if before.is_some_and(|before| TileAtlas::span(before.symbol()) > 1) {
            // The wide character before it covers this one.
            *shown = None;
            return;
        }
        let tile = atlas.tile(cell);
        // A tile that sticks out of the last column is cut by the canvas.
        if shown.replace(tile) != Some(tile) {
            let (width, height) = atlas.cell();
            let (left, top) = (self.geometry.margin.0 as usize, self.geometry.margin.1 as usize);
            self.found.push(CellPatch { x: left + column * width, y: top + row * height, tile });
        }
    }
}

/// A picture in red, green and blue.
pub struct Canvas {
    patches: PatchFinder,
    atlas: TileAtlas,
    plane: PixelPlane,
}

impl Canvas {
    /// A picture of nothing but the ground.
    #[must_use]
    pub fn new(geometry: PictureGeometry, atlas: TileAtlas) -> Self {
        let (width, height) = (geometry.size.0 as usize, geometry.size.1 as usize);
        let plane = PixelPlane::filled(width * 3, height, &atlas.ground().bg);
        Self { patches: PatchFinder::new(geometry), atlas, plane }
    }

    /// Draws what changed. Gives all rows of the picture.
    ///
    /// # Errors
    /// When a font that was named can't draw what it should.
    pub fn draw(&mut self, frame: &FilmFrame<'_>) -> Result<&[u8], FontError> {
        for patch in self.patches.of(frame, &mut self.atlas) {
            if let Some(pixels) = self.atlas.pixels(patch.tile) {
                self.plane.draw_tile(patch.x * 3, patch.y, pixels.span * self.atlas.cell().0 * 3, &pixels.rgb);
            }
        }
        self.atlas.check()?;
        Ok(&self.plane.bytes)
    }

    /// Takes nothing for drawn: of the next frame every cell is that it names.
    pub fn forget(&mut self) {
        self.patches.forget();
    }

    /// The tiles it is made of.
    #[must_use]
    pub const fn atlas(&self) -> &TileAtlas {
        &self.atlas
    }
}

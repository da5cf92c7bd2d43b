//! The canvas: a frame as pixels, of which only the cells that changed are drawn again.
//! Whatever a pixel is made of, red, green and blue or something smaller, goes into a [`PixelPlane`] the same way.

use crate::camera::FilmFrame;
use crate::raster::atlas::{TileAtlas, TileId};
use crate::raster::font::FontError;
use crate::raster::geometry::PictureGeometry;
pub use crate::raster::plane::{DirtyRect, PixelPlane};

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

/// A picture in red, green and blue, and, where its ground is seen through, in how much of it there is.
pub struct Canvas {
    patches: PatchFinder,
    atlas: TileAtlas,
    plane: PixelPlane,
}

impl Canvas {
    /// A picture of nothing but the ground.
    #[must_use]
    pub fn new(geometry: PictureGeometry, atlas: TileAtlas) -> Self {
        let plane = atlas.blank(&geometry);
        Self { patches: PatchFinder::new(geometry), atlas, plane }
    }

    /// Draws what changed. Gives all rows of the picture.
    ///
    /// # Errors
    /// When a font that was named can't draw what it should.
    pub fn draw(&mut self, frame: &FilmFrame<'_>) -> Result<&[u8], FontError> {
        let channels = self.atlas.channels();
        for patch in self.patches.of(frame, &mut self.atlas) {
            if let Some(pixels) = self.atlas.pixels(patch.tile) {
                let width = pixels.span * self.atlas.cell().0;
                self.plane.draw_tile(patch.x * channels, patch.y, width * channels, &pixels.bytes);
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

//! The frames of a film one after the other as pixels, and of each the rectangle that differs from the one before:
//! what every lossless animation is made of. Its ground may be see-through, and then a pixel is four bytes.

use std::path::Path;

use crate::camera::FilmFrame;
use crate::job::RenderJob;
use crate::raster::atlas::TileAtlas;
use crate::raster::canvas::{DirtyRect, PatchFinder, PixelPlane};
use crate::raster::{Fonts, GroundColours, PictureGeometry};
use crate::{FilmError, missing};

/// The picture as it is, and what of it is new.
pub(crate) struct ChangingPicture {
    atlas: TileAtlas,
    patches: PatchFinder,
    plane: PixelPlane,
    dirty: Option<DirtyRect>,
}

impl ChangingPicture {
    /// The picture before the first frame, which is new as a whole.
    pub(crate) fn new(job: &RenderJob<'_>, geometry: PictureGeometry, fonts: Fonts) -> Self {
        let atlas = TileAtlas::new(&geometry, GroundColours::of(job.theme), fonts, None);
        let plane = atlas.blank(&geometry);
        let (right, bottom) = (geometry.size.0 as usize, geometry.size.1 as usize);
        let dirty = Some(DirtyRect { left: 0, top: 0, right, bottom });
        Self { atlas, patches: PatchFinder::new(geometry), plane, dirty }
    }

    /// Bytes of a pixel: 3, or 4 with how much of it is seen.
    pub(crate) const fn channels(&self) -> usize {
        self.atlas.channels()
    }

    /// Draws `frame`.
    ///
    /// # Errors
    /// When a font that was named can't draw what it should.
    pub(crate) fn draw(&mut self, frame: &FilmFrame<'_>) -> Result<(), FilmError> {
        let channels = self.channels();
        let (width, height) = (self.plane.stride / channels, self.atlas.cell().1);
        let rows = self.plane.bytes.len() / self.plane.stride.max(1);
        for patch in self.patches.of(frame, &mut self.atlas) {
            let Some(pixels) = self.atlas.pixels(patch.tile) else { continue };
            let across = pixels.span * self.atlas.cell().0;
            self.plane.draw_tile(patch.x * channels, patch.y, across * channels, &pixels.bytes);
            let (right, bottom) = ((patch.x + across).min(width), (patch.y + height).min(rows));
            self.dirty = Some(DirtyRect::with(self.dirty, DirtyRect { left: patch.x, top: patch.y, right, bottom }));
        }
        Ok(self.atlas.check()?)
    }

    /// The rectangle that has changed since this was asked last; nothing when nothing has.
    pub(crate) fn take_dirty(&mut self) -> Option<DirtyRect> {
        self.dirty.take().filter(|rect| rect.left < rect.right && rect.top < rect.bottom)
    }

    /// The pixels of `rect`, row by row.
    pub(crate) fn cut_out(&self, rect: DirtyRect) -> Vec<u8> {
        let channels = self.channels();
        let rows = self.plane.bytes.chunks_exact(self.plane.stride.max(1)).skip(rect.top).take(rect.bottom - rect.top);
        rows.filter_map(|row| row.get(rect.left * channels..rect.right * channels)).flatten().copied().collect()
    }

    /// All pixels, row by row.
    pub(crate) fn pixels(&self) -> &[u8] {
        &self.plane.bytes
    }

    /// What the user should know about its fonts.
    pub(crate) fn notes(&self) -> Vec<String> {
        missing(&self.atlas)
    }
}

/// What to say where a ground is to be seen through and can't.
pub const CLEAR_FORMATS: &str = "this has no ground that is seen through; .png, .apng, .webp, .webm, .mkv and a folder of PNG frames (--to frames/) have";

/// Refuses a see-through ground for `path`, whose format has none.
pub(crate) fn refuse_clear(path: &Path, geometry: &PictureGeometry) -> Result<(), FilmError> {
    if !geometry.clear {
        return Ok(());
    }
    Err(FilmError::Refused { path: path.to_owned(), why: CLEAR_FORMATS.into() })
}

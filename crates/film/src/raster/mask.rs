//! A mask: how much of each pixel of a tile its character covers.
//! All drawing of geometry ends in the few strokes here.

/// Coverage of a tile, row by row, 0 to 255.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct CoverageMask {
    /// Pixels across the tile.
    pub(super) width: usize,
    /// Pixels down the tile.
    pub(super) height: usize,
    /// `width` × `height` values.
    pub(super) alpha: Vec<u8>,
}

impl CoverageMask {
    /// A mask of `width` × `height` pixels, none of which is covered.
    pub(super) fn new(width: usize, height: usize) -> Self {
        Self { width, height, alpha: vec![0; width * height] }
    }

    /// Covers a pixel at least this much; one outside is passed over.
    pub(super) fn cover(&mut self, x: usize, y: usize, alpha: u8) {
        if x < self.width
            && let Some(pixel) = self.alpha.get_mut(y * self.width + x)
        {
            *pixel = alpha.max(*pixel);
        }
    }

    /// Covers whole pixels from (`x0`, `y0`) up to but without (`x1`, `y1`).
    pub(super) fn fill(&mut self, (x0, y0): (usize, usize), (x1, y1): (usize, usize), alpha: u8) {
        for y in y0..y1.min(self.height) {
            for x in x0..x1.min(self.width) {
                self.cover(x, y, alpha);
            }
        }
    }

    /// Covers each pixel by what `distance` says of its centre: the distance in pixels from the edge, negative inside.
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tiles are small, and the value is clamped"
    )]
    pub(super) fn shade(&mut self, distance: impl Fn(f32, f32) -> f32) {
        for y in 0..self.height {
            for x in 0..self.width {
                let alpha = (0.5 - distance(x as f32 + 0.5, y as f32 + 0.5)).clamp(0.0, 1.0);
                self.cover(x, y, (alpha * 255.0).round() as u8);
            }
        }
    }

    /// The same in `levels` steps, so that a palette holds it.
    #[expect(clippy::cast_possible_truncation, reason = "a fraction of 255 fits")]
    pub(super) fn step(&mut self, levels: u8) {
        let steps = u32::from(levels.max(2)) - 1;
        for pixel in &mut self.alpha {
            let step = (u32::from(*pixel) * steps + 127) / 255;
            *pixel = (step * 255 / steps) as u8;
        }
    }
}

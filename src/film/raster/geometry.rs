//! The picture's measures: how large it is, how large a cell is, and what margin is left over.
//! Cells have even sides, since video halves the resolution of colour.

use ratatui::layout::Size;

/// Pixels across and down that a picture may have.
const LARGEST: u32 = 8_192;
/// The letters' height for a picture that is 1080 pixels on its shorter side.
const FONT_AT_1080: f32 = 20.0;
/// What a cell measures in letter heights: the advance of the bundled font, and a line.
const CELL: (f32, f32) = (0.6, 1.2);

/// What was asked for; what was not follows from the rest.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Sizes {
    /// Pixels across and down.
    pub picture: Option<(u32, u32)>,
    /// Columns and rows.
    pub cells: Option<(u16, u16)>,
    /// Height of the letters in pixels.
    pub font: Option<f32>,
}

/// The measures of a picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Geometry {
    /// The picture in pixels, both even.
    pub size: (u32, u32),
    /// Columns and rows.
    pub cells: Size,
    /// A cell in pixels, both even.
    pub cell: (u32, u32),
    /// Pixels before the first column and above the first row, both even.
    pub margin: (u32, u32),
    /// Height of the letters in pixels.
    pub font: f32,
}

/// Why there is no such picture.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GeometryError {
    /// Out of bounds.
    #[error("a picture of {0}×{1} pixels: each side has to be even and between 16 and {LARGEST}")]
    Size(u32, u32),
    /// More cells than there are pixels for.
    #[error("{0}×{1} cells do not fit into {2}×{3} pixels: a cell needs 4×8 at least")]
    Crowded(u16, u16, u32, u32),
}

impl Geometry {
    /// The measures that `sizes` asks for; `usual` is the picture where no size follows from it.
    ///
    /// # Errors
    /// When the picture would be too large, odd-sized, or too small for its cells.
    pub fn new(sizes: Sizes, usual: (u32, u32)) -> Result<Self, GeometryError> {
        let (size, cell, cells) = match (sizes.picture, sizes.cells) {
            (picture, None) => {
                let size = picture.unwrap_or(usual);
                let font = sizes.font.unwrap_or_else(|| FONT_AT_1080 * shorter(size) / 1_080.0);
                let cell = (even(font * CELL.0), even(font * CELL.1));
                (size, cell, (columns(size.0 / cell.0), columns(size.1 / cell.1)))
            }
            (None, Some(cells)) => {
                let fitting = |font: f32| (even(font * CELL.0), even(font * CELL.1));
                let cell = sizes.font.map_or_else(|| fit(usual, cells), fitting);
                ((u32::from(cells.0) * cell.0, u32::from(cells.1) * cell.1), cell, cells)
            }
            (Some(size), Some(cells)) => (size, fit(size, cells), cells),
        };
        let (width, height) = size;
        let sound = |side: u32| (16..=LARGEST).contains(&side) && side.is_multiple_of(2);
        if !sound(width) || !sound(height) {
            return Err(GeometryError::Size(width, height));
        }
        let used = (u32::from(cells.0) * cell.0, u32::from(cells.1) * cell.1);
        if cell.0 < 4 || cell.1 < 8 || cells.0 == 0 || cells.1 == 0 || used.0 > width || used.1 > height {
            return Err(GeometryError::Crowded(cells.0, cells.1, width, height));
        }
        let margin = ((width - used.0) / 4 * 2, (height - used.1) / 4 * 2);
        let font = sizes.font.unwrap_or_else(|| (pixels(cell.0) / CELL.0).min(pixels(cell.1) / CELL.1));
        Ok(Self { size, cells: Size::new(cells.0, cells.1), cell, margin, font })
    }

    /// Whether the picture is taller than wide.
    #[must_use]
    pub const fn is_upright(&self) -> bool {
        self.size.1 > self.size.0
    }
}

fn shorter((width, height): (u32, u32)) -> f32 {
    pixels(width.min(height))
}

#[expect(clippy::cast_precision_loss, reason = "pictures are small beside 2^24")]
const fn pixels(count: u32) -> f32 {
    count as f32
}

/// The largest even cell with which so many fit.
fn fit((width, height): (u32, u32), (columns, rows): (u16, u16)) -> (u32, u32) {
    let side = |length: u32, count: u16| length / u32::from(count.max(1)) / 2 * 2;
    (side(width, columns), side(height, rows))
}

/// The nearest even number of pixels, at least two.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates and a letter is small")]
fn even(length: f32) -> u32 {
    ((length / 2.0).round() as u32).max(1) * 2
}

fn columns(count: u32) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(picture: Option<(u32, u32)>, cells: Option<(u16, u16)>, font: Option<f32>) -> Result<Geometry, String> {
        Geometry::new(Sizes { picture, cells, font }, (1_920, 1_080)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_asked_for_follows() {
        let usual = sizes(None, None, None).unwrap();
        assert_eq!((usual.size, usual.cell, usual.cells), ((1_920, 1_080), (12, 24), Size::new(160, 45)));
        assert_eq!(sizes(Some((1_920, 1_080)), Some((160, 45)), None), Ok(usual));
        let upright = sizes(Some((1_080, 1_920)), None, None).unwrap();
        assert_eq!((upright.cells, upright.margin), (Size::new(90, 80), (0, 0)));
        let large = sizes(Some((3_840, 2_160)), None, None).unwrap();
        assert_eq!((large.cell, large.cells), ((24, 48), Size::new(160, 45)));
        let margins = sizes(Some((1_000, 600)), Some((80, 24)), None).unwrap();
        assert_eq!((margins.cell, margins.margin), ((12, 24), (20, 12)));
        let font = sizes(None, Some((80, 24)), Some(15.0)).unwrap();
        assert_eq!((font.size, font.cell), ((800, 432), (10, 18)));
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for (picture, cells) in [((1_921, 1_080), None), ((10_000, 100), None), ((0, 0), None)] {
            assert!(sizes(Some(picture), cells, None).unwrap_err().contains("even"), "{picture:?}");
        }
        assert!(sizes(Some((640, 360)), Some((400, 20)), None).unwrap_err().contains("do not fit"));
        assert!(sizes(None, Some((0, 5)), None).is_err());
    }
}

//! The picture's measures: how large it is, how large a cell is, and what margin is left over.
//! Cells have even sides, since video halves the resolution of colour.

use ratatui::layout::Size;

use crate::raster::window::{WindowBackdrop, WindowMargins};

/// Pixels across and down that a picture may have.
const LARGEST: u32 = 8_192;
/// The letters' height for a picture that is 1080 pixels on its shorter side.
const FONT_AT_1080: f32 = 20.0;
/// What a cell measures in letter heights: the advance of the bundled font, and a line.
const CELL: (f32, f32) = (0.6, 1.2);
/// Columns and rows that a window has room in, whatever the shape of a cell.
const WINDOW: (u16, u16) = (10, 7);
/// The least that a cell measures in pixels.
const LEAST: (u32, u32) = (4, 8);

/// What was asked for; what was not follows from the rest.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct RequestedSize {
    /// Pixels across and down.
    pub picture: Option<(u32, u32)>,
    /// Columns and rows of the terminal.
    pub cells: Option<(u16, u16)>,
    /// Height of the letters in pixels.
    pub font: Option<f32>,
    /// What is behind the window around the cells, if one is drawn.
    pub window: Option<WindowBackdrop>,
}

/// The measures of a picture.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PictureGeometry {
    /// The picture in pixels, both even.
    pub size: (u32, u32),
    /// Columns and rows of the picture.
    pub cells: Size,
    /// A cell in pixels, both even.
    pub cell: (u32, u32),
    /// Pixels before the first column and above the first row, both even.
    pub margin: (u32, u32),
    /// Height of the letters in pixels.
    pub font: f32,
    /// Whether the ground that letters stand on is seen through.
    pub clear: bool,
    /// What is behind the window around the cells, if one is drawn.
    pub window: Option<WindowBackdrop>,
}

/// Why there is no such picture.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GeometryError {
    /// A side, of width and height in pixels, is odd or out of bounds.
    #[error("invalid size {0}×{1}: each side must be even and between 16 and {LARGEST} pixels")]
    Size(u32, u32),
    /// More cells than any picture has room for.
    #[error(
        "{0}×{1} cells would make a picture of {2}×{3} pixels, more than the largest, {LARGEST}: ask for fewer cells{4}"
    )]
    Large(u16, u16, u32, u32, &'static str),
    /// More cells than there are pixels for.
    #[error(
        "{0}×{1} cells of {2}×{3} pixels do not fit into {4}×{5}: ask for a larger picture, fewer cells or smaller letters"
    )]
    Crowded(u16, u16, u32, u32, u32, u32),
}

impl PictureGeometry {
    /// The measures that `sizes` asks for; `usual` is the picture where no size follows from it.
    ///
    /// # Errors
    /// When the picture would be too large, odd-sized, or too small for its cells.
    pub fn new(sizes: RequestedSize, usual: (u32, u32)) -> Result<Self, GeometryError> {
        let of_font = |font: f32| (even(font * CELL.0), even(font * CELL.1));
        let at_least = |cell: (u32, u32)| (cell.0.max(LEAST.0), cell.1.max(LEAST.1));
        let room = |cell: (u32, u32)| if sizes.window.is_some() { WindowMargins::of(cell).room() } else { (0, 0) };
        let (size, cell, cells) = match (sizes.picture, sizes.cells) {
            (picture, None) => {
                let size = picture.unwrap_or(usual);
                let usual_cell = || at_least(of_font(FONT_AT_1080 * shorter(size) / 1_080.0));
                let cell = sizes.font.map_or_else(usual_cell, of_font);
                let (across, down) = room(cell);
                let count = |side: u32, room: u32, cell: u32| columns(side.saturating_sub(room) / cell).max(1);
                (size, cell, (count(size.0, across, cell.0), count(size.1, down, cell.1)))
            }
            (None, Some(cells)) => {
                let cell = sizes.font.map_or_else(|| at_least(fit(usual, cells)), of_font);
                let (across, down) = room(cell);
                ((u32::from(cells.0) * cell.0 + across, u32::from(cells.1) * cell.1 + down), cell, cells)
            }
            (Some(size), Some(cells)) => {
                let framed = if sizes.window.is_some() {
                    (cells.0.saturating_add(WINDOW.0), cells.1.saturating_add(WINDOW.1))
                } else {
                    cells
                };
                (size, sizes.font.map_or_else(|| fit(size, framed), of_font), cells)
            }
        };
        let (width, height) = size;
        if sizes.picture.is_none() && width.max(height) > LARGEST {
            let or = if sizes.font.is_some() { " or smaller letters" } else { "" };
            return Err(GeometryError::Large(cells.0, cells.1, width, height, or));
        }
        let sound = |side: u32| (16..=LARGEST).contains(&side) && side.is_multiple_of(2);
        if !sound(width) || !sound(height) {
            return Err(GeometryError::Size(width, height));
        }
        let (across, down) = room(cell);
        let used = (u32::from(cells.0) * cell.0 + across, u32::from(cells.1) * cell.1 + down);
        let tiny = cell.0 < LEAST.0 || cell.1 < LEAST.1 || cells.0 == 0 || cells.1 == 0;
        if tiny || used.0 > width || used.1 > height {
            let cell = at_least(cell);
            return Err(GeometryError::Crowded(cells.0, cells.1, cell.0, cell.1, width, height));
        }
        let before = if sizes.window.is_some() { WindowMargins::of(cell).before() } else { (0, 0) };
        let margin = ((width - used.0) / 4 * 2 + before.0, (height - used.1) / 4 * 2 + before.1);
        let font = sizes.font.unwrap_or_else(|| (pixels(cell.0) / CELL.0).min(pixels(cell.1) / CELL.1));
        Ok(Self { size, cells: Size::new(cells.0, cells.1), cell, margin, font, clear: false, window: sizes.window })
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

    fn sizes(
        picture: Option<(u32, u32)>,
        cells: Option<(u16, u16)>,
        font: Option<f32>,
    ) -> Result<PictureGeometry, String> {
        PictureGeometry::new(RequestedSize { picture, cells, font, window: None }, (1_920, 1_080))
            .map_err(|error| error.to_string())
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
    fn letters_are_as_large_as_they_were_asked_to_be_whatever_else_is_said() {
        let all = sizes(Some((1_000, 600)), Some((80, 24)), Some(15.0)).unwrap();
        assert_eq!((all.cell, all.margin), ((10, 18), (100, 84)));
        let large = sizes(Some((1_000, 600)), Some((80, 24)), Some(40.0)).unwrap_err();
        assert!(large.contains("80×24 cells of 24×48 pixels do not fit into 1000×600"), "{large}");
    }

    #[test]
    fn a_small_picture_has_few_cells_and_none_that_is_too_small() {
        let small = sizes(Some((320, 180)), None, None).unwrap();
        assert_eq!((small.cell, small.cells), ((4, 8), Size::new(80, 22)));
        let many = sizes(None, Some((500, 200)), None).unwrap();
        assert_eq!((many.cell, many.size), ((4, 8), (2_000, 1_600)));
    }

    #[test]
    fn what_can_not_be_is_refused() {
        for (picture, cells) in [((1_921, 1_080), None), ((10_000, 100), None), ((0, 0), None)] {
            assert!(sizes(Some(picture), cells, None).unwrap_err().contains("even"), "{picture:?}");
        }
        let crowded = sizes(Some((640, 360)), Some((400, 20)), None).unwrap_err();
        assert!(crowded.starts_with("400×20 cells of 4×18 pixels do not fit into 640×360: ask for a"), "{crowded}");
        let huge = sizes(None, Some((5_000, 5_000)), None).unwrap_err();
        assert!(huge.contains("a picture of 20000×40000 pixels") && huge.ends_with("ask for fewer cells"), "{huge}");
        let letters = sizes(Some((100, 100)), None, Some(200.0)).unwrap_err();
        assert!(letters.starts_with("1×1 cells of 120×240 pixels do not fit"), "{letters}");
        assert!(sizes(None, Some((0, 5)), None).is_err());
    }
}

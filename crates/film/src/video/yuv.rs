//! Tiles and pictures as video has them: brightness in full and colour at half the resolution (I420, BT.709, limited).
//! A tile is converted once, however often it is shown.

use std::sync::Arc;

use crate::raster::RgbBytes;
use crate::raster::atlas::{TileAtlas, TileId};
use crate::raster::canvas::PixelPlane;

/// A tile's three planes.
#[derive(Debug)]
pub(super) struct YuvTile {
    width: usize,
    luma: Box<[u8]>,
    blue: Box<[u8]>,
    red: Box<[u8]>,
}

/// A picture's three planes.
#[derive(Clone, Debug)]
pub(super) struct YuvPicture {
    /// Pixels across and down.
    pub(super) size: (u32, u32),
    /// Brightness, a byte for each pixel.
    pub(super) luma: PixelPlane,
    /// Colour difference to blue.
    pub(super) blue: PixelPlane,
    /// Colour difference to red.
    pub(super) red: PixelPlane,
}

impl YuvPicture {
    /// A picture of rows of red, green and blue, `width` × `height` pixels, both even.
    pub(super) fn of(rgb: &[u8], (width, height): (u32, u32)) -> Self {
        let mut picture = Self::filled((width, height), [0; 3]);
        picture.draw_tile(0, 0, &YuvTile::of(rgb, width as usize));
        picture
    }

    /// A picture of nothing but `colour`, `width` × `height` pixels, both even.
    pub(super) fn filled((width, height): (u32, u32), colour: RgbBytes) -> Self {
        let [luma, blue, red] = convert(colour.map(f32::from));
        let (w, h) = (width as usize, height as usize);
        Self {
            size: (width, height),
            luma: PixelPlane::filled(w, h, &[luma]),
            blue: PixelPlane::filled(w / 2, h / 2, &[blue]),
            red: PixelPlane::filled(w / 2, h / 2, &[red]),
        }
    }

    /// Puts `tile` at (`x`, `y`), both even.
    pub(super) fn draw_tile(&mut self, x: usize, y: usize, tile: &YuvTile) {
        self.luma.draw_tile(x, y, tile.width, &tile.luma);
        self.blue.draw_tile(x / 2, y / 2, tile.width / 2, &tile.blue);
        self.red.draw_tile(x / 2, y / 2, tile.width / 2, &tile.red);
    }
}

/// The tiles that have been converted.
#[derive(Default)]
pub(super) struct YuvTiles {
    tiles: Vec<Option<Arc<YuvTile>>>,
    generation: u32,
}

impl YuvTiles {
    /// The tile of that id.
    pub(super) fn get(&mut self, id: TileId, atlas: &TileAtlas) -> Option<Arc<YuvTile>> {
        if self.generation != atlas.generation() {
            self.tiles.clear();
            self.generation = atlas.generation();
        }
        let pixels = atlas.pixels(id)?;
        let at = id as usize;
        if self.tiles.len() <= at {
            self.tiles.resize_with(at + 1, || None);
        }
        let tile = self.tiles.get_mut(at)?;
        Some(Arc::clone(tile.get_or_insert_with(|| Arc::new(YuvTile::of(&pixels.bytes, pixels.span * atlas.cell().0)))))
    }
}

impl YuvTile {
    /// Rows of red, green and blue, `width` pixels wide; `width` and the number of rows are even.
    fn of(rgb: &[u8], width: usize) -> Self {
        let pixel = |bytes: &[u8]| bytes.first_chunk::<3>().map_or([0.0; 3], |rgb| rgb.map(f32::from));
        let luma = rgb.chunks_exact(3).map(|bytes| convert(pixel(bytes))[0]).collect();
        let (mut blue, mut red) = (Vec::new(), Vec::new());
        for rows in rgb.chunks_exact(width * 6) {
            let (upper, lower) = rows.split_at(width * 3);
            for (upper, lower) in upper.chunks_exact(6).zip(lower.chunks_exact(6)) {
                let four = [upper, lower].map(|pair| pair.split_at(3)).map(|(left, right)| [pixel(left), pixel(right)]);
                let mean =
                    four.as_flattened().iter().fold([0.0; 3], |sum, pixel| add(sum, *pixel)).map(|sum| sum / 4.0);
                let [_, b, r] = convert(mean);
                blue.push(b);
                red.push(r);
            }
        }
        Self { width, luma, blue: blue.into(), red: red.into() }
    }
}

fn add(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    let ([r, g, b2], [r1, g1, b1]) = (a, b);
    [r + r1, g + g1, b2 + b1]
}

/// Brightness and the two colour differences of a colour of 0 to 255 each. ITU-R BT.709-6, 3.2 and 3.3; 8 bits, limited.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the values lie within 16 to 240")]
fn convert([red, green, blue]: [f32; 3]) -> [u8; 3] {
    let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let difference = |colour: f32, range: f32| 128.0 + (colour - luma) / range * 224.0 / 255.0;
    let values = [16.0 + luma * 219.0 / 255.0, difference(blue, 1.8556), difference(red, 1.5748)];
    values.map(|value| (value + 0.5) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_corners_of_the_colour_space_are_where_the_standard_has_them() {
        let colours = [([0.0; 3], [16, 128, 128]), ([255.0; 3], [235, 128, 128])];
        let primaries = [([255.0, 0.0, 0.0], [63, 102, 240]), ([0.0, 0.0, 255.0], [32, 240, 118])];
        for (rgb, yuv) in colours.into_iter().chain(primaries) {
            assert_eq!(convert(rgb), yuv, "{rgb:?}");
        }
    }

    #[test]
    fn a_tile_lands_in_all_three_planes() {
        let tile = YuvTile::of(&[255; 4 * 2 * 3], 4);
        assert_eq!((tile.luma.len(), tile.blue.len(), tile.red.len()), (8, 2, 2));
        let mut picture = YuvPicture::filled((8, 4), [0; 3]);
        picture.draw_tile(4, 2, &tile);
        assert_eq!(picture.luma.bytes[2 * 8 + 4..][..4], [235; 4]);
        assert_eq!(picture.luma.bytes[2 * 8..][..4], [16; 4]);
        assert_eq!(picture.blue.bytes, [128; 8]);
    }
}

//! Blocks, shades and quadrants (U+2580 to U+259F), braille, and sextants.
//! Edges lie on whole pixels, and neighbours share them.

use crate::raster::mask::CoverageMask;

/// `part` of `of` equal parts of `length`, to the nearest pixel.
const fn share(length: usize, part: usize, of: usize) -> usize {
    (length * part * 2 + of) / (of * 2)
}

/// Draws character `index` of the block.
pub(super) fn draw(mask: &mut CoverageMask, index: u32) {
    let (w, h) = (mask.width, mask.height);
    let index = index as usize;
    match index {
        0x00 => mask.fill((0, 0), (w, share(h, 1, 2)), 255),
        0x01..=0x08 => mask.fill((0, share(h, 8 - index, 8)), (w, h), 255),
        0x09..=0x0f => mask.fill((0, 0), (share(w, 0x10 - index, 8), h), 255),
        0x10 => mask.fill((share(w, 1, 2), 0), (w, h), 255),
        // A shade is an even tone: a pattern of dots would flicker when a film is scaled.
        0x11..=0x13 => mask.fill((0, 0), (w, h), [64, 128, 191].get(index - 0x11).copied().unwrap_or(0)),
        0x14 => mask.fill((0, 0), (w, share(h, 1, 8)), 255),
        0x15 => mask.fill((w - share(w, 1, 8), 0), (w, h), 255),
        _ => quadrants(mask, index - 0x16),
    }
}

/// Which quarters ▖▗▘▙▚▛▜▝▞▟ cover: upper left 1, upper right 2, lower left 4, lower right 8.
const QUADRANTS: [u8; 10] = [4, 8, 1, 13, 9, 7, 11, 2, 6, 14];

fn quadrants(mask: &mut CoverageMask, index: usize) {
    let quarters = QUADRANTS.get(index).copied().unwrap_or(0);
    grid(mask, (2, 2), u32::from(quarters));
}

/// Fills those parts of a grid of `columns` × `rows` whose bits are set, row by row from the lowest bit.
fn grid(mask: &mut CoverageMask, (columns, rows): (usize, usize), bits: u32) {
    for part in (0..columns * rows).filter(|part| bits >> part & 1 == 1) {
        let (column, row) = (part % columns, part / columns);
        let corner = |column, row| (share(mask.width, column, columns), share(mask.height, row, rows));
        let (from, to) = (corner(column, row), corner(column + 1, row + 1));
        mask.fill(from, to, 255);
    }
}

/// Sextant `index`: of the 64 patterns those four are left out that are characters already.
pub(super) fn sextant(mask: &mut CoverageMask, index: u32) {
    let pattern = index + 1;
    let pattern = pattern + u32::from(pattern >= 0b01_0101);
    let pattern = pattern + u32::from(pattern >= 0b10_1010);
    grid(mask, (2, 3), pattern);
}

/// The bit of each braille dot, row by row.
const DOTS: [[u32; 2]; 4] = [[0, 3], [1, 4], [2, 5], [6, 7]];

/// Braille: round dots in a grid of two by four.
#[expect(clippy::cast_precision_loss, reason = "tiles are small")]
pub(super) fn braille(mask: &mut CoverageMask, bits: u32) {
    let (w, h) = (mask.width as f32 / 2.0, mask.height as f32 / 4.0);
    let radius = (w.min(h) * 0.38).max(0.7);
    for (row, dots) in DOTS.iter().enumerate() {
        for (column, _) in dots.iter().enumerate().filter(|(_, bit)| bits >> **bit & 1 == 1) {
            let (x, y) = ((column as f32 + 0.5) * w, (row as f32 + 0.5) * h);
            mask.shade(|px, py| (px - x).hypot(py - y) - radius);
        }
    }
}

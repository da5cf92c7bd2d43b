//! Characters that are geometry: lines, blocks, braille and mosaics, exact to the pixel so that cells meet without seams.
//! What is not in here is a font's business.

mod block;
mod line;

use crate::raster::mask::CoverageMask;

/// The mask of `letter` in a cell of this size, if it is geometry.
pub(super) fn draw(letter: char, width: usize, height: usize) -> Option<CoverageMask> {
    let mut mask = CoverageMask::new(width, height);
    let code = u32::from(letter);
    match letter {
        '\u{2500}'..='\u{257f}' => line::draw(&mut mask, code - 0x2500),
        '\u{2580}'..='\u{259f}' => block::draw(&mut mask, code - 0x2580),
        '\u{2800}'..='\u{28ff}' => block::braille(&mut mask, code - 0x2800),
        '\u{1fb00}'..='\u{1fb3b}' => block::sextant(&mut mask, code - 0x1_fb00),
        _ => return None,
    }
    Some(mask)
}

/// What stands for a character that no font has: a soft block, plainly put there on purpose.
#[expect(clippy::cast_precision_loss, reason = "tiles are small")]
pub(super) fn replacement(width: usize, height: usize) -> CoverageMask {
    let mut mask = CoverageMask::new(width, height);
    let (w, h) = (width as f32, height as f32);
    let (half_w, half_h, corner) = (w * 0.5 - (w * 0.1).max(1.0), h * 0.26, w.min(h) * 0.12);
    mask.shade(|x, y| {
        let (dx, dy) = ((x - w * 0.5).abs() - half_w + corner, (y - h * 0.52).abs() - half_h + corner);
        dx.max(0.0).hypot(dy.max(0.0)) + dx.max(dy).min(0.0) - corner
    });
    mask.alpha.iter_mut().for_each(|alpha| *alpha = *alpha / 8 * 3);
    mask
}

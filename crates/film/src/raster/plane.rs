//! A rectangle of bytes, whatever they stand for, and rectangles within it.
//! All pictures are made by putting smaller rectangles into such a one.

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

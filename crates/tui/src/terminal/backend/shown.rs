//! What stands on the screen: cells between two that are drawn are drawn again where that is shorter than to go over them.

use ratatui::buffer::{Cell, CellWidth as _};

/// To go over more cells than these takes no more bytes than to draw them.
const NARROW: u16 = 3;

/// The cells of the screen as far as they are known, row by row.
#[derive(Debug, Default)]
pub(super) struct ShownCells(Vec<Vec<Option<Cell>>>);

impl ShownCells {
    /// Nothing is known of the screen any more.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }

    /// Takes in that `cell` is drawn at (`x`, `y`).
    pub(super) fn put(&mut self, x: u16, y: u16, cell: &Cell) {
        let (x, y) = (usize::from(x), usize::from(y));
        if self.0.len() <= y {
            self.0.resize_with(y + 1, Vec::new);
        }
        let Some(row) = self.0.get_mut(y) else { return };
        let width = usize::from(cell.cell_width().max(1));
        if row.len() < x + width {
            row.resize(x + width, None);
        }
        for (column, shown) in row.iter_mut().enumerate().skip(x).take(width) {
            // Of what is wider than a cell nothing is drawn again.
            if width > 1 {
                *shown = None;
            } else if let Some(shown) = shown.as_mut().filter(|_| column == x) {
                shown.clone_from(cell);
            } else {
                *shown = Some(cell.clone());
            }
        }
    }

    /// The cells from column `from` up to `to` of row `y`, if they are few and all of them known.
    pub(super) fn between(&self, from: u16, to: u16, y: u16) -> Option<impl Iterator<Item = (u16, &Cell)>> {
        let few = from < to && to - from <= NARROW;
        let row = self.0.get(usize::from(y)).filter(|_| few)?;
        let cells = row.get(usize::from(from)..usize::from(to))?;
        cells.iter().all(Option::is_some).then(|| (from..to).zip(cells.iter().flatten()))
    }
}

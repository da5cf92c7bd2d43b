//! Where the lanes of a race stand on the screen: side by side, one below the other, or in rows and columns.
//! A lane that finds no place is counted, so that it can be said; the one in focus always has a place.

use ratatui::layout::{Constraint, Layout, Rect};

/// A pane with room for its figures side by side in big digits, and for text below them.
const COMFORTABLE: (u16, u16) = (40, 9);
/// A pane with room for everything in plain digits.
const PLAIN: (u16, u16) = (25, 7);
/// A pane with room for one line of figures.
const LEAST: (u16, u16) = (25, 3);

/// The lanes of one frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct LanePlaces {
    /// Which lanes are shown, and where.
    pub(super) shown: Vec<(usize, Rect)>,
    /// How many are not.
    pub(super) more: usize,
}

impl LanePlaces {
    /// Finds room in `area` for so many `lanes`.
    pub(super) fn find(lanes: usize, focus: usize, stacked: bool, area: Rect) -> Self {
        let (columns, rows) = shape(lanes, stacked, area);
        let room = (columns * rows).max(1);
        let first = if room >= lanes { 0 } else { (focus / room * room).min(lanes - room) };
        let shown: Vec<_> = (first..lanes).zip(cells(area, columns, rows)).collect();
        Self { more: lanes - shown.len(), shown }
    }

    /// The width of the narrowest pane.
    pub(super) fn width(&self) -> u16 {
        self.shown.iter().map(|(_, place)| place.width).min().unwrap_or(0)
    }
}

/// How many columns and rows there are to be.
fn shape(lanes: usize, stacked: bool, area: Rect) -> (usize, usize) {
    // Two lanes stand as the viewer wants them, whatever the room: their panes make do with what they get.
    if lanes <= 2 {
        return if stacked { (1, lanes) } else { (lanes, 1) };
    }
    let fits = |columns: usize, (width, height): (u16, u16)| {
        let tall = usize::from(area.height) / lanes.div_ceil(columns);
        usize::from(area.width) / columns >= usize::from(width) && tall >= usize::from(height)
    };
    let gaps = |columns: usize| lanes.div_ceil(columns) * columns - lanes;
    let best = |least| {
        let fitting = (1..=lanes).filter(|columns| fits(*columns, least));
        if stacked {
            return fitting.min();
        }
        // A full grid looks better than a gap in it, and side by side better than one below the other. Big digits are
        // not worth a quarter of the screen.
        let fitting = fitting.filter(|columns| least != COMFORTABLE || gaps(*columns) * 4 < lanes + gaps(*columns));
        fitting.min_by_key(|columns| (gaps(*columns), lanes - columns))
    };
    if let Some(columns) = best(COMFORTABLE).or_else(|| best(PLAIN)).or_else(|| best(LEAST)) {
        return (columns, lanes.div_ceil(columns));
    }
    ((usize::from(area.width / LEAST.0)).max(1), (usize::from(area.height / LEAST.1)).max(1))
}

/// The cells of a grid, row by row.
fn cells(area: Rect, columns: usize, rows: usize) -> Vec<Rect> {
    let rows = Layout::vertical(vec![Constraint::Fill(1); rows]).split(area);
    let row = |row: &Rect| Layout::horizontal(vec![Constraint::Fill(1); columns]).split(*row).to_vec();
    rows.iter().flat_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Columns, rows and lanes left out.
    fn found(lanes: usize, stacked: bool, (width, height): (u16, u16)) -> (usize, usize, usize) {
        let places = LanePlaces::find(lanes, 0, stacked, Rect::new(0, 5, width, height));
        let distinct = |of: fn(&Rect) -> u16| {
            let mut all: Vec<_> = places.shown.iter().map(|(_, place)| of(place)).collect();
            all.sort_unstable();
            all.dedup();
            all.len()
        };
        (distinct(|place| place.x), distinct(|place| place.y), places.more)
    }

    #[test]
    fn two_lanes_stand_as_they_are_told() {
        for size in [(60, 10), (80, 19), (200, 43), (30, 2)] {
            assert_eq!((found(2, false, size), found(2, true, size)), ((2, 1, 0), (1, 2, 0)), "{size:?}");
        }
        assert_eq!(found(1, false, (60, 10)), (1, 1, 0));
    }

    #[test]
    fn more_lanes_stand_in_rows_and_columns() {
        assert_eq!(found(3, false, (80, 18)), (3, 1, 0));
        assert_eq!(found(4, false, (80, 17)), (2, 2, 0));
        assert_eq!(found(4, false, (120, 33)), (2, 2, 0));
        assert_eq!(found(4, false, (200, 43)), (4, 1, 0));
        assert_eq!(found(6, false, (80, 15)), (3, 2, 0));
        assert_eq!(found(6, false, (120, 31)), (3, 2, 0));
        assert_eq!(found(6, true, (120, 31)), (2, 3, 0), "as far down as there is room");
        assert_eq!(found(6, true, (60, 80)), (1, 6, 0));
    }

    #[test]
    fn what_has_no_room_is_counted_and_the_focus_has_some() {
        assert_eq!(found(9, false, (60, 8)), (2, 2, 5));
        for focus in 0..9 {
            let places = LanePlaces::find(9, focus, false, Rect::new(0, 0, 60, 8));
            assert!(places.shown.iter().any(|(lane, _)| *lane == focus), "{focus}: {places:?}");
            assert_eq!((places.shown.len(), places.more), (4, 5));
        }
        assert_eq!(LanePlaces::find(0, 0, false, Rect::new(0, 0, 60, 8)).more, 0);
    }
}

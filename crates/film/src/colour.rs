//! How a cell is painted where it is written as text: the picture's own colours, and what else a style sheet can say.
//! A picture, an SVG and a page take their colours from one place, so they can't disagree.

use std::fmt;

use ratatui::buffer::Cell;
use ratatui::style::Modifier;

use super::raster::{GroundColours, RgbBytes};

/// How one cell is painted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a modifier of its own")]
pub(super) struct CellStyle {
    /// The symbol, dimmed and swapped already.
    pub(super) fg: RgbBytes,
    /// The ground behind the symbol, dimmed and swapped already.
    pub(super) bg: RgbBytes,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) underlined: bool,
    pub(super) crossed_out: bool,
}

impl CellStyle {
    /// How `cell` is painted on `ground`.
    pub(super) fn of(cell: &Cell, ground: GroundColours) -> Self {
        let has = |modifier| cell.modifier.contains(modifier);
        let (fg, bg) = ground.colours(cell);
        Self {
            fg,
            bg,
            bold: has(Modifier::BOLD),
            italic: has(Modifier::ITALIC),
            underlined: has(Modifier::UNDERLINED),
            crossed_out: has(Modifier::CROSSED_OUT),
        }
    }
}

/// A colour as a style sheet writes it: `#0a1bff`.
pub(super) struct CssColour(pub(super) RgbBytes);

impl fmt::Display for CssColour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use ratatui::style::Style;

    use super::*;
    use crate::raster::indexed;
    use ratatui::style::Color;
    use speed_kings_tui::theme::palette::index_of;

    pub(crate) const GROUND: GroundColours = GroundColours { fg: [200, 200, 200], bg: [10, 20, 30] };

    #[test]
    fn named_colours_stand_where_the_palette_has_them() {
        let mut seen = [false; 16];
        let names = "black red green yellow blue magenta cyan gray darkgray lightred lightgreen lightyellow lightblue \
                     lightmagenta lightcyan white";
        for name in names.split_whitespace() {
            let colour: Color = name.parse().unwrap();
            let index = index_of(colour).unwrap();
            seen[usize::from(index)] = true;
            let mut cell = Cell::new("x");
            cell.set_style(Style::new().fg(colour));
            assert_eq!(CellStyle::of(&cell, GROUND).fg, indexed(index), "{name}");
        }
        assert_eq!((seen, index_of(Color::Indexed(3))), ([true; 16], None));
        assert_eq!(CssColour([10, 27, 255]).to_string(), "#0a1bff");
    }
}

//! What colours a cell has once its modifiers are worked out, as 24-bit values.
//! A theme's own colours stay exact; the terminal's 16 get the values that xterm gives them.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use speed_kings_tui::theme::Theme;

/// A colour as bytes: red, green, blue.
pub type RgbBytes = [u8; 3];

/// The first 16 entries of the palette, as xterm has them.
const SIXTEEN: [RgbBytes; 16] = [
    [0, 0, 0],
    [205, 0, 0],
    [0, 205, 0],
    [205, 205, 0],
    [0, 0, 238],
    [205, 0, 205],
    [0, 205, 205],
    [229, 229, 229],
    [127, 127, 127],
    [255, 0, 0],
    [0, 255, 0],
    [255, 255, 0],
    [92, 92, 255],
    [255, 0, 255],
    [0, 255, 255],
    [255, 255, 255],
];

/// The colours of a cell that names none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GroundColours {
    /// The colour of the letters.
    pub fg: RgbBytes,
    /// What they stand on, and the picture's margin.
    pub bg: RgbBytes,
}

impl Default for GroundColours {
    /// Light grey letters on black.
    fn default() -> Self {
        Self { fg: [229, 229, 229], bg: [0, 0, 0] }
    }
}

impl GroundColours {
    /// What `theme` is drawn on; light on black where it leaves that to the terminal.
    #[must_use]
    pub fn of(theme: &Theme) -> Self {
        let plain = Self::default();
        let style = theme.background;
        let text = style.fg.or(theme.text.fg).unwrap_or(Color::Reset);
        Self { fg: rgb(text, plain.fg), bg: rgb(style.bg.unwrap_or(Color::Reset), plain.bg) }
    }

    /// The colours of `cell`: letters and background.
    #[must_use]
    pub fn colours(self, cell: &Cell) -> (RgbBytes, RgbBytes) {
        let (mut fg, mut bg) = (rgb(cell.fg, self.fg), rgb(cell.bg, self.bg));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut fg, &mut bg);
        }
        if cell.modifier.contains(Modifier::DIM) {
            fg = blend(bg, fg, 140);
        }
        if cell.modifier.contains(Modifier::HIDDEN) {
            fg = bg;
        }
        (fg, bg)
    }
}

/// `alpha` of 255 parts `over`, the rest `under`.
pub(crate) fn blend(under: RgbBytes, over: RgbBytes, alpha: u8) -> RgbBytes {
    let ([r, g, b], [over_r, over_g, over_b]) = (under, over);
    let mix = |under: u8, over: u8| {
        let sum = u32::from(under) * (255 - u32::from(alpha)) + u32::from(over) * u32::from(alpha);
        u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
    };
    [mix(r, over_r), mix(g, over_g), mix(b, over_b)]
}

fn rgb(colour: Color, reset: RgbBytes) -> RgbBytes {
    match colour {
        Color::Reset => reset,
        Color::Rgb(r, g, b) => [r, g, b],
        Color::Indexed(index) => indexed(index),
        Color::Black => indexed(0),
        Color::Red => indexed(1),
        Color::Green => indexed(2),
        Color::Yellow => indexed(3),
        Color::Blue => indexed(4),
        Color::Magenta => indexed(5),
        Color::Cyan => indexed(6),
        Color::Gray => indexed(7),
        Color::DarkGray => indexed(8),
        Color::LightRed => indexed(9),
        Color::LightGreen => indexed(10),
        Color::LightYellow => indexed(11),
        Color::LightBlue => indexed(12),
        Color::LightMagenta => indexed(13),
        Color::LightCyan => indexed(14),
        Color::White => indexed(15),
    }
}

/// Entry `index` of the 256-colour palette: 16 named ones, a cube of 6×6×6, 24 greys.
pub(crate) fn indexed(index: u8) -> RgbBytes {
    if let Some(named) = SIXTEEN.get(usize::from(index)) {
        return *named;
    }
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    let cube = index - 16;
    [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: GroundColours = GroundColours { fg: [200, 200, 200], bg: [10, 10, 10] };

    fn colours(fg: Color, modifier: Modifier) -> (RgbBytes, RgbBytes) {
        let mut cell = Cell::default();
        (cell.fg, cell.modifier) = (fg, modifier);
        GROUND.colours(&cell)
    }

    #[test]
    fn modifiers_become_colours() {
        let red = Color::Rgb(250, 10, 10);
        assert_eq!(colours(red, Modifier::empty()), ([250, 10, 10], [10, 10, 10]));
        assert_eq!(colours(red, Modifier::REVERSED), ([10, 10, 10], [250, 10, 10]));
        assert_eq!(colours(Color::Reset, Modifier::HIDDEN), ([10, 10, 10], [10, 10, 10]));
        let (dim, _) = colours(red, Modifier::DIM);
        assert!(dim[0] > 100 && dim[0] < 200, "{dim:?}");
    }

    #[test]
    fn the_palette_is_the_usual_one() {
        assert_eq!(colours(Color::Indexed(16), Modifier::empty()).0, [0, 0, 0]);
        assert_eq!(colours(Color::Indexed(231), Modifier::empty()).0, [255, 255, 255]);
        assert_eq!(colours(Color::Indexed(255), Modifier::empty()).0, [238, 238, 238]);
        assert_eq!(colours(Color::Indexed(9), Modifier::empty()), colours(Color::LightRed, Modifier::empty()));
    }
}

//! Big text: figures and a few words drawn with half blocks, to be read from across the room or in a small video.
//! Figures all have one width, so that a running stopwatch stands still; whatever does not fit is cut at the edge.

mod font;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;

use self::font::{BigGlyph, HEIGHT, glyph};

/// Columns of pixels between two glyphs.
const GAP: u16 = 1;

/// How large a pixel is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PixelScale {
    /// Half a cell: a figure is 4×3 cells.
    Small,
    /// Two cells: a figure is 8×6.
    Large,
    /// Eight cells: a figure is 16×12.
    Huge,
}

impl PixelScale {
    /// All of them, the largest first.
    pub const ALL: [Self; 3] = [Self::Huge, Self::Large, Self::Small];

    /// The largest at which all of `text` fits into `area`.
    #[must_use]
    pub fn fitting(text: &str, area: Rect) -> Option<Self> {
        Self::ALL.into_iter().find(|scale| {
            let (width, height) = BigText::size(text, *scale);
            width <= area.width && height <= area.height
        })
    }

    /// Columns, and half rows, for each pixel.
    const fn factor(self) -> u16 {
        match self {
            Self::Small => 1,
            Self::Large => 2,
            Self::Huge => 4,
        }
    }
}

/// A line of big text, drawn from the top of its area.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BigText<'a> {
    text: &'a str,
    scale: PixelScale,
    style: Style,
    alignment: Alignment,
}

impl<'a> BigText<'a> {
    /// `text`, at the left of its area and in the style that is there.
    #[must_use]
    pub const fn new(text: &'a str, scale: PixelScale) -> Self {
        Self { text, scale, style: Style::new(), alignment: Alignment::Left }
    }

    /// The same text in this style.
    #[must_use]
    pub fn style(self, style: impl Into<Style>) -> Self {
        Self { style: style.into(), ..self }
    }

    /// Put to this side, or in the middle, of its area. Text that is too wide starts at the left all the same.
    #[must_use]
    pub const fn alignment(self, alignment: Alignment) -> Self {
        Self { alignment, ..self }
    }

    /// Whether every character of `text` has a picture: a gap in a name would make it another.
    #[must_use]
    pub fn knows(text: &str) -> bool {
        text.chars().all(font::has)
    }

    /// Columns and rows that `text` takes.
    #[must_use]
    pub fn size(text: &str, scale: PixelScale) -> (u16, u16) {
        let pixels = text.chars().map(|c| glyph(c).width.saturating_add(GAP)).fold(0, u16::saturating_add);
        let factor = scale.factor();
        (pixels.saturating_sub(GAP).saturating_mul(factor), (HEIGHT * factor).div_ceil(2))
    }
}

impl Widget for &BigText<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let area = area.intersection(buf.area);
        let room = area.width.saturating_sub(BigText::size(self.text, self.scale).0);
        let mut left = match self.alignment {
            Alignment::Left => 0,
            Alignment::Center => room / 2,
            Alignment::Right => room,
        };
        for c in self.text.chars() {
            if left >= area.width {
                break;
            }
            let glyph = glyph(c);
            let place = Rect { x: area.x + left, width: area.width - left, ..area };
            self.draw_glyph(glyph, place, buf);
            left = left.saturating_add((glyph.width + GAP) * self.scale.factor());
        }
    }
}

impl BigText<'_> {
    /// Draws `glyph` from the left top of `place`, with square corners at any size, like the lamps of a scoreboard.
    fn draw_glyph(&self, glyph: BigGlyph, place: Rect, buf: &mut Buffer) {
        let factor = self.scale.factor();
        let is_set = |x: u16, y: u16| {
            let row = glyph.rows.get(usize::from(y / factor)).copied().unwrap_or_default();
            row.checked_shr(u32::from(x / factor)).unwrap_or(0) & 1 == 1
        };
        for y in 0..place.height.min((HEIGHT * factor).div_ceil(2)) {
            for x in 0..place.width.min(glyph.width * factor) {
                let symbol = match (is_set(x, 2 * y), is_set(x, 2 * y + 1)) {
                    (true, true) => "█",
                    (true, false) => "▀",
                    (false, true) => "▄",
                    (false, false) => continue,
                };
                if let Some(cell) = buf.cell_mut((place.x + x, place.y + y)) {
                    cell.set_symbol(symbol).set_style(self.style);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURES: &str = "
█▀▀█  ▀█  ▀▀▀█ ▀▀▀█ █  █ █▀▀▀ █▀▀▀ ▀▀▀█ █▀▀█ █▀▀█
█  █   █  ▄▄▄█  ▀▀█ █▄▄█ ▀▀▀█ █▄▄▄   ▄▀ █▀▀█ █▄▄█
█▄▄█  ▄█▄ █▄▄▄ ▄▄▄█    █ ▄▄▄█ █▄▄█   █  █▄▄█ ▄▄▄█
";
    const NUMBER: &str = "
 ▀█     ▀▀▀█ █  █ ▀▀▀█   █▀▀█ █▀▀▀
  █       ▄▀ █▄▄█ ▄▄▄█   █  █ ▀▀▀█
 ▄█▄ ▄▀   █     █ █▄▄▄ ▄ █▄▄█ ▄▄▄█
";
    const UNITS: &str = "
█▀▀█ ▀▀▀█   ▀▀▀█                █       █       █
█▀▀█   ▄▀    ▀▀█ █▀▄▀▄ ▄█▀▀    ▀█▀ ▄▀▀▄ █ ▄▀   █  ▄█▀▀
█▄▄█   █  ▄ ▄▄▄█ █ █ █ ▄▄█▀     █▄ ▀▄▄▀ █▀▀▄  █   ▄▄█▀
";
    const WORDS: &str = "
▄▀▀▀ ▄▀▀▄ █    ▄▀▀▀ █ █▄ ▄█    ▀▀█▀▀ █ █▀▀▀
█ ▀█ █  █ █     ▀▀▄ █ █ █ █      █   █ █▀▀
▀▄▄█ ▀▄▄▀ ▄    ▄▄▄▀ █ █   █      █   █ █▄▄▄
";
    const SIGNS: &str = "
▄█▄█▄ ▀▀▀█    ▄▀      ▀▄    █▀     ▀█    ▄▀▀▄  █ ▄ ▄ ▄ ▄▀▀▀▄
 █ █  ▄▄▄█    █        █    █  ▀▀▀  █    ▄▀█ ▄   ▄▀█▀▄ █ █▀█
▀█▀█▀ █▄▄▄    ▀▄ ▄▄▄▄ ▄▀    █▄ ▀▀▀ ▄█    ▀▄▄▀▄         ▀▄█▀
";
    const LARGE: &str = "
████████      ████████
      ██            ██
  ██████            ██  ██  ██
      ██      ████████    ██
      ██      ██        ██  ██
████████  ██  ████████
";

    fn drawn(text: &str, scale: PixelScale, area: Rect) -> String {
        let mut buf = Buffer::empty(area);
        (&BigText::new(text, scale)).render(area, &mut buf);
        picture(&buf)
    }

    fn picture(buf: &Buffer) -> String {
        let width = usize::from(buf.area.width.max(1));
        let rows: Vec<String> = buf
            .content
            .chunks(width)
            .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>().trim_end().to_owned())
            .collect();
        rows.join("\n")
    }

    fn whole(text: &str, scale: PixelScale) -> String {
        let (width, height) = BigText::size(text, scale);
        drawn(text, scale, Rect::new(0, 0, width, height))
    }

    #[test]
    fn figures_and_letters_look_like_themselves() {
        let small = [
            ("0123456789", FIGURES),
            ("1,742.05", NUMBER),
            ("87.3ms tok/s", UNITS),
            ("GO! SIM TIE", WORDS),
            ("#2 (_) [=] &'*@", SIGNS),
        ];
        for (text, expected) in small {
            assert_eq!(whole(text, PixelScale::Small), expected.trim_matches('\n'), "{text}");
        }
        assert_eq!(whole("3.2×", PixelScale::Large), LARGE.trim_matches('\n'));
    }

    #[test]
    fn the_largest_that_fits_is_chosen() {
        let fits = |width, height| PixelScale::fitting("12", Rect::new(0, 0, width, height));
        assert_eq!(
            [fits(36, 12), fits(35, 12), fits(18, 6)],
            [Some(PixelScale::Huge), Some(PixelScale::Large), Some(PixelScale::Large)]
        );
        assert_eq!(
            [fits(18, 5), fits(9, 3), fits(8, 3), fits(9, 2)],
            [Some(PixelScale::Small), Some(PixelScale::Small), None, None]
        );
        assert_eq!(BigText::size("", PixelScale::Huge), (0, 12));
    }

    #[test]
    fn what_it_has_no_picture_of_it_owns_up_to() {
        assert!(BigText::knows("LLAMA.CPP (Q4_K_M) #2 [FP8] A&B'S V=1*"));
        assert!(!BigText::knows("計算機") && !BigText::knows("ZÜRICH") && !BigText::knows("\u{7}"));
    }

    #[test]
    fn stands_where_it_is_put() {
        let placed = |alignment| {
            let mut buf = Buffer::empty(Rect::new(0, 0, 10, 3));
            (&BigText::new("1", PixelScale::Small).alignment(alignment)).render(buf.area, &mut buf);
            picture(&buf)
        };
        assert_eq!(placed(Alignment::Left), " ▀█\n  █\n ▄█▄");
        assert_eq!(placed(Alignment::Center), "    ▀█\n     █\n    ▄█▄");
        assert_eq!(placed(Alignment::Right), "       ▀█\n        █\n       ▄█▄");
    }

    #[test]
    fn no_area_and_no_text_makes_it_fail() {
        for text in ["", "1", "88.8 tok/s", "漢字\u{7}é"] {
            for scale in [PixelScale::Small, PixelScale::Large, PixelScale::Huge] {
                for (width, height) in [(0, 0), (1, 1), (0, 5), (5, 0), (3, 2), (7, 1)] {
                    drawn(text, scale, Rect::new(0, 0, width, height));
                }
                let mut buf = Buffer::empty(Rect::new(0, 0, 4, 2));
                let outside = Rect::new(2, 1, u16::MAX - 2, u16::MAX - 1);
                (&BigText::new(text, scale).alignment(Alignment::Right)).render(outside, &mut buf);
                (&BigText::new(text, scale)).render(Rect::new(90, 90, 5, 5), &mut buf);
            }
        }
        assert_eq!(BigText::size(&"8".repeat(70_000), PixelScale::Huge).0, u16::MAX);
    }

    #[test]
    fn unlit_cells_are_left_alone() {
        let mut buf = Buffer::with_lines(["xxxx", "xxxx", "xxxx"]);
        (&BigText::new("1", PixelScale::Small).style(ratatui::style::Color::Red)).render(buf.area, &mut buf);
        assert_eq!(picture(&buf), "x▀█x\nxx█x\nx▄█▄");
        assert_eq!(buf[(1, 0)].fg, ratatui::style::Color::Red);
        assert_eq!(buf[(0, 0)].fg, ratatui::style::Color::Reset);
    }
}

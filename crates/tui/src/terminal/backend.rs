//! Cells as bytes for the terminal, as few as show them: a colour is sent when that colour changes, and never for a space.
//! ratatui's own backend sends both colours with every change of either, which makes up most of a frame.

use std::io::{self, Write};

use crossterm::cursor::{MoveTo, MoveToColumn};
use crossterm::queue;
use crossterm::style::{
    Attribute, Color as SentColor, Print, ResetColor, SetAttribute, SetBackgroundColor, SetForegroundColor,
};
use ratatui::backend::{Backend, ClearType, CrosstermBackend, IntoCrossterm as _, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};

/// What the attribute of each modifier is called, and what ends it.
const ATTRIBUTES: [(Modifier, Attribute, Attribute); 9] = [
    (Modifier::BOLD, Attribute::Bold, Attribute::NormalIntensity),
    (Modifier::DIM, Attribute::Dim, Attribute::NormalIntensity),
    (Modifier::ITALIC, Attribute::Italic, Attribute::NoItalic),
    (Modifier::UNDERLINED, Attribute::Underlined, Attribute::NoUnderline),
    (Modifier::SLOW_BLINK, Attribute::SlowBlink, Attribute::NoBlink),
    (Modifier::RAPID_BLINK, Attribute::RapidBlink, Attribute::NoBlink),
    (Modifier::REVERSED, Attribute::Reverse, Attribute::NoReverse),
    (Modifier::HIDDEN, Attribute::Hidden, Attribute::NoHidden),
    (Modifier::CROSSED_OUT, Attribute::CrossedOut, Attribute::NotCrossedOut),
];
/// With one of these a space shows its own colour.
const INKED: Modifier =
    Modifier::UNDERLINED.union(Modifier::REVERSED).union(Modifier::CROSSED_OUT).union(Modifier::HIDDEN);
/// Two of them have one end.
const PAIRS: [Modifier; 2] = [Modifier::BOLD.union(Modifier::DIM), Modifier::SLOW_BLINK.union(Modifier::RAPID_BLINK)];

/// A backend of ratatui that draws with few bytes.
pub struct TerminalBackend<W: Write> {
    /// What does everything but draw.
    usual: CrosstermBackend<W>,
}

impl<W: Write> TerminalBackend<W> {
    /// A backend that writes to `out`.
    pub const fn new(out: W) -> Self {
        Self { usual: CrosstermBackend::new(out) }
    }
}

/// What the terminal draws with.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pen {
    ink: Color,
    ground: Color,
    modifier: Modifier,
}

impl Pen {
    const PLAIN: Self = Self { ink: Color::Reset, ground: Color::Reset, modifier: Modifier::empty() };

    /// Makes it what draws `cell`.
    fn take_up(&mut self, cell: &Cell, out: &mut impl Write) -> io::Result<()> {
        self.set_modifier(cell.modifier, out)?;
        let inked = cell.symbol() != " " || cell.modifier.intersects(INKED);
        if inked && self.ink != cell.fg {
            self.ink = cell.fg;
            queue!(out, SetForegroundColor(cell.fg.into_crossterm()))?;
        }
        if self.ground != cell.bg {
            self.ground = cell.bg;
            queue!(out, SetBackgroundColor(cell.bg.into_crossterm()))?;
        }
        Ok(())
    }

    fn set_modifier(&mut self, wanted: Modifier, out: &mut impl Write) -> io::Result<()> {
        let gone = self.modifier.difference(wanted);
        // What ends one of a pair ends the other as well.
        let ended = PAIRS.iter().filter(|pair| pair.intersects(gone)).fold(gone, |ended, pair| ended.union(*pair));
        for pair in PAIRS.iter().filter(|pair| pair.intersects(gone)) {
            let end = ATTRIBUTES.iter().find(|(modifier, ..)| pair.contains(*modifier)).map(|(.., end)| *end);
            end.map_or(Ok(()), |end| queue!(out, SetAttribute(end)))?;
        }
        let paired = PAIRS.iter().fold(Modifier::empty(), |all, pair| all.union(*pair));
        for (modifier, _, end) in ATTRIBUTES {
            if gone.difference(paired).contains(modifier) {
                queue!(out, SetAttribute(end))?;
            }
        }
        let left = self.modifier.difference(ended);
        for (modifier, attribute, _) in ATTRIBUTES {
            if wanted.difference(left).contains(modifier) {
                queue!(out, SetAttribute(attribute))?;
            }
        }
        self.modifier = wanted;
        Ok(())
    }
}

impl<W: Write> Backend for TerminalBackend<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let out = &mut self.usual;
        let (mut pen, mut next) = (Pen::PLAIN, None);
        for (x, y, cell) in content {
            match next {
                Some(at) if at == (x, y) => {}
                // By its number and never by so many to the right: a symbol that came out wider than thought shifts nothing.
                Some((_, row)) if row == y => queue!(out, MoveToColumn(x))?,
                _ => queue!(out, MoveTo(x, y))?,
            }
            next = Some((x.saturating_add(1), y));
            pen.take_up(cell, out)?;
            queue!(out, Print(cell.symbol()))?;
        }
        if pen.modifier != Modifier::empty() {
            return queue!(out, SetAttribute(Attribute::Reset));
        }
        match (pen.ink, pen.ground) {
            (Color::Reset, Color::Reset) => Ok(()),
            (_, Color::Reset) => queue!(out, SetForegroundColor(SentColor::Reset)),
            _ => queue!(out, ResetColor),
        }
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        self.usual.hide_cursor()
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        self.usual.show_cursor()
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.usual.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.usual.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.usual.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.usual.clear_region(clear_type)
    }

    fn append_lines(&mut self, n: u16) -> io::Result<()> {
        self.usual.append_lines(n)
    }

    fn size(&self) -> io::Result<Size> {
        self.usual.size()
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        self.usual.window_size()
    }

    fn flush(&mut self) -> io::Result<()> {
        Backend::flush(&mut self.usual)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::style::Style;

    use super::*;

    const SIZE: (u16, u16) = (12, 3);

    type Change = (u16, u16, &'static str, (Color, Color, Modifier));

    fn change() -> impl Strategy<Value = Change> {
        let symbol = prop_oneof![Just(" "), Just("a"), Just("█"), Just("é")];
        let colour =
            || prop_oneof![Just(Color::Reset), Just(Color::Rgb(1, 2, 3)), Just(Color::Indexed(9)), Just(Color::Red)];
        let modifier = (0u16..512).prop_map(Modifier::from_bits_truncate);
        (0..SIZE.0, 0..SIZE.1, symbol, (colour(), colour(), prop_oneof![Just(Modifier::empty()), modifier]))
    }

    /// The frames as bytes by `draw`, which draws some changes.
    fn bytes(frames: &[Vec<Change>], mut draw: impl FnMut(&mut Vec<u8>, &[(u16, u16, Cell)])) -> Vec<u8> {
        let mut out = Vec::new();
        for frame in frames {
            let mut cells: Vec<(u16, u16, Cell)> = frame
                .iter()
                .map(|(x, y, symbol, (fg, bg, modifier))| {
                    let mut cell = Cell::default();
                    cell.set_symbol(symbol).set_style(Style::new().fg(*fg).bg(*bg).add_modifier(*modifier));
                    (*x, *y, cell)
                })
                .collect();
            cells.sort_by_key(|(x, y, _)| (*y, *x));
            cells.dedup_by_key(|(x, y, _)| (*y, *x));
            draw(&mut out, &cells);
        }
        out
    }

    fn draw(mut backend: impl Backend<Error = io::Error>, cells: &[(u16, u16, Cell)]) {
        backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
    }

    proptest! {
        /// The terminal shows what ratatui's own backend makes it show.
        #[test]
        fn it_shows_the_same(frames in proptest::collection::vec(proptest::collection::vec(change(), 0..20), 0..4)) {
            let sent = bytes(&frames, |out, cells| draw(TerminalBackend::new(out), cells));
            let usual = bytes(&frames, |out, cells| draw(CrosstermBackend::new(out), cells));
            prop_assert!(sent.len() <= usual.len());
            let [ours, theirs] = [sent, usual].map(|bytes| {
                let mut parser = vt100::Parser::new(SIZE.1, SIZE.0, 0);
                parser.process(&bytes);
                parser
            });
            for (row, column) in (0..SIZE.1).flat_map(|row| (0..SIZE.0).map(move |column| (row, column))) {
                let [own, other] = [&ours, &theirs].map(|parser| parser.screen().cell(row, column).unwrap());
                prop_assert_eq!(own.contents(), other.contents());
                prop_assert_eq!(own.bgcolor(), other.bgcolor());
                prop_assert_eq!((own.bold(), own.dim(), own.italic()), (other.bold(), other.dim(), other.italic()));
                prop_assert_eq!((own.underline(), own.inverse()), (other.underline(), other.inverse()));
                if other.contents() != " " || other.underline() || other.inverse() {
                    prop_assert_eq!(own.fgcolor(), other.fgcolor());
                }
            }
        }
    }

    #[test]
    fn a_frame_of_figures_takes_half() {
        let green = (Color::Rgb(34, 216, 242), Color::Rgb(9, 13, 24), Modifier::empty());
        let muted = (Color::Rgb(232, 237, 247), Color::Rgb(9, 13, 24), Modifier::empty());
        let frame: Vec<Change> =
            (0..SIZE.0).map(|x| if x % 3 == 0 { (x, 0, " ", muted) } else { (x, 0, "█", green) }).collect();
        let ours = bytes(std::slice::from_ref(&frame), |out, cells| draw(TerminalBackend::new(out), cells));
        let usual = bytes(&[frame], |out, cells| draw(CrosstermBackend::new(out), cells));
        assert!(ours.len() * 2 < usual.len(), "{} of {}", ours.len(), usual.len());
    }
}

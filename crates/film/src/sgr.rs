//! What a terminal must be sent to turn one frame into the next: moves, styles and symbols, for changed cells alone.
//! Every symbol is cut down to what terminals agree on, so that none of them loses its place.

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthChar as _;

use super::row::{RowSymbol, cells, keep_up, spots};
use speed_kings_core::text::REPLACEMENT;
use speed_kings_tui::theme::palette::index_of;

/// Begins and ends an update that a terminal shows at once.
const TOGETHER: (&str, &str) = ("\u{1b}[?2026h", "\u{1b}[?2026l");

/// Gives a terminal back what showing a film took.
pub(super) const RESTORE: &str = "\u{1b}[0m\u{1b}[?25h";

/// A modifier, what switches it on, and what switches it off.
const MODIFIERS: [(Modifier, u8, u8); 8] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// What a style is to a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct SgrPen {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl SgrPen {
    fn of(cell: &Cell) -> Self {
        let known = MODIFIERS.iter().fold(Modifier::empty(), |all, (modifier, ..)| all | *modifier);
        // Both blinks are one to most terminals.
        let blink =
            if cell.modifier.contains(Modifier::RAPID_BLINK) { Modifier::SLOW_BLINK } else { Modifier::empty() };
        Self { fg: cell.fg, bg: cell.bg, modifier: (cell.modifier | blink) & known }
    }

    /// The parameters that turn `self` into `next`.
    fn change(self, next: Self) -> String {
        let mut codes = String::new();
        let mut add_code = |code: &str| {
            codes.push_str(if codes.is_empty() { "" } else { ";" });
            codes.push_str(code);
        };
        let gone = self.modifier - next.modifier;
        // Bold and dim share their end: what stays on of the two is said again.
        let mut kept = self.modifier & next.modifier;
        let mut ended = 0;
        for (modifier, _, off) in MODIFIERS {
            if gone.contains(modifier) && off != ended {
                add_code(&off.to_string());
                ended = off;
            }
        }
        if ended > 0 && gone.intersects(Modifier::BOLD | Modifier::DIM) {
            kept -= Modifier::BOLD | Modifier::DIM;
        }
        for (modifier, on, _) in MODIFIERS {
            if (next.modifier - kept).contains(modifier) {
                add_code(&on.to_string());
            }
        }
        if self.fg != next.fg {
            add_code(&colour(next.fg, 30));
        }
        if self.bg != next.bg {
            add_code(&colour(next.bg, 40));
        }
        codes
    }
}

/// The parameters of `colour`; `base` is 30 for a foreground and 40 for a background.
fn colour(colour: Color, base: u8) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("{};2;{r};{g};{b}", base + 8),
        Color::Indexed(index) => format!("{};5;{index}", base + 8),
        other => match index_of(other) {
            Some(index @ 0..8) => (base + index).to_string(),
            Some(index) => (base + 52 + index).to_string(),
            None => (base + 9).to_string(),
        },
    }
}

/// Turns frames into what a terminal must be sent.
#[derive(Debug, Default)]
pub(super) struct SgrEncoder {
    shown: Option<Buffer>,
    pen: SgrPen,
}

impl SgrEncoder {
    /// What makes a terminal show `next`, of which `rows` are all that may have changed; nothing when it does already.
    pub(super) fn encode(&mut self, next: &Buffer, rows: impl Iterator<Item = u16> + Clone) -> Option<String> {
        let mut out = String::from(TOGETHER.0);
        let before = self.shown.take().filter(|shown| shown.area == next.area);
        if before.is_none() {
            self.pen = SgrPen::default();
            out.push_str("\u{1b}[0m\u{1b}[?25l\u{1b}[2J");
        }
        let bare = out.len();
        match &before {
            Some(before) => rows.clone().for_each(|y| self.row(&mut out, cells(before, y), cells(next, y), y)),
            None => (0..next.area.height).for_each(|y| self.row(&mut out, &[], cells(next, y), y)),
        }
        let changed = before.is_none() || out.len() > bare;
        match (before, changed) {
            (Some(mut before), true) => {
                keep_up(&mut before, next, rows);
                self.shown = Some(before);
            }
            (before, _) => self.shown = Some(before.unwrap_or_else(|| next.clone())),
        }
        out.push_str(TOGETHER.1);
        changed.then_some(out)
    }

    fn row(&mut self, out: &mut String, old: &[Cell], new: &[Cell], y: u16) {
        let mut old = spots(old).peekable();
        // Where the cursor surely is, and up to which column the last symbol may have spilled.
        let (mut cursor, mut spilled) = (None, 0);
        for spot in spots(new) {
            while old.next_if(|before| before.x < spot.x).is_some() {}
            let same = old.next_if(|before| before.x == spot.x).is_some_and(|before| before == spot);
            if same && spot.x >= spilled {
                continue;
            }
            for piece in pieces(&spot, new.len()) {
                match cursor {
                    Some(at) if at == piece.x => {}
                    Some(at) => append(out, format_args!("\u{1b}[{}C", piece.x - at)),
                    None => append(out, format_args!("\u{1b}[{};{}H", y + 1, piece.x + 1)),
                }
                self.style(out, spot.cell);
                out.push_str(&piece.text);
                let after = piece.x + piece.width;
                spilled = after.saturating_add(piece.marks);
                cursor = (piece.marks == 0 && usize::from(after) < new.len()).then_some(after);
            }
        }
    }

    fn style(&mut self, out: &mut String, cell: &Cell) {
        let next = SgrPen::of(cell);
        if next != self.pen {
            append(out, format_args!("\u{1b}[{}m", self.pen.change(next)));
            self.pen = next;
        }
    }
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string can't fail.
    let _ = out.write_fmt(text);
}

/// A character with the marks on it, and where it goes.
#[derive(Debug)]
struct MarkedChar {
    x: u16,
    width: u16,
    text: String,
    /// How many marks: some terminals give each a column of its own, so that many columns behind it may be overwritten.
    marks: u16,
}

/// What to send for `spot` on a row of `columns`, so that no terminal loses its place. A sequence that some terminals
/// join into one picture and others don't is cut down to its first character, with blanks for the rest of its room.
fn pieces(spot: &RowSymbol<'_>, columns: usize) -> Vec<MarkedChar> {
    let width = |c: char| u16::try_from(c.width().unwrap_or(0)).unwrap_or(0);
    let symbol = &*spot.symbol;
    let mut pieces: Vec<MarkedChar> = Vec::with_capacity(1);
    let mut x = spot.x;
    for c in symbol.chars() {
        match (width(c), pieces.last_mut()) {
            (0, Some(last)) if usize::from(last.x + last.width + last.marks) < columns => {
                last.text.push(c);
                last.marks += 1;
            }
            (0, _) => {}
            (width, _) => {
                pieces.push(MarkedChar { x, width, text: c.into(), marks: 0 });
                x = x.saturating_add(width);
            }
        }
    }
    if x == spot.x + spot.width {
        return pieces;
    }
    let first = symbol.chars().find(|first| (1..=spot.width).contains(&width(*first))).unwrap_or(REPLACEMENT);
    let blanks = std::iter::repeat_n(' ', usize::from(spot.width - width(first)));
    vec![MarkedChar { x: spot.x, width: spot.width, text: std::iter::once(first).chain(blanks).collect(), marks: 0 }]
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::super::row::tests::{any_cells, frame};
    use super::*;

    /// What a terminal shows in one cell: symbol, colours, and of each modifier whether it is on.
    type SgrStyle = (String, Color, Color, [(Modifier, bool); 5]);

    /// A terminal that is sent what is encoded: asciinema's own, and one that keeps marks on their characters.
    pub(crate) struct TerminalKind(avt::Terminal, vt100::Parser);

    impl TerminalKind {
        pub(crate) fn new(width: u16, height: u16) -> Self {
            let asciinema = avt::Terminal::new(width.into(), height.into()).unwrap();
            Self(asciinema, vt100::Parser::new(height, width, 0))
        }

        pub(crate) fn send(&mut self, text: &str) {
            self.0.feed([text]);
            // That one passes over the replacement character.
            self.1.process(text.replace(REPLACEMENT, "?").as_bytes());
        }

        /// Holds both screens against the frame that they should show.
        pub(crate) fn compare(&self, frame: &Buffer) {
            for y in 0..frame.area.height {
                for spot in spots(cells(frame, y)) {
                    let pieces = pieces(&spot, frame.area.width.into());
                    assert_eq!(pieces.iter().map(|piece| piece.width).sum::<u16>(), spot.width, "{spot:?}");
                    for piece in pieces {
                        let blanks = piece.text.chars().rev().take_while(|c| *c == ' ').count();
                        let text =
                            if blanks < piece.text.len() { piece.text.trim_end_matches(' ') } else { &piece.text };
                        self.compare_cell(piece.x, y, text, spot.cell);
                    }
                }
            }
        }

        fn compare_cell(&self, x: u16, y: u16, symbol: &str, cell: &Cell) {
            let (seen, fg, bg, modifiers) = Self::asciinema(&self.0, x, y);
            assert_eq!(Some(seen.chars().next()), Some(symbol.chars().next()), "at {x},{y}: {cell:?}");
            assert_eq!((fg, bg), (plain(cell.fg), plain(cell.bg)), "at {x},{y}: {cell:?}");
            check(modifiers, cell);
            let (seen, fg, bg, modifiers) = Self::other(self.1.screen(), x, y);
            assert_eq!(seen, symbol.replace(REPLACEMENT, "?"), "at {x},{y}: {cell:?}");
            assert_eq!((fg, bg), (plain(cell.fg), plain(cell.bg)), "at {x},{y}: {cell:?}");
            check(modifiers, cell);
        }

        fn asciinema(terminal: &avt::Terminal, x: u16, y: u16) -> SgrStyle {
            let screen = terminal.screen();
            let cell = screen.line(y.into()).unwrap().cells()[usize::from(x)];
            let pen = cell.pen();
            let colour = |colour: Option<avt::Color>| match colour {
                None => Color::Reset,
                Some(avt::Color::RGB(rgb)) => Color::Rgb(rgb.r, rgb.g, rgb.b),
                Some(avt::Color::Indexed(index)) => Color::Indexed(index),
            };
            let modifiers = [
                (Modifier::BOLD, pen.is_bold()),
                (Modifier::DIM, pen.is_faint()),
                (Modifier::ITALIC, pen.is_italic()),
                (Modifier::UNDERLINED, pen.is_underline()),
                (Modifier::REVERSED, pen.is_inverse()),
            ];
            (cell.char().into(), colour(pen.foreground()), colour(pen.background()), modifiers)
        }

        fn other(screen: &vt100::Screen, x: u16, y: u16) -> SgrStyle {
            let cell = screen.cell(y, x).unwrap();
            let colour = |colour| match colour {
                vt100::Color::Default => Color::Reset,
                vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
                vt100::Color::Idx(index) => Color::Indexed(index),
            };
            let modifiers = [
                (Modifier::BOLD, cell.bold()),
                (Modifier::DIM, cell.dim()),
                (Modifier::ITALIC, cell.italic()),
                (Modifier::UNDERLINED, cell.underline()),
                (Modifier::REVERSED, cell.inverse()),
            ];
            let symbol = if cell.has_contents() { cell.contents() } else { " " };
            (symbol.into(), colour(cell.fgcolor()), colour(cell.bgcolor()), modifiers)
        }
    }

    /// Named colours as their place in the palette.
    fn plain(colour: Color) -> Color {
        index_of(colour).map_or(colour, Color::Indexed)
    }

    fn check(seen: [(Modifier, bool); 5], cell: &Cell) {
        // Terminals that can't be bold and dim at once are one of them.
        let both = Modifier::BOLD | Modifier::DIM;
        for (modifier, on) in seen {
            if !(cell.modifier.contains(both) && both.contains(modifier)) {
                assert_eq!(on, cell.modifier.contains(modifier), "{modifier:?} of {cell:?}");
            }
        }
    }

    fn pen(fg: Color, bg: Color, modifier: Modifier) -> SgrPen {
        SgrPen { fg, bg, modifier }
    }

    #[test]
    fn styles_are_changed_by_as_little_as_can_be() {
        let plain = SgrPen::default();
        let bold = pen(Color::Reset, Color::Reset, Modifier::BOLD);
        let both = pen(Color::Reset, Color::Reset, Modifier::BOLD | Modifier::DIM);
        for (from, to, codes) in [
            (plain, pen(Color::Rgb(1, 2, 3), Color::Indexed(9), Modifier::ITALIC), "3;38;2;1;2;3;48;5;9"),
            (plain, pen(Color::LightRed, Color::White, Modifier::empty()), "91;107"),
            (plain, pen(Color::Gray, Color::Black, Modifier::CROSSED_OUT), "9;37;40"),
            (pen(Color::Red, Color::Red, Modifier::REVERSED), plain, "27;39;49"),
            (both, bold, "22;1"),
            (both, plain, "22"),
            (bold, both, "2"),
        ] {
            assert_eq!(from.change(to), codes, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn only_what_changed_is_sent() {
        let mut encoder = SgrEncoder::default();
        let mut buf = Buffer::empty(Rect::new(0, 0, 30, 2));
        buf.set_string(0, 0, "the same", Style::new());
        assert!(encoder.encode(&buf, 0..2).is_some());
        assert_eq!(encoder.encode(&buf, 0..2), None);
        buf.set_string(4, 0, "S", Style::new().fg(Color::Red));
        buf.set_string(7, 0, "E!", Style::new().fg(Color::Red));
        let sent = encoder.encode(&buf, 0..2).unwrap();
        assert_eq!(sent, "\u{1b}[?2026h\u{1b}[1;5H\u{1b}[31mS\u{1b}[2CE!\u{1b}[?2026l");
    }

    #[test]
    fn sequences_that_terminals_differ_over_are_cut_down() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        buf.set_string(0, 0, "👩‍👩‍👧‍👦|❤️|👍🏽|🇩🇪|e\u{301}|स्त्री", Style::new());
        let sent: String = spots(cells(&buf, 0)).flat_map(|spot| pieces(&spot, 20)).map(|piece| piece.text).collect();
        assert_eq!(sent.trim_end(), "👩|❤ |👍|🇩🇪|e\u{301}|स्त्री");
    }

    proptest! {
        #[test]
        fn a_terminal_that_is_sent_the_changes_shows_the_frames(
            frames in proptest::collection::vec(any_cells(42), 1..5),
        ) {
            let mut encoder = SgrEncoder::default();
            let mut terminals = TerminalKind::new(14, 3);
            for contents in &frames {
                let frame = frame(contents, 14);
                if let Some(sent) = encoder.encode(&frame, 0..frame.area.height) {
                    terminals.send(&sent);
                }
                terminals.compare(&frame);
            }
        }
    }
}

//! Whatever frames are drawn, and whatever happens between them: two terminals show the cells of the last frame.

use std::cell::RefCell;
use std::rc::Rc;

use proptest::collection::vec;
use proptest::prelude::*;
use ratatui::buffer::{Buffer, CellWidth as _};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::pen::SHOWN_BY_SPACES;
use super::*;

/// What was written so far.
#[derive(Clone, Default)]
struct WrittenBytes(Rc<RefCell<Vec<u8>>>);

impl WrittenBytes {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for WrittenBytes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What one cell becomes.
type CellChange = (u16, u16, &'static str, Style);

/// What can happen to a screen.
#[derive(Clone, Debug)]
enum ScreenStep {
    /// A frame in which some cells are others.
    Draw(Vec<CellChange>),
    /// A frame with a row of one symbol.
    Fill(u16, &'static str, Style),
    /// The screen is cleared.
    Clear,
    /// It has another size, and is cleared for it.
    Resize(u16, u16),
    /// Somebody else moves the cursor.
    Move(u16, u16),
}

fn style() -> impl Strategy<Value = Style> {
    let colour =
        || prop_oneof![Just(Color::Reset), Just(Color::Rgb(1, 2, 3)), Just(Color::Indexed(9)), Just(Color::Red)];
    let modifier = prop_oneof![4 => Just(0), 1 => 0u16..512].prop_map(Modifier::from_bits_truncate);
    (colour(), colour(), modifier).prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

fn symbol() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(" "), 2 => Just("a"), 2 => Just("█"), 1 => Just("é"), 1 => Just("計"), 1 => Just("≈")]
}

fn step() -> impl Strategy<Value = ScreenStep> {
    let change = (0..30u16, 0..6u16, symbol(), style());
    prop_oneof![
        6 => vec(change, 0..40).prop_map(ScreenStep::Draw),
        3 => (0..6u16, symbol(), style()).prop_map(|(row, symbol, style)| ScreenStep::Fill(row, symbol, style)),
        1 => Just(ScreenStep::Clear),
        1 => (1..30u16, 1..6u16).prop_map(|(width, height)| ScreenStep::Resize(width, height)),
        1 => (0..30u16, 0..6u16).prop_map(|(x, y)| ScreenStep::Move(x, y)),
    ]
}

/// A wide symbol has a ground and the cell behind it, and stands in an even column: over half of one, ratatui draws no more than
/// what changed, and terminals differ over what becomes of the other half.
fn set_right(buf: &mut Buffer) {
    for y in 0..buf.area.height {
        for x in 0..buf.area.width {
            let behind = x + 1;
            if buf[(x, y)].cell_width() < 2 {
                continue;
            }
            if behind % 2 == 0 || behind == buf.area.width {
                buf[(x, y)].set_symbol(" ");
                continue;
            }
            buf[(behind, y)].reset();
            if buf[(x, y)].bg == Color::Reset {
                buf[(x, y)].bg = Color::Indexed(9);
            }
        }
    }
}

/// A screen with what is drawn on it, and two terminals that are sent it.
struct SeenScreen {
    backend: TerminalBackend<WrittenBytes>,
    written: WrittenBytes,
    buf: Buffer,
    first: vt100::Parser,
    second: avt::Terminal,
}

impl SeenScreen {
    fn new(erases: bool) -> Self {
        let (written, (width, height)) = (WrittenBytes::default(), (20, 4));
        let mut first = vt100::Parser::new(height, width, 0);
        let mut second = avt::Terminal::new(width.into(), height.into()).unwrap();
        // Whoever had it before left it in colours.
        let left = "\u{1b}[7;41m";
        first.process(left.as_bytes());
        second.feed([left]);
        let backend = TerminalBackend::new(written.clone()).erasing(erases);
        Self { backend, written, buf: Buffer::empty(Rect::new(0, 0, width, height)), first, second }
    }

    fn take(&mut self, step: &ScreenStep) {
        let mut next = self.buf.clone();
        match step {
            ScreenStep::Draw(changes) => {
                for (x, y, symbol, style) in changes {
                    if let Some(cell) = next.cell_mut((*x, *y)) {
                        cell.reset();
                        cell.set_symbol(symbol).set_style(*style);
                    }
                }
            }
            ScreenStep::Fill(row, symbol, style) => {
                for x in 0..next.area.width {
                    if let Some(cell) = next.cell_mut((x, *row)) {
                        cell.reset();
                        cell.set_symbol(symbol).set_style(*style);
                    }
                }
            }
            ScreenStep::Clear => return self.clear(self.buf.area),
            ScreenStep::Resize(width, height) => {
                self.first.screen_mut().set_size(*height, *width);
                self.second = avt::Terminal::new((*width).into(), (*height).into()).unwrap();
                // That one is as it was otherwise.
                self.backend.pen = None;
                return self.clear(Rect::new(0, 0, *width, *height));
            }
            ScreenStep::Move(x, y) => {
                self.written.write_all(format!("\u{1b}[{};{}H", y + 1, x + 1).as_bytes()).unwrap();
            }
        }
        set_right(&mut next);
        let changed = self.buf.diff(&next);
        self.backend.draw(changed.into_iter()).unwrap();
        self.backend.hide_cursor().unwrap();
        self.buf = next;
        self.compare();
    }

    fn clear(&mut self, area: Rect) {
        self.backend.clear_region(ClearType::All).unwrap();
        self.buf = Buffer::empty(area);
        self.compare();
    }

    fn compare(&mut self) {
        let sent = String::from_utf8(self.written.take()).unwrap();
        self.first.process(sent.as_bytes());
        self.second.feed([&sent]);
        for y in 0..self.buf.area.height {
            let mut x = 0;
            while x < self.buf.area.width {
                let cell = &self.buf[(x, y)];
                self.compare_first(x, y, cell, &sent);
                self.compare_second(x, y, cell, &sent);
                x += cell.cell_width().max(1);
            }
        }
    }

    fn compare_first(&self, x: u16, y: u16, cell: &Cell, sent: &str) {
        let seen = self.first.screen().cell(y, x).unwrap();
        let colour = |colour| match colour {
            vt100::Color::Default => Color::Reset,
            vt100::Color::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
            vt100::Color::Idx(index) => Color::Indexed(index),
        };
        let symbol = if seen.has_contents() { seen.contents() } else { " " };
        let modifiers = [
            (Modifier::BOLD, seen.bold()),
            (Modifier::DIM, seen.dim()),
            (Modifier::ITALIC, seen.italic()),
            (Modifier::UNDERLINED, seen.underline()),
            (Modifier::REVERSED, seen.inverse()),
        ];
        assert_eq!(symbol, cell.symbol(), "at {x},{y} after {sent:?}");
        compare_style(cell, colour(seen.fgcolor()), colour(seen.bgcolor()), modifiers, (x, y, sent));
    }

    fn compare_second(&self, x: u16, y: u16, cell: &Cell, sent: &str) {
        let seen = self.second.screen().line(y.into()).unwrap().cells()[usize::from(x)];
        let pen = seen.pen();
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
        assert_eq!(Some(seen.char()), cell.symbol().chars().next(), "at {x},{y} after {sent:?}");
        compare_style(cell, colour(pen.foreground()), colour(pen.background()), modifiers, (x, y, sent));
    }
}

/// Holds what is seen of a cell against what it should be: of a space, as much as can be seen of it.
fn compare_style(cell: &Cell, ink: Color, ground: Color, modifiers: [(Modifier, bool); 5], place: (u16, u16, &str)) {
    let plain = |colour| if colour == Color::Red { Color::Indexed(1) } else { colour };
    let inked = cell.symbol() != " " || cell.modifier.intersects(SHOWN_BY_SPACES);
    assert_eq!(ground, plain(cell.bg), "ground at {place:?}");
    if inked {
        assert_eq!(ink, plain(cell.fg), "ink at {place:?}");
    }
    // Terminals that can't be bold and dim at once are one of them.
    let both = Modifier::BOLD | Modifier::DIM;
    for (modifier, on) in modifiers {
        let seen = inked || SHOWN_BY_SPACES.contains(modifier);
        if seen && !(cell.modifier.contains(both) && both.contains(modifier)) {
            assert_eq!(on, cell.modifier.contains(modifier), "{modifier:?} at {place:?}");
        }
    }
}

proptest! {
    #[test]
    fn terminals_show_the_cells(erases in any::<bool>(), steps in vec(step(), 0..12)) {
        let mut screen = SeenScreen::new(erases);
        for step in &steps {
            screen.take(step);
        }
    }
}

/// Has `backend` draw `cells`.
fn draw(backend: &mut impl Backend<Error = io::Error>, cells: &[CellChange]) {
    let cells: Vec<(u16, u16, Cell)> = cells
        .iter()
        .map(|(x, y, symbol, style)| {
            let mut cell = Cell::default();
            cell.set_symbol(symbol).set_style(*style);
            (*x, *y, cell)
        })
        .collect();
    backend.draw(cells.iter().map(|(x, y, cell)| (*x, *y, cell))).unwrap();
}

/// How much `backend` sends for two frames: `cells`, and a frame in which none of them changed.
fn sent(mut backend: impl Backend<Error = io::Error>, written: &WrittenBytes, cells: &[CellChange]) -> usize {
    draw(&mut backend, cells);
    draw(&mut backend, &[]);
    written.take().len()
}

#[test]
fn a_symbol_of_unsure_width_leaves_nothing_behind() {
    let mut screen = SeenScreen::new(true);
    let plain = Style::new().bg(Color::Red);
    let draw =
        |symbol, x| ScreenStep::Draw(vec![(x, 0, symbol, plain), (x + 1, 0, "b", plain), (x + 2, 0, "c", plain)]);
    screen.take(&draw("a", 4));
    let mut next = screen.buf.clone();
    next[(4, 0)].set_symbol("❤\u{fe0f}");
    next[(5, 0)].reset();
    screen.backend.draw(screen.buf.diff(&next).into_iter()).unwrap();
    screen.first.process(&screen.written.take());
    let seen: Vec<&str> = (4..7).map(|x| screen.first.screen().cell(0, x).unwrap().contents()).collect();
    assert_eq!(seen, ["❤\u{fe0f}", " ", "c"]);
}

#[test]
fn a_frame_of_figures_takes_a_third() {
    let [green, orange] =
        [Color::Rgb(34, 216, 242), Color::Rgb(255, 148, 54)].map(|ink| Style::new().fg(ink).bg(Color::Rgb(9, 13, 24)));
    let figures = (0..3u16).flat_map(|y| (0..24u16).map(move |x| (x, y)));
    let frame: Vec<CellChange> =
        figures.map(|(x, y)| (x, y, if x % 4 == 3 { " " } else { "█" }, if x < 12 { green } else { orange })).collect();
    let written = WrittenBytes::default();
    let ours = sent(TerminalBackend::new(written.clone()), &written, &frame);
    let usual = sent(CrosstermBackend::new(written.clone()), &written, &frame);
    assert!(ours * 3 < usual * 2, "{ours} of {usual}");
}

/// What is sent for a frame in which row 1 says `after`, where it said `before`.
fn sent_for_row(before: &str, after: &str) -> String {
    let mut screen = SeenScreen::new(true);
    let style = Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(9));
    let mut last = Buffer::empty(screen.buf.area);
    for text in [before, after] {
        let mut next = last.clone();
        next.set_string(0, 1, format!("{text:20}"), style);
        screen.written.take();
        screen.backend.draw(last.diff(&next).into_iter()).unwrap();
        last = next;
    }
    String::from_utf8(screen.written.take()).unwrap()
}

#[test]
fn what_stands_between_changes_is_drawn_where_that_is_shorter_than_a_move() {
    assert_eq!(sent_for_row("", "to be or not"), "\u{1b}[38;2;1;2;3m\u{1b}[2Hto be or not");
    assert_eq!(sent_for_row("to be or not", ""), "\u{1b}[2H\u{1b}[12X");
    assert_eq!(sent_for_row("a stretch", "A strewth"), "\u{1b}[2HA\u{1b}[5Cwt");
    assert_eq!(sent_for_row("abc", "AbC"), "\u{1b}[2HAbC");
}

#[test]
fn what_is_between_is_not_drawn_in_another_pen_nor_where_it_is_not_known() {
    let mut screen = SeenScreen::new(true);
    let [one, other] = [Color::Red, Color::Rgb(1, 2, 3)].map(|ink| Style::new().fg(ink));
    screen.take(&ScreenStep::Draw(vec![(0, 0, "a", one), (1, 0, "a", other), (2, 0, "a", one)]));
    let cells = [(0, "b"), (2, "b")].map(|(x, symbol)| (x, 0, symbol, one));
    let mut next = screen.buf.clone();
    for (x, y, symbol, _) in cells {
        next[(x, y)].set_symbol(symbol);
    }
    screen.backend.draw(screen.buf.diff(&next).into_iter()).unwrap();
    let sent = String::from_utf8(screen.written.take()).unwrap();
    assert!(sent.contains("b\u{1b}[Cb"), "{sent:?}");
    draw(&mut TerminalBackend::new(screen.written.clone()), &cells);
    let sent = String::from_utf8(screen.written.take()).unwrap();
    assert!(sent.contains("b\u{1b}[Cb"), "{sent:?}");
}

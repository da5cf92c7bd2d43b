//! Cells as bytes for the terminal, as few as show them: cells that are drawn alike are drawn together, whatever else of the frame
//! stands between them, a colour is sent when that colour changes and never for a space, and moves are as short as can be.
//! ratatui's own backend sends both colours with every change of either, which makes up most of a frame.

mod cursor;
mod number;
mod pen;
mod shown;
mod stroke;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use ratatui::backend::{Backend, ClearType, CrosstermBackend, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

use self::cursor::CursorPlace;
use self::number::{CSI, push_number};
use self::pen::Pen;
use self::shown::ShownCells;
use self::stroke::{CellStroke, FrameStrokes, StrokeStyle};

/// Up to so many strokes of one pen are drawn by the shortest way, more of them row by row: the way would take long to find.
const LOOKED_AT: usize = 64;

/// A backend of ratatui that draws with few bytes.
pub struct TerminalBackend<W: Write> {
    /// What does everything but draw.
    usual: CrosstermBackend<W>,
    /// What the terminal draws with, once that was settled.
    pen: Option<Pen>,
    /// Whether the cursor is seen, once that was settled.
    cursor_shown: Option<bool>,
    /// Behind the last column that anything was drawn in since the screen was clear.
    edge: u16,
    /// Whether the terminal erases in the colour that it draws on.
    erases: bool,
    shown: ShownCells,
    strokes: FrameStrokes,
    page: Vec<u8>,
}

impl<W: Write> TerminalBackend<W> {
    /// A backend that writes to `out`.
    pub fn new(out: W) -> Self {
        Self {
            usual: CrosstermBackend::new(out),
            pen: None,
            cursor_shown: None,
            edge: 0,
            erases: false,
            shown: ShownCells::default(),
            strokes: FrameStrokes::default(),
            page: Vec::new(),
        }
    }

    /// The same for a terminal that `erases` in the colour that it draws on, or doesn't.
    #[must_use]
    pub fn erasing(self, erases: bool) -> Self {
        Self { erases, ..self }
    }

    /// How many bytes it takes to draw in `style` from now on.
    fn cost(&self, style: StrokeStyle) -> usize {
        let mut sent = Vec::new();
        style.pen(self.pen).take_up(self.pen, &mut sent);
        sent.len()
    }

    /// Draws those of the strokes `left` that can be drawn in `style`.
    fn draw_alike(&mut self, style: StrokeStyle, cursor: &mut CursorPlace, left: &mut Vec<CellStroke>) {
        let mut alike: Vec<CellStroke> = left.extract_if(.., |stroke| stroke.style.joins(style)).collect();
        if alike.is_empty() {
            return;
        }
        let pen = style.pen(self.pen);
        pen.take_up(self.pen, &mut self.page);
        self.pen = Some(pen);
        if alike.len() > LOOKED_AT {
            for stroke in &alike {
                self.draw_stroke(stroke, cursor);
            }
            return;
        }
        let nearest = |cursor: &CursorPlace, alike: &[CellStroke]| {
            (0..alike.len()).min_by_key(|index| alike.get(*index).map(|stroke| cursor.cost(stroke.x, stroke.y)))
        };
        while let Some(index) = nearest(cursor, &alike) {
            let stroke = alike.remove(index);
            self.draw_stroke(&stroke, cursor);
        }
    }

    fn draw_stroke(&mut self, stroke: &CellStroke, cursor: &mut CursorPlace) {
        cursor.go(stroke.x, stroke.y, &mut self.page);
        let Some(text) = self.strokes.text(stroke) else {
            self.page.extend_from_slice(CSI);
            push_number(&mut self.page, stroke.columns);
            self.page.push(b'X');
            return;
        };
        self.page.extend_from_slice(text.as_bytes());
        let end = stroke.end();
        cursor.pass_to((stroke.sure && end < self.edge).then_some(end));
    }

    /// Gives the terminal its own colours back: it would clear the screen in those that it draws with.
    fn lay_down(&mut self) -> io::Result<()> {
        self.page.clear();
        Pen::PLAIN.take_up(self.pen, &mut self.page);
        (self.pen, self.edge) = (Some(Pen::PLAIN), 0);
        self.shown.forget();
        self.usual.write_all(&self.page)
    }
}

impl<W: Write> Backend for TerminalBackend<W> {
    type Error = io::Error;

    fn draw<'a, I: Iterator<Item = (u16, u16, &'a Cell)>>(&mut self, content: I) -> io::Result<()> {
        let (mut left, mut styles) = self.strokes.take(content, &mut self.shown, self.erases);
        self.edge = left.iter().map(CellStroke::end).fold(self.edge, u16::max);
        self.page.clear();
        // Where it is in the beginning nobody knows.
        let mut cursor = CursorPlace::default();
        while let Some(next) = (0..styles.len()).min_by_key(|index| styles.get(*index).map(|style| self.cost(*style))) {
            self.draw_alike(styles.remove(next), &mut cursor, &mut left);
        }
        self.usual.write_all(&self.page)
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown.replace(false) == Some(false) { Ok(()) } else { self.usual.hide_cursor() }
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        if self.cursor_shown.replace(true) == Some(true) { Ok(()) } else { self.usual.show_cursor() }
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        self.usual.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> io::Result<()> {
        self.usual.set_cursor_position(position)
    }

    fn clear(&mut self) -> io::Result<()> {
        self.lay_down()?;
        self.usual.clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> io::Result<()> {
        self.lay_down()?;
        self.usual.clear_region(clear_type)
    }

    fn append_lines(&mut self, n: u16) -> io::Result<()> {
        self.lay_down()?;
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

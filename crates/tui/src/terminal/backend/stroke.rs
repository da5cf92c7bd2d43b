//! Cells as strokes: what is drawn with one pen and without a move, several cells beside each other.

use std::fmt::Write as _;

use ratatui::buffer::{Cell, CellWidth as _};
use ratatui::style::{Color, Modifier};

use super::pen::{Pen, SHOWN_BY_SPACES};
use super::shown::ShownCells;

/// From so many spaces in a row on they are erased rather than drawn.
const ERASED: u16 = 10;

/// What a stroke asks of the pen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct StrokeStyle {
    /// The ink with its modifiers; spaces leave it as it is.
    ink: Option<(Color, Modifier)>,
    ground: Color,
}

impl StrokeStyle {
    fn of(cell: &Cell) -> Self {
        let inked = cell.symbol() != " " || cell.modifier.intersects(SHOWN_BY_SPACES);
        Self { ink: inked.then_some((cell.fg, cell.modifier)), ground: cell.bg }
    }

    /// The pen that is most like the one `before` and draws it.
    pub(super) fn pen(self, before: Option<Pen>) -> Pen {
        let ground = self.ground;
        match (self.ink, before) {
            (Some((ink, modifier)), _) => Pen { ink, ground, modifier },
            (None, Some(before)) => Pen { ground, modifier: before.modifier.difference(SHOWN_BY_SPACES), ..before },
            (None, None) => Pen { ground, ..Pen::PLAIN },
        }
    }

    /// Whether it is drawn with what `other` is drawn with, too.
    pub(super) fn joins(self, other: Self) -> bool {
        self == other || self.ink.is_none() && self.ground == other.ground && !other.marks_spaces()
    }

    /// Whether spaces would show more than their ground.
    fn marks_spaces(self) -> bool {
        self.ink.is_some_and(|(_, modifier)| modifier.intersects(SHOWN_BY_SPACES))
    }
}

/// Several cells of one row.
#[derive(Clone, Copy, Debug)]
pub(super) struct CellStroke {
    pub(super) x: u16,
    pub(super) y: u16,
    /// How many columns it takes.
    pub(super) columns: u16,
    pub(super) style: StrokeStyle,
    /// Where its text stands; nothing is erased.
    text: Option<(usize, usize)>,
    /// Every terminal draws it in as many columns as it has.
    pub(super) sure: bool,
}

/// Spaces that may become part of a stroke.
#[derive(Clone, Copy, Debug)]
struct SpaceRun {
    x: u16,
    y: u16,
    columns: u16,
    ground: Color,
}

impl CellStroke {
    /// The column behind it.
    pub(super) const fn end(&self) -> u16 {
        self.x.saturating_add(self.columns)
    }
}

/// The strokes of a frame.
#[derive(Debug, Default)]
pub(super) struct FrameStrokes {
    all: Vec<CellStroke>,
    /// Each style once, spaces without ink last.
    styles: Vec<StrokeStyle>,
    texts: String,
    spaces: Option<SpaceRun>,
    /// Where the last symbol ends that is wider than a cell.
    covered: (u16, u16),
    /// Where the last stroke can go on.
    open: Option<(u16, u16)>,
    erases: bool,
}

impl FrameStrokes {
    /// Those that the cells of a frame make, row by row, on a screen that shows what is `shown`, and each of their styles once;
    /// long runs of spaces are to be erased if the terminal `erases` in the colour of the ground.
    pub(super) fn take<'a>(
        &mut self,
        cells: impl Iterator<Item = (u16, u16, &'a Cell)>,
        shown: &mut ShownCells,
        erases: bool,
    ) -> (Vec<CellStroke>, Vec<StrokeStyle>) {
        self.texts.clear();
        (self.covered, self.open, self.erases) = ((0, 0), None, erases);
        let mut last: Option<(u16, u16, StrokeStyle)> = None;
        for (x, y, cell) in cells {
            if let Some((end, _, before)) = last.filter(|(_, row, _)| *row == y) {
                self.bridge(shown, (end, x, y), [before, StrokeStyle::of(cell)]);
            }
            self.add(x, y, cell);
            shown.put(x, y, cell);
            last = (cell.cell_width() < 2).then(|| (x + 1, y, StrokeStyle::of(cell)));
        }
        self.settle_spaces(None);
        // Spaces are drawn along with something else, if anything stands on their ground.
        self.styles.sort_by_key(|style| style.ink.is_none());
        (std::mem::take(&mut self.all), std::mem::take(&mut self.styles))
    }

    /// What `stroke` says; nothing where it is erased.
    pub(super) fn text(&self, stroke: &CellStroke) -> Option<&str> {
        stroke.text.map(|(from, to)| self.texts.get(from..to).unwrap_or_default())
    }

    /// Draws what stands from one column to another of a row again, if it is drawn like one of those `beside` it.
    fn bridge(&mut self, shown: &ShownCells, (from, to, y): (u16, u16, u16), beside: [StrokeStyle; 2]) {
        let alike = |cell: &Cell| beside.iter().any(|beside| StrokeStyle::of(cell).joins(*beside));
        let known = |cell: &Cell| is_sure(cell.symbol()) && alike(cell);
        if shown.between(from, to, y).is_some_and(|mut cells| cells.all(|(_, cell)| known(cell))) {
            for (x, cell) in shown.between(from, to, y).into_iter().flatten() {
                self.add(x, y, cell);
            }
        }
    }

    fn add(&mut self, x: u16, y: u16, cell: &Cell) {
        if self.covered.1 == y && x < self.covered.0 {
            return;
        }
        let style = StrokeStyle::of(cell);
        if style.ink.is_none() {
            match &mut self.spaces {
                Some(run) if run.y == y && run.x + run.columns == x && run.ground == cell.bg => run.columns += 1,
                _ => {
                    self.settle_spaces(None);
                    self.spaces = Some(SpaceRun { x, y, columns: 1, ground: cell.bg });
                }
            }
            return;
        }
        self.settle_spaces(Some((x, y, style)));
        let goes_on = self.open == Some((x, y)) && self.all.last().is_some_and(|last| last.style == style);
        if !goes_on {
            self.begin(x, y, style);
        }
        self.draw(x, cell);
    }

    fn begin(&mut self, x: u16, y: u16, style: StrokeStyle) {
        if !self.styles.contains(&style) {
            self.styles.push(style);
        }
        let at = self.texts.len();
        self.all.push(CellStroke { x, y, columns: 0, style, text: Some((at, at)), sure: true });
    }

    /// Draws the symbol of `cell` at the end of the last stroke.
    fn draw(&mut self, x: u16, cell: &Cell) {
        let (symbol, width) = (cell.symbol(), cell.cell_width().max(1));
        let Some(last) = self.all.last_mut() else { return };
        if width > 1 && symbol.contains('\u{fe0f}') {
            // Terminals that draw it in one column leave the other as it was.
            self.texts.extend(std::iter::repeat_n(' ', width.into()));
            // Writing to a string can't fail.
            let _ = write!(self.texts, "\u{1b}[{}G", x + 1);
        }
        self.texts.push_str(symbol);
        last.columns += width;
        last.sure &= is_sure(symbol);
        last.text = last.text.map(|(from, _)| (from, self.texts.len()));
        self.covered = (x + width, last.y);
        // Behind a wide symbol no terminal is trusted.
        self.open = (width == 1).then_some((x + 1, last.y));
    }

    /// Makes the spaces that have come part of a stroke: the last one, the `next` one, or one of their own.
    fn settle_spaces(&mut self, next: Option<(u16, u16, StrokeStyle)>) {
        let Some(run) = self.spaces.take() else { return };
        let style = StrokeStyle { ink: None, ground: run.ground };
        let end = (run.x + run.columns, run.y);
        let after = self.all.last().filter(|last| self.open == Some((run.x, run.y)) && style.joins(last.style));
        let before = next.filter(|(x, y, next)| (*x, *y) == end && style.joins(*next));
        let erased = self.erases && run.columns >= ERASED;
        match (after.is_some(), before) {
            (true, _) if !erased => {}
            (false, Some((.., next))) if !erased => self.begin(run.x, run.y, next),
            _ => self.begin(run.x, run.y, style),
        }
        let Some(last) = self.all.last_mut() else { return };
        last.columns += run.columns;
        if erased {
            last.text = None;
            self.open = None;
            return;
        }
        self.texts.extend(std::iter::repeat_n(' ', run.columns.into()));
        last.text = last.text.map(|(from, _)| (from, self.texts.len()));
        self.open = Some(end);
    }
}

/// Whether every terminal draws `symbol` in one column: letters, lines and blocks.
fn is_sure(symbol: &str) -> bool {
    symbol.chars().all(|letter| matches!(letter, ' '..='~' | '\u{2500}'..='\u{259f}'))
        && symbol.chars().nth(1).is_none()
}

//! The board of several places: a column for each of them, so that a contestant's rows say at a glance where it is slow or down.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;

use super::cell::{ROWS, whole_seconds, wrong};
use crate::app::App;
use crate::screen::{number, state, write, write_cut};
use crate::widget::history::RowHistory;
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::text::printable;
use speed_kings_session::watch::{BoardRow, ProbeSample, WatchBoard, WatchMoment};

/// Columns of the contestants' names.
const NAMES: u16 = 22;
/// The least columns of a place: a figure and a few bars.
const LEAST: u16 = 28;
/// Columns of a figure with its label, ahead of its bars, and of the label alone.
const FIGURE: u16 = 18;
const LABEL: u16 = 6;

/// Which rows of a board stand side by side.
pub(super) struct RegionGrid {
    /// What the columns are called.
    places: Vec<String>,
    /// For each contestant its row at each place, if it is probed from there.
    contestants: Vec<Vec<Option<usize>>>,
}

impl RegionGrid {
    /// The columns of `board`; nothing where it is of one place, or there is no room for all of them.
    pub(super) fn of(board: &WatchBoard, width: u16) -> Option<Self> {
        let (mut places, mut names): (Vec<String>, Vec<(String, &str)>) = (Vec::new(), Vec::new());
        for row in &board.rows {
            let (place, name) = (place(&row.contestant)?, (name(&row.contestant), row.contestant.model.as_str()));
            if !places.contains(&place) {
                places.push(place);
            }
            if !names.contains(&name) {
                names.push(name);
            }
        }
        places.sort_unstable();
        let columns = u16::try_from(places.len()).ok().filter(|columns| *columns > 1)?;
        if width.saturating_sub(NAMES) / columns < LEAST {
            return None;
        }
        let at = |(name_of, model): &(String, &str), at: &String| {
            board.rows.iter().position(|row| {
                let one = &row.contestant;
                place(one).as_ref() == Some(at) && name(one) == *name_of && one.model == *model
            })
        };
        let contestants = names.iter().map(|one| places.iter().map(|place| at(one, place)).collect()).collect();
        Some(Self { places, contestants })
    }

    /// Draws it, as far as there is room.
    pub(super) fn draw(&self, app: &App, board: &WatchBoard, moment: &WatchMoment, area: Rect, buf: &mut Buffer) {
        let columns = u16::try_from(self.places.len()).unwrap_or(1).max(1);
        let width = area.width.saturating_sub(NAMES) / columns;
        let column = |index: usize| {
            let before = u16::try_from(index).unwrap_or(0).saturating_mul(width);
            Rect { x: area.x + NAMES + before, width: width.saturating_sub(2), ..area }
        };
        for (index, place) in self.places.iter().enumerate() {
            let head = column(index);
            write_cut(buf, head, head.x, head.y, &printable(place), app.theme.heading);
        }
        let mut rest = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        for (index, rows) in self.contestants.iter().enumerate() {
            if rest.height < ROWS - 1 {
                let more = format!("{} more in a taller terminal", self.contestants.len() - index);
                write(buf, rest, rest.x, rest.y, &more, app.theme.muted);
                return;
            }
            let Some(first) = rows.iter().flatten().find_map(|row| board.rows.get(*row)) else { continue };
            let names = Rect { width: NAMES - 1, ..rest };
            let x = write(buf, names, names.x, names.y, &format!("{} ", number(index)), app.theme.lane(index));
            write_cut(buf, names, x, names.y, &printable(&name(&first.contestant)), app.theme.lane(index));
            write_cut(buf, names, names.x + 2, names.y + 1, &printable(&first.contestant.model), app.theme.muted);
            for (place, row) in rows.iter().enumerate() {
                let cell = Rect { y: rest.y, height: ROWS.min(rest.height), ..column(place) };
                match row.and_then(|row| Some((row, board.rows.get(row)?))) {
                    Some((at, row)) => draw_cell(app, (index, at), row, moment, cell, buf),
                    None => {
                        write(buf, cell, cell.x, cell.y, "not probed from here", app.theme.muted);
                    }
                }
            }
            let taken = ROWS.min(rest.height);
            rest = Rect { y: rest.y + taken, height: rest.height - taken, ..rest };
        }
    }
}

/// What one place finds of the contestant with the colour `lane`, whose row on the board is `at`.
fn draw_cell(
    app: &App,
    (lane, at): (usize, usize),
    row: &BoardRow,
    moment: &WatchMoment,
    area: Rect,
    buf: &mut Buffer,
) {
    let (state, style) = state(app, row, moment);
    let x = write(buf, area, area.x, area.y, state, style);
    let share = row.availability().map_or_else(|| format::ABSENT.to_owned(), format::share);
    let age = row.age(moment.now).map(|age| format!(" · {} ago", date::span_text(whole_seconds(age))));
    let told = format!("{share} of {}{}", row.probes, age.unwrap_or_default());
    write_cut(buf, area, x + 1, area.y, &told, app.theme.text);
    let figures = [
        ("TTFT", Metric::Ttft, ProbeSample::ttft_ms as fn(&ProbeSample) -> Option<f64>),
        ("speed", Metric::OutputSpeed, ProbeSample::tok_s),
    ];
    for ((label, metric, figure), y) in figures.into_iter().zip(area.y + 1..area.bottom()) {
        let last = format::metric(metric, row.samples.iter().rev().find_map(figure));
        write(buf, area, area.x, y, label, app.theme.muted);
        write(buf, area, area.x + LABEL, y, &last, app.theme.text);
        let values: Vec<Option<f64>> = row.samples.iter().map(figure).collect();
        let room = area.width.saturating_sub(FIGURE);
        let bars = Rect { x: area.right() - room, y, width: room, height: 1 };
        RowHistory { values: &values, bar: app.theme.lane(lane), missing: app.theme.badge_broken }.render(bars, buf);
    }
    write_cut(buf, area, area.x, area.y + ROWS - 1, &printable(&wrong(at, row, moment)), app.theme.badge_broken);
}

/// The place that probes it: the runner's name, and its region where that says more.
fn place(contestant: &Contestant) -> Option<String> {
    let runner = contestant.runner.as_ref()?;
    let region = runner.region.as_ref().filter(|region| **region != runner.name && !region.is_empty());
    Some(region.map_or_else(|| runner.name.clone(), |region| format!("{} · {region}", runner.name)))
}

/// What it is called at every place.
fn name(contestant: &Contestant) -> String {
    let at = contestant.runner.as_ref().map(|runner| format!(" @ {}", runner.name)).unwrap_or_default();
    contestant.name.strip_suffix(&at).unwrap_or(&contestant.name).to_owned()
}

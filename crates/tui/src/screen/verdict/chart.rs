//! The race on one time axis: waiting, thinking and answering of each lane as bars, to scale.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget as _;

use super::stage::VerdictStage;
use crate::app::App;
use crate::screen::pane::pane;
use crate::screen::{number, write, write_cut};
use crate::widget::spark::{self, SparkLine, SparkWindow};
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::timing::output_speed;
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period};

/// Columns of the names.
const NAMES: u16 = 16;

/// Rows that one lane's rate takes at the most, where other things stand beside it.
pub(super) const TALLEST: u16 = 6;

/// How many rows it takes, frame and all.
pub(super) fn rows(race: &Race) -> u16 {
    u16::try_from(race.lanes().len() + 3).unwrap_or(u16::MAX)
}

/// Draws it, when there is room.
pub(super) fn draw(app: &App, race: &Race, stage: VerdictStage, area: Rect, buf: &mut Buffer) {
    if area.height < rows(race) {
        return;
    }
    let area = Rect { height: rows(race), ..area };
    let inner = pane(app, "On one clock", area, buf);
    let end = race.lanes().iter().filter_map(|lane| lane.marks.last_text).max().unwrap_or_default();
    let width = inner.width.saturating_sub(NAMES + 12);
    // The race runs by once more: each bar grows until its lane was home.
    let now = Offset::GREEN.plus(Period::from_secs_f64(end.as_secs_f64() * stage.clock()));
    for ((id, contestant, lane), y) in race.entries().zip(inner.top()..) {
        let colour = app.theme.lane(id.index());
        let name = format!("{} {}", number(id.index()), printable(&contestant.name));
        write_cut(buf, Rect { width: NAMES - 1, ..inner }, inner.left(), y, &name, colour);
        let mut x = inner.left() + NAMES;
        for (text, style) in stretches(app, lane, (colour, now), end, width) {
            x = write(buf, inner, x, y, &text, style);
        }
        let total = lane.marks.last_text.zip(lane.asked()).map(|(last, sent)| last.min(now).since(sent));
        write(buf, inner, x + 1, y, &format::span(total), colour);
    }
    let legend =
        [("░ waiting  ", app.theme.muted), ("▒ thinking  ", app.theme.reasoning), ("█ answering", app.theme.text)];
    let mut x = inner.left() + NAMES;
    for (text, style) in legend {
        x = write(buf, inner, x, inner.bottom().saturating_sub(1), text, style);
    }
}

/// The least rows that the rates take.
pub(super) fn least_rows(race: &Race) -> u16 {
    u16::try_from(race.lanes().len().max(1) + 2).unwrap_or(u16::MAX)
}

/// The token rate of each lane over time, on one scale, each at most `tallest` rows in whatever room is left.
pub(super) fn draw_rates(app: &App, race: &Race, stage: VerdictStage, tallest: u16, area: Rect, buf: &mut Buffer) {
    let least = least_rows(race);
    if area.height < least {
        return;
    }
    let lanes = least - 2;
    let rows = ((area.height - 2) / lanes).min(tallest);
    let area = Rect { height: rows * lanes + 2, ..area };
    let inner = pane(app, "Tokens per second", area, buf);
    let cells = inner.width.saturating_sub(NAMES + 12);
    let end = race.lanes().iter().filter_map(|lane| lane.marks.last_text).max().unwrap_or_default();
    let window = SparkWindow::whole(end, cells);
    let top = spark::peak(race.lanes(), window, cells);
    let passed = share_of(cells, stage.clock());
    for ((id, contestant, lane), y) in race.entries().zip((inner.top()..).step_by(usize::from(rows))) {
        let colour = app.theme.lane(id.index());
        let name = format!("{} {}", number(id.index()), printable(&contestant.name));
        write_cut(buf, Rect { width: NAMES - 1, ..inner }, inner.left(), y + rows - 1, &name, colour);
        let room = Rect { x: inner.left() + NAMES, y, width: passed, height: rows };
        SparkLine { lane, window, top, bar: colour, zero: app.theme.spark_zero }.render(room, buf);
        if passed == cells {
            let speed = format::rate(output_speed(lane));
            write(buf, inner, inner.left() + NAMES + cells + 1, y + rows - 1, &speed, colour);
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
fn share_of(cells: u16, share: f64) -> u16 {
    (f64::from(cells) * share).round() as u16
}

/// The stretches of one lane, as long as their time.
fn stretches(app: &App, lane: &Lane, (colour, now): (Style, Offset), end: Offset, width: u16) -> [(String, Style); 3] {
    let marks = &lane.marks;
    let cells = |at: Option<Offset>| at.map_or(0, |at| column(at.min(now), end, width));
    let first = cells(marks.first_text);
    let last = cells(marks.last_text);
    let answer = if marks.first_answer.is_some() { cells(marks.first_answer).clamp(first, last) } else { last };
    [
        ("░".repeat(first), app.theme.muted),
        ("▒".repeat(answer.saturating_sub(first)), app.theme.reasoning),
        ("█".repeat(last.saturating_sub(answer)), colour),
    ]
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
fn column(at: Offset, end: Offset, width: u16) -> usize {
    let whole = end.as_secs_f64();
    if whole <= 0.0 {
        return 0;
    }
    ((at.as_secs_f64() / whole).clamp(0.0, 1.0) * f64::from(width)).round() as usize
}

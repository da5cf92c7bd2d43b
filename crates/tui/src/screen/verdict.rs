//! The verdict: who won, by how much, category by category, and how fair it was.

mod badges;
mod chart;
mod headline;
mod stage;
mod table;

pub(super) use headline::{ONE_RUN, headline};
pub(super) use table::is_worth_a_mark;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use self::headline::VerdictHeadline;
use self::stage::VerdictStage;
use self::table::VerdictTable;
use crate::app::{App, RaceView};
use crate::screen::{ghost, hints, sim, title_bar};
use crate::show::ScreenMotion;
use speed_kings_core::race::verdict::Verdict;
use speed_kings_core::text::printable;

/// From this width the badges stand beside the table.
const WIDE: u16 = 110;
/// Rows that the badges keep when room is short.
const BADGE_ROWS: u16 = 4;

/// Draws the verdict screen into `area`; nothing without a verdict.
pub fn draw(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let Some(verdict) = &race_view.verdict else { return };
    let stage = VerdictStage::of(race_view.judged.filter(|_| app.motion == ScreenMotion::Full));
    let [top, words, main, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(headline::rows(area)),
        Constraint::Min(1),
        Constraint::Length(u16::from(!app.is_filmed())),
    ])
    .areas(area);
    draw_title(app, race_view, top, buf);
    VerdictHeadline { app, race: &race_view.race, verdict, stage }.draw(words, buf);
    let table = VerdictTable::of(&race_view.race, verdict, stage);
    match table.beside(main.width).filter(|_| main.width >= WIDE) {
        Some(width) => draw_wide(app, race_view, verdict, &table, (width, main), buf),
        None => draw_tall(app, race_view, verdict, &table, main, buf),
    }
    hints(app, bottom, buf);
}

/// The badges beside the table, the charts below both.
fn draw_wide(
    app: &App,
    race_view: &RaceView,
    verdict: &Verdict,
    table: &VerdictTable<'_>,
    (width, area): (u16, Rect),
    buf: &mut Buffer,
) {
    let rows = table.rows().max(badges::rows(verdict));
    let [above, below] = Layout::vertical([Constraint::Length(rows), Constraint::Min(0)]).areas(area);
    let [left, right] = Layout::horizontal([Constraint::Length(width), Constraint::Min(0)]).areas(above);
    table.draw(app, left, buf);
    badges::draw(app, verdict, table.stage, right, buf);
    let [clock, rates] =
        Layout::vertical([Constraint::Length(chart::rows(&race_view.race)), Constraint::Min(0)]).areas(below);
    chart::draw(app, &race_view.race, table.stage, clock, buf);
    chart::draw_rates(app, &race_view.race, table.stage, chart::TALLEST, rates, buf);
}

/// One below the other: of the servers' timings and the charts come as many as the badges leave room for.
fn draw_tall(
    app: &App,
    race_view: &RaceView,
    verdict: &Verdict,
    table: &VerdictTable<'_>,
    area: Rect,
    buf: &mut Buffer,
) {
    let above = table.rows().min(area.height.saturating_sub(BADGE_ROWS).max(table.least_rows()));
    let mut left = area.height.saturating_sub(above);
    let clock = chart::rows(&race_view.race);
    let clock = if left >= clock + BADGE_ROWS + 2 { clock } else { 0 };
    left -= clock;
    let rates = left.saturating_sub(badges::rows(verdict));
    let rates = if rates >= chart::least_rows(&race_view.race) { rates } else { 0 };
    let [above, middle, rates, below] = Layout::vertical([
        Constraint::Length(above),
        Constraint::Length(clock),
        Constraint::Length(rates),
        Constraint::Min(0),
    ])
    .areas(area);
    table.draw(app, above, buf);
    chart::draw(app, &race_view.race, table.stage, middle, buf);
    chart::draw_rates(app, &race_view.race, table.stage, u16::MAX, rates, buf);
    badges::draw(app, verdict, table.stage, below, buf);
}

fn draw_title(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let race = &race_view.race;
    let what = match (&race_view.title, &race.setup.phase) {
        (Some(title), _) => title.clone(),
        (None, Some(phase)) => format!("{} {} · {}", phase.id, phase.title, phase.model),
        (None, None) => race.setup.title(),
    };
    let mut right = Vec::new();
    if race.simulated() {
        right.extend([sim(app), Span::raw(" ")]);
    }
    if race.setup.has_ghosts() {
        right.extend([ghost(app), Span::raw(" ")]);
    }
    right.push(Span::styled("VERDICT ", app.theme.heading));
    title_bar(app, &[Span::styled(printable(&what).into_owned(), app.theme.text)], right, area, buf);
}

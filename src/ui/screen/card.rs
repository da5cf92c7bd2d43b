//! The card: the result of a race in one picture, made to be read when it is as small as a thumbnail.
//! Few words and large figures; what was simulated and what is not fair stay on it at any size.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::figure;
use crate::race::Race;
use crate::race::verdict::{Badge, Category, Metric, Outcome, Standing, Verdict};
use crate::text::printable;
use crate::ui::app::{App, Heat};
use crate::ui::screen::verdict::{ONE_RUN, headline};
use crate::ui::screen::{number, sim, write, write_cut};
use crate::ui::view::inset;
use crate::ui::widget::bigtext::{BigText, Scale};

/// What is compared on a card.
const BARS: [Metric; 2] = [Metric::Ttft, Metric::OutputSpeed];
/// Columns for a contestant's name, and for a figure with its unit.
const NAME: u16 = 16;
const FIGURE: u16 = 13;
/// Broken badges that are told by name.
const BROKEN: usize = 2;
/// Rows in which two lines of big letters stand apart from each other.
const TWO_LINES: u16 = 7;

/// Draws it.
pub fn draw(app: &App, heat: &Heat, area: Rect, buf: &mut Buffer) {
    let Some(verdict) = &heat.verdict else { return };
    let race = &heat.race;
    let area = inset(area);
    let lanes = u16::try_from(race.lanes().len()).unwrap_or(u16::MAX);
    let broken = verdict.badges.iter().filter(|badge| badge.standing == Standing::Broken).count().min(BROKEN);
    let [top, what, _, words, _, said, _, bars, badges, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(3),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Max(1),
        Constraint::Length((lanes + 2) * 2),
        Constraint::Length(1 + u16::try_from(broken).unwrap_or(0)),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_top(app, race, top, buf);
    Line::styled(matchup(heat), app.theme.text).alignment(Alignment::Center).render(what, buf);
    let whole = draw_head(app, race, verdict, words, buf);
    draw_said(app, race, verdict, whole, said, buf);
    let [first, second] = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(bars);
    for (metric, area) in BARS.into_iter().zip([first, second]) {
        if let Some(category) = verdict.categories.iter().find(|category| category.metric == metric) {
            draw_bars(app, race, category, area, buf);
        }
    }
    draw_badges(app, &verdict.badges, badges, buf);
    Line::styled(ONE_RUN, app.theme.muted).render(foot, buf);
    Line::styled(format!("{} ", app.credits.day), app.theme.muted).alignment(Alignment::Right).render(foot, buf);
}

/// Who met whom on what, or what somebody called it.
pub(super) fn matchup(heat: &Heat) -> String {
    let grid = &heat.race.grid;
    let text = match (&heat.title, &grid.phase) {
        (Some(title), _) => title.clone(),
        (None, Some(phase)) => format!("{} {} · {}", phase.id, phase.title, phase.model),
        (None, None) => grid.title(),
    };
    printable(&text).into_owned()
}

fn draw_top(app: &App, race: &Race, area: Rect, buf: &mut Buffer) {
    write(buf, area, area.left(), area.y, "♛ SPEED KINGS", app.theme.accent);
    if race.simulated() {
        Line::from(sim(app)).alignment(Alignment::Right).render(area, buf);
    }
}

/// The largest words that fit: who won, or how else it ended, and below them by how much. Whether there was room for both.
fn draw_head(app: &App, race: &Race, verdict: &Verdict, area: Rect, buf: &mut Buffer) -> bool {
    let (words, style, _) = headline(app, race, verdict);
    match &verdict.outcome {
        Outcome::Won { ratio, .. } if area.height >= TWO_LINES => {
            let [upper, lower] = Layout::vertical([Constraint::Fill(1); 2]).spacing(1).areas(area);
            big(&words, style, upper, buf);
            big(&figure::ratio(*ratio), style, lower, buf);
            true
        }
        _ => {
            big(&words, style, area, buf);
            false
        }
    }
}

/// `text` as large as `area` allows, in its middle; plain where it has no room for big letters.
pub(super) fn big(text: &str, style: Style, area: Rect, buf: &mut Buffer) {
    let fitting = |text: &str| Scale::fitting(text, area).map(|scale| (text.to_owned(), scale));
    // Of words that are too wide the first can stand for all: a winner's name.
    let shown = fitting(text).or_else(|| fitting(text.split_whitespace().next()?));
    let Some((text, scale)) = shown else {
        let line = Rect { y: area.y + area.height / 2, height: 1.min(area.height), ..area };
        Line::styled(text.to_owned(), style).alignment(Alignment::Center).render(line, buf);
        return;
    };
    let (_, height) = BigText::size(&text, scale);
    let place = Rect { y: area.y + (area.height - height) / 2, height, ..area };
    BigText::new(&text, scale).style(style).alignment(Alignment::Center).render(place, buf);
}

/// What the big words leave out: the ratio too, unless that is among them.
fn draw_said(app: &App, race: &Race, verdict: &Verdict, whole: bool, area: Rect, buf: &mut Buffer) {
    let (_, _, said) = headline(app, race, verdict);
    let said = match &verdict.outcome {
        Outcome::Won { winner, second, by, .. } if whole => vec![
            Span::styled(number(winner.index()), app.theme.lane(winner.index())),
            Span::styled(format!(" as fast as {}, {by} ahead", printable(race.name(*second))), app.theme.heading),
        ],
        _ => said,
    };
    Line::from(said).alignment(Alignment::Center).render(area, buf);
}

/// A bar for each lane, the largest value all the way.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the picture's width")]
fn draw_bars(app: &App, race: &Race, category: &Category, area: Rect, buf: &mut Buffer) {
    let better = if category.metric.more_is_better() { "more is better" } else { "less is better" };
    let x = write(buf, area, area.left(), area.y, category.metric.title(), app.theme.heading);
    write(buf, area, x, area.y, &format!("  {better}"), app.theme.muted);
    let most = category.values.iter().flatten().copied().fold(0.0, f64::max);
    let room = area.width.saturating_sub(NAME + FIGURE);
    for (((id, contestant, _), value), y) in race.entries().zip(&category.values).zip(area.y + 1..area.bottom()) {
        let style = app.theme.lane(id.index());
        let name = Rect { width: NAME.min(area.width), ..area };
        let text = format!("{} {}", number(id.index()), printable(&contestant.name));
        write_cut(buf, name, area.left(), y, &text, style);
        let share = value.filter(|_| most > 0.0).map_or(0.0, |value| value / most);
        let bar = (share * f64::from(room)).round() as u16;
        let x = write(buf, area, area.left() + NAME, y, &"█".repeat(usize::from(bar)), style);
        let best = category.best == Some(id);
        let figure = format!(" {}", figure::metric(category.metric, *value));
        write(buf, area, x, y, &figure, if best { app.theme.win } else { app.theme.text });
    }
}

/// What is broken by name, what is unknown and what holds by number.
pub(super) fn draw_badges(app: &App, badges: &[Badge], area: Rect, buf: &mut Buffer) {
    let count = |standing| badges.iter().filter(|badge| badge.standing == standing).count();
    let mut y = area.y;
    let mut x = area.left();
    let held = format!("✓ {} of {} fair", count(Standing::Met), badges.len());
    x = write(buf, area, x, y, &held, app.theme.badge_ok);
    if count(Standing::Unknown) > 0 {
        write(buf, area, x, y, &format!("  ? {} unknown", count(Standing::Unknown)), app.theme.badge_unknown);
    }
    for badge in badges.iter().filter(|badge| badge.standing == Standing::Broken) {
        y += 1;
        let text = format!("✗ {}", badge.kind.title());
        x = write(buf, area, area.left(), y, &text, app.theme.badge_broken);
        if y < area.bottom() {
            write_cut(buf, area, x, y, &format!(" · {}", printable(&badge.detail)), app.theme.muted);
        }
    }
}

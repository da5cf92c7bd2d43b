//! The card: the result of a race in one picture, made to be read when it is as small as a thumbnail.
//! Few words and large figures; what was simulated and what is not fair stay on it at any size.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use crate::app::{App, RaceView};
use crate::screen::banner::BannerText;
use crate::screen::verdict::{ONE_RUN, headline};
use crate::screen::{ghost, number, prose, sim, write, write_cut};
use crate::view::inset;
use crate::widget::bar;
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::verdict::{Badge, BadgeState, Metric, RaceOutcome, Verdict, VerdictCategory};
use speed_kings_core::text::printable;

/// What is compared on a card.
const BARS: [Metric; 2] = [Metric::Ttft, Metric::OutputSpeed];
/// Columns for a contestant's name, and for a figure with its unit.
const NAME: u16 = 16;
const FIGURE: u16 = 13;
/// Broken badges that are told by name.
const BROKEN: usize = 2;
/// Rows in which two lines of big letters stand apart from each other.
const TWO_LINES: u16 = 7;
/// The most rows that a sentence gets, in a low picture and in a high one.
const SENTENCE: (u16, u16) = (2, 3);
/// From this height a picture is a high one.
const HIGH: u16 = 30;
/// The least rows of the large words.
const WORDS: u16 = 3;

/// Draws the result card into `area`; nothing without a verdict.
pub fn draw(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let Some(verdict) = &race_view.verdict else { return };
    let race = &race_view.race;
    let area = inset(area);
    let most = if area.height >= HIGH { SENTENCE.1 } else { SENTENCE.0 };
    let rows = |text: &Text<'_>| prose::rows(text, Alignment::Center, area.width).clamp(1, most);
    let title = Text::styled(matchup(race_view), app.theme.text);
    let (banner, sentence) = headline(app, race, verdict);
    let short = short_sentence(app, race, verdict).unwrap_or_else(|| sentence.clone());
    let [sentence, short] = [sentence, short].map(|spans| Text::from(Line::from(spans)));
    let said_rows = rows(&sentence).max(rows(&short));
    let broken = verdict.badges.iter().filter(|badge| badge.state == BadgeState::Broken).count().min(BROKEN);
    let badges = 1 + u16::try_from(broken).unwrap_or(0);
    let lanes = u16::try_from(race.lanes().len()).unwrap_or(u16::MAX);
    // What stands in a picture whatever its bars.
    let fixed = 1 + rows(&title) + 1 + WORDS + 1 + said_rows + badges + 1;
    let room = area.height.saturating_sub(fixed);
    let beside = room < (lanes + 1).saturating_mul(2);
    let bars = if beside { lanes.saturating_add(1) } else { lanes.saturating_add(2).saturating_mul(2) };
    let [top, what, _, words, _, said, _, bars, badges, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(rows(&title)),
        Constraint::Length(1),
        Constraint::Min(WORDS),
        Constraint::Length(1),
        Constraint::Length(said_rows),
        Constraint::Max(1),
        Constraint::Length(bars.min(room.max(2))),
        Constraint::Length(badges),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_top(app, race, top, buf);
    prose::draw(title, Alignment::Center, what, buf);
    let with_ratio = draw_words(&banner, verdict, words, buf);
    prose::draw(if with_ratio { short } else { sentence }, Alignment::Center, said, buf);
    draw_charts(app, race, verdict, beside, bars, buf);
    draw_badges(app, &verdict.badges, badges, buf);
    let day = Line::styled(format!("{} ", app.credits.day), app.theme.muted).right_aligned();
    let left = Rect { width: foot.width.saturating_sub(u16::try_from(day.width() + 1).unwrap_or(u16::MAX)), ..foot };
    write_cut(buf, left, foot.x, foot.y, ONE_RUN, app.theme.muted);
    day.render(foot, buf);
}

/// Who met whom on what, or what somebody called it.
pub(super) fn matchup(race_view: &RaceView) -> String {
    let setup = &race_view.race.setup;
    let text = match (&race_view.title, &setup.phase) {
        (Some(title), _) => title.clone(),
        (None, Some(phase)) => format!("{} {} · {}", phase.id, phase.title, phase.model),
        (None, None) => setup.title(),
    };
    printable(&text).into_owned()
}

fn draw_top(app: &App, race: &Race, area: Rect, buf: &mut Buffer) {
    write(buf, area, area.left(), area.y, "♛ SPEED KINGS", app.theme.accent);
    let mut marks = Vec::new();
    if race.simulated() {
        marks.push(sim(app));
    }
    if race.setup.has_ghosts() {
        marks.extend([Span::raw(" "), ghost(app)]);
    }
    Line::from(marks).alignment(Alignment::Right).render(area, buf);
}

/// The largest words that fit: who won, or how else it ended, and below them by how much. Whether there was room for both.
pub(super) fn draw_words(banner: &BannerText, verdict: &Verdict, area: Rect, buf: &mut Buffer) -> bool {
    match &verdict.outcome {
        RaceOutcome::Won { ratio, .. } if area.height >= TWO_LINES => {
            let [upper, lower] = Layout::vertical([Constraint::Fill(1); 2]).spacing(1).areas(area);
            banner.draw(upper, buf);
            banner.with(&format::ratio(*ratio)).draw(lower, buf);
            true
        }
        _ => {
            banner.draw(area, buf);
            false
        }
    }
}

/// What the large words leave out where the ratio is among them.
fn short_sentence(app: &App, race: &Race, verdict: &Verdict) -> Option<Vec<Span<'static>>> {
    let RaceOutcome::Won { winner, second, by, .. } = &verdict.outcome else { return None };
    let words = format!(" as fast as {}, {by} ahead", printable(race.name(*second)));
    let number = Span::styled(number(winner.index()), app.theme.lane(winner.index()));
    let weight = Span::styled(verdict.weight(), app.theme.warn);
    Some(vec![weight, number, Span::styled(words, app.theme.heading)])
}

/// The charts, one below the other or side by side.
fn draw_charts(app: &App, race: &Race, verdict: &Verdict, beside: bool, area: Rect, buf: &mut Buffer) {
    let halves = [Constraint::Fill(1), Constraint::Fill(1)];
    let [first, second]: [Rect; 2] =
        if beside { Layout::horizontal(halves).spacing(2).areas(area) } else { Layout::vertical(halves).areas(area) };
    for (metric, area) in BARS.into_iter().zip([first, second]) {
        if let Some(category) = verdict.categories.iter().find(|category| category.metric == metric) {
            draw_bars(app, race, category, area, buf);
        }
    }
}

/// A bar for each lane that there is a row for, the largest value all the way.
fn draw_bars(app: &App, race: &Race, category: &VerdictCategory, area: Rect, buf: &mut Buffer) {
    let better = if category.metric.more_is_better() { "more is better" } else { "less is better" };
    let x = write(buf, area, area.left(), area.y, category.metric.title(), app.theme.heading);
    write_cut(buf, area, x, area.y, &format!("  {better}"), app.theme.muted);
    let most = category.values.iter().flatten().copied().fold(0.0, f64::max);
    let room = area.width.saturating_sub(NAME + FIGURE);
    let rows = usize::from(area.height.saturating_sub(1));
    let lanes = race.lanes().len();
    let left_out = if lanes > rows { lanes - rows.saturating_sub(1) } else { 0 };
    let shown = category.first(lanes - left_out);
    let mut y = area.y + 1;
    for (id, contestant, _) in race.entries().filter(|(id, ..)| shown.contains(&id.index())) {
        let value = category.values.get(id.index()).copied().flatten();
        let style = app.theme.lane(id.index());
        let name = Rect { width: (NAME - 1).min(area.width), ..area };
        let text = format!("{} {}", number(id.index()), printable(&contestant.name));
        write_cut(buf, name, area.left(), y, &text, style);
        let share = value.filter(|_| most > 0.0).map_or(0.0, |value| value / most);
        let bar = bar::text(share, room);
        let x = write(buf, area, area.left() + NAME, y, &bar, style);
        let best = category.best == Some(id);
        let figure = format!(" {}", format::metric(category.metric, value));
        write_cut(buf, area, x, y, &figure, if best { app.theme.win } else { app.theme.text });
        y += 1;
    }
    if left_out > 0 {
        write_cut(buf, area, area.left(), y, &format!("+{left_out} more"), app.theme.muted);
    }
}

/// What is broken by name, what is unknown and what holds by number.
fn draw_badges(app: &App, badges: &[Badge], area: Rect, buf: &mut Buffer) {
    let count = |state| badges.iter().filter(|badge| badge.state == state).count();
    let mut x = area.left();
    let mut y = area.y;
    let broken = count(BadgeState::Broken).saturating_sub(BROKEN);
    let held = format!("✓ {} of {} fair", count(BadgeState::Met), badges.len());
    x = write(buf, area, x, y, &held, app.theme.badge_ok);
    if count(BadgeState::Unknown) > 0 {
        x = write(buf, area, x, y, &format!("  ? {} unknown", count(BadgeState::Unknown)), app.theme.badge_unknown);
    }
    if broken > 0 {
        write_cut(buf, area, x, y, &format!("  ✗ {broken} more"), app.theme.badge_broken);
    }
    for badge in badges.iter().filter(|badge| badge.state == BadgeState::Broken).take(BROKEN) {
        y += 1;
        let text = format!("✗ {}", badge.kind.title());
        x = write(buf, area, area.left(), y, &text, app.theme.badge_broken);
        if y < area.bottom() && usize::from(area.right().saturating_sub(x)) > " · ".width() {
            write_cut(buf, area, x, y, &format!(" · {}", printable(&badge.detail)), app.theme.muted);
        }
    }
}

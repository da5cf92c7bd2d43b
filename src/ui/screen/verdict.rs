//! The verdict: who won, by how much, category by category, and how fair it was.

mod chart;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Padding, Widget};
use unicode_width::UnicodeWidthStr as _;

use crate::figure;
use crate::race::Race;
use crate::race::event::{LaneId, ServerTiming};
use crate::race::verdict::{Badge, Category, Metric, Missing, Outcome, Standing, Verdict};
use crate::text::printable;
use crate::ui::app::{App, Heat};
use crate::ui::screen::{ghost, hints, number, sim, title_bar, write, write_cut};
use crate::ui::widget::bigtext::{BigText, Scale};

/// From this width the badges stand beside the table.
const WIDE: u16 = 110;
/// Rows that the badges keep when room is short.
const BADGE_ROWS: u16 = 4;
/// The least ratio that is marked as an advantage.
const WORTH_A_MARK: f64 = 1.005;
/// What one run is worth.
pub(super) const ONE_RUN: &str = "one run: a result, not a claim";

/// Draws it.
pub fn draw(app: &App, heat: &Heat, area: Rect, buf: &mut Buffer) {
    let Some(verdict) = &heat.verdict else { return };
    let [top, headline, main, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(if area.height >= 34 { 8 } else { 5 }),
        Constraint::Min(1),
        Constraint::Length(u16::from(!app.is_film())),
    ])
    .areas(area);
    draw_title(app, heat, top, buf);
    draw_headline(app, &heat.race, verdict, headline, buf);
    let server = server_rows(&heat.race);
    let table = u16::try_from(3 + verdict.categories.len()).unwrap_or(u16::MAX);
    let all = table.saturating_add(u16::try_from(server.len()).unwrap_or(0));
    if main.width >= WIDE {
        let badges = u16::try_from(verdict.badges.len() + 2).unwrap_or(u16::MAX);
        let [above, below] = Layout::vertical([Constraint::Length(all.max(badges)), Constraint::Min(0)]).areas(main);
        let [left, right] = Layout::horizontal([Constraint::Fill(5), Constraint::Fill(4)]).areas(above);
        draw_table(app, &heat.race, verdict, &server, left, buf);
        draw_badges(app, verdict, right, buf);
        let [clock, rates] =
            Layout::vertical([Constraint::Length(chart::rows(&heat.race)), Constraint::Min(0)]).areas(below);
        chart::draw(app, &heat.race, clock, buf);
        chart::draw_rates(app, &heat.race, rates, buf);
    } else {
        // The badges keep their room; of the servers' timings come as many as are left.
        let above = all.min(main.height.saturating_sub(BADGE_ROWS).max(table));
        let chart = if main.height >= all + 11 { chart::rows(&heat.race) } else { 0 };
        let [above, middle, below] =
            Layout::vertical([Constraint::Length(above), Constraint::Length(chart), Constraint::Min(0)]).areas(main);
        draw_table(app, &heat.race, verdict, &server, above, buf);
        chart::draw(app, &heat.race, middle, buf);
        draw_badges(app, verdict, below, buf);
    }
    hints(app, bottom, buf);
}

fn draw_title(app: &App, heat: &Heat, area: Rect, buf: &mut Buffer) {
    let race = &heat.race;
    let what = match (&heat.title, &race.grid.phase) {
        (Some(title), _) => title.clone(),
        (None, Some(phase)) => format!("{} {} · {}", phase.id, phase.title, phase.model),
        (None, None) => race.grid.title(),
    };
    let mut right = Vec::new();
    if race.simulated() {
        right.extend([sim(app), Span::raw(" ")]);
    }
    if race.grid.has_ghosts() {
        right.extend([ghost(app), Span::raw(" ")]);
    }
    right.push(Span::styled("VERDICT ", app.theme.heading));
    title_bar(app, &[Span::styled(printable(&what).into_owned(), app.theme.text)], right, area, buf);
}

fn draw_headline(app: &App, race: &Race, verdict: &Verdict, area: Rect, buf: &mut Buffer) {
    let (big, style, said) = headline(app, race, verdict);
    let room = Rect { height: area.height.saturating_sub(2), ..area };
    let shown = if Scale::fitting(&big, room).is_some() {
        big.clone()
    } else {
        big.split_whitespace().last().unwrap_or_default().to_owned()
    };
    let scale = Scale::fitting(&shown, room).unwrap_or(Scale::Small);
    let (_, height) = BigText::size(&shown, scale);
    let digits = Rect { y: area.y + (room.height.saturating_sub(height)) / 2, height: height.min(room.height), ..area };
    BigText::new(&shown, scale).style(style).alignment(Alignment::Center).render(digits, buf);
    let below = Rect { y: digits.bottom(), height: 1, ..area };
    Line::from(said).alignment(Alignment::Center).render(below, buf);
    let note = Line::styled(note(race, verdict, usize::from(area.width)), app.theme.muted);
    note.alignment(Alignment::Center).render(Rect { y: below.y + 1, ..below }, buf);
}

/// What the result is worth, as much of it as fits into `width` columns.
fn note(race: &Race, verdict: &Verdict, width: usize) -> String {
    let weight = if verdict.is_provisional() { "provisional: not every badge holds · " } else { "" };
    let short = if verdict.is_provisional() { "provisional · " } else { "" };
    let split = engine_split(race, verdict).map(|split| format!(" · {split}")).unwrap_or_default();
    let longest = format!("{weight}{ONE_RUN}{split}");
    [longest, format!("{weight}{ONE_RUN}")]
        .into_iter()
        .find(|note| note.width() <= width)
        .unwrap_or_else(|| format!("{short}{ONE_RUN}"))
}

/// The big words, their style, and the sentence under them.
pub(super) fn headline(app: &App, race: &Race, verdict: &Verdict) -> (String, Style, Vec<Span<'static>>) {
    let name = |id: LaneId| printable(race.name(id)).into_owned();
    let heading = app.theme.heading;
    match &verdict.outcome {
        Outcome::Won { winner, second, ratio, by } => {
            let style = app.theme.lane(winner.index());
            let said = vec![
                Span::styled(format!("{} {}", number(winner.index()), name(*winner)), style),
                Span::styled(
                    format!(" won this run: {} as fast as {}, {by} ahead", figure::ratio(*ratio), name(*second)),
                    heading,
                ),
            ];
            (format!("{} WINS", name(*winner).to_uppercase()), style, said)
        }
        Outcome::DeadHeat { by } => (
            "DEAD HEAT".into(),
            app.theme.heat,
            vec![Span::styled(format!("{by} apart: too close for one run to tell"), heading)],
        ),
        Outcome::None { missing } => {
            let reasons: Vec<String> = missing
                .iter()
                .map(|(id, why)| {
                    let why = match why {
                        Missing::Failed => {
                            race.lane(*id).and_then(|lane| lane.state.failure()).map_or("failed", |f| f.kind.title())
                        }
                        Missing::Unfinished if race.stopped => "was stopped",
                        Missing::Unfinished => "did not finish",
                        Missing::Silent => "said nothing",
                    };
                    format!("{} {}: {why}", number(id.index()), name(*id))
                })
                .collect();
            ("NO VERDICT".into(), app.theme.warn, vec![Span::styled(reasons.join(" · "), heading)])
        }
    }
}

fn draw_table(app: &App, race: &Race, verdict: &Verdict, server: &[ServerRow], area: Rect, buf: &mut Buffer) {
    let inner = pane(app, "This run", area, buf);
    let lanes = u16::try_from(race.lanes().len().max(1)).unwrap_or(u16::MAX);
    let column = (inner.width.saturating_sub(16) / lanes).min(30);
    let x_of = |index: usize| inner.left() + 16 + column * u16::try_from(index).unwrap_or(0);
    for (id, contestant, _) in race.entries() {
        let text = format!("{} {}", number(id.index()), printable(&contestant.name));
        write(buf, inner, x_of(id.index()), inner.y, &text, app.theme.lane(id.index()));
    }
    let mut y = inner.y + 1;
    for category in &verdict.categories {
        write(buf, inner, inner.left(), y, category.metric.title(), app.theme.muted);
        for (index, value) in category.values.iter().enumerate() {
            draw_value(app, category, index, *value, (x_of(index), y), inner, buf);
        }
        y += 1;
    }
    for (label, values) in server {
        write(buf, inner, inner.left(), y, label, app.theme.muted);
        for (index, value) in values.iter().enumerate() {
            write(buf, inner, x_of(index), y, value.as_deref().unwrap_or(figure::ABSENT), app.theme.muted);
        }
        y += 1;
    }
}

fn draw_value(
    app: &App,
    category: &Category,
    index: usize,
    value: Option<f64>,
    (x, y): (u16, u16),
    area: Rect,
    buf: &mut Buffer,
) {
    let best = category.best.is_some_and(|best| best.index() == index);
    // A ratio that would be shown as 1.00× is no advantage worth a mark.
    let best = best && category.ratio.is_none_or(|ratio| ratio >= WORTH_A_MARK);
    let style = match (best, value) {
        (true, _) => app.theme.win,
        (_, None) => app.theme.muted,
        _ => app.theme.text,
    };
    let x = write(buf, area, x, y, &figure::metric(category.metric, value), style);
    let better = category.ratio.filter(|_| best && category.metric != Metric::Stalls);
    if let Some(ratio) = better {
        write(buf, area, x, y, &format!(" ▲ {}", figure::ratio(ratio)), app.theme.win);
    } else if best {
        write(buf, area, x, y, " ▲", app.theme.win);
    }
}

/// How much of the winner's lead is the engine, and how much queue and network; nothing unless both servers tell.
fn engine_split(race: &Race, verdict: &Verdict) -> Option<String> {
    let Outcome::Won { winner, second, by, .. } = &verdict.outcome else { return None };
    let engine = |id: LaneId| {
        let timing = &race.lane(id)?.server;
        Some(timing.prompt?.as_millis() + timing.completion?.as_millis())
    };
    let engines = engine(*second)? - engine(*winner)?;
    let rest = by.as_millis_f64() - engines;
    Some(format!("of the lead {engines:+.1} ms engine, {rest:+.1} ms queue and network"))
}

type ServerRow = (&'static str, Vec<Option<String>>);

/// The servers' own timings, where any server gave any; the most telling first, should there be no room for all.
fn server_rows(race: &Race) -> Vec<ServerRow> {
    type Get = fn(&ServerTiming) -> Option<String>;
    let rows: [(&'static str, Get); 7] = [
        ("server queue", |timing| timing.queue.map(|t| millis(t.as_millis()))),
        ("server total", |timing| timing.total.map(|t| millis(t.as_millis()))),
        ("server prompt", |timing| timing.prompt.map(|t| millis(t.as_millis()))),
        ("server answer", |timing| timing.completion.map(|t| millis(t.as_millis()))),
        ("server TTFT", |timing| timing.first_token.map(|t| millis(t.as_millis()))),
        ("server load", |timing| timing.load.map(|t| millis(t.as_millis()))),
        ("server speed", |timing| timing.rate.map(|rate| format!("{} tok/s", figure::rate(Some(rate))))),
    ];
    let filled = rows
        .into_iter()
        .map(|(label, get)| (label, race.lanes().iter().map(|lane| get(&lane.server)).collect::<Vec<_>>()));
    filled.filter(|(_, values)| values.iter().any(Option::is_some)).collect()
}

fn millis(millis: f64) -> String {
    crate::time::Period::from_secs_f64(millis / 1e3).to_string()
}

fn draw_badges(app: &App, verdict: &Verdict, area: Rect, buf: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let inner = pane(app, "How fair", area, buf);
    let mark = |standing| match standing {
        Standing::Met => ("✓", app.theme.badge_ok),
        Standing::Broken => ("✗", app.theme.badge_broken),
        Standing::Unknown => ("?", app.theme.badge_unknown),
    };
    // What is broken comes first: it must not be what the edge cuts off.
    let mut badges: Vec<_> = verdict.badges.iter().collect();
    badges.sort_by_key(|badge| match badge.standing {
        Standing::Broken => 0,
        Standing::Unknown => 1,
        Standing::Met => 2,
    });
    if usize::from(inner.height) >= badges.len() {
        for (badge, y) in badges.iter().zip(inner.top()..inner.bottom()) {
            let (sign, style) = mark(badge.standing);
            let x = write(buf, inner, inner.left(), y, &format!("{sign} {:<22}", badge.kind.title()), style);
            write_cut(buf, inner, x, y, &printable(&badge.detail), app.theme.muted);
        }
        return;
    }
    draw_few(app, &badges, &mark, inner, buf);
}

/// As many badges as fit into `area`, whole ones only, and how many are left out.
fn draw_few(
    app: &App,
    badges: &[&Badge],
    mark: &dyn Fn(Standing) -> (&'static str, Style),
    area: Rect,
    buf: &mut Buffer,
) {
    let (mut x, mut y) = (area.left(), area.top());
    for (index, badge) in badges.iter().enumerate() {
        let (sign, style) = mark(badge.standing);
        let broken = badge.standing == Standing::Broken;
        let detail = if broken { format!(" ({})", printable(&badge.detail)) } else { String::new() };
        let text = format!("{sign} {}", badge.kind.title());
        let width = u16::try_from(text.width() + detail.width()).unwrap_or(u16::MAX);
        let more = format!("… {} more", badges.len() - index);
        let kept = if y + 1 == area.bottom() { u16::try_from(more.width()).unwrap_or(0) + 2 } else { 0 };
        if x > area.left() && x.saturating_add(width).saturating_add(kept) > area.right() {
            if y + 1 == area.bottom() {
                write(buf, area, x, y, &more, app.theme.muted);
                return;
            }
            (x, y) = (area.left(), y + 1);
        }
        x = write(buf, area, x, y, &text, style);
        x = write(buf, area, x, y, &detail, app.theme.muted) + 2;
    }
}

fn pane(app: &App, title: &str, area: Rect, buf: &mut Buffer) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.border)
        .style(app.theme.surface)
        .title(Span::styled(format!(" {title} "), app.theme.heading))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

//! The titles of a film: before it who meets whom and over what, after it how it ended and how fair it was.
//! They stand still, so everything on them has time to be read; where there is no room for all, what matters most stays.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Widget;

use crate::app::{App, RaceView};
use crate::screen::banner::BannerText;
use crate::screen::card::{draw_words, matchup};
use crate::screen::verdict::{ONE_RUN, headline};
use crate::screen::{cut_line, ghost, number, prose, sim};
use speed_kings_core::date;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::is_simulated;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::verdict::{Badge, BadgeKind, BadgeState, Verdict};
use speed_kings_core::text::printable;

/// The widest that running text gets.
const MEASURE: u16 = 90;
/// The least rows of the large words, and the most.
const HEAD: (u16, u16) = (3, 15);

/// How much of the text is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum TitleDetail {
    /// All of it, with room between.
    Spaced,
    /// All of it, without the room between.
    Full,
    /// Only what matters most.
    Short,
}

/// Draws the title before a film.
pub fn intro(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let text = |detail| {
        let mut text = Text::default();
        text.push_line(Line::styled(matchup(race_view), app.theme.heading));
        text.push_line(Line::default());
        if detail == TitleDetail::Short {
            let lanes =
                race_view.race.entries().flat_map(|entry| contestant(app, entry, false).chain([Span::raw("   ")]));
            text.push_line(lanes.collect::<Line<'static>>());
        } else {
            for entry in race_view.race.entries() {
                text.push_line(contestant(app, entry, true).collect::<Line<'static>>());
                if detail == TitleDetail::Spaced {
                    text.push_line(Line::default());
                }
            }
        }
        if let Some(question) = race_view.race.setup.phase.as_ref().and_then(|phase| phase.question.as_deref()) {
            text.push_line(Line::styled(printable(question).into_owned(), app.theme.accent));
        }
        text
    };
    frame(app, &|area, buf| names(app, race_view, area, buf), text, Alignment::Center, area, buf);
}

/// Who meets whom, in letters as large as there is room for, one below the other.
fn names(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let names: Vec<_> = race_view.race.entries().map(|(id, contestant, _)| (id, printable(&contestant.name))).collect();
    let many = u16::try_from(names.len()).unwrap_or(u16::MAX).max(1);
    let each = area.height.saturating_sub(many - 1) / many;
    if each < HEAD.0 {
        // All of them are named below.
        let words = format!("{many} contestants");
        BannerText::new(&words, app.theme.heading).draw(area, buf);
        return;
    }
    let mut y = area.y;
    for (index, (id, name)) in names.iter().enumerate() {
        let row = Rect { y, height: each, ..area }.intersection(area);
        if index > 0 {
            let above = Rect { y: y - 1, height: 1, ..area };
            Line::styled("vs", app.theme.muted).alignment(Alignment::Center).render(above, buf);
        }
        BannerText::new(name, app.theme.lane(id.index())).draw(row, buf);
        y += each + 1;
    }
}

/// Who runs, on what where there is room for it, and what must not be overlooked about it.
fn contestant(
    app: &App,
    (id, contestant, lane): (LaneId, &Contestant, &Lane),
    full: bool,
) -> impl Iterator<Item = Span<'static>> {
    let name = format!("{} {}", number(id.index()), printable(&contestant.name));
    let mut spans = vec![Span::styled(name, app.theme.lane(id.index()))];
    if full {
        let on = format!("   {}   {}", contestant.hardware.title(), printable(&contestant.model));
        spans.push(Span::styled(on, app.theme.text));
    }
    if is_simulated(contestant, lane) {
        spans.extend([Span::raw("  "), sim(app)]);
    }
    if let Some(ran_at) = &contestant.ghost {
        let day = date::day_of(&printable(ran_at));
        spans.extend([Span::raw("  "), ghost(app), Span::styled(format!(" {day}"), app.theme.muted)]);
    }
    spans.into_iter()
}

/// Draws the title after a film.
pub fn outro(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let Some(verdict) = &race_view.verdict else { return };
    let (banner, said) = headline(app, &race_view.race, verdict);
    let text = |detail| {
        let mut text = Text::default();
        text.push_line(Line::from(said.clone()));
        text.push_line(Line::styled(ONE_RUN, app.theme.muted));
        // What makes the figures no figures of the contestants comes first where not everything can come.
        if race_view.race.simulated() {
            text.push_line(Line::from(vec![sim(app), Span::styled(simulated(race_view), app.theme.warn)]));
        }
        for (id, contestant, _) in race_view.race.entries().filter(|(_, contestant, _)| contestant.ghost.is_some()) {
            let name = format!(" {} {} ran in another race", number(id.index()), printable(&contestant.name));
            text.push_line(Line::from(vec![ghost(app), Span::styled(name, app.theme.warn)]));
        }
        if detail == TitleDetail::Spaced {
            text.push_line(Line::default());
        }
        push_badges(app, verdict, detail, &mut text);
        if detail == TitleDetail::Spaced {
            text.push_line(Line::default());
        }
        // What the program itself may have added to the figures, as far as this race can tell.
        let own = verdict.badges.iter().filter_map(|badge| match badge.kind {
            // Ghosts left at another time, and that is no share of ours.
            BadgeKind::Start if badge.state == BadgeState::Unknown => None,
            BadgeKind::Start => Some(format!("requests left {}", printable(&badge.detail))),
            BadgeKind::Clean | BadgeKind::NoOwnDelay => Some(printable(&badge.detail).into_owned()),
            _ => None,
        });
        let own = format!("our own share: {}", own.collect::<Vec<_>>().join("; "));
        text.push_line(Line::styled(own, app.theme.text));
        // Last, so that a picture without room for all of it lacks nothing else.
        if let Some(calibration) = &app.credits.calibration {
            let told = format!("the tool's own error: {}", printable(calibration));
            text.push_line(Line::styled(told, app.theme.text));
        }
        text
    };
    let head = |area, buf: &mut Buffer| {
        draw_words(&banner, verdict, area, buf);
    };
    frame(app, &head, text, Alignment::Left, area, buf);
}

/// Whose figures are none of the contestants'.
fn simulated(race_view: &RaceView) -> String {
    let entries = || race_view.race.entries();
    let fed = entries().filter(|(_, contestant, lane)| is_simulated(contestant, lane));
    let names: Vec<_> =
        fed.map(|(id, contestant, _)| format!("{} {}", number(id.index()), printable(&contestant.name))).collect();
    if names.len() == entries().count() {
        return " these figures are the simulator's".into();
    }
    format!(" the figures of {} are the simulator's", names.join(", "))
}

/// Every badge; in short those that don't hold, and how many do.
fn push_badges(app: &App, verdict: &Verdict, detail: TitleDetail, text: &mut Text<'static>) {
    let told = |badge: &&Badge| detail != TitleDetail::Short || badge.state != BadgeState::Met;
    for badge in verdict.badges.iter().filter(told) {
        let (mark, style) = match badge.state {
            BadgeState::Met => ("✓", app.theme.badge_ok),
            BadgeState::Broken => ("✗", app.theme.badge_broken),
            BadgeState::Unknown => ("?", app.theme.badge_unknown),
        };
        text.push_line(Line::from(vec![
            Span::styled(format!("{mark} {}", badge.kind.title()), style),
            Span::styled(format!("  {}", printable(&badge.detail)), app.theme.muted),
        ]));
    }
    if detail == TitleDetail::Short {
        let met = verdict.badges.iter().filter(|badge| badge.state == BadgeState::Met).count();
        text.push_line(Line::styled(format!("✓ {met} of {} fair", verdict.badges.len()), app.theme.badge_ok));
    }
}

fn foot(app: &App) -> Line<'static> {
    let parts = [app.credits.day.as_str(), app.credits.tool.as_str()].map(printable);
    let parts: Vec<_> = parts.iter().filter(|part| !part.is_empty()).map(AsRef::as_ref).collect();
    Line::styled(parts.join(" · "), app.theme.muted)
}

/// Large words, then as much of `text` as there is room for in the middle, with its lines aligned as said; the credits in
/// the last row.
fn frame(
    app: &App,
    draw_head: &dyn Fn(Rect, &mut Buffer),
    text: impl Fn(TitleDetail) -> Text<'static>,
    alignment: Alignment,
    area: Rect,
    buf: &mut Buffer,
) {
    let measured = |detail| {
        let text = text(detail);
        let widest = u16::try_from(text.width()).unwrap_or(u16::MAX);
        let width = widest.min(MEASURE).min(area.width.saturating_sub(2));
        (prose::rows(&text, alignment, width), width, text)
    };
    // Above the text a row stays free, and the credits have one below it.
    let room = area.height.saturating_sub(HEAD.0 + 2);
    let ways = [TitleDetail::Spaced, TitleDetail::Full].into_iter().map(measured).find(|(rows, ..)| *rows <= room);
    let (rows, width, text) = ways.unwrap_or_else(|| measured(TitleDetail::Short));
    let rows = rows.min(room);
    let head = area.height.saturating_sub(rows + 4).clamp(HEAD.0, HEAD.1);
    let [_, top, _, main, _, bottom] = Layout::vertical([
        Constraint::Fill(1),
        Constraint::Length(head),
        Constraint::Length(1),
        Constraint::Length(rows),
        Constraint::Fill(1),
        Constraint::Length(1),
    ])
    .areas(area);
    draw_head(top, buf);
    Line::styled("♛ SPEED KINGS", app.theme.accent).render(Rect { height: 1, ..area }, buf);
    let measure = Rect { x: main.x + (main.width - width) / 2, width, ..main };
    prose::draw(text.style(app.theme.text), alignment, measure, buf);
    cut_line(foot(app), bottom.width).alignment(Alignment::Center).render(bottom, buf);
}

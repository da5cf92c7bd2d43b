//! The race: a track that shows who leads, and for each lane a stopwatch, its speed, its sparkline and its text.

mod context;
mod detail;
mod figures;
mod frame;
mod lane;
mod places;
mod timeline;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, BorderType, Clear, Widget};

use self::places::LanePlaces;
use crate::app::{App, RaceView};
use crate::message::UiMessage;
use crate::screen::{cut_line, ghost, hints, number, prose, sim, title_bar};
use crate::view::{ViewState, inset};
use crate::widget::bigtext::{BigText, PixelScale};
use crate::widget::track::{RaceTrack, TrackRunner};
use speed_kings_core::format;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::standstill;
use speed_kings_core::race::verdict::{RaceOutcome, Verdict};
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::text::printable;
use speed_kings_core::time::Offset;
use speed_kings_session::source::playback::PlaybackControl;

/// The track's length in tokens while nobody knows how long the answers get.
const TRACK_TOKENS: f64 = 200.0;

/// Draws the race screen into `area`.
pub fn draw(app: &App, race_view: &RaceView, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let lanes = u16::try_from(race_view.race.lanes().len()).unwrap_or(u16::MAX);
    let controls = u16::from(race_view.is_replay());
    let [top, track, lead, main, timeline, bottom] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(lanes.min((area.height / 4).max(4))),
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(controls),
        Constraint::Length(u16::from(!app.is_film())),
    ])
    .areas(area);
    let now = race_view.clock.unwrap_or(Offset::FIRST);
    draw_title(app, race_view, top, buf);
    let leader = RaceLeader::of(&race_view.race, now);
    draw_track(app, &race_view.race, leader, now, inset(track), buf);
    let places = LanePlaces::find(race_view.race.lanes().len(), race_view.focus, app.stacked, main);
    draw_lead(app, race_view, leader, places.more, lead, buf);
    view.lay_out(race_view, places.width().saturating_sub(4));
    lane::draw_all(app, race_view, view, leader, now, &places, buf);
    for (index, place) in &places.shown {
        view.targets.push((*place, UiMessage::FocusOn(*index)));
    }
    draw_lights(app, race_view, main, buf);
    draw_caption(app, race_view, main, buf);
    if let Some(playback) = &race_view.playback {
        view.timeline = Some(timeline::draw(app, playback, timeline, buf));
    }
    hints(app, bottom, buf);
}

fn draw_title(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let setup = &race_view.race.setup;
    let mut middle = Vec::new();
    match (&race_view.title, &setup.phase) {
        (Some(title), _) => middle.push(Span::styled(printable(title).into_owned(), app.theme.heading)),
        (None, Some(phase)) => {
            middle.push(Span::styled(printable(&phase.id).into_owned(), app.theme.heading));
            middle.push(Span::styled(
                format!(" {} · {}", printable(&phase.title), printable(&phase.model)),
                app.theme.text,
            ));
        }
        (None, None) => middle.push(Span::styled(printable(&setup.title()).into_owned(), app.theme.text)),
    }
    let mut right = Vec::new();
    if race_view.race.simulated() {
        right.extend([sim(app), Span::raw(" ")]);
    }
    if setup.has_ghosts() {
        right.extend([ghost(app), Span::raw(" ")]);
    }
    match (race_view.film.or(race_view.playback.as_ref().map(PlaybackControl::scale)), &race_view.film) {
        // A film of a race in real time looks as the race did; any other scale is stated, always.
        (Some(scale), Some(_)) if (scale - 1.0).abs() < 1e-9 => {}
        (Some(scale), _) => {
            right.push(Span::styled(format!("REPLAY ×{} ", timeline::rounded(scale)), app.theme.warn));
        }
        (None, _) if race_view.is_over() => {}
        (None, _) => right.push(Span::styled("● LIVE ", app.theme.rec)),
    }
    let clock = race_view.clock.map_or_else(|| "warming up".into(), format::clock);
    right.push(Span::styled(format!("{clock:>12} "), app.theme.heading));
    title_bar(app, &middle, right, area, buf);
}

fn draw_track(app: &App, race: &Race, leader: Option<RaceLeader>, now: Offset, area: Rect, buf: &mut Buffer) {
    let cap = race.setup.settings.max_tokens.map_or(TRACK_TOKENS, f64::from);
    let finished = race.lanes().iter().filter(|lane| lane.state == LaneState::Finished);
    // Once somebody is home, that is how long the track was; until then it is the cap, or what it takes.
    let home = finished.map(|lane| lane.tokens_by(now)).reduce(f64::max);
    let most = race.lanes().iter().map(|lane| lane.tokens_by(now)).fold(0.0, f64::max);
    let length = home.unwrap_or(cap).max(most).max(1.0);
    let runners: Vec<TrackRunner> = race
        .entries()
        .map(|(id, contestant, lane)| TrackRunner {
            number: number(id.index()).into(),
            name: printable(&contestant.name).into_owned(),
            share: if lane.state == LaneState::Finished { 1.0 } else { lane.tokens_by(now) / length },
            note: format!("{} tok{}", count(lane), end(lane)),
            style: app.theme.lane(id.index()),
            leads: leader.is_some_and(|leader| leader.leader == id),
            failed: lane.state.failure().is_some(),
            finished: lane.state == LaneState::Finished,
        })
        .collect();
    RaceTrack { runners: &runners, road: app.theme.track, quiet: app.theme.text }.render(area, buf);
}

fn count(lane: &Lane) -> String {
    lane.tokens().map_or_else(|| "0".into(), |tokens| format::tokens(Some(tokens)))
}

fn end(lane: &Lane) -> String {
    match (&lane.state, lane.marks.sent, lane.marks.last_text) {
        (LaneState::Finished, Some(sent), Some(last)) => format!(" in {}", last.since(sent)),
        (LaneState::Failed(_), ..) => " OUT".into(),
        (LaneState::Stopped, ..) => " stopped".into(),
        _ => String::new(),
    }
}

/// By how much the first leads; nothing where that would be shown as nothing.
fn lead(leader: RaceLeader) -> Option<String> {
    let tokens = (leader.tokens >= 1.0).then(|| {
        let count = format!("{:.0}", leader.tokens);
        if count == "1" { "1 token".to_owned() } else { format!("{count} tokens") }
    });
    let parts: Vec<String> = [tokens, format::lead(leader.time)].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" and "))
}

fn draw_lead(app: &App, race_view: &RaceView, leader: Option<RaceLeader>, more: usize, area: Rect, buf: &mut Buffer) {
    let race = &race_view.race;
    let of = |lane: LaneId, words: String| {
        let name = format!("{} {} ", number(lane.index()), printable(race.name(lane)));
        Line::from(vec![Span::styled(name, app.theme.lane(lane.index())), Span::styled(words, app.theme.heading)])
    };
    let outcome = race_view.verdict.as_ref().map(|verdict| &verdict.outcome);
    let weight = if race_view.verdict.as_ref().is_some_and(Verdict::is_provisional) { " (provisional)" } else { "" };
    let held =
        standstill::words(&race.standstills()).map(|told| format!("the program itself {told}: no stall of theirs"));
    let out = race.entries().find(|(_, _, lane)| lane.state.failure().is_some());
    let line = match (race_view.trouble.as_deref(), race.stage, outcome, leader) {
        (Some(trouble), ..) => Line::styled(printable(trouble).into_owned(), app.theme.warn),
        (None, RaceStage::Running, ..) if held.is_some() => Line::styled(held.unwrap_or_default(), app.theme.warn),
        (None, RaceStage::Warming, None, _) => Line::styled("warming the connections", app.theme.muted),
        (None, RaceStage::Countdown, None, _) => Line::styled("on your marks", app.theme.muted),
        // At the end the verdict speaks: two screens must not name two winners, or two margins.
        (None, _, Some(RaceOutcome::Won { winner, by, .. }), _) => of(*winner, format!("won by {by}{weight}")),
        (None, _, Some(RaceOutcome::DeadHeat { by }), _) => {
            Line::styled(format!("dead heat: {}{weight}", format::apart(*by)), app.theme.heat)
        }
        (None, _, Some(RaceOutcome::None { .. }), _) => Line::styled("no verdict", app.theme.muted),
        (None, _, None, Some(leader)) => match lead(leader) {
            Some(by) => of(leader.leader, format!("leads by {by}")),
            None => Line::styled("level", app.theme.muted),
        },
        (None, _, None, None) => match out {
            Some((lane, ..)) => of(lane, "is out".into()),
            None => Line::styled("neck and neck", app.theme.muted),
        },
    };
    let keys = if app.is_film() { "" } else { " (Tab)" };
    let more = if more > 0 { Line::styled(format!("+{more} more{keys} "), app.theme.muted) } else { Line::default() };
    let kept = u16::try_from(more.width()).unwrap_or(u16::MAX).saturating_mul(2);
    cut_line(line, area.width.saturating_sub(kept)).alignment(Alignment::Center).render(area, buf);
    more.right_aligned().render(area, buf);
}

/// A lamp that is lit where there is room for it, and one that is not.
const LAMP: [&str; 3] = ["▄████▄", "██████", "▀████▀"];
const DARK_LAMP: [&str; 3] = ["╭────╮", "│    │", "╰────╯"];

/// The lights before the start, over the lanes.
fn draw_lights(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let now = race_view.clock.unwrap_or(Offset::FIRST);
    let (text, lit) = match (race_view.race.stage, now.as_micros()) {
        (RaceStage::Countdown, -1_000_000..0) => ("1", 3),
        (RaceStage::Countdown, -2_000_000..-1_000_000) => ("2", 2),
        (RaceStage::Countdown, -60_000_000..-2_000_000) => ("3", 1),
        _ => return,
    };
    let Some(scale) = PixelScale::fitting("GO", area) else { return };
    let (width, height) = BigText::size(text, scale);
    let lamps = if scale == PixelScale::Huge && area.height >= height + 7 { LAMP.len() } else { 1 };
    let lamps = u16::try_from(lamps).unwrap_or(1);
    let above = lamps + u16::from(lamps > 1);
    let (outer_width, outer_height) = ((width + 10).max(15).min(area.width), (height + above + 3).min(area.height));
    let outer = Rect::new(
        area.x + (area.width - outer_width) / 2,
        area.y + (area.height - outer_height) / 2,
        outer_width,
        outer_height,
    );
    Clear.render(outer, buf);
    let block = Block::bordered().border_type(BorderType::Thick).border_style(app.theme.heat).style(app.theme.overlay);
    let inner = block.inner(outer);
    block.render(outer, buf);
    let lines: Vec<Line<'_>> = if lamps > 1 {
        LAMP.iter()
            .zip(DARK_LAMP)
            .map(|(lit, dark)| (*lit, dark, "  "))
            .map(|shape| lamp_row(app, lit, shape))
            .collect()
    } else {
        vec![lamp_row(app, lit, ("●", "○", " "))]
    };
    for (line, row) in lines.into_iter().zip(inner.rows()) {
        line.alignment(Alignment::Center).render(row, buf);
    }
    let digits = Rect { y: inner.y + above, height: inner.height.saturating_sub(above), ..inner };
    BigText::new(text, scale).style(app.theme.heat).alignment(Alignment::Center).render(digits, buf);
}

/// A row of the three lamps, of which so many are `lit`: what it is of one that is, of one that is not, and between.
fn lamp_row<'a>(app: &App, lit: usize, (on, off, between): (&'a str, &'a str, &'a str)) -> Line<'a> {
    let lamps = (0..3).flat_map(|lamp| {
        let bulb = if lamp < lit { Span::styled(on, app.theme.rec) } else { Span::styled(off, app.theme.muted) };
        [(lamp > 0).then(|| Span::raw(between)), Some(bulb)]
    });
    lamps.flatten().collect()
}

/// The most rows of a caption.
const CAPTION: u16 = 2;

/// The words in the lower third, over the lanes.
fn draw_caption(app: &App, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let Some(caption) = race_view.caption.as_deref().map(printable) else { return };
    let caption = Text::styled(caption.into_owned(), app.theme.heading);
    let most = area.width.saturating_sub(8);
    let width = u16::try_from(caption.width()).unwrap_or(u16::MAX).min(most);
    if area.height < 5 || width == 0 {
        return;
    }
    let rows = prose::rows(&caption, Alignment::Center, width).min(if area.height > 5 { CAPTION } else { 1 });
    // Two rows of much the same width look better than a full one and a word.
    let fits = |width: &u16| prose::rows(&caption, Alignment::Center, *width) <= rows;
    let width = (width / rows..=width).find(fits).unwrap_or(width);
    let y = area.bottom() - (area.height / 6).max(1) - rows - 2;
    let outer = Rect::new(area.x + (area.width - width - 4) / 2, y, width + 4, rows + 2);
    Clear.render(outer, buf);
    let block =
        Block::bordered().border_type(BorderType::Thick).border_style(app.theme.accent).style(app.theme.overlay);
    let inner = inset(block.inner(outer));
    block.render(outer, buf);
    prose::draw(caption, Alignment::Center, inner, buf);
}

//! The timeline of a replay: where it stands, the marks on it, the section that is looped.
//! A click or a drag on the bar goes there, so what it gives back is where the bar lies.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::App;
use crate::screen::{write, write_cut};
use speed_kings_core::format;
use speed_kings_core::time::Period;
use speed_kings_session::source::playback::{PlaybackControl, TimelineStop};

/// The names of marks are shown beside the bar when the line is at least so wide.
const NAMES_FROM: u16 = 110;
/// How wide a mark's name may get.
const NAME: u16 = 32;

/// Draws it; gives where its bar lies.
pub(super) fn draw(app: &App, playback: &PlaybackControl, area: Rect, buf: &mut Buffer) -> Rect {
    let theme = &app.theme;
    let state = if playback.is_paused() { "‖" } else { "▶" };
    let looping = if playback.section().looping { "⟳" } else { " " };
    let speed = format!("{state}{looping}×{:<4} ", rounded(playback.speed()));
    let x = write(buf, area, area.left() + 1, area.y, &speed, theme.warn);
    let label = format!(" {} of {} ", format::clock(playback.clock()), format::clock(playback.last()));
    let label_width = u16::try_from(label.chars().count()).unwrap_or(u16::MAX);
    let name_width = if area.width >= NAMES_FROM { NAME } else { 0 };
    let width = area.right().saturating_sub(x).saturating_sub(label_width).saturating_sub(name_width);
    let bar = Rect { x, width, height: 1, ..area }.intersection(area);
    draw_bar(app, playback, bar, buf);
    let x = write(buf, area, bar.right(), area.y, &label, theme.muted);
    if let Some(stop) = passed(playback).filter(|_| name_width > 0) {
        let room = Rect { x, width: area.right().saturating_sub(x + 1), ..area };
        write_cut(buf, room, x, area.y, &stop.name, style(app, stop));
    }
    bar
}

/// The last mark that the clock has passed.
fn passed(playback: &PlaybackControl) -> Option<&TimelineStop> {
    playback.stops().iter().rev().find(|stop| stop.at <= playback.clock())
}

fn style(app: &App, stop: &TimelineStop) -> Style {
    stop.lane.map_or(app.theme.heading, |lane| app.theme.lane(lane.index()))
}

fn draw_bar(app: &App, playback: &PlaybackControl, bar: Rect, buf: &mut Buffer) {
    let Some(last) = bar.width.checked_sub(1) else { return };
    let (_, shown, _) = playback.progress();
    let column = |at: Period| bar.x + column(playback, at, last);
    let head = column(shown);
    for x in bar.left()..bar.right() {
        let (symbol, style) = if x < head { ("━", app.theme.accent) } else { ("─", app.theme.track) };
        write(buf, bar, x, bar.y, symbol, style);
    }
    for stop in playback.stops() {
        write(buf, bar, column(stop.shown), bar.y, "◆", style(app, stop));
    }
    let section = playback.section();
    let ends = section.first.map(|at| (at, "[")).into_iter().chain(section.last.map(|at| (at, "]")));
    for (at, symbol) in ends {
        write(buf, bar, column(at), bar.y, symbol, app.theme.warn);
    }
    write(buf, bar, head, bar.y, "●", app.theme.accent);
}

/// The column of a moment among columns 0 to `last`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
fn column(playback: &PlaybackControl, at: Period, last: u16) -> u16 {
    let (start, _, end) = playback.progress();
    let whole = end.minus(start).as_secs_f64();
    let share = if whole > 0.0 { at.minus(start).as_secs_f64() / whole } else { 1.0 };
    ((share * f64::from(last)).round() as u16).min(last)
}

/// A scale in as many digits as tell it apart: `0.1`, `12.5`.
pub(super) fn rounded(scale: f64) -> f64 {
    (scale * 1e3).round() / 1e3
}

//! The two figures of a lane: the stopwatch of its first token, and its speed.
//! They are as large as there is room for, and stand apart at any size.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use super::context::FrameContext;
use crate::screen::write;
use crate::widget::bar;
use crate::widget::bigtext::{BigText, PixelScale};
use speed_kings_core::format;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::time::{Period, Rate};

/// The widest that the stopwatch and the speed get.
const WIDEST: (&str, &str) = ("0.00", "0000");

/// Whether both figures fit into `width` columns in big digits.
pub(super) fn side_by_side(scale: PixelScale, width: u16) -> bool {
    BigText::size(WIDEST.0, scale).0 + 1 + BigText::size(WIDEST.1, scale).0 <= width
}

/// Draws both below their labels; in plain digits without a `scale`.
pub(super) fn draw(
    shared: &FrameContext<'_>,
    (id, lane): (LaneId, &Lane),
    scale: Option<PixelScale>,
    labels: Rect,
    digits: Rect,
    buf: &mut Buffer,
) {
    let theme = &shared.app.theme;
    // The speed has the four digits it may need; in a narrow lane the stopwatch gets the rest.
    let needed = scale.map_or(0, |scale| BigText::size(WIDEST.1, scale).0);
    let right = needed.max(digits.width / 2).min(digits.width);
    let halves = |area| Layout::horizontal([Constraint::Fill(1), Constraint::Length(right)]).areas::<2>(area);
    let ([left_label, right_label], [left, right]) = (halves(labels), halves(digits));
    let (watch, unit, watch_style) = stopwatch(shared, lane);
    let mut label = vec![Span::styled("TTFT ", theme.muted), Span::styled(unit, theme.text)];
    if lane.marks.first_text.is_some() {
        label.push(Span::styled(" ✓", theme.badge_ok));
    }
    Line::from(label).render(left_label, buf);
    let draw = |text: &str, style: Style, area: Rect, buf: &mut Buffer| match scale {
        None => Line::styled(text.to_owned(), style).render(area, buf),
        Some(scale) => BigText::new(text, scale).style(style).render(area, buf),
    };
    draw(&watch, watch_style, left, buf);
    Line::from(vec![Span::styled("SPEED ", theme.muted), Span::styled("tok/s", theme.text)]).render(right_label, buf);
    let (speed, style) = speed(shared, id, lane);
    draw(&speed, style, right, buf);
}

/// Draws the speed as a bar on the scale that all lanes share, with the scale's end behind it.
pub(super) fn draw_speed(shared: &FrameContext<'_>, (id, lane): (LaneId, &Lane), area: Rect, buf: &mut Buffer) {
    let theme = &shared.app.theme;
    if shared.fastest <= 0.0 || area.is_empty() {
        return;
    }
    let end = format!(" of {}", format::rate(Some(Rate::per_second(shared.fastest))));
    let road = area.width.saturating_sub(u16::try_from(end.width()).unwrap_or(0));
    let share = shared.speed(lane).map_or(0.0, |speed| speed.value() / shared.fastest);
    write(buf, area, area.x, area.y, &"─".repeat(road.into()), theme.track);
    write(buf, area, area.x, area.y, &bar::text(share, road), theme.lane(id.index()));
    write(buf, area, area.x + road, area.y, &end, theme.muted);
}

/// Both in one line.
pub(super) fn line(shared: &FrameContext<'_>, id: LaneId, lane: &Lane) -> Line<'static> {
    let theme = &shared.app.theme;
    let (watch, unit, watch_style) = stopwatch(shared, lane);
    let (speed, speed_style) = speed(shared, id, lane);
    Line::from(vec![
        Span::styled(format!("{watch} {unit}"), watch_style),
        Span::styled(" · ", theme.muted),
        Span::styled(format!("{speed} tok/s"), speed_style),
    ])
}

/// The stopwatch of the first token, with its unit.
pub(super) fn stopwatch(shared: &FrameContext<'_>, lane: &Lane) -> (String, &'static str, Style) {
    let marks = &lane.marks;
    let running = lane.asked().map(|sent| marks.first_text.unwrap_or(shared.now).since(sent));
    let (watch, unit) = match running {
        // No text came, so there is nothing that it measured.
        _ if marks.first_text.is_none() && lane.state.is_over() => ("-".into(), "ms"),
        running => format::stopwatch(running.unwrap_or(Period::ZERO)),
    };
    let theme = &shared.app.theme;
    (watch, unit, if marks.first_text.is_some() { theme.stopwatch_stamped } else { theme.stopwatch_running })
}

/// The output speed in tokens per second, without the unit.
pub(super) fn speed(shared: &FrameContext<'_>, id: LaneId, lane: &Lane) -> (String, Style) {
    let speed = shared.speed(lane).map_or_else(|| "-".into(), |rate| format::rate(Some(rate)));
    let theme = &shared.app.theme;
    (speed, if lane.state == LaneState::Streaming { theme.lane(id.index()) } else { theme.speed })
}

//! The timing tower: the lanes in the order in which they stand, each with its gap to the first and to the one ahead.
//! A lane that passes another slides into its place.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Widget as _;

use super::context::FrameContext;
use super::course;
use crate::app::{FINISH_HOLD, RaceView};
use crate::screen::{ghost, number, sim, write, write_cut};
use crate::widget::bar;
use crate::widget::track::{BarSweep, draw_sweep};
use speed_kings_core::format;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::leader::{LaneStanding, standings};
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::{Race, is_simulated};
use speed_kings_core::text::printable;
use speed_kings_core::time::Period;

/// How long a lane slides into another place, in seconds of the viewer's, and how often it is asked where it stood.
const SLIDE: f64 = 0.5;
const LOOKS: u32 = 10;
/// The most rows of one lane.
const TALLEST: u16 = 9;
/// Columns of a place, a name, a badge, the tokens, and a time.
const PLACE: u16 = 4;
const NAME: u16 = 22;
const BADGE: u16 = 8;
const TOKENS: u16 = 9;
const TIME: u16 = 10;
/// From these widths on there are badges, and intervals.
const WITH_BADGES: u16 = 80;
const WITH_INTERVALS: u16 = 95;

/// Draws the tower into `area`: as many of the first lanes as there is room for, and how many more there are.
pub(super) fn draw(shared: &FrameContext<'_>, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let (race, theme) = (&race_view.race, &shared.app.theme);
    let order = standings(race, shared.told);
    let count = u16::try_from(order.len()).unwrap_or(u16::MAX).max(1);
    let head = u16::from(area.height > count);
    let body = Rect { y: area.y + head, height: area.height.saturating_sub(head), ..area };
    let each = (body.height / count).clamp(1, TALLEST);
    let room = usize::from(body.height / each);
    let shown = if order.len() <= room { order.len() } else { room.saturating_sub(1) };
    if head > 0 {
        draw_head(shared, race_view, area, buf);
    }
    let (length, earlier) = (course::length(shared, race, shared.now), earlier(shared, race));
    // The first is drawn last: whoever passes lies over whoever is passed.
    for (place, standing) in order.iter().enumerate().take(shown).rev() {
        let rows = slid(&earlier, standing.lane, place, each);
        let row = Rect { y: body.y + rows, height: each, ..body }.intersection(body);
        let sweep = course::sweep(shared, race_view, standing.lane);
        draw_row(shared, race, (place, standing), (length, sweep), row, buf);
    }
    if shown < order.len() {
        let more = format!("+{} more", order.len() - shown);
        let y = body.bottom().saturating_sub(1);
        write(buf, body, body.x, y, &more, theme.muted);
    }
}

/// The orders in which the lanes stood a moment ago, the newest first; none without motion.
fn earlier(shared: &FrameContext<'_>, race: &Race) -> Vec<Vec<LaneStanding>> {
    let looks = (0..LOOKS).map(|look| SLIDE * f64::from(look) / f64::from(LOOKS));
    let moments = looks.filter(|_| shared.show.is_moving()).map_while(|ago| shared.show.before(ago));
    moments.map(|at| standings(race, at)).collect()
}

/// Rows above a lane: the mean of the places that it had a moment ago, so that it slides from one into the other.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the rows of a screen")]
fn slid(earlier: &[Vec<LaneStanding>], lane: LaneId, place: usize, each: u16) -> u16 {
    let place_then = |order: &Vec<LaneStanding>| order.iter().position(|one| one.lane == lane).unwrap_or(place);
    let places = earlier.iter().map(place_then).map(|place| f64::from(u16::try_from(place).unwrap_or(u16::MAX)));
    let now = f64::from(u16::try_from(place).unwrap_or(u16::MAX));
    let (sum, count) = places.fold((0.0, 0.0), |(sum, count), place| (sum + place, count + 1.0));
    let mean = if count > 0.0 { sum / count } else { now };
    (mean * f64::from(each)).round() as u16
}

/// The columns of one row, from the right: where each begins, if there is room for it.
struct TowerColumns {
    badge: Option<u16>,
    road: (u16, u16),
    tokens: u16,
    gap: u16,
    interval: Option<u16>,
}

impl TowerColumns {
    fn of(area: Rect) -> Self {
        let badge = (area.width >= WITH_BADGES).then_some(area.x + PLACE + NAME);
        let intervals = if area.width >= WITH_INTERVALS { TIME } else { 0 };
        let start = area.x + PLACE + NAME + if badge.is_some() { BADGE } else { 0 };
        let gap = area.right().saturating_sub(TIME + intervals);
        let tokens = gap.saturating_sub(TOKENS);
        Self {
            badge,
            road: (start, tokens.saturating_sub(start + 1)),
            tokens,
            gap,
            interval: (intervals > 0).then(|| area.right() - intervals),
        }
    }
}

fn draw_head(shared: &FrameContext<'_>, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let (columns, muted) = (TowerColumns::of(area), shared.app.theme.muted);
    write(buf, area, area.x, area.y, "P", muted);
    for (x, word) in [(columns.tokens, "tokens"), (columns.gap, "gap")] {
        write(buf, area, x, area.y, &format!("{word:>8}"), muted);
    }
    if let Some(x) = columns.interval {
        write(buf, area, x, area.y, "interval", muted);
    }
    // Until the verdict comes, a line says how long that takes.
    if let Some(wait) = race_view.verdict.as_ref().and(shared.show.hold(FINISH_HOLD.into())) {
        let (start, road) = columns.road;
        write(buf, area, start, area.y, &bar::text(wait, road), muted);
    }
}

fn draw_row(
    shared: &FrameContext<'_>,
    race: &Race,
    (place, standing): (usize, &LaneStanding),
    (length, sweep): (f64, Option<(BarSweep, f64)>),
    area: Rect,
    buf: &mut Buffer,
) {
    let Some((id, contestant, lane)) = race.entries().nth(standing.lane.index()) else { return };
    let theme = &shared.app.theme;
    let (style, columns) = (theme.lane(id.index()), TowerColumns::of(area));
    for y in area.rows().map(|row| row.y) {
        write(buf, area, area.x, y, &" ".repeat(area.width.into()), theme.background);
    }
    let y = area.y;
    write(buf, area, area.x, y, &format!("P{}", place + 1), theme.heading);
    let name = format!("{} {}", number(id.index()), printable(&contestant.name));
    let cell = Rect { x: area.x + PLACE, width: NAME - 1, ..area }.intersection(area);
    let mut marks = Vec::new();
    marks.extend(is_simulated(contestant, lane).then(|| sim(shared.app)));
    marks.extend(contestant.ghost.is_some().then(|| ghost(shared.app)));
    let marks = Line::from(marks);
    let taken = u16::try_from(marks.width()).unwrap_or(0);
    write_cut(buf, Rect { width: cell.width.saturating_sub(taken + 1), ..cell }, cell.x, y, &name, style);
    marks.right_aligned().render(Rect { height: 1, ..cell }, buf);
    if let Some(x) = columns.badge {
        write(buf, area, x, y, &badge(contestant), theme.selection);
    }
    let (start, road) = columns.road;
    let share = course::share(shared, lane, length);
    write(buf, area, start, y, &"─".repeat(road.into()), theme.track);
    let (rows, run) = (area.height.saturating_sub(1).max(1), bar::text(share, road));
    for row in 0..rows {
        write(buf, area, start, y + row, &run, style);
    }
    if let Some(sweep) = sweep {
        let width = u16::try_from(run.chars().count()).unwrap_or(road);
        draw_sweep(sweep, theme.heading, Rect { x: start, y, width, height: rows }.intersection(area), buf);
    }
    let tokens = shared.tokens(lane).map_or_else(|| "0".into(), |tokens| format::tokens(Some(tokens)));
    write(buf, area, columns.tokens, y, &format!("{tokens:>8}"), theme.text);
    let (gap, gap_style) = gap(shared, lane, place, standing);
    write(buf, area, columns.gap, y, &format!("{gap:>8}"), gap_style);
    if let Some(x) = columns.interval {
        write(buf, area, x, y, &format!("{:>8}", ahead(standing.interval)), theme.muted);
    }
}

/// The badge of what a contestant runs on, as wide for all.
fn badge(contestant: &Contestant) -> String {
    format!(" {:^5} ", contestant.hardware.badge())
}

/// What stands where the gap stands.
pub(super) fn gap(shared: &FrameContext<'_>, lane: &Lane, place: usize, standing: &LaneStanding) -> (String, Style) {
    let theme = &shared.app.theme;
    match &lane.state {
        LaneState::Failed(_) => ("OUT".into(), theme.error),
        LaneState::Stopped => ("stopped".into(), theme.warn),
        LaneState::Finished if place == 0 => ("⚑ first".into(), theme.win),
        _ if place == 0 && shared.leader.is_some() => ("leads".into(), theme.win),
        _ => (ahead(standing.gap), theme.heading),
    }
}

fn ahead(period: Option<Period>) -> String {
    period.map(|period| format!("+{}", format::gap(period))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_slides_from_one_place_to_the_next() {
        let order =
            |lanes: [u8; 2]| lanes.map(|lane| LaneStanding { lane: LaneId(lane), gap: None, interval: None }).to_vec();
        let (before, after) = (order([0, 1]), order([1, 0]));
        let rows = |newer: usize| {
            let earlier: Vec<_> =
                (0..10).map(|look| if look < newer { after.clone() } else { before.clone() }).collect();
            slid(&earlier, LaneId(1), 0, 4)
        };
        assert_eq!([0, 3, 5, 8, 10].map(rows), [4, 3, 2, 1, 0]);
        assert_eq!(slid(&[], LaneId(1), 0, 4), 0, "without motion it is there at once");
    }
}

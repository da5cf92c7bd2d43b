//! The photo finish: when the first two are home within a moment, the last 200 ms of every lane on one strip, read by read.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Span;
use ratatui::widgets::{Block, BorderType, Clear, Padding, Widget};

use super::context::FrameContext;
use crate::app::{FINISH_HOLD, RaceView};
use crate::screen::{number, write, write_cut};
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::verdict::RaceOutcome;
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period};

/// What the strip shows, and how close a finish must be for it.
const STRIP: Period = Period::from_millis(200);
/// Columns of the names, and of the distances behind the strip.
const NAMES: u16 = 18;
const BEHIND: u16 = 12;
/// The share of the time at the finish in which the strip is developed.
const DEVELOPED: f64 = 0.6;

/// Draws it over the lanes in `area` for as long as the finish is held, if that was close.
pub(super) fn draw(shared: &FrameContext<'_>, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let by = match race_view.verdict.as_ref().map(|verdict| &verdict.outcome) {
        Some(RaceOutcome::Won { by, .. } | RaceOutcome::DeadHeat { by }) => *by,
        _ => return,
    };
    let Some(held) = shared.show.hold(FINISH_HOLD.into()).filter(|_| by < STRIP) else { return };
    let race = &race_view.race;
    let home = || race.lanes().iter().filter(|lane| lane.state.failure().is_none());
    // Each from its own request on, as the verdict has it.
    let total = |lane: &Lane| lane.marks.last_text.zip(lane.asked()).map(|(last, sent)| last.since(sent));
    let (first, last) = (home().filter_map(total).min(), home().filter_map(|lane| lane.marks.last_text).max());
    let (Some(first), Some(last)) = (first, last) else { return };
    let rows = u16::try_from(race.lanes().len()).unwrap_or(u16::MAX).saturating_add(2);
    if rows > area.height || area.width < NAMES + BEHIND + 20 {
        return;
    }
    let outer = Rect { y: area.y + (area.height - rows) / 2, height: rows, ..area };
    Clear.render(outer, buf);
    let theme = &shared.app.theme;
    let block = Block::bordered()
        .border_type(BorderType::Thick)
        .border_style(theme.heat)
        .style(theme.overlay)
        .title(Span::styled(" Photo finish: the last 200 ms, read by read ", theme.heat))
        .padding(Padding::horizontal(1));
    let inner = block.inner(outer);
    block.render(outer, buf);
    let width = inner.width.saturating_sub(NAMES + BEHIND);
    let seen = share_of(width, held / DEVELOPED);
    for ((id, contestant, lane), y) in race.entries().zip(inner.top()..inner.bottom()) {
        let style = theme.lane(id.index());
        let name = format!("{} {}", number(id.index()), printable(&contestant.name));
        write_cut(buf, Rect { width: NAMES - 1, ..inner }, inner.x, y, &name, style);
        for column in 0..seen {
            write(buf, inner, inner.x + NAMES + column, y, "─", theme.track);
        }
        for (column, home) in reads(lane, last, width).filter(|(column, _)| *column < seen) {
            write(buf, inner, inner.x + NAMES + column, y, if home { "⚑" } else { "┃" }, style);
        }
        if let Some(total) = total(lane).filter(|_| seen == width) {
            let behind = Period::from_micros(total.as_micros().saturating_sub(first.as_micros()));
            let behind = if total == first { "first".into() } else { format!("+{behind}") };
            write(buf, inner, inner.x + NAMES + width + 1, y, &behind, style);
        }
    }
}

/// The columns of the reads of `lane` in the last stretch before `last`, and whether each is its own last one.
fn reads(lane: &Lane, last: Offset, width: u16) -> impl Iterator<Item = (u16, bool)> {
    let from = last.minus(STRIP);
    let newest = lane.marks.last_text;
    lane.reads().since(from).filter(move |read| read.at <= last).map(move |read| {
        let share = read.at.since(from).as_secs_f64() / STRIP.as_secs_f64();
        (share_of(width.saturating_sub(1), share), newest == Some(read.at))
    })
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by the terminal's width")]
fn share_of(width: u16, share: f64) -> u16 {
    (f64::from(width) * share.clamp(0.0, 1.0)).round() as u16
}

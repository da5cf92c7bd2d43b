//! How fair the comparison was: every badge with the facts behind it where there is room.
//! What is broken comes first, and what is left out is counted.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr as _;

use super::stage::VerdictStage;
use crate::app::App;
use crate::screen::pane::pane;
use crate::screen::{write, write_cut};
use speed_kings_core::race::verdict::{Badge, BadgeState, Verdict};
use speed_kings_core::text::printable;

/// How many rows they take, frame and all.
pub(super) fn rows(verdict: &Verdict) -> u16 {
    u16::try_from(verdict.badges.len() + 2).unwrap_or(u16::MAX)
}

/// Draws them: all with their facts, or as many as fit.
pub(super) fn draw(app: &App, verdict: &Verdict, stage: VerdictStage, area: Rect, buf: &mut Buffer) {
    if area.height < 3 {
        return;
    }
    let inner = pane(app, "How fair", area, buf);
    let mark = |state| match state {
        BadgeState::Met => ("✓", app.theme.badge_ok),
        BadgeState::Broken => ("✗", app.theme.badge_broken),
        BadgeState::Unknown => ("?", app.theme.badge_unknown),
    };
    // What is broken comes first: it must not be what the edge cuts off.
    let mut badges: Vec<_> = verdict.badges.iter().collect();
    badges.sort_by_key(|badge| match badge.state {
        BadgeState::Broken => 0,
        BadgeState::Unknown => 1,
        BadgeState::Met => 2,
    });
    let shown = stage.badges(badges.len());
    if usize::from(inner.height) >= badges.len() {
        for (badge, y) in badges.iter().take(shown).zip(inner.top()..inner.bottom()) {
            let (sign, style) = mark(badge.state);
            let x = write(buf, inner, inner.left(), y, &format!("{sign} {:<22}", badge.kind.title()), style);
            write_cut(buf, inner, x, y, &printable(&badge.detail), app.theme.muted);
        }
        return;
    }
    if shown == badges.len() {
        draw_few(app, &badges, &mark, inner, buf);
    }
}

/// As many badges as fit into `area`, whole ones only, and how many are left out.
fn draw_few(
    app: &App,
    badges: &[&Badge],
    mark: &dyn Fn(BadgeState) -> (&'static str, Style),
    area: Rect,
    buf: &mut Buffer,
) {
    let (mut x, mut y) = (area.left(), area.top());
    for (index, badge) in badges.iter().enumerate() {
        let (sign, style) = mark(badge.state);
        let broken = badge.state == BadgeState::Broken;
        let detail = if broken { format!(" ({})", printable(&badge.detail)) } else { String::new() };
        let text = format!("{sign} {}", badge.kind.title());
        let width = u16::try_from(text.width() + detail.width()).unwrap_or(u16::MAX);
        let more = format!("… {} more", badges.len() - index);
        // The last row has room for the count.
        let kept = |y| if y + 1 == area.bottom() { u16::try_from(more.width()).unwrap_or(0) + 2 } else { 0 };
        if x > area.left() && x.saturating_add(width).saturating_add(kept(y)) > area.right() {
            if y + 1 == area.bottom() {
                write(buf, area, x, y, &more, app.theme.muted);
                return;
            }
            (x, y) = (area.left(), y + 1);
        }
        // One that is alone in its row may be too long for it all the same.
        let room = Rect { width: area.width.saturating_sub(kept(y)), ..area };
        x = write(buf, room, x, y, &text, style);
        x = write_cut(buf, room, x, y, &detail, app.theme.muted) + 2;
    }
}

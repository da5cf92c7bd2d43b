//! One file for each screen: pure drawing from the app's state into a buffer.

pub mod cramped;
pub mod overlay;
pub mod picker;
pub mod race;
pub mod verdict;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use crate::ui::app::App;
use crate::ui::keymap;

/// The marks that tell lanes apart besides their colour.
const NUMBERS: [&str; 9] = ["①", "②", "③", "④", "⑤", "⑥", "⑦", "⑧", "⑨"];

/// The mark of lane `index`.
pub(crate) fn number(index: usize) -> &'static str {
    NUMBERS.get(index).copied().unwrap_or("●")
}

/// The SIM badge: what it stands beside was made by the simulator.
pub(crate) fn sim(app: &App) -> Span<'static> {
    Span::styled(" SIM ", app.theme.sim)
}

/// The line at the top: the program, what is on, and marks at the right.
pub(crate) fn title_bar(app: &App, middle: &[Span<'static>], right: Vec<Span<'static>>, area: Rect, buf: &mut Buffer) {
    let mut left = vec![Span::styled(" ♛ SPEED KINGS ", app.theme.accent), Span::raw(" ")];
    left.extend_from_slice(middle);
    let right = Line::from(right);
    let room = area.width.saturating_sub(u16::try_from(right.width()).unwrap_or(u16::MAX));
    Line::from(left).render(Rect { width: room, ..area }, buf);
    right.alignment(Alignment::Right).render(area, buf);
}

/// The line at the bottom: the keys that matter here, as many as fit.
pub(crate) fn hints(app: &App, area: Rect, buf: &mut Buffer) {
    let mut spans = vec![Span::raw(" ")];
    let mut width = 1;
    for binding in keymap::bindings(app.place()) {
        let (Some(hint), Some(key)) = (binding.hint, binding.keys.first()) else { continue };
        let key = key.name();
        let needed = key.chars().count() + hint.chars().count() + 3;
        if width + needed > usize::from(area.width) {
            break;
        }
        width += needed;
        spans.extend([Span::styled(key, app.theme.key), Span::styled(format!(" {hint}  "), app.theme.muted)]);
    }
    Line::from(spans).render(area, buf);
}

/// Writes `text` at (`x`, `y`) within `area`, cut at its right edge. Gives the column after it.
pub(crate) fn write(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    if x >= area.right() || y < area.top() || y >= area.bottom() {
        return x;
    }
    buf.set_stringn(x, y, text, usize::from(area.right() - x), style).0
}

//! One file for each screen: pure drawing from the app's state into a buffer.

mod banner;
pub mod blind;
pub mod board;
pub mod browser;
pub mod card;
pub mod cramped;
pub mod overlay;
mod pane;
pub mod picker;
mod prose;
pub mod race;
pub mod titles;
pub mod verdict;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::app::App;
use crate::keymap;
use crate::message::UiMessage;
use speed_kings_session::watch::{BoardRow, WatchMoment};

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

/// The GHOST badge: what it stands beside ran in another race.
pub(crate) fn ghost(app: &App) -> Span<'static> {
    Span::styled(" GHOST ", app.theme.sim)
}

/// Whether a contestant answered the last time, in a word and its style.
pub(crate) fn state(app: &App, row: &BoardRow, moment: &WatchMoment) -> (&'static str, Style) {
    match row.last() {
        Some(_) if row.is_stale(moment.now, moment.every) => ("stale", app.theme.badge_broken),
        None => ("waiting", app.theme.muted),
        Some(sample) if sample.ok() => ("up", app.theme.badge_ok),
        Some(_) => ("down", app.theme.badge_broken),
    }
}

/// The line at the top: the program, what is on, and marks at the right.
pub(crate) fn title_bar(app: &App, middle: &[Span<'static>], right: Vec<Span<'static>>, area: Rect, buf: &mut Buffer) {
    let mut left = vec![Span::styled(" ♛ SPEED KINGS ", app.theme.accent), Span::raw(" ")];
    left.extend_from_slice(middle);
    let right = Line::from(right);
    // One column stays free between the two, whatever has to go.
    let room = area.width.saturating_sub(u16::try_from(right.width() + 1).unwrap_or(u16::MAX));
    cut_line(Line::from(left), room).render(Rect { width: room, ..area }, buf);
    right.alignment(Alignment::Right).render(area, buf);
}

/// The line at the bottom: the keys that matter here, as many as fit; the ways to the help and out always do.
pub(crate) fn hints(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let hinted: Vec<_> = keymap::bindings(app.place())
        .filter_map(|binding| {
            Some((
                binding.keys.first()?.name(),
                binding.hint?,
                matches!(binding.msg, UiMessage::Back | UiMessage::Help | UiMessage::Quit),
            ))
        })
        .collect();
    let line = |always: bool, room: usize| {
        let mut line = Line::default();
        for (key, hint, _) in hinted.iter().filter(|(.., kept)| *kept == always) {
            if line.width() + key.chars().count() + hint.chars().count() + 3 > room {
                break;
            }
            line.push_span(Span::styled(format!(" {key}"), app.theme.key));
            line.push_span(Span::styled(format!(" {hint} "), app.theme.muted));
        }
        line
    };
    let mut out = line(true, usize::from(area.width));
    if !app.mouse && !app.is_filmed() {
        out.spans.insert(0, Span::styled(" mouse off ", app.theme.muted));
    }
    line(false, usize::from(area.width).saturating_sub(out.width())).render(area, buf);
    out.right_aligned().render(area, buf);
}

/// Writes `text` as [`write()`] does, with an ellipsis where it had to be cut.
pub(crate) fn write_cut(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    write(buf, area, x, y, &cut(text, area.right().saturating_sub(x)), style)
}

/// `text` in at most `width` columns, with an ellipsis where it had to be cut.
pub(crate) fn cut(text: &str, width: u16) -> Cow<'_, str> {
    if text.width() <= usize::from(width) {
        return Cow::Borrowed(text);
    }
    let mut used = usize::from(width > 0);
    let kept = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= usize::from(width)
    };
    let mut out: String = text.chars().take_while(kept).collect();
    out.extend((width > 0).then_some('…'));
    Cow::Owned(out)
}

/// `line` in at most `width` columns, with an ellipsis where it had to be cut.
pub(crate) fn cut_line(line: Line<'static>, width: u16) -> Line<'static> {
    if line.width() <= usize::from(width) {
        return line;
    }
    let (mut spans, mut left) = (Vec::new(), width);
    for span in line.spans {
        let taken = u16::try_from(span.width()).unwrap_or(u16::MAX);
        // The ellipsis needs a column of its own, unless nothing comes after.
        if taken >= left {
            let mut text = cut(&span.content, left).into_owned();
            if taken == left {
                text = cut(&format!("{text}…"), left).into_owned();
            }
            spans.push(Span::styled(text, span.style));
            break;
        }
        left -= taken;
        spans.push(span);
    }
    Line { spans, ..line }
}

/// Writes `text` at (`x`, `y`) within `area`, cut at its right edge. Gives the column after it.
pub(crate) fn write(buf: &mut Buffer, area: Rect, x: u16, y: u16, text: &str, style: Style) -> u16 {
    if x >= area.right() || y < area.top() || y >= area.bottom() {
        return x;
    }
    buf.set_stringn(x, y, text, usize::from(area.right() - x), style).0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_says_so() {
        let cases = [("Groq", 4, "Groq"), ("Groq", 3, "Gr…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…")];
        for (text, width, expected) in
            cases.into_iter().chain([("日本語", 4, "日…"), ("Groq", 1, "…"), ("Groq", 0, "")])
        {
            assert_eq!(cut(text, width), expected, "{text} in {width}");
        }
        let line = || Line::from(vec![Span::raw("ab"), Span::raw("cd"), Span::raw("ef")]);
        for (width, expected) in [(6, "abcdef"), (5, "abcd…"), (4, "abc…"), (3, "ab…"), (2, "a…"), (1, "…"), (0, "")]
        {
            assert_eq!(cut_line(line(), width).to_string(), expected, "{width}");
        }
    }
}

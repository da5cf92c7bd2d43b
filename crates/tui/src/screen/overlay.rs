//! What lies over a screen for a while: the help, a message, the prompt editor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, BorderType, Clear, Widget};
use ratatui_textarea::TextArea;
use unicode_width::UnicodeWidthStr as _;

use crate::app::{App, ScreenOverlay};
use crate::keymap::{self, KeyPlace};
use crate::screen::{prose, write, write_cut};
use speed_kings_core::text::printable;

/// What lies over the screen, if anything does.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    match &app.overlay {
        Some(ScreenOverlay::Help) => help(app, area, buf),
        Some(ScreenOverlay::Message(text)) => message(app, text, area, buf),
        Some(ScreenOverlay::Prompt(editor)) => prompt(app, editor, area, buf),
        Some(ScreenOverlay::Place(editor)) => place(app, editor, area, buf),
        None => {}
    }
}

/// All keys of the screen underneath, from the same table that the keys are looked up in.
fn help(app: &App, area: Rect, buf: &mut Buffer) {
    let rows: Vec<(String, &str)> = keymap::bindings(app.screen_place())
        .filter(|binding| !binding.help.is_empty())
        .map(|binding| (binding.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(" "), binding.help))
        .collect();
    // As many columns as it takes: every key has to be seen, on the smallest of terminals too.
    let tall = usize::from(area.height.saturating_sub(2)).max(1);
    let columns = rows.len().div_ceil(tall).max(1);
    let tall = rows.len().div_ceil(columns);
    let (keys, words) =
        (widest(rows.iter().map(|(keys, _)| keys.as_str())), widest(rows.iter().map(|(_, help)| *help)));
    let room = area.width.saturating_sub(4) / u16::try_from(columns).unwrap_or(1);
    let width = (keys + words + 4).min(room);
    let note = format!(" {} ", keymap::SELECTING);
    let wide = (width * u16::try_from(columns).unwrap_or(1)).max(widest([note.as_str()].into_iter())) + 4;
    let keys_rows = u16::try_from(tall).unwrap_or(u16::MAX);
    let explained = matches!(app.screen_place(), KeyPlace::Race | KeyPlace::Replay | KeyPlace::Verdict);
    let terms = u16::try_from(TERMS.len() + 1).unwrap_or(u16::MAX);
    // The terms come where all keys have room first.
    let terms = if explained && keys_rows.saturating_add(terms + 3) <= area.height { terms } else { 0 };
    let size = (wide.max(if terms > 0 { TERMS_WIDTH } else { 0 }), keys_rows.saturating_add(terms + 2));
    let inner = window(app, "Keys", size, area, buf);
    draw_terms(app, Rect { y: inner.bottom() - terms, height: terms, ..inner }.intersection(inner), buf);
    let below = Rect { y: inner.bottom(), height: 1, ..inner }.intersection(area);
    write_cut(buf, below, below.x, below.y, &note, app.theme.muted);
    for (column, rows) in (0..).zip(rows.chunks(tall.max(1))) {
        let area = Rect { x: inner.x + column * width, width, ..inner }.intersection(inner);
        for (y, (names, help)) in (area.top()..area.bottom()).zip(rows) {
            let indent = keys.saturating_sub(u16::try_from(names.width()).unwrap_or(u16::MAX));
            let x = write(buf, area, area.x + indent, y, names, app.theme.key);
            write_cut(buf, area, x + 2, y, help, app.theme.text);
        }
    }
}

/// What the figures on the screens mean, for whoever sees them for the first time.
const TERMS: [(&str, &str); 6] = [
    ("token", "a piece of text as models count it, a short word or a part of one"),
    ("TTFT", "time from the request to the first text of any kind"),
    ("TTFA", "time from the request to the first text of the answer, after any thinking"),
    ("tok/s", "tokens a second from the first text to the last; end-to-end: from the request on"),
    ("gaps p95", "of 100 times between two pieces of text, 95 are shorter"),
    ("stall", "a time without text that is long against the others"),
];
/// Columns of a term, and of all of them with what they mean.
const TERM: u16 = 10;
const TERMS_WIDTH: u16 = 98;

/// Draws the terms below an empty row.
fn draw_terms(app: &App, area: Rect, buf: &mut Buffer) {
    for (y, (term, meaning)) in (area.top() + 1..area.bottom()).zip(TERMS) {
        write(buf, area, area.x, y, term, app.theme.accent);
        write_cut(buf, area, area.x + TERM, y, meaning, app.theme.text);
    }
}

fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> u16 {
    texts.map(|text| u16::try_from(text.width()).unwrap_or(u16::MAX)).max().unwrap_or(0)
}

/// Where to go in a replay.
fn place(app: &App, editor: &TextArea<'static>, area: Rect, buf: &mut Buffer) {
    let inner = window(app, "Go to: 1.5s  40%  120t  first-token  finish@2", (58, 3), area, buf);
    let mut editor = editor.clone();
    editor.set_style(app.theme.text);
    editor.set_cursor_line_style(app.theme.text);
    editor.render(inner, buf);
}

/// Draws a message in a window over the screen.
fn message(app: &App, text: &str, area: Rect, buf: &mut Buffer) {
    let width = area.width.saturating_sub(8).clamp(20, 90);
    let text = Text::styled(text.lines().map(printable).collect::<Vec<_>>().join("\n"), app.theme.text);
    let rows = prose::rows(&text, Alignment::Left, width.saturating_sub(4)).saturating_add(4);
    let inner = window(app, "Speed Kings", (width, rows), area, buf);
    let room = Rect { height: inner.height.saturating_sub(2), ..inner };
    prose::draw(text, Alignment::Left, room, buf);
    let bottom = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
    Line::from(vec![Span::styled("Enter", app.theme.key), Span::styled(" goes on", app.theme.muted)])
        .render(bottom, buf);
}

/// Draws the prompt editor in a window over the screen.
fn prompt(app: &App, editor: &TextArea<'static>, area: Rect, buf: &mut Buffer) {
    let size = (area.width.saturating_sub(10).min(100), area.height.saturating_sub(6).min(20));
    let inner = window(app, "Prompt: both contestants get this text", size, area, buf);
    let mut editor = editor.clone();
    editor.set_style(app.theme.text);
    editor.set_cursor_line_style(app.theme.text);
    editor.set_wrap_mode(ratatui_textarea::WrapMode::Word);
    editor.render(inner, buf);
}

/// A framed window in the middle of `area`; gives the room inside.
fn window(app: &App, title: &str, (width, height): (u16, u16), area: Rect, buf: &mut Buffer) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let outer = Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height);
    Clear.render(outer, buf);
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.border_active)
        .style(app.theme.overlay)
        .title(Span::styled(format!(" {title} "), app.theme.heading))
        .padding(ratatui::widgets::Padding::horizontal(1));
    let inner = block.inner(outer);
    block.render(outer, buf);
    inner
}

//! The results browser: recordings and results by phase, and beside the list what is in the selected one.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Span;

use crate::app::{App, ResultsBrowser, SavedKind, SavedRow};
use crate::message::UiMessage;
use crate::screen::pane::pane;
use crate::screen::{cut, hints, sim, title_bar, write, write_cut};
use crate::view::ViewState;
use speed_kings_core::text::printable;

/// From this width the page stands beside the list, below it under the list.
const WIDE: u16 = 110;
/// Columns of a pane's frame with the space within it, both sides together.
const FRAME: u16 = 4;
/// Columns of a day.
const DAY: u16 = 12;

/// Draws the results browser into `area`.
pub fn draw(app: &App, browser: &ResultsBrowser, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let [top, main, note, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1), Constraint::Length(1)])
            .areas(area);
    let count = |kind| browser.rows().iter().filter(|row| row.kind == kind).count();
    let counts = format!("{} recordings, {} results ", count(SavedKind::Recording), count(SavedKind::Results));
    let middle = [Span::styled("RESULTS", app.theme.heading)];
    title_bar(app, &middle, vec![Span::styled(counts, app.theme.muted)], top, buf);
    let [list, page] = list_and_page(main);
    draw_list(app, browser, view, list, buf);
    draw_page(app, browser, page, buf);
    write_cut(buf, note, note.x + 1, note.y, &printable(&browser.status), app.theme.warn);
    hints(app, bottom, buf);
}

/// Where the list is, and the page of what is selected in it.
fn list_and_page(area: Rect) -> [Rect; 2] {
    if area.width >= WIDE {
        Layout::horizontal([Constraint::Percentage(52), Constraint::Fill(1)]).areas(area)
    } else {
        Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]).areas(area)
    }
}

/// How many columns a line of the page has in a terminal that is so wide.
#[must_use]
pub fn page_columns(terminal: usize) -> usize {
    let width = u16::try_from(terminal).unwrap_or(u16::MAX);
    let [_, page] = list_and_page(Rect { x: 0, y: 0, width, height: 2 });
    usize::from(page.width.saturating_sub(FRAME))
}

/// A line of the list.
enum BrowserItem<'a> {
    Phase(&'a SavedRow),
    File(usize, &'a SavedRow),
}

fn items(browser: &ResultsBrowser) -> Vec<BrowserItem<'_>> {
    let mut items = Vec::new();
    let mut phase = None;
    for (index, row) in browser.rows().iter().enumerate() {
        if phase != Some(&row.phase) {
            phase = Some(&row.phase);
            items.push(BrowserItem::Phase(row));
        }
        items.push(BrowserItem::File(index, row));
    }
    items
}

fn draw_list(app: &App, browser: &ResultsBrowser, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let inner = pane(app, "Recordings and results", area, buf);
    let items = items(browser);
    if items.is_empty() {
        let said = "Nothing is recorded yet: races are kept in recordings/, benchmarks in results/";
        write_cut(buf, inner, inner.x, inner.y, said, app.theme.muted);
        return;
    }
    let is_selected =
        |item: &BrowserItem<'_>| matches!(item, BrowserItem::File(index, _) if *index == browser.selected);
    let selected = items.iter().position(is_selected).unwrap_or(0);
    let rows = usize::from(inner.height);
    let from = (selected + rows / 3 + 1).saturating_sub(rows).min(items.len().saturating_sub(rows));
    for (item, y) in items.iter().skip(from).zip(inner.top()..inner.bottom()) {
        let line = Rect { y, height: 1, ..inner };
        match item {
            BrowserItem::Phase(row) => {
                let name = if row.phase.is_empty() { "Other races" } else { &row.phase_title };
                let x = write(buf, line, line.x, y, &printable(&row.phase), app.theme.accent);
                let x = if row.phase.is_empty() { x } else { x + 1 };
                write_cut(buf, line, x, y, &printable(name), app.theme.heading);
            }
            BrowserItem::File(index, row) => {
                view.targets.push((line, UiMessage::Select(*index)));
                draw_row(app, browser, (*index, row), line, buf);
            }
        }
    }
}

fn draw_row(app: &App, browser: &ResultsBrowser, (index, row): (usize, &SavedRow), line: Rect, buf: &mut Buffer) {
    let selected = index == browser.selected;
    let base = if selected { app.theme.selection } else { app.theme.text };
    let ground = Style { bg: base.bg, add_modifier: base.add_modifier, ..Style::default() };
    if selected {
        buf.set_style(line, base);
    }
    let mark = match (browser.marked == Some(index), selected) {
        (true, _) => "◆ ",
        (false, true) => "▸ ",
        (false, false) => "  ",
    };
    let x = write(buf, line, line.x, line.y, mark, app.theme.accent.patch(ground));
    let kind = if row.kind == SavedKind::Recording { "▶ " } else { "Σ " };
    let x = write(buf, line, x, line.y, kind, app.theme.muted.patch(ground));
    write_cut(buf, Rect { width: (x + DAY - 1 - line.x).min(line.width), ..line }, x, line.y, &row.day, base);
    let mut x = x + DAY;
    if row.simulated {
        x = write(buf, line, x, line.y, &sim(app).content, app.theme.sim) + 1;
    }
    let room = line.right().saturating_sub(x);
    let outcome = cut(&row.outcome, room / 2).into_owned();
    let title = printable(&row.title);
    let middle = x + room / 2;
    write_cut(buf, Rect { width: middle.saturating_sub(line.x), ..line }, x, line.y, &title, base);
    let style = if row.kind == SavedKind::Recording { app.theme.win } else { app.theme.accent };
    write(buf, line, middle + 1, line.y, &printable(&outcome), style.patch(ground));
}

fn draw_page(app: &App, browser: &ResultsBrowser, area: Rect, buf: &mut Buffer) {
    let title = browser.current().map(|row| row.path.file_name().unwrap_or_default().to_string_lossy().into_owned());
    let title = cut(&printable(&title.unwrap_or_default()), area.width.saturating_sub(6)).into_owned();
    let inner = pane(app, &title, area, buf);
    for (text, y) in browser.page.lines().skip(browser.scroll).zip(inner.top()..inner.bottom()) {
        write_cut(buf, inner, inner.x, y, &printable(text), app.theme.text);
    }
    let below = browser.page.lines().count().saturating_sub(browser.scroll + usize::from(inner.height));
    if below > 0 && area.height > 1 {
        let text = format!(" {below} more ↓ ");
        let x = area.right().saturating_sub(u16::try_from(text.chars().count()).unwrap_or(0) + 1).max(area.x);
        write(buf, area, x, area.bottom() - 1, &text, app.theme.heading);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_page_has_what_the_frame_leaves() {
        assert_eq!([80, 109, 110, 120, 200].map(page_columns), [76, 105, 49, 54, 92]);
        assert_eq!(page_columns(3), 0);
    }
}

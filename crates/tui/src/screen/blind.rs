//! Answers side by side without names and speeds: what was asked, the texts as A, B, and so on, and what they got so far.
//! After the last mark it is told who was who.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, BorderType, Padding, Widget};

use crate::app::{App, BlindPage, BlindTask, BlindView};
use crate::layout::AnswerForm;
use crate::message::{BlindMark, UiMessage};
use crate::screen::{hints, prose, title_bar, write, write_cut};
use crate::view::{ViewState, inset};
use crate::widget::transcript::{ScrollState, TextPage, TranscriptLayout, VisibleRows};
use speed_kings_core::text::{printable, printable_lines};

/// A text that stands beside others has so many columns at least.
const NARROWEST: u16 = 34;
/// Rows that a question may take.
const QUESTION: u16 = 4;
/// Letters for the texts of a page.
const LETTERS: [&str; 9] = ["A", "B", "C", "D", "E", "F", "G", "H", "I"];

/// The letter of text `side`.
fn letter(side: usize) -> &'static str {
    LETTERS.get(side).copied().unwrap_or("?")
}

/// Draws what is judged into `area`; nothing when nothing is.
pub fn draw(app: &App, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let Some(blind) = &app.blind else { return };
    let [top, main, note, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1), Constraint::Length(1)])
            .areas(area);
    draw_title(app, blind, top, buf);
    match blind.page() {
        Some(page) => draw_page(app, blind, page, view, main, buf),
        None => draw_revealed(app, blind, blind.revealed().unwrap_or_default(), view, main, buf),
    }
    let (told, style) = match &blind.trouble {
        Some(trouble) => (format!("not kept: {trouble}"), app.theme.error),
        None => (blind.note.clone(), app.theme.muted),
    };
    write_cut(buf, inset(note), inset(note).x, note.y, &printable(&told), style);
    hints(app, bottom, buf);
}

fn draw_title(app: &App, blind: &BlindView, area: Rect, buf: &mut Buffer) {
    let what = match blind.task {
        BlindTask::Rate => "BLIND RATING",
        BlindTask::Prefer => "BLIND VOTE",
    };
    let (page, pages) = blind.progress();
    let right = if page > pages { "done ".to_owned() } else { format!("{page} of {pages} ") };
    let title = blind.page().map_or_else(String::new, |page| format!("  {}", printable(&page.title)));
    let middle = [Span::styled(what, app.theme.heading), Span::styled(title, app.theme.text)];
    title_bar(app, &middle, vec![Span::styled(right, app.theme.heading)], area, buf);
}

/// The question, and below it as many texts beside each other as are still readable, the one in focus among them.
fn draw_page(app: &App, blind: &BlindView, page: &BlindPage, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let question = Text::styled(printable_lines(&page.question), app.theme.text);
    let wide = inset(area).width;
    let rows = prose::rows(&question, Alignment::Left, wide).clamp(1, QUESTION);
    let [above, below] = Layout::vertical([Constraint::Length(rows), Constraint::Min(1)]).areas(area);
    prose::draw(question, Alignment::Left, inset(above), buf);
    let texts = page.texts().len();
    let room = usize::from(below.width / NARROWEST).clamp(1, texts.max(1));
    let first = (blind.focus + 1).saturating_sub(room);
    let shown = first..(first + room).min(texts);
    let areas = Layout::horizontal(shown.clone().map(|_| Constraint::Fill(1))).split(below);
    begin_page(view, blind.progress().0, texts);
    if shown.len() < texts {
        let told = format!(" {} to {} of {texts} texts ", letter(shown.start), letter(shown.end.saturating_sub(1)));
        Line::styled(told, app.theme.heading).right_aligned().render(Rect { height: 1, ..above }, buf);
    }
    for (side, place) in shown.zip(areas.iter()) {
        draw_text(app, blind, (side, texts), view, *place, buf);
    }
}

/// Makes room for the layouts of this page's texts; those of another page are thrown away.
fn begin_page(view: &mut ViewState, page: usize, texts: usize) {
    let (laid, layouts) = &mut view.judged;
    if *laid != page {
        (*laid, *layouts) = (page, Vec::new());
    }
    layouts.resize_with(texts, TranscriptLayout::default);
    view.judged_heights.resize(texts.max(1), 0);
}

fn draw_text(
    app: &App,
    blind: &BlindView,
    (side, texts): (usize, usize),
    view: &mut ViewState,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = &app.theme;
    let focus = blind.focus == side && texts > 1;
    let border = if focus { theme.border_active } else { theme.border };
    let (told, style) = mark_words(app, blind, side);
    let name = if texts > 1 { format!(" {} ", letter(side)) } else { " Answer ".to_owned() };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(border)
        .style(theme.surface)
        .title(Span::styled(name, if focus { theme.accent } else { theme.heading }))
        .title_bottom(Span::styled(told, style))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    view.targets.push((area, UiMessage::FocusOn(side)));
    let Some(text) = blind.page().and_then(|page| page.texts().get(side)) else { return };
    if let Some(height) = view.judged_heights.get_mut(side) {
        *height = inner.height;
    }
    let Some(layout) = view.judged.1.get_mut(side) else { return };
    let rendered = app.answers == AnswerForm::Markdown;
    layout.update(text, TextPage { width: inner.width, rendered, ended: true, whole: true });
    let scroll = blind.scroll.get(side).copied().unwrap_or(ScrollState::Top(0));
    draw_more(app, layout.lines().len(), scroll, (area, inner.height), buf);
    // What came as what is not told: it would give away who thinks.
    let style: &dyn Fn(_, _) -> Style = &|_, look| prose::style(theme, theme.text, look);
    VisibleRows { layout, scroll, style, rule: theme.muted }.render(inner, buf);
}

/// What a text got so far.
fn mark_words(app: &App, blind: &BlindView, side: usize) -> (String, Style) {
    match (blind.task, blind.mark(side)) {
        (BlindTask::Prefer, _) => (String::new(), app.theme.muted),
        (_, Some(BlindMark::Score(score))) => (format!(" {score} of 5 "), app.theme.win),
        (_, Some(_)) => (" skipped ".to_owned(), app.theme.muted),
        (_, None) => (" not rated ".to_owned(), app.theme.muted),
    }
}

/// Says in the frame how many rows there are below what is in sight.
fn draw_more(app: &App, lines: usize, scroll: ScrollState, (area, height): (Rect, u16), buf: &mut Buffer) {
    let below = lines.saturating_sub(scroll.top(lines, height) + usize::from(height));
    if below > 0 && area.height > 1 {
        let text = format!(" {below} more ↓ ");
        let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
        let x = area.right().saturating_sub(width + 1).max(area.left());
        write(buf, area, x, area.bottom() - 1, &text, app.theme.heading);
    }
}

/// Draws who was who, line by line.
fn draw_revealed(app: &App, blind: &BlindView, lines: &[String], view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(app.theme.border_active)
        .style(app.theme.surface)
        .title(Span::styled(" Who was who ", app.theme.heading))
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    begin_page(view, 0, 1);
    view.judged_heights.fill(inner.height);
    let top = blind.scroll.first().copied().unwrap_or_default().top(lines.len(), inner.height);
    draw_more(app, lines.len(), ScrollState::Top(top), (area, inner.height), buf);
    for (line, y) in lines.iter().skip(top).zip(inner.top()..inner.bottom()) {
        write_cut(buf, inner, inner.x, y, &printable(line), app.theme.text);
    }
}

//! The phase picker: every phase by group, whether it can race for real, and what racing it would answer.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::app::{App, ContestantReadiness, PhaseContestant, PhasePicker, PhaseRow};
use crate::message::UiMessage;
use crate::screen::pane::framed;
use crate::screen::{cut_line, hints, number, sim, title_bar, write, write_cut};
use crate::view::ViewState;
use speed_kings_core::format;
use speed_kings_core::text::printable;

/// From this width the details stand beside the list, below it under the list.
const WIDE: u16 = 110;
/// Columns of the list when the details stand beside it.
const LIST: u16 = 76;
/// The mark of the phases that can race here and now, and the group of the engines of this machine.
const READY: &str = "★";
const HERE: &str = "@";
/// In a list as wide as this, each phase has its last result, in so many columns.
const WITH_RESULT: u16 = 90;
const RESULT: u16 = 18;
/// Rows of the details when they stand under the list.
const DETAIL_ROWS: u16 = 9;

/// Draws the phase picker into `area`.
pub fn draw(app: &App, picker: &PhasePicker, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let [top, main, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)]).areas(area);
    let ready = picker.all().iter().filter(|row| row.is_ready()).count();
    let counts = format!("{ready} of {} phases ready, all as SIM ", picker.all().len());
    let slogan = Span::styled("two providers, one prompt", app.theme.muted);
    title_bar(app, &[slogan], vec![Span::styled(counts, app.theme.muted)], top, buf);
    let (list, detail) = if main.width >= WIDE {
        let [list, detail] =
            Layout::horizontal([Constraint::Length(LIST.max(main.width / 2)), Constraint::Fill(1)]).areas(main);
        (list, detail)
    } else {
        let [list, detail] = Layout::vertical([Constraint::Min(4), Constraint::Length(DETAIL_ROWS)]).areas(main);
        (list, detail)
    };
    draw_list(app, picker, view, list, buf);
    draw_detail(app, picker, detail, buf);
    hints(app, bottom, buf);
}

/// A line of the list.
enum PickerItem<'a> {
    /// What can run here and now, whatever its group.
    Ready,
    Group(&'a PhaseRow),
    Phase(usize, &'a PhaseRow),
}

fn items(picker: &PhasePicker) -> Vec<PickerItem<'_>> {
    let mut items = Vec::new();
    let mut group = None;
    let parted = picker.is_parted();
    for (index, row) in picker.rows().enumerate() {
        let ready = parted && row.is_ready() && row.group != HERE;
        let of = if ready { READY } else { row.group.as_str() };
        if group != Some(of) {
            group = Some(of);
            items.push(if ready { PickerItem::Ready } else { PickerItem::Group(row) });
        }
        items.push(PickerItem::Phase(index, row));
    }
    items
}

fn draw_list(app: &App, picker: &PhasePicker, view: &mut ViewState, area: Rect, buf: &mut Buffer) {
    let filter = match (picker.filtering, picker.filter.as_str()) {
        (true, filter) => format!(" filter: {}▏", printable(filter)),
        (false, "") => " Phases ".into(),
        (false, filter) => format!(" filter: {} ", printable(filter)),
    };
    let own = if picker.prompt.is_some() { "your own prompt".into() } else { format!("{} prompt", picker.size()) };
    let style = if picker.filtering { app.theme.border_active } else { app.theme.border };
    let inner = framed(app, Span::styled(filter, app.theme.heading), style, area, buf);
    let edge = Rect { height: 1, width: area.width.saturating_sub(2), ..area };
    Line::styled(format!(" {own} "), app.theme.muted).right_aligned().render(edge, buf);
    draw_legend(app, Rect { y: area.bottom().saturating_sub(1), ..edge }, buf);
    let items = items(picker);
    if items.is_empty() {
        write(buf, inner, inner.left(), inner.top(), "No phase has all of these words: Esc shows all", app.theme.warn);
        return;
    }
    let selected = items
        .iter()
        .position(|item| matches!(item, PickerItem::Phase(index, _) if *index == picker.selected))
        .unwrap_or(0);
    let rows = usize::from(inner.height);
    // The selection stays a little away from the edges, so that what comes next is in sight.
    let from = (selected + rows / 3 + 1).saturating_sub(rows).min(items.len().saturating_sub(rows));
    for (item, y) in items.iter().skip(from).zip(inner.top()..inner.bottom()) {
        let line = Rect { y, height: 1, ..inner };
        match item {
            PickerItem::Ready => draw_heading(app, READY, "Phases that can race live now", line, buf),
            PickerItem::Group(row) => draw_heading(app, &row.group, &row.group_name, line, buf),
            PickerItem::Phase(index, row) => {
                view.targets.push((line, UiMessage::Select(*index)));
                draw_row(app, picker, row, *index == picker.selected, line, buf);
            }
        }
    }
}

/// What the marks of the list mean.
fn draw_legend(app: &App, edge: Rect, buf: &mut Buffer) {
    let mark = |mark, style, text| [Span::styled(mark, style), Span::styled(text, app.theme.muted)];
    let mut spans = vec![Span::styled(" each lane: ", app.theme.muted)];
    spans.extend(mark("●", app.theme.badge_ok, " ready  "));
    spans.extend(mark("○", app.theme.badge_unknown, " no key  "));
    spans.extend(mark("◌", app.theme.badge_unknown, " looking  "));
    spans.extend(mark("✗", app.theme.badge_broken, " can't race "));
    cut_line(Line::from(spans), edge.width).right_aligned().render(edge, buf);
}

fn draw_heading(app: &App, mark: &str, name: &str, line: Rect, buf: &mut Buffer) {
    let x = write(buf, line, line.left(), line.y, &format!("{mark} "), app.theme.accent);
    let x = write(buf, line, x, line.y, name, app.theme.heading);
    let rule = "─".repeat(usize::from(line.right().saturating_sub(x + 1)));
    write(buf, line, x + 1, line.y, &rule, app.theme.border);
}

fn draw_row(app: &App, picker: &PhasePicker, row: &PhaseRow, selected: bool, line: Rect, buf: &mut Buffer) {
    let base = if selected { app.theme.selection } else { app.theme.text };
    if selected {
        buf.set_style(line, base);
    }
    let pointer = if selected { "▸ " } else { "  " };
    let x = write(buf, line, line.left(), line.y, pointer, app.theme.accent.patch(base));
    let x = write(buf, line, x, line.y, &format!("{:<4}", row.id), base);
    // From the right: readiness, cost, and the model where there is room.
    let right = line.right().saturating_sub(16);
    let mut at = x;
    for (index, contestant) in row.contestants.iter().enumerate() {
        if index > 0 {
            at = write(buf, line, at, line.y, " vs ", app.theme.muted.patch(only_background(base)));
        }
        at = write(buf, line, at, line.y, &contestant.name, app.theme.lane(index).patch(only_background(base)));
        at = write(
            buf,
            line,
            at,
            line.y,
            &format!(" {}", contestant.badge),
            app.theme.muted.patch(only_background(base)),
        );
    }
    buf.set_style(Rect { x: right.min(line.right()), width: line.right().saturating_sub(right), ..line }, base);
    let model_at = right.saturating_sub(17);
    if at + 1 < model_at {
        write(
            buf,
            Rect { width: right - line.x, ..line },
            model_at,
            line.y,
            &row.model,
            app.theme.muted.patch(only_background(base)),
        );
    }
    if let Some(result) = row.results.first().filter(|_| line.width >= WITH_RESULT) {
        let room = Rect { width: model_at.saturating_sub(line.x + 1), ..line };
        let place = room.right().saturating_sub(RESULT).max(at + 1);
        write_cut(buf, room, place, line.y, &result.short, app.theme.text.patch(only_background(base)));
    }
    let cost = cost(picker, row);
    let place = right.saturating_sub(u16::try_from(cost.chars().count().saturating_sub(6)).unwrap_or(0));
    let mut x = write(buf, line, place, line.y, &format!("{cost:>6}  "), app.theme.muted.patch(only_background(base)));
    for contestant in &row.contestants {
        let (mark, style) = mark(app, &contestant.readiness);
        x = write(buf, line, x, line.y, mark, style.patch(only_background(base)));
    }
    if row.is_ready() {
        write(buf, line, x + 1, line.y, "live", app.theme.badge_ok.patch(only_background(base)));
    } else {
        write(buf, line, x + 1, line.y, "SIM", app.theme.sim);
    }
}

/// What a race costs, as short as the list has room for: by the prices, otherwise as planned.
fn cost(picker: &PhasePicker, row: &PhaseRow) -> String {
    match picker.estimate(row) {
        Some(0.0) => "free".into(),
        Some(usd) => format::usd(Some(usd)),
        None if row.planned_usd > 0.0 => format!("≤{}", format::planned_usd(row.planned_usd)),
        None => "free".into(),
    }
}

/// The background alone: a selected row keeps the colours of its parts.
fn only_background(style: Style) -> Style {
    Style { bg: style.bg, add_modifier: style.add_modifier, ..Style::default() }
}

fn mark(app: &App, readiness: &ContestantReadiness) -> (&'static str, Style) {
    match readiness {
        ContestantReadiness::KeySet
        | ContestantReadiness::Reachable(_)
        | ContestantReadiness::Installed(_)
        | ContestantReadiness::OnRunner(_) => ("●", app.theme.badge_ok),
        ContestantReadiness::NoKey(_) => ("○", app.theme.badge_unknown),
        ContestantReadiness::Looking(_) => ("◌", app.theme.badge_unknown),
        ContestantReadiness::Unreachable(_)
        | ContestantReadiness::NoModels(_)
        | ContestantReadiness::SameMachine(_)
        | ContestantReadiness::NotInstalled(_)
        | ContestantReadiness::Retired(_) => ("✗", app.theme.badge_broken),
    }
}

fn told(readiness: &ContestantReadiness) -> String {
    match readiness {
        ContestantReadiness::KeySet => "key set".into(),
        ContestantReadiness::NoKey(variable) => format!("{variable} is not set"),
        ContestantReadiness::Reachable(place) => format!("answers at {place}"),
        ContestantReadiness::Unreachable(place) => format!("nothing answers at {place}"),
        ContestantReadiness::Looking(place) => format!("looking at {place}"),
        ContestantReadiness::Installed(program) => format!("{program} is installed"),
        ContestantReadiness::NotInstalled(program) => format!("{program} is not installed"),
        ContestantReadiness::OnRunner(runner) => format!("runner {runner} races it"),
        ContestantReadiness::Retired(what)
        | ContestantReadiness::NoModels(what)
        | ContestantReadiness::SameMachine(what) => what.clone(),
    }
}

fn draw_detail(app: &App, picker: &PhasePicker, area: Rect, buf: &mut Buffer) {
    let Some(row) = picker.current() else {
        framed(app, Span::default(), app.theme.border, area, buf);
        return;
    };
    let names = row.contestants.iter().map(|contestant| contestant.name.as_str()).collect::<Vec<_>>().join(" vs ");
    let title = Span::styled(format!(" {} {names} ", row.id), app.theme.heading);
    let inner = framed(app, title, app.theme.border, area, buf);
    let mut lines = vec![go(app, row)];
    lines.extend(row.contestants.iter().enumerate().map(|(index, contestant)| contender_line(app, index, contestant)));
    let last = row.results.first().map_or("not raced yet", |result| result.full.as_str());
    lines.push(labelled(app, "Last", last));
    lines.push(labelled(app, "Costs", &told_cost(picker, row)));
    lines.extend(row.question.iter().map(|question| labelled(app, "Asks", question)));
    lines.push(labelled(app, &format!("Group {}", row.group), &row.questions.join(" ")));
    let own = if picker.prompt.is_some() { " (yours)" } else { "" };
    lines.push(labelled(app, "Prompt", &format!("{}{own}: {}", picker.size(), printable(picker.prompt_text()))));
    // What was measured before is worth more room than the rest of a prompt.
    let earlier = row.results.iter().skip(1).take(usize::from(inner.height) / 5);
    let earlier: Vec<_> = earlier.map(|result| labelled(app, "Before", &result.full)).collect();
    let at = lines.iter().position(|line| line.spans.first().is_some_and(|label| label.content.starts_with("Costs")));
    lines.splice(at.unwrap_or(0)..at.unwrap_or(0), earlier);
    Paragraph::new(lines).wrap(Wrap { trim: false }).render(inner, buf);
}

/// What Enter does here.
fn go(app: &App, row: &PhaseRow) -> Line<'static> {
    let enter = Span::styled("Enter", app.theme.key);
    if row.is_ready() {
        return Line::from(vec![enter, Span::styled(format!(" races {} live", row.model), app.theme.text)]);
    }
    let said = Span::styled(" races it simulated ", app.theme.text);
    Line::from(vec![enter, said, sim(app), Span::styled(" since not all lanes are ready", app.theme.muted)])
}

/// What a race costs by the prices, and what the plan allows.
fn told_cost(picker: &PhasePicker, row: &PhaseRow) -> String {
    let planned = (row.planned_usd > 0.0).then(|| format::planned_usd(row.planned_usd));
    match (picker.estimate(row), planned) {
        (Some(0.0), _) | (None, None) => {
            let away = row.contestants.iter().any(|one| matches!(one.readiness, ContestantReadiness::OnRunner(_)));
            format!("nothing: it runs {}", if away { "on your own machines" } else { "here" })
        }
        (Some(usd), Some(planned)) => {
            format!("about {} with this prompt, by the prices; the plan allows {planned}", format::usd(Some(usd)))
        }
        (Some(usd), None) => format!("about {} with this prompt, by the prices", format::usd(Some(usd))),
        (None, Some(planned)) => format!("not known with this prompt; the plan allows {planned}"),
    }
}

fn contender_line(app: &App, index: usize, contestant: &PhaseContestant) -> Line<'static> {
    let (mark, style) = mark(app, &contestant.readiness);
    Line::from(vec![
        Span::styled(format!("{} {:<11}", number(index), contestant.name), app.theme.lane(index)),
        Span::styled(format!(" {mark} "), style),
        Span::styled(told(&contestant.readiness), app.theme.text),
        Span::styled(format!(" · {} · {}", printable(&contestant.model), contestant.hardware), app.theme.muted),
    ])
}

fn labelled(app: &App, label: &str, text: &str) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!("{label:<8}"), app.theme.muted),
        Span::styled(text.to_owned(), app.theme.text),
    ])
}

//! One lane of the race screen: who it is, how long it took to begin, how fast it is, what it says.

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Padding, Paragraph, Widget, Wrap};

use crate::figure;
use crate::race::Stage;
use crate::race::event::{Channel, Failure, LaneId};
use crate::race::grid::Contestant;
use crate::race::is_simulated;
use crate::race::lane::{Lane, State};
use crate::race::standing::Standing;
use crate::race::timing::{cost_usd, output_speed};
use crate::race::verdict::Outcome;
use crate::text::printable;
use crate::time::{Offset, Period};
use crate::ui::app::{App, Heat};
use crate::ui::screen::race::detail;
use crate::ui::screen::{ghost, number};
use crate::ui::view::View;
use crate::ui::widget::bigtext::{BigText, Scale};
use crate::ui::widget::spark::{self, Spark};
use crate::ui::widget::transcript::Pane;

/// Big digits of the larger kind need this much room inside a lane.
const ROOMY: (u16, u16) = (84, 30);
/// The widest that the stopwatch and the speed get, in characters: `1.20` and `2648`.
const FIGURE: &str = "0000";

/// In a lane with fewer rows inside than these, there is no sparkline, and then no big digits either.
const SHORT: (u16, u16) = (8, 7);

/// In a lane narrower than this, facts go without their labels.
const NARROW: u16 = 58;

/// What all lanes of a frame share.
struct Shared<'a> {
    app: &'a App,
    now: Offset,
    standing: Option<Standing>,
    stage: Stage,
    window: spark::Window,
    top: f64,
}

/// Draws all lanes, each in its column.
pub(super) fn draw_all(
    app: &App,
    heat: &Heat,
    view: &mut View,
    standing: Option<Standing>,
    now: Offset,
    columns: &[Rect],
    buf: &mut Buffer,
) {
    let cells = columns.iter().map(|column| column.width).min().unwrap_or(0).saturating_sub(4);
    let window = spark::Window::new(now, cells);
    let (stage, top) = (heat.race.stage, spark::peak(heat.race.lanes(), window, cells));
    let shared = Shared { app, now, standing, stage, window, top };
    for ((id, contestant, lane), column) in heat.race.entries().zip(columns) {
        let height = draw(&shared, heat, view, (id, contestant, lane), *column, buf);
        if let Some(kept) = view.heights.get_mut(id.index()) {
            *kept = height;
        }
    }
}

/// Draws one lane; gives how many rows its text has.
fn draw(
    shared: &Shared<'_>,
    heat: &Heat,
    view: &View,
    (id, contestant, lane): (LaneId, &Contestant, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let inner = frame(shared, heat, (id, contestant, lane), area, buf);
    let scale = if inner.width >= ROOMY.0 && inner.height >= ROOMY.1 { Scale::Large } else { Scale::Small };
    let (_, tall) = BigText::size(FIGURE, scale);
    let digits = if inner.height < SHORT.1 { 1 } else { tall };
    let sparks = match inner.height {
        28.. => 3,
        20.. => 2,
        height => u16::from(height >= SHORT.0),
    };
    let [about, labels, big, facts, spark, text] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(digits),
        Constraint::Length(1),
        Constraint::Length(sparks),
        Constraint::Min(1),
    ])
    .areas(inner);
    let theme = &shared.app.theme;
    about_line(shared, contestant, lane, about.width).render(about, buf);
    draw_figures(shared, id, lane, scale, labels, big, buf);
    facts_line(shared, contestant, lane, facts.width).render(facts, buf);
    let bar = theme.lane(id.index());
    Spark { lane, window: shared.window, top: shared.top, bar, zero: theme.spark_zero }.render(spark, buf);
    draw_text(shared, heat, view, (id, lane), text, buf)
}

fn frame(
    shared: &Shared<'_>,
    heat: &Heat,
    (id, contestant, lane): (LaneId, &Contestant, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> Rect {
    let theme = &shared.app.theme;
    let colour = theme.lane(id.index());
    let name = printable(&contestant.name).to_uppercase();
    let mut title = vec![
        Span::styled(format!(" {} {name} ", number(id.index())), colour.patch(bold())),
        Span::styled(format!(" {} ", contestant.hardware.badge()), theme.selection),
        Span::raw(" "),
    ];
    if is_simulated(contestant, lane) {
        title.extend([super::sim(shared.app), Span::raw(" ")]);
    }
    if let Some(ran_at) = &contestant.ghost {
        // The day is enough to know it by; the minute stands in what `inspect` says.
        let day = printable(ran_at).chars().take(10).collect::<String>();
        title.extend([ghost(shared.app), Span::styled(format!(" {day} "), theme.muted)]);
    }
    let leads = shared.standing.is_some_and(|standing| standing.leader == id);
    let mark = match (&lane.state, leads) {
        (State::Failed(_), _) => Span::styled(" OUT ", theme.error),
        (State::Finished, true) if won(heat, id) => Span::styled(" ⚑ FIRST ", theme.win),
        (State::Finished, _) => Span::styled(" ⚑ ", theme.muted),
        (_, true) => Span::styled(" ▲ LEADS ", theme.win),
        _ => Span::default(),
    };
    let focus = heat.race.lanes().len() > 1 && heat.focus == id.index();
    // Lanes differ by their frame too, for those who can't tell the colours apart.
    let border = if id.index() % 2 == 0 { BorderType::Thick } else { BorderType::Double };
    let foot = if focus && !shared.app.is_film() {
        Line::styled(" ↑↓ scroll ", theme.muted).right_aligned()
    } else {
        Line::default()
    };
    let block = Block::bordered()
        .border_type(border)
        .border_style(if leads { colour } else { theme.lane_dim(id.index()) })
        .style(theme.surface)
        .title(Line::from(title))
        .title(Line::from(mark).right_aligned())
        .title_bottom(foot)
        .padding(Padding::horizontal(1));
    let inner = block.inner(area);
    block.render(area, buf);
    inner
}

/// Whether lane `id` is first for good: nobody is in a dead heat.
fn won(heat: &Heat, id: LaneId) -> bool {
    match heat.verdict.as_ref().map(|verdict| &verdict.outcome) {
        Some(Outcome::Won { winner, .. }) => *winner == id,
        Some(_) => false,
        None => true,
    }
}

fn bold() -> Style {
    Style::new().bold()
}

/// Model, state, connection.
fn about_line(shared: &Shared<'_>, contestant: &Contestant, lane: &Lane, width: u16) -> Line<'static> {
    let theme = &shared.app.theme;
    let (state, style) = state(shared, lane);
    let mut spans = vec![Span::styled(state, style)];
    spans.push(Span::styled(format!(" · {}", printable(&contestant.model)), theme.text));
    if let Some(endpoint) = contestant.endpoint.as_deref().filter(|_| !contestant.simulated) {
        spans.push(Span::styled(format!(" @ {}", printable(endpoint)), theme.warn));
    }
    if let Some(head) = lane.head.as_ref().filter(|_| width >= NARROW) {
        spans.push(Span::styled(format!(" · {}", printable(&head.version)), theme.muted));
        if let Some(region) = &head.region {
            spans.push(Span::styled(format!(" {}", printable(region)), theme.muted));
        }
    }
    Line::from(spans)
}

fn state(shared: &Shared<'_>, lane: &Lane) -> (String, Style) {
    let theme = &shared.app.theme;
    match &lane.state {
        // Whoever is not connected when the lights go on starts from nothing at the green light.
        State::Waiting if shared.stage > Stage::Warming => ("starts cold".into(), theme.muted),
        State::Waiting => ("connecting".into(), theme.muted),
        State::Ready => ("ready, warm".into(), theme.badge_ok),
        State::Holding { until } => (format!("rate limited: again in {}", until.since(shared.now)), theme.warn),
        State::Requested if lane.marks.headers.is_some() => ("connected, no token yet".into(), theme.warn),
        State::Requested => ("request sent".into(), theme.warn),
        State::Streaming if lane.marks.first_answer.is_none() => ("thinking".into(), theme.reasoning),
        State::Streaming => ("streaming".into(), theme.badge_ok),
        State::Finished => {
            let reason = lane
                .finish
                .as_ref()
                .map_or_else(|| "no reason given".into(), |reason| printable(reason.as_str()).into_owned());
            (format!("finished ({reason})"), theme.heading)
        }
        State::Failed(failure) => (failure.kind.title().into(), theme.error),
        State::Stopped => ("stopped".into(), theme.warn),
    }
}

fn draw_figures(shared: &Shared<'_>, id: LaneId, lane: &Lane, scale: Scale, labels: Rect, big: Rect, buf: &mut Buffer) {
    let theme = &shared.app.theme;
    // The speed has the four digits it may need; in a narrow lane the stopwatch gets the rest.
    let (speed_width, _) = BigText::size(FIGURE, scale);
    let right = speed_width.max(big.width / 2).min(big.width);
    let halves = |area| Layout::horizontal([Constraint::Fill(1), Constraint::Length(right)]).areas::<2>(area);
    let ([left_label, right_label], [left, right]) = (halves(labels), halves(big));
    let stamped = lane.marks.first_text.is_some();
    let running =
        lane.marks.sent.map(|sent| lane.marks.first_text.or(lane.marks.over).unwrap_or(shared.now).since(sent));
    let (watch, unit) = figure::stopwatch(running.unwrap_or(Period::ZERO));
    let watch_style = if stamped { theme.stopwatch_stamped } else { theme.stopwatch_running };
    let mut label = vec![Span::styled("TTFT ", theme.muted), Span::styled(unit, theme.text)];
    if stamped {
        label.push(Span::styled(" ✓", theme.badge_ok));
    }
    Line::from(label).render(left_label, buf);
    let plain = big.height < BigText::size(FIGURE, scale).1;
    let draw = |text: &str, style: Style, area: Rect, buf: &mut Buffer| {
        if plain {
            Line::styled(text.to_owned(), style).render(area, buf);
        } else {
            BigText::new(text, scale).style(style).render(area, buf);
        }
    };
    draw(&watch, watch_style, left, buf);
    let speed = output_speed(lane).map_or_else(|| "-".into(), |rate| figure::rate(Some(rate)));
    Line::from(vec![Span::styled("SPEED ", theme.muted), Span::styled("tok/s", theme.text)]).render(right_label, buf);
    let style = if lane.state == State::Streaming { theme.lane(id.index()) } else { theme.speed };
    draw(&speed, style, right, buf);
}

/// Tokens, TTFA, time, cost.
fn facts_line(shared: &Shared<'_>, contestant: &Contestant, lane: &Lane, width: u16) -> Line<'static> {
    let theme = &shared.app.theme;
    let mut spans = Vec::new();
    let mut fact = |label: &str, value: String, style: Style| {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", theme.muted));
        }
        let label = if width < NARROW || label.is_empty() { String::new() } else { format!("{label} ") };
        spans.extend([Span::styled(label, theme.muted), Span::styled(value, style)]);
    };
    let tokens = lane.tokens().map_or_else(|| "0".into(), |tokens| figure::tokens(Some(tokens)));
    fact("", format!("{tokens} tokens"), theme.text);
    let reasons = lane.transcript().has(Channel::Reasoning) || lane.marks.first_answer != lane.marks.first_text;
    if let (true, Some(sent)) = (reasons, lane.marks.sent) {
        let (text, style) = match lane.marks.first_answer {
            Some(at) => (at.since(sent).to_string(), theme.stopwatch_stamped),
            None if lane.state.is_over() => (figure::ABSENT.into(), theme.muted),
            None => (format!("{}…", shared.now.since(sent)), theme.stopwatch_running),
        };
        fact("", format!("TTFA {text}"), style);
    }
    if let (true, Some(sent), Some(last)) = (lane.state.is_over(), lane.marks.sent, lane.marks.last_text) {
        fact("total", last.since(sent).to_string(), theme.text);
        if let Some(cost) = cost_usd(lane, contestant) {
            fact("cost", figure::usd(Some(cost)), theme.text);
        }
    }
    if let Some(hidden) = lane.hidden_reasoning() {
        fact("", format!("{hidden} hidden reasoning"), theme.warn);
    }
    Line::from(spans)
}

fn draw_text(
    shared: &Shared<'_>,
    heat: &Heat,
    view: &View,
    (id, lane): (LaneId, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let theme = &shared.app.theme;
    let mut text = area;
    if let State::Failed(failure) = &lane.state {
        let said = Paragraph::new(failure_lines(shared, failure)).wrap(Wrap { trim: false });
        let rows = 5.min(area.height);
        said.render(Rect { y: area.bottom() - rows, height: rows, ..area }, buf);
        text.height -= rows;
    } else if let Some(notice) = lane.notices.last() {
        Line::styled(printable(notice).into_owned(), theme.warn)
            .render(Rect { height: 1.min(area.height), ..area }, buf);
        text = Rect { y: text.y + 1, height: text.height.saturating_sub(1), ..text };
    }
    let style = |channel| match channel {
        Channel::Answer => theme.text,
        Channel::Reasoning => theme.reasoning,
        Channel::Tool => theme.accent,
        Channel::Refusal => theme.warn,
    };
    if heat.detail {
        let contestant = heat.race.grid.contestants.get(id.index());
        let lines = contestant.map(|contestant| detail::lines(shared.app, contestant, lane)).unwrap_or_default();
        Paragraph::new(lines).wrap(Wrap { trim: true }).render(text, buf);
        return text.height;
    }
    if let Some(layout) = view.layouts.get(id.index()) {
        Pane { layout, scroll: view.scroll(heat, id.index()), style: &style, rule: theme.muted }.render(text, buf);
    }
    text.height
}

/// What went wrong, when, and what to do.
fn failure_lines(shared: &Shared<'_>, failure: &Failure) -> Vec<Line<'static>> {
    let theme = &shared.app.theme;
    let status = failure.status.map(|status| format!(" · HTTP {status}")).unwrap_or_default();
    let mut lines = vec![
        Line::styled(format!("✗ {}{status}", failure.kind.title()), theme.error),
        Line::styled(printable(&failure.message).into_owned(), theme.text),
    ];
    lines.extend(failure.hint.as_deref().map(|hint| Line::styled(format!("→ {}", printable(hint)), theme.accent)));
    lines
}

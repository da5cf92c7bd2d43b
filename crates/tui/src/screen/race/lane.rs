//! One lane of the race screen: who it is, how long it took to begin, how fast it is, what it says.

use ratatui::buffer::Buffer;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Widget, Wrap};

use crate::app::RaceView;
use crate::layout::RaceLayout;
use crate::screen::race::context::FrameContext;
use crate::screen::race::places::LanePlaces;
use crate::screen::race::{detail, figures, frame};
use crate::screen::{cut_line, prose};
use crate::view::ViewState;
use crate::widget::bigtext::{BigText, PixelScale};
use crate::widget::spark::SparkLine;
use crate::widget::transcript::VisibleRows;
use speed_kings_core::format;
use speed_kings_core::race::RaceStage;
use speed_kings_core::race::event::{LaneFailure, LaneId, TextChannel};
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::timing::cost_usd;
use speed_kings_core::stats::timing::stall_limit;
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period, Rate};

/// Big digits of the larger kind need this much room inside a lane.
const ROOMY: (u16, u16) = (84, 48);
/// A lane with so many rows inside has its speed as a bar, too.
const WITH_SPEED: u16 = 9;
/// In a lane with fewer rows inside than these, there is no sparkline, and then no big digits either.
const SHORT: (u16, u16) = (8, 7);
/// With fewer than these, the figures share a line.
const FULL: u16 = 5;
/// Before its first text, a lane with so many rows inside has its figures in larger digits, where they fit.
const WAITING: u16 = 16;
/// Larger digits take at least so many rows inside a lane.
const BROAD: u16 = 13;
/// Lines of text that stay where figures have the room.
const BROADCAST_LINES: u16 = 3;
/// The most rows of a chart above a text that leaves room, and the least that have a scale.
const TALL_SPARK: u16 = 12;
const WITH_AXIS: u16 = 4;

/// In a lane narrower than this, facts go without their labels.
const NARROW: u16 = 58;

/// Draws the lanes that have a place.
pub(super) fn draw_all(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    view: &mut ViewState,
    places: &LanePlaces,
    buf: &mut Buffer,
) {
    for (index, place) in &places.shown {
        let Some(entry @ (id, ..)) = race_view.race.entries().nth(*index) else { continue };
        let height = draw(shared, race_view, view, entry, *place, buf);
        if let Some(kept) = view.heights.get_mut(id.index()) {
            *kept = height;
        }
    }
}

/// Draws one lane; gives how many rows its text has.
fn draw(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    view: &ViewState,
    (id, contestant, lane): (LaneId, &Contestant, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let inner = frame::draw(shared, race_view, (id, contestant, lane), area, buf);
    if inner.height < FULL || shared.app.layout == RaceLayout::Text {
        return draw_low(shared, race_view, view, (id, contestant, lane), inner, buf);
    }
    let large =
        (lane.marks.first_text.is_none() && inner.height >= WAITING) || shared.app.layout == RaceLayout::Broadcast;
    let fits = inner.height >= BROAD && figures::side_by_side(PixelScale::Large, inner.width);
    let roomy = inner.width >= ROOMY.0 && inner.height >= ROOMY.1;
    let scale = if roomy || large && fits { PixelScale::Large } else { PixelScale::Small };
    let (_, tall) = BigText::size("0", scale);
    let plain = inner.height < SHORT.1 || !figures::side_by_side(scale, inner.width);
    let digits = if plain { 1 } else { tall };
    let above = digits + 3 + u16::from(inner.height >= WITH_SPEED);
    let lines = view.layouts.get(id.index()).map_or(0, |layout| layout.lines().len());
    let sparks = spark_rows(shared, race_view, lane, lines, inner.height, above);
    let speed = u16::from(inner.height >= WITH_SPEED);
    let [about, labels, big, speed, facts, spark, text] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(digits),
        Constraint::Length(speed),
        Constraint::Length(1),
        Constraint::Length(sparks),
        Constraint::Min(1),
    ])
    .areas(inner);
    let theme = &shared.app.theme;
    cut_line(about_line(shared, contestant, (id, lane), about.width), about.width).render(about, buf);
    figures::draw(shared, (id, lane), (!plain).then_some(scale), labels, big, buf);
    figures::draw_speed(shared, (id, lane), speed, buf);
    cut_line(facts_line(shared, contestant, lane, facts.width), facts.width).render(facts, buf);
    let bar = theme.lane(id.index());
    SparkLine { lane, window: shared.window, top: shared.top, bar, zero: theme.spark_zero }.render(spark, buf);
    draw_axis(shared, spark, buf);
    draw_text(shared, race_view, view, (id, lane), text, buf)
}

/// How many rows the rate gets in a pane of `height` rows with so many `above` it: a few, and those that its text of so many
/// `lines` does not need.
fn spark_rows(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    lane: &Lane,
    lines: usize,
    height: u16,
    above: u16,
) -> u16 {
    let least = match height {
        28.. => 3,
        20.. => 2,
        height => u16::from(height >= SHORT.0),
    };
    let text = match shared.app.layout {
        RaceLayout::Broadcast => usize::from(BROADCAST_LINES),
        _ => lines + 1,
    };
    // Facts and failures take what room they find.
    if race_view.detail || lane.state.failure().is_some() || !lane.notices.is_empty() || least == 0 {
        return least;
    }
    let spare = height.saturating_sub(above).saturating_sub(u16::try_from(text).unwrap_or(u16::MAX));
    let most = if shared.app.layout == RaceLayout::Broadcast { height } else { TALL_SPARK };
    spare.min(most).max(least)
}

/// Draws the end of the scale over the upper right corner of a tall chart, where nothing is drawn yet.
fn draw_axis(shared: &FrameContext<'_>, area: Rect, buf: &mut Buffer) {
    if area.height < WITH_AXIS || shared.top <= 0.0 {
        return;
    }
    let text = format!("{} tok/s ┐", format::rate(Some(Rate::per_second(shared.top))));
    let width = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    let label = Rect { x: area.right().saturating_sub(width), width, height: 1, ..area }.intersection(area);
    let free = (label.left()..label.right()).all(|x| buf.cell((x, label.y)).is_some_and(|cell| cell.symbol() == " "));
    if free {
        Line::styled(text, shared.app.theme.muted).render(label, buf);
    }
}

/// Draws the inside of a lane with very few rows, the figures before all else; gives how many its text has.
fn draw_low(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    view: &ViewState,
    (id, contestant, lane): (LaneId, &Contestant, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let mut rest = area;
    let mut row = |wanted: bool| {
        let row = Rect { height: u16::from(wanted).min(rest.height), ..rest };
        rest = Rect { y: row.bottom(), height: rest.height - row.height, ..rest };
        row
    };
    let (about, both, facts) = (row(area.height >= 3), row(true), row(area.height >= 4));
    cut_line(about_line(shared, contestant, (id, lane), area.width), area.width).render(about, buf);
    cut_line(figures::line(shared, id, lane), area.width).render(both, buf);
    cut_line(facts_line(shared, contestant, lane, area.width), area.width).render(facts, buf);
    draw_text(shared, race_view, view, (id, lane), rest, buf)
}

/// The lane's state, model, address, HTTP version and region, in one line.
fn about_line(
    shared: &FrameContext<'_>,
    contestant: &Contestant,
    (id, lane): (LaneId, &Lane),
    width: u16,
) -> Line<'static> {
    let theme = &shared.app.theme;
    let (state, style) = state(shared, id, lane);
    let mut spans = vec![Span::styled(state, style)];
    if let Some(words) = shared.contact(id, lane) {
        spans.push(Span::styled(format!(" · {words}"), theme.warn));
    }
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

fn state(shared: &FrameContext<'_>, id: LaneId, lane: &Lane) -> (String, Style) {
    let theme = &shared.app.theme;
    match &lane.state {
        // Whoever is not connected when the lights go on starts from nothing at the green light.
        LaneState::Waiting if shared.stage > RaceStage::Warming => ("starts cold".into(), theme.muted),
        LaneState::Waiting => match shared.starting(id) {
            Some(time) => (format!("its engine is starting {time}"), theme.warn),
            None => ("connecting".into(), theme.muted),
        },
        LaneState::Ready => ("ready, warm".into(), theme.badge_ok),
        LaneState::Holding { until } => (format!("rate limited: again in {}", until.since(shared.now)), theme.warn),
        LaneState::Requested if lane.marks.headers.is_some() => ("connected, no token yet".into(), theme.warn),
        LaneState::Requested => ("request sent".into(), theme.warn),
        LaneState::Streaming if silence(shared, lane).is_some() => {
            let (since, silent) = silence(shared, lane).unwrap_or_default();
            // It pulses twice a second: nothing else would move here.
            let style = if shared.show.pulse(since, 2.0) < 0.5 { theme.muted } else { theme.warn };
            (format!("no text for {silent}"), style)
        }
        LaneState::Streaming if lane.marks.first_answer.is_none() => ("thinking".into(), theme.reasoning),
        LaneState::Streaming => ("streaming".into(), theme.badge_ok),
        LaneState::Finished => {
            let reason = lane
                .finish
                .as_ref()
                .map_or_else(|| "no reason given".into(), |reason| printable(reason.as_str()).into_owned());
            (format!("finished ({reason})"), theme.heading)
        }
        LaneState::Failed(failure) => (failure.kind.title().into(), theme.error),
        LaneState::Stopped => ("stopped".into(), theme.warn),
    }
}

/// Since when and for how long nothing has come, when that is far more than the mean time between two reads.
fn silence(shared: &FrameContext<'_>, lane: &Lane) -> Option<(Offset, Period)> {
    let (first, last) = lane.marks.first_text.zip(lane.marks.last_text)?;
    let gaps = u32::try_from(lane.reads().len().saturating_sub(1)).unwrap_or(u32::MAX);
    let mean = if gaps == 0 { 0.0 } else { last.since(first).as_secs_f64() / f64::from(gaps) };
    let silent = shared.now.since(last);
    (silent.as_secs_f64() > stall_limit(mean)).then_some((last, silent))
}

/// Tokens, TTFA, time, cost.
fn facts_line(shared: &FrameContext<'_>, contestant: &Contestant, lane: &Lane, width: u16) -> Line<'static> {
    let theme = &shared.app.theme;
    let mut spans = Vec::new();
    let mut fact = |label: &str, value: String, style: Style| {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", theme.muted));
        }
        let label = if width < NARROW || label.is_empty() { String::new() } else { format!("{label} ") };
        spans.extend([Span::styled(label, theme.muted), Span::styled(value, style)]);
    };
    let tokens = shared.tokens(lane).map_or_else(|| "0".into(), |tokens| format::tokens(Some(tokens)));
    fact("", format!("{tokens} tokens"), theme.text);
    let reasons = lane.transcript().has(TextChannel::Reasoning) || lane.marks.first_answer != lane.marks.first_text;
    if let (true, Some(sent)) = (reasons, lane.asked()) {
        let (text, style) = match lane.marks.first_answer {
            Some(at) => (at.since(sent).to_string(), theme.stopwatch_stamped),
            None if lane.state.is_over() => (format::ABSENT.into(), theme.muted),
            None => (format!("{}…", shared.now.since(sent)), theme.stopwatch_running),
        };
        fact("", format!("TTFA {text}"), style);
    }
    if let (true, Some(sent), Some(last)) = (lane.state.is_over(), lane.asked(), lane.marks.last_text) {
        fact("total", last.since(sent).to_string(), theme.text);
        if let Some(cost) = cost_usd(lane, contestant) {
            fact("cost", format::usd(Some(cost)), theme.text);
        }
    }
    if let Some(hidden) = lane.hidden_reasoning() {
        fact("", format!("{hidden} hidden reasoning"), theme.warn);
    } else if let (true, Some(why)) = (lane.state.is_over(), SpeedWithheld::of(lane)) {
        fact("no speed:", why.words(), theme.warn);
    }
    if let Some(now) = format::resources_now(&lane.resources) {
        fact("", now, theme.muted);
    }
    Line::from(spans)
}

fn draw_text(
    shared: &FrameContext<'_>,
    race_view: &RaceView,
    view: &ViewState,
    (id, lane): (LaneId, &Lane),
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let theme = &shared.app.theme;
    let mut text = area;
    if let LaneState::Failed(failure) = &lane.state {
        let said = Text::from(failure_lines(shared, failure));
        // All of it before any of the answer: it ends with what to do.
        let rows = prose::rows(&said, Alignment::Left, area.width).min(area.height);
        prose::draw(said, Alignment::Left, Rect { y: area.bottom() - rows, height: rows, ..area }, buf);
        text.height -= rows;
    } else if let Some(notice) = lane.notices.last() {
        Line::styled(printable(notice).into_owned(), theme.warn)
            .render(Rect { height: 1.min(area.height), ..area }, buf);
        text = Rect { y: text.y + 1, height: text.height.saturating_sub(1), ..text };
    }
    let style = |channel, look| match channel {
        TextChannel::Answer => prose::style(theme, theme.text, look),
        TextChannel::Reasoning => theme.reasoning,
        TextChannel::Tool => theme.accent,
        TextChannel::Refusal => theme.warn,
    };
    if race_view.detail {
        let contestant = race_view.race.setup.contestants.get(id.index());
        let lines = contestant.map(|contestant| detail::lines(shared.app, contestant, lane)).unwrap_or_default();
        Paragraph::new(lines).wrap(Wrap { trim: true }).render(text, buf);
        return text.height;
    }
    if let Some(layout) = view.layouts.get(id.index()) {
        VisibleRows { layout, scroll: view.scroll(race_view, id.index()), style: &style, rule: theme.muted }
            .render(text, buf);
    }
    text.height
}

/// What went wrong, when, and what to do.
fn failure_lines(shared: &FrameContext<'_>, failure: &LaneFailure) -> Vec<Line<'static>> {
    let theme = &shared.app.theme;
    let status = failure.status.map(|status| format!(" · HTTP {status}")).unwrap_or_default();
    let mut lines = vec![
        Line::styled(format!("✗ {}{status}", failure.kind.title()), theme.error),
        Line::styled(printable(&failure.message).into_owned(), theme.text),
    ];
    lines.extend(failure.hint.as_deref().map(|hint| Line::styled(format!("→ {}", printable(hint)), theme.accent)));
    lines
}

//! The board of a watch: who answers now, how often, how soon and how fast, with the way there as a row of bars.
//! A contestant takes a few rows, so that a board of several still fits the smallest terminal.

mod cell;
mod regions;

use std::net::SocketAddr;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget};

use self::cell::{ROWS, whole_seconds, wrong};
use self::regions::RegionGrid;
use crate::app::App;
use crate::screen::{cramped, hints, number, overlay, sim, state, title_bar, write, write_cut};
use crate::view::{inset, is_cramped};
use crate::widget::history::RowHistory;
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::text::printable;
use speed_kings_session::watch::{BoardRow, ProbeSample, WatchBoard, WatchMoment};

/// Columns ahead of the bars.
const FIGURES: u16 = 44;

/// What is going on beside the board.
#[derive(Clone, PartialEq, Debug)]
pub struct BoardStatus {
    /// The time, the schedule and the alerts.
    pub moment: WatchMoment,
    /// Until the next round; nothing while one runs.
    pub next: Option<Duration>,
    /// Who is being probed.
    pub probing: Option<LaneId>,
    /// It probes nobody itself, and shows what others find.
    pub collects: bool,
    /// Where the metrics are served.
    pub metrics: Option<SocketAddr>,
    /// What went wrong beside the probes, newest last.
    pub notice: Option<String>,
}

/// Draws the board of a watch over the whole of `area`, with what lies over it.
pub fn draw(app: &App, board: &WatchBoard, status: &BoardStatus, area: Rect, buf: &mut Buffer) {
    Block::new().style(app.theme.background).render(area, buf);
    if is_cramped(area) {
        cramped::board(app, board, &status.moment, area, buf);
        return;
    }
    draw_screen(app, board, status, area, buf);
    overlay::draw(app, area, buf);
}

fn draw_screen(app: &App, board: &WatchBoard, status: &BoardStatus, area: Rect, buf: &mut Buffer) {
    let [top, below, main, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)])
            .areas(area);
    draw_title(app, board, status, top, buf);
    draw_beside(app, status, inset(below), buf);
    let mut rest = inset(main);
    if let Some(grid) = RegionGrid::of(board, rest.width).filter(|_| status.collects) {
        grid.draw(app, board, &status.moment, rest, buf);
        hints(app, bottom, buf);
        return;
    }
    for (index, row) in board.rows.iter().enumerate() {
        if rest.height < ROWS - 1 {
            let more = format!("{} more in a taller terminal", board.rows.len() - index);
            write(buf, rest, rest.x, rest.y, &more, app.theme.muted);
            break;
        }
        let probing = status.probing.is_some_and(|lane| lane.index() == index);
        let place = Rect { height: ROWS.min(rest.height), ..rest };
        draw_row(app, index, row, probing, &status.moment, place, buf);
        rest = Rect { y: rest.y + ROWS.min(rest.height), height: rest.height.saturating_sub(ROWS), ..rest };
    }
    hints(app, bottom, buf);
}

fn draw_title(app: &App, board: &WatchBoard, status: &BoardStatus, area: Rect, buf: &mut Buffer) {
    // How often the others probe is theirs to know.
    let schedule = if status.collects {
        let mut runners: Vec<&str> =
            board.rows.iter().filter_map(|row| row.contestant.runner.as_deref()).map(|on| on.name.as_str()).collect();
        runners.sort_unstable();
        runners.dedup();
        format!(" of {} place{}", runners.len(), if runners.len() == 1 { "" } else { "s" })
    } else {
        format!(" every {}", date::span_text(status.moment.every))
    };
    let middle = [Span::styled("WATCH", app.theme.heading), Span::styled(schedule, app.theme.text)];
    let mut right = Vec::new();
    if board.rows.iter().any(|row| row.contestant.simulated) {
        right.extend([sim(app), Span::raw(" ")]);
    }
    let state = match status.next {
        _ if status.collects => "from the bus ".to_owned(),
        Some(left) => format!("next in {} s ", left.as_secs() + 1),
        None => "probing ".to_owned(),
    };
    right.push(Span::styled(state, app.theme.heading));
    title_bar(app, &middle, right, area, buf);
}

/// What goes on beside the probes: what went wrong with it, else where the metrics are.
fn draw_beside(app: &App, status: &BoardStatus, area: Rect, buf: &mut Buffer) {
    if let Some(notice) = &status.notice {
        write_cut(buf, area, area.x, area.y, &printable(notice), app.theme.badge_broken);
    } else if let Some(addr) = status.metrics {
        let told = format!("metrics at http://{addr}{}", speed_kings_session::watch::endpoint::PATH);
        write_cut(buf, area, area.x, area.y, &told, app.theme.muted);
    }
}

fn draw_row(
    app: &App,
    index: usize,
    row: &BoardRow,
    probing: bool,
    moment: &WatchMoment,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = &app.theme;
    let (state, style) = state(app, row, moment);
    let share = row
        .availability()
        .map_or_else(|| format::ABSENT.to_owned(), |share| format!("{} of {}", format::share(share), row.probes));
    let checked = row.age(moment.now).map(|age| format!(" · {} ago", date::span_text(whole_seconds(age))));
    let sums = Line::from(vec![
        Span::styled(format!("{share} · {}{} ", spent(row), checked.unwrap_or_default()), theme.text),
        Span::styled(format!(" {state} "), style),
    ]);
    let taken = u16::try_from(sums.width()).unwrap_or(u16::MAX).saturating_add(1);
    let names = Rect { width: area.width.saturating_sub(taken), ..area };
    sums.right_aligned().render(Rect { height: 1, ..area }, buf);
    let mut x = write(buf, names, names.x, names.y, &format!("{} ", number(index)), theme.lane(index));
    x = write_cut(buf, names, x, names.y, &printable(&row.contestant.name), theme.lane(index));
    x = write_cut(buf, names, x + 1, names.y, &printable(&row.contestant.model), theme.muted);
    if probing {
        write(buf, names, x + 1, names.y, "…", theme.heading);
    }
    let bars = [
        (Metric::Ttft, ProbeSample::ttft_ms as fn(&ProbeSample) -> Option<f64>),
        (Metric::OutputSpeed, ProbeSample::tok_s),
    ];
    for ((metric, figure), y) in bars.into_iter().zip(area.y + 1..area.bottom()) {
        draw_figure(app, row, index, metric, figure, Rect { y, height: 1, ..area }, buf);
    }
    let told = wrong(index, row, moment);
    write_cut(buf, area, area.x + 2, area.y + ROWS - 1, &printable(&told), theme.badge_broken);
}

fn spent(row: &BoardRow) -> String {
    match row.spent() {
        None if row.spent_usd > 0.0 => format!("over {}", format::usd(Some(row.spent_usd))),
        spent => format::usd(spent),
    }
}

fn draw_figure(
    app: &App,
    row: &BoardRow,
    lane: usize,
    metric: Metric,
    figure: fn(&ProbeSample) -> Option<f64>,
    area: Rect,
    buf: &mut Buffer,
) {
    let last = row.samples.iter().rev().find_map(figure);
    let median = format::metric(metric, row.median(figure));
    write(buf, area, area.x + 2, area.y, metric.title(), app.theme.muted);
    let now = format::metric(metric, last);
    write(buf, area, area.x + 15, area.y, &format!("{now:>11}"), app.theme.text);
    write(buf, area, area.x + 28, area.y, &format!("median {median}"), app.theme.muted);
    let values: Vec<Option<f64>> = row.samples.iter().map(figure).collect();
    let room = area.width.saturating_sub(FIGURES);
    let bars = Rect { x: area.right().saturating_sub(room), width: room, ..area };
    let bar: Style = app.theme.lane(lane);
    RowHistory { values: &values, bar, missing: app.theme.badge_broken }.render(bars, buf);
}

//! What a terminal too small for a screen shows: what is needed, and the race in one line for each lane.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::App;
use crate::screen::{number, state, write, write_cut};
use crate::view::SMALLEST;
use speed_kings_core::format;
use speed_kings_core::race::timing::output_speed;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::text::printable;
use speed_kings_session::watch::{ProbeSample, WatchBoard, WatchMoment};

/// Draws how much room a screen takes, into the first row of `area`.
fn draw_needed(app: &App, area: Rect, buf: &mut Buffer) {
    let needed = format!("{}×{} is too small: {}×{} at least", area.width, area.height, SMALLEST.0, SMALLEST.1);
    let short = format!("{}×{} needed", SMALLEST.0, SMALLEST.1);
    let text = if needed.chars().count() <= usize::from(area.width) { needed } else { short };
    write(buf, area, area.left(), area.top(), &text, app.theme.warn);
}

/// Draws what is needed, and the board of a watch in one line for each contestant.
pub fn board(app: &App, board: &WatchBoard, moment: &WatchMoment, area: Rect, buf: &mut Buffer) {
    draw_needed(app, area, buf);
    for ((index, row), y) in board.rows.iter().enumerate().zip(area.top() + 1..area.bottom()) {
        let sim = if row.contestant.simulated { "SIM " } else { "" };
        let line = format!(
            "{} {sim}{} {} {}",
            number(index),
            state(app, row, moment).0,
            format::metric(Metric::Ttft, row.last().and_then(ProbeSample::ttft_ms)),
            printable(&row.contestant.name)
        );
        write_cut(buf, area, area.left(), y, &line, app.theme.lane(index));
    }
}

/// Draws what is needed, and the race in one line for each lane.
pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    draw_needed(app, area, buf);
    let Some(race_view) = &app.race_view else {
        write(buf, area, area.left(), area.top() + 1, "q ends", app.theme.muted);
        return;
    };
    let (lanes, rows) = (race_view.race.lanes().len(), usize::from(area.height.saturating_sub(1)));
    let shown = if lanes <= rows { lanes } else { rows.saturating_sub(1) };
    if shown < lanes {
        let more = format!("+{} more", lanes - shown);
        write(buf, area, area.left(), area.bottom().saturating_sub(1), &more, app.theme.muted);
    }
    for ((id, contestant, lane), row) in race_view.race.entries().take(shown).zip(area.top() + 1..area.bottom()) {
        let speed = format::rate(output_speed(lane));
        let sim = if speed_kings_core::race::is_simulated(contestant, lane) { "SIM " } else { "" };
        let out = if lane.state.failure().is_some() { "out" } else { speed.as_str() };
        let line = format!(
            "{}{sim}{out} {} {}",
            number(id.index()),
            format::tokens(lane.tokens()),
            printable(&contestant.name)
        );
        write_cut(buf, area, area.left(), row, &line, app.theme.lane(id.index()));
    }
}

//! The figures of a verdict, a column for each lane and a row for each category.
//! A column is never narrower than what stands in it: lanes without one are counted, and the first home always has one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::stage::VerdictStage;
use crate::app::App;
use crate::screen::pane::pane;
use crate::screen::{number, write, write_cut};
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::cold_model;
use speed_kings_core::race::event::ServerTiming;
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::race::verdict::{Metric, Verdict, VerdictCategory};
use speed_kings_core::text::printable;

/// The least ratio that is marked as an advantage.
const WORTH_A_MARK: f64 = 1.005;
/// Columns of the labels, and the least of a lane: where there is room, and where there is not.
const ROOMY: (u16, u16) = (16, 12);
const TIGHT: (u16, u16) = (14, 10);
/// The most columns of a lane.
const WIDEST: u16 = 30;
/// Columns of the frame.
const FRAME: u16 = 4;
/// The least columns that the badges beside it need.
const BADGES: u16 = 48;

type ServerRow = (&'static str, Vec<Option<String>>);

/// A verdict as a table.
pub(super) struct VerdictTable<'a> {
    race: &'a Race,
    verdict: &'a Verdict,
    server: Vec<ServerRow>,
    pub(super) stage: VerdictStage,
}

/// Which lanes have a column, and where.
struct VerdictColumns {
    lanes: Vec<usize>,
    labels: u16,
    width: u16,
    /// Units are written short: `t/s` for `tok/s`.
    tight: bool,
}

impl<'a> VerdictTable<'a> {
    /// The table of `verdict`.
    pub(super) fn of(race: &'a Race, verdict: &'a Verdict, stage: VerdictStage) -> Self {
        Self { race, verdict, server: server_rows(race), stage }
    }

    /// How many rows it takes, frame and all.
    pub(super) fn rows(&self) -> u16 {
        self.least_rows().saturating_add(u16::try_from(self.server.len()).unwrap_or(0))
    }

    /// The same without what the servers say.
    pub(super) fn least_rows(&self) -> u16 {
        u16::try_from(3 + self.verdict.categories.len()).unwrap_or(u16::MAX)
    }

    /// How much of `width` columns it takes, unless there is too little left for the badges.
    pub(super) fn beside(&self, width: u16) -> Option<u16> {
        let lanes = u16::try_from(self.race.lanes().len()).unwrap_or(u16::MAX);
        let needed = lanes.saturating_mul(ROOMY.1).saturating_add(ROOMY.0 + FRAME);
        let taken = needed.max(u16::try_from((u32::from(width) * 5 + 4) / 9).unwrap_or(width));
        (taken.saturating_add(BADGES) <= width).then_some(taken)
    }

    /// Draws the table into `area`, frame and all.
    pub(super) fn draw(&self, app: &App, area: Rect, buf: &mut Buffer) {
        let columns = self.columns(area.width.saturating_sub(FRAME));
        let more = self.race.lanes().len() - columns.lanes.len();
        let title = if more > 0 { format!("This run · +{more} more") } else { "This run".into() };
        let inner = pane(app, &title, area, buf);
        // The last column needs no gap after it.
        let cells = |y: u16| {
            let places = columns.lanes.iter().zip((inner.left() + columns.labels..).step_by(columns.width.into()));
            places.map(move |(lane, x)| (*lane, Rect { x, y, width: columns.width - 1, height: 1 }.intersection(inner)))
        };
        for (lane, cell) in cells(inner.y) {
            let name = self.race.setup.contestants.get(lane).map(|contestant| printable(&contestant.name));
            let text = format!("{} {}", number(lane), name.unwrap_or_default());
            write_cut(buf, cell, cell.x, cell.y, &text, app.theme.lane(lane));
        }
        let mut y = inner.y + 1;
        let shown = self.stage.categories(self.verdict.categories.len() + self.server.len());
        for category in self.verdict.categories.iter().take(shown) {
            write(buf, inner, inner.left(), y, category.metric.title(), app.theme.muted);
            for (lane, cell) in cells(y) {
                let missing = self.why_missing(category, lane);
                draw_value(app, category, (lane, missing), columns.tight, cell, buf);
            }
            y += 1;
        }
        for (label, values) in self.server.iter().take(shown.saturating_sub(self.verdict.categories.len())) {
            write(buf, inner, inner.left(), y, label, app.theme.muted);
            for (lane, cell) in cells(y) {
                let value = values.get(lane).and_then(Option::as_deref).unwrap_or(format::ABSENT);
                write_cut(buf, cell, cell.x, cell.y, &shortened(value, columns.tight), app.theme.muted);
            }
            y += 1;
        }
    }

    /// Why a lane that said something has no output speed.
    fn why_missing(&self, category: &VerdictCategory, lane: usize) -> Option<String> {
        let lane = self.race.lanes().get(lane).filter(|_| category.metric == Metric::OutputSpeed)?;
        SpeedWithheld::of(lane).map(SpeedWithheld::words)
    }

    fn columns(&self, width: u16) -> VerdictColumns {
        let lanes = self.race.lanes().len();
        let fitting = |(labels, least): (u16, u16)| usize::from(width.saturating_sub(labels) / least);
        let tight = fitting(ROOMY) < lanes;
        let (labels, least) = if tight { TIGHT } else { ROOMY };
        let shown = fitting((labels, least)).clamp(1, lanes.max(1)).min(lanes);
        let share = width.saturating_sub(labels) / u16::try_from(shown.max(1)).unwrap_or(u16::MAX);
        VerdictColumns { lanes: self.first(shown), labels, width: share.clamp(1, WIDEST), tight }
    }

    /// So many lanes in their order: those that were home first.
    fn first(&self, shown: usize) -> Vec<usize> {
        let total = self.verdict.category(Metric::Total);
        total.map_or_else(|| (0..shown).collect(), |total| total.first(shown))
    }
}

fn shortened(value: &str, tight: bool) -> String {
    if tight { value.replace("tok/s", "t/s") } else { value.to_owned() }
}

/// Whether the best of a category is marked: a ratio that would be shown as 1.00× is no advantage.
pub(in crate::screen) fn is_worth_a_mark(category: &VerdictCategory) -> bool {
    category.ratio.is_none_or(|ratio| ratio >= WORTH_A_MARK)
}

fn draw_value(
    app: &App,
    category: &VerdictCategory,
    (lane, missing): (usize, Option<String>),
    tight: bool,
    cell: Rect,
    buf: &mut Buffer,
) {
    let value = category.values.get(lane).copied().flatten();
    let best = category.best.is_some_and(|best| best.index() == lane);
    let best = best && is_worth_a_mark(category);
    let style = match (best, value) {
        (true, _) => app.theme.win,
        (_, None) => app.theme.muted,
        _ => app.theme.text,
    };
    let text = shortened(&format::metric(category.metric, value), tight);
    let why = missing.map(|why| format!("{text}: {why}")).filter(|why| why.width() <= usize::from(cell.width));
    let text = why.unwrap_or(text);
    let ratio = category.ratio.filter(|_| category.metric != Metric::Stalls);
    let full = ratio.map(|ratio| format!(" ▲ {}", format::ratio(ratio)));
    let marks = full.into_iter().chain([" ▲", "▲"].map(str::to_owned));
    let room = usize::from(cell.width).saturating_sub(text.width());
    let mark = marks.into_iter().find(|mark| best && mark.width() <= room).unwrap_or_default();
    write_cut(buf, cell, cell.x, cell.y, &format!("{text}{mark}"), style);
}

/// The servers' own timings, where any server gave any; the most telling first, should there be no room for all.
fn server_rows(race: &Race) -> Vec<ServerRow> {
    type Get = fn(&ServerTiming) -> Option<String>;
    let rows: [(&'static str, Get); 7] = [
        ("server queue", |timing| timing.queue.map(|t| millis(t.as_millis()))),
        ("server total", |timing| timing.total.map(|t| millis(t.as_millis()))),
        ("server prompt", |timing| timing.prompt.map(|t| millis(t.as_millis()))),
        ("server answer", |timing| timing.completion.map(|t| millis(t.as_millis()))),
        ("server TTFT", |timing| timing.first_token.map(|t| millis(t.as_millis()))),
        ("server load", |timing| timing.load.map(|t| millis(t.as_millis()))),
        ("server speed", |timing| timing.rate.map(|rate| format!("{} tok/s", format::rate(Some(rate))))),
    ];
    let loaded = cold_model::rows(race).into_iter().map(|(label, values)| {
        (label.trim(), values.into_iter().map(|value| value.map(|period| period.to_string())).collect())
    });
    let filled = rows
        .into_iter()
        .map(|(label, get)| (label, race.lanes().iter().map(|lane| get(&lane.server)).collect::<Vec<_>>()));
    // What belongs to TTFT stands as near to it as there is room.
    loaded.chain(filled.filter(|(_, values)| values.iter().any(Option::is_some))).collect()
}

fn millis(millis: f64) -> String {
    speed_kings_core::time::Period::from_secs_f64(millis / 1e3).to_string()
}

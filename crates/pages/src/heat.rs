//! A map of the hours of the day: a row for each contestant, a cell for each hour that has something, the darker the more.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::drawing::{DrawingText, WIDTH, figure, short_name};
use speed_kings_chart::{ChartInk, px};
use speed_kings_results::benchmark_report::ReportTable;

/// The room at the left for names, the height of a row, and what stands below.
const LEFT: f64 = 190.0;
const ROW: f64 = 30.0;
const BELOW: f64 = 46.0;
/// How dark the lightest cell is, of 1.
const LIGHTEST: f64 = 0.15;

/// One hour of one contestant.
pub(crate) struct HeatCell {
    /// How much there is of what is shown; a cell of the most of all is the darkest.
    pub(crate) much: f64,
    /// The same in words, for whoever points at it.
    pub(crate) told: String,
}

/// A contestant with its hours, UTC.
pub(crate) struct HeatRow<'a> {
    /// What people call it.
    pub(crate) name: &'a str,
    /// By the hour, from 0 to 23; hours without anything are not there.
    pub(crate) hours: BTreeMap<i8, HeatCell>,
}

/// The map with its words, and the same as a table.
pub(crate) fn heat_map(text: &DrawingText, rows: &[HeatRow<'_>], same: &ReportTable) -> Markup {
    let most = rows.iter().flat_map(|row| row.hours.values()).map(|cell| cell.much).fold(f64::MIN_POSITIVE, f64::max);
    let (ink, column) = (ChartInk::PAGE, (WIDTH - LEFT - 10.0) / 24.0);
    let bottom = ROW * f64::from(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    let drawn = html! {
        @for (row, number) in rows.iter().zip(0_u32..) {
            @let y = ROW * f64::from(number);
            text x=(px(LEFT - 10.0)) y=(px(y + 20.0)) text-anchor="end" fill=(ink.text) { (short_name(row.name)) }
            @for (hour, cell) in &row.hours {
                rect x=(px(LEFT + column * f64::from(*hour))) y=(px(y + 2.0)) width=(px(column - 2.0)) height=(px(ROW - 4.0)) fill=(ink.of(0))
                    fill-opacity=(format!("{:.2}", LIGHTEST + (1.0 - LIGHTEST) * cell.much / most))
                    data-tip={ (short_name(row.name)) ", " (hour) ":00 UTC: " (cell.told) } {}
            }
        }
        @for hour in [0, 6, 12, 18, 23] {
            text x=(px(LEFT + column * (f64::from(hour) + 0.5))) y=(px(bottom + 16.0)) text-anchor="middle" fill=(ink.text) { (hour) }
        }
        text x=(px(LEFT + column * 12.0)) y=(px(bottom + 36.0)) text-anchor="middle" fill=(ink.note) { "hour of the day, UTC" }
    };
    figure(text, bottom + BELOW, &drawn, same)
}

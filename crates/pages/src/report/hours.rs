//! When it was measured: the median of each hour of the day as a map, where runs are of several hours.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::drawing::{DrawingText, WIDTH, figure, short_name};
use speed_kings_chart::{ChartInk, px};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::quantile;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult};

/// Hours under which there is no map.
const FEWEST: usize = 3;
/// The room at the left for names, the height of a row, and what stands below.
const LEFT: f64 = 190.0;
const ROW: f64 = 30.0;
const BELOW: f64 = 46.0;

/// The median TTFT by the hour of the day, UTC.
pub(super) fn drawing(saved: &BenchmarkFile) -> Markup {
    let lanes: Vec<(&str, BTreeMap<i8, Vec<f64>>)> =
        saved.lanes.iter().map(|lane| (lane.identity.name.as_str(), by_hour(lane))).collect();
    let hours: BTreeSet<i8> = lanes.iter().flat_map(|(_, hours)| hours.keys().copied()).collect();
    if hours.len() < FEWEST {
        return html! {};
    }
    let median = |values: &Vec<f64>| quantile(values, 0.5).unwrap_or(0.0);
    let largest = lanes.iter().flat_map(|(_, hours)| hours.values()).map(median).fold(0.0, f64::max);
    let (ink, column) = (ChartInk::PAGE, (WIDTH - LEFT - 10.0) / 24.0);
    let bottom = ROW * f64::from(u32::try_from(lanes.len()).unwrap_or(u32::MAX));
    let drawn = html! {
        @for ((name, hours), number) in lanes.iter().zip(0_u32..) {
            @let y = ROW * f64::from(number);
            text x=(px(LEFT - 10.0)) y=(px(y + 20.0)) text-anchor="end" fill=(ink.text) { (short_name(name)) }
            @for (hour, values) in hours {
                @let ms = median(values);
                rect x=(px(LEFT + column * f64::from(*hour))) y=(px(y + 2.0)) width=(px(column - 2.0)) height=(px(ROW - 4.0)) fill=(ink.of(0))
                    fill-opacity=(format!("{:.2}", 0.15 + 0.85 * ms / largest.max(f64::MIN_POSITIVE)))
                    data-tip={ (short_name(name)) ", " (hour) ":00 UTC: " (format::metric(Metric::Ttft, Some(ms))) ", " (values.len()) " runs" } {}
            }
        }
        @for hour in [0, 6, 12, 18, 23] {
            text x=(px(LEFT + column * (f64::from(hour) + 0.5))) y=(px(bottom + 16.0)) text-anchor="middle" fill=(ink.text) { (hour) }
        }
        text x=(px(LEFT + column * 12.0)) y=(px(bottom + 36.0)) text-anchor="middle" fill=(ink.note) { "hour of the day, UTC" }
    };
    let text = DrawingText {
        title: "TTFT by hour of the day".into(),
        told: "The median of the runs that began in that hour; the darker, the longer. Hours without a run are empty."
            .into(),
    };
    let mut header = vec!["contestant".to_owned()];
    header.extend(hours.iter().map(|hour| format!("{hour}:00")));
    let rows = lanes.iter().map(|(name, by_hour)| {
        let cells = hours.iter().map(|hour| {
            by_hour.get(hour).map_or_else(String::new, |values| format::metric(Metric::Ttft, Some(median(values))))
        });
        std::iter::once((*name).to_owned()).chain(cells).collect()
    });
    let same = ReportTable { rows: rows.collect(), header, right_from: 1, left_from: usize::MAX };
    figure(&text, bottom + BELOW, &drawn, &same)
}

fn by_hour(lane: &LaneResult) -> BTreeMap<i8, Vec<f64>> {
    let mut hours: BTreeMap<i8, Vec<f64>> = BTreeMap::new();
    for run in lane.runs.iter().filter(|run| run.figures.ok) {
        if let Some((at, ms)) = run.started_at.zip(run.figure(Metric::Ttft)) {
            hours.entry(at.to_zoned(jiff::tz::TimeZone::UTC).hour()).or_default().push(ms);
        }
    }
    for values in hours.values_mut() {
        values.sort_by(f64::total_cmp);
    }
    hours
}

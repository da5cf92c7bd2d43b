//! When it was measured: the median of each hour of the day as a map, where runs are of several hours.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use crate::drawing::DrawingText;
use crate::heat::{HeatCell, HeatRow, heat_map};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::quantile;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_session::bench::saved::{BenchmarkFile, LaneResult};

/// Hours under which there is no map.
const FEWEST: usize = 3;
/// The median TTFT by the hour of the day, UTC.
pub(super) fn drawing<'a>(saved: &'a BenchmarkFile) -> Markup {
    let lanes: Vec<(&'a str, BTreeMap<i8, Vec<f64>>)> =
        saved.lanes.iter().map(|lane| (lane.identity.name.as_str(), by_hour(lane))).collect();
    let hours: BTreeSet<i8> = lanes.iter().flat_map(|(_, hours)| hours.keys().copied()).collect();
    if hours.len() < FEWEST {
        return html! {};
    }
    let median = |values: &Vec<f64>| quantile(values, 0.5).unwrap_or(0.0);
    let cell = |values: &Vec<f64>| {
        let ms = median(values);
        let told = format!("{}, {} runs", format::metric(Metric::Ttft, Some(ms)), values.len());
        HeatCell { much: ms, told }
    };
    let row = |(name, hours): &(&'a str, BTreeMap<i8, Vec<f64>>)| HeatRow {
        name,
        hours: hours.iter().map(|(hour, values)| (*hour, cell(values))).collect(),
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
    heat_map(&text, &lanes.iter().map(row).collect::<Vec<_>>(), &same)
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

//! The history as drawings: the medians of each contestant over the days, a drawing for each workload, and a map of the hours of watches.

mod uptime;

use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::ReportTable;
use speed_kings_results::history::{HistoryPoint, HistorySeries, HistoryWorkload, UptimeSeries, changed_on};

/// Workloads that are drawn, those with the most files first.
const DRAWN: usize = 12;
const DAY: f64 = 86_400.0;

/// All drawings of a history: of each workload over the days, and of the hours at which watches found somebody down.
#[must_use]
pub fn drawings(series: &[HistorySeries], watched: &[UptimeSeries], metric: Metric) -> Markup {
    html! {
        (over_time(series, metric))
        (uptime::drawing(watched))
    }
}

/// A drawing for each workload on which somebody was measured more than once.
fn over_time(series: &[HistorySeries], metric: Metric) -> Markup {
    let mut workloads: BTreeMap<&HistoryWorkload, Vec<&HistorySeries>> = BTreeMap::new();
    for one in series.iter().filter(|one| one.points.len() > 1) {
        workloads.entry(&one.workload).or_default().push(one);
    }
    let files = |of: &[&HistorySeries]| of.iter().map(|one| one.points.len()).sum::<usize>();
    let mut workloads: Vec<(&HistoryWorkload, Vec<&HistorySeries>)> = workloads.into_iter().collect();
    workloads.sort_by_key(|(_, of)| std::cmp::Reverse(files(of)));
    workloads.truncate(DRAWN);
    html! { @for (workload, of) in &workloads { (one(workload, of, metric)) } }
}

fn one(workload: &HistoryWorkload, series: &[&HistorySeries], metric: Metric) -> Markup {
    let begun = |point: &HistoryPoint| point.begun.map(Timestamp::as_second);
    let first = series.iter().flat_map(|one| &one.points).filter_map(begun).min().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "a life has few seconds")]
    let place = |point: &HistoryPoint| Some(((begun(point)? - first) as f64 / DAY, point.median()?));
    let drawn = series.iter().enumerate().map(|(number, one)| ChartSeries {
        name: short_name(&one.name),
        number,
        told: format!("{} ({})", one.name, one.model),
        points: one.points.iter().filter_map(place).collect(),
    });
    let chart = ChartPanel {
        title: "",
        x: "days",
        y: match metric {
            Metric::OutputSpeed | Metric::EndToEnd => "tokens per second",
            Metric::Cost => "US dollars",
            _ => "milliseconds",
        },
        scales: (AxisScale::Straight, AxisScale::Straight),
        form: SeriesForm::Marked,
        series: drawn.collect(),
    };
    let day = Timestamp::from_second(first).map(date::day).unwrap_or_default();
    let text = DrawingText {
        title: format!("{}: {}", metric.title(), workload.words()),
        told: format!("The median of each file, in days from {day} on. {}", changed(series, metric)),
    };
    let header = ["begun, UTC", "contestant", "median"].map(str::to_owned).to_vec();
    let rows = series.iter().flat_map(|one| {
        one.points.iter().map(|point| {
            let median = format::metric(metric, point.median());
            vec![point.begun.map(date::to_minute).unwrap_or_default(), one.name.clone(), median]
        })
    });
    panel(&text, &chart, &ReportTable { rows: rows.collect(), header, right_from: 2, left_from: usize::MAX })
}

/// What changed for good, of whom, where anything is shown.
fn changed(series: &[&HistorySeries], metric: Metric) -> String {
    let told = |one: &&HistorySeries| {
        let (point, change) = one.last_lasting()?;
        Some(format!("{} {}", one.name, changed_on(metric, point, change)))
    };
    let all: Vec<String> = series.iter().filter_map(told).collect();
    if all.is_empty() { "No change that lasted is shown.".to_owned() } else { format!("{}.", all.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_measured_twice_is_a_line() {
        let point = |day: i64| HistoryPoint {
            begun: Timestamp::from_second(1_790_000_000 + day * 86_400).ok(),
            file: format!("{day}.json"),
            figures: vec![100.0],
            failed: 0,
            change: None,
        };
        let of = |name: &str, days: &[i64]| HistorySeries {
            name: name.into(),
            model: "m".into(),
            endpoint: None,
            simulated: false,
            workload: HistoryWorkload { prompt: "short".into(), ..HistoryWorkload::default() },
            points: days.iter().map(|day| point(*day)).collect(),
            lasting: Vec::new(),
        };
        let drawn = over_time(&[of("A<b", &[0, 3, 9]), of("Once", &[1])], Metric::Ttft).into_string();
        assert!(drawn.contains("A&lt;b") && !drawn.contains("Once") && drawn.contains("TTFT: short"), "{drawn}");
        assert_eq!(drawn.matches("<polyline").count(), 1);
        assert!(over_time(&[of("Once", &[1])], Metric::Ttft).into_string().is_empty());
    }
}

//! How the runs are spread: for each metric the share of runs that are at most so much, a line for each contestant.

use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::quantile;
use speed_kings_results::benchmark_report::{BenchmarkReport, ReportTable};

/// The metrics whose spread is drawn, with the unit of the axis and what a value is divided by for it.
const DRAWN: [(Metric, &str, f64); 3] = [
    (Metric::Ttft, "milliseconds to the first text", 1.0),
    (Metric::OutputSpeed, "tokens per second", 1.0),
    (Metric::Total, "seconds to the last text", 1_000.0),
];
/// Runs under which a spread is no line.
const FEWEST: usize = 3;
/// Steps of a line at most; more are not seen.
const STEPS: usize = 400;
/// The shares of runs that the table names.
const NAMED: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];

/// The spread of each metric that enough runs have.
pub(super) fn drawings(report: &BenchmarkReport) -> Markup {
    html! { @for (metric, x, unit) in DRAWN { (drawing(report, metric, x, unit)) } }
}

fn drawing(report: &BenchmarkReport, metric: Metric, x: &'static str, unit: f64) -> Markup {
    let lanes = report.saved.lanes.iter().enumerate().filter_map(|(number, lane)| {
        let good = lane.runs.iter().filter(|run| run.figures.ok);
        let mut values: Vec<f64> = good.filter_map(|run| run.figure(metric)).collect();
        values.sort_by(f64::total_cmp);
        (values.len() >= FEWEST).then_some((number, lane.identity.name.as_str(), values))
    });
    let lanes: Vec<(usize, &str, Vec<f64>)> = lanes.collect();
    if lanes.is_empty() {
        return html! {};
    }
    let series = lanes.iter().map(|(number, name, values)| ChartSeries {
        name: short_name(name),
        number: *number,
        told: format!(
            "{name}: median {}, {}",
            format::metric(metric, quantile(values, 0.5)),
            format::counted(values.len(), "run", "runs")
        ),
        points: points(values, unit),
    });
    let chart = ChartPanel {
        title: "",
        x,
        y: "% of runs",
        scales: (AxisScale::Straight, AxisScale::Straight),
        form: SeriesForm::Stepped,
        series: series.collect(),
    };
    let better = if metric.more_is_better() { "right" } else { "left" };
    let text = DrawingText {
        title: format!("{}: how the runs are spread", metric.title()),
        told: format!(
            "Each line says which share of a contestant's runs is at most so much. Further {better} is better; a steep line is a steady one."
        ),
    };
    let mut header = vec!["contestant".to_owned(), "n".into()];
    header.extend(NAMED.map(|share| format!("{} of runs at most", format::whole_percent(share))));
    let rows = lanes.iter().map(|(_, name, values)| {
        let mut row = vec![(*name).to_owned(), values.len().to_string()];
        row.extend(NAMED.map(|share| format::metric(metric, quantile(values, share))));
        row
    });
    panel(&text, &chart, &ReportTable { rows: rows.collect(), header, right_from: 1, left_from: usize::MAX })
}

/// The steps of the line: at each value the share of runs, in percent, that are at most that.
#[expect(clippy::cast_precision_loss, reason = "counts of runs are small")]
fn points(sorted: &[f64], unit: f64) -> Vec<(f64, f64)> {
    let first = sorted.first().map(|value| (value / unit, 0.0));
    let count = sorted.len();
    let every = count.div_ceil(STEPS).max(1);
    let drawn = sorted.iter().enumerate().filter(|(index, _)| index % every == every - 1 || index + 1 == count);
    first
        .into_iter()
        .chain(drawn.map(|(index, value)| (value / unit, (index + 1) as f64 * 100.0 / count as f64)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_goes_from_none_to_all_whatever_their_number() {
        for count in [3, 400, 401, 10_000] {
            let sorted: Vec<f64> = (1..=count).map(f64::from).collect();
            let points = points(&sorted, 1.0);
            assert_eq!(points[0], (1.0, 0.0));
            assert_eq!(*points.last().unwrap(), (f64::from(count), 100.0));
            assert!(points.len() <= STEPS + 2 && points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1), "{count}");
        }
    }
}

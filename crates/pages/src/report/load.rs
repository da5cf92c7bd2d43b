//! Throughput against load: several results of one benchmark that differ in how many requests were under way.

use std::collections::BTreeMap;

use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::{BenchmarkReport, ReportTable};

/// Tokens per second of all requests together, against their number.
pub(super) fn drawing(reports: &[BenchmarkReport]) -> Markup {
    let mut lanes: BTreeMap<(&str, &str), Vec<(f64, f64)>> = BTreeMap::new();
    for report in reports {
        let at_once = f64::from(report.saved.concurrency());
        for (lane, told) in report.saved.lanes.iter().zip(&report.analysis.lanes) {
            let alone = told.metric(Metric::OutputSpeed).filter(|_| report.saved.concurrency() == 1);
            let together = told.load.as_ref().map(|load| &load.description).or(alone);
            let name = (lane.identity.name.as_str(), lane.identity.model.as_str());
            lanes.entry(name).or_default().extend(together.map(|told| (at_once, told.median)));
        }
    }
    lanes.retain(|_, points| {
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points.first().map(|first| first.0.to_bits()) != points.last().map(|last| last.0.to_bits())
    });
    if lanes.is_empty() {
        return html! {};
    }
    let series = lanes.iter().zip(0..).map(|(((name, model), points), number)| ChartSeries {
        name: short_name(name),
        number,
        told: format!("{name} ({model})"),
        points: points.clone(),
    });
    let chart = ChartPanel {
        title: "",
        x: "requests under way at a time",
        y: "tokens per second",
        scales: (AxisScale::Straight, AxisScale::Straight),
        form: SeriesForm::Marked,
        series: series.collect(),
    };
    let text = DrawingText {
        title: "Throughput against load".into(),
        told: "Median tokens per second of all requests together. Where a line goes flat, more requests only wait."
            .into(),
    };
    let header = ["contestant", "model", "requests", "tokens per second"].map(str::to_owned).to_vec();
    let rows = lanes.iter().flat_map(|((name, model), points)| {
        points.iter().map(|(at_once, tok_s)| {
            let speed = format::metric(Metric::OutputSpeed, Some(*tok_s));
            vec![(*name).to_owned(), (*model).to_owned(), format!("{at_once:.0}"), speed]
        })
    });
    panel(&text, &chart, &ReportTable { rows: rows.collect(), header, right_from: 2, left_from: usize::MAX })
}

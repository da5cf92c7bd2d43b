//! Cost beside speed: who is cheap, who is fast, and who is beaten in both.

use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::{BenchmarkReport, ReportTable};

/// A contestant's median cost in USD and its median speed.
struct PricedSpeed<'a> {
    number: usize,
    name: &'a str,
    usd: f64,
    tok_s: f64,
}

/// Medians of cost and output speed, where at least two contestants have both.
pub(super) fn drawing(report: &BenchmarkReport) -> Markup {
    let lanes = report.saved.lanes.iter().zip(&report.analysis.lanes).enumerate();
    let all: Vec<PricedSpeed<'_>> = lanes
        .filter_map(|(number, (lane, told))| {
            let median = |metric| told.metric(metric).map(|told| told.median).filter(|median| *median > 0.0);
            let (usd, tok_s) = (median(Metric::Cost)?, median(Metric::OutputSpeed)?);
            Some(PricedSpeed { number, name: &lane.identity.name, usd, tok_s })
        })
        .collect();
    if all.len() < 2 {
        return html! {};
    }
    let shown = |one: &PricedSpeed<'_>| {
        (format::metric(Metric::Cost, Some(one.usd)), format::metric(Metric::OutputSpeed, Some(one.tok_s)))
    };
    let series = all.iter().map(|one| ChartSeries {
        name: short_name(one.name),
        number: one.number,
        told: format!("{}: {} a request, {}", one.name, shown(one).0, shown(one).1),
        points: vec![(one.usd * 1e6, one.tok_s)],
    });
    let chart = ChartPanel {
        title: "",
        x: "US dollars for a million such requests",
        y: "tokens per second",
        scales: (AxisScale::Straight, AxisScale::Straight),
        form: SeriesForm::Scattered,
        series: series.collect(),
    };
    let text = DrawingText {
        title: "Cost beside speed".into(),
        told: "Medians of each contestant. Further left is cheaper, further up is faster; whoever has another one further left and further up is beaten in both."
            .into(),
    };
    let beaten = |one: &PricedSpeed<'_>| all.iter().find(|other| other.usd < one.usd && other.tok_s > one.tok_s);
    let header = ["contestant", "Cost", "Output speed", "beaten in both by"].map(str::to_owned).to_vec();
    let rows = all.iter().map(|one| {
        let (usd, speed) = shown(one);
        vec![one.name.to_owned(), usd, speed, beaten(one).map_or("nobody", |other| other.name).to_owned()]
    });
    panel(&text, &chart, &ReportTable { rows: rows.collect(), header, right_from: 1, left_from: 3 })
}

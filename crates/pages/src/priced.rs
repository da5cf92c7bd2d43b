//! Cost beside speed: who is cheap, who is fast, and who is beaten in both.

use maud::{Markup, html};

use crate::drawing::{DrawingText, panel, short_name};
use speed_kings_chart::{AxisScale, ChartPanel, ChartSeries, SeriesForm};
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_results::benchmark_report::ReportTable;

/// Somebody's median cost and median speed.
pub(crate) struct PricedSpeed<'a> {
    /// Which colour and shape it has.
    pub(crate) number: usize,
    /// What people call it.
    pub(crate) name: &'a str,
    /// USD for a million of the unit.
    pub(crate) millions: f64,
    /// The cost of one unit as it is told.
    pub(crate) usd: String,
    /// Output speed in tokens per second.
    pub(crate) tok_s: f64,
}

/// What costs are of.
pub(crate) struct PricedUnit {
    /// What lies along the axis.
    pub(crate) across: &'static str,
    /// The unit behind a cost that is told.
    pub(crate) each: &'static str,
}

/// All of them as one drawing, where there are at least two.
pub(crate) fn priced(title: &str, all: &[PricedSpeed<'_>], unit: &PricedUnit) -> Markup {
    if all.len() < 2 {
        return html! {};
    }
    let speed = |one: &PricedSpeed<'_>| format::metric(Metric::OutputSpeed, Some(one.tok_s));
    let series = all.iter().map(|one| ChartSeries {
        name: short_name(one.name),
        number: one.number,
        told: format!("{}: {} {}, {}", one.name, one.usd, unit.each, speed(one)),
        points: vec![(one.millions, one.tok_s)],
    });
    let chart = ChartPanel {
        title: "",
        x: unit.across,
        y: "tokens per second",
        scales: (AxisScale::Straight, AxisScale::Straight),
        form: SeriesForm::Scattered,
        series: series.collect(),
    };
    let text = DrawingText {
        title: title.to_owned(),
        told: "Medians of each contestant. Further left is cheaper, further up is faster; whoever has another one further left and further up is beaten in both."
            .into(),
    };
    let beaten =
        |one: &PricedSpeed<'_>| all.iter().find(|other| other.millions < one.millions && other.tok_s > one.tok_s);
    let header = ["contestant", "Cost", "Output speed", "beaten in both by"].map(str::to_owned).to_vec();
    let rows = all.iter().map(|one| {
        let by = beaten(one).map_or("nobody", |other| other.name).to_owned();
        vec![one.name.to_owned(), one.usd.clone(), speed(one), by]
    });
    panel(&text, &chart, &ReportTable { rows: rows.collect(), header, right_from: 1, left_from: 3 })
}

//! Throughput against interactivity as a drawing: what all requests get together beside what each of them gets, a line for each
//! contestant through its levels.

use maud::html;

use super::file::LoadFile;
use speed_kings_chart::{AxisScale, ChartInk, ChartPanel, ChartSeries, PlotBox, SeriesForm};

/// Width of what is between the axes' ends, in pixels.
const PLOT: f64 = 460.0;
/// Height of one panel with its title and its axis.
const PANEL: f64 = 320.0;
/// What is left free at the left, the top and the bottom of a panel.
const MARGINS: [f64; 3] = [70.0, 46.0, 48.0];
/// Width of a letter of a name, and what stands beside the name, in pixels.
const NAMES: (f64, f64) = (7.0, 50.0);

/// Throughput against interactivity, and the median TTFT against the load.
#[must_use]
pub fn panels(file: &LoadFile) -> [ChartPanel; 2] {
    let straight = (AxisScale::Straight, AxisScale::Straight);
    let open = file.levels.iter().all(|level| level.rate_per_s.is_some());
    [
        ChartPanel {
            title: "Throughput against interactivity",
            x: "tokens a second that one request gets (median)",
            y: "tok/s of all",
            scales: straight,
            form: SeriesForm::Marked,
            series: series(file, |level| Some((level.figures.output_tok_s.p50?, level.figures.load_tok_s))),
        },
        ChartPanel {
            title: "TTFT against load",
            x: if open { "requests a second" } else { "requests at a time" },
            y: "ms (median)",
            scales: straight,
            form: SeriesForm::Marked,
            series: series(file, |level| Some((level.amount(), level.figures.ttft_ms.p50?))),
        },
    ]
}

/// The levels as an SVG document of both panels.
#[must_use]
pub fn svg(file: &LoadFile) -> String {
    let panels = panels(file);
    #[expect(clippy::cast_precision_loss, reason = "a name of a few letters")]
    let longest = panels.iter().map(ChartPanel::longest_name).max().unwrap_or(0) as f64;
    let (width, height) = (MARGINS[0] + PLOT + NAMES.0 * longest + NAMES.1, PANEL * 2.0);
    let sim = if file.simulated() { "SIM " } else { "" };
    let place = |top: f64| {
        let [left, above, below] = MARGINS;
        PlotBox { left, top: top + above, width: PLOT, height: PANEL - above - below }
    };
    let [throughput, waiting] = &panels;
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img"
            font-family="sans-serif" font-size="12" {
            title { "SPEED KINGS " (sim) "load: throughput against interactivity" }
            rect width=(width) height=(height) fill="#ffffff" {}
            (throughput.draw(place(0.0), ChartInk::PAPER))
            (waiting.draw(place(PANEL), ChartInk::PAPER))
        }
    };
    drawn.into_string() + "\n"
}

fn series(file: &LoadFile, point: impl Fn(&super::file::LoadLevel) -> Option<(f64, f64)>) -> Vec<ChartSeries> {
    let named = file.contestants.iter().enumerate().map(|(number, one)| {
        let sim = if one.simulated { "SIM " } else { "" };
        let whole = file.levels_of(number).into_iter().filter(|level| level.incomplete().is_none());
        let points = whole.filter_map(&point).collect();
        ChartSeries { name: format!("{sim}{}", one.name), number, points, told: String::new() }
    });
    named.collect()
}

//! The figures of a sweep as a drawing: speed against size, against threads and against requests at a time.
//! Shapes and text alone, as SVG: no script, no link, nothing from the network; the same figures give the same bytes.

use maud::html;

use crate::scaling::{by_concurrency, by_threads, figures};
use crate::sweep::{SweepFile, SweepPoint};
use speed_kings_chart::{AxisScale, ChartInk, ChartPanel, ChartSeries, PlotBox, SeriesForm};

/// Width of what is between the axes' ends, in pixels.
const PLOT: f64 = 460.0;
/// Height of one panel with its title and its axis.
const PANEL: f64 = 320.0;
/// What is left free at the left, the top and the bottom of a panel.
const MARGINS: [f64; 3] = [70.0, 46.0, 48.0];
/// Width of a letter of a name, and what stands beside the name, in pixels.
const NAMES: (f64, f64) = (7.0, 50.0);
/// Both axes of a panel over even steps, and over powers.
const STRAIGHT: (AxisScale, AxisScale) = (AxisScale::Straight, AxisScale::Straight);
const LOGARITHMIC: (AxisScale, AxisScale) = (AxisScale::Logarithmic, AxisScale::Logarithmic);

/// The sweep as an SVG document; panels that it has no figures for are left out.
#[must_use]
pub fn svg(file: &SweepFile) -> String {
    let panels: Vec<ChartPanel> =
        [size(file), threads(file), load(file)].into_iter().filter(|panel| !panel.series.is_empty()).collect();
    #[expect(clippy::cast_precision_loss, reason = "three panels")]
    let height = PANEL * panels.len().max(1) as f64;
    #[expect(clippy::cast_precision_loss, reason = "a name of a few letters")]
    let longest = panels.iter().map(ChartPanel::longest_name).max().unwrap_or(0) as f64;
    let width = MARGINS[0] + PLOT + NAMES.0 * longest + NAMES.1;
    let mut top = 0.0;
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img"
            font-family="sans-serif" font-size="12" {
            title { "SPEED KINGS sweep: output speed of engines" @if file.machines.len() < 2 { " on one machine" } }
            rect width=(width) height=(height) fill="#ffffff" {}
            @if panels.is_empty() { text x="20" y="40" { "No figures yet." } }
            @for panel in &panels {
                (panel.draw(place({ let at = top; top += PANEL; at }), ChartInk::PAPER))
            }
        }
    };
    drawn.into_string() + "\n"
}

/// Speed against active parameters, a series for each group that differs in its model alone.
fn size(file: &SweepFile) -> ChartPanel {
    let of = |index: usize, point: &SweepPoint| {
        let size = file.models.get(index)?.active_parameters.filter(|size| *size > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "counts of weights stay below 2^53")]
        let size = size as f64 / 1e6;
        Some((SweepPoint { model: String::new(), ..point.clone() }, (size, figures(file, index, None).speed()?)))
    };
    let points = file.points.iter().enumerate().filter_map(|(index, point)| of(index, point));
    ChartPanel {
        title: "Output speed against size",
        x: "million parameters that a token passes through",
        y: "tok/s",
        scales: LOGARITHMIC,
        form: SeriesForm::Marked,
        series: grouped(points),
    }
}

/// Speed-up against threads, a series for each model.
fn threads(file: &SweepFile) -> ChartPanel {
    let points = by_threads(file).into_iter().filter_map(|one| {
        let point = file.points.get(one.point)?;
        Some((point.without("threads"), (f64::from(one.threads), one.speed_up)))
    });
    ChartPanel {
        title: "Speed-up against threads",
        x: "threads",
        y: "times the speed with the fewest",
        scales: STRAIGHT,
        form: SeriesForm::Marked,
        series: grouped(points),
    }
}

/// Speed of all requests together against their number.
fn load(file: &SweepFile) -> ChartPanel {
    let points = by_concurrency(file).into_iter().filter_map(|one| {
        let point = file.points.get(one.point)?;
        Some((SweepPoint { concurrency: 1, ..point.clone() }, (f64::from(one.concurrency), one.load_tok_s)))
    });
    ChartPanel {
        title: "Output speed of all requests together",
        x: "requests at a time",
        y: "tok/s",
        scales: STRAIGHT,
        form: SeriesForm::Marked,
        series: grouped(points),
    }
}

/// The points of each group as a series, from left to right; groups of one point draw no line and say nothing.
fn grouped(points: impl Iterator<Item = (SweepPoint, (f64, f64))>) -> Vec<ChartSeries> {
    let mut groups: std::collections::BTreeMap<SweepPoint, Vec<(f64, f64)>> = std::collections::BTreeMap::new();
    for (group, at) in points.filter(|(_, (x, y))| *x > 0.0 && *y > 0.0) {
        groups.entry(group).or_default().push(at);
    }
    let groups = groups.into_iter().filter(|(_, points)| points.len() > 1);
    let named = groups.enumerate().map(|(number, (group, mut points))| {
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        ChartSeries { name: name(&group), number, told: String::new(), points }
    });
    named.collect()
}

fn name(group: &SweepPoint) -> String {
    let model = speed_kings_catalog::engine::model_stem(&group.model);
    let mut words = vec![if model.is_empty() { group.engine.clone() } else { model.to_owned() }];
    words.extend(
        group.settings.iter().filter(|(name, _)| *name != "program").map(|(name, value)| format!("{name}={value}")),
    );
    if group.concurrency > 1 {
        words.push(format!("{} at a time", group.concurrency));
    }
    words.extend(group.runner.as_ref().map(|runner| format!("@ {runner}")));
    words.join(" ")
}

/// Where the axes of the panel lie whose own upper edge is at `top`.
fn place(top: f64) -> PlotBox {
    let [left, above, below] = MARGINS;
    PlotBox { left, top: top + above, width: PLOT, height: PANEL - above - below }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::tests::{file, grid};
    use crate::visit::SweepVisit;

    fn swept() -> SweepFile {
        let mut file = file(grid());
        for (index, (size, speed)) in [(50, 200.0), (50, 380.0), (400, 30.0), (400, 55.0)].into_iter().enumerate() {
            file.models[index].active_parameters = Some(size * 1_000_000);
            file.visits.push(SweepVisit { point: index, round: 1, output_tok_s: Some(speed), ..SweepVisit::default() });
        }
        file
    }

    #[test]
    fn a_sweep_is_drawn_by_size_and_by_threads() {
        let drawn = svg(&swept());
        assert_eq!(drawn, svg(&swept()), "the same bytes each time");
        assert!(drawn.contains("Output speed against size") && drawn.contains("Speed-up against threads"), "{drawn}");
        assert!(!drawn.contains("all requests together"), "it had one request at a time");
        assert_eq!(drawn.matches("<polyline").count(), 4, "two groups of threads, two models");
        assert!(svg(&file(grid())).contains("No figures yet."));
    }

    #[test]
    fn names_from_outside_are_no_markup() {
        let mut swept = swept();
        for point in &mut swept.points {
            point.settings.insert("x".into(), "</text><script>".into());
        }
        let drawn = svg(&swept);
        assert!(!drawn.contains("<script") && drawn.contains("&lt;script&gt;"));
    }
}

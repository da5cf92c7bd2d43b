//! The figures of a sweep as a drawing: speed against size, against threads and against requests at a time.
//! Shapes and text alone, as SVG: no script, no link, nothing from the network; the same figures give the same bytes.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use crate::scaling::{by_concurrency, by_threads, figures};
use crate::sweep::{SweepFile, SweepPoint};

/// Width of what is between the axes' ends, in pixels.
const PLOT: f64 = 460.0;
/// Height of one panel with its title and its axis.
const PANEL: f64 = 320.0;
/// What is left free at the left, the top and the bottom of a panel.
const MARGINS: [f64; 3] = [70.0, 46.0, 48.0];
/// Width of a letter of a name, and what stands beside the name, in pixels.
const NAMES: (f64, f64) = (7.0, 50.0);
/// Colours of the series, told apart by all eyes (Okabe and Ito, 2008); shapes tell them apart, too.
const COLOURS: [&str; 7] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333"];

/// One line of a panel: its name and its points, in the figures' own units.
struct ChartSeries {
    name: String,
    points: Vec<(f64, f64)>,
}

/// One panel: what it shows, of which series, on which axes.
struct ChartPanel {
    title: &'static str,
    x: &'static str,
    y: &'static str,
    /// Both axes are logarithmic.
    logarithmic: bool,
    series: Vec<ChartSeries>,
}

/// The sweep as an SVG document; panels that it has no figures for are left out.
#[must_use]
pub fn svg(file: &SweepFile) -> String {
    let panels: Vec<ChartPanel> =
        [size(file), threads(file), load(file)].into_iter().filter(|panel| !panel.series.is_empty()).collect();
    #[expect(clippy::cast_precision_loss, reason = "three panels")]
    let height = PANEL * panels.len().max(1) as f64;
    let names = panels.iter().flat_map(|panel| &panel.series).map(|series| series.name.chars().count());
    #[expect(clippy::cast_precision_loss, reason = "a name of a few letters")]
    let longest = names.max().unwrap_or(0) as f64;
    let width = MARGINS[0] + PLOT + NAMES.0 * longest + NAMES.1;
    let mut top = 0.0;
    let drawn = html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } role="img"
            font-family="sans-serif" font-size="12" {
            title { "SPEED KINGS sweep: output speed of engines on one machine" }
            rect width=(width) height=(height) fill="#ffffff" {}
            @if panels.is_empty() { text x="20" y="40" { "No figures yet." } }
            @for panel in &panels {
                (panel.draw({ let at = top; top += PANEL; at }))
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
        logarithmic: true,
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
        logarithmic: false,
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
        logarithmic: false,
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
    let named = groups.map(|(group, mut points)| {
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        ChartSeries { name: name(&group), points }
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
    words.join(" ")
}

impl ChartPanel {
    fn draw(&self, top: f64) -> Markup {
        let [left, above, below] = MARGINS;
        let (width, height) = (PLOT, PANEL - above - below);
        let (origin_x, origin_y) = (left, top + above + height);
        let (across, up) = (self.axis(|(x, _)| *x), self.axis(|(_, y)| *y));
        let place = |(x, y): (f64, f64)| (origin_x + width * across.share(x), origin_y - height * up.share(y));
        let right_end = left + width;
        html! {
            text x=(left) y=(px(top + 26.0)) font-size="15" font-weight="bold" { (self.title) }
            @for tick in &up.ticks {
                @let y = px(place((across.low, *tick)).1);
                line x1=(px(left)) x2=(px(right_end)) y1=(y) y2=(y) stroke="#dddddd" {}
                text x=(px(left - 8.0)) y=(y) text-anchor="end" dominant-baseline="middle" { (label(*tick)) }
            }
            @for tick in &across.ticks {
                @let x = px(place((*tick, up.low)).0);
                line x1=(x) x2=(x) y1=(px(origin_y)) y2=(px(origin_y + 5.0)) stroke="#555555" {}
                text x=(x) y=(px(origin_y + 18.0)) text-anchor="middle" { (label(*tick)) }
            }
            line x1=(px(left)) x2=(px(right_end)) y1=(px(origin_y)) y2=(px(origin_y)) stroke="#555555" {}
            text x=(px(left + width / 2.0)) y=(px(origin_y + 38.0)) text-anchor="middle" fill="#444444" { (self.x) }
            text x="8" y=(px(top + above - 6.0)) fill="#444444" { (self.y) }
            @for (number, series) in self.series.iter().enumerate() {
                @let colour = COLOURS.get(number % COLOURS.len()).copied().unwrap_or("#333333");
                polyline points=(line(series.points.iter().map(|at| place(*at)))) fill="none" stroke=(colour) stroke-width="2" {}
                @for at in &series.points { (mark(place(*at), number, colour)) }
                (mark((right_end + 18.0, legend(top, above, number) - 4.0), number, colour))
                text x=(px(right_end + 30.0)) y=(px(legend(top, above, number))) { (series.name) }
            }
        }
    }

    fn axis(&self, of: fn(&(f64, f64)) -> f64) -> ChartAxis {
        let values = || self.series.iter().flat_map(|series| &series.points).map(of);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        ChartAxis::over(low, high, self.logarithmic)
    }
}

/// Where the name of series `number` stands.
fn legend(top: f64, above: f64, number: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few series")]
    let row = number as f64;
    top + above + 12.0 + row * 18.0
}

/// An axis: its ends and what is written along it.
struct ChartAxis {
    low: f64,
    high: f64,
    logarithmic: bool,
    ticks: Vec<f64>,
}

impl ChartAxis {
    /// An axis that holds `low` to `high`: from zero where it is straight, over whole steps of 1, 2 and 5 where it is not.
    fn over(low: f64, high: f64, logarithmic: bool) -> Self {
        if logarithmic {
            let all: Vec<f64> =
                (-6..=12).flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * 10_f64.powi(power))).collect();
            let below = all.iter().rev().find(|step| **step <= low).copied().unwrap_or(low);
            let above = all.iter().find(|step| **step >= high).copied().unwrap_or(high);
            let above = if above > below { above } else { below * 2.0 };
            let ticks = all.into_iter().filter(|step| (below..=above).contains(step)).collect();
            return Self { low: below, high: above, logarithmic, ticks };
        }
        let step = [1.0, 2.0, 5.0, 10.0].map(|step| step * 10_f64.powf((high / 5.0).log10().floor()));
        let step = step.into_iter().find(|step| high / step <= 6.0).unwrap_or(high);
        let count = (high / step).ceil().max(1.0);
        let ticks =
            (0..=12).map(|number| f64::from(number) * step).take_while(|tick| *tick <= count * step * 1.001).collect();
        Self { low: 0.0, high: count * step, logarithmic, ticks }
    }

    /// How far along the axis `value` lies, from 0 to 1.
    fn share(&self, value: f64) -> f64 {
        let at = |value: f64| if self.logarithmic { value.ln() } else { value };
        ((at(value) - at(self.low)) / (at(self.high) - at(self.low))).clamp(0.0, 1.0)
    }
}

/// The mark of series `number`: its shape differs from its neighbours', too.
fn mark((x, y): (f64, f64), number: usize, colour: &str) -> Markup {
    match number % 3 {
        0 => html! { circle cx=(px(x)) cy=(px(y)) r="4.5" fill=(colour) {} },
        1 => html! { rect x=(px(x - 4.0)) y=(px(y - 4.0)) width="8" height="8" fill=(colour) {} },
        _ => {
            let corners = [(x, y - 5.5), (x + 5.0, y + 4.0), (x - 5.0, y + 4.0)];
            html! { polygon points=(line(corners.into_iter())) fill=(colour) {} }
        }
    }
}

fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut out = String::new();
    for (x, y) in points {
        // Nothing that is written to memory fails.
        let _ = write!(out, "{x:.1},{y:.1} ");
    }
    out.trim_end().to_owned()
}

/// A place in pixels, to a tenth.
fn px(at: f64) -> PreEscaped<String> {
    PreEscaped(format!("{at:.1}"))
}

/// A figure along an axis, without digits that say nothing.
fn label(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
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

    #[test]
    fn axes_hold_all_values() {
        for (low, high, logarithmic) in [(30.0, 380.0, true), (1.0, 1.9, false), (5.0, 5.0, true), (0.003, 9e6, true)] {
            let axis = ChartAxis::over(low, high, logarithmic);
            assert!(axis.low <= low && axis.high >= high && axis.high > axis.low, "{low} {high}");
            assert!(axis.ticks.len() >= 2 && axis.share(axis.low) < 1e-9 && axis.share(axis.high) > 1.0 - 1e-9);
        }
        assert_eq!([label(0.5), label(200.0), label(1.0)], ["0.5", "200", "1"]);
    }
}

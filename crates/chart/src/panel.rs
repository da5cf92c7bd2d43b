//! A panel: a title, two axes, lines through points, and names beside them.

use maud::{Markup, html};

use crate::axis::{AxisScale, ChartAxis};
use crate::ink::ChartInk;
use crate::stroke::{label, line, mark, px, steps};

/// One line of a panel: its name and its points, in the figures' own units.
#[derive(Clone, PartialEq, Debug)]
pub struct ChartSeries {
    /// What it is called beside the panel; empty for one without a name of its own.
    pub name: String,
    /// Which colour and shape it has: that of its contestant, wherever it is drawn.
    pub number: usize,
    /// What is said of it where somebody points at it; empty for nothing.
    pub told: String,
    /// Its points from left to right.
    pub points: Vec<(f64, f64)>,
}

/// How the points of a series are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SeriesForm {
    /// A line through all of them, and a mark on each.
    Marked,
    /// A line through all of them.
    Plain,
    /// Across first and up then: a count that grows.
    Stepped,
    /// A mark on each, and no line.
    Scattered,
    /// A mark on each of a series with a name, and a broken line through one without: what was fitted to it.
    Fitted,
}

/// Where a panel's axes lie, in pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PlotBox {
    /// Where the axis that goes up stands.
    pub left: f64,
    /// The upper end of it.
    pub top: f64,
    /// How long the other one is.
    pub width: f64,
    /// How long the one that goes up is.
    pub height: f64,
}

/// One panel: what it shows, of which series, on which axes.
#[derive(Clone, PartialEq, Debug)]
pub struct ChartPanel {
    /// What it shows, above it; empty for none.
    pub title: &'static str,
    /// What lies along the lower axis, with its unit.
    pub x: &'static str,
    /// What goes up, with its unit.
    pub y: &'static str,
    /// How the values lie along the lower axis and the one that goes up.
    pub scales: (AxisScale, AxisScale),
    /// How points are drawn.
    pub form: SeriesForm,
    /// What is drawn, in order.
    pub series: Vec<ChartSeries>,
}

impl ChartPanel {
    /// The panel with its axes in `place`, its title above and its names at the right.
    #[must_use]
    pub fn draw(&self, place: PlotBox, ink: ChartInk) -> Markup {
        let (right_end, origin_y) = (place.left + place.width, place.top + place.height);
        let (across, up) = (self.axis(|(x, _)| *x, self.scales.0), self.axis(|(_, y)| *y, self.scales.1));
        let at =
            |(x, y): &(f64, f64)| (place.left + place.width * across.share(*x), origin_y - place.height * up.share(*y));
        html! {
            @if !self.title.is_empty() {
                text x=(px(place.left)) y=(px(place.top - 30.0)) font-size="15" font-weight="bold" fill=(ink.text) { (self.title) }
            }
            @for tick in &up.ticks {
                @let y = px(at(&(across.low, *tick)).1);
                line x1=(px(place.left)) x2=(px(right_end)) y1=(y) y2=(y) stroke=(ink.grid) {}
                text x=(px(place.left - 8.0)) y=(y) text-anchor="end" dominant-baseline="middle" fill=(ink.text) { (label(*tick)) }
            }
            @for tick in &across.ticks {
                @let x = px(at(&(*tick, up.low)).0);
                line x1=(x) x2=(x) y1=(px(origin_y)) y2=(px(origin_y + 5.0)) stroke=(ink.axis) {}
                text x=(x) y=(px(origin_y + 18.0)) text-anchor="middle" fill=(ink.text) { (label(*tick)) }
            }
            line x1=(px(place.left)) x2=(px(right_end)) y1=(px(origin_y)) y2=(px(origin_y)) stroke=(ink.axis) {}
            text x=(px(place.left + place.width / 2.0)) y=(px(origin_y + 38.0)) text-anchor="middle" fill=(ink.note) { (self.x) }
            text x=(px(place.left - 62.0)) y=(px(place.top - 12.0)) fill=(ink.note) { (self.y) }
            @for series in &self.series {
                @let colour = ink.of(series.number);
                @let points: Vec<(f64, f64)> = series.points.iter().map(at).collect();
                g data-tip=[(!series.told.is_empty()).then_some(&series.told)] {
                    @match self.form {
                        SeriesForm::Scattered => {}
                        SeriesForm::Fitted => @if series.name.is_empty() {
                            polyline points=(line(points.clone())) fill="none" stroke=(colour) stroke-width="2" stroke-dasharray="6 4" {}
                        }
                        SeriesForm::Stepped => {
                            polyline points=(steps(points.clone())) fill="none" stroke=(colour) stroke-width="2" {}
                        }
                        SeriesForm::Marked | SeriesForm::Plain => {
                            polyline points=(line(points.clone())) fill="none" stroke=(colour) stroke-width="2" {}
                        }
                    }
                    @let fitted = self.form == SeriesForm::Fitted && !series.name.is_empty();
                    @if fitted || matches!(self.form, SeriesForm::Marked | SeriesForm::Scattered) {
                        @for point in &points { (mark(*point, series.number, colour)) }
                    }
                }
            }
            @for (series, row) in self.named().zip(0..) {
                @let y = place.top + 12.0 + f64::from(row) * 18.0;
                (mark((right_end + 18.0, y - 4.0), series.number, ink.of(series.number)))
                text x=(px(right_end + 30.0)) y=(px(y)) fill=(ink.text) { (series.name) }
            }
        }
    }

    /// The series that have a name.
    fn named(&self) -> impl Iterator<Item = &ChartSeries> {
        self.series.iter().filter(|series| !series.name.is_empty())
    }

    /// The letters of the longest name.
    #[must_use]
    pub fn longest_name(&self) -> usize {
        self.named().map(|series| series.name.chars().count()).max().unwrap_or(0)
    }

    fn axis(&self, of: fn(&(f64, f64)) -> f64, scale: AxisScale) -> ChartAxis {
        let values = || self.series.iter().flat_map(|series| &series.points).map(of);
        let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
        ChartAxis::over(low, high, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn panel(form: SeriesForm) -> String {
        let series = ["a <b>", ""].into_iter().enumerate().map(|(number, name)| ChartSeries {
            name: name.into(),
            number,
            told: String::new(),
            points: vec![(1.0, 2.0), (2.0, 4.0), (4.0, 8.0)],
        });
        let panel = ChartPanel {
            title: "Speed",
            x: "threads",
            y: "tok/s",
            scales: (AxisScale::Straight, AxisScale::Straight),
            form,
            series: series.collect(),
        };
        assert_eq!(panel.longest_name(), 5);
        panel.draw(PlotBox { left: 70.0, top: 46.0, width: 460.0, height: 226.0 }, ChartInk::PAPER).into_string()
    }

    #[test]
    fn every_form_draws_its_points_and_names_are_text() {
        for (form, lines, marks) in [
            (SeriesForm::Marked, 2, 3),
            (SeriesForm::Plain, 2, 0),
            (SeriesForm::Stepped, 2, 0),
            (SeriesForm::Scattered, 0, 3),
        ] {
            let drawn = panel(form);
            assert_eq!(drawn, panel(form), "the same bytes each time");
            assert_eq!(drawn.matches("<polyline").count(), lines, "{form:?}");
            // One of them stands beside the name.
            assert_eq!(drawn.matches("<circle").count(), marks + 1, "{form:?}");
            assert!(drawn.contains("a &lt;b&gt;") && !drawn.contains("a <b>"));
        }
    }
}

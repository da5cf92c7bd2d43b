//! A drawing with what goes with it: a heading, a sentence, the same as a table for whoever sees no drawing.

use maud::{Markup, html};

use crate::block::table;
use speed_kings_chart::{ChartInk, ChartPanel, PlotBox, px};
use speed_kings_core::text::printable;
use speed_kings_results::benchmark_report::ReportTable;

/// How wide a drawing is, in pixels, where there is room.
pub(crate) const WIDTH: f64 = 760.0;
/// What is left free at the left, the top and the bottom of a panel.
const MARGINS: [f64; 3] = [76.0, 30.0, 46.0];
/// The height of a panel's axis.
const HEIGHT: f64 = 240.0;
/// Width of a letter of a name, and what stands beside the name, in pixels.
const NAMES: (f64, f64) = (7.5, 46.0);
/// The letters of a name beside a panel at most.
const NAME: usize = 22;

/// What is said of a drawing.
pub(crate) struct DrawingText {
    /// Its heading, in a few words.
    pub(crate) title: String,
    /// What it shows and how to read it, in a sentence.
    pub(crate) told: String,
}

/// A drawing of so many pixels with its words, and the same as a table.
pub(crate) fn figure(text: &DrawingText, height: f64, drawn: &Markup, same: &ReportTable) -> Markup {
    html! {
        figure {
            figcaption { (printable(&text.title)) }
            p { (printable(&text.told)) }
            svg viewBox={ "0 0 " (px(WIDTH)) " " (px(height)) } width=(px(WIDTH)) height=(px(height)) role="img" font-size="12" {
                title { (printable(&text.title)) }
                desc { (printable(&text.told)) }
                (drawn)
            }
            @if !same.rows.is_empty() { details { summary { "The same as a table" } (table(same)) } }
        }
    }
}

/// A panel with its words.
pub(crate) fn panel(text: &DrawingText, panel: &ChartPanel, same: &ReportTable) -> Markup {
    let [left, top, below] = MARGINS;
    #[expect(clippy::cast_precision_loss, reason = "a name of a few letters")]
    let names = NAMES.0 * panel.longest_name() as f64 + NAMES.1;
    let place = PlotBox { left, top, width: WIDTH - left - names, height: HEIGHT };
    figure(text, top + HEIGHT + below, &panel.draw(place, ChartInk::PAGE), same)
}

/// A name as it stands beside a drawing.
pub(crate) fn short_name(name: &str) -> String {
    let name = printable(name);
    if name.chars().count() <= NAME {
        return name.into_owned();
    }
    let mut short: String = name.chars().take(NAME - 1).collect();
    short.push('…');
    short
}

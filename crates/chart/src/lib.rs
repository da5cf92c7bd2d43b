//! Figures as drawings: shapes and text alone, as SVG. No script, no link, nothing from the network; the same figures give the
//! same bytes, and names from outside are text.

mod axis;
mod ink;
mod panel;
mod stroke;

pub use axis::{AxisScale, ChartAxis};
pub use ink::ChartInk;
pub use panel::{ChartPanel, ChartSeries, PlotBox, SeriesForm};
pub use stroke::{label, line, mark, px, steps};

//! The colours of a drawing: fixed ones for a file of its own, the page's own for one in a page.

/// What a drawing is drawn in, as SVG says colours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChartInk {
    /// The lines of the grid, behind everything else.
    pub grid: &'static str,
    /// Axes and their ticks.
    pub axis: &'static str,
    /// What the axes are called.
    pub note: &'static str,
    /// All other words of it.
    pub text: &'static str,
    /// The series, in order; shapes tell them apart, too.
    pub series: &'static [&'static str],
}

impl ChartInk {
    /// On white paper. The series are told apart by all eyes (Okabe and Ito, 2008).
    pub const PAPER: Self = Self {
        grid: "#dddddd",
        axis: "#555555",
        note: "#444444",
        text: "#000000",
        series: &["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#333333"],
    };
    /// In a page that names its colours, so that a change of its theme changes the drawing.
    pub const PAGE: Self = Self {
        grid: "var(--grid)",
        axis: "var(--axis)",
        note: "var(--note)",
        text: "var(--text)",
        series: &[
            "var(--s0)",
            "var(--s1)",
            "var(--s2)",
            "var(--s3)",
            "var(--s4)",
            "var(--s5)",
            "var(--s6)",
            "var(--s7)",
        ],
    };

    /// The colour of series `number`.
    #[must_use]
    pub fn of(self, number: usize) -> &'static str {
        self.series.get(number % self.series.len().max(1)).copied().unwrap_or(self.axis)
    }
}

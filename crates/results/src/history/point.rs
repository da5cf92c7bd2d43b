//! What one file has of a series.

use jiff::Timestamp;

use speed_kings_core::stats::median;

/// What one file has of a series.
#[derive(Clone, PartialEq, Debug)]
pub struct HistoryPoint {
    /// When it was begun.
    pub begun: Option<Timestamp>,
    /// The file, below the folder of results.
    pub file: String,
    /// The figure of each round, in the metric's unit.
    pub figures: Vec<f64>,
    /// Runs that brought no figures.
    pub failed: usize,
    /// How far it lies from the point before, where that is shown: with Holm's correction for all steps of the series.
    pub change: Option<HistoryShift>,
}

/// A change from one point to the next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct HistoryShift {
    /// The newer median over the older one.
    pub ratio: f64,
    /// The p-value after Holm's correction.
    pub p_value: f64,
}

impl HistoryPoint {
    /// The middle one of its figures.
    #[must_use]
    pub fn median(&self) -> Option<f64> {
        median(self.figures.iter().copied())
    }

    /// By what the same runs are known again, whatever the file is called.
    pub(super) fn measured(&self) -> (Option<Timestamp>, &[f64], usize) {
        (self.begun, &self.figures, self.failed)
    }
}

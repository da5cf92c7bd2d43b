//! The two ends between which a figure lies.

/// The ends of an interval.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ConfidenceInterval {
    /// Lower end of the interval, included.
    pub low: f64,
    /// Upper end of the interval, included.
    pub high: f64,
}

impl ConfidenceInterval {
    /// Whether `value` lies in it, ends included.
    #[must_use]
    pub fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// The shortest one that holds both.
    #[must_use]
    pub const fn hull(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// The interval of what these are the logarithms of.
    #[must_use]
    pub fn exp(self) -> Self {
        Self { low: self.low.exp(), high: self.high.exp() }
    }
}

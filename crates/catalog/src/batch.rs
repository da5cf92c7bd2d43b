//! What a provider takes off for requests that may wait: a dated fact with a source, like a price.

/// What is taken off the price of requests that are handed over in a batch, to be answered within a day or so.
#[derive(Clone, PartialEq, Debug)]
pub struct BatchDiscount {
    /// The share of the price that is taken off, over 0 and under 1.
    pub off: f64,
    /// It is taken off the price of tokens out of a cache as well; otherwise those keep theirs.
    pub cached: bool,
    /// When the source said so: `2026`, `2026-07` or `2026-07-24`.
    pub as_of: String,
    /// Who said so, in words or as an address.
    pub source: String,
}

impl BatchDiscount {
    /// Whether the share can be one.
    pub(crate) fn is_share(&self) -> bool {
        self.off > 0.0 && self.off < 1.0
    }
}

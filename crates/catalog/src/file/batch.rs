//! What is taken off for batches, as a file has it.

use serde::{Deserialize, Serialize};

use crate::batch::BatchDiscount;

/// Replaces an older one as a whole.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Batch")]
pub(crate) struct BatchEntry {
    /// The share of the price that is taken off for batches: 0.5 is half.
    pub(crate) off: f64,
    /// Whether it is taken off the price of tokens out of a cache as well.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) cached: bool,
    /// When the source said so: `2026`, `2026-07` or `2026-07-24`.
    pub(crate) as_of: String,
    /// Who said so, in words or as an address.
    pub(crate) source: String,
}

impl From<BatchEntry> for BatchDiscount {
    fn from(BatchEntry { off, cached, as_of, source }: BatchEntry) -> Self {
        Self { off, cached, as_of, source }
    }
}

impl From<BatchDiscount> for BatchEntry {
    fn from(BatchDiscount { off, cached, as_of, source }: BatchDiscount) -> Self {
        Self { off, cached, as_of, source }
    }
}

//! Counts as a file has them: whole numbers as the server gave them, and estimates with a fraction.

use serde::{Deserialize, Deserializer, Serialize};

use super::lenient::is_figure;
#[cfg(feature = "schema")]
use super::words;

/// A count in a file; what was read from one can be a figure.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum CountFigure {
    /// It was counted: a whole number.
    Whole(u64),
    /// It was estimated, and need not be whole.
    Estimate(f64),
}

impl CountFigure {
    /// The count as a figure; nothing when nobody can have counted so many.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "what is over 2^52 is no figure")]
    pub fn value(self) -> Option<f64> {
        let figure = match self {
            Self::Whole(count) => count as f64,
            Self::Estimate(count) => count,
        };
        Some(figure).filter(|figure| is_figure(*figure))
    }
}

impl From<usize> for CountFigure {
    fn from(count: usize) -> Self {
        Self::Whole(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

/// The tokens of a run, as they were counted.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TokenCounts {
    /// Tokens of the prompt.
    #[serde(deserialize_with = "count")]
    pub input: Option<CountFigure>,
    /// Prompt tokens out of a cache.
    #[serde(deserialize_with = "count")]
    pub cached: Option<CountFigure>,
    /// Output tokens: the server's own count, or an estimate.
    #[serde(deserialize_with = "count")]
    pub output: Option<CountFigure>,
    /// Tokens of reasoning alone.
    #[serde(deserialize_with = "count")]
    pub reasoning: Option<CountFigure>,
    /// Reasoning tokens are counted beside the output, not within it.
    pub reasoning_apart: bool,
    /// Prompt and output together, in the server's count.
    #[serde(deserialize_with = "count")]
    pub total: Option<CountFigure>,
    /// Who counted the output: `usage` or `estimate`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::COUNTED_BY)))]
    pub counted_by: Option<String>,
    /// The server's own count, where it can't be true.
    #[serde(deserialize_with = "count")]
    pub refused: Option<CountFigure>,
    /// Output tokens whose text was seen to come; older files leave it out.
    #[serde(deserialize_with = "count")]
    pub seen: Option<CountFigure>,
    /// Those of them that the first read brought; older files leave it out.
    #[serde(deserialize_with = "count")]
    pub first_read: Option<CountFigure>,
    /// Characters of text that it is for; older files leave it out.
    #[serde(deserialize_with = "count")]
    pub characters: Option<CountFigure>,
}

impl TokenCounts {
    /// All output tokens, reasoning included.
    #[must_use]
    pub fn written(&self) -> Option<f64> {
        let reasoning = self.reasoning.and_then(CountFigure::value).unwrap_or(0.0);
        let beside = if self.reasoning_apart { reasoning } else { 0.0 };
        self.output.and_then(CountFigure::value).map(|output| output + beside)
    }
}

/// A count that can be one; any other is absent.
pub(super) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<CountFigure>, D::Error> {
    let count: Option<CountFigure> = Option::deserialize(from)?;
    Ok(count.filter(|count| count.value().is_some()))
}

//! What a contestant costs and what somebody says of its speed: dated, with a source.

/// A price list's line, in USD per million tokens.
#[derive(Clone, PartialEq, Debug)]
pub struct Price {
    /// USD per million prompt tokens.
    pub input: f64,
    /// Completion tokens, reasoning included.
    pub output: f64,
    /// Prompt tokens out of a cache, where they have a price of their own.
    pub cached: Option<f64>,
    /// The day on which the source said so: `2026-07-24`.
    pub as_of: String,
    /// Whose price list it is from, in words.
    pub source: String,
}

impl Price {
    /// What a request costs in USD. `cached` of the `input` tokens came out of a cache; they cost as much as the others
    /// unless they have a price of their own.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "token counts fit f64 exactly")]
    pub fn cost(&self, input: u64, cached: u64, output: u64) -> f64 {
        let cached = cached.min(input);
        let fresh = (input - cached) as f64 * self.input;
        let reused = cached as f64 * self.cached.unwrap_or(self.input);
        (fresh + reused + output as f64 * self.output) / 1e6
    }
}

/// A speed that somebody published.
#[derive(Clone, PartialEq, Debug)]
pub struct Claim {
    /// Output tokens per second.
    pub tok_s: f64,
    /// When it was published or quoted: `2026`, `2026-05` or `2026-05-31`.
    pub as_of: String,
    /// Who published it, in words.
    pub source: String,
    /// Whether somebody else than the vendor measured it.
    pub measured: bool,
}

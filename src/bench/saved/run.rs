//! One counted request as it is read back: how it went, what was counted, and what its text was found to be.

use serde::Deserialize;

use super::figure;
use crate::race::verdict::Metric;

/// One counted request.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SavedRun {
    /// It brought figures.
    pub ok: bool,
    /// Which of its contestant's runs, from 1; older files leave it out.
    pub round: Option<u32>,
    /// The wall clock at its beginning, UTC.
    pub started_at: Option<String>,
    /// `cold_start`, `after_idle`.
    pub flags: Vec<String>,
    /// Why it brought none.
    pub error: Option<SavedFailure>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Requests after the first one.
    pub retries: u32,
    /// Who answered; older files leave it out.
    pub served: SavedServed,
    /// Token counts.
    pub tokens: SavedTokens,
    /// TTFT less loading the model, where the server loaded it inside the request.
    #[serde(deserialize_with = "figure")]
    pub ttft_without_load_ms: Option<f64>,
    #[serde(deserialize_with = "figure")]
    ttft_ms: Option<f64>,
    #[serde(deserialize_with = "figure")]
    ttfa_ms: Option<f64>,
    #[serde(deserialize_with = "figure")]
    output_tok_s: Option<f64>,
    #[serde(deserialize_with = "figure")]
    end_to_end_tok_s: Option<f64>,
    #[serde(deserialize_with = "figure")]
    total_ms: Option<f64>,
    gaps_ms: SavedGaps,
    #[serde(deserialize_with = "figure")]
    stalls: Option<f64>,
    /// When the program itself stood still during it; older files leave it out.
    standstills: Vec<serde_json::Value>,
    #[serde(deserialize_with = "figure")]
    cost_usd: Option<f64>,
    /// What the text was found to be.
    pub text: Option<SavedText>,
    /// Tokens per second of all requests of its run together, in a load run.
    #[serde(deserialize_with = "figure")]
    pub load_tok_s: Option<f64>,
}

/// Why a run brought no figures.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SavedFailure {
    /// For example `rate_limited`.
    pub kind: String,
    /// The HTTP status.
    pub status: Option<u16>,
    /// In the server's words.
    pub message: String,
}

/// Who answered.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SavedServed {
    /// The model that the server named.
    pub model: Option<String>,
    /// Whether it is the one that was asked for, where that can be said.
    pub as_asked: Option<bool>,
}

/// Token counts.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SavedTokens {
    /// Prompt tokens.
    #[serde(deserialize_with = "figure")]
    pub input: Option<f64>,
    /// Out of a cache.
    #[serde(deserialize_with = "figure")]
    pub cached: Option<f64>,
    /// Output tokens.
    #[serde(deserialize_with = "figure")]
    pub output: Option<f64>,
    /// `usage` or `estimate`.
    pub counted_by: Option<String>,
}

#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
struct SavedGaps {
    #[serde(deserialize_with = "figure")]
    p95: Option<f64>,
}

/// What the text was found to be.
#[derive(Clone, PartialEq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SavedText {
    /// Share of repeated n-grams, 0 none to 1 all.
    #[serde(deserialize_with = "figure")]
    pub repetition: Option<f64>,
    /// The prompt's checks.
    pub checks: Vec<SavedCheck>,
}

/// One check of an answer.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(default)]
pub struct SavedCheck {
    /// What was checked.
    pub check: String,
    /// Whether it holds.
    pub passed: bool,
}

impl SavedRun {
    /// Whether the program itself stood still during it: then it is no sample of anything but its cost.
    #[must_use]
    pub const fn was_held_up(&self) -> bool {
        !self.standstills.is_empty()
    }

    /// A figure in the metric's unit.
    #[must_use]
    pub fn figure(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::Cost => self.cost_usd,
            _ if self.was_held_up() => None,
            Metric::Ttft => self.ttft_ms,
            Metric::Ttfa => self.ttfa_ms,
            Metric::OutputSpeed => self.output_tok_s,
            Metric::EndToEnd => self.end_to_end_tok_s,
            Metric::Total => self.total_ms,
            Metric::GapsP95 => self.gaps_ms.p95,
            Metric::Stalls => self.stalls,
        }
    }
}

//! Conversations in a file: which turn a run is, and what each turn comes to over all conversations.

use serde::{Deserialize, Serialize};

/// Which turn of a conversation a run is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TurnRecord {
    /// Its place, from 1.
    pub number: u32,
    /// How many turns the conversation has.
    pub of: u32,
    /// Whose answers stood ahead of it: `none` in the first turn, `recorded` those of the file, `own` those of the contestant,
    /// `mixed` some of both.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["none", "recorded", "own", "mixed"])))]
    pub history: String,
    /// Turns after it that were not asked, for it failed, or had no answer to go on with.
    pub not_run: u32,
}

/// What one turn comes to over all conversations of a contestant.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TurnFigures {
    /// Its place in the conversation, from 1.
    pub number: u32,
    /// Requests of that turn, good or not.
    pub asked: usize,
    /// Of them, those that brought figures.
    pub good: usize,
    /// Conversations that had ended before it.
    pub not_run: usize,
    /// Median time to the first text, ms.
    pub ttft_ms: Option<f64>,
    /// Median time from the request to the last text, ms.
    pub total_ms: Option<f64>,
    /// Median output speed, tokens per second.
    pub output_tok_s: Option<f64>,
    /// Median of the prompt's tokens, all that was said before included, as the server counted them.
    pub input_tokens: Option<f64>,
    /// Median of those of them that came out of a cache; null where no server says so.
    pub cached_tokens: Option<f64>,
}

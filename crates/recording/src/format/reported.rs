//! What a server says of itself, as the recording has it: token counts and its own timings, as they were reported.

use serde::{Deserialize, Serialize};

use super::lenient::readable;
use speed_kings_core::race::event::{ServerTiming, TokenUsage};
use speed_kings_core::time::{Rate, ReportedPeriod};

/// Token counts as one message of a server told them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct UsageFields {
    /// Tokens of the prompt, as the server counts them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    input: Option<u64>,
    /// Those of them that came out of a cache.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    cached: Option<u64>,
    /// Tokens of the completion; reasoning is among them unless it is counted apart.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    output: Option<u64>,
    /// Tokens of reasoning, as the server counts them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    reasoning: Option<u64>,
    /// Tokens of prompt and completion together, as the server gives them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    total: Option<u64>,
    /// Reasoning is counted beside the output; left out where it is within it.
    #[serde(skip_serializing_if = "std::ops::Not::not", deserialize_with = "readable")]
    apart: bool,
    /// The charge in USD, where the server says it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    cost_usd: Option<f64>,
}

/// Timings as a server reports them, never corrected.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "each field has its unit")]
pub(super) struct TimingFields {
    /// Waiting for a slot, seconds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    queue_s: Option<f64>,
    /// Loading the model, seconds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    load_s: Option<f64>,
    /// Reading the prompt, seconds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    prompt_s: Option<f64>,
    /// Writing the completion, seconds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    completion_s: Option<f64>,
    /// All of it together, seconds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    total_s: Option<f64>,
    /// Time to first token as the server sees it, seconds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    first_token_s: Option<f64>,
    /// Output tokens per second as the server sees them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    tok_s: Option<f64>,
}

impl From<&TokenUsage> for UsageFields {
    fn from(usage: &TokenUsage) -> Self {
        let TokenUsage { input, cached, output, reasoning, total, apart, cost_usd } = *usage;
        Self { input, cached, output, reasoning, total, apart, cost_usd }
    }
}

impl From<UsageFields> for TokenUsage {
    fn from(fields: UsageFields) -> Self {
        let UsageFields { input, cached, output, reasoning, total, apart, cost_usd } = fields;
        Self { input, cached, output, reasoning, total, apart, cost_usd }
    }
}

impl From<&ServerTiming> for TimingFields {
    fn from(timing: &ServerTiming) -> Self {
        Self {
            queue_s: timing.queue.map(ReportedPeriod::as_secs),
            load_s: timing.load.map(ReportedPeriod::as_secs),
            prompt_s: timing.prompt.map(ReportedPeriod::as_secs),
            completion_s: timing.completion.map(ReportedPeriod::as_secs),
            total_s: timing.total.map(ReportedPeriod::as_secs),
            first_token_s: timing.first_token.map(ReportedPeriod::as_secs),
            tok_s: timing.rate.map(Rate::value),
        }
    }
}

impl From<TimingFields> for ServerTiming {
    fn from(fields: TimingFields) -> Self {
        Self {
            queue: fields.queue_s.and_then(ReportedPeriod::from_secs),
            load: fields.load_s.and_then(ReportedPeriod::from_secs),
            prompt: fields.prompt_s.and_then(ReportedPeriod::from_secs),
            completion: fields.completion_s.and_then(ReportedPeriod::from_secs),
            total: fields.total_s.and_then(ReportedPeriod::from_secs),
            first_token: fields.first_token_s.and_then(ReportedPeriod::from_secs),
            rate: fields.tok_s.map(Rate::per_second),
        }
    }
}

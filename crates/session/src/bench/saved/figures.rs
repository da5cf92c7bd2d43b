//! What one request came to, without its text. A run of a benchmark, a lane of a recorded race and a probe of a watch all have
//! it in this form: one name and one unit for a figure, wherever it stands.

use serde::{Deserialize, Serialize};

use super::counts::{CountFigure, TokenCounts, count};
use super::lenient::{each_readable, figure, readable};
use super::local::{EngineRecord, ResourceFigures};
use super::parts::speed_note;
use super::parts::{
    GapFigures, LatenessFigures, ProcessUse, PromptSize, RunFailure, ServedRecord, ServerTimes, SpeedNote,
    StandstillTimes, TransportTimes,
};
#[cfg(feature = "schema")]
use super::words;

/// One lane of a recorded race: its text, when that came, and its figures.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LaneRun<'a> {
    /// What was answered; null when no stream came.
    pub answer: Option<&'a str>,
    /// What was reasoned ahead of it; null when no stream came.
    pub reasoning: Option<&'a str>,
    /// When each read that carried text came, ms after the request.
    pub offsets_ms: &'a [f64],
    /// What it came to, beside its text.
    #[serde(flatten)]
    pub figures: &'a RunFigures,
}

/// The figures of one request: times in ms from the moment it left, speeds in tokens per second, cost in USD. What is not known
/// is null.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RunFigures {
    /// It brought figures: it ended well, and with text.
    pub ok: bool,
    /// Why it brought no figures.
    pub error: Option<RunFailure>,
    /// Why the model stopped, in the server's word.
    pub finish_reason: Option<String>,
    /// Who answered; older files leave it out.
    pub served: ServedRecord,
    /// How much was sent; older files leave it out.
    #[serde(deserialize_with = "readable")]
    pub prompt_sent: Option<PromptSize>,
    /// The tokens that were counted.
    pub tokens: TokenCounts,
    /// TTFT in ms less loading the model, where the server loaded it inside the request.
    #[serde(deserialize_with = "figure")]
    pub ttft_without_load_ms: Option<f64>,
    /// From the request to the first text, ms.
    #[serde(deserialize_with = "figure")]
    pub(in crate::bench) ttft_ms: Option<f64>,
    /// From the request to the first text of the answer, ms.
    #[serde(deserialize_with = "figure")]
    pub(in crate::bench) ttfa_ms: Option<f64>,
    /// Tokens per second while text came.
    #[serde(deserialize_with = "figure")]
    pub(in crate::bench) output_tok_s: Option<f64>,
    /// Why there is no output speed, as far as the file says.
    #[serde(deserialize_with = "speed_note", skip_serializing_if = "SpeedNote::is_absent")]
    pub(in crate::bench) speed_withheld: SpeedNote,
    /// Tokens per second from the request to the end.
    #[serde(deserialize_with = "figure")]
    pub(in crate::bench) end_to_end_tok_s: Option<f64>,
    /// From the request to the last text, ms.
    #[serde(deserialize_with = "figure")]
    pub(in crate::bench) total_ms: Option<f64>,
    /// The gaps between the reads that carried text.
    pub(in crate::bench) gaps_ms: GapFigures,
    /// How often the text stalled.
    #[serde(deserialize_with = "count")]
    pub(in crate::bench) stalls: Option<CountFigure>,
    /// When the program itself stood still during it; older files leave it out.
    #[serde(deserialize_with = "each_readable")]
    pub(in crate::bench) standstills: Vec<StandstillTimes>,
    /// What was told of it, in words: that the answer came compressed, that a field was left out; left out where nothing was.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "each_readable")]
    pub notices: Vec<String>,
    /// What the server says of its own times; nothing when it says none.
    #[serde(deserialize_with = "readable")]
    pub server: Option<ServerTimes>,
    /// How the connection came up, and when the response came.
    #[serde(deserialize_with = "readable")]
    pub transport: TransportTimes,
    /// What a command used; nothing where no command ran.
    #[serde(deserialize_with = "readable")]
    pub process: Option<ProcessUse>,
    /// How the engine came up that was started for it; left out where none was.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub engine: Option<EngineRecord>,
    /// What the processes of its server used; left out where that doesn't run on this machine.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub resources: Option<ResourceFigures>,
    /// What it cost in USD.
    #[serde(deserialize_with = "figure")]
    pub(in crate::bench) cost_usd: Option<f64>,
    /// Whose figure the cost is: `server` or `price`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::COST_BY)))]
    #[serde(deserialize_with = "readable")]
    pub cost_by: Option<String>,
    /// How late the program took its reads in; left out where the system doesn't tell when bytes arrive.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub lateness_ms: Option<LatenessFigures>,
    /// The share of the text that came in the largest read, 0 to 1.
    #[serde(deserialize_with = "readable")]
    pub largest_read_share: Option<f64>,
}

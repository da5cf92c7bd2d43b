//! The parts of a run as a file has them: what failed, who answered, when what came, and what the text was found to be.
//! Times are in milliseconds, and what is not known is null.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::lenient::{figure, readable};
#[cfg(feature = "schema")]
use super::words;
use speed_kings_core::race::lane::LatenessSummary;
use speed_kings_core::time::Period;

/// Why a run brought no figures.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RunFailure {
    /// The class of the trouble, for example `rate_limited`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::failures())))]
    pub kind: String,
    /// The HTTP status of the response.
    pub status: Option<u16>,
    /// What happened, in the server's words.
    pub message: String,
    /// How long the server asked to wait, seconds.
    #[serde(deserialize_with = "figure")]
    pub retry_after_s: Option<f64>,
}

/// Who answered, in the server's own words.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ServedRecord {
    /// The model that the server named.
    pub model: Option<String>,
    /// Whether it is the one that was asked for, where that can be said.
    pub as_asked: Option<bool>,
    /// The provider that a router passed the request on to.
    #[serde(deserialize_with = "readable")]
    pub provider: Option<String>,
    /// Which build and weights the server says it ran.
    #[serde(deserialize_with = "readable")]
    pub system_fingerprint: Option<String>,
    /// The headers that name an upstream.
    #[serde(deserialize_with = "readable")]
    pub headers: BTreeMap<String, String>,
}

/// How much was sent.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PromptSize {
    /// Characters of the prompt, nonce included.
    pub characters: usize,
    /// The estimate of its tokens.
    pub tokens_estimate: f64,
}

/// What a file says of an output speed.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(in crate::bench) enum SpeedNote {
    /// It says nothing: it is older than the reasons.
    #[default]
    Absent,
    /// It was seen, which a null says.
    Seen,
    /// Why it was not seen, by its code.
    Withheld(String),
}

impl SpeedNote {
    /// Whether the file says nothing, so that the key is left out.
    pub(super) fn is_absent(&self) -> bool {
        *self == Self::Absent
    }
}

/// The gaps between the reads that carried text, ms.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(in crate::bench) struct GapFigures {
    /// The median of the gaps.
    #[serde(deserialize_with = "figure")]
    pub p50: Option<f64>,
    /// The 95th percentile; absent of few gaps.
    #[serde(deserialize_with = "figure")]
    pub p95: Option<f64>,
    /// The 99th percentile; absent of few gaps.
    #[serde(deserialize_with = "figure")]
    pub p99: Option<f64>,
    /// The longest of the gaps.
    #[serde(deserialize_with = "figure")]
    pub max: Option<f64>,
    /// How much they differ from one to the next.
    #[serde(deserialize_with = "figure")]
    pub jitter: Option<f64>,
}

/// When the program itself stood still, counted from the request, and how long. The race clock doesn't count the time in
/// which the machine was suspended.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "they are the keys of the file")]
pub(in crate::bench) struct StandstillTimes {
    /// When it began, ms after the request.
    pub at_ms: f64,
    /// How long it was, ms.
    pub length_ms: Option<f64>,
    /// How long of that the machine was suspended, ms.
    pub suspended_ms: Option<f64>,
}

/// From the arrival of reads at this machine to the program's taking them in, ms.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LatenessFigures {
    /// Reads that it is known of.
    pub reads: usize,
    /// The median of them, ms.
    pub p50: f64,
    /// The 99th percentile of them, ms.
    pub p99: f64,
    /// The most of them, ms.
    pub max: f64,
}

impl From<LatenessSummary> for LatenessFigures {
    fn from(late: LatenessSummary) -> Self {
        let [p50, p99, max] = [late.p50, late.p99, late.max].map(Period::as_millis_f64);
        Self { reads: late.reads, p50, p99, max }
    }
}

/// What the server says of its own times, ms.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ServerTimes {
    /// How long the request waited.
    pub queue_ms: Option<f64>,
    /// How long the model was loaded.
    pub load_ms: Option<f64>,
    /// How long it read the prompt.
    pub prompt_ms: Option<f64>,
    /// How long it wrote the answer.
    pub completion_ms: Option<f64>,
    /// How long all of it took.
    pub total_ms: Option<f64>,
    /// When its first token was there.
    pub first_token_ms: Option<f64>,
    /// Output tokens per second, in its own words.
    pub tok_s: Option<f64>,
}

/// How the connection came up, and the marks of the response from the moment the request was sent, ms.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct TransportTimes {
    /// How long the name was looked up.
    pub dns_ms: Option<f64>,
    /// How long TCP took to connect.
    pub tcp_ms: Option<f64>,
    /// How long TLS took to agree.
    pub tls_ms: Option<f64>,
    /// How long the connection took in all.
    pub total_ms: Option<f64>,
    /// When the headers of the response came.
    pub headers_ms: Option<f64>,
    /// When the first byte of the body came.
    pub first_byte_ms: Option<f64>,
    /// The version of HTTP, for example `HTTP/2.0`.
    pub http_version: Option<String>,
    /// Whether the connection was up before the request.
    pub reused: Option<bool>,
    /// The serving region, where a header names one.
    pub region: Option<String>,
}

/// What a command used of the machine.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ProcessUse {
    /// Its exit code; nothing when a signal ended it.
    pub exit_code: Option<i32>,
    /// The most memory that its processes held, bytes.
    pub peak_rss_bytes: Option<u64>,
    /// Time on the processors, ms.
    pub cpu_ms: Option<f64>,
}

/// What the text of an answer was found to be.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AnswerFindings {
    /// Share of repeated n-grams, 0 none to 1 all.
    #[serde(deserialize_with = "figure")]
    pub repetition: Option<f64>,
    /// How far it came: `complete`, `cut_off` or `failed`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::COMPLETION)))]
    #[serde(deserialize_with = "readable")]
    pub completion: String,
    /// The prompt's checks of it.
    pub checks: Vec<CheckResult>,
}

/// What one check of an answer came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CheckResult {
    /// What was checked, by its name.
    pub check: String,
    /// Whether the answer passed it.
    pub passed: bool,
}

/// What a file that has the key says of an output speed.
pub(super) fn speed_note<'de, D: Deserializer<'de>>(from: D) -> Result<SpeedNote, D::Error> {
    Ok(Option::deserialize(from)?.map_or(SpeedNote::Seen, SpeedNote::Withheld))
}

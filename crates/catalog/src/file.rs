//! The catalogue file as it is written: RON, in which a field that nothing reads is an error with its place.
//! Only here does the catalogue know serde; [`overlay`](super::overlay) makes the domain's own types of it.

use super::{CatalogError, ExtraFields};
use ron::extensions::Extensions;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A whole file. Every list may be missing.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename = "Catalog", default)]
pub(super) struct CatalogFile {
    pub(super) models: Vec<ModelEntry>,
    pub(super) providers: Vec<ProviderEntry>,
    pub(super) prompts: Vec<PromptEntry>,
    pub(super) prompt_sets: Vec<PromptSetEntry>,
    pub(super) groups: Vec<GroupEntry>,
    pub(super) phases: Vec<PhaseEntry>,
    pub(super) patterns: Vec<QuestionEntry>,
    pub(super) engines: Vec<EngineEntry>,
    pub(super) references: Vec<ReferenceEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Model")]
pub(super) struct ModelEntry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) billions: Option<f64>,
    #[serde(default)]
    pub(super) reasoning: bool,
}

/// What is missing is as in the provider that it is laid over, else as usual.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Provider")]
pub(super) struct ProviderEntry {
    pub(super) id: String,
    pub(super) name: Option<String>,
    pub(super) hardware: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) exec: Option<ExecEntry>,
    pub(super) key: Option<String>,
    pub(super) dialect: Option<String>,
    pub(super) path: Option<String>,
    pub(super) models_path: Option<String>,
    pub(super) query: Option<BTreeMap<String, String>>,
    pub(super) headers: Option<BTreeMap<String, String>>,
    pub(super) key_header: Option<String>,
    pub(super) token_limit: Option<String>,
    pub(super) stream_options: Option<bool>,
    pub(super) seed: Option<bool>,
    pub(super) temperature: Option<bool>,
    pub(super) think_tags: Option<bool>,
    pub(super) extra: Option<ExtraFields>,
    pub(super) reasoning_off: Option<ExtraFields>,
    pub(super) region_header: Option<String>,
    pub(super) local: Option<bool>,
    #[serde(default)]
    pub(super) offers: Vec<OfferEntry>,
    pub(super) note: Option<String>,
}

/// Replaces an older one as a whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Exec")]
pub(super) struct ExecEntry {
    pub(super) command: Vec<String>,
    pub(super) dir: Option<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    pub(super) output: Option<String>,
    pub(super) skip: Option<String>,
    pub(super) until: Option<String>,
    #[serde(default)]
    pub(super) figures: Vec<String>,
}

/// What is missing is as in the offer that it is laid over, else as usual.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Offer")]
pub(super) struct OfferEntry {
    pub(super) model: String,
    pub(super) id: Option<String>,
    pub(super) also_answers: Option<Vec<String>>,
    pub(super) retired: Option<String>,
    pub(super) price: Option<PriceEntry>,
    pub(super) claims: Option<Vec<ClaimEntry>>,
    pub(super) profile: Option<ProfileEntry>,
    pub(super) extra: Option<ExtraFields>,
    pub(super) reasoning_off: Option<ExtraFields>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Price")]
pub(super) struct PriceEntry {
    pub(super) input: f64,
    pub(super) output: f64,
    pub(super) cached: Option<f64>,
    pub(super) as_of: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Claim")]
pub(super) struct ClaimEntry {
    pub(super) tok_s: f64,
    pub(super) as_of: String,
    pub(super) source: String,
    #[serde(default)]
    pub(super) measured: bool,
}

/// What is missing is as in [`StreamProfile::default`](super::profile::StreamProfile::default).
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Profile")]
pub(super) struct ProfileEntry {
    pub(super) ttft_ms: Option<f64>,
    pub(super) tok_s: Option<f64>,
    pub(super) tokens_per_chunk: Option<u32>,
    pub(super) jitter: Option<f64>,
    pub(super) reasoning: Option<f64>,
    pub(super) tokens: Option<u32>,
    pub(super) text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Prompt")]
pub(super) struct PromptEntry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) max_tokens: u32,
    pub(super) expected_tokens: u32,
    pub(super) temperature: Option<f64>,
    #[serde(default)]
    pub(super) checks: Vec<CheckEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Check")]
pub(super) struct CheckEntry {
    pub(super) name: String,
    #[serde(default)]
    pub(super) contains: Vec<String>,
    #[serde(default)]
    pub(super) python: bool,
    pub(super) jugs: Option<JugsEntry>,
    pub(super) words: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Jugs")]
pub(super) struct JugsEntry {
    pub(super) small: u32,
    pub(super) large: u32,
    pub(super) goal: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "PromptSet")]
pub(super) struct PromptSetEntry {
    pub(super) id: String,
    pub(super) name: String,
    /// Ids of prompts that stand elsewhere; they come first.
    #[serde(default)]
    pub(super) include: Vec<String>,
    #[serde(default)]
    pub(super) prompts: Vec<PromptEntry>,
    pub(super) pause_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Group")]
pub(super) struct GroupEntry {
    pub(super) id: String,
    pub(super) name: String,
    #[serde(default)]
    pub(super) questions: Vec<QuestionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Question")]
pub(super) struct QuestionEntry {
    pub(super) text: String,
    pub(super) ask: Option<AskEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Ask")]
pub(super) enum AskEntry {
    Lead { of: Vec<String>, over: Vec<String>, by: String, between: Option<(f64, f64)> },
    Order { of: Vec<String>, by: String },
    Growth { of: Vec<String>, over: Vec<String>, by: String },
    Best { by: String },
}

/// Replaces an older one as a whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Engine")]
pub(super) struct EngineEntry {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) model: Option<String>,
    pub(super) command: Vec<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) options: BTreeMap<String, OptionEntry>,
    #[serde(default)]
    pub(super) defaults: BTreeMap<String, String>,
    pub(super) serves: Option<ServiceEntry>,
    pub(super) script: Option<String>,
    pub(super) output: Option<String>,
    pub(super) skip: Option<String>,
    pub(super) until: Option<String>,
    #[serde(default)]
    pub(super) figures: Vec<String>,
    pub(super) note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Reference")]
pub(super) struct ReferenceEntry {
    pub(super) id: String,
    pub(super) model: String,
    #[serde(default)]
    pub(super) quantization: String,
    pub(super) hardware: String,
    pub(super) engine: String,
    pub(super) prompt_tok_s: Option<f64>,
    pub(super) output_tok_s: f64,
    pub(super) watts: Option<f64>,
    pub(super) as_of: String,
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Option")]
pub(super) struct OptionEntry {
    #[serde(default)]
    pub(super) args: Vec<String>,
    #[serde(default)]
    pub(super) env: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) switch: bool,
    pub(super) proof: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Service")]
pub(super) struct ServiceEntry {
    pub(super) path: Option<String>,
    pub(super) dialect: Option<String>,
    pub(super) ready: String,
    pub(super) model: Option<String>,
    #[serde(default)]
    pub(super) load: bool,
    pub(super) ready_s: Option<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename = "Phase")]
pub(super) struct PhaseEntry {
    pub(super) id: String,
    pub(super) group: String,
    pub(super) contestants: Vec<String>,
    pub(super) model: String,
    pub(super) priority: u8,
    pub(super) cost_usd: f64,
    pub(super) question: Option<String>,
}

impl CatalogFile {
    /// Reads the text's form, not its sense.
    pub(super) fn parse(text: &str, origin: &str) -> Result<Self, CatalogError> {
        // `note: "…"` instead of `note: Some("…")`: the file is written by people.
        let options = ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
        options.from_str(text).map_err(|error| CatalogError::Syntax {
            origin: origin.to_owned(),
            line: error.span.start.line,
            column: error.span.start.col,
            cause: error.code.to_string(),
        })
    }
}

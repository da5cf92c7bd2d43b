//! The catalogue file as it is written: RON, or JSON by its name, in which a field that nothing reads is an error with its place.
//! Only here does the catalogue know serde; [`overlay`](super::overlay) makes the domain's own types of it.

mod batch;
mod engines;
mod plan;

pub(crate) use self::batch::BatchEntry;
pub(crate) use self::engines::{EngineEntry, OptionEntry, ReferenceEntry, ServiceEntry};
pub(crate) use self::plan::{
    AskEntry, CheckEntry, GroupEntry, JugsEntry, PhaseEntry, PromptEntry, PromptSetEntry, QuestionEntry,
};

use super::{CatalogError, ExtraFields};
#[cfg(feature = "schema")]
use super::{Dialect, Hardware, TokenLimit};
use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// A whole file. Every list may be missing.
#[derive(Deserialize, Serialize, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "A catalogue of one's own for speed-kings"))]
#[serde(deny_unknown_fields, rename = "Catalog", default)]
#[cfg_attr(not(feature = "schema"), expect(unreachable_pub, reason = "only the schema is made of it outside"))]
pub struct CatalogFile {
    /// Models, under the names that offers and phases use.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) models: Vec<ModelEntry>,
    /// Whoever serves models, each with its offers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) providers: Vec<ProviderEntry>,
    /// Prompts that contestants can be asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) prompts: Vec<PromptEntry>,
    /// Prompts that are run one after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) prompt_sets: Vec<PromptSetEntry>,
    /// Phases that belong together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) groups: Vec<GroupEntry>,
    /// Planned races of the same model on different infrastructure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) phases: Vec<PhaseEntry>,
    /// What the plan as a whole expects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) patterns: Vec<QuestionEntry>,
    /// Engines that can be started on this machine.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) engines: Vec<EngineEntry>,
    /// What others measured on hardware that isn't here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) references: Vec<ReferenceEntry>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Model")]
pub(crate) struct ModelEntry {
    /// Its unique id, for example `llama-3.1-8b`.
    pub(crate) id: String,
    /// What people call it, for example `Llama 3.1 8B`.
    pub(crate) name: String,
    /// Parameters in billions, all experts counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) billions: Option<f64>,
    /// Whether it thinks before it answers.
    #[serde(default)]
    pub(crate) reasoning: bool,
}

/// What is missing is as in the provider that it is laid over, else as usual.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Provider")]
pub(crate) struct ProviderEntry {
    /// Its unique id, for example `my-rack`; `MY_RACK_MODEL` and `MY_RACK_BASE_URL` then speak of it.
    pub(crate) id: String,
    /// What people call it, for example `My rack`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// What it runs on, for example `gpu_cloud` or `local`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = Hardware::ALL.map(Hardware::as_str))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) hardware: Option<String>,
    /// What stands before the path of the API, for example `https://llm.example.org/v1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) base_url: Option<String>,
    /// A command to run in place of an API.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exec: Option<ExecEntry>,
    /// The environment variable that holds the key, never the key itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// Which API it speaks: openai, ollama, anthropic, responses, completions or gemini.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = Dialect::ALL.map(Dialect::as_str))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dialect: Option<String>,
    /// What is put behind the base URL in place of the dialect's path; `{model}` stands for the model's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    /// The same for the list of models.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) models_path: Option<String>,
    /// Query parameters of every request, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) query: Option<BTreeMap<String, String>>,
    /// Headers of every request, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) headers: Option<BTreeMap<String, String>>,
    /// The header that the key goes into; in `authorization` it is a bearer's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_header: Option<String>,
    /// How it calls the cap on output tokens.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = TokenLimit::ALL.map(TokenLimit::as_str))))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_limit: Option<String>,
    /// Whether it may be asked for usage with `stream_options`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) stream_options: Option<bool>,
    /// Whether it takes a seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seed: Option<bool>,
    /// Whether it takes a temperature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) temperature: Option<bool>,
    /// Whether `<think>` within the answer marks reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) think_tags: Option<bool>,
    /// JSON fields that are added to every request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extra: Option<ExtraFields>,
    /// JSON fields that stop it from thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_off: Option<ExtraFields>,
    /// The response header that names the serving region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region_header: Option<String>,
    /// Whether it runs on the user's own hardware and needs no key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) local: Option<bool>,
    /// What is taken off for batches of any of its models, with date and source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch: Option<BatchEntry>,
    /// The models that it serves, with their prices.
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) offers: Vec<OfferEntry>,
    /// What a user should know before racing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

/// Replaces an older one as a whole.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Exec")]
pub(crate) struct ExecEntry {
    /// Program and arguments, with holes such as `{prompt}` and `{model}`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) command: Vec<String>,
    /// The folder that it runs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dir: Option<String>,
    /// Additions to its environment, by name.
    #[serde(default)]
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) env: BTreeMap<String, String>,
    /// What it writes: text or jsonl.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) output: Option<String>,
    /// Text up to and including this is a banner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) skip: Option<String>,
    /// Text from this on is a trailer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<String>,
    /// Patterns that find the engine's own counts and times.
    #[serde(default)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) figures: Vec<String>,
}

/// What is missing is as in the offer that it is laid over, else as usual.
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Offer")]
pub(crate) struct OfferEntry {
    /// The catalogue's id of the model.
    pub(crate) model: String,
    /// The provider's own name of it, as it goes over the wire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Other names under which it answers with that very model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) also_answers: Option<Vec<String>>,
    /// Why a live race would fail or race something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) retired: Option<String>,
    /// What its tokens cost, with date and source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<PriceEntry>,
    /// What is taken off for batches of this model, with date and source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) batch: Option<BatchEntry>,
    /// Speeds that were published of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) claims: Option<Vec<ClaimEntry>>,
    /// How the simulator plays it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<ProfileEntry>,
    /// JSON fields that are added to requests for this model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) extra: Option<ExtraFields>,
    /// JSON fields that stop this model from thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning_off: Option<ExtraFields>,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Price")]
pub(crate) struct PriceEntry {
    /// USD per million prompt tokens.
    pub(crate) input: f64,
    /// USD per million output tokens, reasoning included.
    pub(crate) output: f64,
    /// USD per million prompt tokens out of a cache.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cached: Option<f64>,
    /// When the source said so: `2026`, `2026-07` or `2026-07-24`.
    pub(crate) as_of: String,
    /// Whose price list it is from, in words.
    pub(crate) source: String,
}

#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Claim")]
pub(crate) struct ClaimEntry {
    /// Output tokens in a second.
    pub(crate) tok_s: f64,
    /// When it was published: `2026`, `2026-07` or `2026-07-24`.
    pub(crate) as_of: String,
    /// Who published it, in words.
    pub(crate) source: String,
    /// Whether somebody else than the vendor measured it.
    #[serde(default)]
    pub(crate) measured: bool,
}

/// What is missing is as in [`StreamProfile::default`](super::profile::StreamProfile::default).
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename = "Profile")]
pub(crate) struct ProfileEntry {
    /// Milliseconds from the request to the first token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ttft_ms: Option<f64>,
    /// Output tokens in a second, after the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tok_s: Option<f64>,
    /// Tokens in one chunk of the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tokens_per_chunk: Option<u32>,
    /// How far chunks stray from their time, from 0 to 0.9.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) jitter: Option<f64>,
    /// Share of the output that is reasoning, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reasoning: Option<f64>,
    /// Output tokens of a whole answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tokens: Option<u32>,
    /// The text to stream, in place of the simulator's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
}

impl CatalogFile {
    /// Reads the text's form, not its sense.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self, CatalogError> {
        if is_json(origin) {
            return serde_json::from_str(text).map_err(|error| CatalogError::Syntax {
                origin: origin.to_owned(),
                line: error.line(),
                column: error.column(),
                cause: plain(&error),
            });
        }
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

/// Whether a file of this name is JSON, for which editors have schemas.
fn is_json(origin: &str) -> bool {
    Path::new(origin).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

/// What is wrong, without the place, which is told before it.
fn plain(error: &serde_json::Error) -> String {
    let told = error.to_string();
    told.rsplit_once(" at line ").map_or(told.as_str(), |(cause, _)| cause).to_owned()
}

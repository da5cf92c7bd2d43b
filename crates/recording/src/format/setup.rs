//! The setup of a race as the header has it: the phase, the prompt, the settings, and the contestants with what they cost
//! and what is said of them.

use serde::{Deserialize, Serialize};

use super::lenient::{entries, readable, section, sections};
use speed_kings_core::race::hardware::Hardware;
use speed_kings_core::race::price::{Claim, Price};
use speed_kings_core::race::setup::{Contestant, LaneRunner, PhaseRef, RacePrompt, RaceSettings};
use speed_kings_core::time::Period;

/// The phase that a race belongs to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct PhaseFields {
    /// The phase's id in the catalogue, for example `A1`.
    #[serde(deserialize_with = "readable")]
    id: String,
    /// What it is called, for example `Cerebras vs Groq`.
    #[serde(deserialize_with = "readable")]
    title: String,
    /// The model, as people call it.
    #[serde(deserialize_with = "readable")]
    model: String,
    /// What the phase is to find out.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    question: Option<String>,
}

/// The prompt that every contestant gets.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct PromptFields {
    /// `short`, `medium`, `long`, the name of the file that held it, or `custom`.
    #[serde(deserialize_with = "readable")]
    name: String,
    /// The text, without the nonce.
    #[serde(deserialize_with = "readable")]
    text: String,
}

/// How the prompt is asked, the same for all.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct SettingsFields {
    /// Output cap in tokens.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    max_tokens: Option<u32>,
    /// Sampling temperature, where one was set.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    temperature: Option<f64>,
    /// Sampling seed, where one was set.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    seed: Option<u64>,
    /// What opened the prompt, so that no prompt cache decides the race.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    nonce: Option<String>,
    /// All connections were up before the green light.
    #[serde(deserialize_with = "readable")]
    warm: bool,
    /// Reasoning was asked to be off; left out where it wasn't.
    #[serde(skip_serializing_if = "std::ops::Not::not", deserialize_with = "readable")]
    no_reasoning: bool,
}

/// Who answers in one lane, and on what.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct LaneFields {
    /// What people call it, for example `Cerebras`.
    #[serde(deserialize_with = "readable")]
    name: String,
    /// The provider's id in the catalogue.
    #[serde(deserialize_with = "readable")]
    provider: String,
    /// The model id on the wire.
    #[serde(deserialize_with = "readable")]
    model: String,
    /// The catalogue's id of that model.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    same_as: Option<String>,
    /// Other names under which the provider answers with that very model.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "entries")]
    also_answers: Vec<String>,
    /// What it runs on; `untold` when it was taken out.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = crate::words::hardware())))]
    #[serde(deserialize_with = "readable")]
    hardware: String,
    /// It is fed by the simulator.
    #[serde(deserialize_with = "readable")]
    simulated: bool,
    /// Host and port, where it isn't the provider's own.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    endpoint: Option<String>,
    /// It runs on the user's own hardware.
    #[serde(deserialize_with = "readable")]
    local: bool,
    /// The endpoint is the machine that the race was run on; left out where it isn't.
    #[serde(skip_serializing_if = "std::ops::Not::not", deserialize_with = "readable")]
    here: bool,
    /// What its tokens cost.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "section")]
    price: Option<PriceFields>,
    /// What was said of its speed.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "sections")]
    claims: Vec<ClaimFields>,
    /// What was set for it alone, for example `body.reasoning_effort=low`; a header by its name only.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "entries")]
    settings: Vec<String>,
    /// When it ran, if that was in another race.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    ghost: Option<String>,
    /// The runner that raced it, if that was another machine.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "section")]
    runner: Option<RunnerFields>,
}

/// The runner that raced a lane, and how well its clock is known.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct RunnerFields {
    /// The name that it has on the bus.
    name: String,
    /// Where it stands, in its owner's word.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    region: Option<String>,
    /// What its machine is known by since it was started: runners of one machine have the same; left out where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    machine: Option<String>,
    /// Its clock ahead of the director's at the green light, µs; both begin anywhere.
    #[serde(default, deserialize_with = "readable")]
    offset_us: i64,
    /// How far the offset may be off, µs: half of the quickest round trip.
    #[serde(default, deserialize_with = "readable")]
    bound_us: u64,
    /// By how much the offset had moved after the race, µs; left out where nobody could look.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    drift_us: Option<i64>,
    /// From its own green light to the moment its request left, µs.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    skew_us: Option<u64>,
}

impl From<&LaneRunner> for RunnerFields {
    fn from(runner: &LaneRunner) -> Self {
        Self {
            name: runner.name.clone(),
            region: runner.region.clone(),
            machine: runner.machine.clone(),
            offset_us: runner.offset,
            bound_us: runner.bound.as_micros(),
            drift_us: runner.drift,
            skew_us: runner.skew.map(Period::as_micros),
        }
    }
}

impl From<RunnerFields> for LaneRunner {
    fn from(fields: RunnerFields) -> Self {
        Self {
            name: fields.name,
            region: fields.region,
            machine: fields.machine,
            offset: fields.offset_us,
            bound: Period::from_micros(fields.bound_us),
            drift: fields.drift_us,
            skew: fields.skew_us.map(Period::from_micros),
        }
    }
}

/// A price list's line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct PriceFields {
    /// USD per million prompt tokens.
    input: f64,
    /// USD per million completion tokens, reasoning included.
    output: f64,
    /// USD per million prompt tokens out of a cache, where they have a price of their own.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    cached: Option<f64>,
    /// The day on which the source said so, for example `2026-07-24`.
    #[serde(default, deserialize_with = "readable")]
    as_of: String,
    /// Whose price list it is from, in words.
    #[serde(default, deserialize_with = "readable")]
    source: String,
}

/// A speed that somebody published.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ClaimFields {
    /// Output tokens per second.
    tok_s: f64,
    /// When it was published: `2026`, `2026-05` or `2026-05-31`.
    #[serde(default, deserialize_with = "readable")]
    as_of: String,
    /// Who published it, in words.
    #[serde(default, deserialize_with = "readable")]
    source: String,
    /// Somebody else than the vendor measured it.
    #[serde(default, deserialize_with = "readable")]
    measured: bool,
}

impl From<&PhaseRef> for PhaseFields {
    fn from(phase: &PhaseRef) -> Self {
        let PhaseRef { id, title, model, question } = phase.clone();
        Self { id, title, model, question }
    }
}

impl From<PhaseFields> for PhaseRef {
    fn from(fields: PhaseFields) -> Self {
        let PhaseFields { id, title, model, question } = fields;
        Self { id, title, model, question }
    }
}

impl From<&RacePrompt> for PromptFields {
    fn from(prompt: &RacePrompt) -> Self {
        Self { name: prompt.name.clone(), text: prompt.text.clone() }
    }
}

impl From<PromptFields> for RacePrompt {
    fn from(fields: PromptFields) -> Self {
        Self { name: fields.name, text: fields.text }
    }
}

impl From<&RaceSettings> for SettingsFields {
    fn from(settings: &RaceSettings) -> Self {
        let RaceSettings { max_tokens, temperature, seed, nonce, warm, no_reasoning } = settings.clone();
        Self { max_tokens, temperature, seed, nonce, warm, no_reasoning }
    }
}

impl From<SettingsFields> for RaceSettings {
    fn from(fields: SettingsFields) -> Self {
        let SettingsFields { max_tokens, temperature, seed, nonce, warm, no_reasoning } = fields;
        Self { max_tokens, temperature, seed, nonce, warm, no_reasoning }
    }
}

impl From<&Contestant> for LaneFields {
    fn from(contestant: &Contestant) -> Self {
        Self {
            name: contestant.name.clone(),
            provider: contestant.provider.clone(),
            model: contestant.model.clone(),
            same_as: contestant.same_as.clone(),
            also_answers: contestant.also_answers.clone(),
            hardware: contestant.hardware.as_str().into(),
            simulated: contestant.simulated,
            endpoint: contestant.endpoint.clone(),
            local: contestant.local,
            here: contestant.here,
            price: contestant.price.as_ref().map(PriceFields::from),
            claims: contestant.claims.iter().map(ClaimFields::from).collect(),
            settings: contestant.settings.clone(),
            ghost: contestant.ghost.clone(),
            runner: contestant.runner.as_deref().map(RunnerFields::from),
        }
    }
}

impl From<LaneFields> for Contestant {
    fn from(fields: LaneFields) -> Self {
        Self {
            name: fields.name,
            provider: fields.provider,
            model: fields.model,
            same_as: fields.same_as,
            also_answers: fields.also_answers,
            hardware: Hardware::parse(&fields.hardware).unwrap_or(Hardware::Untold),
            simulated: fields.simulated,
            endpoint: fields.endpoint,
            local: fields.local,
            here: fields.here,
            price: fields.price.map(Price::from),
            claims: fields.claims.into_iter().map(Claim::from).collect(),
            settings: fields.settings,
            ghost: fields.ghost,
            runner: fields.runner.map(|runner| Box::new(runner.into())),
        }
    }
}

impl From<&Price> for PriceFields {
    fn from(price: &Price) -> Self {
        let Price { input, output, cached, as_of, source } = price.clone();
        Self { input, output, cached, as_of, source }
    }
}

impl From<PriceFields> for Price {
    fn from(fields: PriceFields) -> Self {
        let PriceFields { input, output, cached, as_of, source } = fields;
        Self { input, output, cached, as_of, source }
    }
}

impl From<&Claim> for ClaimFields {
    fn from(claim: &Claim) -> Self {
        let Claim { tok_s, as_of, source, measured } = claim.clone();
        Self { tok_s, as_of, source, measured }
    }
}

impl From<ClaimFields> for Claim {
    fn from(fields: ClaimFields) -> Self {
        let ClaimFields { tok_s, as_of, source, measured } = fields;
        Self { tok_s, as_of, source, measured }
    }
}

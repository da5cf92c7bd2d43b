//! One contestant as a file has it: who it is, what was published of it, what it costs, and its runs.

use serde::{Deserialize, Deserializer, Serialize};

use super::lenient::{figure, is_figure, readable};
use super::run::{RunResult, as_written};
use super::told::StatisticsRecord;
use speed_kings_catalog::{Claim, Price};
use speed_kings_core::race::setup::Contestant;

/// One contestant with its counted requests.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LaneResult {
    /// Who it was, and on what.
    #[serde(flatten)]
    pub identity: LaneIdentity,
    /// What it was said to do.
    #[serde(deserialize_with = "claims")]
    pub claims: Vec<ClaimRecord>,
    /// What its tokens cost.
    #[serde(deserialize_with = "price")]
    pub price: Option<PriceRecord>,
    /// Its counted requests, oldest first.
    #[serde(serialize_with = "as_written")]
    pub runs: Vec<RunResult>,
    /// What its runs come to; older files leave it out, and reports work it out anew.
    #[serde(deserialize_with = "readable")]
    pub statistics: Option<StatisticsRecord>,
}

/// Who answered in one lane: in results, a line of a watch, an export and an inspection.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LaneIdentity {
    /// What people call it.
    pub name: String,
    /// The provider's id in the catalogue.
    pub provider: String,
    /// The model id on the wire.
    pub model: String,
    /// The catalogue's id of the model.
    pub same_as: Option<String>,
    /// What it runs on; null only in results that don't tell.
    pub hardware: Option<String>,
    /// Host and port, where it is not the provider's own.
    pub endpoint: Option<String>,
    /// The endpoint is the machine that it was measured from; older results leave it out.
    pub here: bool,
    /// Its figures say nothing about the provider.
    pub simulated: bool,
    /// The runner that it was measured by, where that was another machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner: Option<String>,
    /// Where that runner stands, in its owner's word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What was set for it alone, for example `body.reasoning_effort=low`; a header by its name only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub settings: Vec<String>,
}

impl From<&Contestant> for LaneIdentity {
    fn from(contestant: &Contestant) -> Self {
        let (endpoint, here) = contestant.place().unzip();
        Self {
            name: contestant.name.clone(),
            provider: contestant.provider.clone(),
            model: contestant.model.clone(),
            same_as: contestant.same_as.clone(),
            hardware: Some(contestant.hardware.as_str().to_owned()),
            endpoint,
            here: here.unwrap_or(contestant.here),
            simulated: contestant.simulated,
            runner: contestant.runner.as_ref().map(|runner| runner.name.clone()),
            region: contestant.runner.as_ref().and_then(|runner| runner.region.clone()),
            settings: contestant.settings.clone(),
        }
    }
}

/// A speed that somebody published, with its date and source.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ClaimRecord {
    /// Output tokens per second.
    pub tok_s: f64,
    /// When it was published.
    pub as_of: String,
    /// Who published it, in words.
    pub source: String,
    /// By somebody else than the vendor.
    pub measured: bool,
}

/// A dated price in USD per million tokens.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PriceRecord {
    /// USD per million prompt tokens.
    pub input: f64,
    /// USD per million completion tokens.
    pub output: f64,
    /// Prompt tokens out of a cache.
    #[serde(deserialize_with = "figure")]
    pub cached: Option<f64>,
    /// The day of the source.
    pub as_of: String,
    /// Whose price list it is from, in words.
    pub source: String,
}

impl From<&Claim> for ClaimRecord {
    fn from(claim: &Claim) -> Self {
        Self { tok_s: claim.tok_s, as_of: claim.as_of.clone(), source: claim.source.clone(), measured: claim.measured }
    }
}

impl From<&Price> for PriceRecord {
    fn from(price: &Price) -> Self {
        Self {
            input: price.input,
            output: price.output,
            cached: price.cached,
            as_of: price.as_of.clone(),
            source: price.source.clone(),
        }
    }
}

/// The claims whose speed can be one.
fn claims<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<ClaimRecord>, D::Error> {
    let mut claims: Vec<ClaimRecord> = Vec::deserialize(from)?;
    claims.retain(|claim| is_figure(claim.tok_s) && claim.tok_s > 0.0);
    Ok(claims)
}

/// A price whose parts can be ones.
fn price<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PriceRecord>, D::Error> {
    let price: Option<PriceRecord> = Option::deserialize(from)?;
    Ok(price.filter(|price| is_figure(price.input) && is_figure(price.output)))
}

//! A report for scripts: the results as they are, and beside them what they were held against.

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use speed_kings_core::date;
use speed_kings_session::bench::saved::BenchmarkFile;

/// One file of results, or several, with what was asked to stand beside.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ReportDocument<R> {
    /// The results: those of one file as they are, or several in a list.
    #[serde(flatten)]
    pub results: R,
    /// Measured speeds against claimed ones; left out where nobody asked for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Vec<ClaimCheckRecord>>,
    /// What has changed since older results; left out where nobody asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changes: Option<ChangesRecord>,
    /// What the gates came to; left out where there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<GatesRecord>,
}

/// What the gates came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GatesRecord {
    /// How often each end of each interval is wrong at most, 0 to 1: 0.05 divided by the number of checks.
    pub error: f64,
    /// Checks that failed: the limit is shown to be broken.
    pub failed: usize,
    /// Checks that passed: the limit is shown to be kept.
    pub passed: usize,
    /// Checks of which neither is shown.
    pub undecided: usize,
    /// Every condition with every contestant that it is about.
    pub checks: Vec<GateRecord>,
}

/// One condition, held against one contestant.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GateRecord {
    /// The title of the results.
    pub results: String,
    /// The contestant's name, as people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// Whether it was simulated.
    pub simulated: bool,
    /// The level of a load that it was held against, in words; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The condition as it was typed.
    pub condition: String,
    /// What it came to.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["failed", "passed", "undecided"])))]
    pub call: String,
    /// The figure that decides, in its unit, or the factor of now over then; null where there is none.
    pub figure: Option<f64>,
    /// The lower end of its interval; null where nothing bounds it.
    pub low: Option<f64>,
    /// The upper end of its interval; null where nothing bounds it.
    pub high: Option<f64>,
    /// Values behind it: runs, or rounds of a load run.
    pub runs: usize,
    /// How many it takes at least, where there are too few to show anything.
    pub runs_needed: Option<usize>,
    /// All of that in words.
    pub said: String,
}

/// Several results in one document, ranked together.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ResultsList<R = BenchmarkFile> {
    /// The version of the form of each of them.
    pub version: u64,
    /// Each file of results as it is.
    pub results: Vec<R>,
    /// Who stands where over all of them, model by model.
    pub overall: Vec<OverallRecord>,
}

/// A claimed speed and what was measured.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClaimCheckRecord {
    /// The contestant's name, as people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// The claimed output speed.
    pub published_tok_s: f64,
    /// The measured median; null without one.
    pub measured_tok_s: Option<f64>,
    /// The measured speed over the claimed one.
    pub share: Option<f64>,
    /// Good runs behind the median.
    pub runs: usize,
    /// When it was claimed: a year, a month or a day.
    pub as_of: String,
    /// Who claimed it, in words.
    pub source: String,
    /// By somebody else than the vendor.
    pub independent: bool,
}

/// What has changed since older results.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangesRecord {
    /// When the older results were begun; null where each of the newer ones has others.
    #[serde(serialize_with = "as_milli")]
    pub since: Option<Timestamp>,
    /// One entry for each of the newer results.
    pub results: Vec<FileChanges>,
}

/// What has changed in one file of results, or why that can't be said.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileChanges {
    /// When the older results of this file were begun; null where there are none.
    #[serde(serialize_with = "as_milli")]
    pub since: Option<Timestamp>,
    /// Why they can't be compared; null where they can.
    pub why_not: Option<String>,
    /// Each metric of each contestant that both have.
    pub metrics: Vec<ChangeRecord>,
}

impl FileChanges {
    /// Nothing that could be compared, for this reason.
    #[must_use]
    pub const fn none(why: String) -> Self {
        Self { since: None, why_not: Some(why), metrics: Vec::new() }
    }
}

/// One metric of one contestant, then and now.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChangeRecord {
    /// The contestant's name, as people call it.
    pub name: String,
    /// Its model's id on the wire.
    pub model: String,
    /// The metric's name in files, for example `ttft_ms`.
    pub metric: String,
    /// The older median, in the metric's unit.
    pub then: f64,
    /// The newer median, in the metric's unit.
    pub now: f64,
    /// The newer over the older one.
    pub ratio: f64,
    /// The p-value of the change, corrected after Holm.
    pub p_value: Option<f64>,
    /// Runs then and now, in this order.
    pub runs: [usize; 2],
    /// Runs that each file needs at least, where there are too few.
    pub runs_needed: Option<usize>,
    /// What the change is.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["better", "worse", "no_change_shown", "too_few"])))]
    pub call: String,
}

/// Who stands where on one model with one question.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OverallRecord {
    /// The model, as people call it.
    pub model: String,
    /// The name of the prompt that all of them were asked.
    pub prompt: String,
    /// The output cap in tokens, where there was one.
    pub max_tokens: Option<u32>,
    /// The metric that ranks: `total_ms`.
    pub metric: String,
    /// Some of it was simulated.
    pub simulated: bool,
    /// Those who were compared with each other stand together.
    pub parts: Vec<StandingsRecord>,
}

/// The places of those who can be compared with each other.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StandingsRecord {
    /// The comparisons that the places rest on.
    pub comparisons: usize,
    /// Pairs of runs behind those.
    pub pairs: usize,
    /// Files that they come from.
    pub files: usize,
    /// Days on which they were compared.
    pub days: usize,
    /// Those who beat each other in a circle, in words.
    pub circles: Vec<String>,
    /// The places in order, whoever is ahead first.
    pub places: Vec<PlaceRecord>,
}

/// One place of a ranking and who holds it.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PlaceRecord {
    /// The rank from 1; null for one of a circle.
    pub rank: Option<usize>,
    /// The contestant's name, as people call it.
    pub name: String,
    /// How far the first is ahead; null for the first.
    pub behind: Option<LeadRecord>,
}

/// By what factor the first is ahead.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeadRecord {
    /// The factor over all comparisons together.
    pub ratio: f64,
    /// The two ends of its 95 % interval.
    pub interval: [f64; 2],
}

/// A moment to the millisecond, in UTC.
#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
fn as_milli<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    at.map(date::to_milli).serialize(to)
}

//! What a file says of its runs together: the verdict, the statistics of each contestant and the comparisons of every two.
//! Reports work all of it out anew; only the badges are needed again, for a benchmark that goes on.

use std::collections::BTreeMap;

pub use speed_kings_recording::outcome::{BadgeRecord, CategoryRecord};

use serde::{Deserialize, Serialize};

use super::lenient::readable;
use super::turn::TurnFigures;
#[cfg(feature = "schema")]
use super::words;
use speed_kings_core::stats::describe::SampleDescription;

/// The verdict on the medians: who was ahead, and whether that is a claim.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct VerdictRecord {
    /// What it rests on: `medians`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["medians"])))]
    #[serde(deserialize_with = "readable")]
    pub basis: String,
    /// Whether it is shown that the first is ahead of everybody.
    #[serde(deserialize_with = "readable")]
    pub claim: bool,
    /// What makes it a claim or none, in words.
    #[serde(deserialize_with = "readable")]
    pub note: String,
    /// How far the first is ahead of the second, in words.
    #[serde(deserialize_with = "readable")]
    pub effect: Option<String>,
    /// Good runs of each contestant.
    #[serde(deserialize_with = "readable")]
    pub runs: Vec<usize>,
    /// Runs of each contestant that brought no figures.
    #[serde(deserialize_with = "readable")]
    pub failed: Vec<usize>,
    /// Who has won, if anybody has.
    #[serde(deserialize_with = "readable")]
    pub outcome: Option<OutcomeRecord>,
    /// Whether it can't stand alone.
    pub provisional: bool,
    /// The medians, category by category.
    #[serde(deserialize_with = "readable")]
    pub categories: Vec<CategoryRecord>,
    /// What spoke for and against the comparison.
    pub badges: Vec<BadgeRecord>,
}

/// Who has won, if anybody has.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OutcomeRecord {
    /// It is a claim that the first is ahead of everybody.
    Won {
        /// The place of the first, from 0.
        winner: u8,
        /// The place of the next, from 0.
        second: u8,
        /// The median of the next over that of the first.
        ratio: Option<f64>,
        /// By how many µs the first was ahead.
        by_us: Option<f64>,
    },
    /// It is no claim, whatever the medians are.
    TooClose {
        /// The medians of the first two; nothing where there are no two.
        #[serde(flatten)]
        lead: Option<CloseLead>,
    },
    /// The medians are within 1 %: only files of earlier versions say so.
    DeadHeat {
        /// By how many µs the first was ahead.
        by_us: Option<f64>,
    },
}

/// The medians of the first two, without a claim.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CloseLead {
    /// The place of the first, from 0.
    pub ahead: u8,
    /// The place of the next, from 0.
    pub behind: u8,
    /// The median of the next over that of the first.
    pub ratio: Option<f64>,
    /// By how many µs the first was ahead.
    pub by_us: Option<f64>,
}

/// What the runs of one contestant come to.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct StatisticsRecord {
    /// Runs that brought figures.
    pub good: usize,
    /// Runs that brought no figures.
    pub failed: usize,
    /// How many of those failed in which way.
    pub failures: BTreeMap<String, usize>,
    /// Requests that were sent again.
    pub retries: u32,
    /// Runs that nothing had warmed up.
    pub cold_starts: usize,
    /// Runs after a long rest.
    pub after_idle: usize,
    /// Whether some tokens were counted by nobody, so that speeds are estimates.
    pub tokens_estimated: bool,
    /// Each metric that at least one run has, by its name.
    pub metrics: BTreeMap<String, MetricRecord>,
    /// Tokens per second of all requests of a load run together.
    pub load_tok_s: Option<MetricRecord>,
    /// What each turn of its conversations comes to; left out where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "readable")]
    pub turns: Vec<TurnFigures>,
}

/// The distribution of one metric, in the metric's unit.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MetricRecord {
    /// How the values are spread.
    #[serde(flatten)]
    pub description: SampleDescription,
    /// Whether the values spread unusually far.
    pub uneven: bool,
    /// The places of the outliers among all runs, from 0.
    pub outliers: Vec<usize>,
}

/// Two contestants on one metric: a ratio over 1 says that the first is better.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ComparisonRecord {
    /// The place of the first, from 0.
    pub a: usize,
    /// The place of the second, from 0.
    pub b: usize,
    /// Its name in files, for example `ttft_ms`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::compared())))]
    pub metric: String,
    /// Rounds in which both have the figure.
    pub pairs: usize,
    /// By what factor the first is better.
    pub ratio: Option<f64>,
    /// The two ends of the ratio's 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// How ratio and interval were found.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::METHODS)))]
    pub method: String,
    /// The two-sided p-value of that method.
    pub p_value: Option<f64>,
    /// The two-sided p-value of the permutation test.
    pub permutation_p: Option<f64>,
    /// The two ends of the bootstrap's interval.
    pub bootstrap: Option<[f64; 2]>,
    /// Who is better: `a`, `b`, `too_close` or `too_few`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["a", "b", "too_close", "too_few"])))]
    pub call: String,
    /// The result in words.
    pub effect: String,
    /// How many more runs of each a claim would need.
    pub more_runs: Option<u32>,
}

/// How the comparisons were made.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct MethodRecord {
    /// The level that the intervals hold, 0 to 1.
    pub level: f64,
    /// The level that they are computed for, 0 to 1.
    pub computed_level: f64,
    /// How the bootstrap's intervals were drawn.
    pub bootstrap: BootstrapRecord,
}

/// How the bootstrap's intervals were drawn.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BootstrapRecord {
    /// The name of the method: `BCa`.
    pub method: String,
    /// How many resamples were drawn.
    pub resamples: u32,
    /// What the draws began with.
    pub seed: u64,
}

//! The file of a benchmark's results, as it is written and as it is read: all that reports, comparisons and findings need.
//! What an older or newer version lacks or adds is absent or passed over.

mod beside;
mod counts;
mod earlier;
mod figures;
mod foreign;
mod lane;
mod lenient;
mod local;
mod parts;
mod rounds;
mod run;
mod told;
mod turn;
mod turns;
#[cfg(feature = "schema")]
pub mod words;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use self::beside::JOURNAL;
pub(in crate::bench) use self::beside::path_beside;
pub use self::counts::{CountFigure, TokenCounts};
pub use self::earlier::EarlierRuns;
pub use self::figures::{LaneRun, RunFigures};
pub use self::foreign::names_its_kind;
pub use self::lane::{ClaimRecord, LaneIdentity, LaneResult, PriceRecord};
pub use self::lenient::as_milli;
use self::lenient::{figure, moment, readable};
pub use self::local::{EngineRecord, ResourceFigures};
pub use self::parts::{
    AnswerFindings, CheckResult, LatenessFigures, ProcessUse, PromptSize, RunFailure, ServedRecord, ServerTimes,
    TransportTimes,
};
pub(super) use self::parts::{GapFigures, SpeedNote, StandstillTimes};
pub use self::run::RunResult;
pub use self::told::{
    BadgeRecord, BootstrapRecord, CategoryRecord, CloseLead, ComparisonRecord, MethodRecord, MetricRecord,
    OutcomeRecord, StatisticsRecord, VerdictRecord,
};
pub use self::turn::{TurnFigures, TurnRecord};
use crate::bench::prompt_rows::PromptRow;
use crate::lengths::GivenLengths;
use speed_kings_core::race::setup::{RacePrompt, RaceSettings};
use speed_kings_core::text::without_bom;
use speed_kings_system::environment::MachineEnvironment;
use speed_kings_system::input::{self, LARGEST_RESULT};

/// The version of the form of results.
pub const VERSION: u64 = 1;

/// Why a file is no results.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    /// It can't be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Path of the file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: std::io::Error,
    },
    /// It is something else.
    #[error("{}: not results of a benchmark: {why}", path.display())]
    Form {
        /// Path of the file that is no results.
        path: PathBuf,
        /// What is wrong with it, in words.
        why: String,
    },
    /// It is of a newer form.
    #[error("{}: version {version} of results is newer than this program; update it", path.display())]
    Version {
        /// Path of the file of the newer form.
        path: PathBuf,
        /// The version that it gives, larger than [`VERSION`].
        version: u64,
    },
}

/// One results file as it is read back; what it leaves out is empty.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BenchmarkFile {
    /// The version of the form.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [VERSION])))]
    pub version: u64,
    /// The phase of the catalogue, when it was one.
    pub phase: Option<String>,
    /// The prompt that all contestants were asked.
    pub prompt: PromptRecord,
    /// The prompts that rounds asked in turn, where it was a set out of a file; left out elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "readable")]
    pub prompt_rows: Vec<PromptRow>,
    /// How it was asked, how often and in which order.
    pub settings: RunSettings,
    /// The contestants with their runs.
    pub lanes: Vec<LaneResult>,
    /// The verdict as it was then; its badges are needed again.
    pub verdict: Option<VerdictRecord>,
    /// The wall clock at the beginning, UTC.
    #[serde(deserialize_with = "moment", serialize_with = "as_milli")]
    pub started_at: Option<Timestamp>,
    /// How it ended: `complete`, `interrupted`, `time_limit`, `max_cost`, `unsaved`, `broken`; nothing when it was cut off.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::ENDED)))]
    pub ended: Option<String>,
    /// USD spent, warm-ups included; nothing when some of it was at a price that nobody knows.
    #[serde(deserialize_with = "figure")]
    pub spent_usd: Option<f64>,
    /// The part of it at known prices; older files leave it out.
    #[serde(deserialize_with = "figure")]
    pub spent_at_least_usd: Option<f64>,
    /// What it ran on.
    pub environment: MachineEnvironment,
    /// How alike the answers of every two contestants were.
    pub similarity: Vec<AnswerLikeness>,
    /// The tool's own error, when it was known then.
    pub calibration: Option<Value>,
    /// Every two contestants on every metric, as they were compared then.
    #[serde(deserialize_with = "readable")]
    pub comparisons: Vec<ComparisonRecord>,
    /// The rank of each contestant then, from 1; nothing for one with too few runs.
    #[serde(deserialize_with = "readable")]
    pub ranking: Vec<Option<usize>>,
    /// How the comparisons were made.
    #[serde(deserialize_with = "readable")]
    pub method: Option<MethodRecord>,
}

/// How alike the answers of two contestants were.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AnswerLikeness {
    /// The first one's place.
    pub a: usize,
    /// The second one's place among the contestants, from 0.
    pub b: usize,
    /// Rounds that were compared.
    pub n: usize,
    /// The middle one of the shares of common three-word sequences.
    #[serde(deserialize_with = "figure")]
    pub median: Option<f64>,
}

/// The prompt that was asked, by its name and its text.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct PromptRecord {
    /// Its name in the catalogue, that of the file that held it, or `custom`.
    pub name: String,
    /// Its text without the nonce.
    pub text: String,
}

impl From<&RacePrompt> for PromptRecord {
    fn from(prompt: &RacePrompt) -> Self {
        Self { name: prompt.name.clone(), text: prompt.text.clone() }
    }
}

/// How it was asked, how often and in which order.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct RunSettings {
    /// What every request asked for.
    #[serde(flatten)]
    pub asked: AskedSettings,
    /// Counted runs of each contestant, as planned.
    pub iterations: u32,
    /// Warm-ups of each contestant.
    pub warmup: u32,
    /// How the order was drawn: `random_blocks`, or `ABBA` in older files.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::ORDER)))]
    pub order: Option<String>,
    /// Drew the order, and draws the resamples.
    pub order_seed: u64,
    /// Requests at a time in each run.
    pub concurrency: Option<u32>,
    /// Whether a run that a server put off was tried again.
    #[serde(deserialize_with = "readable")]
    pub retry: bool,
    /// The place of the contestant that ran first, from 0.
    #[serde(deserialize_with = "readable")]
    pub first: Option<u8>,
    /// The order of the first round of each block, as places of contestants; the second round is that backwards. Older files
    /// leave it out.
    #[serde(deserialize_with = "readable")]
    pub blocks: Vec<Vec<u8>>,
    /// The rest between two runs, seconds.
    #[serde(deserialize_with = "readable")]
    pub pause_s: f64,
    /// The lengths that prompts and answers were to have, where they were given; left out elsewhere.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    pub lengths: Option<GivenLengths>,
}

/// What every request asked for: the same in results, in an export and in an inspection.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct AskedSettings {
    /// Output cap in tokens.
    pub max_tokens: Option<u32>,
    /// Sampling temperature, where one was set.
    #[serde(deserialize_with = "figure")]
    pub temperature: Option<f64>,
    /// Sampling seed, where one was set.
    pub seed: Option<u64>,
    /// No nonce opened the prompts.
    pub allow_cache: bool,
    /// `off` when reasoning was switched off.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::REASONING)))]
    pub reasoning: Option<String>,
    /// Whether all connections were up before the request.
    #[serde(deserialize_with = "readable")]
    pub warm_connections: bool,
}

impl From<&RaceSettings> for AskedSettings {
    fn from(settings: &RaceSettings) -> Self {
        Self {
            max_tokens: settings.max_tokens,
            temperature: settings.temperature,
            seed: settings.seed,
            allow_cache: settings.nonce.is_none(),
            reasoning: settings.no_reasoning.then(|| "off".to_owned()),
            warm_connections: settings.warm,
        }
    }
}

impl BenchmarkFile {
    /// Reads a file, with the runs of the journal beside it.
    ///
    /// # Errors
    /// When it can't be read or is no results of a benchmark.
    pub fn read(path: &Path) -> Result<Self, ResultsError> {
        let text = read(path)?;
        let folded = beside::folded(path, &text);
        let saved = folded.and_then(|folded| match folded {
            Some(document) => Self::of(&document),
            None => serde_json::from_str(&text),
        });
        saved.map_err(|error| form(path, error.to_string()))?.checked(path)
    }

    /// Reads the JSON of a file.
    ///
    /// # Errors
    /// When it is of another form.
    pub fn of(document: &Value) -> Result<Self, serde_json::Error> {
        Self::deserialize(document)
    }

    /// The file as JSON, its keys in order. Every key is there: what is not known is null.
    #[must_use]
    pub fn json(&self) -> Value {
        json!(self)
    }

    fn checked(self, path: &Path) -> Result<Self, ResultsError> {
        match self.version {
            0 => Err(form(path, "it has no version".into())),
            VERSION if self.lanes.is_empty() => Err(form(path, "it has no lanes".into())),
            VERSION => Ok(self),
            version => Err(ResultsError::Version { path: path.to_owned(), version }),
        }
    }

    /// Whether a badge was broken or a run failed, so that no claim on it stands alone.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        self.verdict
            .as_ref()
            .is_some_and(|verdict| verdict.provisional || verdict.badges.iter().any(|badge| badge.holds == Some(false)))
    }

    /// Whether anything in it was simulated.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.lanes.iter().any(|lane| lane.identity.simulated)
    }

    /// Whether it is over as planned, so that there is nothing to resume.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.ended.as_deref() == Some("complete")
    }

    /// Requests of a contestant at a time; over 1 it was a load run.
    #[must_use]
    pub fn concurrency(&self) -> u32 {
        self.settings.concurrency.unwrap_or(1)
    }

    /// Whether any run is a turn of a conversation.
    #[must_use]
    pub fn holds_conversations(&self) -> bool {
        self.lanes.iter().any(LaneResult::holds_conversations)
    }

    /// Whether a round is several requests that depend on each other: of a load run, or the turns of a conversation.
    #[must_use]
    pub fn has_rounds_of_several(&self) -> bool {
        self.concurrency() > 1 || self.holds_conversations()
    }

    /// The contestants' names in the order of the lanes: `Cerebras vs Groq`.
    #[must_use]
    pub fn title(&self) -> String {
        self.lanes.iter().map(|lane| lane.identity.name.as_str()).collect::<Vec<_>>().join(" vs ")
    }
}

fn read(path: &Path) -> Result<String, ResultsError> {
    let text = input::read_text(path, LARGEST_RESULT);
    text.map(|text| without_bom(&text).to_owned())
        .map_err(|source| ResultsError::Read { path: path.to_owned(), source })
}

fn form(path: &Path, why: String) -> ResultsError {
    ResultsError::Form { path: path.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::document::file;
    use crate::fixture::results;
    use speed_kings_core::race::verdict::Metric;

    #[test]
    fn what_is_written_is_read() {
        let written = file(&results([&[&[50, 100, 180]], &[&[]]]), true).json();
        let saved = BenchmarkFile::of(&written).unwrap();
        assert_eq!((saved.version, saved.title().as_str(), saved.settings.iterations), (1, "A vs B", 4));
        let run = &saved.lanes[0].runs[0];
        assert_eq!((run.figures.ok, run.round, run.figure(Metric::Ttft)), (true, Some(1), Some(50.0)));
        assert_eq!(run.flags, ["cold_start"]);
        let failed = &saved.lanes[1].runs[0];
        assert_eq!((failed.figures.ok, failed.figure(Metric::Total)), (false, None));
        assert_eq!(failed.figures.error.as_ref().unwrap().status, Some(500));
        assert_eq!(saved.lanes[0].price.as_ref().unwrap().as_of, "2026-07-02");
    }

    #[test]
    fn what_can_be_no_figure_is_absent() {
        let run = |figure: f64| {
            json!({
                "ok": true, "ttft_ms": figure, "output_tok_s": figure, "total_ms": figure, "gaps_ms": {"p95": figure},
                "cost_usd": figure, "load_tok_s": figure, "tokens": {"input": figure, "output": 5},
                "text": {"repetition": figure},
            })
        };
        let runs = [-5.0, 1e308, 2e12, 0.0, 1e6].map(run);
        let claims = [0.0, -1.0, 1e308, 900.0].map(|tok_s| json!({"tok_s": tok_s}));
        let price = json!({"input": 1e300, "output": 1});
        let lane = json!({"runs": runs, "claims": claims, "price": price});
        let saved = BenchmarkFile::of(&json!({"version": 1, "spent_usd": -1, "lanes": [lane]})).unwrap();
        let lane = &saved.lanes[0];
        for metric in [Metric::Ttft, Metric::OutputSpeed, Metric::Total, Metric::GapsP95, Metric::Cost] {
            assert_eq!(lane.by_round(metric), [(4, 0.0), (5, 1e6)].into(), "{metric:?}");
        }
        assert_eq!(lane.load_by_round(), [(4, 0.0), (5, 1e6)].into());
        assert_eq!(lane.tokens_by_round(), [(4, [0.0, 0.0, 5.0]), (5, [1e6, 0.0, 5.0])].into());
        assert_eq!(lane.runs[0].text.as_ref().unwrap().repetition, None);
        assert_eq!((lane.claims.len(), lane.price.as_ref(), saved.spent_usd), (1, None, None));
    }

    #[test]
    fn what_is_no_results_is_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.json");
        let error = |text: &str| {
            std::fs::write(&path, text).unwrap();
            BenchmarkFile::read(&path).unwrap_err().to_string()
        };
        assert!(error("{").contains("not results"));
        assert!(error("{}").contains("no version"));
        assert!(error("{\"version\": 1}").contains("no lanes"));
        assert!(error("{\"version\": 9, \"lanes\": [{}]}").contains("version 9"));
        assert!(BenchmarkFile::read(&dir.path().join("none")).unwrap_err().to_string().contains("cannot read"));
    }
}

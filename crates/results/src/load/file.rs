//! The file of a load by levels: what was offered, every request, and what each level came to.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::figures::LevelFigures;
use crate::benchmark_report::document::GatesRecord;
use speed_kings_session::bench::prompt_rows::PromptRow;
use speed_kings_session::bench::saved::{AskedSettings, LaneIdentity, PromptRecord};
use speed_kings_session::lengths::GivenLengths;
use speed_kings_session::load::{ClientShare, LevelShare, LoadRequest, OfferedLoad};
use speed_kings_system::environment::MachineEnvironment;
use speed_kings_system::input::{self, LARGEST_RESULT};

/// The version of the form.
pub const VERSION: u32 = 1;
/// The word by which the file says what it is, and the name of the folder that it is kept in.
pub const KIND: &str = "load";

/// A load by levels as its file keeps it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LoadFile {
    /// The version of the form.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [VERSION])))]
    pub version: u32,
    /// What kind of file it is: `load`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [KIND])))]
    pub kind: String,
    /// When it was begun, UTC.
    pub started_at: Timestamp,
    /// How it ended: `complete`, `cut_off`; null while it runs, and when it was killed.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["complete", "cut_off", null])))]
    pub ended: Option<String>,
    /// The phase of the catalogue, when it was one.
    pub phase: Option<String>,
    /// The prompt that all contestants were asked.
    pub prompt: PromptRecord,
    /// What every request asked for.
    pub settings: AskedSettings,
    /// The lengths that prompts and answers were to have, where they were given; left out elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lengths: Option<GivenLengths>,
    /// The prompts that each level asked in turn, from the first one on; left out where all requests asked the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prompt_rows: Vec<PromptRow>,
    /// The objective that requests are held against, as it was typed; null without one.
    pub slo: Option<String>,
    /// Seconds of each level ahead of the part that counts.
    pub ramp_s: f64,
    /// Seconds of each level that count.
    pub steady_s: f64,
    /// Draws the arrivals of open loops.
    pub seed: u64,
    /// The file that arrivals came from instead; left out where they were drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
    /// What it ran on.
    pub environment: MachineEnvironment,
    /// USD that it cost; null when some of it was at a price that nobody knows.
    pub spent_usd: Option<f64>,
    /// Who was loaded, in order.
    pub contestants: Vec<LaneIdentity>,
    /// The levels in the order in which they were run.
    pub levels: Vec<LoadLevel>,
}

/// One level of load of one contestant.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct LoadLevel {
    /// The contestant's place, from 0.
    pub contestant: usize,
    /// Askers of a closed loop; null in an open one.
    pub concurrency: Option<u32>,
    /// Requests a second of an open loop; null in a closed one.
    pub rate_per_s: Option<f64>,
    /// What its requests come to.
    pub figures: LevelFigures,
    /// What the program itself did meanwhile.
    pub client: ClientShare,
    /// Every request, those of the ramp included.
    pub requests: Vec<LoadRequest>,
    /// Output tokens a second in each of 20 equal parts of the time that counts; older files leave it out.
    pub tok_s_by_part: Vec<f64>,
    /// What each runner had of it; left out where the machine that wrote this offered all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<LevelShare>,
}

/// A load by levels for scripts, with what its gates came to.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(title = "A load by levels, version 1"))]
pub struct LoadDocument {
    /// The file as it is kept.
    #[serde(flatten)]
    pub file: LoadFile,
    /// What the gates came to; left out where there were none, and in the file that is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gates: Option<GatesRecord>,
}

/// Why a file is no load by levels.
#[derive(Debug, thiserror::Error)]
pub enum LoadFileError {
    /// It can't be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Path of the file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: std::io::Error,
    },
    /// It is something else, or of a newer version.
    #[error("{}: not a load by levels that this version reads: {why}", path.display())]
    Form {
        /// Path of the file that is something else.
        path: PathBuf,
        /// What is wrong with it, in words.
        why: String,
    },
}

impl LoadFile {
    /// Reads a file.
    ///
    /// # Errors
    /// When it can't be read or is something else.
    pub fn read(path: &Path) -> Result<Self, LoadFileError> {
        let form = |why: String| LoadFileError::Form { path: path.to_owned(), why };
        let text = input::read_text(path, LARGEST_RESULT)
            .map_err(|source| LoadFileError::Read { path: path.to_owned(), source })?;
        let file: Self = serde_json::from_str(&text).map_err(|error| form(error.to_string()))?;
        match (file.kind.as_str(), file.version) {
            (KIND, VERSION) => Ok(file),
            (kind, version) => Err(form(format!("it says that it is {kind}, version {version}"))),
        }
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> String {
        let sim = if self.simulated() { "SIM · " } else { "" };
        let names: Vec<&str> = self.contestants.iter().map(|one| one.name.as_str()).collect();
        format!("{sim}load by levels · {} · prompt {}", names.join(", "), self.prompt.name)
    }

    /// Whether anything in it was simulated.
    #[must_use]
    pub fn simulated(&self) -> bool {
        self.contestants.iter().any(|one| one.simulated)
    }

    /// The levels of one contestant, by what was offered.
    #[must_use]
    pub fn levels_of(&self, contestant: usize) -> Vec<&LoadLevel> {
        let mut levels: Vec<&LoadLevel> = self.levels.iter().filter(|level| level.contestant == contestant).collect();
        levels.sort_by(|a, b| a.amount().total_cmp(&b.amount()));
        levels
    }
}

impl LoadLevel {
    /// What was offered at it.
    #[must_use]
    pub fn load(&self) -> OfferedLoad {
        let closed = self.concurrency.map(OfferedLoad::Concurrency);
        closed.unwrap_or(OfferedLoad::Rate(self.rate_per_s.unwrap_or(0.0)))
    }

    /// Why it is not all that was to be measured: then its throughput is too low, and nothing follows from it. Nothing where it is.
    #[must_use]
    pub fn incomplete(&self) -> Option<String> {
        let lost: Vec<&str> = self.shares.iter().filter_map(|share| share.lost.as_deref()).collect();
        (!lost.is_empty()).then(|| lost.join("; "))
    }

    /// How much was offered: askers, or requests a second.
    #[must_use]
    pub fn amount(&self) -> f64 {
        self.load().amount()
    }
}

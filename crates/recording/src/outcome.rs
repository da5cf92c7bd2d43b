//! The verdict and the marks as they are written: in the end record of a recording and in everything that is exported.
//! Lanes are named by their number in the setup; an absent figure is null.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[cfg(feature = "schema")]
use crate::words;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::mark::{MarkKind, RaceMark};
use speed_kings_core::race::verdict::{Badge, BadgeState, NotComparable, RaceOutcome, Verdict, VerdictCategory};

/// The verdict on one race: who won which figure, and what spoke for and against the comparison.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RaceVerdict {
    /// Who won, if anybody has.
    pub outcome: RaceOutcomeRecord,
    /// Whether it can't stand alone.
    pub provisional: bool,
    /// The figures of all lanes, category by category.
    pub categories: Vec<CategoryRecord>,
    /// What spoke for and against the comparison.
    pub badges: Vec<BadgeRecord>,
}

/// Who won one race, if anybody has.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum RaceOutcomeRecord {
    /// One lane was ahead of all others.
    Won {
        /// The lane that was first, by its number.
        winner: u8,
        /// The lane that came next, by its number.
        second: u8,
        /// The next lane's total time over the first one's.
        ratio: f64,
        /// By how many µs the first was ahead.
        by_us: u64,
    },
    /// The first two were too close for one run to tell.
    DeadHeat {
        /// By how many µs the first was ahead.
        by_us: u64,
    },
    /// Some lanes can't be compared.
    None {
        /// The lanes that can't be compared, each with why.
        missing: Vec<MissingLane>,
    },
}

/// A lane that can't be compared.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MissingLane {
    /// The lane by its number.
    pub lane: u8,
    /// Why it can't be compared.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::MISSING)))]
    pub why: String,
}

/// The figures of all contestants in one metric: of one run, or the medians of many.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CategoryRecord {
    /// Its name in files, for example `ttft_ms`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::metrics())))]
    pub metric: String,
    /// The figure of each contestant, in the metric's unit.
    pub values: Vec<Option<f64>>,
    /// The place of the best, from 0.
    pub best: Option<u8>,
    /// By what factor the best is better than the next.
    pub ratio: Option<f64>,
}

/// A fairness badge: one thing that speaks for or against the comparison.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct BadgeRecord {
    /// Its name in files, for example `same_model`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = words::badges())))]
    pub badge: String,
    /// Whether it holds; nothing where nobody can tell.
    pub holds: Option<bool>,
    /// What it rests on, in words.
    pub detail: String,
}

/// One moment of a race that a viewer may want to see.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MarkRecord {
    /// When it was, µs from the green light.
    pub at_us: i64,
    /// Which moment it is.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = MarkKind::NAMES)))]
    pub mark: String,
    /// The lane by its number; null when it is everybody's.
    pub lane: Option<u8>,
    /// How long a stall lasted, µs; left out of other marks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lasted_us: Option<u64>,
}

impl From<&Verdict> for RaceVerdict {
    fn from(verdict: &Verdict) -> Self {
        Self {
            outcome: (&verdict.outcome).into(),
            provisional: verdict.is_provisional(),
            categories: verdict.categories.iter().map(CategoryRecord::from).collect(),
            badges: verdict.badges.iter().map(BadgeRecord::from).collect(),
        }
    }
}

impl From<&RaceOutcome> for RaceOutcomeRecord {
    fn from(outcome: &RaceOutcome) -> Self {
        match outcome {
            RaceOutcome::Won { winner, second, ratio, by } => {
                Self::Won { winner: winner.0, second: second.0, ratio: *ratio, by_us: by.as_micros() }
            }
            RaceOutcome::DeadHeat { by } => Self::DeadHeat { by_us: by.as_micros() },
            RaceOutcome::None { missing } => Self::None { missing: missing.iter().map(MissingLane::from).collect() },
        }
    }
}

impl From<&(LaneId, NotComparable)> for MissingLane {
    fn from((lane, why): &(LaneId, NotComparable)) -> Self {
        let why = match why {
            NotComparable::Failed => "failed",
            NotComparable::Unfinished => "unfinished",
            NotComparable::Silent => "no text",
        };
        Self { lane: lane.0, why: why.to_owned() }
    }
}

impl From<&VerdictCategory> for CategoryRecord {
    fn from(category: &VerdictCategory) -> Self {
        Self {
            metric: category.metric.as_str().to_owned(),
            values: category.values.clone(),
            best: category.best.map(|LaneId(lane)| lane),
            ratio: category.ratio,
        }
    }
}

impl From<&Badge> for BadgeRecord {
    fn from(badge: &Badge) -> Self {
        let holds = match badge.state {
            BadgeState::Met => Some(true),
            BadgeState::Broken => Some(false),
            BadgeState::Unknown => None,
        };
        Self { badge: badge.kind.as_str().to_owned(), holds, detail: badge.detail.clone() }
    }
}

impl From<&RaceMark> for MarkRecord {
    fn from(mark: &RaceMark) -> Self {
        let lasted_us = match mark.kind {
            MarkKind::Stall { lasted } => Some(lasted.as_micros()),
            _ => None,
        };
        Self {
            at_us: mark.at.as_micros(),
            mark: mark.kind.as_str().to_owned(),
            lane: mark.lane.map(|LaneId(lane)| lane),
            lasted_us,
        }
    }
}

/// The verdict as JSON.
#[must_use]
pub fn verdict_json(verdict: &Verdict) -> Value {
    json!(RaceVerdict::from(verdict))
}

/// Whether a verdict as it was written, perhaps by an older version, says what `verdict` says: whatever it told is the same
/// today. Badges that it didn't know yet are passed over.
#[must_use]
pub fn agrees(written: &Value, verdict: &Verdict) -> bool {
    let today = verdict_json(verdict);
    let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let same = |name: &str| {
        let today = list(&today, name);
        list(written, name).iter().all(|one| today.contains(one))
    };
    written.get("outcome") == today.get("outcome") && same("categories") && same("badges")
}

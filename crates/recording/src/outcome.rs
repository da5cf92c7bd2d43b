//! The verdict and the marks as they are written: in the end record of a recording and in everything that is exported.
//! Lanes are named by their number in the setup; an absent figure is null.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[cfg(feature = "schema")]
use crate::words;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::mark::{MarkKind, RaceMark};
use speed_kings_core::race::quality::QualityCall;
use speed_kings_core::race::verdict::{
    Badge, BadgeState, NotComparable, QualityDifference, QualityFinding, RaceOutcome, Verdict, VerdictCategory,
};

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
    /// Quality beside speed, regressions first; left out where there is nothing to be said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub quality: Vec<QualityRecord>,
}

/// How two lanes differ in quality, beside how they differ in speed.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QualityRecord {
    /// The faster of the two, by its number.
    pub faster: u8,
    /// The slower of the two, by its number.
    pub slower: u8,
    /// How many times as fast the faster one is, by output speed, else by total time; null where that reads as 1.
    pub speed_ratio: Option<f64>,
    /// Whether the faster one is worse.
    pub regression: bool,
    /// How the quality of the faster one differs.
    #[serde(flatten)]
    pub difference: QualityDifferenceRecord,
}

/// How the quality of the faster lane differs from that of the slower one.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum QualityDifferenceRecord {
    /// One answer repeats itself, and the other does not.
    Repeats {
        /// The lane that says it, by its number.
        lane: u8,
        /// Share of four-word sequences that were there before.
        repeated_share: f64,
        /// Words at its end that go round in a loop; 0 without one.
        looping_words: usize,
    },
    /// Both engines were measured over one text before the race.
    Measured {
        /// What the faster one is: `worse`, `equal` or `better`.
        #[cfg_attr(feature = "schema", schemars(extend("enum" = ["worse", "equal", "better"])))]
        call: String,
        /// By which share of the other's; null where they are equal.
        share: Option<f64>,
        /// Bits per byte of the faster and of the slower one.
        bits_per_byte: [f64; 2],
        /// The days on which the two were measured, UTC.
        measured_on: [String; 2],
        /// The hash of the text: FNV-1a, 64 bits, hexadecimal.
        text_fnv1a64: String,
        /// Whether both name the same model.
        one_model: bool,
    },
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
            quality: verdict.quality.iter().map(QualityRecord::from).collect(),
        }
    }
}

impl From<&QualityFinding> for QualityRecord {
    fn from(finding: &QualityFinding) -> Self {
        Self {
            faster: finding.faster.0,
            slower: finding.slower.0,
            speed_ratio: finding.speed,
            regression: finding.is_regression(),
            difference: (&finding.difference).into(),
        }
    }
}

impl From<&QualityDifference> for QualityDifferenceRecord {
    fn from(difference: &QualityDifference) -> Self {
        match difference {
            QualityDifference::Repeats { lane, repetition } => Self::Repeats {
                lane: lane.0,
                repeated_share: repetition.repeated,
                looping_words: repetition.looping_words,
            },
            QualityDifference::Measured { call, figures, one_model } => {
                let [one, two] = &**figures;
                let (call, share) = match call {
                    QualityCall::Worse(share) => ("worse", Some(*share)),
                    QualityCall::Equal => ("equal", None),
                    QualityCall::Better(share) => ("better", Some(*share)),
                };
                Self::Measured {
                    call: call.to_owned(),
                    share,
                    bits_per_byte: [one.bits_per_byte, two.bits_per_byte],
                    measured_on: [one.day.to_string(), two.day.to_string()],
                    text_fnv1a64: one.text_hash.to_string(),
                    one_model: *one_model,
                }
            }
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

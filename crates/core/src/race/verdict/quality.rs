//! Quality beside speed: whether the faster of two lanes is also worse. The race itself tells it where one answer goes round in
//! circles and the other does not; engines that were measured before tell it by their bits per byte.

use super::badge::one_model;
use super::{LaneTiming, Race};
use crate::race::event::{LaneId, TextChannel};
use crate::race::is_simulated;
use crate::race::lane::{Lane, LaneState};
use crate::race::quality::{MeasuredQuality, QualityCall};
use crate::race::setup::Contestant;
use crate::stats::compare::is_level;
use crate::stats::repetition::AnswerRepetition;

/// How two lanes differ in quality, beside how they differ in speed.
#[derive(Clone, PartialEq, Debug)]
pub struct QualityFinding {
    /// The faster of the two.
    pub faster: LaneId,
    /// The slower of the two.
    pub slower: LaneId,
    /// How many times as fast the faster one is, by output speed, else by total time; nothing where that reads as 1.
    pub speed: Option<f64>,
    /// How the faster one's quality differs.
    pub difference: QualityDifference,
}

/// How the quality of the faster lane differs from that of the slower one.
#[derive(Clone, PartialEq, Debug)]
pub enum QualityDifference {
    /// One answer is degenerate, and the other is not.
    Repeats {
        /// Whose answer it is.
        lane: LaneId,
        /// How it repeats itself.
        repetition: AnswerRepetition,
    },
    /// The engines of both were measured over one text before the race.
    Measured {
        /// What the faster one's figure is against the other's.
        call: QualityCall,
        /// The figures of the faster and of the slower one.
        figures: Box<[MeasuredQuality; 2]>,
        /// Whether both name the same model.
        one_model: bool,
    },
}

impl QualityFinding {
    /// Whether the faster one is worse.
    #[must_use]
    pub fn is_regression(&self) -> bool {
        match &self.difference {
            QualityDifference::Repeats { lane, .. } => *lane == self.faster,
            QualityDifference::Measured { call, .. } => matches!(call, QualityCall::Worse(_)),
        }
    }
}

/// A lane that can be judged.
struct JudgedLane<'a> {
    id: LaneId,
    contestant: &'a Contestant,
    lane: &'a Lane,
    timing: &'a LaneTiming,
    repetition: Option<AnswerRepetition>,
}

/// What is to be said of each pair of lanes; regressions come first.
pub(super) fn all(race: &Race, timings: &[LaneTiming]) -> Vec<QualityFinding> {
    let entries = race.entries().zip(timings).filter(|((_, _, lane), _)| lane.state == LaneState::Finished);
    let judged: Vec<JudgedLane<'_>> =
        entries.map(|((id, contestant, lane), timing)| JudgedLane::of(id, contestant, lane, timing)).collect();
    let pairs = judged.iter().enumerate().flat_map(|(at, one)| judged.iter().skip(at + 1).map(move |two| (one, two)));
    let mut findings: Vec<QualityFinding> = pairs.flat_map(|(one, two)| findings_of(one, two)).collect();
    findings.sort_by_key(|finding| !finding.is_regression());
    findings
}

fn findings_of(one: &JudgedLane<'_>, two: &JudgedLane<'_>) -> Vec<QualityFinding> {
    let Some((ratio, one_is_faster)) = one.speed_against(two) else { return Vec::new() };
    let (faster, slower) = if one_is_faster { (one, two) } else { (two, one) };
    let speed = Some(ratio).filter(|ratio| !is_level(*ratio));
    let finding = |difference| QualityFinding { faster: faster.id, slower: slower.id, speed, difference };
    [faster.repeats_against(slower), faster.measured_against(slower)].into_iter().flatten().map(finding).collect()
}

impl<'a> JudgedLane<'a> {
    /// What the simulator says has no quality.
    fn of(id: LaneId, contestant: &'a Contestant, lane: &'a Lane, timing: &'a LaneTiming) -> Self {
        let real = (!is_simulated(contestant, lane)).then(|| lane.transcript().of(TextChannel::Answer));
        Self { id, contestant, lane, timing, repetition: real.as_deref().and_then(AnswerRepetition::of) }
    }

    fn is_one_model(&self, other: &Self) -> bool {
        let name = |contestant: &'a Contestant| (contestant.same_as.as_deref(), contestant.model.as_str());
        one_model(name(self.contestant), name(other.contestant))
    }

    fn measured(&self) -> Option<&MeasuredQuality> {
        self.lane.engine.as_ref()?.quality.as_deref()
    }

    /// How many times as fast the faster of the two is, and whether that is this one.
    fn speed_against(&self, other: &Self) -> Option<(f64, bool)> {
        let speeds = self.timing.output_speed.zip(other.timing.output_speed);
        let speeds = speeds.map(|(one, two)| one.value() / two.value());
        let totals = self.timing.total.zip(other.timing.total);
        let ratio = speeds.or_else(|| totals.map(|(one, two)| two.as_secs_f64() / one.as_secs_f64()))?;
        (ratio.is_finite() && ratio > 0.0).then_some((ratio.max(1.0 / ratio), ratio >= 1.0))
    }

    fn repeats_against(&self, slower: &Self) -> Option<QualityDifference> {
        let (one, two) = (self.repetition?, slower.repetition?);
        let degenerate = match (one.is_degenerate(), two.is_degenerate()) {
            (true, false) => (self.id, one),
            (false, true) => (slower.id, two),
            _ => return None,
        };
        let (lane, repetition) = degenerate;
        self.is_one_model(slower).then_some(QualityDifference::Repeats { lane, repetition })
    }

    fn measured_against(&self, slower: &Self) -> Option<QualityDifference> {
        let (one, two) = (self.measured()?, slower.measured()?);
        let call = one.against(two)?;
        let figures = Box::new([one.clone(), two.clone()]);
        Some(QualityDifference::Measured { call, figures, one_model: self.is_one_model(slower) })
    }
}

#[cfg(test)]
mod tests;

//! Which plan results are held against: the one that was compiled in, or phases, groups and patterns of somebody's own.

use speed_kings_catalog::{Catalog, Phase, PhaseGroup, Question};

/// The last priority of the plan; phases behind it are beyond it.
const PLANNED: u8 = 5;

/// The plan that was compiled in, by which everything else of a catalogue is somebody's own.
#[derive(Clone, PartialEq, Debug)]
pub struct BuiltinPlan(Catalog);

/// A part of all phases.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlanPart {
    /// Those of the built-in plan.
    Planned,
    /// What it has beyond the plan.
    Beyond,
    /// Those of a catalogue of one's own.
    Own,
}

impl BuiltinPlan {
    pub(super) fn read() -> Self {
        Self(Catalog::builtin().unwrap_or_default())
    }

    /// Where `phase` belongs. One that somebody changed is his own.
    pub(super) fn part(&self, phase: &Phase) -> PlanPart {
        match self.0.phases.contains(phase) {
            false => PlanPart::Own,
            true if phase.priority <= PLANNED => PlanPart::Planned,
            true => PlanPart::Beyond,
        }
    }

    pub(super) fn has_group(&self, group: &PhaseGroup) -> bool {
        self.0.groups.contains(group)
    }

    pub(super) fn has_pattern(&self, pattern: &Question) -> bool {
        self.0.patterns.contains(pattern)
    }
}

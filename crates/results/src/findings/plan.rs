//! Which plan results are held against: the one that was compiled in, or phases, groups and patterns of somebody's own.

use super::{AnsweredQuestion, Findings};
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

impl Findings {
    /// Whether any of it is of a planned phase, or there is nothing at all to go by, neither results nor a plan of one's own: what
    /// was run otherwise is no part of a plan.
    #[must_use]
    pub fn is_of_plan(&self, catalog: &Catalog) -> bool {
        let part = |phase: &Phase| self.plan.part(phase);
        let planned = |id: &str| catalog.phase(id).is_ok_and(|phase| part(phase) == PlanPart::Planned);
        let nothing = self.evidence.is_empty() && self.watched.is_empty();
        nothing && !catalog.phases.iter().any(|phase| part(phase) == PlanPart::Own)
            || self.evidence.iter().any(|file| file.phase.as_deref().is_some_and(planned))
    }

    /// Whether somebody wants to know of `phase` that nothing was measured on it.
    #[must_use]
    pub fn is_expected(&self, catalog: &Catalog, phase: &Phase) -> bool {
        self.plan.part(phase) == PlanPart::Own || self.is_of_plan(catalog)
    }

    /// Those of `all` that say something, or would be missed: the plan's own only where the plan is what was run.
    #[must_use]
    pub fn shown<'a>(&self, catalog: &Catalog, all: &'a [AnsweredQuestion]) -> Vec<&'a AnsweredQuestion> {
        let of_plan = self.is_of_plan(catalog);
        all.iter().filter(|one| of_plan || !one.built_in || !one.is_untouched()).collect()
    }

    /// The phases that are complete, and all of them, of one part.
    #[must_use]
    pub fn progress(&self, catalog: &Catalog, part: PlanPart) -> (usize, usize) {
        let phases = catalog.phases.iter().filter(|phase| self.plan.part(phase) == part);
        phases.fold((0, 0), |(done, all), phase| (done + usize::from(self.is_complete(phase)), all + 1))
    }
}

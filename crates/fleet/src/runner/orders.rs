//! What directors order of a runner, held against what it offers and how far it goes.

use super::RunnerService;
use super::hosted::HostedRace;
use super::share::AllowedShare;
use crate::wire::{LoadPlan, PlannedRace, RacePlan, Refusal, VisitPlan};

impl RunnerService<'_> {
    /// Makes a race ready.
    pub(super) fn plan(&mut self, plan: RacePlan) -> Result<PlannedRace, Refusal> {
        let folder = self.admitted(&plan.race)?;
        let limits = self.options.limits;
        let race = self.offer.race(self.catalog, self.env, &plan, &limits)?;
        let told = race.setup.title();
        self.host(plan.race, &folder, &told, |id, longest| HostedRace::plan(id, race, &folder, longest))
    }

    /// Makes a share of a load ready.
    pub(super) fn load(&mut self, plan: LoadPlan) -> Result<PlannedRace, Refusal> {
        let folder = self.admitted(&plan.race.race)?;
        let limits = self.options.limits;
        let race = self.offer.race(self.catalog, self.env, &plan.race, &limits)?;
        let share = AllowedShare::of(&self.offer, race, (plan.share, plan.asks), &limits)?;
        let told = share.told();
        self.host(plan.race.race, &folder, &told, |id, longest| HostedRace::load(id, share, &folder, longest))
    }

    /// Begins a visit of a sweep.
    pub(super) fn visit(&mut self, plan: VisitPlan) -> Result<PlannedRace, Refusal> {
        let folder = self.admitted(&plan.race)?;
        let (id, limits) = (plan.race.clone(), self.options.limits);
        let visit = self.options.sweeps.visit(self.catalog, self.env, plan, &limits)?;
        let told = format!("a visit of sweep {}", visit.plan.sweep);
        self.host(id, &folder, &told, |id, longest| HostedRace::visit(id, visit, &folder, longest))
    }
}

//! Load that is offered from other machines than this one.

use std::pin::Pin;

use super::plan::LevelPlan;
use super::run::LevelRun;
use crate::bench::SpendingBudget;
use crate::config::ResolvedRace;
use crate::source::live::StartError;
use speed_kings_core::race::event::LaneId;

/// Whoever has a contestant loaded from other machines.
pub trait RemoteLoader {
    /// Runs the contestant `id` of `resolved` at one level, until `stop` or until `budget` is spent. Only the setup of `resolved` counts:
    /// its clients are elsewhere.
    fn level<'a>(
        &'a self,
        resolved: &'a ResolvedRace,
        id: LaneId,
        plan: LevelPlan,
        budget: &'a mut SpendingBudget,
        stop: Pin<&'a mut dyn Future<Output = ()>>,
    ) -> LevelElsewhere<'a>;
}

/// A level on other machines.
pub type LevelElsewhere<'a> = Pin<Box<dyn Future<Output = Result<LevelRun, StartError>> + 'a>>;

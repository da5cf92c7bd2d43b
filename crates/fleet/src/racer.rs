//! Runs of a benchmark that runners make: planned here, one at a time, each a race of one lane against nobody.

use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_session::bench::{BegunElsewhere, RemoteRacer};
use speed_kings_session::config::ResolvedRace;
use speed_kings_session::source::EventSource;
use speed_kings_session::source::live::StartError;

use crate::director::{DirectorError, RemoteOrder, start, survey};

/// Has contestants of runners raced by themselves.
#[derive(Clone, Debug)]
pub struct RunnerRacer {
    order: RemoteOrder,
}

impl RunnerRacer {
    /// For the lanes of `order`, with what they are, as a race whose clients are elsewhere.
    ///
    /// # Errors
    /// When a runner can't be reached, or refuses.
    pub fn of(order: RemoteOrder) -> Result<(Self, ResolvedRace), DirectorError> {
        let setup: RaceSetup = survey(&order)?;
        let (clients, engines, notes) = (Vec::new(), Vec::new(), Vec::new());
        Ok((Self { order }, ResolvedRace { setup, clients, engines, simulation: None, notes }))
    }
}

impl RemoteRacer for RunnerRacer {
    fn begin<'a>(&'a self, resolved: &'a ResolvedRace, lane: LaneId) -> BegunElsewhere<'a> {
        Box::pin(async move {
            let lanes = self.order.lanes.get(lane.index()).cloned().into_iter().collect();
            let order = self.order.measured(lanes, &resolved.setup);
            // It waits for its runner; whoever listens for signals must not.
            let begun = tokio::task::spawn_blocking(move || start(order)).await;
            let begun = begun.map_err(|error| StartError::Elsewhere(error.to_string()))?;
            let race = begun.map_err(|error| StartError::Elsewhere(error.to_string()))?;
            Ok(Box::new(race) as Box<dyn EventSource>)
        })
    }
}

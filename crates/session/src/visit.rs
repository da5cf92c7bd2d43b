//! A visit to an engine: one request to warm it up, which does not count, and then those that do, with what others kept the machine
//! busy with meanwhile.

use std::pin::Pin;
use std::time::Instant;

use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_system::resources::machine_load::MachineLoad;

use crate::bench::together;
use crate::config::ResolvedRace;
use crate::source::headless::follow;
use crate::source::live::{LiveRace, StartError};

/// What a visit brought: the race that counts, and the processors that others kept busy meanwhile.
pub type VisitedRace = (Race, Option<f64>);

/// Warms the one engine of `resolved` up and asks it so many `requests` at the same time; nothing when `stop` came first.
///
/// # Errors
/// When there is no thread or no event loop for it.
pub async fn visit(
    resolved: &mut ResolvedRace,
    requests: u32,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Option<VisitedRace>, StartError> {
    // The first request of a fresh engine pays for what the others find done.
    match one_race(resolved, 1, stop.as_mut()).await? {
        Some((race, _)) if race.lanes().iter().any(|lane| lane.state.failure().is_some()) => Ok(Some((race, None))),
        Some(_) => one_race(resolved, requests, stop).await,
        None => Ok(None),
    }
}

/// One race of so many requests to the engine at the same time; nothing when `stop` came first.
///
/// # Errors
/// When there is no thread or no event loop for it.
pub async fn one_race(
    resolved: &mut ResolvedRace,
    requests: u32,
    stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<Option<VisitedRace>, StartError> {
    resolved.renew();
    let start = together(resolved, LaneId(0), requests);
    let start = start.ok_or_else(|| StartError::Elsewhere("there is nobody to be asked".into()))?;
    let mut load = MachineLoad::begin(Instant::now());
    let mut live = LiveRace::start(start)?;
    let run = follow(&mut live, stop).await;
    let others = load.others_cores(Instant::now());
    Ok((!run.stopped).then_some((run.race, others)))
}

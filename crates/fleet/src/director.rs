//! The director: it plans a race whose lanes are raced by runners, lets all of them start at one moment, follows their tapes, fetches
//! what did not come, and keeps the whole. It times nothing itself.

mod conduct;
mod keep;
mod lights;
mod link;
mod load;
mod order;
mod patience;
mod prepare;
mod visit;

use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::Builder;

use speed_kings_core::race::setup::RaceSetup;
use speed_kings_session::bench::SpendingBudget;
use speed_kings_session::load::{LevelPlan, LevelRun};
use tokio::sync::Notify;

use self::conduct::Conductor;
pub use self::keep::TAPES;
pub use self::order::{DirectorError, RemoteLane, RemoteLaneError, RemoteOrder};
use self::prepare::prepare;
pub use self::visit::{OrderedVisit, SurveyedSweep, SweepDirector};
use crate::bus::Bus;
use crate::call::RunnerCaller;
use crate::clock::ProcessClock;
use crate::feed::RaceFeed;
use crate::remote::RemoteRace;

/// Has the race of `order` made ready by its runners. It starts as soon as all lanes are.
///
/// # Errors
/// When a runner can't be reached or refuses.
pub fn start(order: RemoteOrder) -> Result<RemoteRace, DirectorError> {
    countable(&order)?;
    let (feed, stop) = (Arc::new(RaceFeed::default()), Arc::new(Notify::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (told, planned) = sync_channel(1);
    let thread = Builder::new().name("director".into()).spawn({
        let (feed, stop) = (Arc::clone(&feed), Arc::clone(&stop));
        move || {
            runtime.block_on(async {
                let bus = match Bus::connect(&order.place, "director").await {
                    Ok(bus) => bus,
                    Err(error) => return drop(told.send(Err(error.into()))),
                };
                let caller = RunnerCaller { bus: &bus, key: &order.key, clock: ProcessClock::begin(0) };
                match prepare(&caller, &order).await {
                    Ok(prepared) => {
                        feed.with(|feed| feed.runners = prepared.feeds());
                        // Whoever asked may have left: then the race is ended at once by what it left behind.
                        let _ = told.send(Ok((prepared.race.clone(), prepared.setup.clone())));
                        Conductor::new(&caller, &order, prepared, &feed).conduct(&stop).await;
                    }
                    Err(error) => drop(told.send(Err(error))),
                }
                bus.flush().await;
            });
        }
    })?;
    let (race, setup) = planned.recv().map_err(|_| std::io::Error::other("it ended"))??;
    Ok(RemoteRace::new(race, setup, feed, stop, thread))
}

/// What the lanes of `order` are: its runners plan the race and give it up again.
///
/// # Errors
/// When a runner can't be reached or refuses.
pub fn survey(order: &RemoteOrder) -> Result<RaceSetup, DirectorError> {
    countable(order)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let bus = Bus::connect(&order.place, "director").await?;
        let caller = RunnerCaller { bus: &bus, key: &order.key, clock: ProcessClock::begin(0) };
        let prepared = prepare(&caller, order).await?;
        prepared.give_up(&caller).await;
        Ok(prepared.setup)
    })
}

/// Has `plan` offered by the runners of `order` together, each of whose lanes is of `model`, until `stop` or until `budget` is spent.
///
/// # Errors
/// When a runner can't be reached or refuses.
pub async fn level(
    order: &RemoteOrder,
    plan: LevelPlan,
    model: &str,
    budget: &mut SpendingBudget,
    stop: Pin<&mut dyn Future<Output = ()>>,
) -> Result<LevelRun, DirectorError> {
    let bus = Bus::connect(&order.place, "director").await?;
    let caller = RunnerCaller { bus: &bus, key: &order.key, clock: ProcessClock::begin(0) };
    let prepared = load::prepare(&caller, order, plan, model).await?;
    let run = prepared.conduct(budget, stop).await.map_err(DirectorError::Unstarted);
    bus.flush().await;
    run
}

fn countable(order: &RemoteOrder) -> Result<(), DirectorError> {
    if (1..=usize::from(u8::MAX)).contains(&order.lanes.len()) { Ok(()) } else { Err(DirectorError::LaneCount) }
}

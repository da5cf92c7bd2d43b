//! One level of load from the outside: the thread is started, what ends is reduced here as it comes, and in the end it is said how much
//! of the result is the program's own doing.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::sync::mpsc::channel;

use super::plan::LevelPlan;
use super::prompts::PromptGiver;
use super::request::{LoadRequest, gaps_ms, tokens_by_part};
use super::run::{ClientShare, LevelRun, RequestRow};
use super::track::{EndedRequest, LoadTrack};
use crate::bench::{SpendingBudget, only_lane};
use crate::config::ResolvedRace;
use crate::network_thread;
use crate::source::live::{ScheduledStart, StartError};
use speed_kings_client::bus::ReadClock;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_core::race::{Race, is_simulated};

/// Requests that may have ended without having been taken in.
const QUEUE: usize = 1_024;

/// Runs the contestant `id` of `resolved` at one level, which begins when all is ready or at the moment that is `scheduled`; `seen` is
/// shown every request that has ended, as a race of its own and as the row that it makes. Whatever feeds simulated lanes must be running.
///
/// # Errors
/// When there is no thread or no event loop for the network.
pub async fn run_level(
    resolved: &ResolvedRace,
    id: LaneId,
    (plan, scheduled): (LevelPlan, Option<ScheduledStart>),
    budget: &mut SpendingBudget,
    seen: &mut dyn FnMut(&Race, &RequestRow),
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<LevelRun, StartError> {
    let parts = resolved.setup.contestants.get(id.index()).zip(resolved.clients.get(id.index()));
    let Some((contestant, client)) = parts else { return Ok(LevelRun::default()) };
    let setup = RaceSetup { contestants: vec![contestant.clone()], ..resolved.setup.clone() };
    let (ended, mut requests) = channel(QUEUE);
    let (client, prompts, told) = (client.clone(), resolved.clone(), Arc::new(Notify::new()));
    let offered = plan.clone();
    let clock = ReadClock::default();
    let network = network_thread::start("load", &clock.clone(), {
        let stop = Arc::clone(&told);
        move || {
            let prompts = RefCell::new(PromptGiver::new(prompts, id, &offered.rows));
            LoadTrack { client, prompts, plan: offered, ended, stop, clock }.run(scheduled)
        }
    })?;
    let mut run = LevelRun::default();
    loop {
        tokio::select! {
            biased;
            () = stop.as_mut(), if !run.cut_off => {
                run.cut_off = true;
                told.notify_one();
            }
            request = requests.recv() => match request {
                Some(request) => {
                    let row = request.row.and_then(|row| plan.rows.get(row));
                    let mut setup = setup.clone();
                    if let Some(row) = row {
                        setup.prompt.text.clone_from(&row.text);
                    }
                    let mut race = Race::new(setup);
                    request.events.iter().for_each(|event| race.apply(event));
                    if let Some(mut made) = row_of(&request, &race, contestant, &plan, budget) {
                        made.request.prompt_row = row.map(|row| row.id.clone());
                        seen(&race, &made);
                        run.take(made);
                    }
                }
                None => break,
            },
        }
        if budget.over(Instant::now()).is_some() && !run.cut_off {
            run.cut_off = true;
            told.notify_one();
        }
    }
    // A panic over there has been reported by the panic hook already.
    let record = network.join().unwrap_or_default();
    let ms = |at: Duration| at.as_secs_f64() * 1e3;
    let client = ClientShare {
        cpu: record.cpu.map(|cpu| cpu.as_secs_f64() / plan.steady.as_secs_f64()),
        unconnected: record.unconnected,
        standstills: record.standstills.len(),
    };
    Ok(run.with(client, record.standstills.iter().map(|(from, to)| [ms(*from), ms(*to)]).collect()))
}

/// What a request that has ended comes to.
fn row_of(
    ended: &EndedRequest,
    race: &Race,
    contestant: &Contestant,
    plan: &LevelPlan,
    budget: &mut SpendingBudget,
) -> Option<RequestRow> {
    let lane = only_lane(race)?;
    let steady = (plan.ramp, plan.span());
    let request = LoadRequest::of(lane, contestant, &race.setup, ended.due, steady);
    let request = LoadRequest { planned: ended.planned, ..request };
    let counts = request.steady && request.ok;
    Some(RequestRow {
        gaps_ms: if counts { gaps_ms(lane).collect() } else { Vec::new() },
        tokens_by_part: tokens_by_part(lane, ended.due, steady),
        spent_usd: budget.spend(lane, contestant, &race.setup.prompt.text),
        simulated: is_simulated(contestant, lane),
        request,
    })
}

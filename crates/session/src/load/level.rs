//! One level of load from the outside: the thread is started, what ends is reduced here as it comes, and in the end it is said how much
//! of the result is the program's own doing.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio::sync::mpsc::channel;

use super::plan::LevelPlan;
use super::request::{LoadRequest, TOKEN_PARTS, gaps_ms, tokens_by_part};
use super::track::{EndedRequest, LoadTrack, PromptGiver, TrackRecord};
use crate::bench::{SpendingBudget, only_lane};
use crate::config::ResolvedRace;
use crate::network_thread;
use crate::source::live::StartError;
use speed_kings_client::bus::ReadClock;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, RaceSetup};
use speed_kings_core::race::{Race, is_simulated};

/// Requests that may have ended without having been taken in.
const QUEUE: usize = 1_024;

/// What one level came to.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct LevelRun {
    /// Its requests in the order in which they were due, those of the ramp included.
    pub requests: Vec<LoadRequest>,
    /// The gaps between reads that carried text, of all good requests of the part that counts, ms.
    pub gaps_ms: Vec<f64>,
    /// Output tokens that came in each of [`TOKEN_PARTS`] equal parts of the part that counts.
    pub tokens_by_part: [f64; TOKEN_PARTS],
    /// What the program itself did meanwhile.
    pub client: ClientShare,
    /// Somebody or a limit ended it early.
    pub cut_off: bool,
    /// A price of some of it is not known.
    pub spent_unknown: bool,
    /// USD that it cost, as far as prices are known.
    pub spent_usd: f64,
    /// Some of its answers say that they are simulated.
    pub simulated: bool,
}

/// The program's own share of what was measured at a level.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ClientShare {
    /// Share of one processor core that the thread with the connections used, 0 to 1; null where that can't be read.
    pub cpu: Option<f64>,
    /// Requests that were due while no connection was up and free for them.
    pub unconnected: usize,
    /// Times in which the program itself stood still.
    pub standstills: usize,
}

/// Runs the contestant `id` of `resolved` at one level; `seen` is shown every request that has ended, as a race of its own.
/// Whatever feeds simulated lanes must be running.
///
/// # Errors
/// When there is no thread or no event loop for the network.
pub async fn run_level(
    resolved: &ResolvedRace,
    id: LaneId,
    plan: LevelPlan,
    budget: &mut SpendingBudget,
    seen: &mut dyn FnMut(&Race),
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
            let prompts = RefCell::new(PromptGiver { race: prompts, given: 0 });
            LoadTrack { client, prompts, plan: offered, ended, stop, clock }.run()
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
                    let mut race = Race::new(setup.clone());
                    request.events.iter().for_each(|event| race.apply(event));
                    seen(&race);
                    run.take(&request, &race, contestant, &plan, budget);
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
    Ok(run.with(&record, &plan))
}

impl LevelRun {
    /// Takes in a request that has ended.
    fn take(
        &mut self,
        ended: &EndedRequest,
        race: &Race,
        contestant: &Contestant,
        plan: &LevelPlan,
        budget: &mut SpendingBudget,
    ) {
        let Some(lane) = only_lane(race) else { return };
        match budget.spend(lane, contestant, &race.setup.prompt.text) {
            Some(usd) => self.spent_usd += usd,
            None => self.spent_unknown = true,
        }
        self.simulated |= is_simulated(contestant, lane);
        let request = LoadRequest::of(lane, contestant, &race.setup, ended.due, (plan.ramp, plan.span()));
        let request = LoadRequest { planned: ended.planned, ..request };
        if request.steady && request.ok {
            self.gaps_ms.extend(gaps_ms(lane));
        }
        let parts = tokens_by_part(lane, ended.due, (plan.ramp, plan.span()));
        self.tokens_by_part.iter_mut().zip(parts).for_each(|(all, tokens)| *all += tokens);
        self.requests.push(request);
    }

    /// The whole with what the thread itself came to.
    fn with(mut self, record: &TrackRecord, plan: &LevelPlan) -> Self {
        self.requests.sort_by(|a, b| a.due_ms.total_cmp(&b.due_ms));
        let ms = |at: Duration| at.as_secs_f64() * 1e3;
        for request in &mut self.requests {
            let end = request.due_ms + request.total_ms.unwrap_or(0.0);
            request.held_up = record.standstills.iter().any(|(from, to)| ms(*from) < end && ms(*to) > request.due_ms);
        }
        self.client = ClientShare {
            cpu: record.cpu.map(|cpu| cpu.as_secs_f64() / plan.steady.as_secs_f64()),
            unconnected: record.unconnected,
            standstills: record.standstills.len(),
        };
        self
    }
}

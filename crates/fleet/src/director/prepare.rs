//! Before the lights: who is there, how the clocks stand, and what each runner makes of the plan.

use async_nats::Subscriber;
use futures::future::join_all;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, LaneRunner, RaceSetup};
use speed_kings_recording::format::read_header;

use super::lights::stop_all;
use super::link::RunnerLink;
use super::order::{DirectorError, RemoteOrder};
use crate::call::{ANSWER, KnownRunner, RunnerCaller, facts};
use crate::feed::RunnerFeed;
use crate::name::{RaceId, RunnerName};
use crate::stream;
use crate::subject::{self, PROTOCOL, RunnerVerb};
use crate::wire::{PlannedLane, PlannedRace, RaceCommand, RacePlan, RunnerFacts};

/// How long a runner has to make a plan: its engine may have to be found.
pub(super) const PLANNING: std::time::Duration = std::time::Duration::from_secs(30);

/// How often a runner is asked whether it is free, and the time in between.
const FREE_LOOKS: u32 = 100;
const FREE_LOOK: std::time::Duration = std::time::Duration::from_millis(30);

/// A race that all of its runners have planned.
pub(super) struct PreparedRace {
    pub(super) race: RaceId,
    pub(super) setup: RaceSetup,
    pub(super) links: Vec<RunnerLink>,
    pub(super) tapes: Subscriber,
}

impl PreparedRace {
    /// Has the race given up by all of its runners, and waits until they are free for another.
    pub(super) async fn give_up(&self, caller: &RunnerCaller<'_>) {
        join_all(self.links.iter().map(|link| async {
            let what = RaceCommand { race: self.race.clone() };
            let _ = caller.command::<_, RaceCommand>(&link.runner, RunnerVerb::Stop, what, ANSWER).await;
            for _ in 0..FREE_LOOKS {
                match facts(caller.bus, &link.runner.name).await {
                    Ok(RunnerFacts { busy: Some(race), .. }) if race == self.race => {
                        tokio::time::sleep(FREE_LOOK).await;
                    }
                    _ => return,
                }
            }
        }))
        .await;
    }

    /// What whoever shows it has to know of its runners.
    pub(super) fn feeds(&self) -> Vec<RunnerFeed> {
        let feed = |link: &RunnerLink| RunnerFeed { lanes: link.lanes.clone(), ..RunnerFeed::default() };
        self.links.iter().map(feed).collect()
    }
}

/// A runner with its part of the race.
struct RunnerShare {
    runner: RunnerName,
    lanes: Vec<LaneId>,
    planned: Vec<PlannedLane>,
}

/// Has the race of `order` planned by all of its runners, or by none.
pub(super) async fn prepare(caller: &RunnerCaller<'_>, order: &RemoteOrder) -> Result<PreparedRace, DirectorError> {
    let race = RaceId::fresh();
    // Both before anything can be published there. Without a stream there are no spectators, and all else is as it is.
    let _ = stream::races(caller.bus).await;
    let tapes = caller.bus.subscribe(subject::tapes(&race)).await?;
    let parts = parts(order);
    let known = met(caller, parts.iter().map(|part| &part.runner)).await?;
    let plans = parts.iter().zip(&known).map(|(part, (runner, _))| {
        let plan = plan(order, &race, part.planned.clone());
        caller.command::<_, PlannedRace>(runner, RunnerVerb::Plan, plan, PLANNING)
    });
    let planned = join_all(plans).await;
    let mut links = Vec::new();
    let mut failed = None;
    let mut contestants: Vec<Option<Contestant>> = vec![None; order.lanes.len()];
    for ((part, (runner, facts)), planned) in parts.iter().zip(&known).zip(planned) {
        match planned.map_err(|error| DirectorError::of(&part.runner, error)) {
            Ok(planned) => match entered(part, runner, facts, &planned, &mut contestants) {
                Some(()) => links.push(RunnerLink::new(runner.clone(), part.lanes.clone(), planned.header)),
                None => failed = failed.or(Some(DirectorError::Mismatch(part.runner.clone()))),
            },
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        stop_all(caller, &race, known.iter().map(|(runner, _)| runner)).await;
        return Err(error);
    }
    let setup = RaceSetup {
        phase: order.terms.phase.clone(),
        contestants: contestants.into_iter().flatten().collect(),
        prompt: order.terms.prompt.clone(),
        settings: order.terms.settings.clone(),
        ..RaceSetup::default()
    };
    Ok(PreparedRace { race, setup, links, tapes })
}

/// Who `names` are, where all of them can be spoken to.
pub(super) async fn met(
    caller: &RunnerCaller<'_>,
    names: impl Iterator<Item = &RunnerName> + Clone,
) -> Result<Vec<(KnownRunner, RunnerFacts)>, DirectorError> {
    let answers = join_all(names.clone().map(|name| caller.meet(name))).await;
    let mut known = Vec::new();
    for (name, answer) in names.zip(answers) {
        let (runner, facts) = answer.map_err(|error| DirectorError::of(name, error))?;
        if facts.protocol > PROTOCOL {
            return Err(DirectorError::Newer { runner: runner.name, version: facts.version });
        }
        known.push((runner, facts));
    }
    Ok(known)
}

/// The lanes by runner, in the order of the race.
fn parts(order: &RemoteOrder) -> Vec<RunnerShare> {
    let mut parts: Vec<RunnerShare> = Vec::new();
    for (number, lane) in order.lanes.iter().enumerate() {
        let id = LaneId(u8::try_from(number).unwrap_or(u8::MAX));
        let planned = PlannedLane { contestant: lane.contestant.clone(), model: lane.model.clone() };
        match parts.iter_mut().find(|part| part.runner == lane.runner) {
            Some(part) => {
                part.lanes.push(id);
                part.planned.push(planned);
            }
            None => parts.push(RunnerShare { runner: lane.runner.clone(), lanes: vec![id], planned: vec![planned] }),
        }
    }
    parts
}

/// The race of `order` with these `lanes`, as its runner is told.
pub(super) fn plan(order: &RemoteOrder, race: &RaceId, lanes: Vec<PlannedLane>) -> RacePlan {
    let ms = |span: std::time::Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let (terms, timeouts) = (&order.terms, &order.timeouts);
    RacePlan {
        race: race.clone(),
        lanes,
        phase: terms.phase.as_ref().map(Into::into),
        prompt_name: terms.prompt.name.clone(),
        prompt: terms.prompt.text.clone(),
        expected_tokens: terms.expected_tokens,
        max_tokens: terms.settings.max_tokens.unwrap_or(terms.expected_tokens),
        temperature: terms.settings.temperature,
        seed: terms.settings.seed,
        nonce: terms.settings.nonce.clone(),
        no_reasoning: terms.settings.no_reasoning,
        no_retry: order.no_retry,
        timeouts_ms: [timeouts.connect, timeouts.first_token, timeouts.idle, timeouts.run].map(ms),
    }
}

/// Puts the contestants of a planned part into their lanes; nothing where the runner planned something else.
fn entered(
    part: &RunnerShare,
    runner: &KnownRunner,
    facts: &RunnerFacts,
    planned: &PlannedRace,
    contestants: &mut [Option<Contestant>],
) -> Option<()> {
    let header = read_header(&planned.header).ok()?;
    let theirs = header.setup.contestants;
    if theirs.len() != part.lanes.len() {
        return None;
    }
    for (lane, mut contestant) in part.lanes.iter().zip(theirs) {
        contestant.name = format!("{} @ {}", contestant.name, part.runner);
        contestant.runner = Some(Box::new(LaneRunner {
            name: part.runner.to_string(),
            region: facts.region.clone(),
            machine: facts.machine.id.clone(),
            offset: runner.clock.offset,
            bound: runner.clock.bound,
            drift: None,
            skew: None,
        }));
        *contestants.get_mut(lane.index())? = Some(contestant);
    }
    Some(())
}

//! Visits of a sweep that runners make: one after the other, each fetched from its runner's tape and held against its hash.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use speed_kings_core::text::printable;
use speed_kings_lab::sweep::SweepPoint;
use speed_kings_lab::visit::SweepVisit;

use super::lights::stop_all;
use super::order::{DirectorError, RemoteLane};
use super::patience::{FleetPatience, RunnerPatience};
use super::prepare::{PLANNING, met};
use crate::bus::{Bus, BusPlace};
use crate::call::{CallError, KnownRunner, RunnerCaller};
use crate::clock::ProcessClock;
use crate::identity::DirectorKey;
use crate::name::{RaceId, RunnerName};
use crate::subject::RunnerVerb;
use crate::sweeps::{named_values, unknown};
use crate::tape::TapeAssembly;
use crate::visit_tape::figures_on;
use crate::wire::{LARGEST_PIECE, OfferedSweep, PlannedRace, RunnerFacts, RunnerMachine, VisitPlan};

/// Between two questions to a runner for what it has measured.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How much longer than its runner's limit a visit may take until it is given up.
const OVERTIME: Duration = Duration::from_secs(30);

/// Somebody who has sweeps visited by runners.
#[derive(Clone, Debug)]
pub struct SweepDirector {
    /// The bus that the runners are on.
    pub place: BusPlace,
    /// What commands are signed with.
    pub key: Arc<DirectorKey>,
}

/// A sweep that a runner offers, with the machine that it is visited on.
#[derive(Clone, PartialEq, Debug)]
pub struct SurveyedSweep {
    /// The runner's name on the bus.
    pub runner: RunnerName,
    /// The version of its program: untrusted.
    pub version: String,
    /// The machine that it runs on.
    pub machine: RunnerMachine,
    /// What may be varied.
    pub sweep: OfferedSweep,
}

/// A visit as it is ordered.
#[derive(Clone, Copy, Debug)]
pub struct OrderedVisit<'a> {
    /// The combination, with the runner that visits it.
    pub at: &'a SweepPoint,
    /// Which one that is in its sweep.
    pub point: usize,
    /// The round, from 1.
    pub round: u32,
    /// What each engine is asked.
    pub prompt: &'a str,
    /// The cap on output tokens.
    pub max_tokens: u32,
}

impl SweepDirector {
    /// What `lanes` name, where all of them are there.
    ///
    /// # Errors
    /// When a runner can't be reached, makes no visits, or offers no such sweep.
    pub async fn survey(&self, lanes: &[RemoteLane]) -> Result<Vec<SurveyedSweep>, DirectorError> {
        let bus = Bus::connect(&self.place, "director").await?;
        let caller = self.caller(&bus);
        let known = met(&caller, lanes.iter().map(|lane| &lane.runner)).await?;
        let surveyed = lanes.iter().zip(known).map(|(lane, (runner, facts))| surveyed(lane, runner, facts));
        surveyed.collect()
    }

    /// Has one visit made, until `stop`; nothing when that came first. What its runner did not bring is lost, and the figures say why.
    pub async fn visit(
        &self,
        ordered: OrderedVisit<'_>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Option<SweepVisit> {
        let made = self.made(ordered, stop.as_mut()).await;
        made.unwrap_or_else(|why| {
            Some(SweepVisit { lost: true, ..SweepVisit::failed(ordered.point, ordered.round, &why.to_string()) })
        })
    }

    async fn made(
        &self,
        ordered: OrderedVisit<'_>,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<SweepVisit>, DirectorError> {
        let bus = Bus::connect(&self.place, "director").await?;
        let caller = self.caller(&bus);
        let name: RunnerName = ordered.at.runner.as_deref().unwrap_or_default().parse()?;
        let race = RaceId::fresh();
        let asked = async {
            let (runner, facts) = caller.meet(&name).await.map_err(|error| DirectorError::of(&name, error))?;
            let plan = VisitPlan {
                race: race.clone(),
                sweep: ordered.at.engine.clone(),
                settings: named_values(ordered.at),
                prompt: ordered.prompt.to_owned(),
                max_tokens: ordered.max_tokens,
            };
            let planned = caller.command::<_, PlannedRace>(&runner, RunnerVerb::Visit, plan, PLANNING).await;
            let planned = planned.map_err(|error| DirectorError::of(&name, error))?;
            Ok::<_, DirectorError>((runner, planned.header, Duration::from_secs(facts.limits.seconds)))
        };
        let (runner, header, longest) = tokio::select! {
            biased;
            () = stop.as_mut() => return Ok(None),
            asked = asked => asked?,
        };
        let tape = tokio::select! {
            biased;
            () = stop => None,
            tape = followed(&caller, &runner, &race, longest) => Some(tape),
        };
        let lost = |why: String| {
            DirectorError::Unstarted(format!(
                "unknown here: {why}; what runner {name} measured lies with it as race {race}"
            ))
        };
        match tape {
            Some(Ok(tape)) if !tape.bytes().starts_with(header.as_bytes()) => Err(DirectorError::Mismatch(name)),
            Some(Ok(tape)) => match figures_on(tape.bytes(), ordered.point, ordered.round) {
                Some(figures) => Ok(Some(figures)),
                None => Err(lost("its runner ended in the middle of it".into())),
            },
            Some(Err(why)) => {
                // Whoever was given up may still be at it.
                stop_all(&caller, &race, std::iter::once(&runner)).await;
                Err(lost(why))
            }
            None => {
                stop_all(&caller, &race, std::iter::once(&runner)).await;
                Ok(None)
            }
        }
    }

    fn caller<'a>(&'a self, bus: &'a Bus) -> RunnerCaller<'a> {
        RunnerCaller { bus, key: &self.key, clock: ProcessClock::begin(0) }
    }
}

/// The sweep that `lane` names at `runner`.
fn surveyed(lane: &RemoteLane, runner: KnownRunner, facts: RunnerFacts) -> Result<SurveyedSweep, DirectorError> {
    let version: String = printable(&facts.version).chars().take(40).collect();
    let runner = runner.name;
    let Some(sweeps) = facts.sweeps else { return Err(DirectorError::NoSweeps { runner, version }) };
    let ids: BTreeMap<String, OfferedSweep> = sweeps.into_iter().map(|one| (one.id.clone(), one)).collect();
    match ids.get(&lane.contestant) {
        Some(sweep) => Ok(SurveyedSweep { runner, version, machine: facts.machine, sweep: sweep.clone() }),
        None => Err(DirectorError::Refused { runner, why: unknown(&lane.contestant, ids.keys()) }),
    }
}

/// All of the tape of `race`, which its runner makes in `longest` at the most. Why it can't be had.
async fn followed(
    caller: &RunnerCaller<'_>,
    runner: &KnownRunner,
    race: &RaceId,
    longest: Duration,
) -> Result<TapeAssembly, String> {
    let begun = Instant::now();
    let (mut tape, mut patience, mut fleet) =
        (TapeAssembly::default(), RunnerPatience::default(), FleetPatience::default());
    loop {
        let part = caller.fetch(runner, race, tape.bytes().len(), LARGEST_PIECE).await;
        let now = Instant::now();
        let over = fleet.look(caller.bus.state().up, now);
        match part {
            Ok((facts, piece)) => {
                patience.heard();
                tape.add(&facts, piece);
            }
            Err(CallError::Refused(refusal)) => patience.give_up(&printable(&refusal.why)),
            Err(CallError::Bus(_)) if fleet.bus_is_down() => patience.excuse(),
            Err(CallError::Bus(_)) => patience.unanswered(now),
        }
        let late = now.saturating_duration_since(begun) > longest.saturating_add(OVERTIME);
        if let Some(why) = over.or(late.then_some("it did not end in its time")) {
            patience.give_up(why);
        }
        if tape.is_whole() {
            return Ok(tape);
        }
        if let Some(why) = patience.given_up() {
            return Err(why.to_owned());
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

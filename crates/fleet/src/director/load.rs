//! A level of load that several runners offer together: planned here, begun at one moment, each share on its own runner's clock, and made
//! of the rows on their tapes. Nothing is published of it; the tapes are fetched while they grow.

use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::join_all;
use futures::stream::FuturesUnordered;
use speed_kings_core::text::printable;
use speed_kings_recording::format::read_header;
use speed_kings_session::bench::SpendingBudget;
use speed_kings_session::load::{LevelPlan, LevelRun, LevelShare, LoadShare, OfferedLoad};

use super::lights::{StartingGrid, stop_all};
use super::order::{DirectorError, RemoteLane, RemoteOrder};
use super::patience::{FleetPatience, RunnerPatience};
use super::prepare::{PLANNING, met, plan};
use crate::asks::PlannedAsks;
use crate::call::{CallError, KnownRunner, RunnerCaller};
use crate::load_tape::LoadTape;
use crate::name::RaceId;
use crate::subject::RunnerVerb;
use crate::tape::PieceFacts;
use crate::wire::{LARGEST_MESSAGE, LARGEST_PIECE, LoadPlan, PlannedLane, PlannedRace, PlannedShare};

/// The most of prompts and arrivals that a plan has room for, bytes.
const LARGEST_ASKS: usize = LARGEST_MESSAGE * 3 / 4;
/// Between two looks at what has come.
const LOOK: Duration = Duration::from_millis(50);
/// Between two questions to a runner for what it has measured since.
const ASK_AGAIN: Duration = Duration::from_millis(300);
/// How much longer than it can take a level may take until it is given up.
const OVERTIME: Duration = Duration::from_secs(30);

/// What a runner sent of its tape when it was asked.
type FetchedPart = (usize, Result<(PieceFacts, Bytes), CallError>);

/// A runner with its share.
struct ShareLink {
    runner: KnownRunner,
    share: LoadShare,
    /// The first line of its tape, as it was promised.
    header: String,
    tape: LoadTape,
    patience: RunnerPatience,
    /// A part of the tape is under way.
    fetching: bool,
    asked: Option<Instant>,
    /// More has been measured than came with the last part.
    behind: bool,
}

/// A level that all of its runners have planned.
pub(super) struct PreparedLevel<'a> {
    caller: &'a RunnerCaller<'a>,
    order: &'a RemoteOrder,
    race: RaceId,
    plan: LevelPlan,
    links: Vec<ShareLink>,
    patience: FleetPatience,
    deadline: Option<Instant>,
}

/// Has a level planned by the runners of `order` that get a share of it, or by none. Each of them is to load `model`.
pub(super) async fn prepare<'a>(
    caller: &'a RunnerCaller<'a>,
    order: &'a RemoteOrder,
    level: LevelPlan,
    model: &str,
) -> Result<PreparedLevel<'a>, DirectorError> {
    let race = RaceId::fresh();
    let among = u8::try_from(order.lanes.len()).map_err(|_| DirectorError::LaneCount)?;
    let shares = order.lanes.iter().zip(level.load.divided(among, level.seed));
    let shares: Vec<(&RemoteLane, LoadShare)> = shares.filter_map(|(lane, share)| Some((lane, share?))).collect();
    let parts = shares.len();
    let asked = shares
        .into_iter()
        .zip(0..)
        .filter_map(|(share, part)| Some((share, PlannedAsks::of_part(&level, part, parts)?)));
    let (shares, asks): (Vec<(&RemoteLane, LoadShare)>, Vec<PlannedAsks>) = asked.unzip();
    let known = met(caller, shares.iter().map(|(lane, _)| &lane.runner)).await?;
    if let Some((runner, facts)) = known.iter().find(|(_, facts)| !facts.loads) {
        let version = printable(&facts.version).chars().take(40).collect();
        return Err(DirectorError::NoLoad { runner: runner.name.clone(), version });
    }
    let own = asks.iter().any(|asks| !asks.is_usual());
    if let Some((runner, facts)) = known.iter().find(|(_, facts)| own && !facts.asks) {
        let version = printable(&facts.version).chars().take(40).collect();
        return Err(DirectorError::NoAsks { runner: runner.name.clone(), version });
    }
    if asks.iter().any(|asks| serde_json::to_vec(asks).map_or(true, |json| json.len() > LARGEST_ASKS)) {
        return Err(DirectorError::LargeAsks);
    }
    let plans = shares.iter().zip(&known).zip(asks).map(|(((lane, share), (runner, _)), asks)| {
        let lane = PlannedLane { contestant: lane.contestant.clone(), model: lane.model.clone() };
        let what = LoadPlan { race: plan(order, &race, vec![lane]), share: planned(*share, &level), asks };
        caller.command::<_, PlannedRace>(runner, RunnerVerb::Load, what, PLANNING)
    });
    let answers = join_all(plans).await;
    let (mut links, mut failed) = (Vec::new(), None);
    for (((_, share), (runner, _)), answer) in shares.iter().zip(&known).zip(answers) {
        match answer.map_err(|error| DirectorError::of(&runner.name, error)) {
            Ok(PlannedRace { header }) if is_of(&header, model) => links.push(ShareLink {
                runner: runner.clone(),
                share: *share,
                header,
                tape: LoadTape::default(),
                patience: RunnerPatience::default(),
                fetching: false,
                asked: None,
                behind: false,
            }),
            Ok(_) => failed = failed.or(Some(DirectorError::Mismatch(runner.name.clone()))),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if let Some(error) = failed {
        stop_all(caller, &race, known.iter().map(|(runner, _)| runner)).await;
        return Err(error);
    }
    Ok(PreparedLevel { caller, order, race, plan: level, links, patience: FleetPatience::default(), deadline: None })
}

fn planned(share: LoadShare, level: &LevelPlan) -> PlannedShare {
    let ms = |span: Duration| u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let (concurrency, rate_per_s) = amounts(share.load);
    PlannedShare { concurrency, rate_per_s, seed: share.seed, ramp_ms: ms(level.ramp), steady_ms: ms(level.steady) }
}

const fn amounts(load: OfferedLoad) -> (Option<u32>, Option<f64>) {
    match load {
        OfferedLoad::Concurrency(askers) => (Some(askers), None),
        OfferedLoad::Rate(rate) => (None, Some(rate)),
    }
}

/// Whether a tape that begins so is of one contestant with this `model`.
fn is_of(header: &str, model: &str) -> bool {
    read_header(header).is_ok_and(|header| matches!(header.setup.contestants.as_slice(), [one] if one.model == model))
}

impl PreparedLevel<'_> {
    /// Runs it to its end, or until `stop`, or until `budget` is spent.
    ///
    /// # Errors
    /// Why it could not begin.
    pub(super) async fn conduct(
        mut self,
        budget: &mut SpendingBudget,
        mut stop: Pin<&mut dyn Future<Output = ()>>,
    ) -> Result<LevelRun, String> {
        let started = tokio::select! {
            biased;
            () = stop.as_mut() => None,
            started = self.start() => Some(started),
        };
        match started {
            Some(Ok(green)) => self.deadline = self.latest(green),
            unstarted => {
                stop_all(self.caller, &self.race, self.links.iter().map(|link| &link.runner)).await;
                return match unstarted {
                    Some(Err(why)) => Err(why),
                    _ => Ok(LevelRun { cut_off: true, ..LevelRun::default() }),
                };
            }
        }
        self.follow(budget, stop).await;
        // Whoever was given up may still be at it.
        let left = self.links.iter().filter(|link| !link.tape.bytes.is_whole()).map(|link| &link.runner);
        stop_all(self.caller, &self.race, left).await;
        Ok(self.whole())
    }

    async fn start(&self) -> Result<Instant, String> {
        let runners = self.links.iter().map(|link| &link.runner).collect();
        let (race, countdown) = (&self.race, self.order.countdown);
        StartingGrid { caller: self.caller, race, runners, countdown }.start().await
    }

    /// When the last request that began at the very end must be over, with time to tell it.
    fn latest(&self, green: Instant) -> Option<Instant> {
        let longest = self.plan.span().checked_add(self.order.timeouts.run)?.checked_add(OVERTIME)?;
        green.checked_add(longest)
    }

    /// Fetches what is measured as it comes, until nothing more is to come.
    async fn follow(&mut self, budget: &mut SpendingBudget, mut stop: Pin<&mut dyn Future<Output = ()>>) {
        let (caller, before) = (self.caller, budget.spent_usd);
        let mut fetches: FuturesUnordered<Pin<Box<dyn Future<Output = FetchedPart> + '_>>> = FuturesUnordered::new();
        let mut look = tokio::time::interval(LOOK);
        while !self.links.iter().all(ShareLink::is_settled) {
            tokio::select! {
                biased;
                () = stop.as_mut(), if !self.patience.is_stopping() => self.end().await,
                Some((number, part)) = fetches.next(), if !fetches.is_empty() => {
                    if let Some(link) = self.links.get_mut(number) {
                        link.take(part, Instant::now());
                    }
                    budget.spent_usd = before + self.links.iter().map(|link| link.tape.spent_usd()).sum::<f64>();
                }
                _ = look.tick() => {
                    let now = Instant::now();
                    if !self.patience.is_stopping() && budget.over(now).is_some() {
                        self.end().await;
                    }
                    self.look(now);
                    if self.patience.bus_is_down() {
                        continue;
                    }
                    for (number, link) in self.links.iter_mut().enumerate() {
                        if let Some(from) = link.wanted(now) {
                            let (runner, race) = (link.runner.clone(), self.race.clone());
                            fetches.push(Box::pin(async move {
                                (number, caller.fetch(&runner, &race, from, LARGEST_PIECE).await)
                            }));
                        }
                    }
                }
            }
        }
    }

    /// Has the runners end it where it stands.
    async fn end(&mut self) {
        let running = self.links.iter().filter(|link| !link.is_settled()).map(|link| &link.runner);
        stop_all(self.caller, &self.race, running).await;
        self.patience.stop(Instant::now());
    }

    /// While the bus is away nobody can be heard, which is nobody's fault; for ever nobody is waited for.
    fn look(&mut self, now: Instant) {
        let over = self.patience.look(self.caller.bus.state().up, now);
        let late = self.deadline.is_some_and(|deadline| now > deadline).then_some("it did not end in its time");
        for link in self.links.iter_mut().filter(|link| !link.is_settled()) {
            if self.patience.bus_is_down() {
                link.patience.excuse();
            }
            if let Some(why) = over.or(late) {
                link.patience.give_up(why);
            }
        }
    }

    /// All shares as one level.
    fn whole(self) -> LevelRun {
        let race = self.race;
        let run = LevelRun::merged(self.links.into_iter().map(|link| link.share_of(&race)));
        LevelRun { cut_off: run.cut_off || self.patience.is_stopping(), ..run }
    }
}

impl ShareLink {
    /// Whether nothing more is to come: all of it is here, or it was given up.
    fn is_settled(&self) -> bool {
        self.tape.bytes.is_whole() || self.patience.given_up().is_some()
    }

    /// From which byte on its tape is to be fetched now.
    fn wanted(&mut self, now: Instant) -> Option<usize> {
        let rested = self.asked.is_none_or(|asked| now.saturating_duration_since(asked) >= ASK_AGAIN);
        if self.is_settled() || self.fetching || !(rested || self.behind) {
            return None;
        }
        (self.fetching, self.asked) = (true, Some(now));
        Some(self.tape.bytes.bytes().len())
    }

    /// Takes in what it sent when it was asked.
    fn take(&mut self, part: Result<(PieceFacts, Bytes), CallError>, now: Instant) {
        (self.fetching, self.behind) = (false, false);
        match part {
            Ok((facts, piece)) => {
                self.patience.heard();
                self.behind = piece.len() >= LARGEST_PIECE;
                self.tape.add(&facts, piece);
            }
            Err(CallError::Refused(refusal)) => self.patience.give_up(&printable(&refusal.why)),
            Err(CallError::Bus(_)) => self.patience.unanswered(now),
        }
    }

    /// Its share as it is kept, with why it is not all of it, and what it came to.
    fn share_of(self, race: &RaceId) -> (LevelShare, LevelRun) {
        let name = self.runner.name.to_string();
        let as_planned = self.tape.header().is_none_or(|header| header == self.header.as_bytes());
        let given_up = self
            .patience
            .given_up()
            .map(|why| format!("unknown here: {why}; what it recorded lies with runner {name} as race {race}"));
        let (run, end) = self.tape.run();
        let ended = match end {
            None => Some(format!("runner {name} ended in the middle of it")),
            Some(end) => end.early.map(|why| format!("runner {name} ended it early: {}", printable(&why))),
        };
        let changed = (!as_planned).then(|| format!("the tape of {name} does not begin as it was planned"));
        let (concurrency, rate_per_s) = amounts(self.share.load);
        let share = LevelShare {
            runner: name,
            race: race.to_string(),
            concurrency,
            rate_per_s,
            seed: self.share.seed,
            start_bound_ms: self.runner.clock.bound.as_millis_f64(),
            requests: run.requests.len(),
            lost: given_up.or(changed).or(ended),
        };
        (share, run)
    }
}

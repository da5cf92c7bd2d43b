//! The headless benchmark: each contestant by itself, many times, in an order that favours nobody.
//! What comes out is data; whoever asked for it prints it.

pub mod document;
pub mod estimate;
mod order;
mod summary;

use std::pin::pin;
use std::time::Duration;

pub use self::order::Order;
pub use self::summary::Summary;
use crate::config;
use crate::race::event::LaneId;
use crate::race::grid::Grid;
use crate::race::lane::{Lane, State};
use crate::race::{Race, is_simulated};
use crate::source::headless::{Run, follow};
use crate::source::live::{Live, Start, StartError};

/// How often, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Plan {
    /// Counted runs of each contestant.
    pub iterations: u32,
    /// Runs of each contestant ahead of them, which are not counted.
    pub warmup: u32,
    /// Chooses who goes first.
    pub order_seed: u64,
    /// Whether a run that a server put off may be tried again.
    pub retry: bool,
}

/// One run to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    /// Whose.
    pub lane: LaneId,
    /// Which of its runs, from 1; warm-ups are numbered by themselves.
    pub number: u32,
    /// Of how many.
    pub of: u32,
    /// Not counted.
    pub warmup: bool,
}

impl Plan {
    /// All runs of `contestants`, in order.
    pub fn steps(&self, contestants: usize) -> impl Iterator<Item = Step> + use<> {
        let order = Order::new(contestants, self.order_seed);
        let Self { iterations, warmup, .. } = *self;
        let rounds = (0..warmup).map(move |round| (round, warmup, true));
        let rounds = rounds.chain((0..iterations).map(move |round| (round, iterations, false)));
        rounds.flat_map(move |(round, of, warmup)| {
            order.round(round).into_iter().map(move |lane| Step { lane, number: round + 1, of, warmup })
        })
    }
}

/// Whoever wants to know how far a benchmark is.
pub trait Watch {
    /// A run begins.
    fn begun(&mut self, step: &Step);
    /// It is over; its race has the one lane.
    fn ended(&mut self, step: &Step, race: &Race);
}

/// How a benchmark ended.
#[derive(Debug)]
pub enum Ended {
    /// All runs were made.
    Complete,
    /// Somebody ended it; the run in flight is left out.
    Interrupted,
    /// A run could not even begin.
    Broken(StartError),
}

/// What was measured.
#[derive(Debug)]
pub struct Results {
    /// Who ran, on what. Its nonce is only the newest: every run had its own.
    pub grid: Grid,
    /// How often and in which order.
    pub plan: Plan,
    /// The counted runs of each contestant, oldest first; each race has that one lane.
    pub runs: Vec<Vec<Race>>,
    /// How it ended.
    pub ended: Ended,
}

impl Results {
    /// Nothing measured yet.
    #[must_use]
    pub fn new(grid: Grid, plan: Plan) -> Self {
        let runs = grid.contestants.iter().map(|_| Vec::new()).collect();
        Self { grid, plan, runs, ended: Ended::Complete }
    }

    /// Who went first.
    #[must_use]
    pub fn first(&self) -> LaneId {
        Order::new(self.grid.contestants.len(), self.plan.order_seed).first()
    }

    /// The counted runs of one contestant.
    pub fn lanes(&self, id: LaneId) -> impl Iterator<Item = &Lane> {
        self.runs.get(id.index()).into_iter().flatten().filter_map(only_lane)
    }

    /// Whether any counted run brought no figures.
    #[must_use]
    pub fn any_failed(&self) -> bool {
        self.runs.iter().flatten().filter_map(only_lane).any(|lane| !is_ok(lane))
    }

    /// Whether a contestant was fed by the simulator, in any of its runs.
    #[must_use]
    pub fn simulated(&self, id: LaneId) -> bool {
        let contestant = self.grid.contestants.get(id.index());
        contestant
            .is_some_and(|contestant| contestant.simulated || self.lanes(id).any(|lane| is_simulated(contestant, lane)))
    }
}

/// Whether a run brought figures: it ended well, and with text.
#[must_use]
pub fn is_ok(lane: &Lane) -> bool {
    lane.state == State::Finished && lane.marks.last_text.is_some()
}

/// The lane of a race that has only one.
#[must_use]
pub fn only_lane(race: &Race) -> Option<&Lane> {
    race.lanes().first()
}

/// Makes the runs of `plan`, one at a time, until `stop`. Whatever feeds simulated lanes must be running.
pub async fn run(
    contest: &mut config::Plan,
    plan: Plan,
    watch: &mut dyn Watch,
    stop: impl Future<Output = ()>,
) -> Results {
    let mut results = Results::new(contest.grid.clone(), plan);
    let mut stop = pin!(stop);
    for step in plan.steps(contest.grid.contestants.len()) {
        contest.renew();
        let Some(start) = alone(contest, step.lane) else { continue };
        watch.begun(&step);
        let Run { race, stopped } = match Live::start(start) {
            Ok(mut live) => follow(&mut live, stop.as_mut()).await,
            Err(error) => {
                results.ended = Ended::Broken(error);
                break;
            }
        };
        if !race.stopped {
            watch.ended(&step, &race);
            if let (false, Some(runs)) = (step.warmup, results.runs.get_mut(step.lane.index())) {
                runs.push(race);
            }
        }
        if stopped {
            results.ended = Ended::Interrupted;
            break;
        }
    }
    results.grid = contest.grid.clone();
    results
}

/// The race of one contestant against nobody.
fn alone(contest: &config::Plan, id: LaneId) -> Option<Start<'static>> {
    let contestant = contest.grid.contestants.get(id.index())?;
    let grid = Grid { contestants: vec![contestant.clone()], ..contest.grid.clone() };
    let entrants = vec![contest.entrants.get(id.index())?.clone()];
    Some(Start { grid, entrants, countdown: Duration::ZERO, record: None, simulator: None })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::race::event::{Channel, Event, EventKind, Failure, FailureKind, FinishReason, Usage};
    use crate::race::verdict::tests::contestant;
    use crate::time::Offset;

    pub(crate) const PLAN: Plan = Plan { iterations: 4, warmup: 1, order_seed: 7, retry: true };

    /// A run that says something at each of these ms, or fails when there are none.
    pub(crate) fn run_of(grid: &Grid, id: usize, texts: &[i64]) -> Race {
        let mut race = Race::new(Grid { contestants: vec![grid.contestants[id].clone()], ..grid.clone() });
        let mut put = |ms: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(0)), kind });
        };
        put(0, EventKind::Sent);
        for ms in texts {
            put(*ms, EventKind::Text { channel: Channel::Answer, text: "word".into() });
        }
        let Some(end) = texts.last().copied() else {
            let mut failure = Failure::new(FailureKind::Server, "the engine is on fire");
            failure.status = Some(500);
            put(5, EventKind::Failed(failure));
            return race;
        };
        put(end, EventKind::Finish(FinishReason::Stop));
        put(end, EventKind::Usage(Usage { input: Some(100), cached: Some(0), output: Some(10), ..Usage::default() }));
        put(end, EventKind::Closed);
        race
    }

    /// Results of two contestants with these runs.
    pub(crate) fn results(runs: [&[&[i64]]; 2]) -> Results {
        let grid = Grid { contestants: vec![contestant("A"), contestant("B")], ..Grid::default() };
        let races = |id: usize| runs[id].iter().map(|texts| run_of(&grid, id, texts)).collect();
        Results { runs: vec![races(0), races(1)], ..Results::new(grid.clone(), PLAN) }
    }

    #[test]
    fn warm_ups_come_first_and_are_numbered_by_themselves() {
        let steps: Vec<Step> = PLAN.steps(2).collect();
        assert_eq!(steps.len(), 10);
        assert!(steps[..2].iter().all(|step| step.warmup && (step.number, step.of) == (1, 1)));
        assert!(steps[2..].iter().all(|step| !step.warmup && step.of == 4));
        assert_eq!(steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 1, 1, 1, 2, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn a_run_without_text_is_not_ok() {
        let mut silent = Race::new(Grid { contestants: vec![contestant("A")], ..Grid::default() });
        silent.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(0)), kind: EventKind::Closed });
        assert!(!is_ok(only_lane(&silent).unwrap()));
        assert!(!results([&[&[1, 2]], &[&[1, 2]]]).any_failed());
        assert!(results([&[&[1, 2]], &[&[1, 2], &[]]]).any_failed());
    }
}

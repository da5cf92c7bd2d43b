//! The headless benchmark: each contestant by itself, many times, in an order that favours nobody.
//! What comes out is data; whoever asked for it prints it.

pub mod analysis;
mod budget;
mod conversation;
pub mod document;
pub mod estimate;
pub mod journal;
mod order;
pub mod prompt_file;
pub mod prompt_rows;
mod run;
pub mod saved;
pub mod store;
mod summary;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

pub use self::budget::{SpendingBudget, billed_usd};
pub use self::order::{OrderRule, RoundOrder};
use self::prompt_rows::PromptRow;
pub use self::run::{BegunElsewhere, RemoteRacer, RunPlace, alone, run, together};
pub use self::saved::BenchmarkFile;
use self::saved::TurnRecord;
pub use self::summary::BenchmarkSummary;
use crate::lengths::{GivenLengths, PlannedLengths};
use crate::source::live::StartError;
use speed_kings_catalog::AnswerCheck;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::race::{Race, is_simulated};
use speed_kings_system::environment::MachineEnvironment;

/// A run that begins so long after its contestant's last one is marked: servers scale down and connections go stale.
pub const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// How often, and in which order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RunSchedule {
    /// Counted runs of each contestant.
    pub iterations: u32,
    /// Runs of each contestant ahead of them, which are not counted.
    pub warmup: u32,
    /// Draws the order of the contestants.
    pub order_seed: u64,
    /// How it is drawn.
    pub order_rule: OrderRule,
    /// Whether a run that a server put off may be tried again.
    pub retry: bool,
    /// Requests at a time in each run; over 1 it is a load run.
    pub concurrency: u32,
    /// Time to wait between two runs.
    pub pause: Duration,
}

/// One run to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScheduledRun {
    /// Whose run it is.
    pub lane: LaneId,
    /// Which of its runs, from 1; warm-ups are numbered by themselves.
    pub number: u32,
    /// Of how many runs of its kind, counted or warm-up.
    pub of: u32,
    /// Whether it is a warm-up, which is not counted.
    pub warmup: bool,
    /// Which turn it is, of how many, in a conversation.
    pub turn: Option<(u32, u32)>,
}

impl RunSchedule {
    /// Who runs when, of so many contestants.
    #[must_use]
    pub const fn order(&self, contestants: usize) -> RoundOrder {
        RoundOrder::new(contestants, self.order_seed, self.order_rule)
    }

    /// All runs of `contestants`, in order. Warm-ups begin with the first block, too.
    pub fn steps(&self, contestants: usize) -> impl Iterator<Item = ScheduledRun> + use<> {
        let order = self.order(contestants);
        let Self { iterations, warmup, .. } = *self;
        let rounds = (0..warmup).map(move |round| (round, warmup, true));
        let rounds = rounds.chain((0..iterations).map(move |round| (round, iterations, false)));
        rounds.flat_map(move |(round, of, warmup)| {
            order.round(round).into_iter().map(move |lane| ScheduledRun {
                lane,
                number: round + 1,
                of,
                warmup,
                turn: None,
            })
        })
    }
}

/// Whoever wants to know how far a benchmark is.
pub trait BenchmarkObserver {
    /// A run, counted or warm-up, is about to begin.
    fn begun(&mut self, step: &ScheduledRun);
    /// It is over; its race has a lane for each of its requests, usually one.
    fn ended(&mut self, step: &ScheduledRun, race: &Race);
    /// A counted run is among the results now; the next one waits for this to return. Whether there may be a next one.
    fn kept(&mut self, results: &BenchmarkResults) -> bool;
}

/// How a benchmark ended.
#[derive(Debug)]
pub enum BenchmarkEnd {
    /// All runs were made.
    Complete,
    /// Somebody ended it; the run in flight is left out.
    Interrupted,
    /// The time that it may take is over.
    OutOfTime,
    /// What it may spend is spent.
    OutOfMoney,
    /// What was measured could not be kept, so that more would only be spent for nothing.
    Unsaved,
    /// A run could not even begin.
    Broken(StartError),
}

impl BenchmarkEnd {
    /// The name in files; nothing while all is as planned.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Interrupted => "interrupted",
            Self::OutOfTime => "time_limit",
            Self::OutOfMoney => "max_cost",
            Self::Unsaved => "unsaved",
            Self::Broken(_) => "broken",
        }
    }
}

/// One counted request with its circumstances.
#[derive(Clone, PartialEq, Debug)]
pub struct RunOutcome {
    /// The race of that one lane.
    pub race: Race,
    /// Which of its contestant's runs, from 1. The requests of a load run share it.
    pub round: u32,
    /// The wall clock at its beginning.
    pub started_at: Timestamp,
    /// How long its contestant had been left alone; nothing for its first request in this session.
    pub idle: Option<Duration>,
    /// Tokens per second of all requests of its run together, in a load run.
    pub load_tok_s: Option<f64>,
    /// Which turn of a conversation it is; nothing where it is none.
    pub turn: Option<TurnRecord>,
    /// How long it was to be; nothing where no lengths were given.
    pub planned: Option<PlannedLengths>,
}

impl RunOutcome {
    /// Whether nothing had warmed its contestant up.
    #[must_use]
    pub const fn is_cold(&self) -> bool {
        self.idle.is_none()
    }

    /// Whether its contestant had been left alone for over [`IDLE_LIMIT`].
    #[must_use]
    pub fn is_after_idle(&self) -> bool {
        self.idle.is_some_and(|idle| idle > IDLE_LIMIT)
    }
}

/// What a benchmark measured, in this session and earlier ones.
#[derive(Debug)]
pub struct BenchmarkResults {
    /// Who ran, on what. Its nonce is only the newest: every run had its own.
    pub setup: RaceSetup,
    /// How often and in which order.
    pub plan: RunSchedule,
    /// What the answers are checked for.
    pub checks: Vec<AnswerCheck>,
    /// The prompts that rounds ask in turn; empty where all of them ask the setup's.
    pub rows: Vec<PromptRow>,
    /// The lengths that prompts and answers are to have, where they are given.
    pub lengths: Option<GivenLengths>,
    /// The counted runs of each contestant, oldest first; each race has that one lane.
    pub runs: Vec<Vec<RunOutcome>>,
    /// What an earlier session had measured, when this one goes on with it.
    pub earlier: Option<Box<saved::EarlierRuns>>,
    /// USD spent in this session, warm-ups included, as far as prices are known.
    pub spent_usd: f64,
    /// Some of it at prices that nobody knows, so that the true sum is larger.
    pub spent_unknown: bool,
    /// What it runs on.
    pub environment: MachineEnvironment,
    /// The tool's own error, as it was measured last; nothing when it never was.
    pub calibration: Option<Value>,
    /// The wall clock when it began.
    pub started_at: Option<Timestamp>,
    /// How it ended; nothing while it runs.
    pub ended: Option<BenchmarkEnd>,
}

impl BenchmarkResults {
    /// The results of a benchmark that has measured nothing yet.
    #[must_use]
    pub fn new(setup: RaceSetup, plan: RunSchedule) -> Self {
        let runs = setup.contestants.iter().map(|_| Vec::new()).collect();
        Self {
            setup,
            plan,
            checks: Vec::new(),
            rows: Vec::new(),
            lengths: None,
            runs,
            earlier: None,
            spent_usd: 0.0,
            spent_unknown: false,
            environment: MachineEnvironment::default(),
            calibration: None,
            started_at: None,
            ended: None,
        }
    }

    /// USD spent in all sessions: as far as prices are known, and in all if all of them are.
    #[must_use]
    pub fn spent(&self) -> (f64, Option<f64>) {
        let before = self.earlier.as_deref();
        let known = self.spent_usd + before.map_or(0.0, |earlier| earlier.spent_usd);
        let unknown = self.spent_unknown || before.is_some_and(|earlier| earlier.spent_unknown);
        (known, (!unknown).then_some(known))
    }

    /// Which contestant runs when, round by round.
    #[must_use]
    pub const fn order(&self) -> RoundOrder {
        self.plan.order(self.setup.contestants.len())
    }

    /// The counted runs of one contestant.
    pub fn lanes(&self, id: LaneId) -> impl Iterator<Item = &Lane> {
        self.runs.get(id.index()).into_iter().flatten().filter_map(|made| only_lane(&made.race))
    }

    /// Whether any counted run brought no figures, in an earlier session either.
    #[must_use]
    pub fn any_failed(&self) -> bool {
        let before = self.earlier.as_ref().is_some_and(|earlier| earlier.any_failed());
        before || self.runs.iter().flatten().filter_map(|made| only_lane(&made.race)).any(|lane| !is_ok(lane))
    }

    /// Whether this run of a contestant was made in an earlier session.
    #[must_use]
    pub fn has(&self, step: &ScheduledRun) -> bool {
        !step.warmup && self.earlier.as_ref().is_some_and(|earlier| earlier.has(step.lane, step.number))
    }

    /// Whether a contestant was fed by the simulator, in any of its runs, an earlier session's among them.
    #[must_use]
    pub fn simulated(&self, id: LaneId) -> bool {
        let contestant = self.setup.contestants.get(id.index());
        let before = self.earlier.as_ref().and_then(|earlier| earlier.simulated.get(id.index())) == Some(&true);
        before
            || contestant.is_some_and(|contestant| {
                contestant.simulated || self.lanes(id).any(|lane| is_simulated(contestant, lane))
            })
    }
}

/// Whether a run brought figures: it ended well, and with text.
#[must_use]
pub fn is_ok(lane: &Lane) -> bool {
    lane.state == LaneState::Finished && lane.marks.last_text.is_some()
}

/// The lane of a race that has only one.
#[must_use]
pub fn only_lane(race: &Race) -> Option<&Lane> {
    race.lanes().first()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{PLAN, results};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::event::{Event, EventKind};
    use speed_kings_core::time::Offset;

    #[test]
    fn warm_ups_come_first_and_are_numbered_by_themselves() {
        let steps: Vec<ScheduledRun> = PLAN.steps(2).collect();
        assert_eq!(steps.len(), 10);
        assert!(steps[..2].iter().all(|step| step.warmup && (step.number, step.of) == (1, 1)));
        assert!(steps[2..].iter().all(|step| !step.warmup && step.of == 4));
        assert_eq!(steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 1, 1, 1, 2, 2, 3, 3, 4, 4]);
    }

    #[test]
    fn a_run_without_text_is_not_ok() {
        let mut silent = Race::new(RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() });
        silent.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(0)), kind: EventKind::Closed });
        assert!(!is_ok(only_lane(&silent).unwrap()));
        assert!(!results([&[&[1, 2]], &[&[1, 2]]]).any_failed());
        assert!(results([&[&[1, 2]], &[&[1, 2], &[]]]).any_failed());
    }
}

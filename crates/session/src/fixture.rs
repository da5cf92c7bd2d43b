//! Results and runs for tests, here and in the crates above.

#![expect(clippy::indexing_slicing, reason = "for tests: to stop there is to say so")]

use std::time::Duration;

use jiff::Timestamp;

use speed_kings_core::fixture::{contestant, enough};
use speed_kings_core::race::Race;
use speed_kings_core::race::event::{
    Event, EventKind, FailureKind, FinishReason, LaneFailure, LaneId, TextChannel, TokenUsage,
};
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::Offset;

use crate::bench::document::file;
use crate::bench::{BenchmarkFile, BenchmarkResults, OrderRule, RunOutcome, RunSchedule};

/// Four counted runs after one to warm up, in blocks.
pub const PLAN: RunSchedule = RunSchedule {
    iterations: 4,
    warmup: 1,
    order_seed: 7,
    order_rule: OrderRule::Blocks,
    retry: true,
    concurrency: 1,
    pause: Duration::ZERO,
};

/// A run that says something at each of these ms, or fails when there are none.
#[must_use]
pub fn run_of(setup: &RaceSetup, id: usize, texts: &[i64]) -> Race {
    let mut race = Race::new(RaceSetup { contestants: vec![setup.contestants[id].clone()], ..setup.clone() });
    let mut put = |ms: i64, kind| {
        race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(0)), kind });
    };
    put(0, EventKind::Sent);
    for ms in texts {
        put(*ms, EventKind::Text { channel: TextChannel::Answer, text: "word".into() });
    }
    let Some(end) = texts.last().copied() else {
        let mut failure = LaneFailure::new(FailureKind::Server, "the engine is on fire");
        failure.status = Some(500);
        put(5, EventKind::Failed(Box::new(failure)));
        return race;
    };
    put(end, EventKind::Finish(FinishReason::Stop));
    put(
        end,
        EventKind::Usage(Box::new(TokenUsage {
            input: Some(100),
            cached: Some(0),
            output: Some(10),
            ..TokenUsage::default()
        })),
    );
    put(end, EventKind::Closed);
    race
}

/// One request of the benchmark, the first of them with no pause before it.
#[must_use]
pub fn made(race: Race, round: u32) -> RunOutcome {
    let idle = (round > 1).then_some(Duration::from_secs(round.into()));
    RunOutcome { race, round, started_at: Timestamp::UNIX_EPOCH, idle, load_tok_s: None, turn: None, planned: None }
}

/// Results of two contestants with these runs.
#[must_use]
pub fn results(runs: [&[&[i64]]; 2]) -> BenchmarkResults {
    let setup = RaceSetup { contestants: vec![contestant("A"), contestant("B")], ..RaceSetup::default() };
    let made = |id: usize| {
        let races = runs[id].iter().map(|texts| run_of(&setup, id, texts));
        races.zip(1..).map(|(race, round)| made(race, round)).collect()
    };
    BenchmarkResults { runs: vec![made(0), made(1)], ..BenchmarkResults::new(setup.clone(), PLAN) }
}

/// A file of two contestants of which the second takes twice as long; the second one's last run failed.
#[must_use]
pub fn twice_as_slow() -> BenchmarkFile {
    let quick: Vec<Vec<i64>> = (0..6).map(|k| enough(&[50, 100 + k % 3])).collect();
    let slow: Vec<Vec<i64>> = (0..5).map(|k| enough(&[60, 200 + k % 3])).chain([vec![]]).collect();
    let [quick, slow] = [&quick, &slow].map(|runs| runs.iter().map(Vec::as_slice).collect::<Vec<_>>());
    file(&results([&quick, &slow]), false)
}

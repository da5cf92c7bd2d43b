//! Levels of load against a server whose capacity is known: what is measured is what a queue must do.

use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

use super::{LevelPlan, LevelRun, OfferedLoad, run_level};
use crate::bench::SpendingBudget;
use crate::config::{self, ProcessEnv, RaceOptions, ResolvedRace};
use crate::source::live::ScheduledStart;
use speed_kings_catalog::Catalog;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::stats::median;
use speed_kings_simulator::{CUSTOM, Options, Simulator};

/// To the first token, and to the end of an answer, of a server with two slots: 40 ms, and 20 tokens at 200 a second.
const SERVER: &str = "slots:2,ttft_ms:40,tok_s:200,tokens:20,jitter:0";
const FIRST_MS: f64 = 40.0;
const SERVICE_MS: f64 = 40.0 + 19.0 * 5.0;

fn resolved(simulator: &Simulator, settings: &str) -> ResolvedRace {
    let url = simulator.base_url_with(CUSTOM, settings);
    let options = RaceOptions {
        providers: vec![format!("a={url}")],
        prompt: Some("go".into()),
        max_tokens: Some(100),
        alone: true,
        no_retry: true,
        ..RaceOptions::default()
    };
    config::plan(&Catalog::builtin().unwrap(), &ProcessEnv(&|_| None), &options).unwrap()
}

fn run(settings: &str, load: OfferedLoad, steady_ms: u64) -> (LevelPlan, LevelRun) {
    let simulator = Simulator::start(Options::default()).unwrap();
    let plan = LevelPlan {
        load,
        ramp: Duration::from_millis(300),
        steady: Duration::from_millis(steady_ms),
        seed: 5,
        trace: None,
        lengths: None,
        rows: Arc::default(),
    };
    let resolved = resolved(&simulator, settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = runtime.block_on(async {
        let stop = pin!(std::future::pending());
        run_level(&resolved, LaneId(0), (plan.clone(), None), &mut SpendingBudget::default(), &mut |_, _| {}, stop)
            .await
            .unwrap()
    });
    (plan, run)
}

/// The TTFT in ms of each arrival at a server of two slots that is never late: what it must be.
fn truth(plan: &LevelPlan) -> Vec<f64> {
    let mut free = [0.0_f64; 2];
    let of = |due: Duration| {
        let due = due.as_secs_f64() * 1e3;
        let slot = usize::from(free[1] < free[0]);
        let begins = free[slot].max(due);
        free[slot] = begins + SERVICE_MS;
        begins - due + FIRST_MS
    };
    plan.arrivals().into_iter().map(of).collect()
}

#[test]
fn an_open_loop_tells_the_wait_that_a_closed_one_hides() {
    // A capacity of 14.8 a second, and 22 come: the queue grows by one every 140 ms.
    let (plan, open) = run(SERVER, OfferedLoad::Rate(22.0), 2_000);
    let truth = truth(&plan);
    assert_eq!(open.requests.len(), truth.len(), "every arrival was asked");
    assert!(open.requests.iter().all(|request| request.ok), "{:?}", open.requests);
    let measured: Vec<f64> = open.requests.iter().map(|request| request.ttft_ms.unwrap()).collect();
    let [told, must] = [&measured, &truth].map(|values| median(values.iter().copied()).unwrap());
    let largest = truth.iter().copied().fold(0.0, f64::max);
    assert!(largest > 400.0, "the queue grew: {largest}");
    assert!((told - must).abs() < 0.1 * must + 5.0, "{told} ms and in truth {must} ms");
    let far = measured.iter().zip(&truth).filter(|(told, must)| (**told - **must).abs() > 0.1 * **must + 40.0).count();
    assert!(far * 20 < truth.len(), "{far} of {} are not what they must be", truth.len());

    // Two askers of the same server: each waits for its own answer, so nobody ever waits in front of it.
    let (_, closed) = run(SERVER, OfferedLoad::Concurrency(2), 1_000);
    let told = median(closed.requests.iter().filter_map(|request| request.ttft_ms)).unwrap();
    assert!((35.0..70.0).contains(&told), "{told} ms");
    // Six askers of two slots: four answers are ahead of each.
    let (_, crowded) = run(SERVER, OfferedLoad::Concurrency(6), 1_500);
    let steady = crowded.requests.iter().filter(|request| request.steady).filter_map(|request| request.ttft_ms);
    let told = median(steady).unwrap();
    assert!((told - (2.0 * SERVICE_MS + FIRST_MS)).abs() < 45.0, "{told} ms");
}

#[test]
fn tokens_of_the_steady_part_are_those_that_came_in_it() {
    // Two slots that are never empty: 20 tokens each 135 ms and slot.
    let (plan, run) = run(SERVER, OfferedLoad::Concurrency(4), 2_000);
    let tokens: f64 = run.requests.iter().map(|request| request.steady_tokens).sum();
    let rate = tokens / plan.steady.as_secs_f64();
    let must = 2.0 * 20.0 / (SERVICE_MS / 1e3);
    assert!((rate - must).abs() < 0.06 * must, "{rate} tok/s and in truth {must}");
    assert!(!run.gaps_ms.is_empty() && !run.cut_off);
    assert!(run.client.cpu.is_none_or(|share| share < 0.9), "{:?}", run.client);
}

#[test]
fn what_a_server_refuses_is_an_outcome_and_no_wait() {
    let (_, run) = run("status:429", OfferedLoad::Rate(40.0), 400);
    assert!(run.requests.len() > 10);
    assert!(run.requests.iter().all(|request| request.error.as_deref() == Some("rate_limited")), "{:?}", run.requests);
    assert!(run.requests.iter().all(|request| request.ttft_ms.is_none() && request.late_ms.is_some()));
}

#[test]
fn nobody_there_fails_every_arrival_and_ends() {
    let gone = {
        let simulator = Simulator::start(Options::default()).unwrap();
        resolved(&simulator, "tok_s:9")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for load in [OfferedLoad::Rate(30.0), OfferedLoad::Concurrency(2)] {
        let plan = LevelPlan {
            load,
            ramp: Duration::ZERO,
            steady: Duration::from_millis(300),
            seed: 1,
            trace: None,
            lengths: None,
            rows: Arc::default(),
        };
        let run = runtime.block_on(async {
            let stop = pin!(std::future::pending());
            run_level(&gone, LaneId(0), (plan, None), &mut SpendingBudget::default(), &mut |_, _| {}, stop)
                .await
                .unwrap()
        });
        assert!(!run.requests.is_empty() && run.requests.iter().all(|request| !request.ok), "{load:?}");
    }
}

#[test]
fn a_level_begins_when_somebody_names_the_moment_and_never_where_nobody_does() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let resolved = resolved(&simulator, SERVER);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for load in [OfferedLoad::Rate(30.0), OfferedLoad::Concurrency(2)] {
        let plan = LevelPlan {
            load,
            ramp: Duration::ZERO,
            steady: Duration::from_millis(400),
            seed: 1,
            trace: None,
            lengths: None,
            rows: Arc::default(),
        };
        let (told, ready) = oneshot::channel();
        let (name, green) = watch::channel(None);
        let begin = |scheduled| {
            let (resolved, plan) = (&resolved, plan.clone());
            async move {
                let stop = pin!(std::future::pending());
                let mut budget = SpendingBudget::default();
                run_level(resolved, LaneId(0), (plan, Some(scheduled)), &mut budget, &mut |_, _| {}, stop)
                    .await
                    .unwrap()
            }
        };
        let run = runtime.block_on(async {
            let level = begin(ScheduledStart { ready: told, green });
            let start = async {
                let up = ready.await.unwrap();
                let green = Instant::now() + Duration::from_millis(700);
                name.send(Some(green)).unwrap();
                (up, green)
            };
            let (run, (up, green)) = futures::join!(level, start);
            assert!(up > 0 && Instant::now() > green + plan.steady / 2);
            run
        });
        assert!(!run.requests.is_empty() && run.requests.iter().all(|request| request.ok), "{:?}", run.requests);
        if load.is_open() {
            assert_eq!(run.requests.len(), plan.arrivals().len());
        }
        // Whoever was to name the moment is gone.
        let (told, _) = oneshot::channel();
        let (_, green) = watch::channel(None);
        let run = runtime.block_on(begin(ScheduledStart { ready: told, green }));
        assert!(run.requests.is_empty() && !run.cut_off);
    }
}

#[test]
fn whoever_stops_it_is_not_made_to_wait() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let resolved = resolved(&simulator, "ttft_ms:60000");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for load in [OfferedLoad::Rate(20.0), OfferedLoad::Concurrency(2)] {
        let plan = LevelPlan {
            load,
            ramp: Duration::ZERO,
            steady: Duration::from_secs(50),
            seed: 1,
            trace: None,
            lengths: None,
            rows: Arc::default(),
        };
        let run = runtime.block_on(async {
            let stop = pin!(tokio::time::sleep(Duration::from_millis(200)));
            run_level(&resolved, LaneId(0), (plan.clone(), None), &mut SpendingBudget::default(), &mut |_, _| {}, stop)
                .await
                .unwrap()
        });
        assert!(run.cut_off, "{load:?}");
    }
}

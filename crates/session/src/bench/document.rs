//! The file of results, made of what was measured and of what that comes to.
//! Every key is always there: what is not known is null, never zero and never left out.

mod likeness;
mod run;
mod served;
mod statistics;
mod tokens;
mod verdict;

pub use self::run::{lane_figures, lane_result};
use jiff::Timestamp;

use crate::bench::analysis::ResultsAnalysis;
use crate::bench::journal::JournalRun;
use crate::bench::prompt_rows::row_of;
use crate::bench::saved::{
    AskedSettings, ClaimRecord, LaneIdentity, LaneResult, PriceRecord, PromptRecord, RunResult, RunSettings, VERSION,
};
use crate::bench::{BenchmarkFile, BenchmarkResults, BenchmarkSummary, RunOutcome, summary};
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, RaceSettings};

/// Runs of a contestant of which a file keeps how much text each read brought.
const SIZED_RUNS: usize = 500;

/// All of `results` as the file has it. `resampled` is whether the comparisons carry what is drawn, too: not needed while it
/// still runs.
#[must_use]
pub fn file(results: &BenchmarkResults, resampled: bool) -> BenchmarkFile {
    let mut file = measured(results);
    let analysis = ResultsAnalysis::of(&file, resampled);
    for (lane, told) in file.lanes.iter_mut().zip(&analysis.lanes) {
        lane.statistics = Some(statistics::lane(told));
    }
    let badges = summary::badges(results).into_iter().chain(summary::as_planned(&file.lanes)).collect();
    let summary = BenchmarkSummary::of(&file, badges);
    file.verdict = summary.map(|summary| verdict::record(&summary, &analysis));
    file.similarity = if resampled { likeness::all(results) } else { Vec::new() };
    file.comparisons = statistics::comparisons(&analysis);
    file.ranking = analysis.ranks;
    file.method = Some(statistics::method(results.plan.order_seed));
    file
}

/// The runs of `results` behind the first so many of each lane, those of an earlier session included.
#[must_use]
pub fn runs_behind(results: &BenchmarkResults, counts: &[usize]) -> Vec<JournalRun> {
    let (spent_at_least_usd, spent_usd) = results.spent();
    let mut behind = Vec::new();
    for (index, contestant) in results.setup.contestants.iter().enumerate() {
        let earlier = results.earlier.as_ref().and_then(|earlier| earlier.runs.get(index)).map_or(0, Vec::len);
        let known = counts.get(index).copied().unwrap_or(0);
        let new = results.runs.get(index).into_iter().flatten().skip(known.saturating_sub(earlier));
        let new = new.filter_map(|made| counted(results, made, contestant));
        behind.extend((known..).zip(new).map(|(place, run)| JournalRun {
            lane: index,
            place,
            spent_usd,
            spent_at_least_usd,
            run: sized(run, place),
        }));
    }
    behind
}

/// One run of `contestant` as the file has it.
fn counted(results: &BenchmarkResults, made: &RunOutcome, contestant: &Contestant) -> Option<RunResult> {
    let row = row_of(&results.rows, made.round);
    let last = made.turn.as_ref().is_none_or(|turn| turn.number == turn.of);
    let checks = match row {
        Some(row) if last => row.checks(),
        Some(_) => Vec::new(),
        None => results.checks.clone(),
    };
    let counted = run::counted(made, contestant, &checks)?;
    Some(RunResult { prompt_row: row.map(|row| row.id.clone()), ..counted })
}

/// `run` at its place among its contestant's. What each read brought is for a page that plays a run, and thousands of runs would grow by
/// it for nothing.
fn sized(run: RunResult, place: usize) -> RunResult {
    if place < SIZED_RUNS {
        return run;
    }
    RunResult { read_characters: run.read_characters.map(|_| Vec::new()), ..run }
}

/// What was measured and how, without what it comes to.
fn measured(results: &BenchmarkResults) -> BenchmarkFile {
    let setup = &results.setup;
    let (at_least, spent) = results.spent();
    BenchmarkFile {
        version: VERSION,
        phase: setup.phase.as_ref().map(|phase| phase.id.clone()),
        prompt: PromptRecord::from(&setup.prompt),
        prompt_rows: results.rows.clone(),
        settings: settings(results, &setup.settings),
        lanes: (0..).map(LaneId).zip(&setup.contestants).map(|(id, one)| lane(results, id, one)).collect(),
        started_at: started_at(results),
        ended: results.ended.as_ref().map(|ended| ended.as_str().to_owned()),
        spent_usd: spent,
        spent_at_least_usd: Some(at_least),
        environment: results.environment.clone(),
        calibration: results.calibration.clone(),
        ..BenchmarkFile::default()
    }
}

fn started_at(results: &BenchmarkResults) -> Option<Timestamp> {
    let before = results.earlier.as_ref().and_then(|earlier| earlier.started_at);
    before.or(results.started_at)
}

fn lane(results: &BenchmarkResults, id: LaneId, contestant: &Contestant) -> LaneResult {
    let earlier = results.earlier.iter().filter_map(|earlier| earlier.runs.get(id.index())).flatten().cloned();
    let now = results.runs.get(id.index()).into_iter().flatten();
    let now = now.filter_map(|made| counted(results, made, contestant));
    let runs = earlier.chain(now).enumerate().map(|(place, run)| sized(run, place)).collect();
    LaneResult {
        identity: LaneIdentity { simulated: results.simulated(id), ..LaneIdentity::from(contestant) },
        price: contestant.price.as_ref().map(PriceRecord::from),
        claims: contestant.claims.iter().map(ClaimRecord::from).collect(),
        runs,
        statistics: None,
    }
}

fn settings(results: &BenchmarkResults, settings: &RaceSettings) -> RunSettings {
    let plan = results.plan;
    RunSettings {
        iterations: plan.iterations,
        warmup: plan.warmup,
        asked: AskedSettings::from(settings),
        retry: plan.retry,
        order: Some(plan.order_rule.as_str().to_owned()),
        order_seed: plan.order_seed,
        first: results.order().first().map(|lane| lane.0),
        blocks: blocks(results),
        concurrency: Some(plan.concurrency),
        pause_s: plan.pause.as_secs_f64(),
        lengths: results.lengths.clone(),
    }
}

/// The order of the first round of each block, as places of contestants; the second round is that backwards.
fn blocks(results: &BenchmarkResults) -> Vec<Vec<u8>> {
    let numbers = |block: Vec<LaneId>| block.into_iter().map(|lane| lane.0).collect::<Vec<_>>();
    results.order().blocks(results.plan.iterations).map(numbers).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::bench::only_lane;
    use crate::bench::saved::RunResult;
    use crate::fixture::{results, run_of};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::Race;
    use speed_kings_core::race::event::{
        ConnectionFacts, Event, EventKind, ProcessFacts, ResponseHead, ServerTiming, TextChannel, TokenUsage,
    };
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::time::{Offset, Period, ReportedPeriod};

    fn document(results: &BenchmarkResults, resampled: bool) -> Value {
        file(results, resampled).json()
    }

    fn lane_json(race: &Race) -> Value {
        json!(lane_result(only_lane(race).unwrap(), &race.setup.contestants[0], &race.setup).alone())
    }

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    const DOCUMENT: [&str; 16] = [
        "calibration",
        "comparisons",
        "ended",
        "environment",
        "lanes",
        "method",
        "phase",
        "prompt",
        "ranking",
        "settings",
        "similarity",
        "spent_at_least_usd",
        "spent_usd",
        "started_at",
        "verdict",
        "version",
    ];

    const RUN: [&str; 32] = [
        "answer",
        "cost_by",
        "cost_usd",
        "end_to_end_tok_s",
        "error",
        "finish_reason",
        "flags",
        "gaps_ms",
        "largest_read_share",
        "load_tok_s",
        "offsets_ms",
        "ok",
        "output_tok_s",
        "process",
        "prompt_sent",
        "read_characters",
        "reasoning",
        "retries",
        "round",
        "served",
        "server",
        "speed_withheld",
        "stalls",
        "standstills",
        "started_at",
        "text",
        "tokens",
        "total_ms",
        "transport",
        "ttfa_ms",
        "ttft_ms",
        "ttft_without_load_ms",
    ];

    #[test]
    fn every_key_is_there_whatever_happened() {
        let document = document(&results([&[&[50, 100, 180]], &[&[]]]), true);
        assert_eq!(keys(&document), DOCUMENT);
        let [good, bad] = [0, 1].map(|lane| &document["lanes"][lane]["runs"][0]);
        assert_eq!((keys(good), keys(bad)), (RUN.to_vec(), RUN.to_vec()));
        let tokens = [
            "cached",
            "characters",
            "counted_by",
            "first_read",
            "input",
            "output",
            "reasoning",
            "reasoning_apart",
            "refused",
            "seen",
            "total",
        ];
        assert_eq!(keys(&good["tokens"]), tokens);
        for place in ["tokens", "gaps_ms", "transport"] {
            assert_eq!(keys(&good[place]), keys(&bad[place]), "{place}");
        }
        assert_eq!(document["verdict"], Value::Null, "one contestant has no good run");
        assert_eq!(document["phase"], Value::Null);
    }

    #[test]
    fn what_was_simulated_once_stays_so() {
        let mut results = results([&[&[50, 100]], &[&[60, 200]]]);
        let before = document(&results, true);
        assert_eq!(before["lanes"][0]["simulated"], json!(false));
        let run = RunResult::carried_over(&before["lanes"][0]["runs"][0]).unwrap();
        let runs = vec![vec![run], Vec::new()];
        let earlier = crate::bench::saved::EarlierRuns { runs, simulated: vec![true, false], ..Default::default() };
        results.earlier = Some(Box::new(earlier));
        results.runs = vec![Vec::new(), Vec::new()];
        let after = document(&results, true);
        assert_eq!((&after["lanes"][0]["simulated"], &after["lanes"][1]["simulated"]), (&json!(true), &json!(false)));
    }

    #[test]
    fn a_good_run_has_its_figures() {
        let document = document(&results([&[&[50, 100, 180]], &[&[60, 200]]]), true);
        let run = &document["lanes"][0]["runs"][0];
        assert_eq!((&run["ok"], &run["error"]), (&json!(true), &Value::Null));
        assert_eq!((&run["ttft_ms"], &run["total_ms"]), (&json!(50.0), &json!(180.0)));
        assert_eq!(run["offsets_ms"], json!([50.0, 100.0, 180.0]));
        assert_eq!(run["read_characters"], json!([4, 4, 4]));
        assert_eq!((&run["output_tok_s"], &run["speed_withheld"]), (&Value::Null, &json!("few_reads")));
        assert_eq!(run["tokens"]["output"], json!(10));
        assert_eq!((&run["tokens"]["counted_by"], &run["tokens"]["cached"]), (&json!("usage"), &json!(0)));
        assert_eq!((&run["answer"], &run["reasoning"]), (&json!("wordwordword"), &json!("")));
        assert_eq!((&run["gaps_ms"]["p50"], &run["gaps_ms"]["p95"]), (&json!(65.0), &Value::Null));
        assert_eq!((&run["server"], &run["transport"]["reused"]), (&Value::Null, &Value::Null));
        let outcome = &document["verdict"]["outcome"];
        assert_eq!(
            (&outcome["kind"], &outcome["ahead"], &outcome["winner"]),
            (&json!("too_close"), &json!(0), &Value::Null)
        );
        assert_eq!((&document["verdict"]["claim"], &document["verdict"]["runs"]), (&json!(false), &json!([1, 1])));
    }

    #[test]
    fn a_failed_run_has_its_error_and_no_zeros() {
        let document = document(&results([&[&[50, 100]], &[&[]]]), true);
        let run = &document["lanes"][1]["runs"][0];
        assert_eq!(
            run["error"],
            json!({"kind": "server", "status": 500, "message": "the engine is on fire", "retry_after_s": null})
        );
        for absent in ["answer", "ttft_ms", "output_tok_s", "total_ms", "stalls", "cost_usd", "finish_reason"] {
            assert_eq!(run[absent], Value::Null, "{absent}");
        }
        assert_eq!((&run["ok"], &run["offsets_ms"]), (&json!(false), &json!([])));
    }

    #[test]
    fn what_the_server_and_the_connection_said_is_passed_on() {
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let mut race = Race::new(setup.clone());
        let mut put = |us: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(us), lane: Some(LaneId(0)), kind });
        };
        put(
            -9,
            EventKind::Connected(Box::new(ConnectionFacts {
                dns: Some(Period::from_micros(1_500)),
                ..ConnectionFacts::default()
            })),
        );
        put(0, EventKind::Sent);
        let head = ResponseHead {
            status: 200,
            version: "HTTP/2.0".into(),
            region: Some("fra".into()),
            ..ResponseHead::default()
        };
        put(7_000, EventKind::Headers(Box::new(head)));
        put(8_000, EventKind::Text { channel: TextChannel::Answer, text: "eight by".into() });
        put(
            8_000,
            EventKind::Server(Box::new(ServerTiming {
                queue: ReportedPeriod::from_secs(0.25),
                ..ServerTiming::default()
            })),
        );
        put(8_000, EventKind::Usage(Box::new(TokenUsage { input: Some(3), ..TokenUsage::default() })));
        let facts = ProcessFacts { exit_code: Some(0), cpu: Some(Period::from_millis(20)), ..ProcessFacts::default() };
        put(9_000, EventKind::Process(Box::new(facts)));
        put(9_000, EventKind::Closed);
        let run = lane_json(&race);
        assert_eq!((&run["server"]["queue_ms"], &run["server"]["tok_s"]), (&json!(250.0), &Value::Null));
        let transport = &run["transport"];
        assert_eq!((&transport["dns_ms"], &transport["headers_ms"]), (&json!(1.5), &json!(7.0)));
        assert_eq!((&transport["http_version"], &transport["reused"]), (&json!("HTTP/2.0"), &json!(true)));
        assert_eq!((&transport["region"], &transport["tls_ms"]), (&json!("fra"), &Value::Null));
        assert_eq!((&run["tokens"]["output"], &run["tokens"]["counted_by"]), (&json!(2.0), &json!("estimate")));
        assert_eq!(run["process"], json!({"exit_code": 0, "peak_rss_bytes": null, "cpu_ms": 20.0}));
    }

    #[test]
    fn what_each_read_brought_is_kept_in_the_order_of_the_texts_and_of_500_runs() {
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let sizes = |channels: &[TextChannel]| {
            let mut race = Race::new(setup.clone());
            for (at, channel) in (1..).zip(channels) {
                let kind = EventKind::Text { channel: *channel, text: "wörd".repeat(at).into() };
                race.apply(&Event {
                    at: Offset::from_micros(9_000 * i64::try_from(at).unwrap()),
                    lane: Some(LaneId(0)),
                    kind,
                });
            }
            let mut made = results([&[&[5, 9]], &[&[5, 9]]]);
            made.runs[0] = vec![crate::fixture::made(race, 1); SIZED_RUNS + 2];
            file(&made, false).lanes[0].runs.iter().map(|run| run.read_characters().to_vec()).collect::<Vec<_>>()
        };
        let all = sizes(&[TextChannel::Reasoning, TextChannel::Reasoning, TextChannel::Answer]);
        assert_eq!((&all[0], &all[SIZED_RUNS - 1]), (&vec![4, 8, 12], &vec![4, 8, 12]));
        assert!(all[SIZED_RUNS].is_empty() && all.len() == SIZED_RUNS + 2);
        assert!(sizes(&[TextChannel::Answer, TextChannel::Reasoning])[0].is_empty());
    }

    #[test]
    fn a_run_without_text_says_so() {
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let mut race = Race::new(setup.clone());
        race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(0)), kind: EventKind::Closed });
        let silent = lane_json(&race);
        assert_eq!((&silent["ok"], &silent["error"]["kind"]), (&json!(false), &json!("no_text")));
        let cut = run_of(&setup, 0, &[5]);
        assert_eq!(lane_json(&cut)["error"], Value::Null);
    }
}

//! The results as one JSON document, for scripts.
//! Every key is always there: what is not known is null, never zero and never left out.

mod likeness;
mod run;
mod served;
mod statistics;
mod tokens;
mod verdict;

use std::time::SystemTime;

use serde_json::{Value, json};

pub use self::run::lane_result;
use crate::bench::analysis::ResultsAnalysis;
use crate::bench::saved::VERSION;
use crate::bench::{BenchmarkEnd, BenchmarkFile, BenchmarkResults, BenchmarkSummary, summary};
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::{Contestant, RaceSettings};

/// All of `results`. `resampled` is whether the comparisons carry what is drawn, too: not needed while it still runs.
#[must_use]
pub fn document(results: &BenchmarkResults, resampled: bool) -> Value {
    let grid = &results.grid;
    let mut document = json!({
        "version": VERSION,
        "phase": grid.phase.as_ref().map(|phase| &phase.id),
        "prompt": { "name": grid.prompt.name, "text": grid.prompt.text },
        "settings": settings(results, &grid.settings),
        "lanes": (0..).map(LaneId).zip(&grid.contestants).map(|(id, one)| lane(results, id, one)).collect::<Vec<_>>(),
        "started_at": started_at(results),
        "ended": results.ended.as_ref().map(BenchmarkEnd::as_str),
        "spent_usd": results.spent().1,
        "spent_at_least_usd": results.spent().0,
        "environment": results.environment,
        "calibration": results.calibration,
    });
    // What is said of the runs is worked out from what is written of them, as it will be when the file is read again.
    let saved = BenchmarkFile::of(&document).unwrap_or_default();
    let analysis = ResultsAnalysis::of(&saved, resampled);
    let lanes = document.get_mut("lanes").and_then(Value::as_array_mut).into_iter().flatten();
    for (lane, told) in lanes.filter_map(Value::as_object_mut).zip(&analysis.lanes) {
        lane.insert("statistics".into(), statistics::lane(told));
    }
    if let Some(fields) = document.as_object_mut() {
        let summary = BenchmarkSummary::of(&saved, summary::badges(results));
        fields.insert(
            "verdict".into(),
            summary.as_ref().map_or(Value::Null, |summary| verdict::json(summary, &analysis)),
        );
        fields.insert("similarity".into(), if resampled { likeness::all(results) } else { json!([]) });
        fields.insert("comparisons".into(), statistics::comparisons(&analysis));
        fields.insert("ranking".into(), json!(analysis.ranks));
        fields.insert("method".into(), statistics::method(results.plan.order_seed));
    }
    document
}

fn started_at(results: &BenchmarkResults) -> Option<String> {
    let before = results.earlier.as_ref().and_then(|earlier| earlier.started_at.clone());
    before.or_else(|| Some(utc(results.started_at?)))
}

fn utc(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

fn lane(results: &BenchmarkResults, id: LaneId, contestant: &Contestant) -> Value {
    let earlier = results.earlier.iter().filter_map(|earlier| earlier.runs.get(id.index())).flatten().cloned();
    let now = results.runs.get(id.index()).into_iter().flatten();
    let now = now.filter_map(|made| Some(json!(run::counted(made, contestant, &results.checks)?)));
    let claims = contestant.claims.iter().map(
        |claim| json!({"tok_s": claim.tok_s, "as_of": claim.as_of, "source": claim.source, "measured": claim.measured}),
    );
    json!({
        "name": contestant.name,
        "provider": contestant.provider,
        "model": contestant.model,
        "same_as": contestant.same_as,
        "hardware": contestant.hardware.as_str(),
        "endpoint": contestant.endpoint,
        "here": contestant.here,
        "simulated": results.simulated(id),
        "price": price(contestant),
        "claims": claims.collect::<Vec<_>>(),
        "runs": earlier.chain(now).collect::<Vec<_>>(),
    })
}

/// What a contestant's tokens cost; null where that is not known.
#[must_use]
pub fn price(contestant: &Contestant) -> Value {
    let price = contestant.price.as_ref().map(|price| {
        json!({"input": price.input, "output": price.output, "cached": price.cached, "as_of": price.as_of, "source": price.source})
    });
    json!(price)
}

fn settings(results: &BenchmarkResults, settings: &RaceSettings) -> Value {
    let plan = results.plan;
    json!({
        "iterations": plan.iterations,
        "warmup": plan.warmup,
        "max_tokens": settings.max_tokens,
        "temperature": settings.temperature,
        "seed": settings.seed,
        "allow_cache": settings.nonce.is_none(),
        "retry": plan.retry,
        "reasoning": if settings.no_reasoning { json!("off") } else { Value::Null },
        "warm_connections": settings.warm,
        "order": plan.order_rule.as_str(),
        "order_seed": plan.order_seed,
        "first": results.order().first().map(|lane| lane.0),
        "blocks": blocks(results),
        "concurrency": plan.concurrency,
        "pause_s": plan.pause.as_secs_f64(),
    })
}

/// The order of the first round of each block, as places of contestants; the second round is that backwards.
fn blocks(results: &BenchmarkResults) -> Value {
    let numbers = |block: Vec<LaneId>| block.into_iter().map(|lane| lane.0).collect::<Vec<_>>();
    json!(results.order().blocks(results.plan.iterations).map(numbers).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::only_lane;
    use crate::fixture::{results, run_of};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::Race;
    use speed_kings_core::race::event::{
        ConnectionFacts, Event, EventKind, ProcessFacts, ResponseHead, ServerTiming, TextChannel, TokenUsage,
    };
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::time::{Offset, Period, ReportedPeriod};

    fn lane_json(race: &Race) -> Value {
        lane_result(only_lane(race).unwrap(), &race.grid.contestants[0], &race.grid).figures_alone()
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

    const RUN: [&str; 31] = [
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
        let runs = vec![vec![before["lanes"][0]["runs"][0].clone()], Vec::new()];
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
        let grid = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let mut race = Race::new(grid.clone());
        let mut put = |us: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(us), lane: Some(LaneId(0)), kind });
        };
        put(
            -9,
            EventKind::Connected(ConnectionFacts {
                dns: Some(Period::from_micros(1_500)),
                ..ConnectionFacts::default()
            }),
        );
        put(0, EventKind::Sent);
        let head = ResponseHead {
            status: 200,
            version: "HTTP/2.0".into(),
            region: Some("fra".into()),
            ..ResponseHead::default()
        };
        put(7_000, EventKind::Headers(head));
        put(8_000, EventKind::Text { channel: TextChannel::Answer, text: "eight by".into() });
        put(
            8_000,
            EventKind::Server(ServerTiming { queue: ReportedPeriod::from_secs(0.25), ..ServerTiming::default() }),
        );
        put(8_000, EventKind::Usage(TokenUsage { input: Some(3), ..TokenUsage::default() }));
        let facts = ProcessFacts { exit_code: Some(0), cpu: Some(Period::from_millis(20)), ..ProcessFacts::default() };
        put(9_000, EventKind::Process(facts));
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
    fn a_run_without_text_says_so() {
        let grid = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let mut race = Race::new(grid.clone());
        race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(0)), kind: EventKind::Closed });
        let silent = lane_json(&race);
        assert_eq!((&silent["ok"], &silent["error"]["kind"]), (&json!(false), &json!("no_text")));
        let cut = run_of(&grid, 0, &[5]);
        assert_eq!(lane_json(&cut)["error"], Value::Null);
    }
}

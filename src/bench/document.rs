//! The results as one JSON document, for scripts.
//! Every key is always there: what is not known is null, never zero and never left out.

use serde_json::{Value, json};

use crate::bench::{Results, Summary, is_ok, only_lane};
use crate::race::Race;
use crate::race::event::{Channel, FinishReason, LaneId, ServerTiming};
use crate::race::grid::{Contestant, Settings};
use crate::race::lane::{Counter, Lane, State};
use crate::race::timing::{Timing, cost_usd};
use crate::record::outcome;
use crate::stats::timing::Gaps;
use crate::time::{Offset, Period, Rate, Reported};

/// The version of the document's form.
pub const VERSION: u64 = 1;

/// All of `results`.
#[must_use]
pub fn document(results: &Results) -> Value {
    let grid = &results.grid;
    let lanes = (0..).map(LaneId).zip(grid.contestants.iter().zip(&results.runs));
    json!({
        "version": VERSION,
        "phase": grid.phase.as_ref().map(|phase| &phase.id),
        "prompt": { "name": grid.prompt.name, "text": grid.prompt.text },
        "settings": settings(results, &grid.settings),
        "lanes": lanes.map(|(id, (contestant, runs))| json!({
            "name": contestant.name,
            "provider": contestant.provider,
            "model": contestant.model,
            "simulated": results.simulated(id),
            "runs": runs.iter().filter_map(|race| run(race, contestant)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "verdict": Summary::of(results).as_ref().map(verdict),
    })
}

fn settings(results: &Results, settings: &Settings) -> Value {
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
        "order": "ABBA",
        "order_seed": plan.order_seed,
        "first": results.first().0,
    })
}

fn run(race: &Race, contestant: &Contestant) -> Option<Value> {
    let lane = only_lane(race)?;
    let timing = Timing::of(lane);
    // A stream that came and said nothing is an empty text; one that never came is none.
    let came = lane.marks.first_byte.or(lane.marks.first_text).is_some();
    let said = |channel| came.then(|| lane.transcript().of(channel));
    Some(json!({
        "ok": is_ok(lane),
        "error": error(lane),
        "answer": said(Channel::Answer),
        "reasoning": said(Channel::Reasoning),
        "finish_reason": lane.finish.as_ref().map(FinishReason::as_str),
        "tokens": tokens(lane),
        "ttft_ms": ms(timing.ttft),
        "ttfa_ms": ms(timing.ttfa),
        "output_tok_s": timing.output_speed.map(Rate::value),
        "end_to_end_tok_s": timing.end_to_end.map(Rate::value),
        "total_ms": ms(timing.total),
        "gaps_ms": gaps(timing.gaps),
        "stalls": timing.gaps.map(|gaps| gaps.stalls.count),
        "server": (!lane.server.is_empty()).then(|| server(&lane.server)),
        "transport": transport(lane),
        "cost_usd": cost_usd(lane, contestant),
        "offsets_ms": lane.reads().iter().filter_map(|read| ms(since_sent(lane, Some(read.at)))).collect::<Vec<_>>(),
    }))
}

fn ms(period: Option<Period>) -> Option<f64> {
    period.map(Period::as_millis_f64)
}

fn since_sent(lane: &Lane, mark: Option<Offset>) -> Option<Period> {
    Some(mark?.since(lane.marks.sent?))
}

/// Why a run brought no figures; null when it did.
fn error(lane: &Lane) -> Option<Value> {
    if is_ok(lane) {
        return None;
    }
    let plain =
        |kind: &str, message: &str| json!({ "kind": kind, "status": null, "message": message, "retry_after_s": null });
    Some(match &lane.state {
        State::Failed(failure) => json!({
            "kind": failure.kind.as_str(),
            "status": failure.status,
            "message": failure.message,
            "retry_after_s": failure.retry_after.map(Period::as_secs_f64),
        }),
        State::Finished => plain("no_text", "it ended well but without any text"),
        _ => plain("unfinished", "it was not over"),
    })
}

/// The counts as the server gave them; where it gave no credible output count, an estimate that says so.
fn tokens(lane: &Lane) -> Value {
    let usage = lane.usage.unwrap_or_default();
    let (output, counted_by) = match lane.tokens() {
        Some(tokens) if tokens.counted_by == Counter::Usage => (usage.output.map(|n| json!(n)), Some("usage")),
        Some(tokens) => (Some(json!(tokens.count)), Some("estimate")),
        None => (None, None),
    };
    json!({
        "input": usage.input,
        "cached": usage.cached,
        "output": output,
        "reasoning": usage.reasoning,
        "counted_by": counted_by,
    })
}

fn gaps(gaps: Option<Gaps>) -> Value {
    json!({
        "p50": ms(gaps.map(|gaps| gaps.p50)),
        "p95": ms(gaps.and_then(|gaps| gaps.p95)),
        "max": ms(gaps.map(|gaps| gaps.max)),
        "jitter": ms(gaps.and_then(|gaps| gaps.jitter)),
    })
}

fn server(timing: &ServerTiming) -> Value {
    let ms = |reported: Option<Reported>| reported.map(Reported::as_millis);
    json!({
        "queue_ms": ms(timing.queue),
        "load_ms": ms(timing.load),
        "prompt_ms": ms(timing.prompt),
        "completion_ms": ms(timing.completion),
        "total_ms": ms(timing.total),
        "first_token_ms": ms(timing.first_token),
        "tok_s": timing.rate.map(Rate::value),
    })
}

/// How the connection came up, and the marks of the response from the moment the request was sent.
fn transport(lane: &Lane) -> Value {
    let made = lane.transport.clone().unwrap_or_default();
    let head = lane.head.as_ref();
    json!({
        "dns_ms": ms(made.dns),
        "tcp_ms": ms(made.tcp),
        "tls_ms": ms(made.tls),
        "total_ms": ms(made.total),
        "headers_ms": ms(since_sent(lane, lane.marks.headers)),
        "first_byte_ms": ms(since_sent(lane, lane.marks.first_byte)),
        "http_version": head.map(|head| &head.version),
        "reused": head.map(|_| lane.warm),
        "region": head.and_then(|head| head.region.as_ref()),
    })
}

fn verdict(summary: &Summary) -> Value {
    json!({
        "basis": "medians",
        "claim": false,
        "note": "a result, not a claim: medians without an interval",
        "runs": summary.counted,
        "failed": summary.failed,
        "outcome": outcome::outcome(&summary.outcome),
        "provisional": summary.is_provisional(),
        "categories": summary.categories.iter().map(outcome::category).collect::<Vec<_>>(),
        "badges": summary.badges.iter().map(outcome::badge).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::tests::{results, run_of};
    use crate::race::event::{Event, EventKind, Head, Transport, Usage};
    use crate::race::grid::Grid;
    use crate::race::verdict::tests::contestant;

    fn keys(value: &Value) -> Vec<&str> {
        value.as_object().unwrap().keys().map(String::as_str).collect()
    }

    const RUN: [&str; 17] = [
        "answer",
        "cost_usd",
        "end_to_end_tok_s",
        "error",
        "finish_reason",
        "gaps_ms",
        "offsets_ms",
        "ok",
        "output_tok_s",
        "reasoning",
        "server",
        "stalls",
        "tokens",
        "total_ms",
        "transport",
        "ttfa_ms",
        "ttft_ms",
    ];

    #[test]
    fn every_key_is_there_whatever_happened() {
        let document = document(&results([&[&[50, 100, 180]], &[&[]]]));
        assert_eq!(keys(&document), ["lanes", "phase", "prompt", "settings", "verdict", "version"]);
        let [good, bad] = [0, 1].map(|lane| &document["lanes"][lane]["runs"][0]);
        assert_eq!((keys(good), keys(bad)), (RUN.to_vec(), RUN.to_vec()));
        assert_eq!(keys(&good["tokens"]), ["cached", "counted_by", "input", "output", "reasoning"]);
        for place in ["tokens", "gaps_ms", "transport"] {
            assert_eq!(keys(&good[place]), keys(&bad[place]), "{place}");
        }
        assert_eq!(document["verdict"], Value::Null, "one contestant has no good run");
        assert_eq!(document["phase"], Value::Null);
    }

    #[test]
    fn a_good_run_has_its_figures() {
        let document = document(&results([&[&[50, 100, 180]], &[&[60, 200]]]));
        let run = &document["lanes"][0]["runs"][0];
        assert_eq!((&run["ok"], &run["error"]), (&json!(true), &Value::Null));
        assert_eq!((&run["ttft_ms"], &run["total_ms"]), (&json!(50.0), &json!(180.0)));
        assert_eq!(run["offsets_ms"], json!([50.0, 100.0, 180.0]));
        assert_eq!(run["tokens"]["output"], json!(10));
        assert_eq!((&run["tokens"]["counted_by"], &run["tokens"]["cached"]), (&json!("usage"), &json!(0)));
        assert_eq!((&run["answer"], &run["reasoning"]), (&json!("wordwordword"), &json!("")));
        assert_eq!((&run["gaps_ms"]["p50"], &run["gaps_ms"]["p95"]), (&json!(65.0), &Value::Null));
        assert_eq!((&run["server"], &run["transport"]["reused"]), (&Value::Null, &Value::Null));
        assert_eq!(document["verdict"]["outcome"]["winner"], json!(0));
        assert_eq!((&document["verdict"]["claim"], &document["verdict"]["runs"]), (&json!(false), &json!([1, 1])));
    }

    #[test]
    fn a_failed_run_has_its_error_and_no_zeros() {
        let document = document(&results([&[&[50, 100]], &[&[]]]));
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
        let grid = Grid { contestants: vec![contestant("A")], ..Grid::default() };
        let mut race = Race::new(grid.clone());
        let mut put = |us: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(us), lane: Some(LaneId(0)), kind });
        };
        put(-9, EventKind::Connected(Transport { dns: Some(Period::from_micros(1_500)), ..Transport::default() }));
        put(0, EventKind::Sent);
        let head = Head { status: 200, version: "HTTP/2.0".into(), region: Some("fra".into()), ..Head::default() };
        put(7_000, EventKind::Headers(head));
        put(8_000, EventKind::Text { channel: Channel::Answer, text: "eight by".into() });
        put(8_000, EventKind::Server(ServerTiming { queue: Reported::from_secs(0.25), ..ServerTiming::default() }));
        put(8_000, EventKind::Usage(Usage { input: Some(3), ..Usage::default() }));
        put(9_000, EventKind::Closed);
        let run = run(&race, &grid.contestants[0]).unwrap();
        assert_eq!((&run["server"]["queue_ms"], &run["server"]["tok_s"]), (&json!(250.0), &Value::Null));
        let transport = &run["transport"];
        assert_eq!((&transport["dns_ms"], &transport["headers_ms"]), (&json!(1.5), &json!(7.0)));
        assert_eq!((&transport["http_version"], &transport["reused"]), (&json!("HTTP/2.0"), &json!(true)));
        assert_eq!((&transport["region"], &transport["tls_ms"]), (&json!("fra"), &Value::Null));
        assert_eq!((&run["tokens"]["output"], &run["tokens"]["counted_by"]), (&json!(2.0), &json!("estimate")));
    }

    #[test]
    fn a_run_without_text_says_so() {
        let grid = Grid { contestants: vec![contestant("A")], ..Grid::default() };
        let mut race = Race::new(grid.clone());
        race.apply(&Event { at: Offset::GREEN, lane: Some(LaneId(0)), kind: EventKind::Closed });
        let silent = run(&race, &grid.contestants[0]).unwrap();
        assert_eq!((&silent["ok"], &silent["error"]["kind"]), (&json!(false), &json!("no_text")));
        let cut = run_of(&grid, 0, &[5]);
        assert_eq!(run(&cut, &grid.contestants[0]).unwrap()["error"], Value::Null);
    }
}

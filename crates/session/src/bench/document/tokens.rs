//! What was counted in one run, and what was seen of it: enough to work its speeds and its cost out again.

use crate::bench::saved::{CountFigure, TokenCounts};
use speed_kings_core::race::lane::{Lane, TokenCounter};
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::timing::cost_usd;

/// The counts as the server gave them and in the form in which it gave them; where it gave no credible output count, an
/// estimate that says so.
pub(super) fn tokens(lane: &Lane) -> TokenCounts {
    let usage = lane.usage.unwrap_or_default();
    let told = lane.tokens();
    let by_usage = told.is_some_and(|tokens| tokens.counted_by == TokenCounter::Usage);
    let whole = |count: Option<u64>| count.map(CountFigure::Whole);
    let estimate = || told.map(|tokens| CountFigure::Estimate(tokens.count));
    let counted_by = told.map(|tokens| match tokens.counted_by {
        TokenCounter::Usage => "usage",
        TokenCounter::Estimate => "estimate",
    });
    TokenCounts {
        input: whole(usage.input),
        cached: whole(usage.cached),
        output: if by_usage { whole(usage.output) } else { estimate() },
        reasoning: whole(usage.reasoning),
        reasoning_apart: by_usage && usage.apart,
        total: whole(usage.total),
        counted_by: counted_by.map(str::to_owned),
        refused: whole(told.and_then(|tokens| tokens.refused)),
        seen: lane.seen_tokens().map(CountFigure::Estimate),
        first_read: lane.seen_tokens().map(|_| CountFigure::Estimate(lane.first_read_tokens())),
        characters: told.map(|_| CountFigure::from(lane.characters())),
    }
}

/// Whether the cost is the server's own figure or was worked out from the price; null without one.
pub(super) fn cost_by(lane: &Lane, contestant: &Contestant) -> Option<&'static str> {
    cost_usd(lane, contestant)?;
    Some(if lane.usage.is_some_and(|usage| usage.cost_usd.is_some()) { "server" } else { "price" })
}

/// The share of the text that came in the largest read; null without text.
#[expect(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
pub(super) fn largest_read_share(lane: &Lane) -> Option<f64> {
    let bytes = lane.transcript().text().len();
    (bytes > 0).then(|| lane.largest_read() as f64 / bytes as f64)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::bench::document::lane_result;
    use crate::bench::saved::{BenchmarkFile, PriceRecord, RunResult};
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::Race;
    use speed_kings_core::race::event::{Event, EventKind, LaneId, TextChannel, TokenUsage};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::race::verdict::Metric;
    use speed_kings_core::time::Offset;

    /// A run that reasons in five reads and answers in fifteen, the first one with two pieces, and the usages that it told.
    fn lane_with(usages: &[TokenUsage], cached_price: Option<f64>) -> (Race, Contestant) {
        let mut one = contestant("A");
        one.price.as_mut().unwrap().cached = cached_price;
        let mut race = Race::new(RaceSetup { contestants: vec![one.clone()], ..RaceSetup::default() });
        let mut put = |ms: i64, kind| {
            race.apply(&Event { at: Offset::from_micros(ms * 1_000), lane: Some(LaneId(0)), kind });
        };
        put(3, EventKind::Sent);
        for read in 0..21 {
            let channel = if read < 5 { TextChannel::Reasoning } else { TextChannel::Answer };
            put(90 + read.max(1) * 7, EventKind::Text { channel, text: format!("piece {read} ").into() });
        }
        for usage in usages {
            put(300, EventKind::Usage(Box::new(*usage)));
        }
        put(301, EventKind::Closed);
        (race, one)
    }

    fn number(value: &Value) -> Option<f64> {
        value.as_f64()
    }

    /// Output speed, end-to-end speed and cost, from what a run's JSON and its lane's price say alone.
    fn worked_out(run: &Value, price: &Value) -> [Option<f64>; 3] {
        let tokens = &run["tokens"];
        let of = |name: &str| number(&tokens[name]);
        let beside = if tokens["reasoning_apart"] == json!(true) { of("reasoning").unwrap_or(0.0) } else { 0.0 };
        let written = of("output").map(|output| output + beside);
        let offsets: Vec<f64> = run["offsets_ms"].as_array().unwrap().iter().filter_map(number).collect();
        let span = offsets.last().unwrap() - offsets.first().unwrap();
        let seen = run["speed_withheld"].is_null();
        let speed = of("seen").zip(of("first_read")).filter(|_| seen).map(|(seen, first)| (seen - first) / span * 1e3);
        let end_to_end = written.zip(number(&run["total_ms"])).map(|(written, total)| written / total * 1e3);
        let cost = match run["cost_by"].as_str() {
            Some("price") => {
                let (input, cached) = (of("input").unwrap(), of("cached").unwrap_or(0.0));
                let each = |name: &str| number(&price[name]);
                let reused = cached * each("cached").or(each("input")).unwrap();
                let all =
                    (input - cached) * each("input").unwrap() + reused + written.unwrap() * each("output").unwrap();
                Some(all / 1e6)
            }
            Some(_) => number(&run["cost_usd"]),
            None => None,
        };
        [speed, end_to_end, cost]
    }

    /// Usages, an output cap, and what they must come to: all output tokens, and whether there are a speed and a cost.
    type Case = (&'static str, Vec<TokenUsage>, Option<f64>, f64, bool, bool);

    #[test]
    fn every_speed_and_cost_can_be_worked_out_from_the_saved_run() {
        let usage = |output, reasoning, total| TokenUsage {
            input: Some(100),
            output,
            reasoning,
            total,
            ..TokenUsage::default()
        };
        let plain = usage(Some(60), Some(20), Some(160));
        let parts = [TokenUsage { output: None, ..plain }, TokenUsage { output: Some(60), ..TokenUsage::default() }];
        let cases: [Case; 10] = [
            ("within", vec![plain], None, 60.0, true, true),
            ("beside", vec![usage(Some(40), Some(20), Some(160))], None, 60.0, true, true),
            ("hidden beside", vec![usage(Some(40), Some(900), Some(1_040))], None, 940.0, false, true),
            ("not named", vec![usage(Some(40), None, Some(1_040))], None, 940.0, false, true),
            ("unseen", vec![usage(Some(900), None, None)], None, 900.0, false, true),
            ("refused", vec![usage(Some(1), None, None)], None, 44.75, true, false),
            ("no usage", vec![], None, 44.75, true, false),
            ("cached", vec![TokenUsage { cached: Some(64), ..plain }], Some(0.1), 60.0, true, true),
            ("charged", vec![TokenUsage { cost_usd: Some(0.25), ..plain }], None, 60.0, true, true),
            ("in parts", parts.to_vec(), None, 60.0, true, true),
        ];
        for (name, usages, cached, written, fast, billed) in cases {
            let (race, one) = lane_with(&usages, cached);
            let run = json!(lane_result(&race.lanes()[0], &one, &race.setup).alone());
            let [speed, end_to_end, cost] = worked_out(&run, &json!(one.price.as_ref().map(PriceRecord::from)));
            for (found, key) in [(speed, "output_tok_s"), (end_to_end, "end_to_end_tok_s"), (cost, "cost_usd")] {
                let saved = number(&run[key]);
                assert_eq!(found.is_some(), saved.is_some(), "{name}: {key} in {run}");
                let near = found.zip(saved).is_none_or(|(found, saved)| (found / saved - 1.0).abs() < 1e-6);
                assert!(near, "{name}: {key} is {saved:?}, worked out {found:?}");
            }
            let all = number(&run["end_to_end_tok_s"]).unwrap() * number(&run["total_ms"]).unwrap() / 1e3;
            assert!((all - written).abs() < 0.5, "{name}: {all} tokens");
            assert_eq!((speed.is_some(), cost.is_some()), (fast, billed), "{name}");
            let file = json!({"version": 1, "lanes": [{"runs": [run]}]});
            let read: RunResult = BenchmarkFile::of(&file).unwrap().lanes[0].runs[0].clone();
            assert_eq!(read.figure(Metric::OutputSpeed).is_some(), fast, "{name}: as it is read back");
            let of_file = read.figures.tokens.written().unwrap();
            assert!((of_file - written).abs() < 0.5, "{name}: {of_file} tokens as they are read back");
        }
    }

    #[test]
    fn no_count_overflows_anywhere() {
        let most = TokenUsage {
            input: Some(u64::MAX),
            cached: Some(u64::MAX),
            output: Some(u64::MAX),
            reasoning: Some(u64::MAX),
            total: Some(u64::MAX),
            apart: true,
            cost_usd: Some(1e308),
        };
        let (race, one) = lane_with(&[most, most], None);
        let run = json!(lane_result(&race.lanes()[0], &one, &race.setup).alone());
        assert_eq!((&run["tokens"]["counted_by"], &run["tokens"]["refused"]), (&json!("estimate"), &json!(u64::MAX)));
        assert_eq!((&run["cost_usd"], &run["tokens"]["input"]), (&Value::Null, &Value::Null));
        let file = json!({"version": 1, "lanes": [{"runs": [run]}]});
        assert!(BenchmarkFile::of(&file).is_ok());
        let _ = speed_kings_core::race::verdict::Verdict::of(&race);
    }
}

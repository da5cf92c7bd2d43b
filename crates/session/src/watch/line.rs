//! One probe as one line of JSON, for scripts that read along.
//! The figures have the names that they have in a benchmark's document; absent is null.

use serde_json::{Value, json};

use super::{BoardRow, ProbeSample};
use speed_kings_core::date;
use speed_kings_core::race::event::FailureKind;
use speed_kings_core::race::lane::{TokenCount, TokenCounter};
use speed_kings_core::race::speed::SpeedWithheld;
use speed_kings_core::time::{Period, Rate};

/// The newest probe of `row`, with what all of them have come to; nothing before the first.
#[must_use]
pub fn line(row: &BoardRow) -> Option<Value> {
    let sample = row.last()?;
    let ms = |period: Option<Period>| period.map(Period::as_millis_f64);
    let timing = &sample.timing;
    Some(json!({
        "at": date::to_milli(sample.at),
        "provider": row.contestant.provider,
        "name": row.contestant.name,
        "model": row.contestant.model,
        "simulated": row.contestant.simulated,
        "ok": sample.ok(),
        "error": error(sample),
        "ttft_ms": ms(timing.ttft),
        "ttfa_ms": ms(timing.ttfa),
        "output_tok_s": timing.output_speed.map(Rate::value),
        "speed_withheld": timing.speed_withheld.map(SpeedWithheld::as_str),
        "end_to_end_tok_s": timing.end_to_end.map(Rate::value),
        "total_ms": ms(timing.total),
        "tokens": tokens(timing.tokens),
        "cost_usd": sample.cost_usd,
        "probes": row.probes,
        "successes": row.successes,
        "spent_usd": row.spent(),
        "spent_at_least_usd": row.spent_usd,
    }))
}

fn error(sample: &ProbeSample) -> Option<Value> {
    let (kind, message): &(FailureKind, String) = sample.failure.as_ref()?;
    Some(json!({ "kind": kind.as_str(), "message": message }))
}

fn tokens(tokens: Option<TokenCount>) -> Option<Value> {
    let tokens = tokens?;
    let counted_by = match tokens.counted_by {
        TokenCounter::Usage => "usage",
        TokenCounter::Estimate => "estimate",
    };
    Some(json!({ "output": tokens.count, "counted_by": counted_by, "refused": tokens.refused }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::tests::{board, sample};

    #[test]
    fn a_line_tells_the_newest_probe_and_the_sums() {
        let mut board = board();
        let last = line(&board.rows[0]).unwrap();
        assert_eq!((&last["at"], &last["ttft_ms"]), (&json!("1970-01-01T00:18:40.000Z"), &json!(60.0)));
        assert_eq!((&last["ok"], &last["error"], &last["total_ms"]), (&json!(true), &Value::Null, &Value::Null));
        assert_eq!((&last["probes"], &last["successes"]), (&json!(3), &json!(2)));
        board.take(speed_kings_core::race::event::LaneId(0), sample(1_180, None), false);
        let failed = line(&board.rows[0]).unwrap();
        assert_eq!(failed["error"], json!({"kind": "server", "message": "on \"fire\"\n"}));
        assert_eq!((&failed["ok"], &failed["ttft_ms"]), (&json!(false), &Value::Null));
        assert_eq!(line(&board.rows[1]), None);
    }
}

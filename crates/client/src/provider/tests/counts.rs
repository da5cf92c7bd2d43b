//! The token counts of whole replies, as the lane that reads them believes them.
//! Each row is a form in which a real server tells them, or fails to.

use super::*;
use speed_kings_core::race::lane::{Lane, TokenCounter};
use speed_kings_core::time::Offset;

/// What a lane makes of `body`: prompt tokens, output tokens, whether the server counted them, and what was refused.
fn counts(dialect: Dialect, body: &str) -> (Option<u64>, f64, bool, Option<u64>) {
    let mut lane = Lane::default();
    for kind in read(dialect, false, [body.as_bytes()]) {
        lane.apply(Offset::GREEN, &kind);
    }
    let tokens = lane.tokens().unwrap();
    (lane.usage.and_then(|usage| usage.input), tokens.count, tokens.counted_by == TokenCounter::Usage, tokens.refused)
}

/// A stream of twenty pieces of six characters with these usages: one beside each piece, and those that follow.
fn stream(beside: &dyn Fn(usize) -> Option<String>, after: &[&str]) -> String {
    let piece = |place: usize| {
        let usage = beside(place).map(|usage| format!(",\"usage\":{usage}")).unwrap_or_default();
        format!("{{\"choices\":[{{\"delta\":{{\"content\":\"words \"}}}}]{usage}}}\n")
    };
    let pieces: String = (0..20).map(piece).collect();
    let end = "{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n";
    let after =
        after.iter().map(|usage| format!("{{\"choices\":[],\"usage\":{usage}}}\n")).collect::<Vec<_>>().concat();
    sse(&format!("{pieces}{end}{after}[DONE]\n"))
}

#[test]
fn usages_of_one_stream_are_merged_and_believed_where_they_can_be_true() {
    let none = |_: usize| None;
    let full = r#"{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}"#;
    let zero = r#"{"prompt_tokens":10,"completion_tokens":0,"total_tokens":10}"#;
    let [prompt, output] = [r#"{"prompt_tokens":10}"#, r#"{"completion_tokens":20}"#];
    let estimate = (Some(10), 30.0, false);
    for (name, body, (input, count, by_usage), refused) in [
        ("a zero last", stream(&none, &[full, zero]), (Some(10), 20.0, true), None),
        (
            "nothing last",
            stream(&none, &[full, "{}", "null", r#"{"completion_tokens":null}"#]),
            (Some(10), 20.0, true),
            None,
        ),
        ("in two parts", stream(&none, &[prompt, output]), (Some(10), 20.0, true), None),
        ("the other way round", stream(&none, &[output, prompt]), (Some(10), 20.0, true), None),
        (
            "growing",
            stream(&|place| Some(format!(r#"{{"prompt_tokens":10,"completion_tokens":{}}}"#, place + 1)), &[full]),
            (Some(10), 20.0, true),
            None,
        ),
        ("one each", stream(&|_| Some(r#"{"prompt_tokens":10,"completion_tokens":1}"#.into()), &[]), estimate, Some(1)),
        (
            "pieces of two and one",
            stream(&|place| Some(format!(r#"{{"prompt_tokens":10,"completion_tokens":{}}}"#, 2 - place % 2)), &[]),
            (Some(10), 30.0, true),
            None,
        ),
        (
            "as text",
            stream(&none, &[r#"{"prompt_tokens":"10","completion_tokens":"20"}"#]),
            (Some(10), 20.0, true),
            None,
        ),
        ("negative", stream(&none, &[r#"{"prompt_tokens":10,"completion_tokens":-20}"#]), estimate, None),
        (
            "beyond all measure",
            stream(&none, &[r#"{"prompt_tokens":10,"completion_tokens":18446744073709551615}"#]),
            estimate,
            Some(u64::MAX),
        ),
    ] {
        assert_eq!(counts(Dialect::OpenAi, &body), (input, count, by_usage, refused), "{name}");
    }
}

#[test]
fn ollama_that_counts_one_token_is_not_believed() {
    let piece = "{\"message\":{\"content\":\"words \"},\"done\":false}\n";
    let last =
        |count| format!("{{\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":30,\"eval_count\":{count}}}\n");
    let body = |count| format!("{}{}", piece.repeat(20), last(count));
    assert_eq!(counts(Dialect::Ollama, &body(1)), (Some(30), 30.0, false, Some(1)));
    assert_eq!(counts(Dialect::Ollama, &body(20)), (Some(30), 20.0, true, None));
}

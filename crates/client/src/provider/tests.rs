//! Whole replies, one for each rule that a real server has taught, read in pieces of several sizes.
//! The events are compared as short lines, so that a row shows what a lane would.

use proptest::prelude::*;

use super::*;
use speed_kings_core::race::event::{FailureKind, TextChannel};
use speed_kings_core::time::ReportedPeriod;

mod anthropic;
mod completions;
mod counts;
mod ends;
mod errors;
mod gemini;
mod names;
mod outcomes;
mod responses;
mod text;

fn note(event: &EventKind) -> String {
    match event {
        EventKind::Text { channel, text } => match channel {
            TextChannel::Answer => format!("answer {text}"),
            TextChannel::Reasoning => format!("thinks {text}"),
            TextChannel::Tool => format!("tool {text}"),
            TextChannel::Refusal => format!("refuses {text}"),
        },
        EventKind::WasReasoning => "it was thinking".to_owned(),
        EventKind::KeepAlive => "alive".to_owned(),
        EventKind::Model(name) => format!("model {name}"),
        EventKind::Usage(usage) => format!("usage {}/{}", usage.input.unwrap_or(0), usage.output.unwrap_or(0)),
        EventKind::Server(server) => format!("server {:?}", server.total.map(ReportedPeriod::as_secs)),
        EventKind::Finish(reason) => format!("finish {}", reason.as_str()),
        EventKind::Done => "done".to_owned(),
        EventKind::Closed => "closed".to_owned(),
        EventKind::Failed(failure) => format!("failed {}: {}", failure.kind.as_str(), failure.message),
        EventKind::Malformed(piece) => format!("malformed {piece}"),
        EventKind::Notice(_) => "notice".to_owned(),
        other => format!("{other:?}"),
    }
}

fn read<'a>(dialect: Dialect, think_tags: bool, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<EventKind> {
    let mut reader = ReplyReader::new(dialect, &ProviderQuirks { think_tags, ..ProviderQuirks::default() });
    let mut out = Vec::new();
    for piece in pieces {
        reader.feed(piece, &mut out);
    }
    reader.finish(&mut out);
    let ended = out.len();
    reader.feed(b"data: {\"choices\":[{\"delta\":{\"content\":\"late\"}}]}\n\n", &mut out);
    reader.finish(&mut out);
    assert_eq!(out.len(), ended, "nothing follows the end");
    out
}

fn check_with(dialect: Dialect, think_tags: bool, body: &str, expected: &[&str]) {
    for size in [body.len().max(1), 1, 7] {
        let events = read(dialect, think_tags, body.as_bytes().chunks(size));
        assert_eq!(events.iter().map(note).collect::<Vec<_>>(), expected, "by {size}: {body}");
    }
}

/// A whole reply in `dialect`, cut in two at every byte and into pieces of one and seven.
fn tape(dialect: Dialect, body: &str, expected: &[&str]) {
    check_with(dialect, true, body, expected);
    let whole = read(dialect, true, [body.as_bytes()]);
    for at in 0..=body.len() {
        let (before, after) = body.as_bytes().split_at(at);
        assert_eq!(read(dialect, true, [before, after]), whole, "cut at {at}: {body}");
    }
}

/// Named events, one a line: `name {data}`.
fn named(events: &str) -> String {
    let event = |line: &str| {
        let (name, data) = line.split_once(' ').unwrap_or((line, "{}"));
        format!("event: {name}\ndata: {data}\n\n")
    };
    events.lines().map(|line| event(line.trim())).collect()
}

/// Reads the events as SSE data, one a line.
fn sse(events: &str) -> String {
    events.lines().flat_map(|line| ["data: ", line.trim(), "\n\n"]).collect()
}

fn check(events: &str, expected: &[&str]) {
    check_with(Dialect::OpenAi, true, &sse(events), expected);
}

fn check_raw(body: &str, expected: &[&str]) {
    check_with(Dialect::OpenAi, true, body, expected);
}

const TRUNCATED: &str = "failed truncated: the reply stopped without a finish reason or an end marker";

#[test]
fn ollama_line_by_line() {
    check_with(
        Dialect::Ollama,
        false,
        r#"{"model":"m","created_at":"t","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}
        {"model":"m","message":{"role":"assistant","content":"a\n"},"done":false}
        {"model":"m","message":{"content":"","tool_calls":[{"function":{"name":"look","arguments":{"x":1}}}]},"done":false}
        {"model":"m","message":{"content":""},"done":true,"done_reason":"stop","total_duration":1500000000,"prompt_eval_count":3,"eval_count":4}"#,
        &[
            "model m",
            "thinks hm",
            "answer a\n",
            "tool look",
            "tool {\"x\":1}",
            "finish stop",
            "usage 3/4",
            "server Some(1.5)",
            "done",
            "closed",
        ],
    );
}

#[test]
fn ollama_going_wrong() {
    let text = "{\"message\":{\"content\":\"a\"},\"done\":false}\n";
    let cases: [(&str, &[&str]); 6] = [
        ("", &["answer a", TRUNCATED]),
        ("{\"error\":\"broke\"}\n", &["answer a", "failed stream_error: broke"]),
        ("oops\n{\"done\":true}\n", &["answer a", "malformed oops", "done", "closed"]),
        ("{\"mess", &["answer a", "malformed {\"mess", TRUNCATED]),
        ("{\"model\":1,\"message\":{\"content\":\"b\",\"content\":\"b\"}}\n", &["answer a", "answer b", TRUNCATED]),
        ("{\"message\":{\"content\":7,\"thinking\":\"b\"},\"done\":\"no\"}\n", &["answer a", "thinks b", TRUNCATED]),
    ];
    for (rest, expected) in cases {
        check_with(Dialect::Ollama, false, &format!("{text}{rest}"), expected);
    }
    for error in [
        "{\"error\": \"broke\"\"}\n{\"done\":true,\"done_reason\":\"stop\"}\n",
        "error: broke\n{\"done\":true,\"done_reason\":\"stop\"}\n",
    ] {
        let failed = &["answer a", "finish stop", "done", "failed stream_error: broke"];
        check_with(Dialect::Ollama, false, &format!("{text}{error}"), failed);
    }
    check_with(Dialect::Ollama, false, "", &["failed protocol: empty reply"]);
    check_with(Dialect::Ollama, false, "<p>", &["malformed <p>", "failed protocol: unreadable reply: <p>"]);
}

proptest! {
    #[test]
    fn any_split_gives_the_same_events(
        parts in prop::collection::vec(prop::sample::select(vec![
            "{\"choices\":[{\"delta\":{\"content\":\"<thi\"}}]}", "{\"choices\":[{\"delta\":{\"content\":\"nk>ä</think>\"}}]}",
            "{\"choices\":[{\"delta\":{\"reasoning\":\"b\"},\"finish_reason\":\"stop\"}]}", "{\"error\":\"x\"}", "oops", "[DONE]",
            "{\"type\":\"content_block_delta\",\"delta\":{\"text\":\"<think>c\"}}", "{\"delta\":{\"thinking\":\"d\"}}",
            "{\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":3}}", "{\"type\":\"message_stop\"}",
            "{\"type\":\"response.output_text.delta\",\"delta\":\"e\"}", "{\"type\":\"response.completed\",\"response\":{}}",
            "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"f\",\"thought\":true}]}}]}", "[", ",", "]",
            "{\"candidates\":[{\"finishReason\":\"STOP\"}],\"usageMetadata\":{\"promptTokenCount\":1}}",
            "data: ", "data:", ": c", "event: error", "\n", "\n\n", "\r\n", "\r", "{", " ", "\u{feff}",
        ]), 0..24),
        size in 1_usize..12,
        tags: bool,
    ) {
        let body = parts.concat();
        for dialect in Dialect::ALL {
            let whole = read(dialect, tags, [body.as_bytes()]);
            prop_assert_eq!(&read(dialect, tags, body.as_bytes().chunks(size)), &whole);
            let ends = whole.iter().filter(|event| matches!(event, EventKind::Closed | EventKind::Failed(_))).count();
            prop_assert_eq!(ends, 1);
        }
    }
}

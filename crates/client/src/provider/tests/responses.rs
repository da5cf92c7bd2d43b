//! Replies in the dialect of responses: as the vendor writes them, and as servers do that leave half of it out.

use super::*;
use speed_kings_core::race::event::TokenUsage;

const CREATED: &str = r#"response.created {"type":"response.created","sequence_number":0,"response":{"id":"resp_1","object":"response","status":"in_progress","error":null,"model":"gpt-x","output":[],"usage":null}}"#;
const MESSAGE: &str = r#"response.output_item.added {"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","status":"in_progress","role":"assistant","content":[]}}"#;
const PART: &str = r#"response.content_part.added {"type":"response.content_part.added","item_id":"msg_1","output_index":1,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}}"#;
const HI: &str = r#"response.output_text.delta {"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"content_index":0,"delta":"Hi, ä"}"#;
const HI_DONE: &str = r#"response.output_text.done {"type":"response.output_text.done","item_id":"msg_1","output_index":1,"content_index":0,"text":"Hi, ä"}"#;
const ITEM_DONE: &str = r#"response.output_item.done {"type":"response.output_item.done","output_index":1,"item":{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hi, ä"}]}}"#;
const COMPLETED: &str = r#"response.completed {"type":"response.completed","response":{"id":"resp_1","object":"response","status":"completed","error":null,"model":"gpt-x","output":[{"type":"reasoning","summary":[]},{"type":"message","content":[{"type":"output_text","text":"Hi, ä"}]}],"usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":8},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":4},"total_tokens":21}}}"#;

fn play(lines: &[&str], expected: &[&str]) {
    tape(Dialect::Responses, &named(&lines.join("\n")), expected);
}

#[test]
fn a_response_from_its_creation_to_its_completion() {
    let progress = CREATED.replace("response.created", "response.in_progress");
    let expected = ["model gpt-x", "answer Hi, ä", "finish stop", "usage 12/9", "done", "closed"];
    play(&[CREATED, &progress, MESSAGE, PART, HI, HI_DONE, ITEM_DONE, COMPLETED], &expected);
    let events = read(Dialect::Responses, true, [named(COMPLETED).as_bytes()]);
    let usage = events.iter().find_map(|event| if let EventKind::Usage(usage) = event { Some(**usage) } else { None });
    let counts = (Some(12), Some(8), Some(9), Some(4));
    assert_eq!(
        usage.map(|TokenUsage { input, cached, output, reasoning, .. }| (input, cached, output, reasoning)),
        Some(counts)
    );
}

#[test]
fn what_came_in_no_pieces_is_taken_whole_and_once() {
    let expected = ["model gpt-x", "answer Hi, ä", "finish stop", "usage 12/9", "done", "closed"];
    for kept in [&[HI_DONE, ITEM_DONE][..], &[ITEM_DONE], &[]] {
        play(&[&[CREATED], kept, &[COMPLETED]].concat(), &expected);
    }
    // Neither names nor places.
    let bare = sse(r#"{"type":"response.created","response":{"model":"gpt-x"}}
        {"type":"response.output_text.delta","delta":"Hi, "}
        {"type":"response.output_text.delta","delta":"ä"}
        {"type":"response.output_text.done","text":"Hi, ä"}
        {"type":"response.completed","response":{"output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"Hi, ä"}]}]}}
        [DONE]"#);
    let said = ["model gpt-x", "answer Hi, ", "answer ä", "finish stop", "done", "closed"];
    tape(Dialect::Responses, &bare, &said);
    let untyped = named(
        "response.output_text.delta {\"delta\":\"a\"}\nresponse.completed {\"response\":{\"status\":\"completed\"}}",
    );
    tape(Dialect::Responses, &untyped.replace('\n', "\r\n"), &["answer a", "finish stop", "done", "closed"]);
}

#[test]
fn reasoning_is_told_in_one_of_its_forms() {
    let thought = |kind: &str, delta: &str| {
        format!(
            r#"response.reasoning_{kind}.delta {{"type":"response.reasoning_{kind}.delta","output_index":0,"delta":"{delta}"}}"#
        )
    };
    let done = r#"response.output_item.done {"output_index":0,"item":{"type":"reasoning","content":[{"type":"reasoning_text","text":"ab"}],"summary":[{"type":"summary_text","text":"c"}]}}"#;
    let end = ["answer Hi, ä", "finish stop", "usage 12/9", "done", "closed"];
    let told = |thoughts: &[&'static str]| [thoughts, &["model gpt-x"], &end[1..]].concat();
    let with_answer = |thoughts: &[&'static str]| {
        let mut told = told(thoughts);
        told.insert(thoughts.len(), end[0]);
        told
    };
    let (a, b, c) = (thought("text", "a"), thought("text", "b"), thought("summary_text", "c"));
    play(&[&a, &b, &c, done, HI, COMPLETED], &with_answer(&["thinks a", "thinks b"]));
    play(&[&c, &a, done, HI, COMPLETED], &with_answer(&["thinks c"]));
    play(&[done, HI, COMPLETED], &with_answer(&["thinks ab"]));
    let second = c.replace("\"delta\":\"c\"", "\"summary_index\":1,\"delta\":\"d\"");
    let whole = r#"response.reasoning_summary_text.done {"output_index":0,"summary_index":1,"text":"d"}"#;
    play(&[&c, &second, whole, HI, COMPLETED], &with_answer(&["thinks c", "thinks d"]));
}

#[test]
fn tools_are_called_by_name_and_arguments() {
    let added = r#"response.output_item.added {"type":"response.output_item.added","output_index":0,"item":{"type":"function_call","name":"look","call_id":"c","arguments":""}}"#;
    let piece = r#"response.function_call_arguments.delta {"type":"response.function_call_arguments.delta","output_index":0,"delta":"{\"a\":1}"}"#;
    let done = r#"response.function_call_arguments.done {"type":"response.function_call_arguments.done","output_index":0,"arguments":"{\"a\":1}"}"#;
    let item = r#"response.output_item.done {"output_index":0,"item":{"type":"function_call","name":"look","arguments":"{\"a\":1}"}}"#;
    let end = r#"response.completed {"response":{"output":[{"type":"function_call","name":"look","arguments":"{\"a\":1}"}]}}"#;
    let expected = ["tool look", "tool {\"a\":1}", "finish tool_calls", "done", "closed"];
    for lines in [&[added, piece, done, item, end][..], &[added, item, end], &[item, end], &[end]] {
        play(lines, &expected);
    }
    let search = r#"response.web_search_call.failed {"type":"response.web_search_call.failed","output_index":0}"#;
    play(&[search, HI, r#"response.completed {"response":{}}"#], &["answer Hi, ä", "finish stop", "done", "closed"]);
}

#[test]
fn ends_that_are_none() {
    let ended = |state: &str, more: &str| {
        format!(r#"response.{state} {{"type":"response.{state}","response":{{"status":"{state}",{more}}}}}"#)
    };
    let cut = ended(
        "incomplete",
        r#""incomplete_details":{"reason":"max_output_tokens"},"usage":{"input_tokens":1,"output_tokens":2}"#,
    );
    play(&[HI, &cut], &["answer Hi, ä", "finish max_output_tokens", "usage 1/2", "done", "closed"]);
    let filtered = ended("incomplete", r#""incomplete_details":{"reason":"content_filter"}"#);
    let told = "failed content_filter: a content filter stopped the answer (content_filter)";
    play(&[HI, &filtered], &["answer Hi, ä", "finish content_filter", "done", told]);
    let failed = ended("failed", r#""error":{"code":"server_error","message":"it broke"}"#);
    play(&[HI, &failed], &["answer Hi, ä", "done", "failed stream_error: it broke"]);
    let limited = ended("failed", r#""error":{"code":"rate_limit_exceeded","message":"slow down"}"#);
    play(&[&limited], &["done", "failed rate_limited: slow down"]);
    let silent = ended("failed", r#""error":null"#);
    play(&[&silent], &["done", "failed stream_error: the response failed, and the server does not say why"]);
    play(
        &[HI, r#"error {"type":"error","code":"server_error","message":"it broke","param":null,"sequence_number":3}"#],
        &["answer Hi, ä", "failed stream_error: it broke"],
    );
    let cancelled = ended("cancelled", r#""error":null"#);
    let told = "failed stream_error: the server ended the answer with an error (cancelled)";
    play(&[HI, &cancelled], &["answer Hi, ä", "finish cancelled", "done", told]);
    play(&[HI], &["answer Hi, ä", TRUNCATED]);
    play(
        &[CREATED, HI, "response.output_text.delta {\"de"],
        &["model gpt-x", "answer Hi, ä", "malformed {\"de", TRUNCATED],
    );
    let refusal = r#"response.refusal.delta {"type":"response.refusal.delta","delta":"I can't"}"#;
    let whole = r#"response.refusal.done {"type":"response.refusal.done","refusal":"I can't"}"#;
    let refused = ["refuses I can't", "finish stop", "done", "failed refusal: I can't"];
    play(&[refusal, whole, r#"response.completed {"response":{}}"#], &refused);
}

#[test]
fn an_end_may_stand_alone_or_go_by_another_name() {
    let counts = r#""usage":{"input_tokens":1,"output_tokens":2}"#;
    let told = ["answer Hi, ä", "finish stop", "usage 1/2", "done", "closed"];
    play(&[HI, &format!(r#"response.completed {{"type":"response.completed",{counts}}}"#)], &told);
    play(&[HI, &format!(r#"response.done {{"response":{{"status":"completed",{counts}}}}}"#)], &told);
    let cut = format!(r#"response.done {{"response":{{"status":"incomplete",{counts}}}}}"#);
    let broken = "failed stream_error: the server ended the answer with an error (incomplete)";
    play(&[HI, &cut], &["answer Hi, ä", "finish incomplete", "usage 1/2", "done", broken]);
}

#[test]
fn a_response_in_one_piece() {
    let whole = r#"{"id":"r","object":"response","status":"completed","error":null,"model":"m","output":[{"type":"reasoning","summary":[{"type":"summary_text","text":"a"}]},{"type":"message","content":[{"type":"output_text","text":"b"},{"type":"output_text","text":"c"}]},{"type":"message","content":[{"type":"output_text","text":"d"}]}],"usage":{"input_tokens":3,"output_tokens":4}}"#;
    tape(
        Dialect::Responses,
        whole,
        &[
            "model m",
            "thinks a",
            "answer b",
            "answer c",
            "answer d",
            "finish stop",
            "usage 3/4",
            "done",
            "notice",
            "closed",
        ],
    );
    let failed =
        r#"{"object":"response","status":"failed","error":{"code":"server_error","message":"no"},"output":[]}"#;
    tape(Dialect::Responses, failed, &["done", "failed stream_error: no"]);
    tape(
        Dialect::Responses,
        r#"{"error":{"message":"no","type":"invalid_request_error"}}"#,
        &["failed stream_error: no"],
    );
}

#[test]
fn the_request_is_in_its_own_words() {
    let request = CompletionRequest {
        model: "m".into(),
        prompt: "hi".into(),
        history: Vec::new(),
        system: Some("be brief".into()),
        max_tokens: Some(300),
        temperature: Some(0.0),
        seed: Some(7),
    };
    let expected = serde_json::json!({
        "model": "m", "input": "hi", "instructions": "be brief", "stream": true, "max_output_tokens": 300, "temperature": 0.0,
    });
    assert_eq!(request_body(Dialect::Responses, &request, &ProviderQuirks::default()), expected);
}

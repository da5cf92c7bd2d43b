//! Replies in the dialect of Anthropic's messages: as the vendor writes them, and as those who copy it do.

use super::*;
use speed_kings_core::race::event::TokenUsage;

const START: &str = r#"message_start {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"claude-x","stop_reason":null,"usage":{"input_tokens":12,"cache_creation_input_tokens":5,"cache_read_input_tokens":30,"output_tokens":1}}}"#;
const OPEN: &str =
    r#"content_block_start {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const HI: &str =
    r#"content_block_delta {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi, ä"}}"#;
const CLOSE: &str = r#"content_block_stop {"type":"content_block_stop","index":0}"#;
const END: &str = r#"message_delta {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}"#;
const STOP: &str = r#"message_stop {"type":"message_stop"}"#;

fn play(lines: &[&str], expected: &[&str]) {
    tape(Dialect::Anthropic, &named(&lines.join("\n")), expected);
}

fn usages(body: &str) -> Vec<TokenUsage> {
    let events = read(Dialect::Anthropic, true, [body.as_bytes()]);
    events.iter().filter_map(|event| if let EventKind::Usage(usage) = event { Some(**usage) } else { None }).collect()
}

#[test]
fn a_message_from_its_start_to_its_stop() {
    let ping = r#"ping {"type":"ping"}"#;
    play(
        &[START, OPEN, ping, HI, CLOSE, END, STOP],
        &["model claude-x", "usage 47/0", "alive", "answer Hi, ä", "finish end_turn", "usage 47/9", "done", "closed"],
    );
    let counted = usages(&named(&[START, HI, END].join("\n")));
    let prompt = TokenUsage { input: Some(47), cached: Some(30), ..TokenUsage::default() };
    assert_eq!(counted, [prompt, TokenUsage { output: Some(9), ..prompt }], "what a cache held is part of the prompt");
}

#[test]
fn thinking_tools_and_what_has_no_text() {
    play(
        &[
            r#"content_block_start {"index":0,"content_block":{"type":"thinking","thinking":"a","signature":""}}"#,
            r#"content_block_delta {"index":0,"delta":{"type":"thinking_delta","thinking":"b"}}"#,
            r#"content_block_delta {"index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}"#,
            r#"content_block_start {"index":1,"content_block":{"type":"redacted_thinking","data":"Emw"}}"#,
            r#"content_block_start {"index":2,"content_block":{"type":"text","text":"c"}}"#,
            r#"content_block_delta {"index":2,"delta":{"type":"citations_delta","citation":{"type":"page_location","cited_text":"x"}}}"#,
            r#"content_block_start {"index":3,"content_block":{"type":"tool_use","id":"t","name":"look","input":{}}}"#,
            r#"content_block_delta {"index":3,"delta":{"type":"input_json_delta","partial_json":""}}"#,
            r#"content_block_delta {"index":3,"delta":{"type":"input_json_delta","partial_json":"{\"a\": 1}"}}"#,
            r#"content_block_start {"index":4,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{"q":"x"}}}"#,
            r#"content_block_start {"index":5,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","title":"x"}]}}"#,
            r#"from_the_future {"type":"from_the_future","index":6,"note":"x"}"#,
            r#"message_delta {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":4,"output_tokens_details":{"thinking_tokens":3}}}"#,
            STOP,
        ],
        &[
            "thinks a",
            "thinks b",
            "answer c",
            "tool look",
            "tool {\"a\": 1}",
            "tool web_search",
            "tool {\"q\":\"x\"}",
            "finish tool_use",
            "usage 0/4",
            "done",
            "closed",
        ],
    );
}

#[test]
fn names_may_be_missing_on_either_side() {
    let unnamed = [START, HI, END, STOP].map(|line| line.split_once(' ').unwrap().1).join("\n");
    let expected = ["model claude-x", "usage 47/0", "answer Hi, ä", "finish end_turn", "usage 47/9", "done", "closed"];
    tape(Dialect::Anthropic, &sse(&unnamed), &expected);
    let untyped = r#"message_start {"message":{"model":"claude-x","usage":{"input_tokens":47}}}
        content_block_delta {"delta":{"text":"Hi, ä"}}
        message_delta {"delta":{"stop_reason":"end_turn","usage":{"output_tokens":9}}}
        message_stop {}"#;
    tape(Dialect::Anthropic, &named(untyped), &expected);
    tape(Dialect::Anthropic, &named(untyped).replace('\n', "\r\n"), &expected);
}

#[test]
fn a_count_never_falls_and_zeros_are_none() {
    let zero = r#"{"message":{"usage":{"input_tokens":0,"output_tokens":0}}}
        {"delta":{"text":"a"}}
        {"delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":7,"output_tokens":2}}
        {"usage":{"input_tokens":0,"output_tokens":3}}"#;
    let counted: Vec<_> = usages(&sse(zero)).iter().map(|usage| (usage.input, usage.output)).collect();
    assert_eq!(counted, [(Some(7), Some(2)), (Some(7), Some(3))]);
}

#[test]
fn what_is_repeated_at_the_end_is_counted_and_not_said_again() {
    let stop = r#"message_stop {"type":"message_stop","message":{"content":[{"type":"text","text":"Hi, ä"}],"stop_reason":"end_turn","usage":{"input_tokens":12,"output_tokens":9}}}"#;
    let told = ["model claude-x", "usage 47/0", "answer Hi, ä", "finish end_turn", "usage 47/9", "done", "closed"];
    play(&[START, HI, stop], &told);
}

#[test]
fn ends_that_are_none() {
    let refused =
        r#"message_delta {"type":"message_delta","delta":{"stop_reason":"refusal"},"usage":{"output_tokens":2}}"#;
    let said = ["model claude-x", "usage 47/0", "answer Hi, ä"];
    let with = |more: &[&'static str]| [&said, more].concat();
    let declined = "failed refusal: the model refused to answer (refusal)";
    play(&[START, HI, refused, STOP], &with(&["finish refusal", "usage 47/2", "done", declined]));
    let capped = r#"message_delta {"type":"message_delta","delta":{"stop_reason":"max_tokens"}}"#;
    play(&[START, HI, capped, STOP], &with(&["finish max_tokens", "done", "closed"]));
    play(&[START, HI, END], &with(&["finish end_turn", "usage 47/9", "closed"]));
    play(&[START, HI], &with(&[TRUNCATED]));
    let error = r#"error {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"r"}"#;
    play(&[START, HI, error], &with(&["failed stream_error: Overloaded"]));
    play(&[START, HI, r#"error {"type":"error","message":"it broke"}"#], &with(&["failed stream_error: it broke"]));
    play(&[START, HI, "error it broke"], &with(&["failed stream_error: it broke"]));
    play(&[START, HI, r#"x {"error":"it broke"}"#, STOP], &with(&["done", "failed stream_error: it broke"]));
    play(&[START, HI, "content_block_delta {\"del"], &with(&["malformed {\"del", TRUNCATED]));
    play(
        &[r#"error {"type":"error","error":{"type":"rate_limit_error","message":"slow"}}"#],
        &["failed rate_limited: slow"],
    );
}

#[test]
fn a_message_in_one_piece_and_what_is_none() {
    let whole = r#" {"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"a"},{"type":"text","text":"b"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":4}}"#;
    let expected = ["model m", "thinks a", "answer b", "finish end_turn", "usage 3/4", "notice", "closed"];
    tape(Dialect::Anthropic, whole, &expected);
    let cut = &whole[..120];
    tape(Dialect::Anthropic, cut, &["failed truncated: the reply is JSON, and it was cut off"]);
    for (body, told) in [
        (r#"{"type":"error","error":{"type":"authentication_error","message":"no key"}}"#, "failed auth: no key"),
        (r#"{"message":"no"}"#, "failed stream_error: no"),
        (r#"{"status":"ok"}"#, "failed protocol: not a stream of answers: {\"status\":\"ok\"}"),
        ("{oops", "failed protocol: not a stream of answers: {oops"),
        ("<p>hi</p>", "failed protocol: not a stream of answers: <p>hi</p>"),
        ("", "failed protocol: empty reply"),
    ] {
        tape(Dialect::Anthropic, body, &[told]);
    }
}

#[test]
fn characters_cut_in_two_and_thinking_in_tags() {
    play(
        &[
            r#"content_block_delta {"delta":{"text":"<think>a\ud83c"}}"#,
            r#"content_block_delta {"delta":{"text":"\udfc1</think>b"}}"#,
            END,
        ],
        &["thinks a", "thinks 🏁", "answer b", "finish end_turn", "usage 0/9", "closed"],
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
    let body = request_body(Dialect::Anthropic, &request, &ProviderQuirks::default());
    let expected = serde_json::json!({
        "model": "m", "system": "be brief", "messages": [{ "role": "user", "content": "hi" }],
        "stream": true, "max_tokens": 300, "temperature": 0.0,
    });
    assert_eq!(body, expected);
    let uncapped = CompletionRequest { max_tokens: None, ..request };
    assert!(request_body(Dialect::Anthropic, &uncapped, &ProviderQuirks::default())["max_tokens"].is_u64());
}

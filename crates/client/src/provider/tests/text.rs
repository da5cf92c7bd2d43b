//! What counts as text of a `chat/completions` stream, and as which kind of it.
//! One test for each rule that a real server has taught.

use super::*;

#[test]
fn a_plain_stream() {
    check(
        r#"{"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}
        {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}],"usage":null}
        {"id":"x","model":"m","choices":[{"index":0,"delta":{"content":" \"you\"\n\ud83c\udfc1"},"finish_reason":null}]}
        {"id":"x","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
        {"id":"x","model":"m","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}
        [DONE]"#,
        &["model m", "answer Hello", "answer  \"you\"\n\u{1f3c1}", "finish stop", "usage 9/4", "done", "closed"],
    );
}

#[test]
fn empty_openings_are_no_text() {
    check(
        r#"{"choices":[],"model":"","id":"","prompt_filter_results":[{}]}
        {"choices":[{"delta":{"role":"assistant"},"index":0}]}
        {"choices":[{"delta":{"role":"assistant","content":null},"index":0}],"model":"one"}
        {"choices":[{"delta":{"content":""},"index":0}],"model":"one"}
        {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"model":"two"}"#,
        &["model one", "model two", "answer a", "finish stop", "closed"],
    );
}

#[test]
fn signs_of_life_are_no_text() {
    check_raw(
        ": PROCESSING\n\n: keep-alive\n\ndata:\n\ndata:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata:[DONE]\n\n",
        &["alive", "alive", "alive", "answer a", "done", "closed"],
    );
    check_raw(": PROCESSING\n\n", &["alive", "failed protocol: empty reply"]);
}

#[test]
fn reasoning_under_each_name_and_once() {
    check(
        r#"{"choices":[{"delta":{"reasoning_content":"a","content":null}}]}
        {"choices":[{"delta":{"reasoning":"b","reasoning_content":""}}]}
        {"choices":[{"delta":{"reasoning":"c","reasoning_content":"c","content":"d"}}]}
        {"choices":[{"delta":{"reasoning":"e","reasoning_details":[{"type":"reasoning.text","text":"e"}]}}]}
        {"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"again"}]}}]}
        [DONE]"#,
        &["thinks a", "thinks b", "thinks c", "answer d", "thinks e", "done", "closed"],
    );
    check(
        r#"{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","text":"a"},{"summary":"b"},{"data":"x"}]}}]}
        [DONE]"#,
        &["thinks a", "thinks b", "done", "closed"],
    );
}

#[test]
fn content_in_parts() {
    check(
        r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"a"}],"closed":true},{"type":"text","text":"b"}]}}]}
        {"choices":[{"delta":{"content":[{"type":"thinking","thinking":"c"},"d",{"type":"refusal","refusal":"e"},{"type":"image"}]}}]}
        {"choices":[{"delta":{"content":{"type":"text","text":"f"}}}]}
        [DONE]"#,
        &["thinks a", "answer b", "thinks c", "answer d", "refuses e", "answer f", "done", "failed refusal: e"],
    );
}

#[test]
fn refusals_and_tool_calls_have_their_channels() {
    check(
        r#"{"choices":[{"delta":{"content":"","refusal":"No."}}]}
        {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"look","arguments":""}}]}}]}
        {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}},{"index":1,"function":{"arguments":{"b":1}}}]}}]}
        {"choices":[{"delta":{"tool_calls":null},"finish_reason":"tool_calls"}]}"#,
        &["refuses No.", "tool look", "tool {\"a\":", "tool {\"b\":1}", "finish tool_calls", "failed refusal: No."],
    );
    check(
        r#"{"choices":[{"delta":{"content":null,"function_call":{"name":"look","arguments":""}}}]}
        {"choices":[{"delta":{"function_call":{"arguments":"{}"}},"finish_reason":"function_call"}]}"#,
        &["tool look", "tool {}", "finish function_call", "closed"],
    );
}

#[test]
fn only_the_first_choice_counts() {
    check(
        r#"{"choices":[{"index":1,"delta":{"content":"other"}}]}
        {"choices":[{"index":1,"delta":{"content":"other"}},{"index":0,"delta":{"content":"a"}}]}
        {"choices":[{"index":1,"delta":{},"finish_reason":"length"}]}
        {"choices":[{"index":0,"delta":{"content":"b"},"text":"b","finish_reason":"stop"}]}"#,
        &["answer a", "answer b", "finish stop", "closed"],
    );
    check(
        "{\"choices\":[{\"index\":0,\"text\":\"a\",\"finish_reason\":\"stop\"}]}",
        &["answer a", "finish stop", "closed"],
    );
}

#[test]
fn odd_types_cost_no_text() {
    check(
        r#"{"model":7,"created":1.5,"choices":[{"index":"0","delta":{"content":"a","reasoning":{"x":1},"tool_calls":"x"},"finish_reason":3}],"usage":"none"}
        {"choices":[null,{"index":0,"delta":{"content":"b","role":null}}],"error":false,"x_groq":[]}
        {"choices":[{"delta":{"content":"c"},"delta":{"content":"c"}}]}
        {"choices":{"odd":1}}
        [DONE]"#,
        &["answer a", "answer b", "answer c", "done", "closed"],
    );
}

#[test]
fn thinking_between_tags() {
    let body = sse(r#"{"choices":[{"delta":{"content":"\n<th"}}]}
        {"choices":[{"delta":{"content":"ink>a</thi"}}]}
        {"choices":[{"delta":{"content":"nk>b <think>"}}]}
        {"choices":[{"delta":{},"finish_reason":"stop"}]}"#);
    let thought = &["thinks \n", "thinks a", "answer b <think>", "finish stop", "closed"];
    check_with(Dialect::OpenAi, true, &body, thought);
    let plain = &["answer \n<th", "answer ink>a</thi", "answer nk>b <think>", "finish stop", "closed"];
    check_with(Dialect::OpenAi, false, &body, plain);
}

#[test]
fn an_open_tag_is_text_before_the_end() {
    let body = sse(r#"{"choices":[{"delta":{"content":"<thi"},"finish_reason":"stop"}]}"#);
    check_with(Dialect::OpenAi, true, &body, &["answer <thi", "finish stop", "closed"]);
    let body = sse(r#"{"choices":[{"delta":{"content":"<thi"}}]}"#);
    check_with(Dialect::OpenAi, true, &body, &["answer <thi", TRUNCATED]);
}

#[test]
fn who_answered_is_told_once_and_again_when_it_changes() {
    let body = sse(r#"{"model":"m","provider":"Azure","system_fingerprint":"","choices":[{"delta":{"content":"a"}}]}
        {"model":"m","provider":"Azure","system_fingerprint":"fp_1","choices":[{"delta":{"content":"b"}}]}
        {"model":"m","provider":"BaseTen","system_fingerprint":"fp_1","choices":[{"delta":{},"finish_reason":"stop"}]}
        [DONE]"#);
    let events = read(Dialect::OpenAi, false, [body.as_bytes()]);
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            EventKind::Upstream(upstream) => Some(format!("{:?} {:?}", upstream.provider, upstream.fingerprint)),
            _ => None,
        })
        .collect();
    assert_eq!(told, [r#"Some("Azure") None"#, r#"None Some("fp_1")"#, r#"Some("BaseTen") None"#]);
}

//! Replies that end well on the wire and are no answers: refused, filtered, broken off, spent on thinking.
//! Their text is kept, and the lane is out.

use super::*;

const FILTERED: &str = "failed content_filter: a content filter stopped the answer";

fn ends(rest: &str, expected: &[&str]) {
    let text = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
    let seen: Vec<&str> = [&["answer a"], expected].concat();
    check(&format!("{text}\n{rest}"), &seen);
}

#[test]
fn a_refusal_is_no_answer() {
    check(
        r#"{"choices":[{"delta":{"content":"","refusal":"I'm"}}]}
        {"choices":[{"delta":{"content":"","refusal":" sorry."}}]}
        {"choices":[{"delta":{},"finish_reason":"stop"}]}
        [DONE]"#,
        &["refuses I'm", "refuses  sorry.", "finish stop", "done", "failed refusal: I'm sorry."],
    );
    ends(
        r#"{"choices":[{"delta":{},"finish_reason":"refusal"}]}"#,
        &["finish refusal", "failed refusal: the model refused to answer (refusal)"],
    );
}

#[test]
fn a_filtered_answer_is_no_answer() {
    for reason in ["content_filter", "SAFETY", "prohibited_content", "RECITATION", "sensitive"] {
        ends(
            &format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"{reason}"}}]}}"#),
            &[&format!("finish {reason}"), &format!("{FILTERED} ({reason})")],
        );
    }
    for (said, by) in [
        (r#""content_filter_results":{"hate":{"filtered":false},"violence":{"filtered":true}}"#, "violence"),
        (r#""content_filter_results":{"custom_blocklists":[{"filtered":true,"id":"x"}]}"#, "custom_blocklists"),
        (r#""content_filter_result":{"sexual":{"filtered":true}}"#, "sexual"),
        (r#""native_finish_reason":"SAFETY""#, "SAFETY"),
    ] {
        ends(
            &format!(r#"{{"choices":[{{"delta":{{}},"finish_reason":"stop",{said}}}]}}"#),
            &["finish stop", &format!("{FILTERED} ({by})")],
        );
    }
    ends(
        r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"output_sensitive":true}"#,
        &["finish stop", &format!("{FILTERED} (output_sensitive)")],
    );
    ends(
        r#"{"choices":[{"delta":{},"finish_reason":"stop","content_filter_results":{"hate":{"filtered":false}}}],"input_sensitive":false}"#,
        &["finish stop", "closed"],
    );
    let body = r#"{"message":{"content":"a"},"done":true,"done_reason":"content_filter"}"#;
    let seen = ["answer a", "finish content_filter", "done", &format!("{FILTERED} (content_filter)")];
    check_with(Dialect::Ollama, true, body, &seen);
}

#[test]
fn an_error_in_an_odd_place_fails_what_looks_whole() {
    let whole = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    for error in [
        "error: {\"code\":599,\"message\":\"broke\",\"type\":\"odd\"}\n\n",
        "error: broke\n\n",
        "error:{\"error\":{\"message\":\"broke\"}}\n",
        "event: error\ndata: {\"error\":{\"message\":\"broke\"}}\n\n",
        "event: error\ndata: broke\n\n",
        "data: {\"base_resp\":{\"status_code\":1999,\"status_msg\":\"broke\"},\"choices\":[]}\n\n",
        "data: {\"code\":\"Odd\",\"message\":\"broke\",\"request_id\":\"r\",\"choices\":[]}\n\n",
        "data: {\"code\":\"Odd\",\"message\":\"broke\",\"request_id\":\"r\"}\n\n",
        "data: {\"errors\":[{\"message\":\"broke\"}]}\n\n",
        "data: {\"errors\":[\"broke\"],\"success\":false}\n\n",
        "data: {\"error_code\":336,\"error_msg\":\"broke\"}\n\n",
        "data: {\"errorMessage\":\"broke\"}\n\n",
        "data: {\"exception\":\"broke\"}\n\n",
        "data: {\"status\":\"failed\",\"status_msg\":\"broke\"}\n\n",
        "event: response.failed\ndata: {\"response\":{\"error\":{\"message\":\"broke\"}}}\n\n",
        "data: error: broke\n\n",
        "data: [ERROR] broke\n\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"error\",\"error\":{\"message\":\"broke\"}}]}\n\n",
    ] {
        for size in [1, 7, 999] {
            let body = format!("{whole}{error}data: [DONE]\n\n");
            let events = read(Dialect::OpenAi, true, body.as_bytes().chunks(size));
            let Some(EventKind::Failed(failure)) = events.last() else { panic!("{error}: {events:?}") };
            assert_eq!(&*failure.message, "broke", "{error}");
            assert!(events.iter().any(|event| note(event) == "answer a"), "{error}");
        }
    }
    check(
        r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"errors":[]}
        {"status":"completed","errors":[],"error_code":0,"exception":null}"#,
        &["answer a", "finish stop", "closed"],
    );
    check_raw(
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"base_resp\":{\"status_code\":0,\"status_msg\":\"\"}}\n\n",
        &["answer a", "finish stop", "closed"],
    );
    for (code, kind) in [
        (1000, FailureKind::StreamError),
        (1002, FailureKind::RateLimited),
        (1004, FailureKind::Auth),
        (1008, FailureKind::Payment),
        (1027, FailureKind::ContentFilter),
    ] {
        let event = format!(r#"{{"base_resp":{{"status_code":{code},"status_msg":"no luck"}}}}"#);
        let events = read(Dialect::OpenAi, true, [sse(&event).as_bytes()]);
        let Some(EventKind::Failed(failure)) = events.last() else { panic!("{events:?}") };
        assert_eq!((failure.kind, &*failure.message), (kind, "no luck"), "{code}");
    }
    ends(
        r#"{"choices":[{"delta":{},"finish_reason":"network_error"}]}"#,
        &["finish network_error", "failed stream_error: the server ended the answer with an error (network_error)"],
    );
}

#[test]
fn a_cap_that_was_spent_on_thinking_is_told() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":50,"completion_tokens_details":{"reasoning_tokens":50}}}"#;
    check(
        &format!("{}\n{usage}\n[DONE]", r#"{"choices":[{"delta":{"content":""},"finish_reason":"length"}]}"#),
        &[
            "finish length",
            "usage 7/50",
            "done",
            "failed no_answer: all 50 tokens went into hidden reasoning: raise --max-tokens",
        ],
    );
    let events = read(
        Dialect::OpenAi,
        true,
        [sse(&format!(
            "{}\n{}\n{usage}",
            r#"{"choices":[{"delta":{"reasoning":"hm"}}]}"#, r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#
        ))
        .as_bytes()],
    );
    let notice = EventKind::Notice("all 50 tokens went into reasoning: raise --max-tokens".into());
    assert!(events.contains(&notice) && events.last() == Some(&EventKind::Closed), "{events:?}");
}

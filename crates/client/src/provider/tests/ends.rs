//! How a `chat/completions` stream ends, and what comes with the end: reasons, counts, timings.
//! A reply that is no stream at all ends here too.

use super::*;

#[test]
fn the_end_needs_no_marker_and_no_blank_line() {
    check_raw(
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}",
        &["answer a", "finish length", "closed"],
    );
}

#[test]
fn finish_reasons_as_they_come() {
    check(
        r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"eos"}]}
        {"choices":[{"delta":{"content":""},"finish_reason":"eos"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}
        {"choices":[{"delta":{"content":""},"finish_reason":null}]}
        {"choices":[{"delta":{},"finish_reason":"stop"}]}"#,
        &["answer a", "finish eos", "usage 1/2", "finish stop", "closed"],
    );
    check(
        r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"error"}]}"#,
        &["answer a", "finish error", "failed stream_error: the server ended the answer with an error"],
    );
}

#[test]
fn a_stream_without_an_end_is_cut() {
    check(r#"{"choices":[{"delta":{"content":"a"}}]}"#, &["answer a", TRUNCATED]);
    check(r#"{"choices":[{"delta":{"role":"assistant"}}]}"#, &[TRUNCATED]);
    check_raw(
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choices\":[{\"del",
        &["answer a", "malformed {\"choices\":[{\"del", TRUNCATED],
    );
    // A count beside text is a running one; behind it, it is the end of a server that has no other.
    let usage = r#""usage":{"prompt_tokens":1,"completion_tokens":2}"#;
    check(&format!(r#"{{"choices":[{{"delta":{{"content":"a"}}}}],{usage}}}"#), &["answer a", "usage 1/2", TRUNCATED]);
    check(
        &format!("{{\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}]}}\n{{\"choices\":[],{usage}}}"),
        &["answer a", "usage 1/2", "closed"],
    );
}

#[test]
fn usage_in_its_four_places() {
    check(
        r#"{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":1}}
        {"choices":[{"delta":{},"usage":{"prompt_tokens":5,"completion_tokens":2}}]}
        {"choices":[],"usage":{},"x_groq":{"id":"r","usage":{"prompt_tokens":5,"completion_tokens":3,"total_time":0.25}}}
        {"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":4},"x_groq":{"usage":{"completion_tokens":9}}}
        {"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":5}}
        {"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}"#,
        &[
            "answer a",
            "usage 5/1",
            "usage 5/2",
            "usage 5/3",
            "server Some(0.25)",
            "finish stop",
            "usage 5/4",
            "usage 5/5",
            "closed",
        ],
    );
    check(
        r#"{"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5,"completion_tokens":2}}]}"#,
        &["finish stop", "usage 5/2", "closed"],
    );
}

#[test]
fn server_timings_in_their_places() {
    check(
        r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"time_info":{"total_time":0.5}}
        {"choices":[],"timings":{"predicted_ms":250.0}}
        {"choices":[],"perf_metrics":{"server-processing-time":"1.5"}}
        {"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_time_sec":2.5}}"#,
        &[
            "answer a",
            "finish stop",
            "server Some(0.5)",
            "server None",
            "server Some(1.5)",
            "usage 1/2",
            "server Some(2.5)",
            "closed",
        ],
    );
}

#[test]
fn a_reply_in_one_piece() {
    check_raw(
        r#" {"model":"m","choices":[{"index":0,"message":{"role":"assistant","reasoning_content":"b","content":"a"},"finish_reason":"stop"}],
        "usage":{"prompt_tokens":1,"completion_tokens":2}}"#,
        &["model m", "thinks b", "answer a", "finish stop", "usage 1/2", "notice", "closed"],
    );
    check_raw(r#"{"choices":[{"message":{"content":"a"}}]}"#, &["answer a", "notice", "closed"]);
    check_raw("\u{feff}{\"error\":{\"message\":\"no\"}}", &["failed stream_error: no"]);
    check_raw(r#"[{"error":{"message":"no"}}]"#, &["failed stream_error: no"]);
    check_raw(r#"{"message":"no"}"#, &["failed stream_error: no"]);
    check_raw(r#"{"status":"ok"}"#, &["failed protocol: not a stream of answers: {\"status\":\"ok\"}"]);
    check_raw(r"{oops", &["failed protocol: not a stream of answers: {oops"]);
    check_raw(r#"{"choices":["#, &["failed truncated: the reply is one JSON object, and it was cut off"]);
}

#[test]
fn a_body_that_is_no_stream() {
    check_raw("", &["failed protocol: empty reply"]);
    check_raw(" \n", &["failed protocol: empty reply"]);
    check_raw("<html>\n<b>hi</b>\n</html>", &["failed protocol: not a stream of answers: <html> <b>hi</b> </html>"]);
    check_raw("data: oops\n\n", &["malformed oops", "failed protocol: not a stream of answers: data: oops"]);
}

//! Errors and damage inside a reply that began well.
//! Text is never lost to them, and the first error is the one that is told.

use super::*;

#[test]
fn errors_inside_the_stream() {
    let text = r#"{"choices":[{"delta":{"content":"a"}}]}"#;
    let failed = &["answer a", "failed stream_error: broke"];
    for error in [
        r#"{"error":{"message":"broke","type":"t","code":500}}"#,
        r#"{"error":{"message":"broke"},"status_code":503}"#,
        r#"{"error":"broke","error_type":"validation"}"#,
        r#"{"choices":[{"delta":{"content":""},"finish_reason":null}],"error":{"code":502,"message":"broke"}}"#,
        r#"{"choices":[{"delta":{},"error":{"message":"broke"}}]}"#,
        r#"{"choices":[],"x_groq":{"error":"broke"}}"#,
        r#"{"object":"error","message":"broke","code":400}"#,
        r#"{"detail":"broke"}"#,
        r#"{"error": "broke"#,
        r#"{"error": "broke""}"#,
    ] {
        check(&format!("{text}\n{error}"), failed);
    }
    check_raw("event: error\ndata: {\"error\":{\"message\":\"broke\"}}\n\n", &failed[1..]);
    check_raw("event: error\ndata: {\"message\":\"broke\"}\n\n", &failed[1..]);
    check_raw("event: error\ndata: broke\n\n", &failed[1..]);
    check(
        "{\"error\":null,\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}",
        &["answer a", "finish stop", "closed"],
    );
}

#[test]
fn the_first_error_stands_and_text_behind_it_stays() {
    check(
        r#"{"choices":[{"delta":{"content":"a"}}],"error":{"message":"first"}}
        {"choices":[{"delta":{"content":"b"},"finish_reason":"stop"}]}
        {"error":{"message":"second"}}
        [DONE]"#,
        &["answer a", "answer b", "finish stop", "done", "failed stream_error: first"],
    );
}

#[test]
fn an_error_tells_its_status() {
    for body in [r#"{"error":{"message":"m","code":429}}"#, r#"{"error":{"message":"m"},"status_code":429}"#] {
        let events = read(Dialect::OpenAi, false, [sse(body).as_bytes()]);
        let Some(EventKind::Failed(failure)) = events.last() else { panic!("{events:?}") };
        assert_eq!(failure.status, Some(429));
    }
}

#[test]
fn damaged_events_are_passed_over() {
    check(
        r#"{"choices":[{"delta":{"content":"a"}}]}
        {"choices":[{"delta":{"content":"b"}}]}"
        not json, sk-0123456789
        7
        {"choices":[{"delta":{"content":"c"},"finish_reason":"stop"}]}"#,
        &[
            "answer a",
            "malformed {\"choices\":[{\"delta\":{\"content\":\"b\"}}]}\"",
            "malformed not json, sk-…",
            "malformed 7",
            "answer c",
            "finish stop",
            "closed",
        ],
    );
}

#[test]
fn an_abort_keeps_the_text_and_the_cause() {
    let reset = || LaneFailure::new(FailureKind::Reset, "gone");
    let mut out = Vec::new();
    let mut reader =
        ReplyReader::new(Dialect::OpenAi, &ProviderQuirks { think_tags: true, ..ProviderQuirks::default() });
    reader.feed(b"data: {\"choices\":[{\"delta\":{\"content\":\"<th\"}}]}\n\n", &mut out);
    reader.abort(reset(), &mut out);
    reader.abort(reset(), &mut out);
    reader.finish(&mut out);
    assert_eq!(out.iter().map(note).collect::<Vec<_>>(), ["answer <th", "failed reset: gone"]);

    let mut out = Vec::new();
    let mut reader = ReplyReader::new(Dialect::Ollama, &ProviderQuirks::default());
    reader.feed(b"{\"error\":\"out of memory\"}\n", &mut out);
    reader.abort(reset(), &mut out);
    assert_eq!(out.iter().map(note).collect::<Vec<_>>(), ["failed stream_error: out of memory"]);
}

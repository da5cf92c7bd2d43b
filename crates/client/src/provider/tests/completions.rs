//! Replies in the older dialect of completions: a text that goes on, in choices without deltas.

use super::*;

#[test]
fn a_text_goes_on() {
    tape(
        Dialect::Completions,
        &sse(
            r#"{"id":"c","object":"text_completion","created":1,"model":"base-x","choices":[{"text":"Once ","index":0,"logprobs":null,"finish_reason":null}],"usage":null}
        {"id":"c","object":"text_completion","model":"base-x","choices":[{"text":"upon ä","index":0,"finish_reason":null},{"text":"other","index":1}]}
        {"id":"c","object":"text_completion","model":"base-x","choices":[{"text":"","index":0,"finish_reason":"length"}]}
        {"id":"c","object":"text_completion","model":"base-x","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":9,"total_tokens":13}}
        [DONE]"#,
        ),
        &["model base-x", "answer Once ", "answer upon ä", "finish length", "usage 4/9", "done", "closed"],
    );
}

#[test]
fn ends_that_are_none() {
    let text = r#"{"choices":[{"text":"a","index":0}]}"#;
    tape(Dialect::Completions, &sse(text), &["answer a", TRUNCATED]);
    let broken = sse(&format!("{text}\n{{\"error\":{{\"message\":\"it broke\",\"type\":\"server_error\"}}}}\n[DONE]"));
    tape(Dialect::Completions, &broken, &["answer a", "done", "failed stream_error: it broke"]);
    let whole = r#"{"model":"m","choices":[{"text":"a","index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    tape(Dialect::Completions, whole, &["model m", "answer a", "finish stop", "usage 1/2", "notice", "closed"]);
}

#[test]
fn the_request_is_a_text() {
    let request = CompletionRequest {
        model: "m".into(),
        prompt: "Once".into(),
        history: Vec::new(),
        system: Some("A tale.".into()),
        max_tokens: Some(300),
        temperature: Some(0.0),
        seed: Some(7),
    };
    let expected = serde_json::json!({
        "model": "m", "prompt": "A tale.\n\nOnce", "stream": true, "stream_options": { "include_usage": true },
        "max_tokens": 300, "temperature": 0.0, "seed": 7,
    });
    assert_eq!(request_body(Dialect::Completions, &request, &ProviderQuirks::default()), expected);
}

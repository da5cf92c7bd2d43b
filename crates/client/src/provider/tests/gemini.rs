//! Replies in Google's dialect: events, the list that comes without them, and what gateways make of both.

use super::*;
use speed_kings_core::race::event::TokenUsage;

const CHUNKS: &str = r#"{"candidates":[{"content":{"parts":[{"text":"Hm","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":7,"thoughtsTokenCount":3,"totalTokenCount":10},"modelVersion":"gemini-x","responseId":"r"}
{"candidates":[{"content":{"parts":[{"text":"Hi, "},{"text":"ä"}],"role":"model"},"index":0},{"content":{"parts":[{"text":"other"}]},"index":1}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2,"thoughtsTokenCount":3,"totalTokenCount":12},"modelVersion":"gemini-x"}
{"candidates":[{"content":{"parts":[{"text":"","thoughtSignature":"x"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":4,"thoughtsTokenCount":3,"cachedContentTokenCount":5,"totalTokenCount":14},"modelVersion":"gemini-x"}"#;
const TOLD: [&str; 9] = [
    "model gemini-x",
    "thinks Hm",
    "usage 7/3",
    "answer Hi, ",
    "answer ä",
    "usage 7/5",
    "finish STOP",
    "usage 7/7",
    "closed",
];

fn check_chunks(chunks: &str, expected: &[&str]) {
    tape(Dialect::Gemini, &sse(chunks).replace('\n', "\r\n"), expected);
}

#[test]
fn chunks_as_events_as_a_list_and_one_after_the_other() {
    check_chunks(CHUNKS, &TOLD);
    tape(Dialect::Gemini, &format!("[{}\n]\n", CHUNKS.replace('\n', "\n,\r\n")), &TOLD);
    tape(Dialect::Gemini, CHUNKS, &TOLD);
    let wrapped = CHUNKS.lines().map(|chunk| format!("{{\"response\":{chunk}}}")).collect::<Vec<_>>().join("\n");
    check_chunks(&wrapped, &TOLD);
    let events = read(Dialect::Gemini, true, [CHUNKS.as_bytes()]);
    let usage =
        events.iter().rev().find_map(|event| if let EventKind::Usage(usage) = event { Some(**usage) } else { None });
    let counted = TokenUsage {
        input: Some(7),
        cached: Some(5),
        output: Some(7),
        reasoning: Some(3),
        total: Some(14),
        ..TokenUsage::default()
    };
    assert_eq!(usage, Some(counted), "what was thought is part of the output");
}

#[test]
fn fields_in_the_other_spelling_and_calls() {
    check_chunks(
        r#"{"candidates":[{"content":{"parts":[{"text":"a"}]},"finish_reason":null}],"model_version":"g","usage_metadata":null}
        {"candidates":[{"content":{"parts":[{"functionCall":{"name":"look","args":{"a":1}}},{"executable_code":{"language":"PYTHON","code":"1+1"}},{"codeExecutionResult":{"outcome":"OUTCOME_OK","output":"2"}},{"inlineData":{"mimeType":"image/png","data":"x"}}]}}]}
        {"candidates":[{"finish_reason":"MAX_TOKENS"}],"usage_metadata":{"prompt_token_count":1,"candidates_token_count":2}}"#,
        &["model g", "answer a", "tool look", "tool {\"a\":1}", "tool 1+1", "finish MAX_TOKENS", "usage 1/2", "closed"],
    );
}

#[test]
fn ends_that_are_none() {
    let text = r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}]}"#;
    let after = |more: &str| format!("{text}\n{more}");
    check_chunks(text, &["answer a", TRUNCATED]);
    let filtered = "failed content_filter: a content filter stopped the answer (SAFETY)";
    check_chunks(&after(r#"{"candidates":[{"finishReason":"SAFETY"}]}"#), &["answer a", "finish SAFETY", filtered]);
    let blocked = r#"{"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":4}}"#;
    check_chunks(blocked, &["usage 4/0", filtered]);
    tape(Dialect::Gemini, blocked, &["usage 4/0", filtered]);
    let error = r#"{"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}}"#;
    check_chunks(&after(error), &["answer a", "failed stream_error: The model is overloaded."]);
    tape(
        Dialect::Gemini,
        &format!("[{text},\n{error}]"),
        &["answer a", "failed stream_error: The model is overloaded."],
    );
    let quota = r#"[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}]"#;
    tape(Dialect::Gemini, quota, &["failed rate_limited: Quota exceeded"]);
    let cut = format!("[{text},\n{{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"b");
    tape(Dialect::Gemini, &cut, &["answer a", "failed truncated: the reply is JSON, and it was cut off"]);
    let hidden = r#"{"candidates":[{"finishReason":"MAX_TOKENS"}],"usageMetadata":{"promptTokenCount":4,"thoughtsTokenCount":50}}"#;
    let spent = "failed no_answer: all 50 tokens went into hidden reasoning: raise --max-tokens";
    check_chunks(hidden, &["finish MAX_TOKENS", "usage 4/50", spent]);
    tape(Dialect::Gemini, "[]", &["failed protocol: not a stream of answers: []"]);
}

#[test]
fn a_reply_in_one_piece() {
    let last = CHUNKS.lines().last().unwrap().replace("\"text\":\"\"", "\"text\":\"a\"");
    tape(Dialect::Gemini, &last, &["model gemini-x", "answer a", "finish STOP", "usage 7/7", "notice", "closed"]);
}

#[test]
fn the_request_is_in_its_own_words() {
    let request = CompletionRequest {
        model: "g".into(),
        prompt: "hi".into(),
        history: Vec::new(),
        system: Some("be brief".into()),
        max_tokens: Some(300),
        temperature: Some(0.0),
        seed: Some(7),
    };
    let extra = serde_json::json!({ "generationConfig": { "thinkingConfig": { "includeThoughts": true } } });
    let quirks = ProviderQuirks { extra: extra.as_object().cloned().unwrap(), ..ProviderQuirks::default() };
    let expected = serde_json::json!({
        "contents": [{ "role": "user", "parts": [{ "text": "hi" }] }],
        "systemInstruction": { "parts": [{ "text": "be brief" }] },
        "generationConfig": {
            "maxOutputTokens": 300, "temperature": 0.0, "seed": 7, "thinkingConfig": { "includeThoughts": true },
        },
    });
    assert_eq!(request_body(Dialect::Gemini, &request, &quirks), expected);
    let refused = refusal(
        400,
        br#"{"error":{"code":400,"message":"Unknown name \"seed\" at 'generation_config': Cannot find field."}}"#,
    );
    assert_eq!(refused::fields(&refused, &expected), [quirks::OptionalField::Seed]);
}

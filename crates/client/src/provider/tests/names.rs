//! Text under names that nobody told us, and names that are no text.
//! Half characters and tags of thinking are told apart on every lane.

use super::*;

#[test]
fn reasoning_under_any_name_is_reasoning() {
    for name in ["thinking", "thinking_content", "reasoning_text", "thought", "reasoningContent", "chain_of_thought"] {
        let delta = |text: &str| format!(r#"{{"choices":[{{"delta":{{"{name}":"{text}","content":null}}}}]}}"#);
        check(
            &format!("{}\n{}\n{}\n[DONE]", delta("a"), delta("b"), r#"{"choices":[{"delta":{"content":"c"}}]}"#),
            &["thinks a", "thinks b", "answer c", "done", "closed"],
        );
        let line = format!(r#"{{"message":{{"role":"assistant","content":"","{name}":"a"}},"done":false}}"#);
        let last = r#"{"message":{"content":"b"},"done":true,"done_reason":"stop"}"#;
        let seen = &["thinks a", "answer b", "finish stop", "done", "closed"];
        check_with(Dialect::Ollama, true, &format!("{line}\n{last}"), seen);
    }
}

#[test]
fn one_text_under_several_names_is_taken_once() {
    check(
        r#"{"choices":[{"delta":{"reasoning":"a","reasoning_content":"a","thinking":"a","thinking_blocks":[{"thinking":"a"}]}}]}
        {"choices":[{"delta":{"thinking":"b","reasoning_text":"c"}}]}
        {"choices":[{"delta":{"text":"d","output_text":"d"},"text":"d"}]}
        [DONE]"#,
        &["thinks a", "thinks b", "thinks c", "answer d", "done", "closed"],
    );
    check(
        r#"{"choices":[{"delta":{"thinking":{"text":"a"}}}]}
        {"choices":[{"delta":{"thinking_blocks":[{"type":"thinking","thinking":"b","signature":"x"}]}}]}
        {"choices":[{"delta":{"content":[{"type":"text","text":"c","thought":true},{"type":"reasoning","reasoning":"d"},{"type":"text","text":"e"}]}}]}
        [DONE]"#,
        &["thinks a", "thinks b", "thinks c", "thinks d", "answer e", "done", "closed"],
    );
}

#[test]
fn labels_and_remarks_are_no_text() {
    check(
        r#"{"choices":[{"delta":{"role":"assistant","name":"Some AI","content":"","audio_content":"","obfuscation":"xyz"}}]}
        {"choices":[{"delta":{"channel":"analysis","reasoning":"a","signature":"xyz"},"stop_reason":"x"}],"service_tier":"on_demand"}
        {"choices":[{"delta":{"content":"","lang_hint":"en","token_id":"7","thinking_signature":"xyz"},"text":""}],"p":"abc"}
        {"choices":[{"delta":{"content":"b","remark":"c"},"text":"b","finish_reason":"stop"}]}"#,
        &["thinks a", "answer b", "finish stop", "closed"],
    );
}

#[test]
fn text_under_an_unknown_name_is_not_lost() {
    check(
        r#"{"choices":[{"delta":{"role":"assistant","words":"a"}}]}
        {"choices":[{"delta":{"content":"","words":"b","id":"x","model_name":"y","role":"assistant"}}]}
        {"choices":[{"delta":{"content":"","inner_monologue":"c"}}]}
        {"choices":[{"delta":{"content":"","extra":{"reasoning_content":"d","citations":[{"text":"x"}]}}}]}
        {"choices":[{"delta":{"content":null,"words":"e"},"finish_reason":"stop"}]}"#,
        &["answer a", "answer b", "thinks c", "thinks d", "answer e", "finish stop", "closed"],
    );
}

#[test]
fn half_characters_are_joined() {
    let events = |field: &str| {
        let delta = |text: &str| format!(r#"{{"model":"m","choices":[{{"delta":{{"{field}":"{text}"}}}}]}}"#);
        format!("{}\n{}\n{}\n{}\n[DONE]", delta("a\\ud83c"), delta(""), delta("\\udfc1b\\udfc1"), delta("\\ud83c"))
    };
    for (field, kind) in [("content", "answer"), ("reasoning", "thinks"), ("thinking", "thinks")] {
        let whole = |text: &str| format!("{kind} {text}");
        let seen = [
            "model m".into(),
            whole("a"),
            whole("\u{1f3c1}b\u{fffd}"),
            whole("\u{fffd}"),
            "done".into(),
            "closed".into(),
        ];
        check(&events(field), &seen.each_ref().map(String::as_str));
    }
    check_with(
        Dialect::Ollama,
        true,
        r#"{"model":"m\ud83c","message":{"content":"\ud83c"},"done":false}
        {"message":{"content":"\udfc1"},"done":false}
        {"message":{"content":"","thinking":"\ud83c"},"done":false}
        {"message":{"content":"x"},"done":true,"done_reason":"stop"}"#,
        &["model m\u{fffd}", "answer \u{1f3c1}", "thinks \u{fffd}", "answer x", "finish stop", "done", "closed"],
    );
    check_raw(
        r#"{"choices":[{"message":{"content":"a\ud83c"},"finish_reason":"stop"}]}"#,
        &["answer a", "answer \u{fffd}", "finish stop", "notice", "closed"],
    );
    check(r#"{"error":{"message":"broke \ud83c"}}"#, &["failed stream_error: broke \u{fffd}"]);
}

#[test]
fn a_tag_that_only_closes_tells_what_came_before() {
    check(
        r#"{"choices":[{"delta":{"content":"Let me "}}]}
        {"choices":[{"delta":{"content":"think.\n</thi"}}]}
        {"choices":[{"delta":{"content":"nk>\n\n"}}]}
        {"choices":[{"delta":{"content":"Four."},"finish_reason":"stop"}]}"#,
        &[
            "answer Let me ",
            "answer think.\n",
            "it was thinking",
            "answer \n\n",
            "answer Four.",
            "finish stop",
            "closed",
        ],
    );
    let body = "{\"message\":{\"content\":\"hm</think>so\"},\"done\":true,\"done_reason\":\"stop\"}";
    check_with(Dialect::Ollama, true, body, &["thinks hm", "answer so", "finish stop", "done", "closed"]);
}

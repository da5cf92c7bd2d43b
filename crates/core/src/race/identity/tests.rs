//! What was asked for against what was answered, as real servers do it, and what must not pass as the same.

use super::*;

/// Asked and answered of recorded streams, and of dialects that are documented.
const SAME: &[(&str, &str)] = &[
    ("gpt-oss-120b", "gpt-oss-120b"),
    ("llama3.1-8b", "llama3.1-8b"),
    ("llama-3.1-8b", "llama3.1-8b"),
    ("qwen-3-235b-a22b-thinking-2507", "qwen-3-235b-a22b-thinking-2507"),
    ("command-r7b-12-2024", "command-r7b-12-2024"),
    ("command-r7b", "command-r7b-12-2024"),
    ("deepseek-chat", "deepseek-chat"),
    ("deepseek-v4-flash", "deepseek-v4-flash"),
    ("qwen3", "qwen3"),
    ("groq/compound", "groq/compound"),
    ("deepseek-r1-distill-llama-70b", "deepseek-r1-distill-llama-70b"),
    ("openai/gpt-oss-120b", "openai/gpt-oss-120b"),
    ("moonshotai/kimi-k2-instruct-0905", "moonshotai/kimi-k2-instruct-0905"),
    ("moonshotai/kimi-k2-instruct", "moonshotai/kimi-k2-instruct-0905"),
    ("llama-3.3-70b-versatile", "llama-3.3-70b-versatile"),
    ("meta-llama/Llama-3.1-8B-Instruct:novita", "meta-llama/llama-3.1-8b-instruct"),
    ("meta-llama/Llama-3.3-70B-Instruct", "meta-llama/Llama-3.3-70B-Instruct"),
    ("Qwen3-1.7B", "/models/of/somebody/Qwen3-1.7B-Q4_K_M.gguf"),
    ("Qwen/Qwen3-1.7B-GGUF:Q4_K_M", "/models/of/somebody/Qwen3-1.7B-Q4_K_M.gguf"),
    ("llama-3.1-8b", "/models/llama-3.1-8b.gguf"),
    ("llama-3.1-8b", "C:\\models\\Llama-3.1-8B-Instruct.Q8_0.gguf"),
    ("llama-3.3-70b", "Llama-3.3-70B-Instruct-Q4_K_M-00001-of-00002.gguf"),
    ("MiniMax-M2.7", "MiniMax-M2.7"),
    ("mistral-small-latest", "mistral-small-latest"),
    ("mistral-small-latest", "mistral-small-2506"),
    ("Qwen/Qwen3-4B", "Qwen/Qwen3-4B"),
    ("meta-llama/Meta-Llama-3.1-70B-Instruct", "meta-llama/Meta-Llama-3.1-70B-Instruct"),
    ("meta-llama/Llama-3.1-70B-Instruct", "meta-llama/Meta-Llama-3.1-70B-Instruct-fp8"),
    ("deepseek/deepseek-r1-distill-qwen-14b", "deepseek/deepseek-r1-distill-qwen-14b"),
    ("llama3", "llama3"),
    ("llama3", "llama3:latest"),
    ("qwen3:4b", "qwen3:4b"),
    ("gpt-oss:120b-cloud", "gpt-oss:120b"),
    ("gpt-oss-120b", "gpt-oss:120b"),
    ("gpt-3.5-turbo", "gpt-3.5-turbo-0125"),
    ("gpt-35-turbo", "gpt-35-turbo"),
    ("gpt-3.5-turbo", "gpt-35-turbo"),
    ("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14"),
    ("gpt-5-mini", "gpt-5-mini-2025-08-07"),
    ("gpt-4o", "gpt-4o-2024-08-06"),
    ("gpt-4o-2024-08-06", "gpt-4o"),
    ("gpt-4", "gpt-4-0613"),
    ("chatgpt-4o-latest", "chatgpt-4o"),
    ("openai/gpt-4o", "openai/gpt-4o"),
    ("openai/gpt-4o", "gpt-4o-2024-11-20"),
    ("meta-llama/llama-4-scout:free", "meta-llama/llama-4-scout"),
    ("meta-llama/llama-4-scout:free", "meta-llama/llama-4-scout:free"),
    ("x-ai/grok-4", "x-ai/grok-4"),
    ("x-ai/grok-4", "x-ai/grok-4-07-09"),
    ("grok-3-mini", "grok-3-mini"),
    ("llama3-8b", "llama3-8b"),
    ("claude-sonnet-4-6", "claude-sonnet-4-6"),
    ("claude-3-5-sonnet", "claude-3-5-sonnet-20241022"),
    ("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022"),
    ("claude-3-5-sonnet", "claude-3-5-sonnet@20241022"),
    ("claude-3-5-sonnet", "us.anthropic.claude-3-5-sonnet-20241022-v2:0"),
    ("gemini-2.5-pro-preview", "models/gemini-2.5-pro-preview-05-06"),
    ("gemini-2.0-flash", "gemini-2.0-flash-001"),
    ("facebook/opt-125m", "facebook/opt-125m"),
    ("facebook/opt-125m", "facebook/opt-125m@main"),
    ("glm-4.5", "glm-4.5"),
    ("accounts/fireworks/models/llama-v3p1-8b-instruct", "accounts/fireworks/models/llama-v3p1-8b-instruct"),
    ("llama-3.1-8b-instruct", "accounts/fireworks/models/llama-v3p1-8b-instruct"),
    ("@cf/meta/llama-3.1-8b-instruct", "@cf/meta/llama-3.1-8b-instruct"),
    (
        "meta-llama/Llama-3.1-8B-Instruct",
        "/srv/models/hub/models--meta-llama--Llama-3.1-8B-Instruct/snapshots/0e9e39f249a16976918f6564b8830bc894c89659",
    ),
    ("LLAMA-3.1-8B", "llama-3.1-8b"),
    ("m", "m"),
];

const OTHER: &[(&str, &str)] = &[
    ("m", "some-other-model-0.5b"),
    ("my-tiny-1b", "llama-3.1-8b-instant"),
    ("deepseek-chat", "deepseek-v4-flash"),
    ("llama-3.1-8b", "llama-3.2-8b"),
    ("llama-3.1-8b", "llama-3.1-70b"),
    ("qwen3:4b", "qwen3:8b"),
    ("qwen3:4b", "qwen3:0.6b"),
    ("gpt-4o", "gpt-4o-mini"),
    ("gpt-4o", "gpt-4o-mini-2024-07-18"),
    ("gpt-4", "gpt-4-turbo"),
    ("gpt-4.1", "gpt-4"),
    ("gpt-4o-2024-08-06", "gpt-4o-2024-11-20"),
    ("gpt-3.5-turbo", "gpt-3.5-turbo-instruct"),
    ("grok-3", "grok-3-mini"),
    ("claude-3-5-sonnet", "claude-3-5-haiku-20241022"),
    ("glm-4.5", "glm-4.5-air"),
    ("glm-4.7", "glm-4.5"),
    ("Qwen3-4B", "Qwen3-4B-Instruct-2507"),
    ("mistral-small-latest", "mistral-large-latest"),
    ("llama-3.1-8b:q4_k_m", "llama-3.1-8b:q8_0"),
    ("kimi-k2-0711", "kimi-k2-0905"),
    ("llama3-70b", "llama3-70b-8192x"),
    ("yi-34b", "yi-6b"),
    ("", "m"),
    ("gpt-4o", ""),
];

#[test]
fn honest_servers_are_believed() {
    for (asked, answered) in SAME {
        assert!(
            is_same(asked, answered),
            "{asked} / {answered}: {:?} {:?}",
            ModelName::read(asked),
            ModelName::read(answered)
        );
        assert!(is_same(answered, asked), "{answered} / {asked}");
    }
}

#[test]
fn another_model_is_another() {
    for (asked, answered) in OTHER {
        assert!(
            !is_same(asked, answered),
            "{asked} / {answered}: {:?} {:?}",
            ModelName::read(asked),
            ModelName::read(answered)
        );
    }
}

#[test]
fn snapshots_are_told_apart() {
    assert!(are_two_snapshots("gpt-4o-2024-08-06", "openai/gpt-4o-2024-11-20"));
    assert!(!are_two_snapshots("gpt-4o-2024-08-06", "gpt-4o") && !are_two_snapshots("gpt-4o-2024-08-06", "gpt-4-0613"));
}

#[test]
fn whoever_asks_for_anything_has_asked_for_nothing() {
    for open in ["default", "auto", "openrouter/auto", "azure/model-router", "model-router"] {
        assert!(is_open(open), "{open}");
    }
    assert!(!is_open("auto-gpt") && !is_open("m"));
}

proptest::proptest! {
    #[test]
    fn a_name_is_itself_and_nothing_panics(name in "\\PC{0,40}", other in "[a-z0-9:@./_-]{0,30}") {
        assert!(is_same(&name, &name));
        assert_eq!(is_same(&name, &other), is_same(&other, &name));
    }
}

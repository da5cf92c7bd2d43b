//! Each rule of the catalogue, broken once.
//! A row is a file that is laid over a small sound catalogue, and the one problem that must be reported.

use crate::{Catalog, CatalogError};

const SOUND: &str = r#"(
    models: [(id: "m", name: "M"), (id: "n", name: "N")],
    providers: [
        (id: "fast", name: "Fast", hardware: "wse", base_url: "https://fast.example/v1", key: "FAST_API_KEY",
         offers: [(model: "m", id: "wire-m")]),
        (id: "slow", name: "Slow", hardware: "local", base_url: "http://[::1]:1/v1", local: true,
         offers: [(model: "m", id: "wire-m")]),
    ],
    groups: [(id: "A", name: "All")],
    phases: [(id: "A1", group: "A", contestants: ["fast", "slow"], model: "m", priority: 1, cost_usd: 0)],
)"#;

fn problems(text: &str) -> Vec<String> {
    match Catalog::parse(SOUND, "sound").unwrap().overlay(text, "mine.ron") {
        Ok(_) => Vec::new(),
        Err(CatalogError::Invalid { problems, .. }) => problems,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn phase(fields: &str) -> String {
    let usual = r#"group: "A", contestants: ["fast", "slow"], model: "m", priority: 1, cost_usd: 0"#;
    let mut line = format!("{fields}, {usual}");
    // A field that the row gives takes the place of the usual one.
    for (name, value) in [
        ("group", r#", group: "A""#),
        ("contestants", r#", contestants: ["fast", "slow"]"#),
        ("model", r#", model: "m""#),
        ("priority", ", priority: 1"),
        ("cost_usd", ", cost_usd: 0"),
    ] {
        if fields.starts_with(name) {
            line = line.replacen(value, "", 1);
        }
    }
    format!(r#"(phases: [(id: "B2", {line})])"#)
}

fn offer(fields: &str) -> String {
    format!(r#"(providers: [(id: "fast", offers: [(model: "m", {fields})])])"#)
}

fn assert_problems(rows: &[(String, &str)]) {
    for (text, problem) in rows {
        assert_eq!(problems(text), [*problem], "{text}");
    }
}

#[test]
fn phases() {
    assert_problems(&[
        (
            phase(r#"contestants: ["fast", "slwo"]"#),
            "phase B2: contestant 'slwo' is not a provider; did you mean slow?",
        ),
        (phase(r#"contestants: ["fast"]"#), "phase B2: a phase compares exactly 2 contestants, not 1"),
        (phase(r#"contestants: ["fast", "FAST"]"#), "phase B2: contestant 'FAST' would race itself"),
        (phase(r#"group: "Z""#), "phase B2: group 'Z' does not exist; known: A; `speed-kings phases` lists them"),
        (phase(r#"model: "q""#), "phase B2: model 'q' does not exist; known: m, n; `speed-kings list` lists them"),
        (phase("priority: 0"), "phase B2: priority must be 1 or more; 1 runs first"),
        (phase("cost_usd: -1"), "phase B2: cost_usd is negative or no number"),
    ]);
    let neither = problems(&phase(r#"model: "n""#));
    assert_eq!(neither.len(), 2, "all problems are reported, not only the first");
    assert_eq!(neither[0], "phase B2: contestant 'fast' does not offer n; it offers m");
}

#[test]
fn providers() {
    let fast = |fields: &str| format!(r#"(providers: [(id: "fast", {fields})])"#);
    assert_problems(&[
        (
            fast(r#"base_url: "fast.example""#),
            "provider fast: base_url 'fast.example' must begin with http:// or https:// and name a host",
        ),
        (
            fast(r#"key: "sk-secret""#),
            "provider fast: key must be the name of an environment variable (capitals, digits, '_'), never a key itself",
        ),
        (fast(r#"key: """#), "provider fast: it needs `key: \"…_API_KEY\"`, or `local: true` if it needs none"),
        (fast(r#"hardware: "wsse""#), "provider fast: unknown hardware 'wsse'; did you mean wse?"),
        (
            fast(r#"dialect: "grpc""#),
            "provider fast: unknown dialect 'grpc'; known: openai, ollama, anthropic, responses, completions, gemini",
        ),
        (
            fast(r#"token_limit: "max_token""#),
            "provider fast: unknown token_limit 'max_token'; did you mean max_tokens?",
        ),
        (
            fast(r#"extra: {"stream": false}"#),
            "provider fast: extra must not set 'stream': the program sets it for all contestants alike",
        ),
        (fast("exec: (command: [])"), "provider fast: its command names no program"),
        (
            fast(r#"exec: (command: ["x", "{promt}"])"#),
            "provider fast: unknown placeholder 'promt'; did you mean prompt?; write {{promt}} for the text {promt}",
        ),
        (
            fast(r#"exec: (command: ["x"], output: "json")"#),
            "provider fast: unknown output 'json'; did you mean jsonl?",
        ),
        (
            fast(r#"exec: (command: ["x"], output: "jsonl", skip: "y")"#),
            "provider fast: skip is for text: lines of JSON need none",
        ),
        (
            fast(r#"exec: (command: ["x"]), base_url: "http://x""#),
            "provider fast: exec and base_url: it is either a command or an address",
        ),
        (fast(r#"name: " ""#), "provider fast: the name is empty"),
        (
            r#"(providers: [(id: "new", name: "N", base_url: "http://n", local: true)])"#.into(),
            "provider new: it needs `hardware: \"…\"`, for example \"gpu_cloud\"",
        ),
    ]);
}

#[test]
fn references() {
    let reference = |fields: &str| {
        format!(
            r#"(references: [(id: "r", model: "M", hardware: "H", engine: "E", output_tok_s: 1, as_of: "2026", source: "s", {fields})])"#
        )
    };
    let with = |from: &str, to: &str| reference("").replace(from, to);
    assert_problems(&[
        (with("output_tok_s: 1", "output_tok_s: 0"), "reference r: output_tok_s must be more than 0"),
        (reference("watts: -1"), "reference r: watts must be more than 0"),
        (with(r#"hardware: "H""#, r#"hardware: " ""#), "reference r: it names no hardware"),
        (with(r#""2026""#, r#""soon""#), "reference r: as_of 'soon' of it must look like 2026, 2026-07 or 2026-07-24"),
        (with(r#"source: "s""#, r#"source: """#), "reference r: it has no source"),
    ]);
}

#[test]
fn offers() {
    assert_problems(&[
        (offer(r#"id: """#), "provider fast: the id of its offer m is empty"),
        (
            r#"(providers: [(id: "fast", offers: [(model: "mm", id: "x")])])"#.into(),
            "provider fast: it offers 'mm', which is not a model; did you mean m?",
        ),
        (
            r#"(providers: [(id: "fast", offers: [(model: "n", id: "x"), (model: "N", id: "y")])])"#.into(),
            "provider fast: it offers N twice; remove one",
        ),
        (
            offer(r#"price: (input: -1, output: 1, as_of: "2026-07-24", source: "s")"#),
            "provider fast: the price of m is negative or no number",
        ),
        (
            offer(r#"price: (input: 1, output: 1, as_of: "July", source: "s")"#),
            "provider fast: as_of 'July' of the price of m must look like 2026, 2026-07 or 2026-07-24",
        ),
        (
            offer(r#"claims: [(tok_s: 0, as_of: "2026-12", source: "s")]"#),
            "provider fast: a claim for m must be more than 0 tok/s",
        ),
        (offer(r#"claims: [(tok_s: 1, as_of: "2026", source: " ")]"#), "provider fast: a claim for m has no source"),
        (
            offer(r#"batch: (off: 1, as_of: "2026", source: "s")"#),
            "provider fast: what is taken off for batches of m must be over 0 and under 1; 0.5 is half",
        ),
        (
            r#"(providers: [(id: "fast", batch: (off: 0.5, as_of: "2026", source: ""))])"#.into(),
            "provider fast: the discount for its batches has no source",
        ),
        (offer("profile: (jitter: 1)"), "provider fast: in the profile of m, jitter must be from 0 to 0.9"),
        (offer("profile: (tok_s: 0)"), "provider fast: in the profile of m, tok_s must be more than 0"),
        (offer("profile: (ttft_ms: -1)"), "provider fast: in the profile of m, ttft_ms must be 0 or more"),
        (offer("profile: (tokens: 0)"), "provider fast: in the profile of m, tokens must be 1 or more"),
        (offer("profile: (reasoning: 2)"), "provider fast: in the profile of m, reasoning must be from 0 to 1"),
        (
            offer("profile: (tokens_per_chunk: 0)"),
            "provider fast: in the profile of m, tokens_per_chunk must be 1 or more",
        ),
        (
            offer(r#"reasoning_off: {"seed": 1}"#),
            "provider fast: reasoning_off of m must not set 'seed': the program sets it for all contestants alike",
        ),
    ]);
}

#[test]
fn the_rest() {
    let prompt = |fields: &str| format!(r#"(prompts: [(id: "p", name: "P", {fields})])"#);
    assert_problems(&[
        (prompt(r#"text: "", max_tokens: 1, expected_tokens: 1"#), "prompt p: the text is empty"),
        (prompt(r#"text: "t", max_tokens: 0, expected_tokens: 0"#), "prompt p: max_tokens must be 1 or more"),
        (
            prompt(r#"text: "t", max_tokens: 1, expected_tokens: 2"#),
            "prompt p: expected_tokens 2 is above max_tokens 1",
        ),
        (r#"(models: [(id: "o", name: "O", billions: 0)])"#.into(), "model o: billions must be more than 0"),
        (
            r#"(groups: [(id: "G 1", name: "G")])"#.into(),
            "group G 1: the id 'G 1' must be letters, digits, '-', '_' and '.' only",
        ),
        (
            r#"(models: [(id: "o", name: "O"), (id: "O", name: "O")])"#.into(),
            "model O: the id is given twice; rename or remove one",
        ),
    ]);
}

#[test]
fn the_report_names_the_file_and_lists_every_problem() {
    let error = Catalog::parse(r#"(models: [(id: "", name: "")])"#, "mine.ron").unwrap_err().to_string();
    assert!(error.starts_with("mine.ron: 2 things are wrong:\n  - model : the id ''"), "{error}");
    assert!(error.ends_with("\n  - model : the name is empty"), "{error}");
}

#[test]
fn dates() {
    for (text, good) in [
        ("2026", true),
        ("2026-07", true),
        ("2026-07-24", true),
        ("2026-7", false),
        ("2026-13", false),
        ("2026-07-32", false),
        ("2026-07-24-1", false),
        ("+026", false),
        ("", false),
    ] {
        assert_eq!(speed_kings_core::date::first_day(text).is_some(), good, "{text}");
    }
}

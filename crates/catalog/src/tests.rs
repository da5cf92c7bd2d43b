//! The built-in catalogue held against the plan, and a user's file laid over it.
//! The plan's table is written out here once more on purpose: a slip in the file must not go with the test.

use super::load::BUILTIN;
use super::*;

fn builtin() -> Catalog {
    Catalog::builtin().unwrap()
}

/// The plan: id, contestants, model, priority, cost in cents.
const PLAN: [(&str, [&str; 2], &str, u8, u32); 24] = [
    ("A1", ["cerebras", "groq"], "llama-3.1-8b", 1, 5),
    ("A2", ["cerebras", "fireworks"], "llama-3.1-8b", 1, 5),
    ("A3", ["cerebras", "together"], "llama-3.1-8b", 4, 5),
    ("A4", ["groq", "fireworks"], "llama-3.1-8b", 4, 5),
    ("A5", ["groq", "together"], "llama-3.1-8b", 4, 5),
    ("A6", ["fireworks", "together"], "llama-3.1-8b", 4, 5),
    ("A7", ["local-m3", "cerebras"], "llama-3.1-8b", 1, 5),
    ("A8", ["local-m3", "groq"], "llama-3.1-8b", 4, 5),
    ("B1", ["cerebras", "groq"], "llama-3.3-70b", 2, 15),
    ("B2", ["cerebras", "sambanova"], "llama-3.3-70b", 2, 15),
    ("B3", ["groq", "sambanova"], "llama-3.3-70b", 4, 15),
    ("B4", ["cerebras", "fireworks"], "llama-3.3-70b", 4, 15),
    ("B5", ["cerebras", "together"], "llama-3.3-70b", 4, 15),
    ("B6", ["sambanova", "fireworks"], "llama-3.3-70b", 4, 15),
    ("C1", ["cerebras", "zai"], "glm-4.7", 3, 10),
    ("C2", ["zai", "fireworks"], "glm-4.7", 4, 10),
    ("D1", ["deepseek", "together"], "deepseek-v3", 3, 5),
    ("D2", ["deepseek", "fireworks"], "deepseek-v3", 4, 5),
    ("D3", ["together", "fireworks"], "deepseek-v3", 4, 5),
    ("E1", ["moonshot", "together"], "kimi-k2.5", 3, 10),
    ("E2", ["moonshot", "openrouter"], "kimi-k2.5", 4, 10),
    ("E3", ["together", "openrouter"], "kimi-k2.5", 4, 10),
    ("F1", ["local-m3", "local-rtx5060"], "llama-3.1-8b", 5, 0),
    ("F2", ["local-rtx5060", "fireworks"], "llama-3.1-8b", 5, 0),
];

#[test]
fn the_plan_is_in_it_row_by_row() {
    let catalog = builtin();
    let planned: Vec<&Phase> = catalog.phases.iter().filter(|phase| phase.group != "G").collect();
    assert_eq!(planned.len(), PLAN.len());
    for (phase, (id, contestants, model, priority, cents)) in planned.iter().zip(PLAN) {
        assert_eq!(phase.id, id);
        assert_eq!(phase.group, id[..1], "{id}");
        assert_eq!(phase.contestants, contestants, "{id}");
        assert_eq!((phase.model.as_str(), phase.priority), (model, priority), "{id}");
        assert!((phase.cost_usd * 100.0 - f64::from(cents)).abs() < 1e-9, "{id}");
    }
    let total: f64 = planned.iter().map(|phase| phase.cost_usd).sum();
    assert!((total - 1.95).abs() < 1e-9, "{total}");
}

#[test]
fn group_g_races_what_is_served_today() {
    let catalog = builtin();
    let phases: Vec<&Phase> = catalog.phases.iter().filter(|phase| phase.group == "G").collect();
    assert_eq!(phases.len(), 9);
    for phase in phases {
        for id in &phase.contestants {
            assert_eq!(catalog.provider(id).unwrap().offer("gpt-oss-120b").unwrap().retired, None, "{id}");
        }
    }
}

#[test]
fn every_contestant_can_be_simulated_and_priced() {
    let catalog = builtin();
    for phase in &catalog.phases {
        for id in &phase.contestants {
            let provider = catalog.provider(id).unwrap();
            let offer = provider.offer(&phase.model).unwrap();
            let profile = offer.profile.as_ref().unwrap_or_else(|| panic!("{}: {id}", phase.id));
            let watchable = if provider.local { 150..=200 } else { 300..=450 };
            assert!(watchable.contains(&profile.tokens), "{}: {id}", phase.id);
            assert_eq!(profile.reasoning > 0.0, catalog.model(&phase.model).unwrap().reasoning, "{}: {id}", phase.id);
            assert!(offer.price.is_some(), "{}: {id}", phase.id);
        }
    }
}

#[test]
fn titles_and_variables_read_as_people_write_them() {
    let catalog = builtin();
    assert_eq!(catalog.phase("a1").unwrap().title(&catalog), "Cerebras vs Groq");
    assert_eq!(catalog.phase("F1").unwrap().title(&catalog), "Local M3 Pro vs Local RTX 5060");
    assert_eq!(catalog.phase("F1").unwrap().title(&Catalog::default()), "local-m3 vs local-rtx5060");
    for (id, prefix) in [("cerebras", "CEREBRAS"), ("local-m3", "LOCAL_M3"), ("openai-compatible", "OPENAI_COMPATIBLE")]
    {
        assert_eq!(catalog.provider(id).unwrap().env_prefix(), prefix);
    }
}

#[test]
fn facts_about_apis_are_where_requests_look_for_them() {
    let catalog = builtin();
    let cerebras = catalog.provider("Cerebras").unwrap();
    assert!(cerebras.offer("llama-3.1-8b").unwrap().retired.is_some());
    assert_eq!(cerebras.reasoning_off_for("gpt-oss-120b"), None);
    assert_eq!(cerebras.reasoning_off_for("glm-4.7").unwrap()["reasoning_effort"], "none");
    let fireworks = catalog.provider("fireworks").unwrap();
    assert_eq!(fireworks.extra["perf_metrics_in_response"], true);
    assert_eq!(catalog.provider("zai").unwrap().reasoning_off_for("glm-4.7").unwrap()["thinking"]["type"], "disabled");
    assert_eq!(catalog.provider("openai").unwrap().token_limit, TokenLimit::MaxCompletionTokens);
    assert_eq!(catalog.provider("local-m3").unwrap().dialect, Dialect::Ollama);
    let groq = catalog.provider("groq").unwrap();
    assert_eq!(groq.offer("qwen3-32b").unwrap().extra["reasoning_format"], "parsed");
    assert!(groq.extra.is_empty());
}

#[test]
fn unknown_names_say_what_was_meant() {
    let catalog = builtin();
    for (error, text) in [
        (catalog.phase("A9").unwrap_err(), "unknown phase 'A9'; did you mean A1, A2 or A3?"),
        (catalog.provider("gorq").unwrap_err(), "unknown provider 'gorq'; did you mean groq?"),
        (
            catalog.prompt("huge").unwrap_err(),
            "unknown prompt 'huge'; known: short, medium, long; `speed-kings list` lists them",
        ),
        (catalog.model("glm").unwrap_err(), "unknown model 'glm'; did you mean glm-4.7?"),
    ] {
        assert_eq!(error.to_string(), text);
    }
    assert!(catalog.group("Z").is_none());
    assert_eq!(catalog.group("g").unwrap().name, "gpt-oss-120b");
}

#[test]
fn a_typo_is_an_error_with_its_place() {
    let error = Catalog::parse("(\n    models: [\n        (id: \"m\", nam: \"M\"),\n    ],\n)", "my.ron").unwrap_err();
    let CatalogError::Syntax { line, cause, .. } = &error else { panic!("{error}") };
    assert_eq!(*line, 3, "{error}");
    assert!(cause.contains("nam") && cause.contains("name"), "{error}");
    assert!(error.to_string().starts_with("my.ron:3:"), "{error}");
    for text in ["(models: [", "(modles: [])", "", "(phases: [(id: 3)])"] {
        assert!(matches!(Catalog::parse(text, "x"), Err(CatalogError::Syntax { .. })), "{text}");
    }
}

#[test]
fn a_file_adds_and_replaces_whole_entries() {
    let catalog = builtin()
        .overlay(
            r#"(
                prompts: [(id: "Short", name: "Mine", text: "Hello", max_tokens: 9, expected_tokens: 9)],
                phases: [(id: "X1", group: "A", contestants: ["groq", "openrouter"], model: "llama-3.1-8b",
                          priority: 1, cost_usd: 0)],
            )"#,
            "mine.ron",
        )
        .unwrap();
    assert_eq!(catalog.prompts.len(), builtin().prompts.len());
    assert_eq!(catalog.prompt("short").unwrap().text, "Hello");
    assert_eq!(catalog.phases.last().unwrap().id, "X1");
    assert_eq!(catalog.providers, builtin().providers);
}

#[test]
fn a_provider_is_laid_over_field_by_field() {
    let price = r#"price: (input: 9, output: 9, as_of: "2026-09-01", source: "invoice")"#;
    let text = format!(
        r#"(providers: [
            (id: "GROQ", note: "mine", region_header: "", offers: [(model: "gpt-oss-120b", {price})]),
            (id: "cerebras", base_url: "http://127.0.0.1:9/v1/", offers: [(model: "llama-3.1-8b", retired: "")]),
            (id: "rack", name: "Rack", hardware: "rdu", base_url: "http://rack/v1", local: true),
        ])"#
    );
    let (old, new) = (builtin(), builtin().overlay(&text, "mine.ron").unwrap());
    let (was, is) = (old.provider("groq").unwrap(), new.provider("groq").unwrap());
    assert_eq!((is.seed, is.key.as_deref(), is.region_header.as_deref()), (true, Some("GROQ_API_KEY"), None));
    assert_eq!(is.offers.len(), was.offers.len());
    let (was, is) = (was.offer("gpt-oss-120b").unwrap(), is.offer("gpt-oss-120b").unwrap());
    assert_eq!(is.price.as_ref().unwrap().source, "invoice");
    assert_eq!((&is.id, &is.claims, &is.profile), (&was.id, &was.claims, &was.profile));
    let cerebras = new.provider("cerebras").unwrap();
    assert_eq!(cerebras.base_url, "http://127.0.0.1:9/v1");
    assert_eq!(cerebras.offer("llama-3.1-8b").unwrap().retired, None);
    assert_eq!(new.providers.last().unwrap().hardware, Hardware::Rdu);
}

#[test]
fn the_example_at_the_top_of_the_file_works() {
    let example: String = BUILTIN
        .lines()
        .take_while(|line| line.starts_with("//"))
        .filter_map(|line| line.strip_prefix("//     "))
        .flat_map(|line| [line, "\n"])
        .collect();
    let catalog = builtin().overlay(&example, "example").unwrap();
    assert_eq!(catalog.providers.len(), builtin().providers.len() + 1, "{example}");
}

#[test]
fn an_empty_file_changes_nothing() {
    assert_eq!(builtin().overlay("()", "mine.ron").unwrap(), builtin());
}

#[test]
fn the_examples_of_commands_are_sound() {
    let (_, example) = BUILTIN.split_once("For example, in a file of your own:\n").unwrap();
    let lines = example.lines().map(str::trim).skip(1).take_while(|line| line.starts_with("//     "));
    let text: String = lines.flat_map(|line| [line.trim_start_matches('/'), "\n"]).collect();
    let catalog = builtin().overlay(&text, "example").unwrap();
    let llama = catalog.provider("llama-completion").unwrap();
    assert!(llama.local && llama.base_url.is_empty());
    assert!(llama.command.as_ref().unwrap().takes(template::TemplateField::Seed));
    assert_eq!(catalog.provider("script").unwrap().command.as_ref().unwrap().output, command::CommandOutput::Jsonl);
}

#[test]
fn whichever_is_newer_takes_the_place_of_the_other() {
    let exec = r#"(providers: [(id: "ollama", exec: (command: ["ollama", "run", "{model}", "{prompt}"]))])"#;
    let command = builtin().overlay(exec, "mine.ron").unwrap();
    assert!(command.provider("ollama").unwrap().command.is_some());
    let url = r#"(providers: [(id: "ollama", base_url: "http://127.0.0.1:1/")])"#;
    let server = command.overlay(url, "mine.ron").unwrap();
    let ollama = server.provider("ollama").unwrap();
    assert_eq!((ollama.base_url.as_str(), &ollama.command), ("http://127.0.0.1:1", &None));
}

#[test]
fn checks_of_the_streaming_protocol_are_true_to_their_words() {
    let catalog = builtin();
    let prompts = catalog.prompt_sets.iter().flat_map(|set| &set.prompts);
    let checks: Vec<&AnswerCheck> = prompts.flat_map(|prompt| &prompt.checks).collect();
    let holds = |name: &str, answer: &str| {
        let mut named = checks.iter().filter(|check| check.name == name).peekable();
        assert!(named.peek().is_some(), "{name}");
        named.all(|check| check.holds(answer))
    };
    let code = |line: &str| format!("```python\ndef factorial(n):\n    {line}\n```");
    assert!(holds("Python can read it", &code("return 1 if n < 2 else n * factorial(n - 1)")));
    assert!(!holds("Python can read it", &code("return n *")));
    assert!(!holds("Python can read it", &code("print \"hello\"")));
    let given_up = "To measure exactly 4 gallons: fill the 5-gallon jug, pour it into the 3-gallon jug. You are left with 2 \
                    gallons. Sorry, I give up.";
    assert!(!holds("reaches 4 gallons", given_up));
    assert!(holds("reaches 4 gallons", "Top up the 3-gallon jug: that leaves 4 gallons in the 5-gallon jug."));
}

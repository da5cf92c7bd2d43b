//! The merge, checked by what comes out of it.

use super::*;
use speed_kings_catalog::Hardware;
use speed_kings_core::race::setup::ANY_MODEL;

fn with(vars: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
    move |name| vars.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
}

fn plan_of(vars: &'static [(&'static str, &'static str)], options: &RaceOptions) -> Result<ResolvedRace, ConfigError> {
    plan(&Catalog::builtin().unwrap(), &ProcessEnv(&with(vars)), options)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const KEYS: &[(&str, &str)] = &[("CEREBRAS_API_KEY", "csk-canary"), ("GROQ_API_KEY", "gsk-canary")];

#[test]
fn a_phase_brings_everything() {
    let plan = plan_of(KEYS, &RaceOptions { phase: Some("a1".into()), ..RaceOptions::default() }).unwrap();
    assert_eq!(plan.setup.title(), "Cerebras vs Groq");
    assert_eq!(plan.setup.phase.as_ref().unwrap().id, "A1");
    assert_eq!(plan.clients[1].base_url().unwrap().as_str(), "https://api.groq.com/openai/v1");
    assert_eq!(plan.clients[1].request().model, "llama-3.1-8b-instant");
    assert_eq!(plan.setup.settings.temperature, Some(0.0));
    assert!(plan.setup.settings.nonce.is_some());
    assert!(plan.setup.contestants.iter().all(|c| !c.simulated && c.endpoint.is_none() && c.price.is_some()));
    assert!(!format!("{plan:?}").contains("canary"), "no key in any debug output");
}

#[test]
fn a_missing_key_names_its_variable_and_the_way_out() {
    let options = RaceOptions { phase: Some("A1".into()), ..RaceOptions::default() };
    let error = plan_of(&[("CEREBRAS_API_KEY", "x")], &options).unwrap_err().to_string();
    assert!(error.contains("GROQ_API_KEY is not set") && error.contains("--sim"), "{error}");
    let simulated = plan_of(&[], &RaceOptions { simulate: true, ..options }).unwrap();
    assert!(simulated.setup.simulated());
    assert_eq!(simulated.simulation.unwrap().keys().collect::<Vec<_>>(), ["1-cerebras", "2-groq"]);
}

#[test]
fn unknown_names_have_neighbours() {
    let phase =
        plan_of(&[], &RaceOptions { phase: Some("A9".into()), ..RaceOptions::default() }).unwrap_err().to_string();
    assert!(phase.contains("A9") && phase.contains("A1"), "{phase}");
    let options = RaceOptions { providers: names(&["cerebas", "groq"]), ..RaceOptions::default() };
    let provider = plan_of(KEYS, &options).unwrap_err().to_string();
    assert!(provider.contains("cerebras"), "{provider}");
}

#[test]
fn two_providers_get_a_model_that_both_still_serve() {
    let plan =
        plan_of(KEYS, &RaceOptions { providers: names(&["cerebras", "groq"]), ..RaceOptions::default() }).unwrap();
    assert_eq!(plan.setup.contestants[0].same_as.as_deref(), Some("gpt-oss-120b"));
    assert_eq!(plan.setup.contestants[1].model, "openai/gpt-oss-120b");
}

#[test]
fn flags_beat_the_environment_and_that_beats_the_phase() {
    const VARS: &[(&str, &str)] = &[("CEREBRAS_API_KEY", "a"), ("GROQ_API_KEY", "b"), ("GROQ_MODEL", "from-env")];
    let options = RaceOptions { phase: Some("A1".into()), ..RaceOptions::default() };
    let from_env = plan_of(VARS, &options).unwrap();
    assert_eq!(from_env.clients[1].request().model, "from-env");
    assert_eq!(from_env.setup.contestants[1].same_as, None, "nobody knows what that is");
    let models = names(&["one", "gpt-oss-120b"]);
    let from_flags = plan_of(VARS, &RaceOptions { models, ..options.clone() }).unwrap();
    assert_eq!(from_flags.clients[0].request().model, "one");
    assert_eq!(from_flags.clients[1].request().model, "openai/gpt-oss-120b");
    let three = RaceOptions {
        providers: names(&["groq", "groq", "groq"]),
        models: names(&["a", "b"]),
        ..RaceOptions::default()
    };
    assert!(matches!(plan_of(VARS, &three), Err(ConfigError::ModelCount { given: 2 })));
}

#[test]
fn an_endpoint_of_ones_own_needs_no_key_and_says_where_it_is() {
    const VARS: &[(&str, &str)] =
        &[("CEREBRAS_BASE_URL", "http://127.0.0.1:9000/cerebras/x/v1"), ("GROQ_BASE_URL", "http://127.0.0.1:9001/v1/")];
    let plan =
        plan_of(VARS, &RaceOptions { providers: names(&["cerebras", "groq"]), ..RaceOptions::default() }).unwrap();
    let cerebras = &plan.setup.contestants[0];
    assert_eq!(cerebras.endpoint.as_deref(), Some("127.0.0.1:9000"));
    assert_eq!(cerebras.hardware, Hardware::Local);
    assert_eq!(cerebras.price, None, "the list price is not what that costs");
}

#[test]
fn servers_of_ones_own_race_by_address() {
    let options = RaceOptions {
        providers: names(&["llama.cpp=http://127.0.0.1:1/v1", "mistral.rs=http://127.0.0.1:2/v1"]),
        ..RaceOptions::default()
    };
    let plan = plan_of(&[], &options).unwrap();
    assert_eq!(plan.setup.title(), "llama.cpp vs mistral.rs");
    assert_eq!(plan.clients[1].base_url().unwrap().port(), Some(2));
    assert!(plan.setup.contestants.iter().all(|one| one.local));
    let far = RaceOptions {
        providers: names(&["x=https://llm.example.org/v1", "y=http://192.168.1.5/v1"]),
        ..RaceOptions::default()
    };
    let far = plan_of(&[], &far).unwrap().setup.contestants;
    assert_eq!((far[0].local, far[1].local), (false, true), "what runs elsewhere may cost something");
    for bad in ["x=ftp://h/", "x=nonsense", "x=http://me:pass@h/v1"] {
        let error = plan_of(&[], &RaceOptions { providers: names(&[bad, "groq"]), ..RaceOptions::default() })
            .unwrap_err()
            .to_string();
        assert!(error.contains("not an address") && !error.contains("pass@"), "{error}");
    }
}

#[test]
fn reasoning_goes_off_where_there_is_a_switch() {
    const VARS: &[(&str, &str)] = &[("ZAI_API_KEY", "a"), ("FIREWORKS_API_KEY", "b")];
    let quirks = |no_reasoning| {
        let options = RaceOptions { phase: Some("C2".into()), no_reasoning, ..RaceOptions::default() };
        match plan_of(VARS, &options).unwrap().clients.remove(0) {
            ContestantClient::Http(client) => client.quirks.extra,
            ContestantClient::Exec(_) => unreachable!("a provider"),
        }
    };
    assert!(!quirks(false).contains_key("thinking"));
    assert_eq!(quirks(true)["thinking"]["type"], "disabled");
}

#[test]
fn one_alone_can_be_measured() {
    let options = RaceOptions { providers: names(&["groq"]), alone: true, ..RaceOptions::default() };
    assert_eq!(plan_of(KEYS, &options).unwrap().setup.contestants.len(), 1);
}

#[test]
fn a_prompt_out_of_a_file_is_called_what_the_file_is() {
    let dir = tempfile::tempdir().unwrap();
    let catalog = Catalog::builtin().unwrap();
    let named = |file: &str| {
        let path = dir.path().join(file);
        std::fs::write(&path, "Say hi.").unwrap();
        let size = Some(path.to_str().unwrap().to_owned());
        let options =
            settle(&catalog, RaceOptions { phase: Some("A1".into()), size, ..RaceOptions::default() }).unwrap();
        plan_of(KEYS, &options).unwrap().setup.prompt.name
    };
    assert_eq!((named("my question.v2.txt").as_str(), named("mine").as_str()), ("my question.v2", "mine"));
    assert_eq!(named("short.txt"), "short.txt", "another prompt has that name");
    #[cfg(unix)]
    assert_eq!(named("a\u{1b}[31m\nb.txt"), "a␛[31m b");
    let own = RaceOptions { phase: Some("A1".into()), prompt: Some("Say hi.".into()), ..RaceOptions::default() };
    assert_eq!(plan_of(KEYS, &own).unwrap().setup.prompt.name, "custom");
}

#[test]
fn wishes_that_contradict_themselves_are_told() {
    for (options, words) in [
        (RaceOptions::default(), "two contestants"),
        (RaceOptions { providers: names(&["groq"]), ..RaceOptions::default() }, "two contestants"),
        (RaceOptions { alone: true, ..RaceOptions::default() }, "no contestants"),
        (RaceOptions { phase: Some("A1".into()), providers: names(&["groq"]), ..RaceOptions::default() }, "not both"),
        (
            RaceOptions { phase: Some("A1".into()), prompt: Some(" ".into()), ..RaceOptions::default() },
            "prompt is empty",
        ),
        (RaceOptions { phase: Some("A1".into()), size: Some("huge".into()), ..RaceOptions::default() }, "huge"),
    ] {
        let error = plan_of(KEYS, &options).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn commands_race_by_themselves() {
    let options = RaceOptions {
        providers: names(&["exec:/opt/bin/engine -n {max_tokens}", "mine=exec:sh run.sh"]),
        ..RaceOptions::default()
    };
    let plan = plan_of(KEYS, &options).unwrap();
    assert_eq!(plan.setup.title(), "engine vs mine");
    for (contestant, client) in plan.setup.contestants.iter().zip(&plan.clients) {
        let ContestantClient::Exec(client) = client else { panic!("{client:?}") };
        assert!(client.key.is_none() && client.withheld.iter().any(|name| name == "GROQ_API_KEY"));
        assert_eq!(client.request.prompt, plan.setup.prompt_text());
        assert!(contestant.local && contestant.endpoint.is_none() && contestant.hardware == Hardware::Local);
        assert_eq!((contestant.provider.as_str(), contestant.model.as_str()), ("exec", ANY_MODEL));
    }
    assert!(!format!("{:?}", plan.setup).contains("/opt/bin"), "a recording has no place for arguments");
    let simulated = plan_of(&[], &RaceOptions { simulate: true, ..options }).unwrap();
    assert_eq!(simulated.simulation.unwrap().keys().collect::<Vec<_>>(), ["1-exec", "2-exec"]);
}

#[test]
fn commands_that_cannot_be_run_are_told() {
    for (name, words) in [
        ("exec:", "names no program"),
        ("exec:engine 'open", "a quote is not closed"),
        ("x=exec:sh -c 'engine {prompt}'", "run as code"),
        ("exec:engine {promt}", "did you mean prompt?"),
        ("exec:engine {model}", "EXEC_MODEL"),
    ] {
        let error =
            plan_of(KEYS, &RaceOptions { providers: names(&[name, "groq"]), ..RaceOptions::default() }).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn a_command_of_the_catalogue_gets_its_own_key_alone() {
    let file = r#"(providers: [(id: "cli", name: "CLI", hardware: "gpu_cloud", key: "GROQ_API_KEY", local: false,
                   exec: (command: ["cli", "-m", "{model}"]))])"#;
    let catalog = Catalog::builtin().unwrap().overlay(file, "mine.ron").unwrap();
    let options = RaceOptions { providers: names(&["cli", "cli"]), models: names(&["m"]), ..RaceOptions::default() };
    let plan = plan(&catalog, &ProcessEnv(&with(KEYS)), &options).unwrap();
    let ContestantClient::Exec(client) = &plan.clients[0] else { panic!("{plan:?}") };
    assert_eq!(client.key.as_ref().unwrap().0, "GROQ_API_KEY");
    assert!(!plan.setup.contestants[0].local && !format!("{plan:?}").contains("canary"));
    let missing = super::plan(&catalog, &ProcessEnv(&with(&[])), &options).unwrap_err();
    assert!(missing.to_string().contains("GROQ_API_KEY is not set"), "{missing}");
}

#[test]
fn another_prompt_brings_its_own_system_message_and_cap_but_for_what_a_contestant_has_of_its_own() {
    let options = RaceOptions { phase: Some("A1".into()), max_tokens: Some(80), ..RaceOptions::default() };
    let mut plan = plan_of(KEYS, &options).unwrap();
    plan.clients[1].request_mut().max_tokens = Some(7);
    plan.clients[1].request_mut().system = Some("its own".into());
    let mut asked = plan.asking("Why?", Some("Be brief."), Some(30));
    asked.renew();
    let of = |race: &ResolvedRace, lane: usize| {
        let request = race.clients[lane].request();
        (request.prompt.ends_with("] Why?"), request.system.clone(), request.max_tokens)
    };
    assert_eq!(of(&asked, 0), (true, Some("Be brief.".into()), Some(30)));
    assert_eq!(of(&asked, 1), (true, Some("its own".into()), Some(7)));
    assert_eq!((asked.setup.prompt.text.as_str(), asked.setup.settings.max_tokens), ("Why?", Some(30)));
    let usual = plan.asking("Why?", None, None);
    assert_eq!((usual.clients[0].request().system.as_ref(), usual.clients[0].request().max_tokens), (None, Some(80)));
}

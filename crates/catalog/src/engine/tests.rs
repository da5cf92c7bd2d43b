//! Every built-in engine filled in, what a user can get wrong, and what a file of their own can get wrong.

use super::*;
use crate::template::TemplateField;
use crate::{Catalog, CatalogError};

fn fill(line: &str) -> Result<FilledEngine, String> {
    let (id, rest) = line.split_once('@').unwrap_or((line, ""));
    let catalog = Catalog::builtin().unwrap();
    catalog.engine(id).unwrap().fill(&EngineRequest::parse(rest), 4242)
}

#[test]
fn every_built_in_engine_can_be_filled_in() {
    let catalog = Catalog::builtin().unwrap();
    assert!(catalog.engines.len() >= 13);
    for engine in &catalog.engines {
        let settings =
            engine.options.iter().map(|(name, option)| (name.clone(), if option.switch { "on" } else { "7" }.into()));
        let request = EngineRequest { model: "/models/a.gguf".into(), settings: settings.collect() };
        let filled = engine.fill(&request, 4242).unwrap();
        let spoken = filled.command.argv.iter().filter(|argument| !argument.contains('\n'));
        let words = spoken.cloned().collect::<Vec<_>>().join(" ")
            + &filled.command.env.values().cloned().collect::<Vec<_>>().join(" ");
        assert!(
            !words.contains("{}")
                && words.matches('{').count()
                    == words.matches("{prompt}").count()
                        + words.matches("{max_tokens}").count()
                        + words.matches("{temperature}").count()
                        + words.matches("{seed}").count(),
            "{words}"
        );
        assert_eq!(engine.serves(), words.contains("4242"), "{}: {words}", engine.id);
        assert_eq!(engine.serves(), !engine.command.takes(TemplateField::Prompt), "{}", engine.id);
        let script = engine.script.map(EngineScript::text);
        let handed = |text: &String| filled.command.argv.iter().any(|argument| argument == text);
        assert!(script.as_ref().is_none_or(handed), "{}: its script is handed over to the letter", engine.id);
        // What serves is started as it is; what answers a prompt is read as any command.
        assert!(engine.serves() || filled.command.problems().is_empty(), "{}", engine.id);
    }
}

#[test]
fn settings_become_arguments_and_environment() {
    let filled = fill("llama-server@/models/tiny.gguf,threads=2,slots=4,context=1024,cpu-moe").unwrap();
    let words = filled.command.argv.join(" ");
    assert!(words.starts_with("llama-server -m /models/tiny.gguf --host 127.0.0.1 --port 4242 -a tiny"), "{words}");
    for part in ["-c 4096", "-np 4", "-t 2 -tb 2", "--cpu-moe -lv 5"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(filled.model.as_deref(), Some("tiny"));
    assert_eq!(filled.proofs.keys().collect::<Vec<_>>(), ["cpu_moe"]);
    let ollama = fill("ollama@smollm2:135m,context=512").unwrap();
    assert_eq!(ollama.command.env.get("OLLAMA_CONTEXT_LENGTH").map(String::as_str), Some("512"));
    assert_eq!(ollama.model.as_deref(), Some("smollm2:135m"));
    let other = fill("xllamacpp@m.gguf,program=/venv/bin/python,cpu_moe=off").unwrap();
    assert_eq!(other.command.argv[0], "/venv/bin/python");
    assert!(!other.command.argv.contains(&"--cpu-moe".to_owned()) && other.proofs.is_empty());
}

#[test]
fn what_a_user_gets_wrong_is_told() {
    for (line, told) in [
        ("llama-server@", "needs a model file, for example engine:llama-server@model.gguf"),
        ("ollama", "needs the name of a model"),
        ("llama-server@m.gguf,thread=2", "did you mean threads?"),
        ("llama-server@m.gguf,threads", "the setting 'threads' needs a value"),
        ("llama-server@m.gguf,cpu_moe=3", "expected on or off"),
    ] {
        let error = fill(line).unwrap_err();
        assert!(error.contains(told), "{line}: {error}");
    }
}

#[test]
fn nothing_that_is_filled_in_becomes_a_hole() {
    let filled = fill("llama-server@/m/{port}{prompt}.gguf,override_tensor={model}=CPU").unwrap();
    let words = filled.command.argv.join(" ");
    assert!(words.contains("-m /m/{port}{prompt}.gguf"), "a command that is started takes it literally: {words}");
    let cli = fill("llama-cli@/m/{prompt}.gguf").unwrap();
    assert!(cli.command.argv.contains(&"/m/{{prompt}}.gguf".to_owned()), "{:?}", cli.command.argv);
    assert_eq!(EngineRequest::parse(r"a\,b.gguf,x=1").model, "a,b.gguf");
}

#[test]
fn what_a_file_gets_wrong_is_told() {
    for (entry, told) in [
        (r#"command: [""]"#, "names no program"),
        (r#"command: ["x", "{threads}"]"#, "unknown placeholder 'threads'"),
        (r#"command: ["x"], options: {"Threads": ()}"#, "small letters"),
        (r#"command: ["x"], options: {"a": (proof: "(")}"#, "not a regular expression"),
        (r#"command: ["x"], defaults: {"a": "1"}"#, "not one of its options"),
        (r#"command: ["x"], serves: (ready: "health")"#, "must begin with '/'"),
        (r#"command: ["x"], serves: (ready: "/", ready_s: 0)"#, "more than 0 seconds"),
        (r#"command: ["x", "{prompt}"], serves: (ready: "/")"#, "before there is a prompt"),
        (r#"command: ["x"], script: "nothing""#, "unknown script 'nothing'"),
    ] {
        let text = format!(r#"(engines: [(id: "e", name: "E", {entry})])"#);
        let error = Catalog::builtin().unwrap().overlay(&text, "own.ron").unwrap_err();
        let CatalogError::Invalid { problems, .. } = &error else { panic!("{entry}: {error}") };
        assert!(problems.len() == 1 && problems[0].contains(told), "{entry}: {problems:?}");
    }
}

#[test]
fn scripts_are_whole() {
    for script in EngineScript::ALL {
        let text = script.text();
        assert!(text.contains("argparse") && text.contains("127.0.0.1"), "{}", script.as_str());
        let answer = format!("```python\n{text}\n```");
        assert!(crate::check::python::check(&answer).is_ok(), "{}", script.as_str());
    }
}

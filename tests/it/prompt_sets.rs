//! Sets of prompts out of files, through the program: each round asks the next one of all contestants, with its own system message
//! and cap, and results tell them apart.

use serde_json::Value;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::program::Home;
use crate::schema::RESULTS;

const SET: &str = r#"{"id":"sky","prompt":"Why is the sky blue?","system":"Be brief.","max_tokens":30,"expected":"token","tags":["physics"]}
{"id":"sea","messages":[{"role":"user","content":"Why is the sea salty?"}],"expected":"no such words","tags":["physics","water"]}
"And the third?"
"#;

/// The file that was kept.
fn kept(home: &Home) -> (String, Value) {
    let folder = std::fs::read_dir(home.path().join("results")).unwrap().next().unwrap().unwrap().path();
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    files.sort();
    let path = files.pop().unwrap();
    (path.display().to_string(), serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
}

#[test]
fn each_round_asks_the_next_prompt_and_results_tell_them_apart() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let url = |name: &str| {
        format!("{name}={}", simulator.base_url_with(CUSTOM, "ttft_ms:5,tok_s:2000,tokens:60").replace(',', "\\,"))
    };
    let both = format!("{},{}", url("a"), url("b"));
    let home = Home::new();
    home.file("questions.jsonl", SET);
    let asked = ["benchmark", "--providers", &both, "--prompts", "questions.jsonl", "--max-tokens", "50", "-y"];
    let run = home.run(&[&asked[..], &["-o", "table"]].concat());
    run.says(
        0,
        &[
            "prompt questions",
            "1 warm-up and 3 counted runs",
            "3 prompts of a file, one a round",
            "By tag of the prompts",
        ],
    );
    run.says(0, &["answers pass \"expected answer\"", "water", "as expected"]);
    let (path, document) = kept(&home);
    assert_eq!(RESULTS.complaints(&document), [""; 0]);
    assert_eq!(document["prompt_rows"].as_array().unwrap().len(), 3);
    for lane in document["lanes"].as_array().unwrap() {
        let runs = lane["runs"].as_array().unwrap();
        let rows: Vec<&str> = runs.iter().map(|run| run["prompt_row"].as_str().unwrap()).collect();
        assert_eq!(rows, ["sky", "sea", "row 3"]);
        // The cap of the row, and that of the flag where it has none.
        let written: Vec<u64> = runs.iter().map(|run| run["tokens"]["output"].as_u64().unwrap()).collect();
        assert_eq!(written, [30, 50, 50]);
        let passed: Vec<Option<bool>> = runs.iter().map(|run| run["text"]["checks"][0]["passed"].as_bool()).collect();
        assert_eq!((passed[1], passed[2]), (Some(false), None));
    }
    home.run(&["report", &path, "-o", "csv"]).says(0, &[",prompt_row,", ",sky,", ",row 3,"]);
    // The same set is the same question, and another order of it is not.
    let again = home.run(
        &[&asked[..], &["--fail-if", "slower than baseline by 90%", "--baseline-run", "last", "-o", "csv"]].concat(),
    );
    again.says(0, &["gates: "]);
    assert!(!again.out.contains("something else"));
    home.file("questions.jsonl", SET.replace("sea salty", "sea wet"));
    let other = home.run(&[&asked[..], &["--compare", &path, "-o", "table"]].concat());
    other.says(0, &["nothing to compare: prompts differ"]);
}

#[test]
fn a_sample_is_drawn_by_the_seed_and_gone_on_with() {
    let home = Home::new();
    let lines: Vec<String> = (1..=40).map(|line| format!("Question {line}?")).collect();
    home.file("many.txt", lines.join("\n"));
    let asked = [
        "benchmark",
        "--phase",
        "A1",
        "--sim",
        "--prompts",
        "many.txt",
        "--sample",
        "4",
        "--max-tokens",
        "20",
        "--warmup",
        "0",
    ];
    let rows = |home: &Home| {
        let rows = kept(home).1["prompt_rows"].clone();
        rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    home.run(&[&asked[..], &["--seed", "5"]].concat()).says(0, &["4 counted runs"]);
    let first = rows(&home);
    let other = Home::new();
    other.file("many.txt", lines.join("\n"));
    other.run(&[&asked[..], &["--seed", "5", "-i", "6"]].concat()).says(0, &["6 counted runs"]);
    assert_eq!((first.len(), &first), (4, &rows(&other)));
    let (path, document) = kept(&other);
    let asked_rows: Vec<&str> = document["lanes"][0]["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["prompt_row"].as_str().unwrap())
        .collect();
    assert_eq!(asked_rows[4..], asked_rows[..2], "from the beginning again");
    // Two rounds more, of the same rows, with nothing but the file.
    other.run(&["benchmark", "--resume", &path, "-i", "8", "-o", "csv"]).says(0, &["going on with", "run 8/8"]);
    let gone_on = kept(&other).1;
    assert_eq!(gone_on["lanes"][0]["runs"][7]["prompt_row"], first[3].as_str());
}

#[test]
fn files_that_are_no_prompts_are_refused_with_the_line() {
    let home = Home::new();
    home.file("bad.jsonl", "{\"prompt\":\"x\"}\n{\"prompt\":7}\n");
    home.file("empty.txt", "\n\n");
    home.file("a.yaml", "x");
    let run = |more: &[&str]| home.run(&[&["benchmark", "--phase", "A1", "--sim"], more].concat());
    for (more, code, said) in [
        (
            &["--prompts", "bad.jsonl"] as &[&str],
            2,
            "bad.jsonl, line 2: expected a string, or an object with prompt or messages",
        ),
        (&["--prompts", "empty.txt"], 2, "it holds no prompt"),
        (&["--prompts", "a.yaml"], 2, "ends in .jsonl, .csv or .txt"),
        (&["--prompts", "none.jsonl"], 2, "cannot read the prompts in none.jsonl"),
        (&["--prompts", "gradd"], 2, "did you mean"),
        (&["--prompts", "graded", "--sample", "2"], 1, "graded is a set of the catalogue"),
        (&["--sample", "2"], 2, "--prompts"),
        (&["--prompts", "bad.jsonl", "--rate", "1"], 2, "bad.jsonl, line 2"),
    ] {
        run(more).says(code, &[said]);
    }
    assert!(!home.path().join("results").exists(), "nothing was begun");
}

/// Two conversations of three turns: one with recorded answers, one without.
const TALKS: &str = r#"{"id":"told","messages":[{"role":"user","content":"How far is the moon from here, and how do we know that?"},{"role":"assistant","content":"384,400 km on average. A laser pulse takes 2.56 s there and back."},{"role":"user","content":"And the sun, by the same way?"},{"role":"assistant","content":"149.6 million km, by radar to Venus and Kepler's third law."},{"role":"user","content":"Which one was known first?"}]}
{"id":"free","messages":[{"role":"user","content":"Name a river that crosses three countries."},{"role":"user","content":"Name a longer one."},{"role":"user","content":"And one longer still."}]}
"#;

/// The path of a dialect at the simulator, behind its base.
const DIALECTS: [&str; 5] = ["openai", "anthropic", "responses", "gemini", "ollama"];

#[test]
fn a_conversation_is_held_turn_by_turn_and_its_history_comes_out_of_the_cache() {
    let simulator = Simulator::start(Options::default()).unwrap();
    // A prompt token takes 2 ms to be read, so that what is cached shows in TTFT.
    let server = simulator.base_url_with(CUSTOM, "ttft_ms:5,tok_s:4000,tokens:40,prefill_tok_s:500,cache,jitter:0");
    let home = Home::new();
    home.file("talks.jsonl", TALKS);
    let a = format!("a={}", server.replace(',', "\\,"));
    let run = home.run(&["benchmark", "--providers", &a, "--prompts", "talks.jsonl", "-i", "4", "-y", "-o", "table"]);
    run.says(0, &["By turn of the conversations, medians:", "prompt tokens", "cached"]);
    run.says(0, &["run 1/4 · a · turn 3/3", "of the file stand in it in 4 requests, the contestant's own in 4"]);
    let (path, document) = kept(&home);
    assert_eq!(RESULTS.complaints(&document), [""; 0]);
    let runs = document["lanes"][0]["runs"].as_array().unwrap();
    let told: Vec<(u64, u64, &str)> = runs
        .iter()
        .map(|run| {
            let turn = &run["turn"];
            (run["round"].as_u64().unwrap(), turn["number"].as_u64().unwrap(), turn["history"].as_str().unwrap())
        })
        .collect();
    let of = |round, history| [(round, 1, "none"), (round, 2, history), (round, 3, history)];
    assert_eq!(told, [of(1, "recorded"), of(2, "own"), of(3, "recorded"), of(4, "own")].concat());
    for talk in runs.chunks(3) {
        let tokens = |name: &str| talk.iter().map(|run| run["tokens"][name].as_u64().unwrap()).collect::<Vec<_>>();
        let (input, cached) = (tokens("input"), tokens("cached"));
        assert!(input.is_sorted() && input[0] < input[1] && input[1] < input[2], "the history grows: {input:?}");
        // Nothing of the first turn is known, for a nonce opens it; all that was sent before is in each later one.
        assert!(cached[0] < 3 && cached[1] + 1 >= input[0] && cached[2] + 1 >= input[1], "{cached:?} of {input:?}");
    }
    let turns = document["lanes"][0]["statistics"]["turns"].as_array().unwrap();
    let asked: Vec<u64> = turns.iter().map(|turn| turn["good"].as_u64().unwrap()).collect();
    assert_eq!(asked, [4, 4, 4]);
    home.run(&["report", &path, "-o", "csv"]).says(0, &[",told,2,3,recorded,0,,\r\n", ",free,3,3,own,0,,\r\n"]);
    home.run(&["report", &path, "--out", "talks.html"]).says(0, &["written: talks.html"]);
    let page = std::fs::read_to_string(home.path().join("talks.html")).unwrap();
    assert!(page.contains("By turn of the conversations") && page.contains("1, turn 3 of 3"));
    // Nothing of it is a run that stands alone: gates take a conversation as one value.
    let gated = home.run(&["report", &path, "--fail-if", "ttft<1", "-o", "table"]);
    gated.says(0, &["4 have the figure", "5 conversations are needed at least"]);
}

#[test]
fn every_dialect_with_messages_holds_a_conversation() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let home = Home::new();
    home.file("talks.jsonl", TALKS);
    for dialect in DIALECTS {
        let server = simulator.base_url_with(CUSTOM, "ttft_ms:2,tok_s:4000,tokens:20,cache");
        let base = match dialect {
            "gemini" => server.replace("/v1", "/v1beta"),
            "ollama" => server.replace("/v1", ""),
            _ => server,
        };
        let (a, set) = (format!("a={}", base.replace(',', "\\,")), format!("a.dialect={dialect}"));
        let asked =
            ["benchmark", "--providers", &a, "--set", &set, "--prompts", "talks.jsonl", "-i", "1", "--warmup", "0"];
        let run = home.run(&[&asked[..], &["-y", "-o", "json", "--no-save"]].concat());
        run.says(0, &["turn 3/3"]);
        let document: Value = serde_json::from_str(&run.out).unwrap();
        let runs = document["lanes"][0]["runs"].as_array().unwrap();
        let input: Vec<u64> = runs.iter().map(|run| run["tokens"]["input"].as_u64().unwrap()).collect();
        assert!(input.len() == 3 && input[0] < input[1] && input[1] < input[2], "{dialect}: {input:?}");
        let cached = runs[2]["tokens"]["cached"].as_u64();
        // Ollama says nothing of its cache, and an absent figure is absent.
        assert_eq!(cached.map(|cached| cached + 1 >= input[1]), (dialect != "ollama").then_some(true), "{dialect}");
    }
}

#[test]
fn a_turn_that_fails_ends_its_conversation_with_the_reason() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let home = Home::new();
    home.file("talks.jsonl", TALKS);
    // The second turn of the first conversation no longer fits, and the whole second one does.
    let a = format!(
        "a={}",
        simulator.base_url_with(CUSTOM, "ttft_ms:2,tok_s:4000,tokens:5,context:38").replace(',', "\\,")
    );
    let run = home.run(&["benchmark", "--providers", &a, "--prompts", "talks.jsonl", "-y", "-o", "table"]);
    run.says(
        3,
        &["a: 1 conversation ended early, and 1 turn was not run: turn 2 failed", "maximum context length is 38"],
    );
    let (path, document) = kept(&home);
    assert_eq!(RESULTS.complaints(&document), [""; 0]);
    let runs = document["lanes"][0]["runs"].as_array().unwrap();
    let told: Vec<(bool, u64)> =
        runs.iter().map(|run| (run["ok"].as_bool().unwrap(), run["turn"]["not_run"].as_u64().unwrap())).collect();
    assert_eq!(told, [(true, 0), (false, 1), (true, 0), (true, 0), (true, 0)]);
    home.run(&["report", &path, "-o", "markdown"]).says(0, &["| 3 | a | 1 of 1 | 1 |"]);
    // Going on with it asks nothing again, and what it holds stays.
    home.run(&["benchmark", "--providers", &a, "--prompts", "talks.jsonl", "-y", "--resume", &path])
        .says(3, &["has 5 runs"]);
    let (_, after) = kept(&home);
    assert_eq!(after["lanes"][0]["runs"], document["lanes"][0]["runs"]);
}

#[test]
fn whoever_takes_one_text_alone_is_refused_before_anything_is_sent() {
    let home = Home::new();
    home.file("talks.jsonl", TALKS);
    let run = |more: &[&str]| home.run(&[&["benchmark", "--prompts", "talks.jsonl", "-y"], more].concat());
    run(&["--providers", "a=http://127.0.0.1:1/v1", "--set", "a.dialect=completions"])
        .says(2, &["told of --prompts is a conversation, and a takes one text alone", "--set 'a.dialect=openai'"]);
    run(&["--providers", "a=exec:cat"]).says(2, &["a takes one text alone"]);
    run(&["--providers", "a=http://127.0.0.1:1/v1", "--concurrency", "2"]).says(2, &["held one at a time"]);
}

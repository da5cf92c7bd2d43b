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
    home.run(&["report", &path, "-o", "csv"]).says(0, &[",prompt_row\r\n", ",sky\r\n", ",row 3\r\n"]);
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
        (&["--prompts", "bad.jsonl", "--rate", "1"], 2, "--prompts is about runs one at a time"),
    ] {
        run(more).says(code, &[said]);
    }
    assert!(!home.path().join("results").exists(), "nothing was begun");
}

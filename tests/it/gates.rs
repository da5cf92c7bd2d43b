//! Gates through the program: a planted regression ends it with code 4, a difference within noise doesn't, and what can't be
//! decided fails nobody unless that is asked for.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::program::Home;
use crate::schema::RESULTS;

/// What the server does first, and what it does when it has become slower. Both vary by themselves.
const BEFORE: &str = "ttft_ms:30,tok_s:800,tokens:60,jitter:0.3";
const SLOWER: &str = "ttft_ms:30,tok_s:500,tokens:60,jitter:0.3";

/// A benchmark of a server that behaves like this, with more arguments.
fn benchmark<'a>(url: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["benchmark", "--providers", url, "--max-tokens", "100", "-y", "--warmup", "1"], more].concat()
}

fn url(simulator: &Simulator, settings: &str) -> String {
    format!("mine={}", simulator.base_url_with(CUSTOM, settings).replace(',', "\\,"))
}

/// The attributes of the root and the tags below each case of a file of `JUnit`.
fn junit(path: PathBuf) -> (usize, usize, Vec<String>) {
    let text = fs::read_to_string(path).unwrap();
    let document = roxmltree::Document::parse(&text).unwrap();
    let count = |name: &str| document.root_element().attribute(name).unwrap().parse().unwrap();
    let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
    let told = cases.filter_map(|case| case.first_element_child().map(|told| told.tag_name().name().to_owned()));
    (count("tests"), count("failures"), told.collect())
}

#[test]
fn a_planted_regression_fails_and_noise_does_not() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let (before, slower) = (url(&simulator, BEFORE), url(&simulator, SLOWER));
    let home = Home::new().with("GITHUB_STEP_SUMMARY", "summary.md");
    let gate = ["-i", "10", "--fail-if", "slower than baseline by 25%", "--baseline-run", "last", "--junit", "j.xml"];

    // The first time there is nothing to hold it against: that fails nobody, unless it has to be decided.
    home.run(&benchmark(&before, &gate)).says(0, &["gate undecided", "no earlier complete results of the same"]);
    assert_eq!(junit(home.path().join("j.xml")), (1, 0, vec!["skipped".into()]));
    // The same again: what differs is noise.
    let again = home.run(&benchmark(&before, &[&gate[..], &["--strict", "-o", "json"]].concat()));
    again.says(0, &["gates: 0 failed, 1 passed, 0 undecided"]);
    let document: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!(RESULTS.complaints(&document), [""; 0]);
    assert_eq!((&document["gates"]["passed"], &document["gates"]["checks"][0]["name"]), (&1.into(), &"mine".into()));
    assert_eq!(document["changes"]["since"], document["changes"]["results"][0]["since"]);
    assert_eq!(junit(home.path().join("j.xml")), (1, 0, vec!["system-out".into()]));

    let worse = home.run(&benchmark(&slower, &[&gate[..], &["--step-summary", "-o", "json"]].concat()));
    worse.says(4, &["gate failed: slower than baseline by 25% · SIM mine (", "gates: 1 failed"]);
    let document: Value = serde_json::from_str(&worse.out).unwrap();
    assert_eq!(RESULTS.complaints(&document), [""; 0]);
    let check = &document["gates"]["checks"][0];
    assert!(check["call"] == "failed" && check["low"].as_f64().unwrap() > 1.25, "{check}");
    assert_eq!(junit(home.path().join("j.xml")), (1, 1, vec!["failure".into()]));
    let summary = fs::read_to_string(home.path().join("summary.md")).unwrap();
    assert!(summary.starts_with("## Gates\n") && summary.contains("| failed | Total time is "), "{summary}");
    assert!(summary.contains("| median | mine |"), "{summary}");
}

#[test]
fn limits_are_held_by_benchmarks_reports_and_watches() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let server = url(&simulator, "ttft_ms:40,tok_s:800,tokens:60,jitter:0");
    let home = Home::new();
    let slow = home.run(&benchmark(&server, &["-i", "9", "-o", "table", "--fail-if", "MINE.ttft>20ms"]));
    slow.says(4, &["Gates", "MINE.ttft>20ms", "failed", "median of TTFT 4"]);
    home.run(&benchmark(&server, &["-i", "3", "--no-save", "--fail-if", "ttft>20ms"]))
        .says(0, &["can't fail with 3 runs of each: 5 are needed at least (-i 5)", "gate undecided: ttft>20ms"]);
    home.run(&benchmark(&server, &["-i", "3", "--no-save", "--strict", "--fail-if", "ttft>20ms"])).says(5, &[]);

    let folder = fs::read_dir(home.path().join("results")).unwrap().next().unwrap().unwrap().path();
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let report = |more: &[&str]| home.run(&[&["report", file.to_str().unwrap()], more].concat());
    report(&["--fail-if", "ttft>20ms", "-o", "csv"]).says(4, &["gate failed: ttft>20ms"]);
    report(&["--fail-if", "ttft>2s", "-o", "markdown", "--strict"]).says(0, &["## Gates", "passed"]);
    report(&["--fail-if", "ttft.p95>20ms", "--strict"]).says(5, &["20 runs are needed at least, and "]);
    report(&["--fail-if", "slower than baseline", "--baseline-run", "last"]).says(0, &["no earlier complete results"]);
    let itself = report(&["--fail-if", "slower than baseline by 5%", "--compare", file.to_str().unwrap(), "--strict"]);
    itself.says(0, &["gates: 0 failed, 1 passed"]);

    let watch = |limit: &str| {
        let gate = format!("ttft>{limit}");
        home.run(&["watch", "--providers", &server, "--every", "1s", "--rounds", "7", "-y", "--fail-if", &gate])
    };
    watch("20ms").says(4, &["gate failed: ttft>20ms · SIM mine ("]);
    watch("2s").says(0, &["gates: 0 failed, 1 passed"]);
}

#[test]
fn failed_runs_are_for_a_gate_on_their_rate_to_judge() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let broken = url(&simulator, "status:500");
    let home = Home::new();
    let run = |more: &[&str]| home.run(&benchmark(&broken, &[&["-i", "6", "--no-save", "--no-retry"], more].concat()));
    run(&[]).says(3, &[]);
    run(&["--fail-if", "error_rate>50%"]).says(4, &["6 of 6 runs failed: 100 %, between 60.7 % and 100 %"]);
    // Nobody brought a figure: that is no success, whatever rate is allowed.
    run(&["--fail-if", "error_rate>99%"]).says(3, &["gate undecided"]);
    run(&["--fail-if", "ttft>1s", "--strict"]).says(5, &["no figure: all 6 runs failed"]);
}

#[test]
fn gates_that_can_not_be_held_are_refused_before_anything_is_sent() {
    let home = Home::new();
    let foreign = home.file("mine.xml", "<notes/>");
    let run = |more: &[&str]| home.run(&[&["benchmark", "--phase", "A1", "--sim", "-s", "short"], more].concat());
    for (more, said) in [
        (&["--fail-if", "speed<5"] as &[&str], "unknown figure 'speed'; known are ttft_ms"),
        (&["--fail-if", "grok.ttft<5"], "did you mean Groq"),
        (&["--fail-if", "slower than baseline"], "add --baseline-run FILE, or --baseline-run last"),
        (&["--strict"], "--fail-if <CONDITION>"),
        (&["--fail-if", "ttft<5", "--step-summary"], "GITHUB_STEP_SUMMARY, which GitHub sets in a step, is not set"),
        (&["--fail-if", "ttft<5", "--junit", "mine.xml"], "it is there already and is no JUnit file"),
    ] {
        run(more).says(2, &[said]);
    }
    run(&["--fail-if", "ttft<5", "--junit", "mine.xml/where.xml"])
        .says(1, &["cannot write mine.xml/where.xml: its folder can't be made"]);
    assert_eq!(fs::read_to_string(foreign).unwrap(), "<notes/>");
    assert!(!home.path().join("results").exists(), "nothing was begun");
}

#[cfg(unix)]
#[test]
fn the_action_hands_on_what_the_program_says() {
    let home = Home::new();
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("scripts/gate.sh");
    let run = |fail_if: &str, more: &[(&str, &str)]| {
        let output = Command::new("bash")
            .arg(&script)
            .env_clear()
            .envs([("PATH", "/usr/bin:/bin"), ("HOME", home.path().to_str().unwrap())])
            .envs([
                ("GATE_PROGRAM", env!("CARGO_BIN_EXE_speed-kings")),
                ("GATE_ARGS", "--phase A1 --sim -i 12\n--prompt 'one $(touch run) `touch run` two' --max-tokens 20"),
                ("GATE_FAIL_IF", fail_if),
                ("GATE_JUNIT", "j.xml"),
                ("GITHUB_STEP_SUMMARY", "summary.md"),
                ("GITHUB_OUTPUT", "outputs"),
            ])
            .envs(more.iter().copied())
            .current_dir(home.path())
            .output()
            .unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = run("ttft_ms>1\n\ntotal_ms > 2 s\r\n", &[]);
    assert_eq!(code, 4, "{said}");
    assert!(
        said.contains("gate failed: ttft_ms>1 · SIM Cerebras") && said.contains("gates: 2 failed, 2 passed"),
        "{said}"
    );
    assert_eq!(run("", &[]).0, 0);
    assert_eq!(run("ttft_ms.p95>1", &[("GATE_STRICT", "true")]).0, 5);
    assert_eq!(fs::read_to_string(home.path().join("outputs")).unwrap(), "exit-code=4\nexit-code=0\nexit-code=5\n");
    let document: Value =
        serde_json::from_str(&fs::read_to_string(home.path().join("speed-kings.json")).unwrap()).unwrap();
    assert_eq!(document["prompt"]["text"], "one $(touch run) `touch run` two", "words are never run");
    assert!(!home.path().join("run").exists());
    assert!(fs::read_to_string(home.path().join("summary.md")).unwrap().contains("## Gates"));
}

//! A load by levels through the program, against a server whose capacity is planted: the knee is found, an open loop shows the wait
//! that a closed one hides, and what doesn't go together is refused.

use std::fs;

use serde_json::Value;
use speed_kings::load::LoadFile;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::program::Home;
use crate::schema::LOAD;

/// Eight answers at a time, each 40 ms to its first token and 135 ms in all: 59 a second, 1,185 tok/s.
const SERVER: &str = "slots:8,ttft_ms:40,tok_s:200,tokens:20,jitter:0";

fn url(simulator: &Simulator, name: &str, settings: &str) -> String {
    format!("{name}={}", simulator.base_url_with(CUSTOM, settings).replace(',', "\\,"))
}

fn args<'a>(urls: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let asked = ["benchmark", "--providers", urls, "--prompt", "go", "--max-tokens", "50", "-y", "--ramp", "300ms"];
    [&asked[..], more].concat()
}

fn levels(document: &Value) -> Vec<(f64, f64, Option<bool>)> {
    let amount = |level: &Value| level["concurrency"].as_f64().or(level["rate_per_s"].as_f64()).unwrap();
    let of = |level: &Value| {
        let figures = &level["figures"];
        (amount(level), figures["load_tok_s"].as_f64().unwrap(), figures["slo"]["holds"].as_bool())
    };
    document["levels"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn a_planted_knee_is_found_within_ten_per_cent() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let server = url(&simulator, "mine", SERVER);
    let home = Home::new();
    let wish =
        ["--concurrency", "16,2,6", "--slo", "ttft<150ms", "--steady", "1500ms", "-o", "json", "--chart", "c.svg"];
    let ended = home.run(&args(&server, &wish));
    ended.says(0, &["saved ", "drawn into c.svg", "load by levels of 2, 6, 16 requests at a time"]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(LOAD.complaints(&document), [""; 0]);
    let held = levels(&document).into_iter().filter(|(.., holds)| *holds == Some(true));
    let knee = held.map(|(askers, ..)| askers).fold(0.0, f64::max);
    assert!((7.2..=8.8).contains(&knee), "{knee}: {:?}", levels(&document));
    let full = levels(&document).iter().map(|(_, speed, _)| *speed).fold(0.0, f64::max);
    assert!((full - 1_185.0).abs() < 0.1 * 1_185.0, "{full} tok/s of a server that does 1,185");
    roxmltree::Document::parse(&fs::read_to_string(home.path().join("c.svg")).unwrap()).unwrap();

    let kept = fs::read_dir(home.path().join("results/load")).unwrap().map(|file| file.unwrap().path());
    let kept: Vec<_> = kept.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
    let file = LoadFile::read(&kept[0]).unwrap();
    assert_eq!((kept.len(), file.ended.as_deref(), file.simulated()), (1, Some("complete"), true));
    let told = kept[0].display().to_string();
    home.run(&["report", &told]).says(1, &["not results of a benchmark"]);
}

#[test]
fn an_open_loop_shows_what_a_closed_one_hides_for_all_contestants_in_one_table() {
    let simulator = Simulator::start(Options::default()).unwrap();
    // Two answers at a time, 14.8 a second; 25 come. And a server without a limit.
    let narrow = SERVER.replace("slots:8", "slots:2");
    let both =
        format!("{},{}", url(&simulator, "narrow", &narrow), url(&simulator, "wide", &SERVER.replace("slots:8,", "")));
    let home = Home::new();
    let open =
        home.run(&args(&both, &["--rate", "25", "--steady", "1500ms", "-o", "json", "--seed", "4", "--no-save"]));
    open.says(0, &["load by levels of 25 requests a second"]);
    let closed = home.run(&args(&both, &["--concurrency", "1,2", "--steady", "700ms", "-o", "json", "--no-save"]));
    closed.says(0, &[]);
    let p50 = |out: &str, contestant: u64, place: usize| {
        let document: Value = serde_json::from_str(out).unwrap();
        let of = document["levels"].as_array().unwrap().iter().filter(|level| level["contestant"] == contestant);
        of.clone().nth(place).unwrap()["figures"]["ttft_ms"]["p50"].as_f64().unwrap()
    };
    assert!(p50(&open.out, 0, 0) > 250.0, "the queue is in it: {}", p50(&open.out, 0, 0));
    assert!(p50(&open.out, 1, 0) < 120.0, "nobody queues there: {}", p50(&open.out, 1, 0));
    assert!(p50(&closed.out, 0, 1) < 120.0, "nobody asks while it is busy: {}", p50(&closed.out, 0, 1));
    assert!(!home.path().join("results").exists());
    let table = home.run(&args(&both, &["--rate", "5,10", "--steady", "600ms", "-o", "markdown", "--no-save"]));
    table.says(0, &["| contestant | load |", "| SIM narrow | 5 a second |", "| SIM wide | 10 a second |", "open loop"]);
    let page = home.run(&args(&both, &["--rate", "10", "--steady", "300ms", "-o", "html", "--no-save"]));
    page.says(0, &["<!DOCTYPE html>", "<svg", "Throughput against interactivity", "load.json"]);
}

#[test]
fn a_plateau_ends_the_levels_and_refusals_are_told() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let server = url(&simulator, "mine", &SERVER.replace("slots:8", "slots:2"));
    let home = Home::new();
    let ended = home.run(&args(&server, &["--until-plateau", "--steady", "800ms", "-o", "json", "--no-save"]));
    ended.says(0, &["and on until more brings no more"]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    let askers: Vec<f64> = levels(&document).into_iter().map(|(askers, ..)| askers).collect();
    assert_eq!(askers, [1.0, 2.0, 4.0], "{document}");

    let refusing = url(&simulator, "no", "status:429");
    let ended = home.run(&args(&refusing, &["--rate", "20", "--steady", "500ms", "-o", "csv", "--no-save"]));
    ended.says(3, &["0 of ", "rate_limited"]);
}

#[test]
fn what_is_no_load_by_levels_is_refused_before_anything_is_sent() {
    let home = Home::new();
    let run = |more: &[&str]| home.run(&[&["benchmark", "--phase", "A1", "--sim"], more].concat());
    for (more, said) in [
        (&["--rate", "1,2", "-i", "5"] as &[&str], "--iterations is about runs one at a time"),
        (&["--concurrency", "1,2", "--fail-if", "ttft<5"], "--fail-if is about runs one at a time"),
        (&["--rate", "0"], "--rate"),
        (&["--concurrency", "0,4"], "--concurrency"),
        (&["--rate", "1", "--concurrency", "2"], "cannot be used with"),
        (&["--slo", "fast"], "'fast': expected limits with commas between"),
        (&["--slo", "ttft<1s", "--steady", "1ms"], "between 100ms and 1h"),
        (&["--slo", "ttft<1s", "--phase", "A2"], "and 2 are asked for"),
    ] {
        run(more).says(2, &[said]);
    }
    home.file("mine.svg", "<svg/>");
    run(&["--rate", "1", "--chart", "mine.svg"]).says(2, &["mine.svg is there already"]);
    assert!(!home.path().join("results").exists(), "nothing was begun");
}

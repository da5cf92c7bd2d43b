//! A load by levels through the program, against a server whose capacity is planted: the knee is found, an open loop shows the wait
//! that a closed one hides, and what doesn't go together is refused.

use std::fs;
use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use speed_kings::load::LoadFile;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::peer::{next_asked, peer, stream};
use crate::program::Home;
use crate::schema::LOAD;

/// Eight answers at a time, each 40 ms to its first token and 135 ms in all.
const SERVER: &str = "slots:8,ttft_ms:40,tok_s:200,tokens:20,jitter:0";
/// Eight at a time, 60 ms to the first token and 450 ms in all: 17.8 a second, 711 tok/s. A ninth asker makes all wait 56 ms on
/// average, however that falls among them: at most 94 of 100 can get their first token within 90 ms.
const KNEE: &str = "slots:8,ttft_ms:60,tok_s:100,tokens:40,jitter:0";
/// How often a busy machine may get in the way.
const TRIES: usize = 3;

fn url(simulator: &Simulator, name: &str, settings: &str) -> String {
    format!("{name}={}", simulator.base_url_with(CUSTOM, settings).replace(',', "\\,"))
}

fn args<'a>(urls: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let asked = ["benchmark", "--providers", urls, "--prompt", "go", "--max-tokens", "90", "-y", "--ramp", "300ms"];
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
    let server = url(&simulator, "mine", KNEE);
    let wish = ["--concurrency", "16,2,6", "--slo", "ttft<90ms", "--steady", "2s", "-o", "json", "--chart", "c.svg"];
    let mut told = Vec::new();
    for _ in 0..TRIES {
        let home = Home::new();
        let ended = home.run(&args(&server, &wish));
        ended.says(0, &["saved ", "drawn into c.svg", "load by levels of 2, 6, 16 requests at a time"]);
        let document: Value = serde_json::from_str(&ended.out).unwrap();
        assert_eq!(LOAD.complaints(&document), [""; 0]);
        roxmltree::Document::parse(&fs::read_to_string(home.path().join("c.svg")).unwrap()).unwrap();
        let kept = fs::read_dir(home.path().join("results/load")).unwrap().map(|file| file.unwrap().path());
        let kept: Vec<_> = kept.filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect();
        let file = LoadFile::read(&kept[0]).unwrap();
        assert_eq!((kept.len(), file.ended.as_deref(), file.simulated()), (1, Some("complete"), true));
        let kept = kept[0].display().to_string();
        let again: Value = serde_json::from_str(&home.run(&["report", &kept]).out).unwrap();
        assert_eq!(again, document, "the file says what the load said");
        home.run(&["report", &kept, "--out", "load.html"]).says(0, &["written: load.html"]);
        let page = fs::read_to_string(home.path().join("load.html")).unwrap();
        assert!(page.contains("Simulated: these figures") && page.contains("load.json") && page.contains("<polyline"));
        home.run(&["report", &kept, &kept]).says(1, &["a load by levels, which `speed-kings report"]);
        home.run(&["report", &kept, "--compare", &kept]).says(1, &["reported by itself"]);

        let levels = levels(&document);
        let held = levels.iter().filter(|(.., holds)| *holds == Some(true)).map(|(askers, ..)| *askers);
        let (knee, full) = (held.fold(0.0, f64::max), levels.iter().map(|(_, speed, _)| *speed).fold(0.0, f64::max));
        if (7.2..=8.8).contains(&knee) && (full - 711.0).abs() < 71.1 {
            return;
        }
        told.push(levels);
    }
    panic!("a knee at 8 and 711 tok/s were not found: {told:?}");
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
    let table =
        home.run(&args(&both, &["--rate", "5,10", "--steady", "900ms", "--seed", "4", "-o", "markdown", "--no-save"]));
    table.says(0, &["| contestant | load |", "| SIM narrow | 5 a second |", "| SIM wide | 10 a second |", "open loop"]);
    let page = home.run(&args(&both, &["--rate", "10", "--steady", "600ms", "--seed", "4", "-o", "html", "--no-save"]));
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
    assert!(askers.starts_with(&[1.0, 2.0, 4.0]) && askers.len() < 6, "{document}");

    let refusing = url(&simulator, "no", "status:429");
    let ended = home.run(&args(&refusing, &["--rate", "20", "--steady", "500ms", "-o", "csv", "--no-save"]));
    ended.says(3, &["0 of ", "rate_limited"]);
}

#[test]
fn a_server_that_closes_kept_connections_has_failed_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("mine=http://{}/v1", listener.local_addr().unwrap());
    let crossed = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&crossed);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let count = Arc::clone(&count);
            std::thread::spawn(move || {
                let mut reader = BufReader::new(&connection);
                next_asked(&mut reader)?;
                std::thread::sleep(Duration::from_millis(20));
                (&connection).write_all(stream("fine").as_bytes()).ok()?;
                // What comes now was sent before anybody could know that nobody answers here any more.
                next_asked(&mut reader)?;
                count.fetch_add(1, Ordering::SeqCst);
                Some(())
            });
        }
    });
    let home = Home::new();
    for load in [["--concurrency", "1,3"], ["--rate", "10,20"]] {
        let more = [&load[..], &["--steady", "600ms", "-o", "json", "--no-save"]].concat();
        let ended = home.run(&args(&server, &more));
        ended.says(0, &[]);
        let document: Value = serde_json::from_str(&ended.out).unwrap();
        for level in document["levels"].as_array().unwrap() {
            let requests = level["requests"].as_array().unwrap();
            assert!(!requests.is_empty() && requests.iter().all(|one| one["ok"] == true), "{level}");
        }
    }
    assert!(crossed.load(Ordering::SeqCst) > 5, "requests crossed the end of their connections");
}

#[test]
fn the_prompts_of_a_file_are_asked_in_turn() {
    let bodies: Arc<Mutex<Vec<Value>>> = Arc::default();
    let heard = Arc::clone(&bodies);
    let url = peer(move |asked| {
        heard.lock().unwrap().push(serde_json::from_str(&asked.body).unwrap());
        stream("fine")
    });
    let home = Home::new();
    home.file(
        "rows.jsonl",
        "{\"id\": \"first\", \"prompt\": \"One.\", \"max_tokens\": 7, \"system\": \"Be brief.\"}\n{\"id\": \"second\", \"prompt\": \"Two.\"}\n",
    );
    let mine = format!("mine={url}");
    let load = ["benchmark", "--providers", &mine, "--model", "m", "--max-tokens", "50", "-y", "--allow-cache"];
    let levels = ["--rate", "20", "--ramp", "0s", "--steady", "600ms", "--prompts", "rows.jsonl", "-o", "json"];
    let ended = home.run(&[&load[..], &levels].concat());
    ended.says(0, &[]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    let requests = document["levels"][0]["requests"].as_array().unwrap();
    let rows: Vec<&str> = requests.iter().map(|one| one["prompt_row"].as_str().unwrap()).collect();
    assert!(
        rows.len() > 3 && rows.iter().zip(["first", "second"].into_iter().cycle()).all(|(a, b)| *a == b),
        "{rows:?}"
    );
    assert_eq!(document["prompt_rows"][1]["text"], "Two.");
    let bodies = bodies.lock().unwrap();
    assert_eq!(bodies.len(), rows.len());
    for body in bodies.iter() {
        let messages: Vec<&str> =
            body["messages"].as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap()).collect();
        let cap = body["max_tokens"].as_u64().or(body["max_completion_tokens"].as_u64()).unwrap();
        assert!(matches!((messages.as_slice(), cap), (["Be brief.", "One."], 7) | (["Two."], 50)), "{body}");
    }
    home.file("talk.jsonl", "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b\"}, {\"role\": \"user\", \"content\": \"c\"}]}\n");
    let talk = ["--rate", "20", "--prompts", "talk.jsonl"];
    home.run(&[&load[..], &talk].concat()).says(2, &["is a conversation", "leave out --concurrency and --rate"]);
}

#[test]
fn the_arrivals_of_a_file_are_asked_when_they_came() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let server = url(&simulator, "mine", &SERVER.replace("slots:8", "slots:1"));
    let home = Home::new();
    // Three at once, and one long after: each of the first waits for those before it, the last for nobody.
    home.file("log.txt", "100.0\n100.0\n100.0\n101.2\n");
    let asked =
        ["benchmark", "--providers", &server, "--prompt", "go", "--max-tokens", "90", "-y", "--arrivals", "log.txt"];
    let ended = home.run(&[&asked[..], &["--slo", "ttft<100ms", "-o", "json"]].concat());
    ended.says(0, &["load of the arrivals in log.txt, 2.5 a second on average over 1s 600ms"]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((LOAD.complaints(&document), &document["trace"]), (vec![], &"log.txt".into()));
    let requests = document["levels"][0]["requests"].as_array().unwrap();
    let of = |key: &str| requests.iter().map(|request| request[key].as_f64().unwrap()).collect::<Vec<f64>>();
    assert_eq!(of("due_ms"), [0.0, 0.0, 0.0, 1_200.0]);
    let mut waited = of("ttft_ms");
    assert!((30.0..100.0).contains(&waited.pop().unwrap()));
    waited.sort_by(f64::total_cmp);
    for (told, must) in waited.iter().zip([40.0, 175.0, 310.0]) {
        assert!((told - must).abs() < 50.0, "{waited:?}");
    }
    assert_eq!(document["levels"].as_array().unwrap().len(), 1, "a trace is no search");
    home.file("wrong.txt", "1\nsoon\n");
    home.run(&[&asked[..9], &["wrong.txt"]].concat()).says(2, &["wrong.txt: line 2: expected seconds such as 12.25"]);
    home.run(&[&asked[..], &["--rate", "2"]].concat()).says(2, &["cannot be used with"]);
}

#[test]
fn what_is_no_load_by_levels_is_refused_before_anything_is_sent() {
    let home = Home::new();
    let run = |more: &[&str]| home.run(&[&["benchmark", "--phase", "A1", "--sim"], more].concat());
    for (more, said) in [
        (&["--rate", "1,2", "-i", "5"] as &[&str], "--iterations is about runs one at a time"),
        (&["--concurrency", "1,2", "--fail-if", "ttft@4<5"], "there is no level 4; there are 1, 2"),
        (&["--concurrency", "1,2", "--fail-if", "goodput@2<5"], "needs an objective: add --slo"),
        (&["--concurrency", "1,2", "--fail-if", "slower than baseline"], "not compared with earlier ones"),
        (&["--concurrency", "1,2", "--fail-if", "nobody.ttft>5"], "unknown contestant 'nobody'"),
        (&["--fail-if", "ttft@8>5"], "is about a level of load, and this is none"),
        (&["--fail-if", "max_load<8"], "is about a level of load, and this is none"),
        (&["--input-tokens", "many"], "expected a number of tokens such as 1000"),
        (&["--input-tokens", "100", "--shared-prefix", "99"], "leaves nothing of --input-tokens 100"),
        (&["--input-tokens", "100", "--prompt", "x"], "cannot be used with"),
        (&["--output-tokens", "100", "--max-tokens", "9"], "cannot be used with"),
        (&["--rate", "0"], "--rate"),
        (&["--concurrency", "0,4"], "--concurrency"),
        (&["--rate", "1", "--concurrency", "2"], "cannot be used with"),
        (&["--slo", "fast"], "'fast': expected limits with commas between"),
        (&["--slo", "ttft<1s", "--steady", "1ms"], "between 100ms and 1h"),
        (&["--slo", "ttft<1s", "--phase", "A2"], "and 2 are asked for"),
    ] {
        run(more).says(2, &[said]);
    }
    home.run(&["lab", "sweep", "llama-server@x.gguf", "--lanes", "m3:q"]).says(2, &["cannot be used with"]);
    home.file("mine.svg", "<svg/>");
    run(&["--rate", "1", "--chart", "mine.svg"]).says(2, &["mine.svg is there already"]);
    assert!(!home.path().join("results").exists(), "nothing was begun");
}

#[test]
fn gates_on_levels_end_the_command_as_those_on_runs_do() {
    let simulator = Simulator::start(Options::default()).unwrap();
    // Four at a time, 30 ms an answer: a fifth asker waits, and of eight each waits for one answer.
    let server = url(&simulator, "mine", "slots:4,ttft_ms:20,tok_s:400,tokens:5,jitter:0");
    let home = Home::new();
    let asked = ["--concurrency", "1,8", "--steady", "2s", "--slo", "ttft<40ms", "-o", "json"];
    let gates = |gates: &[&str]| -> Vec<String> {
        gates.iter().flat_map(|gate| ["--fail-if".to_owned(), (*gate).to_owned()]).collect()
    };
    let wrong = gates(&["ttft_ms@8>40", "goodput@8<40", "max_load<8", "ttft_ms@1>40"]);
    let wrong: Vec<&str> = wrong.iter().map(String::as_str).collect();
    let mut told = Vec::new();
    let found = (0..TRIES).find(|_| {
        let files = ["--junit", "j.xml", "--step-summary", "s.md"];
        let run = home.run(&args(&server, &[&asked[..], &wrong, &files].concat()));
        let document: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(LOAD.complaints(&document), [""; 0]);
        let calls: Vec<String> = document["gates"]["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| check["call"].as_str().unwrap().to_owned())
            .collect();
        // What this program was the limit of is undecided, and a busy machine makes it that.
        let found = calls == ["failed", "failed", "failed", "passed"];
        if found {
            run.says(4, &["gate failed: ttft_ms@8>40 · SIM mine (default), 8 at a time: median of TTFT"]);
        }
        told.push(document["gates"].to_string());
        found
    });
    assert!(found.is_some(), "{told:?}");
    let junit = fs::read_to_string(home.path().join("j.xml")).unwrap();
    roxmltree::Document::parse(&junit).unwrap();
    assert!(junit.contains("tests=\"4\" failures=\"3\"") && junit.contains("8 at a time"), "{junit}");
    let summary = fs::read_to_string(home.path().join("s.md")).unwrap();
    assert!(summary.contains("## Gates") && summary.contains("| SIM mine | 8 at a time |"), "{summary}");

    let kept = fs::read_dir(home.path().join("results/load")).unwrap().map(|file| file.unwrap().path());
    let kept = kept.filter(|path| path.extension().is_some_and(|ending| ending == "json")).max().unwrap();
    let report = |more: &[&str]| home.run(&[&["report", kept.to_str().unwrap()], more].concat());
    report(&["--fail-if", "ttft_ms@8>40", "-o", "table"]).says(4, &["Gates", "failed"]);
    report(&["--fail-if", "ttft_ms@1>40", "-o", "csv"]).says(0, &["gates: 0 failed, 1 passed, 0 undecided"]);
    report(&["--fail-if", "ttft_ms.p99@1>40", "--strict", "-o", "csv"])
        .says(5, &["too short a level to tell", "would do"]);
    report(&["--fail-if", "ttft_ms.p99@1>40", "-o", "markdown"]).says(0, &["## Gates", "undecided"]);
    report(&["--fail-if", "ttft@0.5>40"]).says(2, &["there is no level 0.5; there are 1, "]);
}

#[test]
fn a_load_of_given_lengths_says_what_was_planned_and_what_was_counted() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let server = url(&simulator, "mine", "ttft_ms:5,tok_s:4000,tokens:10,cache,jitter:0");
    let home = Home::new();
    let asked = [
        "benchmark",
        "--providers",
        &server,
        "-y",
        "--ramp",
        "100ms",
        "--steady",
        "600ms",
        "--concurrency",
        "1,2",
        "--input-tokens",
        "300..500",
        "--output-tokens",
        "40",
        "--shared-prefix",
        "200",
        "--seed",
        "5",
        "-o",
        "json",
    ];
    let run = home.run(&asked);
    run.says(0, &["prompt given lengths"]);
    let document: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(LOAD.complaints(&document), [""; 0]);
    assert_eq!(document["lengths"], serde_json::json!({"input": "300..500", "output": "40", "shared_prefix": 200}));
    let level = &document["levels"][0];
    let requests: Vec<&Value> = level["requests"].as_array().unwrap().iter().filter(|one| one["ok"] == true).collect();
    assert!(requests.len() > 5);
    for request in &requests {
        let planned = request["planned"]["input_tokens"].as_f64().unwrap();
        assert!((300.0..=500.0).contains(&planned) && request["planned"]["output_tokens"] == 40, "{request}");
        // The simulator counts four letters a token, and these words have five with their space.
        let counted = request["input_tokens"].as_f64().unwrap();
        assert!((1.0..1.5).contains(&(counted / planned)), "{counted} of {planned}");
        assert_eq!(request["tokens"], 40.0, "a server at home is asked not to stop before the cap");
    }
    let planned: std::collections::BTreeSet<u64> =
        requests.iter().map(|one| one["planned"]["input_tokens"].as_u64().unwrap()).collect();
    assert!(planned.len() > 3, "lengths are spread");
    let cached = |request: &&Value| request["cached_tokens"].as_f64().unwrap();
    let shared = requests[1..].iter().map(cached).fold(f64::MAX, f64::min);
    let most = requests.iter().map(cached).fold(0.0, f64::max);
    assert!(
        shared > 180.0 && most - shared < 12.0,
        "what is shared comes out of the cache, and nothing else: {shared} to {most}"
    );
    let plan = &level["figures"]["plan"];
    assert_eq!((&plan["short"], &plan["output_ratio"]), (&0.into(), &1.0.into()));
    let short = [&asked[..], &["--set", "mine.ignore_eos=false", "--no-save", "--seed", "5"]].concat();
    let short: Vec<&str> = short.into_iter().map(|arg| if arg == "json" { "markdown" } else { arg }).collect();
    let short: Vec<&str> = short[..short.len() - 2].to_vec();
    home.run(&short).says(0, &["as long as planned: broken", "answers came shorter than planned (median 25 %)"]);
}

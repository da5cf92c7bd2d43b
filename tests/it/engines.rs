//! Engines that the program starts by itself: real processes that serve, die, never get ready, or leave children behind.
//! The program's own simulator, in a process of its own, is the engine that works.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;

use speed_kings::race::lane::LaneState;
use speed_kings::record::reader::read_file;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::help::wait_until;
use crate::program::{Home, signal};

const PROGRAM: &str = env!("CARGO_BIN_EXE_speed-kings");
/// Slow enough that its engine can die in the middle.
const SLOW: &str = "/custom/ttft_ms:0,tok_s:40,tokens:20000,jitter:0/v1";
/// Quick enough that nobody waits for it.
pub(crate) const QUICK: &str = "/custom/ttft_ms:5,tok_s:400,tokens:200,jitter:0/v1";

/// A home whose catalogue has an engine `e` that runs `script` and is asked at `path`.
pub(crate) fn home(script: &str, path: &str) -> Home {
    let home = Home::new();
    home.file("model.gguf", "GGUF");
    let catalog = home.file("catalog.ron", format!(
        r#"(engines: [(id: "e", name: "Engine", command: ["sh", "-c", {script:?}, "sh", "{{port}}", "{{threads}}"],
            options: {{"threads": (args: [], proof: "threads are used"), "gpu": (args: [], switch: true, proof: "on the GPU")}},
            defaults: {{"threads": "1"}},
            serves: (path: "{path}", ready: "/health", model: "custom", ready_s: 60))])"#,
    ));
    home.with("PATH", std::env::var("PATH").unwrap()).with("SPEED_KINGS_CATALOG", catalog.to_str().unwrap())
}

pub(crate) fn serving(before: &str, after: &str) -> String {
    format!("{before}; '{PROGRAM}' serve --port \"$1\" >&2 & {after}")
}

/// Whether a process with `mark` among its arguments is alive.
fn alive(mark: &str) -> bool {
    if !cfg!(target_os = "linux") {
        let listed = Command::new("ps").args(["-eo", "args"]).output().unwrap();
        return String::from_utf8_lossy(&listed.stdout)
            .lines()
            .any(|line| !line.starts_with("ps") && line.contains(mark));
    }
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    lines.any(|line| String::from_utf8_lossy(&line).replace('\0', " ").starts_with(mark))
}

#[test]
fn engines_are_started_raced_measured_and_ended() {
    let home = home(&serving("echo threads are used", "sleep 71111 & wait"), QUICK);
    let ended = home.run(&[
        "race",
        "--providers",
        "engine:e@model.gguf,threads=2,gpu=on,b=engine:e@model.gguf",
        "--prompt",
        "Hi",
    ]);
    ended.says(0, &["e ready in ", "'gpu' was accepted and shows no effect in the log"]);
    wait_until("the end of all children", || !alive("sleep 71111"));
    let recording = read_file(&home.recordings()[0]).unwrap();
    let race = recording.race();
    for lane in race.lanes() {
        let start = lane.engine.as_ref().expect("how the engine came up is kept");
        assert!(start.ready.as_micros() > 0 && start.model_bytes == Some(4));
        assert_eq!(lane.state, LaneState::Finished);
    }
    let first = race.lanes()[0].engine.as_ref().unwrap();
    assert_eq!(first.without_effect, vec!["gpu".into()].into(), "threads are proven by the log");
    assert!(race.setup.contestants[0].name.contains("threads=2") && race.setup.contestants[1].name == "b");
    if cfg!(target_os = "linux") {
        let used = &race.lanes()[0].resources;
        assert!(used.peak.resident_bytes().is_some_and(|bytes| bytes > 1 << 20) && used.looks >= 2, "{used:?}");
    }
}

#[test]
fn an_engine_that_dies_tells_its_last_words() {
    let loading = home("echo loading >&2; echo 'out of memory' >&2; exit 7", QUICK);
    let ended = loading.run(&["race", "--providers", "engine:e@model.gguf,b=engine:e@model.gguf", "--prompt", "Hi"]);
    ended.says(3, &["'sh' exited with code 7 before it was ready: loading | out of memory"]);
    // In the middle of its answer: what serves is killed, and the engine says why it ends.
    let script = serving("true", "P=$!; sleep 2; kill -9 $P; echo 'the device was lost' >&2; exit 9");
    let racing = home(&script, SLOW);
    let ended = racing.run(&["race", "--providers", "engine:e@model.gguf,b=engine:e@model.gguf", "--prompt", "Hi"]);
    ended.says(3, &["'sh' exited with code 9 while it was being asked", "the device was lost"]);
}

#[test]
fn an_interrupt_ends_engines_that_load() {
    // One child stays, and one leaves the group of its engine, where a program can.
    let leaves = if cfg!(target_os = "linux") { "setsid sleep 72222 &" } else { "" };
    let home = home(&format!("echo loading; {leaves} sleep 72222"), QUICK);
    let child = home.start(&["race", "--providers", "engine:e@model.gguf,b=engine:e@model.gguf", "--prompt", "Hi"]);
    wait_until("the engines", || alive("sleep 72222"));
    signal("-INT", child.id());
    home.end(child).says(130, &[]);
    wait_until("the end of all children", || !alive("sleep 72222"));
}

#[test]
fn engines_of_a_program_that_is_killed_end_too() {
    let leaves = if cfg!(target_os = "linux") { "setsid sleep 73333 &" } else { "" };
    let home = home(&format!("echo loading; {leaves} sleep 73333"), QUICK);
    let mut child =
        home.start(&["race", "--providers", "engine:e@model.gguf,groq=http://127.0.0.1:1/v1", "--prompt", "Hi"]);
    wait_until("the engine", || alive("sleep 73333"));
    signal("-KILL", child.id());
    child.wait().unwrap();
    wait_until("the end of all children", || !alive("sleep 73333"));
}

#[test]
fn the_log_of_an_engine_is_kept_beside_the_recording() {
    let home = home("echo loading; echo 'key sk-0123456789abcdef refused'; exit 7", QUICK);
    let ended = home.run(&["race", "--providers", "engine:e@model.gguf,b=http://127.0.0.1:1/v1", "--prompt", "Hi"]);
    ended.says(3, &["its log is kept as e-model-"]);
    let logs: Vec<_> = std::fs::read_dir(home.path().join("recordings/engine-logs")).unwrap().flatten().collect();
    let log = std::fs::read_to_string(logs[0].path()).unwrap();
    assert_eq!((logs.len(), log.as_str()), (1, "loading\nkey sk-… refused\n"));
    let none = self::home("exit 7", QUICK);
    none.run(&["race", "--no-record", "--providers", "engine:e@model.gguf,b=http://127.0.0.1:1/v1", "--prompt", "Hi"])
        .says(3, &["exited with code 7"]);
    assert!(!none.path().join("recordings").exists());
}

#[test]
fn one_engine_with_two_models_is_two_contestants() {
    let home = home("exit 7", QUICK);
    home.file("other.gguf", "GGUF");
    let ended = home.run(&["race", "--providers", "engine:e@model.gguf,engine:e@other.gguf", "--prompt", "Hi"]);
    ended.says(3, &["racing Engine model vs Engine other"]);
}

#[test]
fn a_benchmark_keeps_its_engine_over_all_runs() {
    let home = home(&serving("echo started >> starts", "wait"), QUICK);
    let ended = home.run(&[
        "benchmark",
        "--providers",
        "engine:e@model.gguf",
        "-i",
        "3",
        "--warmup",
        "1",
        "-y",
        "-o",
        "json",
        "--prompt",
        "Hi",
    ]);
    ended.says(0, &[]);
    assert_eq!(std::fs::read_to_string(home.path().join("starts")).unwrap(), "started\n");
}

#[test]
fn what_is_wrong_with_an_engine_is_told_before_anything_starts() {
    let home = home("exit 0", QUICK);
    for (engine, told) in [
        ("engine:nobody@model.gguf", "unknown engine 'nobody'"),
        ("engine:e@nothing.gguf", "there is no model file 'nothing.gguf'"),
        ("engine:e", "needs a model file"),
        ("engine:e@model.gguf,thread=1", "did you mean threads?"),
    ] {
        let ended = home.run(&["race", "--providers", &format!("{engine},groq"), "--prompt", "Hi"]);
        ended.says(2, &[told]);
    }
}

#[test]
fn engines_are_discovered_by_their_answers() {
    let simulator = Simulator::start(Options::default()).unwrap();
    let url = simulator.base_url(CUSTOM);
    let place = url.trim_start_matches("http://").split('/').next().unwrap();
    let home = Home::new();
    let ended = home.run(&["discover", place, "-o", "json"]);
    let list: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!((&list["version"], &list["engines"][0]["engine"]), (&1.into(), &"simulator".into()), "{list}");
    assert_eq!(list["engines"][0]["place"], place);
    let nobody = home.run(&["discover", "127.0.0.1:1"]);
    nobody.says(1, &["no engine answers"]);
    assert_eq!(nobody.out, "");
    home.run(&["discover", "somewhere"]).says(2, &["expected HOST:PORT"]);
}

/// A server that lists one model and says nothing else of itself; gives its place.
fn silent_engine() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = socket.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in socket.incoming().flatten() {
            let mut asked = [0; 1024];
            let read = stream.read(&mut asked).unwrap_or(0);
            let (status, body) = if asked[..read].starts_with(b"GET /v1/models ") {
                ("200 OK", r#"{"object":"list","data":[{"id":"tiny","object":"model"}]}"#)
            } else {
                ("404 Not Found", "")
            };
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + body).as_bytes());
        }
    });
    place
}

#[cfg(target_os = "linux")]
#[test]
fn engines_that_answer_here_stand_in_the_lists() {
    let contestant = format!("openai-compatible=http://{}/v1", silent_engine());
    let home = Home::new();
    let listed = home.run(&["list", "-o", "json"]);
    let list: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let found = list.as_array().unwrap().iter().find(|entry| entry["provider"] == contestant.as_str());
    assert_eq!(found.map(|entry| &entry["model"]), Some(&"tiny".into()), "{}", listed.out);
    assert!(home.run(&["list"]).out.contains(&contestant));
    let checked = home.run(&["check", "-o", "json"]);
    let url = contestant.split_once('=').unwrap().1;
    let checked: serde_json::Value = serde_json::from_str(&checked.out).unwrap();
    let found = checked.as_array().unwrap().iter().find(|entry| entry["base_url"] == url);
    assert_eq!(found.map(|entry| &entry["ok"]), Some(&true.into()), "{checked}");
}

#[test]
fn a_sweep_over_requests_at_a_time_is_printed_in_every_form() {
    let home = home(&serving("true", "wait"), QUICK);
    let ended = home.run(&[
        "lab",
        "sweep",
        "e@model.gguf",
        "--vary",
        "concurrency=1,3",
        "--rounds",
        "1",
        "--cool-down",
        "0",
        "--chart",
        "sweep.svg",
        "--price-per-kwh",
        "0.3",
    ]);
    ended.says(
        0,
        &["requests at a time", "tok/s together", "USD per million tokens", "not measured here", "drawn into"],
    );
    let drawn = std::fs::read_to_string(home.path().join("sweep.svg")).unwrap();
    assert!(drawn.starts_with("<svg") && drawn.contains("Output speed of all requests together"), "{drawn}");
    let kept = std::fs::read_dir(home.path().join("results/sweep")).unwrap().flatten().map(|file| file.path());
    let path = kept.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap();
    let report = |form: &str| home.run(&["lab", "report", path.to_str().unwrap(), "-o", form]).out;
    let rows: Vec<String> = report("csv").lines().map(str::to_owned).collect();
    assert!(rows.len() == 3 && rows[0].starts_with("combination,engine,model,round,"), "{rows:?}");
    let columns: Vec<usize> = rows.iter().map(|row| row.split(',').count()).collect();
    assert!(columns.iter().all(|count| *count == columns[0]), "{rows:?}");
    assert!(report("markdown").contains("| combination | parameters |"));
    let file: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    let three = file["visits"].as_array().unwrap().iter().find(|visit| visit["point"] == 1).unwrap();
    assert!(
        three["load_tok_s"].as_f64() > three["output_tok_s"].as_f64(),
        "three together are faster than one: {three}"
    );
    let taken = home.file("other.svg", "mine");
    let refused = ["lab", "report", path.to_str().unwrap(), "--chart", taken.to_str().unwrap()];
    home.run(&refused).says(2, &["no SVG that speed-kings made"]);
    home.run(&[&refused[..], &["--force"]].concat()).says(0, &["drawn into"]);
    home.run(&refused).says(0, &["drawn into"]);
}

#[test]
fn figures_of_others_are_listed_with_day_and_source() {
    let listed = Home::new().run(&["lab", "references", "-o", "json"]);
    let list: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let figures = list.as_array().unwrap();
    assert!(figures.len() > 10);
    assert!(
        figures.iter().all(|one| one["as_of"].is_string() && one["source"].as_str().is_some_and(|s| !s.is_empty()))
    );
}

#[test]
fn a_sweep_visits_every_combination_and_goes_on_where_it_stopped() {
    let home = home(&serving("echo threads are used", "wait"), QUICK);
    let sweep =
        ["lab", "sweep", "e@model.gguf", "--vary", "threads=1,2", "--rounds", "2", "--cool-down", "0", "-o", "json"];
    let ended = home.run(&sweep);
    ended.says(0, &["2 combinations, 4 visits left"]);
    let file: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let visits = file["visits"].as_array().unwrap();
    assert_eq!((file["version"].as_u64(), visits.len()), (Some(1), 4), "{file}");
    assert!(
        visits.iter().all(|visit| visit["ready_ms"].as_f64() > Some(0.0) && visit["output_tok_s"].is_number()),
        "{file}"
    );
    // One visit is lost: the file goes on with that one alone.
    let kept = std::fs::read_dir(home.path().join("results/sweep")).unwrap().flatten().map(|file| file.path());
    let path = kept.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap();
    let mut cut = file.clone();
    cut["visits"].as_array_mut().unwrap().pop();
    std::fs::write(&path, cut.to_string()).unwrap();
    let name = path.to_str().unwrap();
    home.run(&["lab", "sweep", "--resume", name]).says(0, &["1 visits left", "visit 1 of 1"]);
    home.run(&["lab", "report", name]).says(0, &["threads=1", "threads=2", "speed-up", "1.00×", "Medians of n visits"]);
}

#[test]
fn a_sweep_tells_what_is_wrong_before_anything_starts() {
    let home = home("exit 0", QUICK);
    home.run(&["lab", "sweep", "e@model.gguf", "--vary", "threads"]).says(2, &["expected NAME=VALUE"]);
    home.run(&["lab", "sweep", "e@nothing.gguf"]).says(2, &["there is no model file"]);
    home.run(&["lab", "sweep", "e@model.gguf", "--vary", "thread=1"]).says(2, &["did you mean threads?"]);
    home.run(&["lab", "report", "model.gguf"]).says(1, &["not the results of a sweep"]);
    home.run(&["lab", "model", "model.gguf"]).says(1, &["cannot read the model file"]);
    let dying = self::home("echo no memory; exit 4", QUICK);
    dying
        .run(&["lab", "sweep", "e@model.gguf", "--rounds", "1", "--cool-down", "0"])
        .says(3, &["no memory", "(1 failed)"]);
}

//! The test protocol with real processes: engines that answer, die, and are started again; files that go on and are rated.
//! The program's own simulator, in a process of its own, is the engine.

use std::path::PathBuf;

use serde_json::Value;

use crate::engines::{QUICK, home, serving};
use crate::help::wait_until;
use crate::program::Home;

/// The files of protocols that were kept.
fn kept(home: &Home) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(home.path().join("results/protocol")).into_iter().flatten().flatten();
    folder.map(|file| file.path()).filter(|path| path.extension().is_some_and(|ending| ending == "json")).collect()
}

fn read(path: &PathBuf) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn nine_prompts_are_asked_checked_and_kept() {
    let home = home(&serving("echo started >> starts; echo threads are used", "wait"), QUICK);
    let asked = ["lab", "protocol", "--engine", "e", "--model", "model.gguf,threads=2", "--pause", "0"];
    let ended = home.run(&[&asked[..], &["--max-tokens", "60", "-o", "json"]].concat());
    ended.says(0, &["9 prompts, 1 engines, 9 answers left", "prompt 9 of 9: energy"]);
    let file: Value = serde_json::from_str(&ended.out).unwrap();
    let [path] = kept(&home).try_into().unwrap();
    assert_eq!(read(&path), file, "what is printed is what is kept");
    let answers = file["answers"].as_array().unwrap();
    assert_eq!((file["kind"].as_str(), file["pause_s"].as_f64(), answers.len()), (Some("protocol"), Some(0.0), 9));
    let ids: Vec<&str> = answers.iter().map(|answer| answer["prompt"].as_str().unwrap()).collect();
    assert_eq!((ids[0], ids[3], ids[8]), ("greeting", "jugs", "energy"));
    assert!(file["prompts"].as_array().unwrap().iter().all(|prompt| prompt["temperature"] == 0.3), "{file}");
    assert_eq!((&file["prompts"][0]["max_tokens"], &file["prompts"][6]["max_tokens"]), (&50.into(), &60.into()));
    for answer in answers {
        let figures = &answer["figures"];
        assert!(figures["ttft_ms"].is_number() && figures["ready_ms"].as_f64() > Some(0.0), "{answer}");
        assert!(!answer["answer"].as_str().unwrap().is_empty(), "{answer}");
    }
    let checks = |at: usize| answers[at]["checks"].as_array().unwrap().iter().map(|check| check["name"].to_string());
    assert_eq!(checks(3).collect::<Vec<_>>(), ["\"fills and pours\"", "\"reaches 4 gallons\""]);
    assert_eq!(std::fs::read_to_string(home.path().join("starts")).unwrap(), "started\n", "one start for all prompts");
    assert!(file["engines"][0]["starts"][0]["ready_ms"].as_f64() > Some(0.0), "{file}");
}

#[test]
fn a_protocol_goes_on_where_it_stopped_and_is_reported() {
    let home = home(&serving("echo started >> starts", "wait"), QUICK);
    let asked = ["lab", "protocol", "e@model.gguf", "e@model.gguf,gpu=on", "--pause", "0", "--max-tokens", "30"];
    home.run(&asked).says(0, &["2 engines, 18 answers left", "architecture", "quality", "checks passed"]);
    let [path] = kept(&home).try_into().unwrap();
    let mut cut = read(&path);
    cut["answers"].as_array_mut().unwrap().truncate(16);
    std::fs::write(&path, cut.to_string()).unwrap();
    let name = path.to_str().unwrap();
    home.run(&["lab", "protocol", "--resume", name]).says(0, &["2 answers left", "prompt 2 of 2: energy"]);
    assert_eq!(read(&path)["answers"].as_array().unwrap().len(), 18);
    assert_eq!(std::fs::read_to_string(home.path().join("starts")).unwrap().lines().count(), 3);
    let told = ["gpu=on", "gpu=unset", "streaming", "ready ms, warm", "Ratings go from 1 to 5", "shows no effect"];
    home.run(&["lab", "report", name]).says(0, &told);
    // A prompt that the catalogue has no more can't be checked.
    cut["prompts"][8]["text"] = "another".into();
    std::fs::write(&path, cut.to_string()).unwrap();
    home.run(&["lab", "protocol", "--resume", name]).says(1, &["no longer what the set 'streaming'"]);
    cut["answers"][0]["engine"] = 7.into();
    std::fs::write(&path, cut.to_string()).unwrap();
    home.run(&["lab", "report", name]).says(1, &["damaged: its engines, prompts and answers do not fit together"]);
}

#[test]
fn an_engine_that_never_comes_up_fails_every_prompt_and_is_started_once() {
    let home = home("echo started >> starts; echo no memory; exit 4", QUICK);
    let ended = home.run(&["lab", "protocol", "e@model.gguf", "--pause", "0"]);
    ended.says(3, &["no memory", "0 (9 failed)"]);
    assert_eq!(std::fs::read_to_string(home.path().join("starts")).unwrap(), "started\n");
    for (args, told) in [
        (&["e@nothing.gguf"][..], "there is no model file"),
        (&["nobody@model.gguf"], "unknown engine 'nobody'"),
        (&["--engine", "e"], "--model"),
        (&["e@model.gguf", "--prompts", "none"], "'none'"),
    ] {
        home.run(&[&["lab", "protocol"], args].concat()).says(2, &[told]);
    }
}

#[test]
fn an_engine_that_dies_is_started_again_for_the_next_prompt() {
    // The first one is killed when told to; every later one lives.
    let waits = "P=$!; while [ ! -e die ]; do sleep 0.02; done; kill -9 $P; touch dead; echo 'device lost' >&2; exit 9";
    let script = serving("echo started >> starts", &format!("if [ -e dead ]; then wait; else {waits}; fi"));
    let slow = "/custom/ttft_ms:5,tok_s:60,tokens:200,jitter:0/v1";
    let home = home(&script, slow);
    let child = home.start(&["lab", "protocol", "e@model.gguf", "--pause", "0", "--max-tokens", "30"]);
    let answered = || kept(&home).first().is_some_and(|path| !read(path)["answers"].as_array().unwrap().is_empty());
    wait_until("the first answer", answered);
    std::fs::write(home.path().join("die"), "").unwrap();
    let ended = home.end(child);
    ended.says(3, &["device lost"]);
    let file = read(&kept(&home)[0]);
    let answers = file["answers"].as_array().unwrap();
    let failed = answers.iter().filter(|answer| answer["figures"]["failure"].is_string()).count();
    assert_eq!((answers.len(), failed), (9, 1), "{file}");
    assert_eq!(file["engines"][0]["starts"].as_array().unwrap().len(), 2);
}

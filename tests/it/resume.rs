//! `benchmark --resume` mixes nothing: a file that differs in any one thing from what is asked for is refused by that thing.
//! Each difference is made in the file, one at a time, so that none of them can hide behind another.

use serde_json::{Value, json};

use crate::program::Home;

const ARGS: [&str; 10] = ["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "1", "--warmup", "0"];

fn results(home: &Home) -> std::path::PathBuf {
    let mut files = std::fs::read_dir(home.path().join("results/A1")).unwrap().flatten().map(|entry| entry.path());
    files.find(|path| path.extension().is_some_and(|ending| ending == "json")).unwrap()
}

#[test]
fn each_difference_is_refused_by_its_name() {
    let home = Home::new();
    home.run(&ARGS).says(0, &[]);
    let file = results(&home);
    let saved: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let resume = |document: &Value| {
        std::fs::write(&file, document.to_string()).unwrap();
        let path = file.to_string_lossy().into_owned();
        home.run(&[&ARGS[..], &["--resume", &path]].concat())
    };
    for (place, value, words) in [
        ("/phase", json!("A2"), "another phase"),
        ("/lanes/0/model", json!("another"), "other contestants or models"),
        ("/lanes/1/name", json!("another"), "other contestants or models"),
        ("/lanes/0/simulated", json!(false), "other contestants or models"),
        ("/prompt/text", json!("another"), "another prompt"),
        ("/settings/max_tokens", json!(9), "another cap on output tokens"),
        ("/settings/temperature", json!(0.7), "another temperature"),
        ("/settings/reasoning", json!("off"), "reasoning is not set alike"),
        ("/settings/allow_cache", json!(true), "the prompt cache is not set alike"),
        ("/settings/concurrency", json!(3), "another concurrency"),
    ] {
        let mut other = saved.clone();
        *other.pointer_mut(place).unwrap_or_else(|| panic!("{place} is not in {saved}")) = value;
        resume(&other).says(1, &["cannot resume", words]);
    }
    resume(&saved).says(0, &["going on with"]);
}

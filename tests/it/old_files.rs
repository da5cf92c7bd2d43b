//! Files of every version that there has been still load, and say what they said: the bundled recordings, and results.

use std::path::Path;

use speed_kings::bench::BenchmarkFile;

use crate::program::Home;

/// A saved benchmark of version 1, as a report tells it.
#[test]
fn results_of_version_1_report_as_ever() {
    let home = Home::new();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/results-v1.json");
    for (form, name) in [("table", "results_v1_table"), ("markdown", "results_v1_markdown"), ("csv", "results_v1_csv")]
    {
        let ended = home.run(&["report", file.to_str().unwrap(), "-o", form]);
        ended.says(0, &[]);
        // Where the file lies is this machine's matter.
        let told = ended.out.replace(file.to_str().unwrap(), "results-v1.json");
        insta::assert_snapshot!(name, told);
    }
    let again = home.run(&["report", file.to_str().unwrap(), "-o", "json"]);
    again.says(0, &[]);
    let told: serde_json::Value = serde_json::from_str(&again.out).unwrap();
    insta::assert_snapshot!("results_v1_json", serde_json::to_string_pretty(&told).unwrap());
}

/// What is read of a file is all that is in it: written again, it has every key with its value.
#[test]
fn results_of_version_1_are_written_as_they_were_read() {
    let written = include_str!("../data/results-v1.json");
    let value: serde_json::Value = serde_json::from_str(written).unwrap();
    let file: BenchmarkFile = serde_json::from_str(written).unwrap();
    assert_eq!(file.json(), value);
}

/// A log of a watch whose lines have no version yet goes on with lines that have one.
#[test]
fn a_log_without_versions_goes_on() {
    let home = Home::new();
    let before = include_str!("../data/watch-unversioned.jsonl");
    home.file("log", before);
    let args = ["watch", "--phase", "A1", "--sim", "--rounds", "1", "--log", "log", "--prompt", "hi"];
    home.run(&args).says(0, &[]);
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    let added = log.strip_prefix(before).unwrap();
    let versions =
        added.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["version"].clone());
    assert_eq!(versions.collect::<Vec<_>>(), [1, 1]);
}

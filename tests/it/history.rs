//! What all results come to: contestants followed over time, and an offer chosen, in every form.

use serde_json::Value;

use crate::program::Home;

#[test]
fn the_history_follows_contestants_over_files_and_watches() {
    let home = Home::new();
    home.run(&["history"]).says(1, &["no results under results", "benchmark --phase A1"]);
    for _ in 0..2 {
        let args = ["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "2", "--yes", "-o", "json"];
        home.run(&args).says(0, &[]);
        std::thread::sleep(std::time::Duration::from_millis(1_100));
    }
    home.run(&["history"]).says(1, &["--include-simulated"]);
    let watch = home.run(&["watch", "--phase", "A1", "--sim", "--rounds", "1", "-o", "json"]);
    home.file("results/watch.jsonl", &watch.out);
    let ended = home.run(&["history", "--include-simulated", "-o", "table"]);
    ended.says(0, &["runs in 2 files", "SIM Cerebras", "none shown", "Up and down, by watches", "100 %"]);
    let told = home.run(&["history", "--include-simulated", "--metric", "ttft_ms", "--contestant", "GROQ"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&told["metric"], told["series"].as_array().unwrap().len()), (&Value::from("ttft_ms"), 1));
    assert_eq!(told["series"][0]["points"].as_array().unwrap().len(), 2);
    assert_eq!(told["watched"].as_array().unwrap().len(), 2);
    home.run(&["history", "--include-simulated", "--out", "history.html"]).says(0, &["written: history.html"]);
    let page = std::fs::read_to_string(home.path().join("history.html")).unwrap();
    assert!(page.contains("Simulated: these figures") && page.contains("<polyline") && page.contains("history.json"));
    // Its own page is replaced, and nothing else is.
    home.run(&["history", "--include-simulated", "--out", "history.html"]).says(0, &["written"]);
    home.file("mine.csv", "a,b");
    home.run(&["history", "--include-simulated", "--out", "mine.csv"])
        .says(2, &["mine.csv is there already; give", "--force"]);
    home.run(&["history", "--since", "yesterday"]).says(2, &["expected a day, e.g. 2026-11-01"]);
    home.run(&["history", "--metric", "speed"]).says(2, &["output_tok_s"]);
}

#[test]
fn a_decision_says_what_fits_and_what_it_costs() {
    let home = Home::new();
    let decide = |rest: &[&str]| {
        home.run(&[&["decide", "--tokens-in", "225M", "--tokens-out", "75M", "--include-simulated"], rest].concat())
    };
    decide(&[]).says(1, &["no results under results", "benchmark --phase A1"]);
    home.run(&["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "5", "--yes", "-o", "json"]).says(0, &[]);
    let without = ["decide", "--tokens-in", "225M", "--tokens-out", "75M"];
    home.run(&without).says(1, &["--include-simulated"]);
    let told: Value = serde_json::from_str(&decide(&["--slo", "ttft<10s", "--budget", "200"]).out).unwrap();
    let offers = told["offers"].as_array().unwrap();
    assert_eq!((offers.len(), &offers[0]["fit"]), (2, &Value::from("likely")));
    assert!(offers[0]["usd_month"].as_f64() <= offers[1]["usd_month"].as_f64(), "{told}");
    assert_eq!(told["next"]["requests"], 72);
    let none = decide(&["--slo", "ttft<1ms", "-o", "table"]);
    none.says(0, &["Nothing that was measured fits.", "misses the objective"]);
    decide(&["--out", "decision.html"]).says(0, &["written: decision.html"]);
    let page = std::fs::read_to_string(home.path().join("decision.html")).unwrap();
    assert!(page.contains("Simulated: these figures") && page.contains("decision.json"));
    decide(&["--slo", "fast"]).says(2, &["expected limits"]);
    decide(&["-o", "csv"]).says(1, &["take -o table, json, markdown or html"]);
}

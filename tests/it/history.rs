//! What all results come to: contestants followed over time, and an offer chosen, in every form.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::peer::{reply, witness};
use crate::program::Home;

#[test]
fn the_history_follows_contestants_over_files_and_watches() {
    let home = Home::new();
    home.run(&["history"]).says(1, &["no results under results", "benchmark --phase A1"]);
    std::fs::create_dir(home.path().join("results")).unwrap();
    let half = home.file("results/half.json", "{\"version\": 1, \"lanes\": [");
    home.run(&["history"]).says(1, &["left out: results/half.json: not results", "no results under results"]);
    for _ in 0..2 {
        let args = ["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "2", "--yes", "-o", "json"];
        home.run(&args).says(0, &[]);
        std::thread::sleep(std::time::Duration::from_millis(1_100));
    }
    home.run(&["history"]).says(1, &["--include-simulated"]);
    let watch = home.run(&["watch", "--phase", "A1", "--sim", "--rounds", "1", "-o", "json"]);
    home.file("results/watch.jsonl", &watch.out);
    let ended = home.run(&["history", "--include-simulated", "-o", "table"]);
    ended.says(
        0,
        &[
            "left out: results/half.json",
            "runs in 2 files",
            "SIM Cerebras",
            "none shown",
            "Up and down, by watches",
            "100 %",
        ],
    );
    let told = home.run(&["history", "--include-simulated", "--metric", "ttft_ms", "--contestant", "GROQ"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!((&told["metric"], told["series"].as_array().unwrap().len()), (&Value::from("ttft_ms"), 1));
    assert_eq!(told["series"][0]["points"].as_array().unwrap().len(), 2);
    assert_eq!(told["watched"].as_array().unwrap().len(), 2);
    std::fs::remove_file(half).unwrap();
    // A copy counts for nothing, be it of a log or of results.
    let list = ["history", "--include-simulated", "-o", "json"];
    let before = home.run(&list).out;
    std::fs::copy(home.path().join("results/watch.jsonl"), home.path().join("results/again.jsonl")).unwrap();
    let results = std::fs::read_dir(home.path().join("results/A1")).unwrap();
    let result = results.map(|file| file.unwrap().path()).find(|path| path.extension().is_some_and(|of| of == "json"));
    std::fs::copy(result.unwrap(), home.path().join("results/zzz.json")).unwrap();
    assert_eq!(home.run(&list).out, before);
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
    // What is proposed asks what was asked: the same model, prompt and cap, of the simulator as well.
    let command = told["next"]["command"].as_str().unwrap().replace("-i 72", "-i 1");
    let flags = ["--model llama-3.1-8b --sim -s short --max-tokens ", "--providers "];
    assert!(flags.iter().all(|flag| command.contains(flag)), "{command}");
    let again: Vec<&str> = command.split(' ').skip(1).chain(["--yes", "-o", "json"]).collect();
    home.run(&again).says(0, &[]);
    let told: Value = serde_json::from_str(&decide(&["--slo", "ttft<10s", "--budget", "200"]).out).unwrap();
    let runs: Vec<&Value> = told["offers"].as_array().unwrap().iter().map(|one| &one["answered"]["of"]).collect();
    assert!(runs.contains(&&6.into()) && runs.len() == 2, "one more of the same: {told}");
    let none = decide(&["--slo", "ttft<1ms", "-o", "table"]);
    none.says(0, &["Nothing that was measured fits.", "misses what is asked"]);
    decide(&["--out", "decision.html"]).says(0, &["written: decision.html"]);
    let page = std::fs::read_to_string(home.path().join("decision.html")).unwrap();
    assert!(page.contains("Simulated: these figures") && page.contains("decision.json"));
    decide(&["--slo", "fast"]).says(2, &["expected limits"]);
    decide(&["-o", "csv"]).says(1, &["take -o table, json, markdown or html"]);
}

#[test]
fn logs_of_a_watch_count_wherever_results_do() {
    let home = Home::new();
    let sim = ["--phase", "A1", "--sim"];
    // By another seed the two say texts whose tokens are not counted alike, and a price for a token compares nothing.
    let seeded = ["-s", "short", "--seed", "1", "-i", "8", "--yes", "-o", "json"];
    home.run(&[&["benchmark"], &sim[..], &seeded].concat()).says(0, &[]);
    let watch = [&["watch"], &sim[..], &["--rounds", "2", "--every", "1s", "--log", "results/watch.jsonl"]].concat();
    home.run(&watch).says(0, &["95 % interval 15.8 % to 100 %"]);
    // A copy of a log counts for nothing.
    std::fs::copy(home.path().join("results/watch.jsonl"), home.path().join("results/again.jsonl")).unwrap();
    let decide =
        ["decide", "--tokens-in", "225M", "--tokens-out", "75M", "--include-simulated", "--availability", "99%"];
    let told: Value = serde_json::from_str(&home.run(&decide).out).unwrap();
    for offer in told["offers"].as_array().unwrap() {
        let watched = &offer["watched"];
        assert_eq!((&watched["up"], &watched["of"], &watched["days"]), (&2.into(), &2.into(), &1.into()), "{offer}");
        assert_eq!(offer["fit"], "likely");
    }
    assert_eq!((&told["next"]["watch"], &told["next"]["requests"]), (&true.into(), &368.into()));
    home.run(&[&decide[..], &["-o", "table"]].concat())
        .says(0, &["100 % (15.8 % to 100 %) of 2 probes on 1 day", "speed-kings watch --providers"]);
    let page = home.run(&["findings", "--include-simulated", "--out", "-"]);
    page.says(0, &["## How often each was up", "SIM Cerebras", "15.8 % to 100 %"]);
    home.run(&["findings", "--include-simulated", "--recommend", "cost"])
        .says(0, &["; up 100 % (15.8 % to 100 %) of 2 probes on 1 day"]);
    let priced: Value = serde_json::from_str(&home.run(&["pricing", "A1", "-o", "json"]).out).unwrap();
    assert_eq!((&priced["prices"][1]["batch"]["off"], &priced["prices"][0]["batch"]), (&0.5.into(), &Value::Null));
    let batched = home.run(&[&decide[..], &["--batch-share", "40%"]].concat());
    let batched: Value = serde_json::from_str(&batched.out).unwrap();
    let usd = |told: &Value, who: &str| {
        told["offers"].as_array().unwrap().iter().find(|offer| offer["provider"] == who).unwrap()["usd_month"]
            .as_f64()
            .unwrap()
    };
    assert!((usd(&batched, "groq") - usd(&told, "groq") * 0.8).abs() < 1e-6);
    assert!((usd(&batched, "cerebras") - usd(&told, "cerebras")).abs() < 1e-9);
}

#[test]
fn claims_of_others_are_asked_for_only_on_demand_and_decide_nothing() {
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let url = witness(move |request| {
        seen.lock().unwrap().push(request.head.to_lowercase());
        let body = r#"{"data": {"endpoints": [{"provider_name": "Groq", "uptime_last_30m": 98.5,
            "latency_last_30m": {"p50": 321, "p90": 654}, "throughput_last_30m": {"p50": 432}},
            {"provider_name": "Evil \u001b[2J", "uptime_last_30m": 1}]}}"#;
        reply(200, "application/json", body)
    });
    let home = Home::new().with("OPENROUTER_BASE_URL", url).with("OPENROUTER_API_KEY", "sk-or-never-to-be-seen-123");
    home.run(&["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "5", "--yes", "-o", "json"]).says(0, &[]);
    let decide = ["decide", "--tokens-in", "225M", "--tokens-out", "75M", "--include-simulated"];
    let without: Value = serde_json::from_str(&home.run(&decide).out).unwrap();
    assert!(asked.lock().unwrap().iter().all(|head| !head.contains("endpoints")), "nobody is asked by default");
    let ended = home.run(&[&decide[..], &["--claims", "openrouter"]].concat());
    ended.says(0, &["asking 127.0.0.1 about 1 model, with OPENROUTER_API_KEY"]);
    let told: Value = serde_json::from_str(&ended.out).unwrap();
    let claim = &told["claims"][0];
    assert_eq!(
        (&claim["host"], &claim["uptime_30m"], &claim["source"]),
        (&"Groq".into(), &0.985.into(), &"openrouter".into())
    );
    assert_eq!((&claim["ttft_ms"], &claim["output_tok_s"]), (&321.0.into(), &432.0.into()));
    assert_eq!(
        (&told["offers"], &told["answer"]),
        (&without["offers"], &without["answer"]),
        "the decision is the same"
    );
    let head = asked.lock().unwrap().iter().find(|head| head.contains("endpoints")).unwrap().clone();
    assert!(head.starts_with("get /models/meta-llama/llama-3.1-8b-instruct/endpoints "), "{head}");
    assert!(head.contains("authorization: bearer sk-or-never"), "{head}");
    let table = home.run(&[&decide[..], &["--claims", "openrouter", "-o", "table"]].concat());
    table.says(0, &["What OpenRouter says", "98.5 %", "none of them is part of the decision"]);
    assert!(!table.out.contains('\u{1b}') && !table.out.contains("sk-or"), "{}", table.out);
    let gone = Home::new().with("OPENROUTER_BASE_URL", "http://127.0.0.1:1");
    gone.run(&["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "5", "--yes", "-o", "json"]).says(0, &[]);
    gone.run(&[&decide[..], &["--claims", "openrouter"]].concat())
        .says(0, &["without OPENROUTER_API_KEY", "no claims for llama-3.1-8b: "]);
}

#[test]
fn a_history_of_watches_alone_is_about_them() {
    let home = Home::new();
    let watch = ["watch", "--phase", "A1", "--sim", "--rounds", "1", "--log", "results/watch.jsonl"];
    home.run(&watch).says(0, &["probes"]);
    let told = home.run(&["history", "--include-simulated", "-o", "table"]);
    told.says(0, &["Up and down, by watches: 2 probes of 2 contestants on one day", "SIM Cerebras"]);
    assert!(!told.out.contains("over time") && !told.out.contains("No result"), "{}", told.out);
    home.run(&["history", "--include-simulated", "--out", "new/h.html"]).says(0, &["written: new/h.html"]);
    let page = std::fs::read_to_string(home.path().join("new/h.html")).unwrap();
    for said in ["<h1>Up and down, by watches", "<title>Down by hour of the day", "fill-opacity", "<desc>"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("No result"));
}

//! Results on disk, through the program: what is kept when all goes well, when contestants fail, when the money is gone,
//! and when the program is killed. Every file is held against the published schema.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use speed_kings::bench::BenchmarkFile;
use speed_kings::sim::{Options, Simulator};

use crate::headless::seed_with_first;
use crate::help::wait_until;
use crate::schema::RESULTS;

/// A key that no file may hold.
const KEY: &str = "canary0value0of0a0key";
const QUICK: &str = "ttft_ms:5,tok_s:5000,tokens:20";

struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn command(&self, args: &str, vars: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_speed-kings"));
        command.args(args.split_whitespace()).current_dir(&self.0).env_clear().env("HOME", self.0.path());
        command.envs([("CEREBRAS_API_KEY", KEY), ("GROQ_API_KEY", KEY)]);
        command.envs(vars.iter().copied());
        command
    }

    fn run(&self, args: &str, vars: &[(&str, &str)]) -> Output {
        self.command(args, vars).output().unwrap()
    }

    /// The results files, each of which keeps to the schema.
    fn files(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(self.0.path().join("results")).into_iter().flatten().flatten();
        let mut files: Vec<PathBuf> = folders
            .flat_map(|folder| std::fs::read_dir(folder.path()).unwrap().flatten())
            .map(|file| file.path())
            .collect();
        // What is being written beside them has another ending.
        files.retain(|file| file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        for file in &files {
            assert_eq!(RESULTS.complaints(&json(file)), [""; 0], "{}", file.display());
            BenchmarkFile::read(file).unwrap();
            assert!(!std::fs::read_to_string(file).unwrap().contains(KEY), "a key in {}", file.display());
        }
        files
    }

    fn only_file(&self) -> Value {
        let files = self.files();
        assert_eq!(files.len(), 1, "{files:?}");
        json(&files[0])
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn simulator() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

#[test]
fn a_claim_is_made_saved_and_reported_alike() {
    // A busy machine holds runs of this program up, which are then no samples; a claim takes five pairs.
    let (home, document, speed) = (0..5)
        .find_map(|_| {
            let home = Home::new();
            let output = home.run("benchmark --phase A1 --sim -s medium -i 8 --warmup 0 -o json", &[]);
            assert_eq!(output.status.code(), Some(0), "{output:?}");
            let document: Value = serde_json::from_slice(&output.stdout).unwrap();
            let speed = document["comparisons"].as_array()?.iter().find(|one| one["metric"] == "output_tok_s")?.clone();
            (speed["pairs"].as_u64()? >= 5).then_some((home, document, speed))
        })
        .expect("five pairs in one of five benchmarks");
    assert_eq!(RESULTS.complaints(&document), [""; 0]);
    assert_eq!(home.only_file(), document, "the file says what the program said");
    assert!(speed["call"] == "a" && speed["pairs"].as_u64() <= Some(8), "{speed}");
    // 1,800 against 750 tok/s; a busy machine may hold a short run up, so only the order is sure here.
    assert!(speed["ratio"].as_f64().unwrap() > 1.0 && speed["interval"][0].as_f64().unwrap() > 1.0, "{speed}");
    assert_eq!((&document["ended"], &document["spent_usd"]), (&"complete".into(), &0.0.into()));
    assert!(document["environment"]["tool"].as_str().unwrap().starts_with("speed-kings "));
    assert_eq!(document["lanes"][0]["runs"][0]["flags"], serde_json::json!(["cold_start"]));

    let file = home.files()[0].display().to_string();
    let table = text(&home.run(&format!("report {file} -o table --baseline"), &[]).stdout);
    assert!(table.starts_with("SIM · A1 · Cerebras vs Groq · prompt medium"), "{table}");
    assert!(table.contains("no published speed of a contestant that was really measured"), "{table}");
    let csv = text(&home.run(&format!("report {file} -o csv"), &[]).stdout);
    assert_eq!(csv.lines().count(), 17);
    let markdown = text(&home.run(&format!("report {file} {file} -o markdown --compare {file}"), &[]).stdout);
    assert_eq!(markdown.matches("## SIM · A1").count(), 2, "{markdown}");
    assert!(markdown.contains("no change shown"), "{markdown}");
    let again: Value = serde_json::from_slice(&home.run(&format!("report {file}"), &[]).stdout).unwrap();
    assert_eq!(again, document);
    assert_eq!(home.run("report nothing.json", &[]).status.code(), Some(1));
}

#[test]
fn what_can_not_be_compared_says_why_in_every_form() {
    let home = Home::new();
    for cap in ["20", "30"] {
        let output = home.run(&format!("benchmark --phase A1 --sim -s short -i 1 --warmup 0 --max-tokens {cap}"), &[]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    let of_cap = |cap: u64| home.files().into_iter().find(|file| json(file)["settings"]["max_tokens"] == cap).unwrap();
    let [old, new] = [20, 30].map(|cap| of_cap(cap).display().to_string());
    let json: Value =
        serde_json::from_slice(&home.run(&format!("report {new} --compare {old} --baseline published"), &[]).stdout)
            .unwrap();
    assert_eq!(json["changes"]["results"][0]["why_not"], "caps on output tokens differ: 20 then, 30 now");
    assert_eq!((&json["baseline"], RESULTS.complaints(&json)), (&serde_json::json!([]), vec![]));
    let table = text(&home.run(&format!("report {new} {old} -o table --compare {old}"), &[]).stdout);
    assert!(table.contains("nothing to compare: caps on output tokens differ"), "{table}");
    assert!(table.contains("Side by side") && table.contains("SIM Cerebras"), "{table}");
    for form in ["--compare", "--baseline published --compare"] {
        let csv = home.run(&format!("report {new} -o csv {form} {old}"), &[]);
        assert!(csv.stdout.is_empty() && text(&csv.stderr).contains("CSV is a row for each run"), "{csv:?}");
    }
    let some = home.run(&format!("report {new} nothing.json -o csv"), &[]);
    assert_eq!((some.status.code(), text(&some.stdout).lines().count()), (Some(1), 3), "{some:?}");
    assert!(text(&some.stderr).contains("left out: cannot read nothing.json"), "{some:?}");
    let results = home.run(&format!("report --baseline {old} {new}"), &[]);
    assert!(text(&results.stderr).contains("holds results and no claims"), "{results:?}");
}

#[test]
fn claims_of_ones_own_are_held_against() {
    let home = Home::new();
    let claims = home.0.path().join("claims.ron");
    let offer = r#"(model: "gpt-oss-120b", claims: [(tok_s: 4000, as_of: "2026-10-01", source: "its page")])"#;
    std::fs::write(&claims, format!(r#"(providers: [(id: "cerebras", offers: [{offer}])])"#)).unwrap();
    let output = home.run("benchmark --providers cerebras,groq --sim -s medium -i 1 --warmup 0", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let path = home.files()[0].clone();
    // What the simulator plays is held against nobody; the same figures, if they were real, would be.
    let real = std::fs::read_to_string(&path).unwrap().replace("\"simulated\":true", "\"simulated\":false");
    std::fs::write(&path, real).unwrap();
    let told = home.run(&format!("report {} --baseline {}", path.display(), claims.display()), &[]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    let held = &told["baseline"][0];
    assert_eq!(
        (&held["name"], &held["published_tok_s"], &held["source"]),
        (&"Cerebras".into(), &4000.0.into(), &"its page".into())
    );
    assert!((held["share"].as_f64().unwrap() - held["measured_tok_s"].as_f64().unwrap() / 4000.0).abs() < 1e-12);
}

#[test]
fn nothing_more_is_spent_once_nothing_can_be_kept() {
    let simulator = simulator();
    let slow = simulator.base_url_with("custom", "ttft_ms:150,tok_s:5000,tokens:20");
    let home = Home::new();
    let child = home
        .command(
            "benchmark --providers cerebras,groq -y -s short -i 50 --warmup 0 -o json",
            &[("CEREBRAS_BASE_URL", &slow), ("GROQ_BASE_URL", &slow)],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("the first run in the file", || {
        let kept = |file: &PathBuf| json(file)["lanes"][0]["runs"].as_array().map_or(0, Vec::len) > 0;
        home.files().first().is_some_and(kept)
    });
    let file = home.files()[0].clone();
    let locked = home.run(
        &format!("benchmark --resume {} -y", file.display()),
        &[("CEREBRAS_BASE_URL", &slow), ("GROQ_BASE_URL", &slow)],
    );
    assert!(text(&locked.stderr).contains("another benchmark writes to it now"), "{locked:?}");
    // In the place of the folder there is a file from now on.
    let folder = file.parent().unwrap();
    std::fs::rename(folder, home.0.path().join("moved")).unwrap();
    std::fs::write(folder, "in the way").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["ended"], RESULTS.complaints(&document)), (&"unsaved".into(), vec![]));
    let runs: usize = (0..2).map(|lane| document["lanes"][lane]["runs"].as_array().unwrap().len()).sum();
    assert!((1..100).contains(&runs), "{runs}");
    let told = text(&output.stderr);
    assert!(told.contains("cannot save") && told.contains("No further run begins; of "), "{told}");
}

#[test]
fn going_on_needs_something_to_go_on_with() {
    let home = Home::new();
    let args = "benchmark --phase A1 --sim -s short -i 1 --warmup 0";
    let none = home.run(&format!("{args} --resume"), &[]);
    assert_eq!((none.status.code(), home.files().len()), (Some(1), 0), "{none:?}");
    assert!(text(&none.stderr).contains("nothing to resume in results; without --resume"), "{none:?}");
    assert_eq!(home.run(args, &[]).status.code(), Some(0));
    let complete = home.run(&format!("{args} --resume"), &[]);
    assert!(text(&complete.stderr).contains("Cerebras vs Groq is complete in results/A1/"), "{complete:?}");
    std::fs::write(home.0.path().join("results/A1/2999.json"), "{").unwrap();
    let several = home.run("benchmark --phase A1,A2 --sim -s short -i 1 --warmup 0 --resume", &[]);
    std::fs::remove_file(home.0.path().join("results/A1/2999.json")).unwrap();
    assert_eq!((several.status.code(), home.files().len()), (Some(0), 2), "{several:?}");
    let told = text(&several.stderr);
    assert!(told.contains("passed over: results/A1/2999.json") && told.contains("is complete in"), "{told}");
}

#[test]
fn who_may_not_spend_begins_nothing_that_costs() {
    let home = Home::new();
    let output = home.run("benchmark --providers cerebras,groq -y --max-cost 0", &[]);
    assert_eq!((output.status.code(), home.files().len()), (Some(1), 0), "{output:?}");
    assert!(text(&output.stderr).contains("--max-cost 0 allows no spending, and Cerebras may cost"), "{output:?}");
}

#[test]
fn every_fault_ends_in_counted_failures_and_a_file() {
    let simulator = simulator();
    let good = simulator.base_url_with("custom", QUICK);
    for (fault, kind) in
        [("status:500", "server"), ("status:401", "auth"), ("hang", "first_token_timeout"), ("reset_after:5", "reset")]
    {
        let home = Home::new();
        let broken = simulator.base_url_with("custom", &format!("{QUICK},{fault}"));
        let args = "benchmark --providers cerebras,groq -y --no-retry -s short -i 2 --warmup 0 --first-token-timeout 0.3 -o table";
        let output = home.run(args, &[("CEREBRAS_BASE_URL", &good), ("GROQ_BASE_URL", &broken)]);
        assert_eq!(output.status.code(), Some(3), "{fault}: {output:?}");
        let document = home.only_file();
        let told = &document["lanes"][1]["statistics"];
        assert_eq!((&told["good"], &told["failed"]), (&0.into(), &2.into()), "{fault}: {told}");
        assert_eq!(told["failures"][kind], 2, "{fault}: {told}");
        assert_eq!((&document["lanes"][0]["statistics"]["good"], &document["verdict"]), (&2.into(), &Value::Null));
        assert!(text(&output.stdout).contains("no verdict: Groq brought no figures"), "{fault}: {output:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_was_measured_survives_a_kill_and_is_gone_on_with() {
    let simulator = simulator();
    let good = simulator.base_url_with("custom", QUICK);
    let never = simulator.base_url_with("custom", "hang");
    let home = Home::new();
    let seed = seed_with_first(0);
    let args = format!("benchmark --providers cerebras,groq -y -s short -i 3 --warmup 0 --seed {seed}");
    let mut child = home
        .command(&args, &[("CEREBRAS_BASE_URL", &good), ("GROQ_BASE_URL", &never)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // At every moment in between, whatever file there is keeps to the schema.
    let kept =
        |home: &Home| home.files().first().map_or(0, |file| json(file)["lanes"][0]["runs"].as_array().unwrap().len());
    wait_until("the first run in the file", || kept(&home) == 1);
    child.kill().unwrap();
    child.wait().unwrap();
    let cut = home.only_file();
    assert_eq!(cut["ended"], Value::Null);
    let other = home.run(
        &format!("{args} --max-tokens 9 --resume {}", home.files()[0].display()),
        &[("CEREBRAS_BASE_URL", &good), ("GROQ_BASE_URL", &good)],
    );
    assert_eq!(other.status.code(), Some(1));
    assert!(text(&other.stderr).contains("another cap on output tokens"), "{other:?}");
    let output =
        home.run(&format!("{args} -o json --resume"), &[("CEREBRAS_BASE_URL", &good), ("GROQ_BASE_URL", &good)]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let whole = home.only_file();
    assert_eq!(whole["ended"], "complete");
    for lane in whole["lanes"].as_array().unwrap() {
        let rounds: Vec<u64> =
            lane["runs"].as_array().unwrap().iter().map(|run| run["round"].as_u64().unwrap()).collect();
        assert_eq!(rounds, [1, 2, 3], "each run once");
    }
    assert_eq!(whole["started_at"], cut["started_at"]);
    assert_eq!(whole["lanes"][0]["runs"][0], cut["lanes"][0]["runs"][0], "carried over unchanged");
}

#[test]
fn the_money_that_is_spent_is_counted_and_ends_it() {
    let simulator = simulator();
    let url = simulator.base_url_with("custom", QUICK);
    let home = Home::new();
    let catalog = home.0.path().join("dear.ron");
    let offer = r#"offers: [(model: "gpt-oss-120b", id: "gpt-oss-120b", price: (input: 0, output: 1000, as_of: "2026", source: "a test"))]"#;
    let provider = |id: &str| {
        format!(r#"(id: "{id}", name: "{id}", hardware: "gpu_cloud", base_url: "{url}", local: true, {offer})"#)
    };
    std::fs::write(&catalog, format!("(providers: [{}, {}])", provider("dear"), provider("dearer"))).unwrap();
    let vars = [("SPEED_KINGS_CATALOG", catalog.to_str().unwrap())];
    // Twenty tokens at a thousandth of a dollar each: two cents a run, so that the fourth one is over six cents.
    let args = "benchmark --providers dear,dearer -y -s short -i 5 --warmup 1 --max-cost 0.07";
    let output = home.run(args, &vars);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let document = home.only_file();
    assert_eq!(document["ended"], "max_cost");
    assert!((document["spent_usd"].as_f64().unwrap() - 0.08).abs() < 1e-9, "warm-ups count: {}", document["spent_usd"]);
    let runs: usize = (0..2).map(|lane| document["lanes"][lane]["runs"].as_array().unwrap().len()).sum();
    assert_eq!(runs, 2);
    assert!(text(&output.stderr).contains("which is over --max-cost $0.0700"), "{output:?}");
}

#[test]
fn many_phases_and_a_load_have_their_files() {
    let home = Home::new();
    let output = home.run("benchmark --phase A1,A2 --sim -s short -i 1 --warmup 0 --concurrency 3 -o json", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let results = document["results"].as_array().unwrap();
    assert_eq!(results.iter().map(|one| one["phase"].as_str().unwrap()).collect::<Vec<_>>(), ["A1", "A2"]);
    assert_eq!(home.files().len(), 2);
    let runs = results[0]["lanes"][0]["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3, "three requests at a time");
    let together = runs[0]["load_tok_s"].as_f64().unwrap();
    assert!(runs.iter().all(|run| run["round"] == 1 && run["load_tok_s"] == together && run["ok"] == true));
    assert!(together > runs[0]["end_to_end_tok_s"].as_f64().unwrap(), "{together}");

    let none = home.run("benchmark --phase A1 --sim -s short -i 1 --warmup 0 --no-save", &[]);
    assert_eq!((none.status.code(), home.files().len()), (Some(0), 2));
}

#[test]
fn a_file_alone_says_what_to_go_on_with() {
    let home = Home::new();
    let begun = home.run("benchmark --phase A1 --sim -s short -i 1 --warmup 0 --max-tokens 40 --seed 9", &[]);
    assert_eq!(begun.status.code(), Some(0), "{begun:?}");
    let file = home.files()[0].display().to_string();
    let output = home.run(&format!("benchmark --resume {file} -i 2 --warmup 0"), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let document = home.only_file();
    let settings = &document["settings"];
    assert_eq!(
        (&settings["max_tokens"], &settings["order_seed"], &settings["seed"]),
        (&40.into(), &9.into(), &9.into())
    );
    for lane in document["lanes"].as_array().unwrap() {
        assert_eq!((lane["runs"].as_array().unwrap().len(), &lane["simulated"]), (2, &true.into()));
    }
    let several = home.run(&format!("benchmark --phase A1,A2 --sim -s short --resume {file}"), &[]);
    assert!(text(&several.stderr).contains("goes on with one phase and one prompt"), "{several:?}");
}

#[test]
fn several_contestants_are_ranked() {
    let home = Home::new();
    let simulator = simulator();
    let at = |speed: u32| simulator.base_url_with("custom", &format!("ttft_ms:5,tok_s:{speed},tokens:40"));
    let (slow, quick, middling) = (at(400), at(4_000), at(1_200));
    let vars = [("CEREBRAS_BASE_URL", slow.as_str()), ("GROQ_BASE_URL", &quick), ("SAMBANOVA_BASE_URL", &middling)];
    let output = home.run("benchmark --providers cerebras,groq,sambanova -y -s short -i 6 -o markdown", &vars);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = text(&output.stdout);
    assert!(told.contains("1. Groq · 2. SambaNova · 3. Cerebras"), "{told}");
    assert_eq!(home.only_file()["ranking"], serde_json::json!([3, 1, 2]));
}

#[test]
fn a_prompt_may_come_from_a_file() {
    let home = Home::new();
    std::fs::write(home.0.path().join("mine.txt"), "Say hi.").unwrap();
    let output = home.run("benchmark --phase A1 --sim -s mine.txt -i 1 --warmup 0 --max-tokens 20", &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["prompt"]["name"], &document["prompt"]["text"]), (&"mine".into(), &"Say hi.".into()));
    let more = home.run("benchmark --phase A1 --sim -s mine.txt -i 2 --warmup 0 --max-tokens 20 --resume", &[]);
    assert_eq!(more.status.code(), Some(1), "{more:?}");
    assert!(text(&more.stderr).contains("is complete in"), "it is known again: {more:?}");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_is_sent() {
    let home = Home::new();
    std::fs::write(home.0.path().join("taken"), "").unwrap();
    let output = home.run("benchmark --phase A1 --sim -s short -i 1 --out taken", &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let talk = text(&output.stderr);
    assert!(talk.contains("cannot keep results in taken") && talk.contains("--no-save"), "{talk}");
    assert!(!talk.contains("run 1/1"), "{talk}");
}

//! Load that several runners offer together: all of its rows come, each on its runner's own clock, and what is missing is said.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use speed_kings::load::{LevelPlan, OfferedLoad};
use speed_kings::sim::{CUSTOM, Options, Simulator};

use super::harness::{BusServer, FleetRunner, Overheard};
use super::proxy::{BusProxy, Faults};
use crate::help::{CANARY, wait_until};
use crate::program::{Home, signal};
use crate::schema::LOAD;

fn simulator() -> Simulator {
    Simulator::start(Options { seed: 7, ..Options::default() }).unwrap()
}

/// A contestant called `x` whose answers take 135 ms.
fn quick(simulator: &Simulator) -> String {
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:40,tok_s:200,tokens:20,jitter:0");
    format!("x={}", url.replace(',', "\\,"))
}

fn asked<'a>(lanes: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let asked =
        ["benchmark", "--lanes", lanes, "--prompt", "go", "--max-tokens", "90", "-y", "-o", "json", "--seed", "4"];
    [&asked[..], more].concat()
}

/// What the newest tapes of `runner` have of a load, the newest tape last: of each its rows.
fn rows(runner: &FleetRunner) -> Vec<Vec<Value>> {
    let tapes = runner.tapes().into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    tapes.map(|path| lines(&fs::read_to_string(path).unwrap(), "request")).collect()
}

fn lines(tape: &str, kind: &str) -> Vec<Value> {
    // The last line may still be on its way.
    let lines = tape.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter_map(|line| line.get(kind).cloned()).collect()
}

/// When each request was due, by who made it, in order.
fn due(level: &Value, runner: &str) -> Vec<f64> {
    let of = level["requests"].as_array().unwrap().iter().filter(|one| one["runner"] == runner);
    of.map(|one| one["due_ms"].as_f64().unwrap()).collect()
}

fn due_on_tape(rows: &[Value]) -> Vec<f64> {
    let mut due: Vec<f64> = rows.iter().map(|row| row["request"]["due_ms"].as_f64().unwrap()).collect();
    due.sort_by(f64::total_cmp);
    due
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_load_is_offered_by_its_runners_together_and_made_of_all_their_rows() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let one = FleetRunner::start("m3", bus.port(), &[&quick(&simulator)], 7_000_000_000);
    let two = FleetRunner::start("rtx", bus.port(), &[&quick(&simulator)], -5_000_000);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let times = ["--ramp", "300ms", "--steady", "1500ms"];
    let more = [&times[..], &["--concurrency", "2,4,1", "--out", "r", "--chart", "c.svg"]].concat();
    let measured = home.run(&asked("m3:x,rtx:x", &more));
    measured.says(
        0,
        &[
            "x @ m3+rtx, 1 at a time",
            "saved r/load/",
            "x is what each runner has on its own hardware",
            "drawn into c.svg",
        ],
    );
    let document: Value = serde_json::from_str(&measured.out).unwrap();
    assert_eq!(LOAD.complaints(&document), [""; 0]);
    assert_eq!(
        (&document["contestants"][0]["runner"], &document["environment"]["cpu"]),
        (&"m3+rtx".into(), &Value::Null)
    );
    let levels = document["levels"].as_array().unwrap();
    // One asker is one runner's; the other has no share of that level.
    let parts: Vec<Vec<(&str, u64)>> = levels
        .iter()
        .map(|level| {
            let of = |share: &'_ Value| share["concurrency"].as_u64().unwrap();
            let shares = level["shares"].as_array().unwrap();
            shares.iter().map(|share| (share["runner"].as_str().unwrap(), of(share))).collect()
        })
        .collect();
    assert_eq!(parts, [vec![("m3", 1)], vec![("m3", 1), ("rtx", 1)], vec![("m3", 2), ("rtx", 2)]]);
    let [on_m3, on_rtx] = [rows(&one), rows(&two)];
    assert_eq!([on_m3.len(), on_rtx.len()], [3, 2]);
    for (level, (m3, rtx)) in levels.iter().zip(on_m3.iter().zip([&vec![], &on_rtx[0], &on_rtx[1]])) {
        // Every row of every tape, once, and no other; each time on its own runner's clock, which is right by no other.
        assert_eq!((due(level, "m3"), due(level, "rtx")), (due_on_tape(m3), due_on_tape(rtx)));
        let requests = level["requests"].as_array().unwrap();
        assert!(!m3.is_empty() && requests.len() == m3.len() + rtx.len());
        assert!(requests.iter().all(|one| (0.0..1_800.0).contains(&one["due_ms"].as_f64().unwrap())));
        for share in level["shares"].as_array().unwrap() {
            assert_eq!(share["lost"], Value::Null);
            assert_eq!(share["requests"], due(level, share["runner"].as_str().unwrap()).len());
        }
        // Throughput is that of all rows together, and so are percentiles.
        let tokens: f64 = requests.iter().map(|one| one["steady_tokens"].as_f64().unwrap()).sum();
        assert!((level["figures"]["load_tok_s"].as_f64().unwrap() - tokens / 1.5).abs() < 1e-6);
        let steady = requests.iter().filter(|one| one["steady"] == true && one["held_up"] == false);
        assert_eq!(level["figures"]["ttft_ms"]["n"], steady.filter(|one| one["ok"] == true).count());
    }
    // Twice the askers are two runners' work, and not one's.
    let own = |level: usize, runner: &str| due(&levels[level], runner).len();
    assert!(own(2, "m3") > own(1, "m3") && own(2, "rtx") > own(1, "rtx"), "{parts:?}");
    let kept = fs::read_dir(home.path().join("r/load")).unwrap().next().unwrap().unwrap().path();
    let report = |form: &str| home.run(&["report", &kept.display().to_string(), "-o", form]);
    report("csv").says(0, &["planned_output_tokens,runner,prompt_row\n", ",rtx,\n"]);
    report("markdown").says(0, &["| SIM x @ m3+rtx | 4 at a time |", "timed by its own runner", "in time"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_rate_is_split_and_each_runner_draws_its_own_arrivals() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let far = BusProxy::start(bus.port(), &Faults { delay: Duration::from_millis(30), drop_every: None });
    let ports = [("m3", bus.port()), ("rtx", bus.port()), ("far", far.port())];
    let _runners = ports.map(|(name, port)| FleetRunner::start(name, port, &[&quick(&simulator)], -3_000_000));
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let more = ["--ramp", "500ms", "--steady", "1500ms", "--rate", "30", "--no-save"];
    let measured = home.run(&asked("m3:x,rtx:x,far:x", &more));
    measured.says(0, &["30 a second"]);
    let document: Value = serde_json::from_str(&measured.out).unwrap();
    let level = &document["levels"][0];
    let shares = level["shares"].as_array().unwrap();
    assert!((shares.iter().map(|share| share["rate_per_s"].as_f64().unwrap()).sum::<f64>() - 30.0).abs() < 1e-9);
    let mut all = Vec::new();
    for share in shares {
        let plan = LevelPlan {
            load: OfferedLoad::Rate(share["rate_per_s"].as_f64().unwrap()),
            ramp: Duration::from_millis(500),
            steady: Duration::from_millis(1_500),
            seed: share["seed"].as_u64().unwrap(),
            trace: None,
            lengths: None,
            rows: Arc::default(),
        };
        let planned: Vec<f64> = plan.arrivals().iter().map(|at| at.as_secs_f64() * 1e3).collect();
        assert!(planned.len() > 5 && share["rate_per_s"] == 10.0, "{planned:?}");
        assert_eq!(due(level, share["runner"].as_str().unwrap()), planned, "every arrival was asked, when it was due");
        all.extend(planned.iter().map(|at| at.to_bits()));
    }
    let asked = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!((shares.len(), all.len()), (3, asked), "no two draw the same");
    // How well a clock is known is told, and is in no figure.
    let bound = |share: &Value| share["start_bound_ms"].as_f64().unwrap();
    assert!(bound(&shares[0]) < 20.0 && bound(&shares[2]) >= 29.0, "{shares:?}");
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn prompts_lengths_and_arrivals_are_shared_out() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let _runners = [("m3", 0), ("rtx", -5_000_000)]
        .map(|(name, offset)| FleetRunner::start(name, bus.port(), &[&quick(&simulator)], offset));
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let level = |more: &[&str]| -> Value {
        let asked = ["benchmark", "--lanes", "m3:x,rtx:x", "-y", "-o", "json", "--seed", "4", "--no-save"];
        let measured = home.run(&[&asked[..], more].concat());
        measured.says(0, &[]);
        serde_json::from_str::<Value>(&measured.out).unwrap()["levels"][0].clone()
    };
    // Each runner asks all prompts in turn, the second one from the middle on.
    let rows: Vec<String> = (0..4).map(|row| format!("{{\"id\": \"r{row}\", \"prompt\": \"Say {row}\"}}")).collect();
    fs::write(home.path().join("asked.jsonl"), rows.join("\n")).unwrap();
    let times = ["--ramp", "0s", "--steady", "1500ms"];
    let asked =
        level(&[&["--prompts", "asked.jsonl", "--max-tokens", "90", "--concurrency", "2"], &times[..]].concat());
    let of = |runner: &str| -> Vec<String> {
        let requests = asked["requests"].as_array().unwrap().iter().filter(|one| one["runner"] == runner);
        requests.map(|one| one["prompt_row"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(
        (&of("m3")[..5], &of("rtx")[..3]),
        (&["r0", "r1", "r2", "r3", "r0"].map(String::from)[..], &["r2", "r3", "r0"].map(String::from)[..])
    );
    // Lengths are drawn from the share's own seed, by the same rule.
    let asked = level(&[&["--input-tokens", "40..80", "--output-tokens", "5..9", "--rate", "20"], &times[..]].concat());
    let planned = |part: &str, runner: &str| -> Vec<u64> {
        let requests = asked["requests"].as_array().unwrap().iter().filter(|one| one["runner"] == runner);
        requests.map(|one| one["planned"][part].as_u64().unwrap()).collect()
    };
    for runner in ["m3", "rtx"] {
        assert!(planned("input_tokens", runner).iter().all(|tokens| (40..=80).contains(tokens)));
        assert!(planned("output_tokens", runner).iter().all(|tokens| (5..=9).contains(tokens)));
    }
    assert_ne!(planned("input_tokens", "m3")[..5], planned("input_tokens", "rtx")[..5]);
    // Arrivals are dealt out in turn, and each is asked when it is due.
    fs::write(home.path().join("came.txt"), "0\n0.1\n0.1\n0.35\n0.6\n").unwrap();
    let asked = level(&["--arrivals", "came.txt", "--prompt", "go", "--max-tokens", "90"]);
    assert_eq!((due(&asked, "m3"), due(&asked, "rtx")), (vec![0.0, 100.0, 600.0], vec![100.0, 350.0]));
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_that_dies_in_a_level_leaves_it_marked_with_all_that_is_known() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let mut one = FleetRunner::start("m3", bus.port(), &[&quick(&simulator)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&quick(&simulator)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let begin = |one: &FleetRunner, levels: &str, steady: &str| {
        let before = rows(one).len();
        let more = ["--ramp", "100ms", "--steady", steady, "--concurrency", levels, "--no-save"];
        let child = home.start(&asked("m3:x,rtx:x", &more));
        wait_until("some rows", || rows(one).len() > before && rows(one).last().unwrap().len() > 3);
        child
    };
    let level_of = |out: &str| {
        let document: Value = serde_json::from_str(out).unwrap();
        assert_eq!((LOAD.complaints(&document), document["levels"].as_array().unwrap().len()), (vec![], 1));
        document["levels"][0].clone()
    };
    // Back at once: what it had kept is fetched, to the last row.
    let child = begin(&one, "4", "3s");
    one.kill();
    one.revive();
    let ended = home.end(child);
    ended.says(3, &["4 at a time"]);
    let level = level_of(&ended.out);
    assert_eq!(level["shares"][0]["lost"], "runner m3 ended in the middle of it");
    assert_eq!(
        (&level["shares"][1]["lost"], due(&level, "m3")),
        (&Value::Null, due_on_tape(rows(&one).last().unwrap()))
    );
    assert_eq!(due(&level, "rtx"), due_on_tape(rows(&two).last().unwrap()));
    assert!(due(&level, "rtx").len() > due(&level, "m3").len(), "the other one went on");
    // Never back: what had come counts, the rest is said to lie there, and no further level can begin.
    let child = begin(&one, "4,6", "12s");
    one.kill();
    let ended = home.end(child);
    ended.says(1, &["runner m3 does not answer"]);
    let level = level_of(&ended.out);
    let lost = level["shares"][0]["lost"].as_str().unwrap();
    assert!(lost.contains("has not answered for 10 s") && lost.contains("lies with runner m3 as race"), "{lost}");
    assert_eq!(due(&level, "rtx"), due_on_tape(rows(&two).last().unwrap()));
    let came = due(&level, "m3");
    assert_eq!(came, due_on_tape(rows(&one).last().unwrap())[..came.len()]);
    // It is there when the runner is.
    one.revive();
    let race = level["shares"][0]["race"].as_str().unwrap();
    home.run(&["fleet", "--fetch", race]).says(0, &[&format!("tapes/{race}.m3.jsonl"), &format!("{race}.rtx.jsonl")]);
    let fetched = fs::read(home.path().join(format!("recordings/tapes/{race}.m3.jsonl"))).unwrap();
    assert_eq!(fetched, fs::read(one.tapes().last().unwrap()).unwrap());
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn the_bus_may_be_away_during_a_level() {
    let (mut bus, simulator) = (BusServer::start(), simulator());
    let one = FleetRunner::start("m3", bus.port(), &[&quick(&simulator)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&quick(&simulator)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let more = ["--ramp", "100ms", "--steady", "2s", "--concurrency", "2", "--no-save"];
    let child = home.start(&asked("m3:x,rtx:x", &more));
    wait_until("some rows", || rows(&one).last().is_some_and(|rows| rows.len() > 3));
    bus.kill();
    std::thread::sleep(Duration::from_millis(2_500));
    bus.revive();
    let ended = home.end(child);
    ended.says(0, &["2 at a time"]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    let level = &document["levels"][0];
    for (runner, name) in [(&one, "m3"), (&two, "rtx")] {
        assert_eq!(due(level, name), due_on_tape(rows(runner).last().unwrap()));
    }
    assert!(level["shares"].as_array().unwrap().iter().all(|share| share["lost"].is_null()), "{}", level["shares"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_load_that_is_interrupted_ends_at_its_runners() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let one = FleetRunner::start("m3", bus.port(), &[&quick(&simulator)], 0);
    let two = FleetRunner::start("rtx", bus.port(), &[&quick(&simulator)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let child = home.start(&asked("m3:x,rtx:x", &["--steady", "60s", "--concurrency", "2", "--no-save"]));
    let begun = |runner: &FleetRunner| rows(runner).last().is_some_and(|rows| rows.len() > 2);
    wait_until("some rows", || begun(&one) && begun(&two));
    signal("-INT", child.id());
    let ended = home.end(child);
    ended.says(130, &[]);
    let document: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(document["levels"].as_array().unwrap().len(), 0, "a level that is cut off is left out, as here");
    for runner in [&one, &two] {
        let tape = fs::read_to_string(runner.tapes().last().unwrap()).unwrap();
        assert_eq!(lines(&tape, "end")[0]["early"], "its director ended it", "and its runner has what it measured");
    }
    home.run(&["fleet"]).says(0, &["ready"]);
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn limits_hold_for_a_load_and_what_is_no_load_is_refused() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let heard = Overheard::begin(bus.port());
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:20,tok_s:900,tokens:60,jitter:0");
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    let key = home.run(&["fleet", "--key"]).out.trim().to_owned();
    // Somebody who takes 10 USD a million tokens, so that a request costs 0.0006.
    let catalog = format!(
        r#"(providers: [(id: "paid", name: "Paid", hardware: "lpu", base_url: "{url}", key: "PAID_API_KEY",
            offers: [(model: "llama-3.1-8b", id: "m", price: (input: 0.0, output: 10.0, as_of: "2026-07-02", source: "a test"))])])"#
    );
    home.file("catalog.ron", &catalog);
    let catalog = home.path().join("catalog.ron").display().to_string();
    let env = [("PAID_API_KEY", CANARY), ("SPEED_KINGS_CATALOG", catalog.as_str())];
    let contestants = ["paid", &quick(&simulator)];
    let limits = ["--director", &key, "--max-cost", "0.003", "--max-seconds", "20", "--most-tokens", "90"];
    let one = FleetRunner::limited("m3", bus.port(), &contestants, &env, &limits);
    let _two = FleetRunner::start_with("rtx", bus.port(), &[&quick(&simulator)], &["--races-per-hour", "3"]);
    let load =
        |lanes: &str, more: &[&str]| home.run(&asked(lanes, &[more, &["--no-save", "--ramp", "100ms"]].concat()));
    // Time, tokens, cost as far as it is known ahead, and cost as it is spent.
    load("m3:x,rtx:x", &["--concurrency", "2", "--steady", "21s"])
        .says(1, &["runner m3 refuses", "a level of 100 ms and 21000 ms is over this runner's limit of 20 s"]);
    home.run(&["benchmark", "--lanes", "m3:x", "--prompt", "go", "--max-tokens", "91", "--rate", "5", "-y"])
        .says(1, &["91 output tokens are over this runner's limit of 90"]);
    load("m3:exec:id", &["--rate", "5"]).says(1, &["no contestant 'exec:id' here"]);
    load("m3:paid", &["--rate", "300", "--steady", "3s"]).says(1, &["runner m3 refuses", "it may cost"]);
    let spent = load("m3:paid", &["--concurrency", "1", "--steady", "15s"]);
    spent.says(3, &["1 at a time"]);
    let document: Value = serde_json::from_str(&spent.out).unwrap();
    let lost = document["levels"][0]["shares"][0]["lost"].as_str().unwrap();
    assert!(lost.starts_with("runner m3 ended it early: its runner's limit of $0.003000 is spent"), "{lost}");
    assert_eq!(due(&document["levels"][0], "m3"), due_on_tape(rows(&one).last().unwrap()));
    // Races an hour: the look at what the lanes are and the level that was refused by m3 alone were two of its three.
    let fourth = load("rtx:x", &["--concurrency", "1,2", "--steady", "300ms"]);
    fourth.says(1, &["this runner runs 3 races an hour, and has"]);
    // Whom it obeys.
    let stranger = Home::new().with("SPEED_KINGS_BUS", bus.url());
    stranger
        .run(&asked("m3:x", &["--rate", "5", "--steady", "300ms", "--no-save"]))
        .says(1, &["runner m3 refuses", "does not obey the director"]);
    // What runners don't do.
    for (more, said) in [
        (&["--rate", "5", "--otlp", "http://127.0.0.1:9"] as &[&str], "--otlp is for a load that this machine offers"),
        (&["--concurrency", "2"], "one request at a time"),
    ] {
        home.run(&asked("m3:x", more)).says(2, &[said]);
    }
    let shared = ["--input-tokens", "90", "--shared-prefix", "50", "--max-tokens", "90"];
    home.run(&[&["benchmark", "--lanes", "m3:x", "--rate", "5", "-y"], &shared[..]].concat())
        .says(2, &["--shared-prefix is for a load that this machine offers"]);
    home.run(&["benchmark", "--lanes", "m3:x", "--rate", "5", "--output-tokens", "5000", "-y"])
        .says(1, &["runner m3 refuses", "5000 output tokens are over this runner's limit"]);
    home.run(&asked("m3:x,m3:x", &["--rate", "5"])).says(1, &["runner m3 is named twice for one contestant"]);
    drop((one, spent));
    let heard = heard.end();
    let text = String::from_utf8_lossy(&heard);
    assert!(text.contains("sk1.cmd.m3.load") && text.contains("\"due_ms\""), "it was heard");
    for secret in [CANARY, "/custom/"] {
        assert!(!text.contains(secret), "{secret} went over the bus");
    }
}

#[test]
#[ignore = "needs nats-server; a step of its own"]
fn a_runner_of_a_version_without_loads_is_told_apart() {
    let (bus, simulator) = (BusServer::start(), simulator());
    let real = FleetRunner::start("m3", bus.port(), &[&quick(&simulator)], 0);
    let home = Home::new().with("SPEED_KINGS_BUS", bus.url());
    home.run(&["benchmark", "--lanes", "m3:x", "--prompt", "go", "-i", "1", "--warmup", "0", "-y", "--no-save"])
        .says(0, &[]);
    let header = fs::read_to_string(&real.tapes()[0]).unwrap().lines().next().unwrap().to_owned();
    // Before there were loads, nothing was said of them, and before they had prompts of their own, nothing of those.
    let version = |name: &'static str, facts: Value| {
        let header = header.clone();
        Overheard::answering(bus.port(), &format!("sk1.cmd.{name}.*"), move |asked| {
            let done = match asked.rsplit('.').next().unwrap() {
                "facts" => facts.clone(),
                "clock" => serde_json::json!({"instance": "i", "received_us": 5, "sent_us": 5}),
                "plan" => serde_json::json!({"header": header}),
                _ => serde_json::json!({"race": "r"}),
            };
            serde_json::json!({"done": done}).to_string()
        })
    };
    let facts = serde_json::json!({"name": "old", "protocol": 1, "version": "0.1.0", "instance": "i"});
    let old = version("old", facts.clone());
    home.run(&asked("old:x", &["--rate", "5", "--no-save"]))
        .says(1, &["runner old is of version 0.1.0, which takes no share of a load: update speed-kings there"]);
    old.end();
    let later = version("later", {
        let mut facts = facts;
        (facts["name"], facts["loads"]) = ("later".into(), true.into());
        facts
    });
    let asked = ["benchmark", "--lanes", "later:x", "--prompt", "go", "--output-tokens", "9", "-y", "--rate", "5"];
    home.run(&asked)
        .says(1, &["runner later is of version 0.1.0, which knows no prompts, lengths or arrivals of a load"]);
    later.end();
}

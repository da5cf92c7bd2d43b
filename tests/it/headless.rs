//! The commands without a screen, run as a script would run them: what is on stdout, and how they exit.
//! The simulator stands in for everybody, in the program itself or in this process.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json as value};
use speed_kings::bench;
use speed_kings::catalog::Catalog;
use speed_kings::race::event::LaneId;
use speed_kings::sim::{Options, Simulator};

use crate::peer::{reply, stream, witness};
use crate::program::Home;
use crate::schema::WATCH;

/// A key that no output may ever hold.
const CANARY: &str = "canary0value0of0a0key";
const CANARY_VARIABLES: [&str; 3] = ["CEREBRAS_API_KEY", "GROQ_API_KEY", "OPENAI_COMPATIBLE_API_KEY"];

/// Runs the program in an empty folder, with keys in its environment and nothing else of ours.
fn speed_kings(args: &[&str], vars: &[(&str, &str)]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_speed-kings"));
    command.args(args).current_dir(home.path()).env_clear().env("HOME", home.path());
    command.envs(CANARY_VARIABLES.map(|variable| (variable, CANARY))).envs(vars.iter().copied());
    let output = command.output().unwrap();
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!said.contains("canary"), "{args:?}: {said}");
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The one JSON document on stdout.
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn simulator() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

fn figures(lane: &Value, metric: &str) -> Vec<f64> {
    let runs = lane["runs"].as_array().unwrap();
    // On a busy machine the program may stand still by itself, which is no figure of anybody's.
    let held_up = |run: &&Value| run["standstills"].as_array().is_some_and(|stills| !stills.is_empty());
    runs.iter()
        .filter(|run| !held_up(run))
        .map(|run| run[metric].as_f64().unwrap_or_else(|| panic!("{metric}: {run}")))
        .collect()
}

/// Stops a race in the middle for 300 ms, as Ctrl-Z or a paused machine does.
#[cfg(unix)]
#[test]
fn a_program_that_was_stopped_says_so_and_charges_nobody() {
    use rustix::process::{Pid, Signal, kill_process};

    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let url = simulator.base_url_with(speed_kings::sim::CUSTOM, "ttft_ms:5,tok_s:40,tokens:100,jitter:0");
    let url = url.replace(',', "\\,");
    let contestants = format!("a={url},b={url}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_speed-kings"));
    command.args(["race", "--providers", &contestants, "--model", "m", "--prompt", "hi", "--record", "kept"]);
    command.current_dir(home.path()).env_clear().env("HOME", home.path()).stdout(std::process::Stdio::piped());
    let child = command.spawn().unwrap();
    let recording = || {
        let entries = std::fs::read_dir(home.path().join("kept")).into_iter().flatten().flatten();
        entries.filter_map(|entry| std::fs::read_to_string(entry.path()).ok()).collect::<String>()
    };
    crate::help::wait_until("text from both", || {
        [",0,\"t\"", ",1,\"t\""].iter().all(|text| recording().contains(text))
    });
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::STOP).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(300));
    kill_process(pid, Signal::CONT).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = text(&output.stdout);
    assert!(said.contains("no own delay") && said.contains("the program stood still"), "{said}");
    assert!(recording().contains(",null,\"standstill\",{"), "{}", recording());
}

#[test]
fn a_simulated_benchmark_measures_the_speed_that_was_simulated() {
    let args = ["benchmark", "--providers", "cerebras,groq", "--sim", "-i", "2", "--warmup", "0", "--seed", "7"];
    let output = speed_kings(&args, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let document = json(&output);
    assert_eq!((&document["version"], &document["phase"]), (&Value::from(1), &Value::Null));
    assert_eq!(document["settings"]["order_seed"], 7);
    let catalog = Catalog::builtin().unwrap();
    for (lane, id) in document["lanes"].as_array().unwrap().iter().zip(["cerebras", "groq"]) {
        assert_eq!((&lane["provider"], &lane["simulated"]), (&Value::from(id), &Value::from(true)));
        assert!(lane["runs"].as_array().unwrap().iter().all(|run| run["ok"] == true && run["error"].is_null()));
        let profile = catalog.provider(id).unwrap().offer("gpt-oss-120b").unwrap().profile.clone().unwrap();
        let speeds = figures(lane, "output_tok_s");
        assert_eq!(speeds.len(), 2);
        // A busy machine makes a run slower, never faster; how close it comes on a quiet one is `calibrate`'s to say.
        let share = speeds.iter().copied().fold(0.0, f64::max) / profile.tok_s;
        assert!((0.3..1.05).contains(&share), "{id}: {speeds:?} tok/s, not {}", profile.tok_s);
        let tokens = &lane["runs"][0]["tokens"];
        assert_eq!((&tokens["output"], &tokens["counted_by"]), (&Value::from(500), &Value::from("usage")));
    }
    let outcome = &document["verdict"]["outcome"];
    assert_eq!(
        (&outcome["kind"], &outcome["ahead"]),
        (&Value::from("too_close"), &Value::from(0)),
        "two runs are no claim"
    );
    assert_eq!((&document["verdict"]["claim"], &document["verdict"]["provisional"]), (&false.into(), &true.into()));
    assert_eq!(text(&output.stderr).lines().filter(|line| line.starts_with("run ")).count(), 4, "a line for each run");
}

#[test]
fn a_lane_that_fails_ends_in_3_with_everything_kept() {
    let simulator = simulator();
    let good = simulator.base_url_with("custom", "ttft_ms:5,tok_s:5000,tokens:20");
    let broken = simulator.base_url_with("custom", "status:500");
    let args = ["benchmark", "--providers", "cerebras,groq", "--yes", "--no-retry", "-s", "short", "-i", "2"];
    let output = speed_kings(&args, &[("CEREBRAS_BASE_URL", &good), ("GROQ_BASE_URL", &broken)]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let document = json(&output);
    let [quick, out] = [0, 1].map(|lane| document["lanes"][lane]["runs"].as_array().unwrap());
    assert!(quick.len() == 2 && quick.iter().all(|run| run["ok"] == true && run["answer"].is_string()), "{quick:?}");
    assert_eq!(out.len(), 2);
    for run in out {
        assert_eq!((&run["ok"], &run["error"]["kind"]), (&Value::from(false), &Value::from("server")));
        assert_eq!((&run["error"]["status"], &run["total_ms"]), (&Value::from(500), &Value::Null));
        assert!(run["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    }
    assert_eq!(document["verdict"], Value::Null);
    assert_eq!(document["lanes"][0]["simulated"], true, "the server says so itself");
}

#[test]
fn contestants_run_one_at_a_time_in_the_kept_order_and_never_with_the_same_prompt() {
    let server = Witness::start();
    let (a, b) = (format!("a={}", server.url("a")), format!("b={}", server.url("b")));
    let providers = format!("{a},{b}");
    let args = ["benchmark", "--providers", &providers, "--yes", "-i", "4", "--warmup", "1", "--prompt", "Say hi."];
    let seed = seed_with_first(1).to_string();
    let output = speed_kings(&[&args[..], &["--seed", &seed]].concat(), &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let settings = &json(&output)["settings"];
    assert_eq!((&settings["first"], &settings["order"]), (&value!(1), &value!("random_blocks")));
    let asked = server.asked();
    let order: String = asked.iter().filter(|ask| ask.1.is_some()).map(|(who, _)| who.as_str()).collect();
    let there_and_back = |block: &Value| {
        let there: String = block.as_array().unwrap().iter().map(|lane| if *lane == 0 { 'a' } else { 'b' }).collect();
        there.chars().chain(there.chars().rev()).collect::<String>()
    };
    let blocks: String = settings["blocks"].as_array().unwrap().iter().map(there_and_back).collect();
    assert_eq!(order, format!("ba{blocks}"), "a warm-up each, then two blocks of two rounds");
    assert_eq!(blocks.len(), 8);
    for run in asked.chunks(2) {
        assert!(matches!(run, [(a, None), (b, Some(_))] if a == b), "connect, ask, and nobody in between: {run:?}");
    }
    let prompts = |asked: &[Ask]| asked.iter().filter_map(|(_, prompt)| prompt.clone()).collect::<Vec<_>>();
    let mut fresh = prompts(&asked);
    assert!(fresh.iter().all(|prompt| prompt.ends_with("] Say hi.")), "{fresh:?}");
    fresh.sort_unstable();
    fresh.dedup();
    assert_eq!(fresh.len(), 10);

    let output = speed_kings(&[&args[..], &["--allow-cache", "--no-retry"]].concat(), &[]);
    let settings = json(&output)["settings"].clone();
    assert_eq!((&settings["allow_cache"], &settings["retry"]), (&true.into(), &false.into()));
    assert!(prompts(&server.asked()[20..]).iter().all(|prompt| prompt == "Say hi."));
}

/// Who was asked, and what; nothing when it was only looked at.
type Ask = (String, Option<String>);

/// A server that remembers what it was asked, in order.
struct Witness {
    url: String,
    asked: Arc<Mutex<Vec<Ask>>>,
}

impl Witness {
    fn start() -> Self {
        let asked: Arc<Mutex<Vec<Ask>>> = Arc::default();
        let seen = Arc::clone(&asked);
        let url = witness(move |request| {
            let body = serde_json::from_str::<Value>(&request.body).ok();
            let prompt = body.and_then(|body| Some(body["messages"][0]["content"].as_str()?.to_owned()));
            let answer = if prompt.is_some() { stream("hi") } else { reply(200, "application/json", r#"{"data":[]}"#) };
            // Whoever looks for engines on this machine asks every port, and comes without a place.
            if ["a", "b"].contains(&request.place()) {
                seen.lock().unwrap().push((request.place().to_owned(), prompt));
            }
            answer
        });
        Self { url, asked }
    }

    fn url(&self, who: &str) -> String {
        format!("{}/{who}/v1", self.url)
    }

    fn asked(&self) -> Vec<Ask> {
        self.asked.lock().unwrap().clone()
    }
}

#[test]
fn money_is_not_spent_unasked() {
    let output = speed_kings(&["benchmark", "--phase", "A1"], &[]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(text(&output.stderr).contains("--yes") && output.stdout.is_empty());
    let unknown = speed_kings(&["benchmark", "--phase", "A1", "-o", "tabel"], &[]);
    assert_eq!(unknown.status.code(), Some(2), "{unknown:?}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_benchmark_prints_what_it_has() {
    use std::process::Stdio;

    let (simulator, home) = (simulator(), tempfile::tempdir().unwrap());
    let quick = simulator.base_url_with("custom", "ttft_ms:5,tok_s:5000,tokens:20");
    let never = simulator.base_url_with("custom", "hang");
    let mut child = Command::new(env!("CARGO_BIN_EXE_speed-kings"))
        .args(["benchmark", "--providers", "cerebras,groq", "--yes", "--warmup", "0"])
        .args(["--seed", &seed_with_first(0).to_string()])
        .current_dir(home.path())
        .env_clear()
        .env("HOME", home.path())
        .envs([("CEREBRAS_BASE_URL", quick), ("GROQ_BASE_URL", never)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut talk = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(talk.by_ref().any(|line| line.unwrap().starts_with("run 1/5 · Cerebras")), "the first run ends");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let document: Value = serde_json::from_str(&out).unwrap();
    let runs = [0, 1].map(|lane| document["lanes"][lane]["runs"].as_array().unwrap().len());
    assert_eq!((runs, &document["verdict"]), ([1, 0], &Value::Null));
}

#[test]
fn a_watch_tells_each_probe_in_a_line_and_keeps_them() {
    let simulator = simulator();
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("watch.jsonl");
    let good = simulator.base_url_with("custom", "ttft_ms:5,tok_s:5000,tokens:20");
    let broken = simulator.base_url_with("custom", "status:500");
    let args = ["watch", "--providers", "cerebras,groq", "--yes", "--no-retry", "--every", "1s", "--rounds", "2"];
    let args = [args.as_slice(), &["--log", log.to_str().unwrap(), "--metrics", "127.0.0.1:0"]].concat();
    let output = speed_kings(&args, &[("CEREBRAS_BASE_URL", &good), ("GROQ_BASE_URL", &broken)]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let out = text(&output.stdout);
    assert_eq!(out, std::fs::read_to_string(log).unwrap());
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        assert_eq!(WATCH.complaints(line), [""; 0]);
    }
    let mut told: Vec<(&str, bool, u64)> = lines
        .iter()
        .map(|line| {
            (line["provider"].as_str().unwrap(), line["ok"].as_bool().unwrap(), line["successes"].as_u64().unwrap())
        })
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("cerebras", true, 1), ("cerebras", true, 2), ("groq", false, 0), ("groq", false, 0)]);
    let order = lines.iter().map(|line| &line["provider"]).collect::<Vec<_>>();
    assert!(order[0] == order[3] && order[1] == order[2], "forwards, then backwards: {order:?}");
    let failed = lines.iter().find(|line| line["ok"] == false).unwrap();
    assert_eq!((&failed["error"]["kind"], &failed["ttft_ms"]), (&Value::from("server"), &Value::Null));
    let talk = text(&output.stderr);
    assert!(talk.contains("metrics at http://127.0.0.1:") && talk.contains("Groq: 0 of 2 probes (0.0 %)"), "{talk}");
}

#[cfg(unix)]
#[test]
fn a_log_goes_on_and_nothing_else_is_written_to() {
    let home = Home::new();
    home.file("notes.md", "mine\n");
    assert!(std::process::Command::new("mkfifo").arg(home.path().join("pipe")).status().unwrap().success());
    let watch = |log: &str| {
        home.run(&["watch", "--phase", "A1", "--sim", "--every", "1s", "--rounds", "1", "--log", log, "--prompt", "hi"])
    };
    watch("notes.md").says(1, &["cannot write to notes.md: it is there already"]);
    watch("pipe").says(1, &["cannot write to pipe: a named pipe"]);
    watch("/dev/full").says(1, &["cannot write to /dev/full: No space left"]);
    watch("notes.md/log").says(1, &["cannot write to notes.md/log: "]);
    watch("results/of/watch.jsonl").says(0, &[]);
    assert!(home.path().join("results/of/watch.jsonl").metadata().unwrap().len() > 0);
    watch("log").says(0, &[]);
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    home.file("log", &log[..log.len() - 10]);
    watch("log").says(0, &[]);
    let log = std::fs::read_to_string(home.path().join("log")).unwrap();
    let whole = log.lines().filter(|line| serde_json::from_str::<Value>(line).is_ok());
    assert_eq!((whole.count(), log.lines().count()), (3, 4), "{log}");
}

#[test]
fn a_watch_of_nobody_who_answers_has_no_figures_to_show() {
    let simulator = simulator();
    let broken = simulator.base_url_with("custom", "status:500");
    let args = ["watch", "--providers", "groq", "--yes", "--rounds", "1", "--no-retry"];
    assert_eq!(speed_kings(&args, &[("GROQ_BASE_URL", &broken)]).status.code(), Some(3));
    let open = ["watch", "--providers", "groq", "--sim", "--metrics", "0.0.0.0:0"];
    let refused = speed_kings(&open, &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("not on loopback"), "{refused:?}");
}

/// A seed with which this contestant of two goes first.
pub(crate) fn seed_with_first(lane: u8) -> u64 {
    (0..100)
        .find(|seed| bench::RoundOrder::new(2, *seed, bench::OrderRule::Blocks).first() == Some(LaneId(lane)))
        .unwrap()
}

#[test]
fn lists_are_for_people_and_for_scripts() {
    for (command, about) in [("list", "provider"), ("phases", "phase")] {
        let table = speed_kings(&[command], &[]);
        assert!(table.status.success() && text(&table.stdout).starts_with(about), "{table:?}");
        assert!(!table.stdout.contains(&0x1b), "{command}: no colour in a pipe");
        let list = json(&speed_kings(&[command, "-o", "json"], &[]));
        assert!(list.as_array().is_some_and(|list| list.iter().all(|entry| entry[about].is_string())), "{list}");
    }
    let phases = json(&speed_kings(&["phases", "-o", "json"], &[]));
    assert!(phases.as_array().unwrap().iter().all(|phase| phase["complete"] == false));
    let providers = json(&speed_kings(&["list", "-o", "json"], &[]));
    let key = |id: &str| providers.as_array().unwrap().iter().find(|one| one["provider"] == id).unwrap()["key"].clone();
    assert_eq!((key("groq"), key("fireworks"), key("ollama")), ("set".into(), "not set".into(), "not needed".into()));
}

#[test]
fn prices_are_dated_and_phases_have_a_cost() {
    let all = json(&speed_kings(&["pricing", "-o", "json"], &[]));
    let prices = all["prices"].as_array().unwrap();
    assert!(prices.iter().all(|price| price["input_usd_per_million"].is_null() == price["as_of"].is_null()));
    let one = json(&speed_kings(&["pricing", "a1", "-o", "json"], &[]));
    assert_eq!((one["prices"].as_array().unwrap().len(), &one["phases"][0]["phase"]), (2, &Value::from("A1")));
    assert!(one["phases"][0]["run_usd"]["long"].as_f64().is_some_and(|usd| usd > 0.0));
    let table = text(&speed_kings(&["pricing", "A1"], &[]).stdout);
    assert!(table.contains("LiteLLM price table") && table.contains("Cerebras vs Groq"), "{table}");
    assert_eq!(speed_kings(&["pricing", "Z9"], &[]).status.code(), Some(2));
}

#[test]
fn a_check_tells_what_is_wrong_with_whom() {
    let simulator = simulator();
    let there = simulator.base_url("custom");
    let gone = simulator.base_url("nobody");
    let named = format!("mine={there}");
    let fine = speed_kings(&["check", &named, "-o", "json"], &[]);
    assert_eq!(fine.status.code(), Some(0), "{fine:?}");
    let row = &json(&fine)[0];
    assert_eq!((&row["ok"], &row["status"], &row["error"]), (&true.into(), &200.into(), &Value::Null));
    assert!(row["first_byte_ms"].as_f64().is_some_and(|ms| ms > 0.0));

    let vars = [("GROQ_BASE_URL", there.as_str()), ("GROQ_MODEL", "not-there"), ("CEREBRAS_BASE_URL", gone.as_str())];
    let wrong = speed_kings(&["check", "groq", "cerebras", "fireworks", "-o", "json"], &vars);
    assert_eq!(wrong.status.code(), Some(1), "{wrong:?}");
    let [groq, cerebras, fireworks] = [0, 1, 2].map(|row| json(&wrong)[row].clone());
    assert_eq!(
        (&groq["model_listed"], &groq["ok"], &groq["error"]["kind"]),
        (&false.into(), &false.into(), &"not_found".into())
    );
    assert_eq!((&cerebras["ok"], &cerebras["status"]), (&Value::Null, &404.into()), "no list is no verdict");
    assert_eq!((&fireworks["ok"], &fireworks["error"]["kind"]), (&false.into(), &"auth".into()));
    assert!(text(&speed_kings(&["check", &named], &[]).stdout).contains("mine"));
    assert_eq!(speed_kings(&["check", "grok"], &[]).status.code(), Some(2));
}

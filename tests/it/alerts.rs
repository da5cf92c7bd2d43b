//! Alerts of a watch: they fire once and are over once, a command hears of both without a shell, and whatever that does the watch goes on.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::peer::{reply, stream, witness};
use crate::program::Home;
use crate::schema::ALERT;

/// A home in which Groq answers for so many requests and then fails, and a command that notes what it is told.
fn watched(settings: &str) -> (Home, Simulator) {
    let simulator = Simulator::start(Options::default()).unwrap();
    let home = Home::new()
        .with("GROQ_BASE_URL", simulator.base_url_with(CUSTOM, settings))
        .with("GROQ_API_KEY", "gsk_never_to_be_seen_0123456789")
        .with("PATH", "/usr/bin:/bin");
    (home, simulator)
}

const WATCH: [&str; 9] = ["watch", "--providers", "groq", "--yes", "--no-retry", "--every", "1s", "--prompt", "hi"];

#[cfg(unix)]
#[test]
fn a_command_hears_of_an_alert_in_its_environment_and_on_its_input() {
    let (home, _simulator) = watched("status:500");
    let script = home
        .file("note.sh", "env | grep SPEED_KINGS | sort >> env.txt; env | grep -c gsk_ >> keys.txt; cat >> in.jsonl\n");
    let run = format!("sh {} '$(touch broken)' '; touch broken'", script.display());
    let args =
        [&WATCH[..], &["--model", "m-$(touch broken)", "--rounds", "3", "--alert", "availability<99%", "--run", &run]];
    let ended = home.run(&args.concat());
    ended.says(3, &["ALERT availability<99% · SIM Groq (m-$(touch broken)): 1 of 1 runs failed: availability 0.00 %"]);
    assert!(!home.path().join("broken").exists(), "no shell has seen it");
    let heard = std::fs::read_to_string(home.path().join("in.jsonl")).unwrap();
    let lines: Vec<Value> = heard.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 1, "once, however often it is found: {heard}");
    assert_eq!(ALERT.complaints(&lines[0]), [""; 0]);
    assert_eq!((&lines[0]["state"], &lines[0]["condition"]), (&"firing".into(), &"availability<99%".into()));
    assert_eq!(
        (&lines[0]["provider"], &lines[0]["runs"], &lines[0]["figure"]),
        (&"groq".into(), &1.into(), &0.0.into())
    );
    let env = std::fs::read_to_string(home.path().join("env.txt")).unwrap();
    for line in ["STATE=firing", "CONDITION=availability<99%", "CONTESTANT=Groq", "MODEL=m-$(touch broken)", "PROBES=1"]
    {
        assert!(env.contains(&format!("SPEED_KINGS_ALERT_{line}\n")), "{line}: {env}");
    }
    assert_eq!(std::fs::read_to_string(home.path().join("keys.txt")).unwrap(), "0\n", "keys are not handed on");
}

#[cfg(unix)]
#[test]
fn an_alert_is_over_once_the_window_keeps_to_its_limit() {
    // The first question fails, all others are answered.
    let asked = AtomicUsize::new(0);
    let url = witness(move |request| match request.body.is_empty() {
        true => reply(200, "application/json", r#"{"data":[]}"#),
        false if asked.fetch_add(1, Ordering::Relaxed) == 0 => reply(503, "application/json", r#"{"error":"busy"}"#),
        false => stream("hi"),
    });
    let home = Home::new().with("GROQ_BASE_URL", url).with("PATH", "/usr/bin:/bin");
    let script = home.file("note.sh", "cat >> in.jsonl");
    let run = format!("sh {}", script.display());
    let args = [&WATCH[..], &["--rounds", "4", "--window", "2", "--alert", "availability<99%", "--run", &run]];
    home.run(&args.concat()).says(0, &["ALERT availability<99%", "alert over: availability<99% · Groq"]);
    let heard = std::fs::read_to_string(home.path().join("in.jsonl")).unwrap();
    let states: Vec<Value> =
        heard.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].take()).collect();
    assert_eq!(states, ["firing", "over"]);
}

#[cfg(unix)]
#[test]
fn whatever_the_command_does_the_watch_goes_on() {
    let (home, _simulator) = watched("status:500");
    let with =
        |run: &str| home.run(&[&WATCH[..], &["--rounds", "2", "--alert", "error_rate>1%", "--run", run]].concat());
    with("no-such-program-anywhere")
        .says(3, &["--run for 'error_rate>1%': no-such-program-anywhere: there is no such program"]);
    with("sh -c 'echo no route >&2; exit 7'").says(3, &["sh failed (exit status: 7): no route", "0 of 2 probes"]);
    home.run(&[&WATCH[..], &["--alert", "ttft_ms.p99>400"]].concat())
        .says(2, &["can't fire over 20 probes: 100 are needed at least (--window 100)"]);
    home.run(&[&WATCH[..], &["--alert", "cerebras.availability<99%"]].concat()).says(2, &["cerebras", "Groq"]);
    home.run(&[&WATCH[..], &["--alert", "slower than baseline"]].concat())
        .says(2, &["--alert 'slower than baseline' needs earlier"]);
    home.run(&[&WATCH[..], &["--run", "true"]].concat()).says(2, &["--alert"]);
    home.run(&[&WATCH[..], &["--alert", "availability<99%", "--run", "a 'b"]].concat())
        .says(2, &["a quote in it is not closed"]);
    home.run(&[&WATCH[..], &["--baseline-run", "last"]].concat()).says(2, &["add --fail-if or --alert"]);
}

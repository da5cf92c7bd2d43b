//! How much memory the program takes at its peak in a race of many lanes without a screen, recorded and not, as it is started: all
//! that is resident, with its own code. Only where the system tells that in `/proc`.
//!
//! `TOKENS` and `TOK_S` in the environment say how many tokens each lane has, and how many a second.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a table is all it is for")]

#[path = "common/server.rs"]
mod server;
#[path = "memory/writer.rs"]
mod writer;

use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use speed_kings::race::lane::LaneState;
use speed_kings::record::reader::read_file;

const LANES: u32 = 64;
const TOKENS: u32 = 100_000;
/// So slow that two processors can give each token a read of its own.
const TOK_S: f64 = 1_000.0;
/// A race so short that it hardly needs anything for its tokens.
const SHORT: u32 = 1_000;
/// Between two looks at the memory of the program.
const STEP: Duration = Duration::from_millis(5);
const PROGRAM: &str = env!("CARGO_BIN_EXE_speed-kings");

fn main() {
    if let Some(pace) = writer::asked() {
        return writer::run(pace);
    }
    let tokens = of_environment("TOKENS").unwrap_or(TOKENS);
    let tok_s = of_environment("TOK_S").map_or(TOK_S, f64::from);
    println!("{LANES} lanes without a screen, resident memory at its peak");
    println!("{:<14} {:>16} {:>16} {:>16}", "", "1,000 tokens", format!("{tokens} tokens"), "bytes a token");
    for (name, recorded) in [("not recorded", false), ("recorded", true)] {
        let [short, long] = [SHORT, tokens].map(|tokens| peak(tokens, tok_s, recorded));
        let more = f64::from(LANES) * (f64::from(tokens) - f64::from(SHORT));
        let each = (long - short) / more;
        println!("{name:<14} {:>13.1} MB {:>13.1} MB {each:>16.1}", short / 1e6, long / 1e6);
    }
}

fn of_environment(name: &str) -> Option<u32> {
    std::env::var(name).ok()?.parse().ok()
}

/// The most bytes that the program held in one race.
fn peak(tokens: u32, tok_s: f64, recorded: bool) -> f64 {
    let writer = writer::start(tokens, tok_s);
    let folder = tempfile::tempdir().expect("a folder");
    let lanes: Vec<String> = (0..LANES).map(|lane| format!("l{lane}=http://{}/v1", writer.address)).collect();
    let mut program = Command::new(PROGRAM);
    program.args(["race", "--providers", &lanes.join(","), "--model", "m", "--prompt", "hi", "--instant"]);
    program.args(["--max-tokens", &tokens.to_string()]);
    if recorded {
        program.arg("--record").arg(folder.path());
    } else {
        program.arg("--no-record");
    }
    program.env("HOME", folder.path()).env_remove("XDG_CONFIG_HOME");
    let child = program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    let peak = watch(child);
    if recorded {
        check(folder.path(), tokens);
    }
    peak
}

/// Looks at the memory of `child` until it ends; the most that it ever was.
fn watch(mut child: Child) -> f64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait().expect("the program").is_none() {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(peak);
        sleep(STEP);
    }
    peak * 1_024.0
}

/// Every lane must have come to its end, as far as a recording has room for so many tokens.
fn check(folder: &std::path::Path, tokens: u32) {
    let file = std::fs::read_dir(folder).expect("the folder").flatten().find(|file| file.path().extension().is_some());
    let recording = read_file(&file.expect("a recording").path()).expect("a sound recording");
    if recording.is_complete() {
        for lane in recording.race().lanes() {
            assert_eq!(lane.state, LaneState::Finished, "a lane is out: {:?}", lane.notices);
            assert_eq!(lane.reads().last().map(|read| read.pieces), Some(tokens), "a piece for each token");
        }
    }
}

//! The program as it is started, in a real pseudo-terminal of 200×50 and without one, against a writer in a process of its own:
//! how far its stamps lie from the writer's log, and what goes to the terminal. Both clocks begin with the least difference of a
//! lane, since two processes have none in common: what is told is how much later than its quickest token each one came.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a table is all it is for")]

#[path = "common/server.rs"]
mod server;
#[path = "screen/writer.rs"]
mod writer;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use speed_kings::race::lane::Lane;
use speed_kings::record::reader::read_file;
use speed_kings::stats::quantile;

use self::server::WriterProcess;

/// Tokens of each of two lanes, and their pace in tokens per second: three seconds of the fastest contestant.
const TOKENS: u32 = 8_000;
const TOK_S: f64 = 2_650.0;
const TTFT: Duration = Duration::from_millis(100);
/// More bytes than an end record has.
const END: u64 = 64 << 10;
const LANES: [&str; 2] = ["a", "b"];
const PROGRAM: &str = env!("CARGO_BIN_EXE_speed-kings");

fn main() {
    if let Some(folder) = writer::asked() {
        return writer::run(folder);
    }
    let rounds = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().expect("a folder");
    let writer = writer::start(folder.path());
    let mut told = [MeasuredDelays::default(), MeasuredDelays::default()];
    for round in 0..rounds {
        for (screen, told) in [false, true].into_iter().zip(&mut told) {
            let records = folder.path().join(format!("{round}-{screen}"));
            let sent = race(&writer, folder.path(), &records, screen);
            told.take(folder.path(), &records, sent);
        }
    }
    println!("{rounds} races of 2 x {TOKENS} tokens at {TOK_S} tok/s, a writer in a process of its own");
    println!("{:<14} {:<30} {:>7} {:>9} {:>9} {:>9}", "", "", "n", "p50", "p99", "max");
    for (name, told) in ["no terminal", "200x50"].into_iter().zip(told) {
        row(name, "stamp after the quickest, µs", told.stamps);
        row(name, "TTFT above the writer's, µs", told.ttft);
        row(name, "kB/s to the terminal", told.sent);
    }
}

/// One race to its end; how many kB a second it sent to the terminal from its first picture to its last token.
fn race(writer: &WriterProcess, home: &Path, records: &Path, screen: bool) -> Option<f64> {
    let lanes = LANES.map(|lane| format!("{lane}=http://{}/{lane}", writer.address)).join(",");
    let args = ["race", "--providers", &lanes, "--model", "m", "--prompt", "hi", "--instant", "--record"];
    let over = || finished(records);
    if !screen {
        let mut program = std::process::Command::new(PROGRAM);
        program.args(args).arg(records).env("HOME", home).env_remove("XDG_CONFIG_HOME");
        program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        program.status().expect("the program");
        assert!(over().is_some(), "it recorded the race");
        return None;
    }
    let size = PtySize { rows: 50, cols: 200, ..PtySize::default() };
    let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
    let mut program = CommandBuilder::new(PROGRAM);
    program.args(args);
    program.arg(records);
    program.env("HOME", home);
    program.env("TERM", "xterm-256color");
    program.env("COLORTERM", "truecolor");
    program.env_remove("XDG_CONFIG_HOME");
    let mut child = pair.slave.spawn_command(program).expect("the program");
    drop(pair.slave);
    let mut output = pair.master.try_clone_reader().expect("its output");
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let reading = spawn(move || {
        let (mut bytes, mut first) = (vec![0; 64 << 10], None);
        while let Ok(read @ 1..) = output.read(&mut bytes) {
            first.get_or_insert_with(Instant::now);
            count.fetch_add(read, Ordering::Relaxed);
        }
        first
    });
    while over().is_none() {
        sleep(Duration::from_millis(20));
    }
    let (sent, ended) = (sent.load(Ordering::Relaxed), Instant::now());
    child.kill().expect("its end");
    child.wait().expect("its end");
    drop(pair.master);
    let first = reading.join().expect("all of its output").expect("a picture");
    let kilobytes = f64::from(u32::try_from(sent).expect("some megabytes")) / 1e3;
    Some(kilobytes / ended.duration_since(first).as_secs_f64())
}

/// The recording in `folder`, once it has its end record.
fn finished(folder: &Path) -> Option<PathBuf> {
    let path = std::fs::read_dir(folder).ok()?.flatten().next()?.path();
    let mut file = std::fs::File::open(&path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END))).ok()?;
    let mut end = String::new();
    file.read_to_string(&mut end).ok()?;
    (end.ends_with('\n') && end.contains("\n{\"end\":")).then_some(path)
}

/// What the races of one kind came to.
#[derive(Default)]
struct MeasuredDelays {
    stamps: Vec<f64>,
    ttft: Vec<f64>,
    sent: Vec<f64>,
}

impl MeasuredDelays {
    fn take(&mut self, logs: &Path, records: &Path, sent: Option<f64>) {
        let recording = read_file(&finished(records).expect("a recording")).expect("a sound recording");
        let race = recording.race();
        for (lane, name) in race.lanes().iter().zip(LANES) {
            let written = writer::log(logs, name);
            let read = stamps(lane);
            assert_eq!(written.len(), read.len(), "a piece for each token");
            let late: Vec<f64> = read.iter().zip(&written).map(|(read, written)| read - written).collect();
            let least = late.iter().copied().fold(f64::INFINITY, f64::min);
            self.stamps.extend(late.iter().map(|late| late - least));
            let ttft = speed_kings::race::timing::LaneTiming::of(lane).ttft.expect("a first token");
            self.ttft.push(ttft.as_secs_f64() * 1e6 - written.first().expect("a first token"));
        }
        self.sent.extend(sent);
    }
}

/// When each token of `lane` is said to have come, in µs on the race clock.
fn stamps(lane: &Lane) -> Vec<f64> {
    let mut pieces = 0;
    let reads = lane.reads().iter().flat_map(|read| {
        let new = read.pieces - std::mem::replace(&mut pieces, read.pieces);
        (0..new).map(move |_| read.at.as_secs_f64() * 1e6)
    });
    reads.collect()
}

fn row(name: &str, what: &str, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return;
    }
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|share| quantile(&values, share).unwrap_or(f64::NAN));
    println!("{name:<14} {what:<30} {:>7} {p50:>9.1} {p99:>9.1} {max:>9.1}", values.len());
}

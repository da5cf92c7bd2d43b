//! The terminal is closed in the middle of every command that takes its time, as somebody closes a window.
//! What was begun is ended: the recording, the commands that race, the locks and the drafts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use speed_kings::record::reader::read_file;

use crate::help::wait_until;
use crate::program::{Home, signal};
use crate::pty::{Pty, close_after};

/// How often each command is cut off, each time at another moment.
const TIMES: u32 = 10;

/// A command with what it shows once it is under way. The benchmark draws nothing at a new size: a run that ends early
/// has it say something.
const COMMANDS: [(&str, &[&str], &str); 6] = [
    ("picker", &[], "two providers, one prompt"),
    ("race", &["race", "--providers", "a=exec:sh talk.sh", "--providers", "b=exec:sh talk.sh", "--model", "m"], "LIVE"),
    ("replay", &["replay", "slow.race", "--speed", "0.05"], "REPLAY"),
    (
        "benchmark",
        &["benchmark", "--providers", "a=exec:sh talk.sh", "--model", "m", "--yes", "--idle-timeout", "0.5"],
        "run",
    ),
    ("watch", &["watch", "--phase", "A1", "--sim", "--every", "1s"], "every"),
    ("export", &["export", "slow.race", "--speed", "0.02", "--to", "film.gif"], "%"),
];

fn processes(home: &Home) -> Vec<String> {
    let pids = std::fs::read_to_string(home.path().join("pids")).unwrap_or_default();
    pids.lines().map(str::to_owned).collect()
}

/// Whether a process is there and no zombie that nobody has buried yet.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    if cfg!(target_os = "linux") {
        return stat.is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim().starts_with('Z'));
    }
    Command::new("kill").args(["-0", pid]).status().unwrap().success()
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Ends a command in its middle by `end`, which gives its exit code, and checks that nothing is left behind.
fn end_in_the_middle((name, args, shown): (&str, &[&str], &str), end: impl FnOnce(Pty) -> u32, wanted: u32) {
    let recording = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/wafer-vs-lpu-sim.race");
    let home = Home::new();
    home.file("talk.sh", "echo $$ >>pids; echo one two three; sleep 100");
    std::fs::copy(&recording, home.path().join("slow.race")).unwrap();
    let tmp = home.path().join("tmp");
    std::fs::create_dir(&tmp).unwrap();
    let env = [("TMPDIR", tmp.to_str().unwrap()), ("PATH", "/usr/bin:/bin")];
    let program = Path::new(env!("CARGO_BIN_EXE_speed-kings"));
    let pty = Pty::start(program, args, &env, home.path(), (100, 40));
    pty.writes(shown);
    if args.iter().any(|arg| arg.contains("exec:")) {
        wait_until("a command that runs", || !processes(&home).is_empty());
    }
    std::thread::sleep(Duration::from_millis(fastrand::u64(0..300)));
    assert_eq!(end(pty), wanted, "{name}");
    wait_until(&format!("{name}: the end of its children"), || !processes(&home).iter().any(|pid| lives(pid)));
    for path in home.recordings() {
        let text = std::fs::read_to_string(&path).unwrap();
        let last: Vec<&str> = text.lines().rev().take(2).collect();
        assert!(last[0].starts_with("{\"end\"") && last[1].contains("\"stopped\""), "{name}: {last:?}");
        assert!(read_file(&path).unwrap().is_complete(), "{name}");
    }
    let stray = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.contains(".part") || name.contains(".lock") || name.contains("prompt") || name == "film.gif"
    };
    let left: Vec<PathBuf> = files(home.path()).into_iter().filter(stray).collect();
    assert_eq!(left, Vec::<PathBuf>::new(), "{name}");
}

#[test]
fn a_closed_terminal_is_the_viewer_leaving() {
    std::thread::scope(|scope| {
        for command in COMMANDS {
            scope.spawn(move || (0..TIMES).for_each(|_| end_in_the_middle(command, Pty::close, 129)));
        }
    });
}

#[test]
fn a_terminal_that_closes_while_it_is_taken_over_is_no_crash() {
    let home = Home::new();
    let program = Path::new(env!("CARGO_BIN_EXE_speed-kings"));
    for (name, args, _) in [COMMANDS[0], COMMANDS[4]] {
        for delay in 0..60 {
            let ended = close_after(Duration::from_millis(delay), program, args, home.path());
            assert!(matches!(ended, Ok(129) | Err(_)), "{name}, closed after {delay} ms: {ended:?}");
            assert!(ended.err().is_none_or(|signal| signal == "Hangup"), "{name}, closed after {delay} ms");
        }
    }
}

#[test]
fn a_frozen_terminal_keeps_nobody_from_ending_it() {
    std::thread::scope(|scope| {
        for command in COMMANDS {
            scope.spawn(move || {
                for (name, code) in [("-TERM", 130), ("-INT", 130), ("-HUP", 129)] {
                    let end = |mut pty: Pty| {
                        pty.freeze();
                        signal(name, pty.process());
                        pty.end()
                    };
                    end_in_the_middle(command, end, code);
                }
            });
        }
    });
}

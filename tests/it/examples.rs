//! Every example under every command's help, run as it stands there by a shell, with servers on loopback for its addresses.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::help::wait_until;
use crate::program::{Home, signal};
use crate::pty::Pty;

/// Over at once.
const QUICK: &str = "ttft_ms:5,tok_s:4000,tokens:60,jitter:0";
const PROGRAM: &str = env!("CARGO_BIN_EXE_speed-kings");

/// The help of `command`, or of the program.
fn help(command: Option<&str>) -> String {
    let output = Command::new(PROGRAM).args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).filter(|name| name != "help").collect()
}

/// The examples of a help, without what is said beside them.
fn examples(help: &str) -> Vec<String> {
    let under = help.lines().skip_while(|line| *line != "Examples:").skip(1).take_while(|line| !line.is_empty());
    // A longer one would be broken in two where the terminal ends.
    let under = under.inspect(|line| assert!(line.chars().count() <= 80, "longer than a terminal is wide: {line}"));
    under.map(|line| line.trim().split("   ").next().unwrap().to_owned()).collect()
}

/// All examples, those of the program first, each once.
fn all() -> Vec<String> {
    let top = help(None);
    let names = commands(&top);
    assert!(names.len() > 15, "{names:?}");
    let mut all = examples(&top);
    for name in names {
        let found = examples(&help(Some(&name)));
        assert!(!found.is_empty(), "the help of {name} has no example");
        // Those that need a bus run where there is one (`tests/it/fleet.rs`).
        let mine = |line: &String| !line.contains("--bus") && !all.contains(line);
        all.extend(found.into_iter().filter(mine).collect::<Vec<_>>());
    }
    all
}

#[test]
fn every_example_of_the_help_does_what_it_says() {
    let home = Home::new();
    let recording = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/wafer-vs-lpu-sim.race")).unwrap();
    for name in ["FILE.race", "TODAY.race", "OLD.race"] {
        home.file(name, &recording);
    }
    home.file("generate.sh", "echo one two three; echo four five six");
    // A header without entries and tensors, and a sweep without visits.
    home.file("model.gguf", [b"GGUF\x03\0\0\0" as &[u8], &[0; 16]].concat());
    home.file("SWEEP.json", include_str!("../data/sweep-v1.json"));
    let simulator = Simulator::start(Options::default()).unwrap();
    let unescaped = simulator.base_url_with(CUSTOM, QUICK);
    let escaped = unescaped.replace(',', "\\,");
    let path = format!("{}:/usr/bin:/bin", Path::new(PROGRAM).parent().unwrap().display());
    let env =
        [("PATH", path.as_str()), ("CEREBRAS_BASE_URL", unescaped.as_str()), ("GROQ_BASE_URL", unescaped.as_str())];
    for example in all() {
        // The addresses of the examples are those of servers here; a name with a comma in it stands in quotes.
        let line = example.replace("http://127.0.0.1:8080/v1", &format!("'{escaped}'"));
        let line = line.replace("http://127.0.0.1:8090/v1", &format!("'{unescaped}'"));
        let line = line.replace("--port 8090", "--port 0");
        let place = unescaped.trim_start_matches("http://").split('/').next().unwrap();
        let line = line.replace("discover 127.0.0.1:8080", &format!("discover {place}"));
        let mut words = line.split(' ').skip(1);
        match words.next() {
            None | Some("replay") => watch(&line, &env, home.path()),
            Some("serve") => serve(&line, &env, home.path()),
            _ => run(&line, &env, home.path()),
        }
    }
}

fn shell(line: &str, env: &[(&str, &str)], home: &Path) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", line]).env_clear().env("HOME", home).envs(env.iter().copied()).current_dir(home);
    command.stdin(Stdio::null());
    command
}

fn run(line: &str, env: &[(&str, &str)], home: &Path) {
    let output = shell(line, env, home).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // What `check` finds here depends on what runs here.
    let code = output.status.code().filter(|code| !(line.contains("check") && *code == 1));
    assert!(matches!(code, Some(0) | None), "{line}: {} {said}", output.status);
    assert!(!said.contains("panicked") && output.status.code().is_some(), "{line}: {said}");
}

/// An example with a screen: it comes up, and `q` ends it.
fn watch(line: &str, env: &[(&str, &str)], home: &Path) {
    let mut pty = Pty::start(Path::new("/bin/sh"), &["-c", line], env, home, (100, 40));
    pty.shows(if line.contains("replay") { "REPLAY" } else { "two providers" });
    pty.press("q");
    assert_eq!(pty.end(), 0, "{line}");
}

/// An example that runs until somebody ends it.
fn serve(line: &str, env: &[(&str, &str)], home: &Path) {
    let log = home.join("serve.log");
    let file = || fs::File::options().create(true).append(true).open(&log).unwrap();
    let mut child = shell(&format!("exec {line}"), env, home).stdout(file()).stderr(file()).spawn().unwrap();
    wait_until("an address", || fs::read_to_string(&log).unwrap().contains("http://127.0.0.1:"));
    signal("-TERM", child.id());
    wait_until("its end", || child.try_wait().unwrap().is_some());
}

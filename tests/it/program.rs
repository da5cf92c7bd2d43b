//! The built program without a terminal: what it prints, what it leaves on disk, and how it tells the shell.
//! Each run has a home of its own and an empty environment, so nothing of the machine's leaks in.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use speed_kings::race::lane::LaneState;
use speed_kings::record::Recording;
use speed_kings::record::reader::read_file;
use speed_kings::sim::{CUSTOM, Options, Simulator};
use tempfile::TempDir;

use crate::help::wait_until;

/// Slow enough to be caught in the middle, with much to say before that.
const SLOW: &str = "ttft_ms:0,tok_s:40,tokens:20000,jitter:0";
/// Over at once.
const QUICK: &str = "ttft_ms:5,tok_s:4000,tokens:60,jitter:0";

/// A home folder, which is also the working folder.
pub(crate) struct Home {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended {
    code: Option<i32>,
    pub(crate) out: String,
    err: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    /// The same with one more variable.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// A home in which two providers are servers of `simulator`, under these settings.
    fn facing(simulator: &Simulator, cerebras: &str, groq: &str) -> Self {
        Self::new()
            .with("CEREBRAS_BASE_URL", simulator.base_url_with(CUSTOM, cerebras))
            .with("GROQ_BASE_URL", simulator.base_url_with(CUSTOM, groq))
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let file = |name: &str| File::create(self.path().join(name)).unwrap();
        Command::new(env!("CARGO_BIN_EXE_speed-kings"))
            .args(args)
            .env_clear()
            .env("HOME", self.path())
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir(self.path())
            .stdin(Stdio::null())
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap()
    }

    pub(crate) fn end(&self, child: Child) -> Ended {
        self.end_while(child, |_| ())
    }

    /// Waits for the end, and looks at the process in the meantime.
    pub(crate) fn end_while(&self, mut child: Child, mut look: impl FnMut(u32)) -> Ended {
        let mut code = None;
        wait_until("the program's end", || {
            look(child.id());
            code = child.try_wait().unwrap();
            code.is_some()
        });
        let text = |name: &str| fs::read_to_string(self.path().join(name)).unwrap();
        Ended { code: code.and_then(|status| status.code()), out: text("stdout"), err: text("stderr") }
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.end(self.start(args))
    }

    /// The recordings in the usual place, without the folder of engines' logs.
    pub(crate) fn recordings(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path().join("recordings")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect()
    }

    /// Waits until the only recording has some text of both lanes in it.
    fn wait_for_text(&self) -> PathBuf {
        wait_until("text in the recording", || {
            let text = self.recordings().first().and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
            [",0,\"t\"", ",1,\"t\""].iter().all(|lane| text.matches(lane).count() > 3)
        });
        self.recordings().remove(0)
    }
}

impl Ended {
    /// Checks the exit code, and that all of `words` are said to the user.
    #[track_caller]
    pub(crate) fn says(&self, code: i32, words: &[&str]) {
        let said = format!("{}{}", self.out, self.err);
        assert_eq!(self.code, Some(code), "{said}");
        for word in words {
            assert!(said.contains(word), "no {word:?} in: {said}");
        }
        assert!(!said.contains("panicked"), "{said}");
    }
}

/// Sends a signal by name.
pub(crate) fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

fn simulator() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

const RACE: [&str; 3] = ["race", "--providers", "cerebras,groq"];

#[test]
fn names_that_lead_nowhere_are_answered_with_those_that_were_meant() {
    let home = Home::new();
    home.run(&["race", "A11", "--sim"]).says(2, &["A11", "did you mean", "A1"]);
    home.run(&["race", "--providers", "cerebas,groq", "--sim"]).says(2, &["cerebas", "did you mean", "cerebras"]);
    for command in [&["race", "A1", "--sim"] as &[&str], &["watch", "--phase", "A1"], &["benchmark"], &["list"], &[]] {
        let typed = [command, &["--theme", "midnigt"]].concat();
        home.run(&typed).says(2, &["midnigt", "did you mean", "midnight"]);
    }
    home.run(&["race", "A1", "--sim", "--size", "shrt"]).says(2, &["shrt", "did you mean", "short"]);
    home.run(&["race"]).says(2, &["two contestants", "phases"]);
    home.run(&["race", "A1", "--providers", "cerebras,groq"]).says(2, &["not both"]);
    home.run(&["race", "A1", "--sim", "--prompt", " "]).says(2, &["prompt is empty"]);
    home.run(&["rcae"]).says(2, &["race"]);
    assert_eq!(home.recordings(), Vec::<PathBuf>::new());
}

#[test]
fn a_missing_key_is_named_beside_the_way_without_one() {
    Home::new().run(&["race", "G1"]).says(2, &["CEREBRAS_API_KEY", "--sim"]);
    Home::new().with("CEREBRAS_API_KEY", "  ").run(&["race", "G1"]).says(2, &["CEREBRAS_API_KEY", "--sim"]);
}

#[test]
fn a_key_in_an_address_is_not_repeated() {
    let ended = Home::new().with("CEREBRAS_BASE_URL", "canary-key-in-the-wrong-place").run(&RACE);
    ended.says(2, &["CEREBRAS_BASE_URL"]);
    assert!(!ended.err.contains("canary"), "{}", ended.err);
}

#[test]
fn without_a_terminal_the_picker_says_what_works() {
    Home::new().run(&[]).says(1, &["needs a screen", "not a terminal", "race A1 --sim", "phases"]);
    Home::new().run(&["phases"]).says(0, &["A1", "CEREBRAS_API_KEY is not set", "G1"]);
}

#[test]
fn a_simulated_race_prints_its_verdict_and_replays() {
    let home = Home::new();
    let ended = home.run(&["race", "A2", "--sim", "--size", "short", "--seed", "3"]);
    ended.says(0, &["SIM · A2", "won this run", "TTFT", "Output speed", "real servers", "a result, not a claim"]);
    let recordings = home.recordings();
    let [path] = recordings.as_slice() else { panic!("{recordings:?}") };
    assert!(ended.err.contains("recorded recordings/"), "{}", ended.err);
    let recording = read_file(path).unwrap();
    assert!(recording.is_complete() && recording.problems.is_empty());
    assert!(recording.race().lanes().iter().all(|lane| lane.state == LaneState::Finished));
    let home_path = home.path().to_str().unwrap();
    assert!(!fs::read_to_string(path).unwrap().contains(home_path), "the recording knows where it was made");
    let replayed = home.run(&["replay", path.to_str().unwrap()]);
    replayed.says(0, &[]);
    assert_eq!(replayed.out, ended.out, "to the last digit");
}

#[test]
fn what_is_not_wanted_is_not_recorded() {
    let home = Home::new();
    home.run(&["race", "A2", "--sim", "--size", "short", "--no-record"]).says(0, &["won this run"]);
    assert!(!home.path().join("recordings").exists());
    let file = home.file("taken", "a file where a folder should be");
    let ended = home.run(&["race", "A1", "--sim", "--record", file.to_str().unwrap()]);
    ended.says(1, &["cannot record", "taken", "--no-record"]);
}

#[test]
fn a_broken_catalogue_is_shown_where_it_breaks() {
    let home = Home::new();
    let file = home.file("mine.ron", "(\n    phases: [\n        (id: \"X1\", colour: 3),\n    ],\n)\n");
    let home = home.with("SPEED_KINGS_CATALOG", file.to_str().unwrap());
    home.run(&["phases"]).says(2, &["mine.ron:3:", "colour"]);
    home.file("mine.ron", "(phases: [(id: \"X1\", ");
    home.run(&["phases"]).says(2, &["mine.ron:1:"]);
    fs::remove_file(home.path().join("mine.ron")).unwrap();
    home.run(&["phases"]).says(2, &["cannot read the catalogue", "mine.ron"]);
}

#[test]
fn a_broken_catalogue_is_in_the_way_of_nobody_who_has_no_use_for_it() {
    let home = Home::new();
    let file = home.file("mine.ron", "(phases: [");
    let home = home.with("SPEED_KINGS_CATALOG", file.to_str().unwrap());
    let race = format!("{}/recordings/wafer-vs-lpu-sim.race", env!("CARGO_MANIFEST_DIR"));
    home.run(&["replay", &race]).says(0, &["won this run"]);
    home.run(&["inspect", &race]).says(0, &["Lanes"]);
    home.run(&["export", &race, "--to", "still.txt"]).says(0, &["still.txt"]);
    home.run(&["man"]).says(0, &["speed-kings"]);
}

#[test]
fn a_broken_theme_is_shown_where_it_breaks() {
    let home = Home::new();
    let file = home.file("mine.ron", "(\n    name: \"mine\",\n    slots: (text: \"no colour\"),\n)\n");
    let theme = file.to_str().unwrap();
    home.run(&["race", "A1", "--sim", "--theme", theme]).says(2, &["mine.ron"]);
}

#[test]
fn a_port_in_use_is_told_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Home::new().run(&["serve", "--port", &port]).says(1, &["cannot listen on", &port, "--port"]);
}

#[test]
fn files_that_are_no_recording_or_a_damaged_one_are_told_apart() {
    let home = Home::new();
    home.run(&["race", "A2", "--sim", "--size", "short"]).says(0, &[]);
    let sound = fs::read_to_string(home.recordings().remove(0)).unwrap();
    let replay = |name: &str, text: &str| home.run(&["replay", home.file(name, text).to_str().unwrap()]);
    replay("empty.race", "").says(1, &["empty.race", "the file is empty"]);
    replay("foreign.race", "{\"version\": 2, \"width\": 80}\n").says(1, &["foreign.race", "not a recording"]);
    replay("page.race", "<html>\n").says(1, &["page.race", "line 1", "not a recording"]);
    replay("newer.race", "{\"format\":\"speed-kings.race\",\"version\":9}\n").says(1, &["version 9", "newer"]);
    home.run(&["replay", "nowhere.race"]).says(1, &["nowhere.race"]);
    let mut lines: Vec<&str> = sound.lines().collect();
    let text = lines.iter().position(|line| line.contains("\"t\"")).unwrap();
    lines[text] = "[12, 0, \"t\"";
    let damage = format!("damaged.race: line {}: cut off", text + 1);
    replay("damaged.race", &lines.join("\n")).says(0, &[&damage, "won this run"]);
    let cut = &sound[..sound.len() / 2];
    replay("cut.race", cut).says(0, &["no verdict", "incomplete: the recording ends before its race does"]);
    replay("header.race", lines[0]).says(0, &["no verdict", "incomplete"]);
}

#[test]
fn a_lane_that_fails_leaves_no_verdict_and_an_exit_code_of_its_own() {
    let simulator = simulator();
    let home = Home::facing(&simulator, "status:429,retry_after:7", QUICK);
    let ended = home.run(&RACE);
    ended.says(3, &["no verdict: Cerebras", "rate limited", "simulated status 429", "7.000 s", "SIM"]);
    let recording = read_file(&home.recordings()[0]).unwrap();
    assert!(recording.is_complete());
    assert_eq!(recording.race().lanes()[1].state, LaneState::Finished);
    Home::facing(&simulator, QUICK, QUICK).run(&RACE).says(0, &["SIM"]);
}

/// The lanes have said something, and one was cut off in the middle.
fn cut_off(recording: &Recording) -> bool {
    recording
        .race()
        .lanes()
        .iter()
        .all(|lane| !lane.transcript().text().is_empty() && lane.state != LaneState::Finished)
}

#[test]
fn an_interrupt_ends_a_race_with_its_recording_complete() {
    let simulator = simulator();
    for (name, code) in [("-INT", 130), ("-TERM", 130), ("-HUP", 129)] {
        let home = Home::facing(&simulator, SLOW, SLOW);
        if name == "-HUP" && hang_ups_are_ignored() {
            continue;
        }
        let child = home.start(&RACE);
        let path = home.wait_for_text();
        signal(name, child.id());
        home.end(child).says(code, &["no verdict", "recorded"]);
        let recording = read_file(&path).unwrap();
        assert!(recording.is_complete() && recording.problems.is_empty() && recording.race().stopped, "{name}");
        assert!(cut_off(&recording), "{name}");
    }
}

/// Whether these tests themselves run under `nohup`, and so whatever they start.
fn hang_ups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

/// Runs `script` in a shell, with `$SPEED_KINGS` for the program.
#[cfg(target_os = "linux")]
fn in_a_shell(home: &Home, script: &str) -> Option<i32> {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]).env("SPEED_KINGS", env!("CARGO_BIN_EXE_speed-kings")).env("HOME", home.path());
    shell.current_dir(home.path()).stdin(Stdio::null()).status().unwrap().code()
}

#[cfg(target_os = "linux")]
#[test]
fn what_nobody_can_hear_ends_no_work() {
    let race = "$SPEED_KINGS race A1 --sim --size short";
    // A full disk, a stream that is closed, a pipe that is closed.
    for script in [
        format!("{race} 2>/dev/full; echo $? >code"),
        format!("{race} 2>&-; echo $? >code"),
        format!("({race} >out; echo $? >code) 2>&1 | true"),
    ] {
        let home = Home::new();
        in_a_shell(&home, &script);
        assert_eq!(fs::read_to_string(home.path().join("code")).unwrap(), "0\n", "{script}");
        assert!(read_file(&home.recordings()[0]).unwrap().is_complete(), "{script}");
    }
    let home = Home::new();
    let script =
        "($SPEED_KINGS benchmark --phase A1 --sim -s short -i 2 -y -o json >b.json; echo $? >code) 2>&1 | head -1";
    in_a_shell(&home, script);
    let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    assert_eq!(text("code"), "0\n");
    serde_json::from_str::<serde_json::Value>(&text("b.json")).unwrap();
    assert!(home.path().join("results/A1").is_dir());
}

#[cfg(target_os = "linux")]
#[test]
fn data_that_cannot_be_written_is_told_and_a_reader_that_left_is_not() {
    let home = Home::new();
    for command in ["phases", "race A1 --sim --size short", "--help", "man", "completions bash"] {
        assert_eq!(in_a_shell(&home, &format!("$SPEED_KINGS {command} >/dev/full 2>err")), Some(1), "{command}");
        let err = fs::read_to_string(home.path().join("err")).unwrap();
        assert!(err.contains("cannot write to stdout: No space left"), "{command}: {err}");
        in_a_shell(&home, &format!("($SPEED_KINGS {command} 2>err; echo $? >code) | true"));
        let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
        assert_eq!(text("code"), "0\n", "{command}");
        assert!(!text("err").contains("stdout"), "{command}");
    }
    // Nobody reads the lines: nothing more is spent.
    in_a_shell(&home, "($SPEED_KINGS watch --phase A1 --sim --every 1s 2>err; echo $? >code) | true");
    assert_eq!(fs::read_to_string(home.path().join("code")).unwrap(), "0\n");
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_may_not_grow_is_a_full_disk() {
    let home = Home::new();
    home.run(&["race", "A2", "--sim", "--size", "short"]).says(0, &[]);
    fs::rename(home.recordings().remove(0), home.path().join("a.race")).unwrap();
    let limited = |blocks: u32, command: &str| {
        let script = format!("(ulimit -f {blocks}; $SPEED_KINGS {command}; echo ended $?) 2>&1 | cat >out");
        in_a_shell(&home, &script);
        fs::read_to_string(home.path().join("out")).unwrap()
    };
    let refused = limited(0, "race A1 --sim --size short");
    assert!(refused.contains("cannot record: recordings/") && refused.contains("ended 1\n"), "{refused}");
    assert_eq!(home.recordings(), Vec::<PathBuf>::new(), "no empty file");
    let film = limited(4, "export a.race --to film.gif");
    assert!(film.contains("film.gif: File too large") && film.contains("ended 1\n"), "{film}");
    assert!(!film.contains(".part"), "{film}");
    let stopped = limited(8, "race A1 --sim --size short");
    assert!(stopped.contains("the recording stopped: File too large") && stopped.contains("ended 0\n"), "{stopped}");
    let left = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!left.into_iter().any(|name| name.contains("part") || name.contains("film")));
}

#[cfg(unix)]
#[test]
fn what_holds_prompts_and_answers_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let mode_of = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for (flags, file, folder) in [(&[] as &[&str], 0o600, 0o700), (&["--public"], 0o644, 0o755)] {
        let home = Home::new();
        let run = |args: &[&str]| home.run(&[args, flags].concat()).says(0, &[]);
        run(&["race", "A2", "--sim", "--size", "short"]);
        run(&["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "1", "--yes"]);
        let recording = home.recordings().remove(0);
        let name = recording.to_str().unwrap();
        run(&["export", name, "--to", "a.md", "a.json", "a.svg"]);
        run(&["edit", name, "b.race", "--title", "b"]);
        run(&["watch", "--phase", "A1", "--sim", "--rounds", "1", "--log", "log"]);
        let results = home.path().join("results/A1");
        let saved = fs::read_dir(&results).unwrap().next().unwrap().unwrap().path();
        let made = ["a.md", "a.json", "a.svg", "b.race", "log"].map(|name| home.path().join(name));
        for path in made.iter().chain([&recording, &saved]) {
            // A mask that is stricter than usual takes more away.
            assert_eq!(mode_of(path) & !file, 0, "{}: {:o}", path.display(), mode_of(path));
            assert!(flags.is_empty() || mode_of(path) & 0o600 == 0o600);
        }
        for path in [&home.path().join("recordings"), &results] {
            assert_eq!(mode_of(path) & !folder, 0, "{}: {:o}", path.display(), mode_of(path));
        }
    }
}

#[test]
fn what_was_typed_wrongly_is_repeated_harmlessly() {
    let ended = Home::new().run(&["race", "--no\u{1b}[31m\u{202e}\u{9b}2J"]);
    ended.says(2, &["unexpected argument", "Usage"]);
    assert!(!ended.err.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{:?}", ended.err);
}

#[test]
fn a_killed_race_leaves_a_file_that_replays_as_far_as_it_goes() {
    let simulator = simulator();
    let home = Home::facing(&simulator, SLOW, SLOW);
    let mut child = home.start(&RACE);
    let path = home.wait_for_text();
    child.kill().unwrap();
    assert_eq!(home.end(child).code, None, "killed, not ended");
    let recording = read_file(&path).unwrap();
    assert!(!recording.is_complete() && cut_off(&recording));
    let whole = fs::read_to_string(&path).unwrap().matches('\n').count() - 1;
    assert!(recording.events.len() >= whole && recording.problems.len() <= 1, "{:?}", recording.problems);
    home.run(&["replay", path.to_str().unwrap()]).says(0, &["no verdict", "incomplete"]);
}

#[test]
fn completions_and_man_pages_know_every_command() {
    let printed = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_speed-kings")).args(args).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = printed(&["completions", shell]);
        assert!(script.contains("benchmark") && script.contains("max-tokens"), "{shell}");
    }
    assert!(printed(&["man"]).contains(".SH SUBCOMMANDS"));
    let dir = tempfile::tempdir().unwrap();
    printed(&["man", "--dir", dir.path().to_str().unwrap()]);
    for page in ["speed-kings.1", "speed-kings-race.1", "speed-kings-benchmark.1"] {
        assert!(dir.path().join(page).is_file(), "{page}");
    }
}

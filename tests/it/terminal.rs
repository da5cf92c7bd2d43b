//! The built program in a terminal: from the picker to the verdict and back, by its keys, at any size.
//! However it ends, the terminal is given back as it was found.

use std::path::Path;

use speed_kings::record::reader::read_file;
use speed_kings::sim::{CUSTOM, Options, Simulator};
use speed_kings::ui::terminal::TerminalScreen;

use crate::help::wait_until;
use crate::program::{Home, signal};
use crate::pty::Pty;

/// A usual terminal.
const USUAL: (u16, u16) = (120, 40);

/// A way out.
type Way = fn(&mut Pty);

/// What makes the child of the panic test panic; nothing else ever sets it.
const PANIC: &str = "SPEED_KINGS_TEST_PANIC";

fn start(home: &Home, args: &[&str], at: (u16, u16)) -> Pty {
    Pty::start(Path::new(env!("CARGO_BIN_EXE_speed-kings")), args, &[], home.path(), at)
}

/// A race of two lanes that would take minutes.
fn endless(home: &Home, simulator: &Simulator, at: (u16, u16)) -> Pty {
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:5,tok_s:60,tokens:20000");
    let env = [("CEREBRAS_BASE_URL", url.as_str()), ("GROQ_BASE_URL", url.as_str())];
    let program = Path::new(env!("CARGO_BIN_EXE_speed-kings"));
    Pty::start(program, &["race", "--providers", "cerebras,groq"], &env, home.path(), at)
}

fn simulator() -> Simulator {
    Simulator::start(Options::default()).unwrap()
}

#[test]
fn from_the_picker_to_the_verdict_and_back() {
    let home = Home::new();
    let mut pty = start(&home, &[], USUAL);
    pty.shows("two providers, one prompt");
    pty.press("/zebra");
    // All of it, before Esc: letters still under way would come with it and make it an Alt key.
    pty.wait("the whole word and no phase", |screen| {
        screen.contains("zebra▏") && screen.contains("No phase has all of these words")
    });
    pty.press("\u{1b}");
    pty.shows_no_more("zebra");
    pty.press("z");
    pty.shows("Prompt  short");
    pty.press("/cerebras fireworks 8b");
    pty.wait("the filtered list", |screen| screen.contains("▸ A2") && !screen.contains("SambaNova RDU"));
    pty.press("\r");
    pty.shows("● LIVE");
    pty.shows(" SIM ");
    pty.shows("won this run");
    pty.shows("How fair");
    pty.press("v");
    pty.shows("finished (stop)");
    pty.press("p");
    pty.shows("REPLAY ×1");
    pty.press(" ");
    pty.shows("‖");
    pty.press("m");
    pty.shows("REPLAY ×0.1");
    pty.press("++");
    pty.shows("REPLAY ×0.25");
    pty.press(" ?");
    pty.shows("slower, to ×0.01");
    pty.press("\u{1b}");
    pty.shows_no_more("slower, to ×0.01");
    let before = pty.written().len();
    pty.press("t");
    wait_until("a new picture in another theme", || pty.written().len() > before + 500);
    pty.press("\u{1b}");
    pty.shows("two providers, one prompt");
    pty.press("\u{1b}");
    pty.wait("all phases", |screen| screen.contains("Phases"));
    pty.press("q");
    assert_eq!(pty.end(), 0);
    pty.check_restored("q");
    let [recording] = home.recordings().try_into().unwrap();
    assert!(read_file(&recording).unwrap().is_complete());
}

#[test]
fn a_race_runs_again_and_a_recording_does_not() {
    let home = Home::new();
    let mut pty = start(&home, &["race", "A2", "--sim", "--size", "short", "--instant"], USUAL);
    pty.shows("won this run");
    pty.press("r");
    pty.shows("● LIVE");
    pty.press("q");
    assert_eq!(pty.end(), 130, "left before the race was over");
    pty.check_restored("q in mid-race");
    assert_eq!(home.recordings().len(), 2, "the rerun has a recording of its own");
    let mut replay = start(&home, &["replay", home.recordings()[0].to_str().unwrap(), "--speed", "10"], USUAL);
    replay.shows("REPLAY ×10");
    replay.press("r");
    replay.shows("a recording can only be replayed");
    replay.press("\r\u{3}");
    assert_eq!(replay.end(), 0);
    replay.check_restored("a replay");
}

#[test]
fn every_way_out_of_a_race_gives_the_terminal_back_and_completes_the_recording() {
    let simulator = simulator();
    let ways: [(&str, Way); 5] = [
        ("q", |pty| pty.press("q")),
        ("Esc", |pty| pty.press("\u{1b}")),
        ("Ctrl-C", |pty| pty.press("\u{3}")),
        ("SIGTERM", |pty| signal("-TERM", pty.process())),
        ("SIGINT", |pty| signal("-INT", pty.process())),
    ];
    for (name, leave) in ways {
        let home = Home::new();
        let mut pty = endless(&home, &simulator, USUAL);
        pty.shows("streaming");
        leave(&mut pty);
        assert_eq!(pty.end(), 130, "{name}");
        pty.check_restored(name);
        pty.writes("watch it again");
        let [recording] = home.recordings().try_into().unwrap();
        let recording = read_file(&recording).unwrap();
        assert!(recording.is_complete() && recording.race().stopped, "{name}");
    }
}

#[test]
fn a_terminal_may_change_its_size_in_mid_race() {
    let (home, simulator) = (Home::new(), simulator());
    let mut pty = endless(&home, &simulator, USUAL);
    pty.shows("streaming");
    for (size, shown) in [
        ((20, 5), "60×16 needed"),
        ((60, 16), "streaming"),
        ((9, 2), "60×16"),
        ((200, 50), "streaming"),
        ((80, 24), "TTFT"),
    ] {
        pty.resize(size);
        pty.shows(shown);
    }
    pty.press("q");
    assert_eq!(pty.end(), 130);
    pty.check_restored("resizing");
}

#[test]
fn the_smallest_terminal_shows_what_it_can() {
    let (home, simulator) = (Home::new(), simulator());
    let mut picker = start(&home, &[], (20, 5));
    picker.shows("60×16 needed");
    picker.press("q");
    assert_eq!(picker.end(), 0);
    picker.check_restored("a small picker");
    let mut race = endless(&home, &simulator, (20, 5));
    race.wait("both lanes", |screen| screen.contains('①') && screen.contains('②') && screen.contains('≈'));
    race.press("q");
    assert_eq!(race.end(), 130);
    race.check_restored("a small race");
}

/// The child of the next test, which starts this test alone and with the variable set. Everywhere else it passes.
#[test]
fn panics_in_a_terminal() {
    if std::env::var_os(PANIC).is_some() {
        let _ = color_eyre::config::HookBuilder::default().display_env_section(false).install();
        let mut screen = TerminalScreen::open().unwrap();
        screen.draw(|frame| frame.render_widget("drawing", frame.area())).unwrap();
        panic!("the lights went out");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_told() {
    let (home, itself) = (Home::new(), std::env::current_exe().unwrap());
    let args = ["--exact", "--nocapture", "terminal::panics_in_a_terminal"];
    let mut pty = Pty::start(&itself, &args, &[(PANIC, "1")], home.path(), USUAL);
    assert_ne!(pty.end(), 0);
    pty.check_restored("a panic");
    let written = pty.written();
    let (restored, told) = (written.find("\u{1b}[?1049l"), written.find("the lights went out"));
    assert!(written.contains("drawing") && restored.is_some() && restored < told, "{written:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_shell_may_stop_it_and_go_on_with_it() {
    /// Whether every process of the group is stopped.
    fn stopped(group: u32) -> bool {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let stats = processes.filter_map(|process| std::fs::read_to_string(process.path().join("stat")).ok());
        let fields = stats.filter_map(|stat| {
            let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
            Some((rest.next()?.to_owned(), rest.nth(1)?.parse::<u32>().ok()?))
        });
        let ours: Vec<String> = fields.filter(|(_, of)| *of == group).map(|(state, _)| state).collect();
        ours.len() == 2 && ours.iter().all(|state| state == "T")
    }
    let home = Home::new();
    let line = format!("{}; echo \"code $?\"", env!("CARGO_BIN_EXE_speed-kings"));
    let mut pty = Pty::start(Path::new("/bin/sh"), &["-c", &line], &[], home.path(), USUAL);
    pty.shows("two providers, one prompt");
    for stop in ["the key", "the signal"] {
        match stop {
            "the key" => pty.press("\u{1a}"),
            _ => signal_group("-TSTP", pty.process()),
        }
        wait_until(&format!("{stop}: a job that is stopped"), || stopped(pty.process()));
        pty.check_restored(stop);
        signal_group("-CONT", pty.process());
        pty.shows("two providers, one prompt");
        pty.press("/zebra");
        pty.shows("zebra▏");
        pty.press("\u{1b}");
        pty.shows_no_more("zebra");
    }
    pty.press("q");
    assert_eq!(pty.end(), 0);
    // The shell is over before the last of its words is read here.
    pty.writes("code 0");
    pty.check_restored("q");
    let written = pty.written();
    assert_eq!(written.matches("\u{1b}[22;0t").count(), written.matches("\u{1b}[23;0t").count());
}

/// Sends a signal to every process of `group`.
#[cfg(target_os = "linux")]
fn signal_group(name: &str, group: u32) {
    let killed = std::process::Command::new("kill").args([name, "--", &format!("-{group}")]).status().unwrap();
    assert!(killed.success());
}

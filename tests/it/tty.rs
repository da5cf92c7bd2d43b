//! What terminals do in ways of their own: how they paste, how they send Ctrl-C, whether they can show a screen at all.
//! The built program runs in a pseudo-terminal that behaves like each of them.

use std::path::Path;

use speed_kings::record::reader::read_file;
use speed_kings::sim::{CUSTOM, Options, Simulator};
use vt100::MouseProtocolMode;

use crate::help::wait_until;
use crate::program::Home;
use crate::pty::Pty;

const USUAL: (u16, u16) = (120, 40);

fn start(home: &Home, args: &[&str], env: &[(&str, &str)]) -> Pty {
    Pty::start(Path::new(env!("CARGO_BIN_EXE_speed-kings")), args, env, home.path(), USUAL)
}

fn recording(name: &str) -> String {
    format!("{}/recordings/{name}.race", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_pasted_prompt_keeps_its_lines_whichever_way_they_are_broken() {
    for line_break in ["\r", "\r\n", "\n"] {
        let home = Home::new();
        let mut pty = start(&home, &[], &[]);
        pty.shows("two providers, one prompt");
        pty.press("e");
        pty.shows("both contestants get this text");
        // Everything is taken out first: Ctrl-A and Ctrl-K would leave the lines below.
        pty.press("\u{1b}[1;5F\u{15}");
        let text = "first line\nsecond line\n\n\tindented\u{8} fourth".replace('\n', line_break);
        pty.press(&format!("\u{1b}[200~{text}\u{1b}[201~"));
        pty.wait("four lines", |screen| {
            let at = |words: &str| screen.lines().position(|line| line.contains(words));
            at("first line")
                .is_some_and(|first| at("second line") == Some(first + 1) && at("indented fourth") == Some(first + 3))
        });
        pty.press("\u{13}");
        pty.shows_no_more("both contestants get this text");
        pty.press("s");
        pty.shows("● LIVE");
        pty.press("q");
        pty.end();
        let [recording] = home.recordings().try_into().unwrap();
        let prompt = read_file(&recording).unwrap().header.setup.prompt.text;
        assert!(prompt.ends_with("first line\nsecond line\n\n\tindented fourth"), "{line_break:?}: {prompt:?}");
        assert!(!prompt.contains('\r'));
    }
}

#[test]
fn a_pasted_place_is_gone_to() {
    let home = Home::new();
    let mut pty = start(&home, &["replay", &recording("wafer-vs-lpu-sim"), "--speed", "0.1"], &[]);
    pty.shows("REPLAY ×0.1");
    pty.press(" :");
    pty.shows("Go to:");
    pty.press("\u{1b}[200~\r0.8s\r40%\r\u{1b}[201~");
    pty.shows("0.8s");
    pty.press("\r");
    pty.shows("T+0.800 s");
    pty.press("q");
    assert_eq!(pty.end(), 0);
}

#[test]
fn control_c_ends_however_it_is_encoded() {
    for (name, keys) in [("plain", "\u{3}"), ("kitty", "\u{1b}[99;5u")] {
        let home = Home::new();
        let mut pty = start(&home, &["replay", &recording("wafer-vs-lpu-sim"), "--speed", "0.1"], &[]);
        pty.shows("REPLAY ×0.1");
        pty.press(keys);
        assert_eq!(pty.end(), 0, "{name}");
        pty.check_restored(name);
    }
}

#[test]
fn what_was_kept_is_looked_through_played_compared_and_filmed() {
    let home = Home::new();
    std::fs::create_dir(home.path().join("recordings")).unwrap();
    for name in ["wafer-vs-lpu-sim", "close-finish-sim"] {
        std::fs::copy(recording(name), home.path().join(format!("recordings/{name}.race"))).unwrap();
    }
    std::fs::write(home.path().join("recordings/broken.race"), "no recording").unwrap();
    // A film takes its time; without ffmpeg it is the program's own.
    let mut pty = start(&home, &[], &[("PATH", "/nonexistent")]);
    pty.shows("two providers, one prompt");
    pty.press("h");
    pty.shows("2 recordings, 0 results");
    // One is marked, and compared with the other.
    pty.press("c");
    pty.press("j");
    pty.press("c");
    pty.wait("both beside each other", |screen| {
        ["1.", "2.", "SIM Cerebras", "SIM SambaNova"].iter().all(|words| screen.contains(words))
    });
    pty.press("\r");
    pty.shows("REPLAY");
    pty.press("\u{1b}");
    pty.shows("2 recordings, 0 results");
    pty.press("x");
    pty.shows("making");
    let names = || -> Vec<String> {
        let entries = std::fs::read_dir(home.path().join("recordings")).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().display().to_string()).collect();
        names.sort();
        names
    };
    wait_until("a film in the making", || names().len() > 3);
    // Whoever asked for it leaves, and it leaves nothing.
    pty.press("\u{1b}");
    pty.shows("two providers, one prompt");
    pty.press("q");
    assert_eq!(pty.end(), 0);
    wait_until("nothing of it", || names() == ["broken.race", "close-finish-sim.race", "wafer-vs-lpu-sim.race"]);
}

/// How often the bell was rung: where it doesn't end a title.
fn bells(written: &str) -> usize {
    let titles = written.matches("\u{1b}]").count();
    written.matches('\u{7}').count() - titles
}

#[test]
fn the_bell_rings_once_at_the_end_of_a_live_race_if_it_is_asked_for() {
    // The slowed replay that follows ends as well.
    let race = ["race", "A1", "--sim", "--size", "short"];
    for (rest, rings) in [(&[][..], 0), (&["--bell"], 1), (&["--bell", "--instant"], 1)] {
        let home = Home::new();
        let mut pty = start(&home, &[&race[..], rest].concat(), &[]);
        if !rest.contains(&"--instant") {
            pty.shows("REPLAY");
            pty.press("v");
        }
        pty.shows("VERDICT");
        pty.press("q");
        let written = pty.written();
        assert_eq!(bells(&written), rings, "{rest:?}");
        pty.end();
    }
    let home = Home::new();
    let mut pty = start(&home, &["replay", &recording("wafer-vs-lpu-sim"), "--speed", "4", "--bell"], &[]);
    pty.shows("VERDICT");
    pty.press("q");
    assert_eq!(bells(&pty.written()), 0, "a replay is no live race");
    pty.end();
}

#[test]
fn a_terminal_without_a_screen_gets_lines() {
    let home = Home::new();
    let recorded = recording("wafer-vs-lpu-sim");
    // Far enough apart for one of them to win on a busy machine as well.
    let race = ["race", "A2", "--sim", "--size", "short"];
    let watch = ["watch", "--phase", "A1", "--sim", "--rounds", "1"];
    let benchmark = ["benchmark", "--phase", "A1", "--sim", "-s", "short", "-i", "2", "--yes"];
    let commands: [(&[&str], &str); 5] = [
        (&race, "won this run"),
        (&["replay", &recorded], "won this run"),
        (&watch, "\"probes\""),
        (&benchmark, "run 2/2"),
        (&[], "`speed-kings race A1 --sim` runs one race without"),
    ];
    for (args, words) in commands {
        let plain = [args, &["--plain"]].concat();
        for (args, term) in [(args, "dumb"), (&plain, "xterm-256color")] {
            let mut pty = start(&home, args, &[("TERM", term)]);
            pty.end();
            pty.writes(words);
            assert!(!pty.written().contains('\u{1b}'), "{term} {args:?}: {:?}", pty.written());
            let drawn_anew = pty.written().replace("\r\n", "").contains('\r');
            assert!(!drawn_anew, "{term} {args:?}: {:?}", pty.written());
        }
    }
}

#[test]
fn why_there_is_no_picker_is_said() {
    let home = Home::new();
    for (args, term, why) in [(&["--plain"][..], "xterm", "--plain asks for none"), (&[], "dumb", "TERM=dumb says")] {
        let mut pty = start(&home, args, &[("TERM", term)]);
        assert_eq!(pty.end(), 1);
        pty.writes(why);
    }
}

#[test]
fn a_second_enter_in_the_picker_covers_nothing() {
    let (home, simulator) = (Home::new(), Simulator::start(Options::default()).unwrap());
    let url = simulator.base_url_with(CUSTOM, "ttft_ms:5,tok_s:60,tokens:20000");
    let mut pty = start(&home, &[], &[("CEREBRAS_BASE_URL", &url), ("GROQ_BASE_URL", &url)]);
    pty.shows("two providers, one prompt");
    pty.press("/g1");
    pty.wait("the filtered list", |screen| screen.contains("▸ G1") && !screen.contains("A1"));
    pty.press("\r\r\r");
    pty.shows("● LIVE");
    pty.shows("streaming");
    pty.press("\r");
    // The next key has been taken in once it shows, and so has every one before it.
    pty.press("?");
    pty.shows("the verdict of a finished race");
    pty.press("?");
    pty.shows_no_more("the verdict of a finished race");
    assert!(!pty.screen().contains("the race is still on"), "{}", pty.screen());
    pty.press("v");
    pty.shows("the race is still on");
    pty.press("q");
    pty.shows_no_more("the race is still on");
    pty.press("q");
    assert_eq!(pty.end(), 0);
}

#[test]
fn enter_shows_the_verdict_of_a_finished_race() {
    let home = Home::new();
    let mut pty = start(&home, &["race", "A2", "--sim", "--size", "short", "--instant"], &[]);
    pty.shows("How fair");
    pty.press("v");
    pty.shows("finished (stop)");
    pty.press("\r");
    pty.shows("How fair");
    pty.press("q");
    assert_eq!(pty.end(), 0);
}

#[test]
fn a_short_race_is_shown_once_more_slowed_and_a_key_takes_over() {
    let home = Home::new();
    let mut pty = start(&home, &["race", "A1", "--sim", "--size", "short"], &[]);
    pty.shows("REPLAY ×0.");
    pty.press("v");
    pty.shows("How fair");
    pty.press("q");
    assert_eq!(pty.end(), 0);
    assert_eq!(home.recordings().len(), 1, "what is shown again is no race of its own");
}

#[test]
fn the_mouse_is_left_to_the_terminal_when_asked_for() {
    let home = Home::new();
    let recorded = recording("wafer-vs-lpu-sim");
    for args in [&["--no-mouse"][..], &["replay", &recorded, "--speed", "0.1", "--no-mouse"]] {
        let mut pty = start(&home, args, &[]);
        pty.shows("mouse off");
        assert_eq!(pty.mouse(), MouseProtocolMode::None, "{args:?}");
        pty.press("M");
        pty.shows_no_more("mouse off");
        assert_ne!(pty.mouse(), MouseProtocolMode::None, "{args:?}");
        pty.press("M");
        pty.shows("mouse off");
        assert_eq!(pty.mouse(), MouseProtocolMode::None, "{args:?}");
        pty.press("?");
        pty.shows("Shift-drag selects text in most terminals");
        pty.press("\u{3}");
        assert_eq!(pty.end(), 0);
        pty.check_restored("no mouse");
    }
    let mut pty = start(&home, &["watch", "--phase", "A1", "--sim"], &[]);
    pty.shows("? help");
    assert_ne!(pty.mouse(), MouseProtocolMode::None);
    pty.press("M");
    pty.shows("mouse off");
    wait_until("the mouse", || pty.mouse() == MouseProtocolMode::None);
    pty.press("?");
    pty.shows("next theme");
    pty.press("q");
    pty.shows_no_more("next theme");
    pty.press("q");
    pty.end();
}

#[test]
fn why_a_command_failed_is_read_to_its_end_on_a_small_terminal() {
    let home = Home::new();
    let words = "out of memory on the third device of the second host of this cluster";
    let command = home.file("fail.sh", format!("echo half; echo '{words}' >&2; exit 3"));
    let providers = format!("a=exec:/bin/sh {0},b=exec:/bin/sh {0}", command.display());
    let program = Path::new(env!("CARGO_BIN_EXE_speed-kings"));
    let args = ["race", "--instant", "--prompt", "x", "--providers", &providers];
    let mut pty = Pty::start(program, &args, &[], home.path(), (80, 24));
    pty.shows("How fair");
    pty.press("v");
    // The two lanes stand side by side, so a line of the screen holds a part of each.
    for part in ["of this cluster", "→ run the command by hand to see", "what it does"] {
        pty.shows(part);
    }
    pty.press("q");
    pty.end();
}

#[test]
fn a_headline_gets_shorter_before_it_is_cut() {
    let home = Home::new();
    let recorded = recording("llamacpp-vs-mistralrs-real");
    let program = Path::new(env!("CARGO_BIN_EXE_speed-kings"));
    for (size, headline) in [
        ((80, 24), "provisional: ① llama.cpp won: 5.68× as fast as mistral.rs, 9.526 s ahead"),
        ((64, 20), "provisional: ① llama.cpp won: 5.68× as fast as mistral.rs"),
    ] {
        let mut pty = Pty::start(program, &["replay", &recorded, "--speed", "100"], &[], home.path(), size);
        pty.wait(headline, |screen| screen.lines().any(|line| line.trim() == headline));
        pty.press("q");
        assert_eq!(pty.end(), 0);
    }
}

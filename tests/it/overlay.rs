//! The overlay of the built program over plain HTTP: it says what the terminal says, and nothing that is not for viewers.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;

use serde_json::Value;

use crate::help::{CANARY, wait_until};
use crate::peer::{peer, reply};
use crate::program::{Home, signal};
use crate::pty::Pty;

pub(crate) fn recording() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/wafer-vs-lpu-sim.race").to_str().unwrap().to_owned()
}

/// A program that serves an overlay.
pub(crate) struct Overlaid {
    pub(crate) home: Home,
    child: Option<Child>,
    /// Where its page is, without a path.
    pub(crate) address: String,
}

impl Overlaid {
    /// Runs the program in `home` with `args`, and waits until it serves.
    pub(crate) fn start(home: Home, args: &[&str]) -> Self {
        let child = home.start(args);
        let mut address = String::new();
        wait_until("the overlay", || {
            let said = fs::read_to_string(home.path().join("stderr")).unwrap();
            address =
                said.split("overlay at http://").nth(1).and_then(|rest| rest.split('/').next()).unwrap_or("").into();
            !address.is_empty()
        });
        Self { home, child: Some(child), address }
    }

    /// Lines of the event stream from the start of the race on.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> + use<> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET /events HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).unwrap();
        BufReader::new(stream).lines().map_while(Result::ok)
    }

    fn ended(mut self) -> (String, String) {
        self.home.end(self.child.take().unwrap());
        let text = |name: &str| fs::read_to_string(self.home.path().join(name)).unwrap();
        (text("stdout"), text("stderr"))
    }
}

impl Drop for Overlaid {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            signal("-INT", child.id());
            let _ = child.wait();
        }
    }
}

/// What the lines say: each race and each frame.
fn told(lines: impl Iterator<Item = String>) -> impl Iterator<Item = Value> {
    lines.filter_map(|line| line.strip_prefix("data: ").map(|data| serde_json::from_str(data).unwrap()))
}

#[test]
fn the_overlay_of_a_replay_says_what_the_terminal_says() {
    let file = recording();
    let shown = Overlaid::start(Home::new(), &["replay", &file, "--overlay", "127.0.0.1:0", "--speed", "0.5"]);
    let mut events = told(shown.lines());
    let race = events.next().unwrap();
    assert_eq!(race["race"]["title"], "G1 Cerebras vs Groq · gpt-oss-120b");
    let colours = &race["race"]["lanes"];
    assert!(colours[0]["colour"].as_str().unwrap().starts_with('#') && colours[0]["colour"] != colours[1]["colour"]);
    let (mut leaders, mut stages, mut flashes) = (Vec::new(), Vec::new(), [false; 2]);
    let verdict = events.find_map(|event| {
        let frame = &event["frame"];
        stages.push(frame["stage"].as_str().unwrap().to_owned());
        leaders.extend(frame["leader"].as_u64());
        for (lane, flash) in flashes.iter_mut().enumerate() {
            *flash |= frame["lanes"][lane]["stamped"] == false;
        }
        let frame = frame["verdict"].is_object().then(|| frame.clone());
        frame.filter(|frame| frame["lanes"].as_array().unwrap().iter().all(|lane| lane["stamped"] == true))
    });
    let last = verdict.unwrap();
    assert_eq!(flashes, [true; 2], "the first tokens were still to come");
    stages.dedup();
    assert_eq!(stages, ["lights", "running", "over"]);
    leaders.dedup();
    assert_eq!(leaders, [1, 0], "Groq had the first token, then was passed");
    // The same figures as the terminal prints.
    let printed = fs::read_to_string(shown.home.path().join("stdout")).unwrap();
    let verdict = &last["verdict"];
    assert_eq!(verdict["head"]["text"], "CEREBRAS WINS");
    assert!(printed.contains(&format!("{} as fast as Groq", verdict["ratio"].as_str().unwrap())), "{printed}");
    let rows = verdict["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let printed = printed.lines().find(|line| line.starts_with(row["label"].as_str().unwrap())).unwrap();
        for value in row["values"].as_array().unwrap() {
            assert!(printed.contains(value.as_str().unwrap()), "{value}: {printed}");
        }
    }
    assert!(last["simulated"] == true && last["pace"]["text"].as_str().unwrap().contains("REPLAY"));
    // Somebody who comes now sees the same race from its start.
    let late = told(shown.lines()).nth(1).unwrap();
    assert_eq!(late["frame"]["stage"], "lights");
}

#[test]
fn pages_are_told_no_key_no_prompt_and_no_text() {
    let answer = |key: &str| {
        let words = "the model says ".repeat(20);
        let text = format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{words}{key}"}}}}]}}"#);
        let stop = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
        reply(200, "text/event-stream", &format!("data: {text}\n\ndata: {stop}\n\ndata: [DONE]\n\n"))
    };
    let echoes = peer(move |asked| answer(asked.header("authorization").unwrap_or_default()));
    let refuses = peer(|asked| {
        let key = asked.header("authorization").unwrap_or_default();
        reply(401, "application/json", &format!(r#"{{"error":{{"message":"no such key: {key}","code":"{key}"}}}}"#))
    });
    let contestants = format!("one={echoes},two={refuses}");
    let home = Home::new().with("OPENAI_COMPATIBLE_API_KEY", CANARY);
    let args = [
        "race",
        "--providers",
        &contestants,
        "--model",
        "m",
        "--prompt",
        "my own question",
        "--overlay",
        "127.0.0.1:0",
    ];
    let shown = Overlaid::start(home, &args);
    // It ends by itself, and says so to whoever still reads.
    let lines: Vec<String> = shown.lines().collect();
    let said = lines.join("\n");
    for secret in [CANARY, "canary", "my own question", "the model says", "no such key", "Bearer", "recordings"] {
        assert!(!said.contains(secret), "{secret}");
    }
    let last = told(lines.into_iter()).last().unwrap();
    assert_eq!(last["frame"]["verdict"]["head"]["text"], "NO VERDICT");
    assert_eq!(last["frame"]["lanes"][1]["state"], "out");
    let (out, err) = shown.ended();
    assert!(
        out.contains("no such key") && err.contains("recorded"),
        "the proof that there was something to tell: {out}{err}"
    );
}

#[test]
fn an_overlay_that_cannot_be_served_is_refused_before_anything_is_sent() {
    let home = Home::new();
    let ended = home.run(&["race", "A1", "--sim", "--overlay", "0.0.0.0:0"]);
    ended.says(2, &["0.0.0.0:0 is not on loopback", "--overlay-network"]);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = taken.local_addr().unwrap().to_string();
    home.run(&["race", "A1", "--sim", "--overlay", &addr]).says(2, &["cannot listen on", "choose another port"]);
    home.run(&["race", "A1", "--sim", "--overlay", "8099"]).says(2, &["--overlay"]);
    assert!(home.recordings().is_empty());
}

#[test]
fn the_keys_of_a_screen_move_the_overlay_too() {
    let home = Home::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (file, place) = (recording(), format!("127.0.0.1:{port}"));
    let args = ["replay", &file, "--overlay", &place, "--speed", "0.01"];
    let mut pty = Pty::start(Path::new(env!("CARGO_BIN_EXE_speed-kings")), &args, &[], home.path(), (120, 40));
    pty.shows("REPLAY ×0.01");
    let mut stream = TcpStream::connect(&place).unwrap();
    write!(stream, "GET /events HTTP/1.1\r\nHost: {place}\r\n\r\n").unwrap();
    let mut events =
        told(BufReader::new(stream).lines().map_while(Result::ok)).filter(|event| event["frame"].is_object());
    let first = events.next().unwrap();
    assert_eq!(first["frame"]["pace"]["text"], "REPLAY ×0.01");
    pty.press("v");
    let verdict = events.find(|event| event["frame"]["verdict"].is_object()).unwrap();
    let ratio = verdict["frame"]["verdict"]["ratio"].as_str().unwrap().to_owned();
    pty.shows(&format!("{ratio} as fast as Groq"));
    pty.press("q");
    assert_eq!(pty.end(), 0);
}

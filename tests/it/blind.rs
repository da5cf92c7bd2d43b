//! Judging without names: the screen as a picture, ratings and votes given at a terminal and kept at once.

use std::path::Path;

use serde_json::Value;
use speed_kings::ui::app::{App, BlindPage, BlindTask, BlindView, MarkKeeper};
use speed_kings::ui::message::{AppEffect, BlindMark, PageMark, UiMessage};
use speed_kings::ui::theme::{ColourLevel, ThemeSet};

use crate::program::{Home, signal};
use crate::pty::Pty;
use crate::screens::check;

/// Keeps nothing, or fails to.
struct DeafKeeper(Result<(), String>);

impl MarkKeeper for DeafKeeper {
    fn keep(&mut self, _mark: PageMark) -> Result<(), String> {
        self.0.clone()
    }

    fn reveal(&self) -> Vec<String> {
        vec!["cut10: 2.00 of 5 · 217.3 tok/s".into(), "  A cut10: 2 of 5".into(), "evil \u{1b}[2J".into()]
    }
}

const ANSWER: &str = "Fill the 5-gallon jug and pour it into the 3-gallon jug: 2 gallons are left.\n\n1. Empty the small one.\n\
                      2. Pour the 2 gallons over. 日本語 🏁 \u{1b}[31mred\u{1b}[0m\n3. Fill the large one again, and top up.";

fn judging(task: BlindTask, texts: usize, kept: Result<(), String>) -> App {
    let question = "You have a 3-gallon jug and a 5-gallon jug.\nHow do you measure exactly 4 gallons?";
    let text = |number: usize| if number == 1 { ANSWER.repeat(9) } else { ANSWER.to_owned() };
    let pages = (0..2).map(|_| BlindPage::new("Reasoning: water jugs", question, (0..texts).map(text))).collect();
    let mut app = App::new(ThemeSet::builtin().unwrap(), "midnight", ColourLevel::True);
    app.judge(BlindView::new(task, pages, "rated by ann · each score is kept at once", Box::new(DeafKeeper(kept))));
    app
}

fn press(app: &mut App, messages: &[UiMessage]) {
    for message in messages {
        if let Some(AppEffect::Keep(mark)) = app.update(message) {
            app.blind.as_mut().unwrap().keep(mark);
        }
    }
}

fn score(score: u8) -> UiMessage {
    UiMessage::Mark(BlindMark::Score(score))
}

#[test]
fn the_blind_screens() {
    let mut two = judging(BlindTask::Rate, 2, Ok(()));
    check("blind_rating", &two);
    press(&mut two, &[score(4)]);
    check("blind_rating_half", &two);
    press(&mut two, &[UiMessage::Mark(BlindMark::Skip), score(1), score(5)]);
    check("blind_rating_over", &two);
    check("blind_rating_alone", &judging(BlindTask::Rate, 1, Ok(())));
    let mut many = judging(BlindTask::Rate, 6, Err("no space left on device".into()));
    press(&mut many, &[score(3), score(2), UiMessage::FocusBack, UiMessage::FocusBack, UiMessage::FocusBack]);
    check("blind_rating_many", &many);
    let mut vote = judging(BlindTask::Prefer, 2, Ok(()));
    check("blind_vote", &vote);
    vote.update(&UiMessage::Help);
    check("help_blind_vote", &vote);
}

fn start(home: &Home, args: &[&str]) -> Pty {
    Pty::start(Path::new(env!("CARGO_BIN_EXE_speed-kings")), args, &[("USER", "ann")], home.path(), (120, 40))
}

/// A protocol of two engines that answered two prompts, one of them not whole.
fn protocol() -> Value {
    let engine = |model: &str| {
        serde_json::json!({"engine": "e", "model": model, "settings": {}, "size": {"name": model, "file_bytes": null,
            "parameters": null, "active_parameters": null, "quantization": null, "experts": null}})
    };
    let answer = |engine: usize, prompt: &str, text: &str, speed: f64, failure: Option<&str>| {
        serde_json::json!({"engine": engine, "prompt": prompt, "answer": text,
            "figures": {"output_tok_s": speed, "failure": failure}})
    };
    let prompt = |id: &str| serde_json::json!({"id": id, "name": format!("Test {id}"), "text": "Q?", "max_tokens": 50, "temperature": 0.3});
    serde_json::json!({"version": 1, "kind": "protocol", "started_at": "2026-11-29T12:00:00Z", "environment": {},
        "prompt_set": "streaming", "pause_s": 5.0, "engines": [engine("fast-one"), engine("slow-one")],
        "prompts": [prompt("greeting"), prompt("jugs")],
        "answers": [answer(0, "greeting", "Hello from the fast", 200.0, None),
            answer(1, "greeting", "Hello from the slow", 20.0, None),
            answer(0, "jugs", "Pour it.", 200.0, None), answer(1, "jugs", "Po", 20.0, Some("connection reset"))]})
}

fn ratings(path: &Path) -> Vec<(u64, String, Option<u64>, String)> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut all: Vec<_> = file["ratings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rating| {
            let text = |key: &str| rating[key].as_str().unwrap().to_owned();
            assert!(text("at").parse::<jiff::Timestamp>().is_ok());
            (rating["engine"].as_u64().unwrap(), text("prompt"), rating["score"].as_u64(), text("rater"))
        })
        .collect();
    all.sort();
    all
}

#[test]
fn ratings_are_kept_when_they_are_given_and_names_are_told_after_the_last() {
    let home = Home::new();
    let path = home.file("p.json", protocol().to_string());
    let mut pty = start(&home, &["lab", "rate", "p.json"]);
    pty.shows("Hello from the fast");
    assert!(pty.screen().contains("Hello from the slow"), "{}", pty.screen());
    for hidden in ["fast-one", "slow-one", "200", "tok/s"] {
        assert!(!pty.screen().contains(hidden), "{hidden} is told too soon:\n{}", pty.screen());
    }
    // The score that the fast one gets must find its way to it, on whichever side it stands.
    let fast_left = pty
        .screen()
        .lines()
        .any(|line| line.find("from the fast") < line.find("from the slow") && line.contains("from the fast"));
    pty.press(if fast_left { "4" } else { "2" });
    pty.shows("of 5");
    assert_eq!(ratings(&path).len(), 1, "before anything else is pressed");
    pty.press(if fast_left { "2" } else { "4" });
    pty.shows("Pour it.");
    // The program is killed: what was given is there, and it goes on with the rest.
    signal("-KILL", pty.process());
    drop(pty);
    let mut pty = start(&home, &["lab", "rate", "p.json"]);
    pty.shows("Pour it.");
    pty.press("su3");
    pty.shows("Who was who");
    pty.shows("fast-one: 3.50 of 5 over 2 prompts");
    pty.press("q");
    assert_eq!(pty.end(), 0);
    let told = |engine, prompt: &str, score| (engine, prompt.to_owned(), Some(score), "ann".to_owned());
    assert_eq!(ratings(&path), [told(0, "greeting", 4), told(0, "jugs", 3), told(1, "greeting", 2)]);
    home.run(&["lab", "report", "p.json"]).says(0, &["3.50", "Ratings go from 1 to 5", "failed: connection reset"]);
    home.run(&["lab", "rate", "p.json"]).says(1, &["ratings need a screen"]);
}

/// The votes of the file, as lines.
fn votes(home: &Home) -> Vec<Value> {
    let text = std::fs::read_to_string(home.path().join("results/votes.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_recorded_race_is_voted_on_blind() {
    let home = Home::new();
    let recording = format!("{}/recordings/wafer-vs-lpu-sim.race", env!("CARGO_MANIFEST_DIR"));
    let mut pty = start(&home, &["lab", "vote", &recording]);
    pty.shows("BLIND VOTE");
    for hidden in ["Cerebras", "Groq", "tok/s"] {
        assert!(!pty.screen().contains(hidden), "{hidden} is told too soon:\n{}", pty.screen());
    }
    pty.press("a");
    pty.shows("Who was who");
    pty.shows("preferred: ");
    pty.press("u");
    pty.shows_no_more("Who was who");
    pty.press("=");
    pty.shows("neither preferred");
    pty.press("q");
    assert_eq!(pty.end(), 0);
    let choices: Vec<String> = votes(&home).iter().map(|vote| vote["choice"].as_str().unwrap().to_owned()).collect();
    assert_eq!((choices.len(), choices[1].as_str(), choices[2].as_str()), (3, "withdrawn", "tie"));
    let last = &votes(&home)[2];
    assert_eq!((&last["seen"], &last["rater"], &last["version"]), (&false.into(), &"ann".into(), &1.into()));
    assert_eq!(last["recording"].as_str(), Some(recording.as_str()));
    // Whoever has voted is not asked again; somebody else is, under whose name it is kept.
    let mut pty = start(&home, &["lab", "vote", &recording]);
    pty.shows("nothing to vote on");
    assert_eq!(pty.end(), 1);
    let mut pty = start(&home, &["lab", "vote", &recording, "--rater", "ben"]);
    pty.shows("BLIND VOTE");
    pty.press("b");
    pty.shows("Who was who");
    pty.press("\u{3}");
    pty.end();
    assert_eq!(votes(&home)[3]["rater"], "ben");
    // Two that said the very same can't be told apart by anybody.
    let same = format!("{}/recordings/llamacpp-vs-mistralrs-real.race", env!("CARGO_MANIFEST_DIR"));
    let mut pty = start(&home, &["lab", "vote", &same]);
    pty.shows("it has no two whole answers that differ");
    assert_eq!(pty.end(), 1);
    home.run(&["lab", "votes"]).says(0, &["2 votes of 2 people", "too few to tell", "Cerebras SIM", "strength"]);
    let told = home.run(&["lab", "votes", "-o", "json"]);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(
        (&told["votes"], &told["pairs"][0]["votes"], &told["pairs"][0]["ties"]),
        (&2.into(), &2.into(), &1.into())
    );
    assert!(told["pairs"][0]["speed_ratio"].is_number() && told["groups"][0].as_array().unwrap().len() == 2, "{told}");
}

#[test]
fn a_verdict_leads_to_a_vote_that_says_what_was_seen() {
    let home = Home::new();
    let recording = format!("{}/recordings/wafer-vs-lpu-sim.race", env!("CARGO_MANIFEST_DIR"));
    let mut pty = start(&home, &["replay", &recording]);
    pty.shows("REPLAY");
    pty.press("v");
    pty.shows("VERDICT");
    pty.press("V");
    pty.shows("BLIND VOTE");
    pty.shows("the race was watched, and the vote says so");
    pty.press("b");
    pty.shows("Who was who");
    pty.press("\u{1b}");
    pty.shows("VERDICT");
    pty.press("q");
    assert_eq!(pty.end(), 0);
    let [vote] = votes(&home).try_into().unwrap();
    assert_eq!((&vote["seen"], vote["left"].is_u64()), (&true.into(), true));
    let right = if vote["left"] == 0 { "second" } else { "first" };
    assert_eq!(vote["choice"], right, "B stands at the right");
    home.run(&["lab", "votes", "--blind-only"]).says(1, &["there are no votes"]);
}

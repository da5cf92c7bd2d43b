//! Quality beside speed with real processes: engines that are started, asked, scored and ended, and the verdict of a race that
//! knows what was measured. The engine is this test program itself, in a process of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use speed_kings::record::reader::read_file;

use crate::program::Home;

/// What names the port that the engine serves at.
const PORT: &str = "STAND_IN_PORT";
/// What a healthy engine says.
const PLAIN: &str = "Hello, I am a small model and glad to help: the sky looks blue because air scatters short waves of light \
     far more than the long ones do.";

/// A home whose catalogue has the engine `e`. What it says, how well it foresees a text, and whether it tells tokens as
/// llama.cpp's server does are settings.
fn home() -> Home {
    let home = Home::new();
    home.file("model.gguf", "GGUF");
    let program = std::env::current_exe().unwrap();
    let catalog = home.file("catalog.ron", format!(
        r#"(engines: [(id: "e", name: "Engine",
            command: [{program:?}, "--exact", "quality::the_engine", "--ignored", "--nocapture"], env: {{"{PORT}": "{{port}}"}},
            options: {{"words": (env: {{"STAND_IN_WORDS": "{{words}}"}}), "bits": (env: {{"STAND_IN_BITS": "{{bits}}"}}),
                "threads": (args: []), "llama": (env: {{"STAND_IN_LLAMA": "on"}}, switch: true)}},
            serves: (path: "/v1", ready: "/health", model: "m", ready_s: 60))])"#,
        program = program.to_str().unwrap(),
    ));
    home.with("SPEED_KINGS_CATALOG", catalog.to_str().unwrap())
}

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("STAND_IN_{name}")).ok()
}

#[test]
#[ignore = "the engine of the other tests, which start it in a process of its own"]
fn the_engine() {
    let port: u16 = std::env::var(PORT).expect("the port to serve at").parse().unwrap();
    let mut starts = std::fs::OpenOptions::new().create(true).append(true).open("starts").unwrap();
    writeln!(starts, "started").unwrap();
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    for stream in listener.incoming() {
        let stream = stream.unwrap();
        std::thread::spawn(move || answer(stream));
    }
}

/// One request and its answer; whoever hangs up is let go.
fn answer(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    loop {
        let (mut head, mut line) = (String::new(), String::new());
        while reader.read_line(&mut line).ok()? > 2 {
            head.push_str(&line.to_lowercase());
            line.clear();
        }
        let path = head.split_whitespace().nth(1)?.to_owned();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.and_then(|text| text.trim().parse().ok()).unwrap_or(0)];
        reader.read_exact(&mut body).ok()?;
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        if path == "/v1/chat/completions" {
            return say(&mut stream);
        }
        let (status, text) = match told(&path, &body) {
            Some(value) => (200, value.to_string()),
            None => (404, "{}".to_owned()),
        };
        let length = text.len();
        write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{text}"
        )
        .ok()?;
    }
}

fn told(path: &str, body: &Value) -> Option<Value> {
    let llama = setting("LLAMA").is_some();
    match path {
        "/health" => Some(json!({"status": "ok"})),
        "/v1/models" => Some(json!({"data": [{"id": "m", "object": "model"}]})),
        "/score" => {
            let (text, bits) = (body["text"].as_str()?, setting("BITS")?.parse::<f64>().ok()?);
            let bytes = u32::try_from(text.len()).unwrap();
            Some(json!({"nll": bits * std::f64::consts::LN_2 * f64::from(bytes), "tokens": bytes / 4}))
        }
        "/apply-template" if llama => {
            Some(json!({"prompt": format!("<user>{} ", body["messages"][0]["content"].as_str()?)}))
        }
        "/tokenize" if llama => {
            let words = body["content"].as_str()?.split_inclusive(' ');
            Some(json!({"tokens": words.map(|word| json!({"id": word.len(), "piece": word})).collect::<Vec<_>>()}))
        }
        "/completion" if llama => Some(json!({"completion_probabilities": [{"top_logprobs": [
            {"id": "glad ".len(), "logprob": -1.0}, {"id": "ready ".len(), "logprob": -1.125}]}]})),
        _ => None,
    }
}

/// Streams its answer word by word, as its settings have it.
fn say(stream: &mut TcpStream) -> Option<()> {
    let (words, pause) = match setting("WORDS").as_deref() {
        Some("junk") => ("and on ".repeat(40), Duration::from_millis(1)),
        Some("ready") => (PLAIN.replace("glad ", "ready "), Duration::from_millis(2)),
        _ => (PLAIN.to_owned(), Duration::from_millis(12)),
    };
    stream.write_all(b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n").ok()?;
    let mut event = |value: &str| stream.write_all(format!("data: {value}\n\n").as_bytes()).ok();
    for word in words.split_inclusive(' ') {
        event(&json!({"model": "m", "choices": [{"index": 0, "delta": {"content": word}}]}).to_string())?;
        std::thread::sleep(pause);
    }
    event(&json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}).to_string())?;
    let tokens = words.split_inclusive(' ').count();
    event(&json!({"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": tokens}}).to_string())?;
    event("[DONE]")
}

fn document(out: &str) -> Value {
    serde_json::from_str(out).unwrap()
}

#[test]
fn engines_are_compared_by_their_words_and_the_next_race_knows() {
    let home = home();
    let one = "e@model.gguf,words=plain,bits=1.1141,llama=on";
    let other = "e@model.gguf,words=ready,bits=1.2079";
    let ended = home.run(&["lab", "quality", one, other, "--prompts", "2", "-o", "json"]);
    ended.says(0, &["2 prompts, 2 engines, kept in results/quality/"]);
    let file = document(&ended.out);
    assert_eq!((&file["kind"], &file["version"], &file["text_bytes"]), (&"quality".into(), &1.into(), &1972.into()));
    let summaries = file["summaries"].as_array().unwrap();
    assert_eq!(
        (&summaries[0]["checks_passed"], &summaries[0]["checks"], &summaries[1]["exact"]),
        (&1.into(), &3.into(), &0.into())
    );
    assert!(summaries[1]["edit_likeness"].as_f64() > Some(0.9) && summaries[0]["edit_likeness"].is_null());
    let pair = &file["pairs"][0];
    assert!(pair["sentence"].as_str().unwrap().contains(" bits per byte (1."), "{pair}");
    let mut bits: Vec<String> =
        pair["bits_per_byte"].as_array().unwrap().iter().map(|bits| format!("{:.4}", bits.as_f64().unwrap())).collect();
    bits.sort();
    assert_eq!(bits, ["1.1141", "1.2079"]);
    // The second engine tells no tokens, so that the first was started once more.
    assert_eq!(std::fs::read_to_string(home.path().join("starts")).unwrap().lines().count(), 3);
    let parted = &file["engines"][1]["divergences"][0];
    assert_eq!((&parted["prompt"], &parted["common_words"]), (&"greeting".into(), &7.into()), "{parted}");
    let tokens = &parted["tokens"];
    assert_eq!(
        (&tokens["told_by"], &tokens["common_tokens"], &tokens["other"]["text"]),
        (&0.into(), &7.into(), &"glad ".into())
    );
    assert_eq!((&tokens["one"]["logprob"], &tokens["other"]["logprob"]), (&(-1.125).into(), &(-1.0).into()));

    let kept: Vec<_> = std::fs::read_dir(home.path().join("results/quality")).unwrap().flatten().collect();
    let path = kept.iter().map(std::fs::DirEntry::path).find(|path| path.extension().is_some_and(|end| end == "json"));
    let path = path.unwrap();
    home.run(&["lab", "report", path.to_str().unwrap()])
        .says(0, &["perplexity", "1.2079", "likeness", "0.12 near tie", "bits per byte (1.", "FNV-1a hash"]);

    // Other settings than those that change words are no matter; others are.
    let engines = format!("a=engine:{one},threads=2,b=engine:{other}");
    let raced = home.run(&["race", "--providers", &engines, "--prompt", "Hi"]);
    raced
        .says(0, &["% bits per byte (1.", ", measured 20", "1.1141 bits per byte, perplexity", "1.2079 bits per byte"]);
    let recording = read_file(&home.recordings()[0]).unwrap();
    let race = recording.race();
    let quality = race.lanes()[0].engine.as_ref().unwrap().quality.as_ref().unwrap();
    assert_eq!((&*quality.text_hash, quality.missed), (file["text_fnv1a64"].as_str().unwrap(), 0));
    let unknown = home.run(&["race", "--providers", "a=engine:e@model.gguf,b=engine:e@model.gguf", "--prompt", "Hi"]);
    unknown.says(0, &[]);
    assert!(!unknown.out.contains("bits per byte"), "{}", unknown.out);
}

#[test]
fn an_answer_that_repeats_itself_is_told_on_the_verdict() {
    let home = home();
    let engines = "junk=engine:e@model.gguf,words=junk,plain=engine:e@model.gguf,words=plain";
    let raced = home.run(&["race", "--providers", engines, "--prompt", "Hi"]);
    raced.says(0, &["repeats itself (its last 80 words go round in a loop)"]);
    let asked =
        ["lab", "quality", "e@model.gguf,words=plain,bits=1", "e@model.gguf,words=junk,bits=1", "--out", "kept"];
    let ended = home.run(&asked);
    ended.says(0, &["9 of 9", "and equally good within 1 %"]);
    // Whoever was faster is told first; on a busy machine that may be either.
    let told =
        ["worse: 9 of 9 answers repeat themselves, against 0", "better: 0 of 9 answers repeat themselves, against 9"];
    assert!(told.iter().any(|told| ended.out.contains(told)), "{}", ended.out);
    assert!(home.path().join("kept/quality").is_dir());
}

#[test]
fn answers_are_held_against_a_reference() {
    let home = home();
    home.file("good.jsonl", format!("{}\n", json!({"prompt": "greeting", "text": PLAIN})));
    home.file("bad.json", r#"[{"prompt": "nothing", "text": "x"}]"#);
    let asked = ["lab", "quality", "e@model.gguf,bits=1", "--prompts", "2", "--reference"];
    home.run(&[&asked[..], &["good.jsonl"]].concat()).says(0, &["Held against the reference's answers", "1.000"]);
    home.run(&[&asked[..], &["bad.json"]].concat()).says(1, &["unknown prompt 'nothing'", "greeting, factorial"]);
    home.run(&[&asked[..], &["none.json"]].concat()).says(1, &["the reference none.json"]);
}

#[test]
fn an_engine_that_tells_no_probabilities_is_told_so_and_one_that_dies_is_no_verdict() {
    let home = home();
    let ended = home.run(&["lab", "quality", "e@model.gguf", "--prompts", "1"]);
    ended.says(0, &["tells no probabilities of a given text", "N/A", "1 of 1"]);
    home.run(&["lab", "quality", "e@nothing.gguf"]).says(2, &["there is no model file"]);
    let catalog = r#"(engines: [(id: "e", name: "Engine", command: ["sh", "-c", "echo no memory >&2; exit 7"],
        serves: (path: "/v1", ready: "/health", model: "m", ready_s: 60))])"#;
    let path = home.file("dying.ron", catalog);
    let dying =
        Home::new().with("PATH", std::env::var("PATH").unwrap()).with("SPEED_KINGS_CATALOG", path.to_str().unwrap());
    dying.file("model.gguf", "GGUF");
    dying.run(&["lab", "quality", "e@model.gguf", "--prompts", "1"]).says(3, &["no memory"]);
}

#[test]
fn what_llama_perplexity_printed_is_a_row() {
    let home = home();
    let printed = "perplexity: calculating perplexity over 655 chunks, n_ctx=512, batch_size=2048, n_seq=4\n\
        [1]4.1671,[2]4.7427,\nFinal estimate: PPL = 6.1234 +/- 0.01234\n";
    home.file("ppl.txt", printed);
    home.file("cut.txt", "[1]4.1671,[2]4.7427,");
    home.run(&["lab", "perplexity", "--from", "ppl.txt"])
        .says(0, &["llama-perplexity (655 chunks of 512 tokens)", "6.1234 ± 0.0123", "N/A", "unknown hash"]);
    let both = home.run(&["lab", "perplexity", "e@model.gguf,bits=1.5", "--from", "ppl.txt", "-o", "json"]);
    both.says(0, &[]);
    let list = document(&both.out);
    let [read, asked] = [&list["engines"][0], &list["engines"][1]];
    assert_eq!(
        (&read["text_known"], &read["perplexity_error"], &read["tokens"]),
        (&false.into(), &0.012_34.into(), &Value::Null)
    );
    assert_eq!((&asked["text_known"], &asked["missed"]), (&true.into(), &0.into()));
    assert!(asked["bits_per_byte"].as_f64().is_some_and(|bits| (bits - 1.5).abs() < 1e-9), "{asked}");
    home.run(&["lab", "perplexity", "--from", "cut.txt"]).says(1, &["cut.txt", "Final estimate"]);
    home.run(&["lab", "perplexity"]).says(2, &["required"]);
}

//! Servers that refuse, redirect, compress or answer elsewhere, over real sockets: what the user is told of each.
//! Where a key goes is part of it: to its own host, and to no other that a server or a proxy setting names.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use speed_kings::provider::Dialect;
use speed_kings::provider::http::HttpContestant;
use speed_kings::race::event::{EventKind, FailureKind, LaneFailure, TextChannel};
use speed_kings::race::lane::LaneState;
use speed_kings::sim::{CUSTOM, Options, Simulator};
use speed_kings::time::Period;

use crate::help::{Run, http_contestant};
use crate::peer::{peer, raw, reply, stream, witness};
use crate::program::Home;

/// Over at once.
const QUICK: &str = "ttft_ms:5,tok_s:4000,tokens:20,jitter:0";

fn failure(http_contestant: HttpContestant) -> LaneFailure {
    let run = Run::of(vec![http_contestant]);
    run.race.lanes()[0].state.failure().unwrap_or_else(|| panic!("{:?}", run.race.lanes()[0].state)).clone()
}

fn hint(failure: &LaneFailure) -> &str {
    failure.hint.as_deref().unwrap_or_default()
}

/// An answer with one more header.
fn with_header(answer: &str, header: &str) -> String {
    answer.replacen("\r\n", &format!("\r\n{header}\r\n"), 1)
}

#[test]
fn two_refused_fields_are_left_out_one_after_the_other() {
    let url = peer(|asked| {
        let refused = |field: &str| {
            let body = format!(
                r#"{{"error":{{"message":"Unsupported parameter: '{field}' is not supported with this model.","param":"{field}"}}}}"#
            );
            reply(400, "application/json", &body)
        };
        match ["\"max_tokens\"", "\"temperature\""].iter().find(|field| asked.body.contains(*field)) {
            Some(field) => refused(field.trim_matches('"')),
            None => stream("fine"),
        }
    });
    let mut asked = http_contestant(&url);
    asked.request.temperature = Some(0.0);
    let run = Run::of(vec![asked.clone()]);
    let lane = &run.race.lanes()[0];
    assert_eq!((&lane.state, lane.retries), (&LaneState::Finished, 2));
    assert_eq!(lane.transcript().of(TextChannel::Answer), "fine");
    let sent = run.events.iter().filter(|event| matches!(event.kind, EventKind::Sent)).map(|event| event.at);
    assert_eq!(lane.marks.sent, sent.max(), "its clock starts with the request that was taken");
    let again = Run::of(vec![asked]);
    assert_eq!((&again.race.lanes()[0].state, again.race.lanes()[0].retries), (&LaneState::Finished, 0), "remembered");
}

#[test]
fn lanes_of_one_server_learn_side_by_side() {
    let url = peer(|asked| {
        if asked.body.contains("\"seed\"") {
            return reply(
                422,
                "application/json",
                r#"{"detail":[{"loc":["body","seed"],"msg":"Extra inputs are not permitted"}]}"#,
            );
        }
        stream("fine")
    });
    let mut asked = http_contestant(&url);
    asked.request.seed = Some(7);
    let run = Run::of(vec![asked.clone(), asked.clone(), asked]);
    assert!(
        run.race.lanes().iter().all(|lane| lane.state == LaneState::Finished),
        "what one learned is no riddle to another"
    );
}

#[test]
fn a_wait_in_milliseconds_or_in_the_body_is_kept() {
    for (header, body) in [
        ("retry-after-ms: 20", "slow down"),
        ("x-ratelimit-reset-tokens: 20ms", "slow down"),
        ("x-none: 1", "Please try again in 0.02s. Need more?"),
    ] {
        let count = AtomicUsize::new(0);
        let url = peer(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => {
                with_header(&reply(429, "application/json", &format!(r#"{{"error":{{"message":"{body}"}}}}"#)), header)
            }
            _ => stream("at last"),
        });
        let run = Run::of(vec![HttpContestant { wait: true, ..http_contestant(&url) }]);
        let waits: Vec<_> = run
            .events
            .iter()
            .filter_map(|event| match event.kind {
                EventKind::Waiting(wait) => Some(wait),
                _ => None,
            })
            .collect();
        assert_eq!(waits, [Period::from_millis(20)], "{header} {body}");
    }
}

#[test]
fn what_waiting_cannot_help_is_not_waited_for() {
    for (status, body, kind, words) in [
        (
            413,
            r#"{"error":{"message":"Request too large on tokens per minute (TPM): Limit 12000, Requested 14137","type":"tokens","code":"rate_limit_exceeded"}}"#,
            FailureKind::RateLimited,
            "Lower --max-tokens by 2137",
        ),
        (
            429,
            r#"{"error":{"message":"insufficient balance (1008)","type":"insufficient_balance_error"}}"#,
            FailureKind::Payment,
            "balance is empty",
        ),
        (
            402,
            r#"{"error":{"message":"This request requires more credits. You requested up to 4096 tokens, but can only afford 2000.","code":402}}"#,
            FailureKind::Payment,
            "--max-tokens 2000",
        ),
        (
            400,
            r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: na***ys."}"#,
            FailureKind::Auth,
            "SOME_API_KEY was refused",
        ),
        (
            400,
            r#"{"error":{"message":"seed-1.6 is not a valid model ID","code":400}}"#,
            FailureKind::NotFound,
            "--model",
        ),
    ] {
        let count = Arc::new(AtomicUsize::new(0));
        let asked = Arc::clone(&count);
        let url = peer(move |_| {
            asked.fetch_add(1, Ordering::SeqCst);
            reply(status, "application/json", body)
        });
        let mut http_contestant = HttpContestant { wait: true, ..http_contestant(&url) };
        http_contestant.request.seed = Some(1);
        let failure = failure(http_contestant);
        assert_eq!((failure.kind, count.load(Ordering::SeqCst)), (kind, 1), "{body}");
        assert!(hint(&failure).contains(words), "{failure:?}");
    }
}

#[test]
fn a_redirect_is_told_and_never_followed() {
    for status in [301, 302, 303, 307, 308] {
        let reached = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&reached);
        let elsewhere = witness(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
            stream("stolen")
        });
        let to = format!("{elsewhere}/v1/chat/completions?token=canary1");
        let moved = witness(move |_| with_header(&reply(status, "text/plain", ""), &format!("location: {to}")));
        let failure = failure(http_contestant(&format!("{moved}/v1")));
        assert_eq!((failure.kind, failure.status), (FailureKind::Protocol, Some(status)));
        assert!(failure.message.ends_with(&format!("moved to {elsewhere}/v1/chat/completions")), "{failure:?}");
        assert_eq!(hint(&failure), format!("use that address: {elsewhere}/v1"));
        assert_eq!(reached.load(Ordering::SeqCst), 0, "{status}: neither prompt nor key goes on");
    }
}

#[test]
fn a_wrong_path_is_told_with_the_address_that_was_meant() {
    for (dialect, base, path, meant) in [
        (Dialect::OpenAi, "", "/chat/completions", "/v1"),
        (Dialect::OpenAi, "/v1/chat/completions", "/v1/chat/completions/chat/completions", "/v1"),
        (Dialect::Ollama, "/v1", "/v1/api/chat", ""),
    ] {
        let server = witness(|_| reply(404, "application/json", r#"{"detail":"Not Found"}"#));
        let failure = failure(HttpContestant { dialect, ..http_contestant(&format!("{server}{base}")) });
        assert_eq!(&*failure.message, format!("nothing at {path}: Not Found"), "{base}");
        assert!(hint(&failure).contains(&format!("try {server}{meant}")), "{failure:?}");
    }
    let server = peer(|_| reply(404, "application/json", r#"{"error":{"message":"The model `m` does not exist"}}"#));
    let failure = failure(http_contestant(&server));
    assert!(hint(&failure).contains("is 'm' still served there?"), "{failure:?}");
}

#[test]
fn check_tries_the_address_that_was_meant() {
    let server = witness(|asked| match asked.place() {
        "v1" => reply(200, "application/json", r#"{"data":[{"id":"m"}]}"#),
        _ => reply(404, "text/plain", "404 page not found"),
    });
    let home = Home::new();
    home.run(&["check", &format!("a={server}")]).says(1, &[&format!("{server}/v1 answers: use that address")]);
    let list = format!("a={server}/v1/chat/completions");
    home.run(&["check", &list]).says(1, &["the address ends in /chat/completions"]);
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn packed(status: u16, encoding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} X\r\ncontent-encoding: {encoding}\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

#[test]
fn what_comes_compressed_is_read_or_named() {
    let whole = stream("fine");
    let events = whole.split_once("\r\n\r\n").unwrap().1.to_owned();
    let run = Run::of(vec![http_contestant(&raw(move |_| packed(200, "gzip", &gzip(&events))))]);
    assert_eq!(run.race.lanes()[0].transcript().of(TextChannel::Answer), "fine");
    let notices = run.events.iter().filter_map(|event| match &event.kind {
        EventKind::Notice(told) => Some(told.to_string()),
        _ => None,
    });
    let told = "the answer came compressed (gzip) and was decoded: text may have been held back for it";
    assert_eq!(notices.collect::<Vec<_>>(), [told], "once");
    // It stays with the results, and reports of them say so.
    let events = whole.split_once("\r\n\r\n").unwrap().1.to_owned();
    let server = format!("mine={}", raw(move |_| packed(200, "gzip", &gzip(&events))));
    let home = Home::new();
    let args = ["benchmark", "--providers", &server, "--model", "m", "--prompt", "hi", "-i", "2", "--yes"];
    home.run(&[&args[..], &["-o", "table"]].concat()).says(0, &[told, "(2 of 2 runs)"]);
    let both = format!("{server},{}", server.replace("mine", "other"));
    home.run(&["race", "--providers", &both, "--model", "m", "--prompt", "hi"]).says(0, &[told]);
    let recording = home.recordings()[0].display().to_string();
    home.run(&["inspect", &recording]).says(0, &["Told of them", told]);
    home.run(&["inspect", "--json", &recording]).says(0, &[told]);
    home.run(&["export", &recording, "--to", "race.md"]).says(0, &[]);
    assert!(std::fs::read_to_string(home.path().join("race.md")).unwrap().contains(&format!("mine: {told}.")));
    let refused = failure(http_contestant(&raw(|_| packed(401, "gzip", &gzip(r#"{"error":{"message":"bad key"}}"#)))));
    assert_eq!((refused.kind, &*refused.message), (FailureKind::Auth, "bad key"));
    for status in [200, 401] {
        let unknown = failure(http_contestant(&raw(move |_| packed(status, "compress", b"\x1f\x9d\x80noise"))));
        assert!(unknown.message.contains("compressed (compress)") && !unknown.message.contains("noise"), "{unknown:?}");
    }
}

#[test]
fn nothing_on_this_machine_goes_through_a_proxy() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let proxy = witness(move |_| {
        count.fetch_add(1, Ordering::SeqCst);
        stream("overheard")
    });
    let simulator = Simulator::start(Options::default()).unwrap();
    let url = simulator.base_url_with(CUSTOM, QUICK).replace(',', "\\,");
    let home =
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].into_iter().fold(Home::new(), |home, name| home.with(name, &proxy));
    let ended = home.run(&[
        "race",
        "--providers",
        &format!("a={url},b={url}"),
        "--model",
        "m",
        "--prompt",
        "hi",
        "--no-record",
    ]);
    ended.says(0, &["racing a vs b"]);
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[test]
fn a_proxy_that_is_out_of_reach_is_named() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let home = Home::new().with("GROQ_API_KEY", "gsk_canary0123456789").with("HTTPS_PROXY", format!("http://{free}"));
    home.run(&["check", "groq"]).says(1, &[&format!("the proxy {free} (HTTPS_PROXY) refused the connection")]);
    let home = Home::new().with("GROQ_API_KEY", "gsk_canary0123456789").with("ALL_PROXY", "socks5h://127.0.0.1:9");
    home.run(&["check", "groq"]).says(1, &["the proxy 127.0.0.1:9 (ALL_PROXY) is not reached"]);
}

#[test]
fn each_key_goes_to_its_own_host() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let note = Arc::clone(&seen);
    let server = witness(move |asked| {
        note.lock().unwrap().push((asked.place().to_owned(), asked.header("authorization").map(str::to_owned)));
        stream("fine")
    });
    let home = Home::new()
        .with("OPENAI_COMPATIBLE_API_KEY", "canary-of-nobody")
        .with("A_API_KEY", "\u{feff}\"Bearer canary-of-a\"")
        .with("GROQ_API_KEY", "canary-of-groq")
        .with("GROQ_BASE_URL", server.replacen("http://", "", 1) + "/groq/v1");
    let race = |names: &str| home.run(&["race", "--providers", names, "--model", "m", "--prompt", "hi", "--no-record"]);
    let ended = race(&format!("a={server}/a/v1,my b={server}/b/v1,groq"));
    ended.says(
        0,
        &[
            "OPENAI_COMPATIBLE_API_KEY is no longer sent to NAME=URL contestants; set MY_B_API_KEY",
            "GROQ_API_KEY is sent to 127.0.0.1",
            "(GROQ_BASE_URL), not to api.groq.com",
        ],
    );
    let seen = seen.lock().unwrap();
    for (place, key) in [("a", Some("Bearer canary-of-a")), ("b", None), ("groq", Some("Bearer canary-of-groq"))] {
        let keys: Vec<_> = seen.iter().filter(|(at, _)| at == place).map(|(_, key)| key.as_deref()).collect();
        assert!(!keys.is_empty() && keys.iter().all(|sent| *sent == key), "{place}: {keys:?}");
    }
}

#[test]
fn a_key_that_cannot_be_one_is_refused_before_anything_is_sent() {
    let home =
        Home::new().with("GROQ_API_KEY", "gsk-canary 0123456789").with("CEREBRAS_API_KEY", "csk-canary-0123456789");
    let ended = home.run(&["race", "--providers", "cerebras,groq", "--no-record"]);
    ended.says(2, &["GROQ_API_KEY holds characters that no key can have"]);
    assert!(!ended.out.contains("canary"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_prompt_or_a_catalogue() {
    let bodies = Arc::new(Mutex::new(String::new()));
    let note = Arc::clone(&bodies);
    let server = witness(move |asked| {
        note.lock().unwrap().push_str(&asked.body);
        stream("fine")
    });
    let catalog = format!(
        "\u{feff}(providers: [(id: \"mine\", name: \"Mine\", hardware: \"local\", base_url: \"{server}/v1\", local: true)])"
    );
    let home = Home::new();
    let path = home.file("mine.ron", catalog);
    let home = home.with("SPEED_KINGS_CATALOG", path.to_string_lossy());
    home.file("bom.txt", "\u{feff}Why is the sky blue?");
    let ended = home.run(&[
        "race",
        "--providers",
        "mine,mine",
        "--model",
        "m",
        "--size",
        "bom.txt",
        "--allow-cache",
        "--no-record",
    ]);
    ended.says(0, &["racing"]);
    let bodies = bodies.lock().unwrap();
    assert!(
        bodies.contains("Why is the sky blue?") && !bodies.contains('\u{feff}') && !bodies.contains("ufeff"),
        "{bodies}"
    );
}

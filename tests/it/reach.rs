//! APIs of every kind through the built program: where each is asked, in what words, with which headers.
//! What an answer in each dialect means is tested beside its reader; here is only what goes over the wire.

use std::sync::{Arc, Mutex};

use speed_kings::provider::Dialect;
use speed_kings::sim::{CUSTOM, Options, Simulator};

use crate::peer::{Asked, reply, stream, witness};
use crate::program::Home;

/// What a test key looks like: long enough to be looked for.
const KEY: &str = "canary-0123456789";

/// A server that answers whoever posts with `answer`, and what it was asked: target, its headers of `names`, body.
fn listener(names: &'static [&'static str], answer: String) -> (String, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let url = witness(move |asked: &Asked| {
        let headers = names.iter().map(|name| asked.header(name).unwrap_or("none")).collect::<Vec<_>>().join(" ");
        told.lock().unwrap().push(format!("{} {headers} {}", asked.target(), asked.body));
        if asked.body.is_empty() { reply(404, "application/json", "{}") } else { answer.clone() }
    });
    (url, heard)
}

fn home(variable: &str, url: &str, key: &str) -> Home {
    Home::new().with(variable, url).with(key, KEY)
}

/// Measures `provider` once with the model `m`; gives what was heard by the server.
fn heard(home: &Home, provider: &str, heard: &Mutex<Vec<String>>) -> (String, String) {
    let run = ["benchmark", "--providers", provider, "--models", "m", "-i", "1", "--warmup", "0", "--prompt", "hi"];
    let args = [&run[..], &["--max-tokens", "50", "--yes"]].concat();
    home.run(&args).says(0, &[]);
    let heard = heard.lock().unwrap();
    let asked = |posted: bool| heard.iter().find(|line| line.ends_with('}') == posted).cloned().unwrap_or_default();
    (asked(false), asked(true))
}

#[test]
fn an_azure_deployment_is_asked_as_the_catalogue_says() {
    let (url, told) = listener(&["api-key", "authorization"], stream("fine"));
    let home = home("AZURE_OPENAI_BASE_URL", &url, "AZURE_OPENAI_API_KEY");
    let (models, answer) = heard(&home, "azure-openai", &told);
    assert_eq!(models, format!("/openai/deployments?api-version=2024-10-21 {KEY} none "));
    let target = "/openai/deployments/m/chat/completions?api-version=2024-10-21";
    assert!(answer.starts_with(&format!("{target} {KEY} none {{")), "{answer}");
    assert!(answer.contains("\"max_completion_tokens\":50"), "{answer}");
}

#[test]
fn a_bedrock_region_is_asked_as_openai_is() {
    let (url, told) = listener(&["authorization"], stream("fine"));
    let home = home("BEDROCK_BASE_URL", &format!("{url}/openai/v1"), "AWS_BEARER_TOKEN_BEDROCK");
    let (_, answer) = heard(&home, "bedrock", &told);
    assert!(answer.starts_with(&format!("/openai/v1/chat/completions Bearer {KEY} {{")), "{answer}");
}

#[test]
fn anthropic_is_asked_in_its_own_way() {
    let events = r#"{"type":"content_block_delta","delta":{"type":"text_delta","text":"fine"}}
        {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":3,"output_tokens":1}}
        {"type":"message_stop"}"#;
    let body: String = events.lines().flat_map(|line| ["data: ", line.trim(), "\n\n"]).collect();
    let (url, told) =
        listener(&["x-api-key", "anthropic-version", "authorization"], reply(200, "text/event-stream", &body));
    let home = home("ANTHROPIC_BASE_URL", &format!("{url}/v1"), "ANTHROPIC_API_KEY");
    let (models, answer) = heard(&home, "anthropic", &told);
    assert_eq!(models, format!("/v1/models {KEY} 2023-06-01 none "));
    assert!(answer.starts_with(&format!("/v1/messages {KEY} 2023-06-01 none {{")), "{answer}");
    assert!(answer.contains("\"max_tokens\":50") && !answer.contains("stream_options"), "{answer}");
}

#[test]
fn gemini_is_asked_with_the_model_in_the_path() {
    let chunk = r#"data: {"candidates":[{"content":{"parts":[{"text":"fine"}]},"finishReason":"STOP"}]}"#;
    let stream = reply(200, "text/event-stream", &format!("{chunk}\r\n\r\n"));
    let (url, told) = listener(&["x-goog-api-key", "authorization"], stream);
    let home = home("GEMINI_BASE_URL", &format!("{url}/v1beta"), "GEMINI_API_KEY");
    let (models, answer) = heard(&home, "gemini", &told);
    assert_eq!(models, format!("/v1beta/models?pageSize=1000 {KEY} none "));
    assert!(answer.starts_with(&format!("/v1beta/models/m:streamGenerateContent?alt=sse {KEY} none {{")), "{answer}");
    assert!(answer.contains("\"maxOutputTokens\":50") && answer.matches(KEY).count() == 1, "{answer}");
}

#[test]
fn the_newer_api_of_openai_is_asked_in_its_own_words() {
    let body = [
        "{\"type\":\"response.output_text.delta\",\"delta\":\"fine\"}",
        "{\"type\":\"response.completed\",\"response\":{}}",
    ];
    let body: String = body.iter().flat_map(|event| ["data: ", event, "\n\n"]).collect();
    let (url, told) = listener(&["authorization"], reply(200, "text/event-stream", &body));
    let home = home("OPENAI_RESPONSES_BASE_URL", &format!("{url}/v1"), "OPENAI_API_KEY");
    let (_, answer) = heard(&home, "openai-responses", &told);
    assert!(answer.starts_with(&format!("/v1/responses Bearer {KEY} {{")), "{answer}");
    assert!(answer.contains("\"max_output_tokens\":50") && answer.contains("\"input\":\""), "{answer}");
}

#[test]
fn an_address_that_only_the_user_knows_is_asked_for() {
    let home = Home::new().with("AZURE_OPENAI_API_KEY", KEY);
    let said = ["AZURE_OPENAI_BASE_URL is not set", "https://{resource}.openai.azure.com"];
    home.run(&["race", "--providers", "azure-openai,azure-openai", "--models", "m"]).says(2, &said);
    home.run(&["check", "azure-openai"]).says(1, &said);
}

#[test]
fn every_dialect_is_checked_and_measured_against_the_simulator() {
    let simulator = Simulator::start(Options { seed: 7, ..Options::default() }).unwrap();
    for dialect in Dialect::ALL {
        let url = simulator.url_with(dialect, CUSTOM, "ttft_ms:5,tok_s:4000,tokens:40,jitter:0,reasoning:0.25");
        let name = dialect.as_str();
        let file = format!(
            r#"(providers: [(id: "mine", name: "Mine", hardware: "local", local: true, dialect: "{name}", base_url: "{url}")])"#
        );
        let home = Home::new().with("MINE_MODEL", CUSTOM);
        let path = home.file("mine.ron", file);
        let home = home.with("SPEED_KINGS_CATALOG", path.to_str().unwrap());
        home.run(&["check", "mine", "--output", "json"]).says(0, &["\"model_listed\":true"]);
        home.run(&["benchmark", "--providers", "mine", "-i", "1", "--warmup", "0", "--yes"]).says(0, &["Mine"]);
    }
}

/// A server of messages alone, and what it was asked, with these headers.
fn messages(names: &'static [&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&heard);
    let url = witness(move |asked: &Asked| match asked.target() {
        "/v1/models" => reply(200, "application/json", r#"{"data":[{"id":"m"}]}"#),
        "/v1/messages" if asked.body == "{}" => reply(400, "application/json", r#"{"error":{"message":"model"}}"#),
        "/v1/messages" => {
            let headers = names.iter().map(|name| asked.header(name).unwrap_or("none")).collect::<Vec<_>>().join(" ");
            told.lock().unwrap().push(format!("{headers} {}", asked.body));
            let events = r#"{"type":"content_block_delta","delta":{"text":"fine"}}
                {"type":"message_delta","delta":{"stop_reason":"end_turn"}}"#;
            let body: String = events.lines().flat_map(|line| ["data: ", line.trim(), "\n\n"]).collect();
            reply(200, "text/event-stream", &body)
        }
        _ => reply(404, "text/plain", "404 page not found"),
    });
    (url, heard)
}

#[test]
fn check_finds_out_what_a_server_speaks() {
    let (url, _) = messages(&[]);
    let named = format!("a={url}/v1");
    let told = ["does not answer as OpenAI chat completions but as Anthropic Messages", "--set a.dialect=anthropic"];
    Home::new().run(&["check", &named]).says(1, &told);
    Home::new().run(&["check", &named, "--set", "a.dialect=anthropic"]).says(0, &["yes"]);
    Home::new().run(&["check", &named, "--set", "b.dialect=anthropic"]).says(2, &["the contestants are a"]);
    let simulator = Simulator::start(Options::default()).unwrap();
    let url = simulator.base_url(CUSTOM);
    let root = url.trim_end_matches("/v1");
    let all = format!(
        "OpenAI chat completions, Ollama at {root}, Anthropic Messages, OpenAI Responses, OpenAI completions, Gemini at {root}/v1beta"
    );
    Home::new().run(&["check", &format!("a={url}")]).says(0, &[&all]);
}

#[test]
fn keys_may_be_in_a_file() {
    let (url, told) = listener(&["authorization"], stream("fine"));
    let home = Home::new().with("GROQ_BASE_URL", format!("{url}/v1"));
    home.file(".env", format!("# mine\nexport GROQ_API_KEY='{KEY}'\nGROQ_BASE_URL=http://127.0.0.1:1/v1\n"));
    let args = ["--env-file", "benchmark", "--providers", "groq", "--models", "m", "-i", "1", "--warmup", "0", "--yes"];
    let said = ["from .env: GROQ_API_KEY; the environment's own GROQ_BASE_URL stands over the file's"];
    let ended = home.run(&[&args[..], &["--prompt", "hi"]].concat());
    ended.says(0, &said);
    assert!(
        told.lock().unwrap().iter().any(|line| line.contains(&format!("Bearer {KEY} {{"))) && !ended.out.contains(KEY)
    );
    home.run(&["check", "groq", "--env-file=other.env"]).says(2, &["cannot read the variables in other.env"]);
    home.file("other.env", "no variable canary\n");
    home.run(&["check", "groq", "--env-file=other.env"]).says(2, &["line 1 is not NAME=value"]);
}

#[test]
fn what_is_set_for_one_goes_to_it_alone_and_is_kept_and_compared() {
    let (url, told) = messages(&["x-title", "x-api-key"]);
    let home = Home::new().with("MY_KEY", KEY);
    let providers = format!("a={url}/v1,b={url}/v1");
    let set = [
        "a.dialect=anthropic",
        "b.dialect=anthropic",
        "a.header.X-Title=secret-canary",
        "a.body.thinking.type=disabled",
        "a.key_env=MY_KEY",
        "a.model=first",
    ];
    let set: Vec<&str> = set.iter().flat_map(|setting| ["--set", setting]).collect();
    let args = ["race", "--providers", &providers, "--prompt", "hi"];
    let ended = home.run(&[&args[..], &set].concat());
    ended.says(0, &["same settings", "a: body.thinking.type=disabled, dialect=anthropic; b: dialect=anthropic"]);
    let heard = told.lock().unwrap().clone();
    let of =
        |start: &str| heard.iter().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{heard:?}")).clone();
    let (a, b) = (of(&format!("secret-canary {KEY} ")), of("none none "));
    assert!(a.contains(r#""thinking":{"type":"disabled"}"#) && a.contains(r#""model":"first""#), "{a}");
    assert!(!b.contains("thinking") && !b.contains("first"), "{b}");
    let recording = std::fs::read_to_string(&home.recordings()[0]).unwrap();
    assert!(
        recording.contains(r#""settings":["body.thinking.type=disabled","dialect=anthropic","header.x-title"]"#),
        "{recording}"
    );
    assert!(!recording.contains("secret-canary") && !ended.out.contains("secret-canary"));
    // A variable that is named and not set is no key that was forgotten quietly.
    let unset = [&args[..], &["--set", "a.key_env=OTHER_KEY"]].concat();
    home.run(&unset).says(2, &["OTHER_KEY is not set"]);
}

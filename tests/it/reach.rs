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

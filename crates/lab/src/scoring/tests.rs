//! Servers on loopback that answer as engines do, each in its own form.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use super::*;

/// A server that answers each path and body as `answer` says, and 404 where it says nothing; it lives as long as the test.
/// Gives its address.
pub(crate) fn server(answer: impl Fn(&str, &Value) -> Option<Value> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (path, body) = request(&mut stream);
            let (status, text) = match answer(&path, &body) {
                Some(value) => ("200 OK", value.to_string()),
                None => ("404 Not Found", r#"{"detail":"Not Found"}"#.to_owned()),
            };
            let length = text.len();
            write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{text}").unwrap();
        }
    });
    format!("http://{place}")
}

fn request(stream: &mut TcpStream) -> (String, Value) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    let path = head.split_whitespace().nth(1).unwrap().to_owned();
    (path, serde_json::from_slice(&body).unwrap_or_default())
}

pub(crate) fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn scored(root: &str) -> Result<TextLikelihood, ScoringError> {
    run(likelihood(root, "Hello, I", |_, _| {}))
}

fn close(found: &TextLikelihood, nll: f64) -> bool {
    (found.nll - nll).abs() < 1e-9
}

#[test]
fn answers_are_read_in_both_forms() {
    assert_eq!(whole_score(&json!({"nll": 12.5, "tokens": 10})), Some((12.5, 10)));
    assert_eq!(whole_score(&json!({"nll": null, "tokens": 10})), None);
    assert_eq!(token_ids(&json!({"tokens": [1, 504, 2]})), Some(vec![1, 504, 2]));
    assert_eq!(token_ids(&json!({"tokens": ["a"]})), None);
    let answer = json!({"completion_probabilities": [{"top_logprobs": [
        {"id": 7, "logprob": -0.25}, {"id": 9, "logprob": -3.0}]}]});
    let next = told(&answer).unwrap();
    assert_eq!(candidate(next, 9), Some(-3.0));
    assert_eq!(candidate(next, 8), None, "outside of what is told");
    assert_eq!(told(&json!({"content": "x"})), None);
}

#[test]
fn the_own_text_is_prose_of_two_thousand_bytes() {
    assert!((1_800..2_600).contains(&OWN_TEXT.len()) && OWN_TEXT.is_ascii(), "{}", OWN_TEXT.len());
}

#[test]
fn a_whole_score_is_taken_first() {
    let root = server(|path, _| (path == "/score").then(|| json!({"nll": 12.5, "tokens": 10})));
    let found = scored(&root).unwrap();
    assert_eq!((found.tokens, found.missed, found.bytes), (10, 0, 8));
    assert!(close(&found, 12.5));
}

/// What llama.cpp's server answers: the likeliest next tokens, all of them where so many are asked for.
fn llama(path: &str, body: &Value) -> Option<Value> {
    match path {
        "/tokenize" => Some(json!({"tokens": [1, 2, 3]})),
        "/completion" => {
            let mut told = vec![json!({"id": 2, "logprob": -0.5})];
            if body["n_probs"].as_u64() > Some(200) && body["prompt"] != json!([1]) {
                told.push(json!({"id": 3, "logprob": -9.0}));
            }
            Some(json!({"completion_probabilities": [{"top_logprobs": told}]}))
        }
        _ => None,
    }
}

#[test]
fn llama_cpp_is_asked_token_by_token_and_for_all_where_the_own_is_not_among_the_first() {
    let found = scored(&server(llama)).unwrap();
    assert_eq!((found.tokens, found.missed), (2, 0));
    assert!(close(&found, 9.5));
    let found = scored(&server(|path, body| {
        llama(path, body).map(|answer| if path == "/tokenize" { json!({"tokens": [1, 2, 8]}) } else { answer })
    }));
    assert_eq!(found.map(|found| (found.tokens, found.missed)), Ok((1, 1)));
    let short = server(|path, _| (path == "/tokenize").then(|| json!({"tokens": [1]})));
    assert_eq!(scored(&short), Err(ScoringError::TooShort));
}

/// What vLLM answers: it tokenizes a `prompt` and no `content`, and wants the name of its model.
fn vllm(path: &str, body: &Value) -> Option<Value> {
    let named = body["model"] == "org/model";
    match path {
        "/v1/models" => {
            Some(json!({"object": "list", "data": [{"id": "org/model", "object": "model", "owned_by": "vllm"}]}))
        }
        "/tokenize" if named && body["prompt"].is_string() => {
            Some(json!({"count": 3, "max_model_len": 2048, "tokens": [15043, 29892, 306]}))
        }
        "/v1/completions" if named && body["prompt_logprobs"] == 1 => Some(json!({
            "id": "cmpl-1", "object": "text_completion", "model": "org/model",
            "choices": [{"index": 0, "text": " am", "logprobs": null, "finish_reason": "length", "stop_reason": null,
                "prompt_logprobs": [
                    null,
                    {"29892": {"logprob": -1.5, "rank": 2, "decoded_token": ","},
                     "29991": {"logprob": -0.25, "rank": 1, "decoded_token": "!"}},
                    {"306": {"logprob": -2.0, "rank": 1, "decoded_token": " I"}},
                ]}],
            "usage": {"prompt_tokens": 3, "total_tokens": 4, "completion_tokens": 1}
        })),
        _ => None,
    }
}

#[test]
fn vllm_tells_all_tokens_of_a_prompt_at_once() {
    let found = scored(&server(vllm)).unwrap();
    assert_eq!((found.tokens, found.missed, found.bytes), (2, 0, 8));
    assert!(close(&found, 3.5), "{found:?}");
    let found = scored(&server(|path, body| {
        let mut answer = vllm(path, body)?;
        if path == "/v1/completions" {
            answer["choices"][0]["prompt_logprobs"][2] = json!({"9": {"logprob": -0.1, "rank": 1}});
        }
        Some(answer)
    }));
    assert_eq!(found.map(|found| (found.tokens, found.missed)), Ok((1, 1)), "its own token is not told");
}

#[test]
fn a_server_that_echoes_is_read_where_there_is_nothing_better() {
    let echoes = |path: &str, body: &Value| {
        (path == "/v1/completions").then(|| {
            if body["echo"] != true {
                return json!({"choices": [{"text": " am", "logprobs": null}]});
            }
            json!({"choices": [{"text": "Hello, I am", "logprobs": {"text_offset": [0, 5, 6, 8],
                "token_logprobs": [null, -1.0, -2.0, -0.5], "tokens": ["Hello", ",", " I", " am"]}}]})
        })
    };
    let found = scored(&server(echoes)).unwrap();
    assert_eq!((found.tokens, found.missed), (2, 0));
    assert!(close(&found, 3.0));
}

#[test]
fn a_server_that_tells_nothing_is_told_so() {
    let ignores = |path: &str, _: &Value| {
        (path == "/v1/completions").then(|| json!({"choices": [{"text": " am", "logprobs": null}]}))
    };
    assert_eq!(scored(&server(ignores)), Err(ScoringError::NoWay));
    // It tokenizes, but tells no probabilities: what failed is told.
    let half = server(|path, _| (path == "/tokenize").then(|| json!({"tokens": [1, 2, 3]})));
    assert!(matches!(scored(&half), Err(ScoringError::Failed(why)) if why.contains("404")));
    assert!(scored("http://127.0.0.1:1").is_err());
}

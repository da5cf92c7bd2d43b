//! The key never comes back out: whatever a server does with it, no event, recording or failure shows it.
//! The server here has been told the key, as every server is, and says it again in every place it can.

use speed_kings::provider::secret::MASK;
use speed_kings::race::event::{FailureKind, TextChannel};
use speed_kings::race::lane::LaneState;

use crate::help::{CANARY, Run, http_contestant};
use crate::peer::{peer, reply};

/// Serves an answer made of the `authorization` header; gives the base URL.
fn echo(answer: fn(&str) -> String) -> String {
    peer(move |asked| answer(asked.header("authorization").unwrap()))
}

fn refusal(key: &str) -> String {
    let body = format!(r#"{{"error":{{"message":"Incorrect API key: {key}","code":"{key}"}}}}"#);
    reply(401, "application/json", &body)
}

fn page(key: &str) -> String {
    reply(500, "text/html", &format!("<html><title>500 for {key}</title></html>"))
}

/// Every place of a stream that holds text of the server's.
fn stream(key: &str) -> String {
    let events = [
        format!(r#"{{"model":"{key}","choices":[{{"index":0,"delta":{{"content":"you are {key}"}}}}]}}"#),
        format!(r#"{{"choices":[{{"index":0,"delta":{{"reasoning":"I was told {key}"}}}}]}}"#),
        key.chars()
            .map(|letter| format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{letter}"}}}}]}}"#))
            .collect::<Vec<_>>()
            .join("\n\ndata: "),
        format!(r#"{{"choices":[{{"index":0,"delta":{{"refusal":"not for {key}"}}}}]}}"#),
        format!(r#"{{"cut {key}"#),
        format!(r#"{{"choices":[{{"index":0,"delta":{{}},"finish_reason":"{key}"}}]}}"#),
        "[DONE]".to_owned(),
    ];
    let body = events.map(|event| format!("data: {event}\n\n")).concat();
    let reply = reply(200, "text/event-stream", &body);
    reply.replacen("\r\n", &format!("\r\nx-region: {key}\r\nserver: {key}\r\n"), 1)
}

fn stream_error(key: &str) -> String {
    let body = format!("event: error\ndata: {{\"error\":{{\"message\":\"no more for {key}\"}}}}\n\n");
    reply(200, "text/event-stream", &body)
}

#[test]
fn a_key_that_is_sent_back_is_masked_wherever_it_comes() {
    let answers: [fn(&str) -> String; 4] = [refusal, page, stream, stream_error];
    let run = Run::of(answers.map(|answer| http_contestant(&echo(answer))).to_vec());
    run.check_secrecy("echo");
    run.check_recording("echo");
    let [refused, page, streamed, failed] = run.race.lanes() else { unreachable!("four lanes") };
    for lane in [refused, page, failed] {
        let failure = lane.state.failure().unwrap();
        assert!(failure.message.contains("for") || failure.message.contains("key"), "{failure:?}");
    }
    // Its last words are a refusal, with the key in it.
    assert!(
        matches!(&streamed.state, LaneState::Failed(failure) if failure.kind == FailureKind::Refusal),
        "{streamed:?}"
    );
    // The proof that the servers really were told the key, and said it.
    assert_eq!(streamed.transcript().of(TextChannel::Answer), format!("you are Bearer {MASK}Bearer canary0{MASK}"));
}

#[test]
fn neither_a_request_nor_what_holds_it_shows_the_key() {
    let http_contestant = http_contestant("http://127.0.0.1:1/v1");
    assert!(!format!("{http_contestant:?}").contains(CANARY));
    let connection = speed_kings::provider::http::LaneConnection::prepare(http_contestant).unwrap();
    assert!(!format!("{connection:?}").contains(CANARY));
}

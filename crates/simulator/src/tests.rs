//! The simulator over real sockets, seen by the plainest of clients.
//! Nothing here looks at a clock but the one test of the rate, which reads the simulator's own log.

use std::io::{self, BufRead, BufReader, Read, Write as _};
use std::net::TcpStream;
use std::thread;

use super::*;

/// A pace at which no test waits for anything.
const FAST: &str = "ttft_ms:0,tok_s:1000000,tokens:40,jitter:0";

const ASK: &str = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}"#;

fn simulator() -> Simulator {
    let entrants = [("groq".to_owned(), StreamProfile::default())].into();
    Simulator::start(Options { entrants, ..Options::default() }).unwrap()
}

struct Client {
    reader: BufReader<TcpStream>,
}

struct Reply {
    head: String,
    /// The body's chunks, as they were framed.
    chunks: Vec<Vec<u8>>,
    end: io::Result<()>,
}

impl Reply {
    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    fn text(&self) -> String {
        String::from_utf8(self.chunks.concat()).unwrap()
    }
}

impl Client {
    fn new(simulator: &Simulator) -> Self {
        Self { reader: BufReader::new(TcpStream::connect(simulator.addr()).unwrap()) }
    }

    fn send(&mut self, method: &str, path: &str, body: &str) {
        let head = format!("{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
        self.reader.get_mut().write_all(format!("{head}{body}").as_bytes()).unwrap();
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Reply {
        self.send(method, path, body);
        self.reply()
    }

    fn chat(&mut self, settings: &str) -> Reply {
        self.ask("POST", &format!("/groq/{FAST},{settings}/v1/chat/completions"), ASK)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.reader.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line),
        }
    }

    fn reply(&mut self) -> Reply {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head += &self.line().unwrap();
        }
        let mut chunks = Vec::new();
        let end = self.body(&head, &mut chunks);
        Reply { head, chunks, end }
    }

    fn body(&mut self, head: &str, chunks: &mut Vec<Vec<u8>>) -> io::Result<()> {
        if let Some(rest) = head.split("content-length: ").nth(1) {
            let mut body = vec![0; rest.lines().next().unwrap().parse().unwrap()];
            self.reader.read_exact(&mut body)?;
            chunks.push(body);
            return Ok(());
        }
        loop {
            let len = usize::from_str_radix(self.line()?.trim_end(), 16).unwrap();
            let mut chunk = vec![0; len + 2];
            self.reader.read_exact(&mut chunk)?;
            chunk.truncate(len);
            if len == 0 {
                return Ok(());
            }
            chunks.push(chunk);
        }
    }
}

#[test]
fn a_connection_is_used_again_and_every_reply_names_the_simulator() {
    let simulator = simulator();
    let mut client = Client::new(&simulator);
    let replies = [
        client.ask("GET", "/health", ""),
        client.ask("GET", "/groq/v1/models", ""),
        client.chat(""),
        client.ask("GET", "/nobody/v1/models", ""),
        client.ask("DELETE", "/health", ""),
        client.ask("POST", "/groq/warp:9/v1/chat/completions", ASK),
        client.ask("POST", "/groq/v1/chat/completions", "{"),
        client.chat("status:429"),
        client.chat(""),
    ];
    let statuses: Vec<_> = replies.iter().map(Reply::status).collect();
    assert_eq!(statuses, ["200", "200", "200", "404", "405", "400", "400", "429", "200"]);
    for reply in &replies {
        assert!(reply.end.is_ok() && reply.head.contains(&format!("server: {SERVER}\r\n")), "{}", reply.head);
    }
    assert!(replies[2].head.contains(&format!("{TOKEN_HEADER}: 40\r\n")));
    assert_eq!(replies[2].text(), replies[8].text());
    assert!(replies[2].text().ends_with("data: [DONE]\n\n"));
}

#[test]
fn one_reply_is_given_when_no_stream_is_wanted() {
    let simulator = simulator();
    let body = ASK.replace("true", "false");
    let path = format!("/custom/{FAST},reasoning:0.5/v1/chat/completions");
    let reply = Client::new(&simulator).ask("POST", &path, &body);
    let json: serde_json::Value = serde_json::from_str(&reply.text()).unwrap();
    assert!(json.pointer("/choices/0/message/content").unwrap().as_str().unwrap().len() > 40);
    assert_eq!(json.pointer("/usage/completion_tokens").unwrap(), 40);
    assert_eq!(json.pointer("/usage/completion_tokens_details/reasoning_tokens").unwrap(), 20);
}

#[test]
fn errors_come_in_the_shape_and_with_the_wait_that_was_set() {
    let simulator = simulator();
    let mut client = Client::new(&simulator);
    let limited = client.chat("retry_after:2,error_body:flat");
    assert!(limited.status() == "429" && limited.head.contains("retry-after: 2\r\n"));
    assert!(limited.text().starts_with("{\"code\""));
    let page = client.chat("status:502,error_body:html");
    assert!(page.head.contains("content-type: text/html") && page.text().starts_with("<html>"));
}

#[test]
fn bounds_are_kept_with_a_clean_error() {
    let simulator = simulator();
    for (request, status) in [
        ("POST /groq/v1/chat/completions HTTP/1.1\r\ncontent-length: 99999999\r\n\r\nabc", "413"),
        ("nonsense\r\n\r\n", "400"),
    ] {
        let mut client = Client::new(&simulator);
        client.reader.get_mut().write_all(request.as_bytes()).unwrap();
        let reply = client.reply();
        assert_eq!(reply.status(), status);
        assert!(reply.text().starts_with("{\"error\""));
    }
}

#[test]
fn a_reset_is_seen_as_a_reset() {
    let simulator = simulator();
    let reply = Client::new(&simulator).chat("reset_after:20");
    assert_eq!(reply.end.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_closed_stream_lacks_its_end() {
    let simulator = simulator();
    let reply = Client::new(&simulator).chat("close_after:20");
    assert_eq!(reply.text().matches("data: ").count(), 21);
    assert_eq!(reply.end.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn a_split_stream_breaks_inside_characters_and_is_whole_again() {
    let simulator = simulator();
    let mut client = Client::new(&simulator);
    let text = "text:%E8%A8%88%E6%B8%AC%20caf%C3%A9";
    let (whole, split) = (client.chat(text), client.chat(&format!("{text},split:1")));
    assert!(split.chunks.iter().all(|chunk| chunk.len() == 1));
    assert!(split.chunks.iter().any(|chunk| std::str::from_utf8(chunk).is_err()));
    assert!(whole.text().contains('計') && whole.text() == split.text());
}

#[test]
fn lines_comments_and_the_end_marker_are_as_set() {
    let simulator = simulator();
    let mut client = Client::new(&simulator);
    let text = client.chat("crlf,comments,no_done").text();
    assert!(text.starts_with(": keep-alive\r\n\r\ndata: {"));
    assert!(text.matches(": keep-alive").count() == 6 && !text.contains("[DONE]"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn errors_and_damage_come_inside_a_stream_that_is_whole() {
    let simulator = simulator();
    let mut client = Client::new(&simulator);
    let failed = client.chat("error_after:5");
    assert!(failed.end.is_ok() && failed.text().contains("event: error\n") && !failed.text().contains("[DONE]"));
    let damaged = client.chat("garbage_after:5");
    assert!(damaged.end.is_ok() && damaged.text().ends_with("data: [DONE]\n\n"));
    let tail = client.chat("truncated_json");
    assert!(tail.end.is_ok() && !tail.text().ends_with('\n'));
}

#[test]
fn what_never_ends_ends_with_the_simulator() {
    let simulator = simulator();
    let (mut hung, mut stalled) = (Client::new(&simulator), Client::new(&simulator));
    hung.send("POST", "/groq/hang/v1/chat/completions", ASK);
    stalled.send("POST", &format!("/groq/{FAST},stall_after:0/v1/chat/completions"), ASK);
    // The head of the stalled one shows that the request was taken.
    assert!(stalled.line().unwrap().starts_with("HTTP/1.1 200"));
    let addr = simulator.addr();
    drop(simulator);
    let mut rest = Vec::new();
    let _ = stalled.reader.read_to_end(&mut rest);
    assert!(!String::from_utf8_lossy(&rest).contains("\r\n0\r\n"));
    assert!(hung.line().is_err());
    let again = Simulator::start(Options { addr, ..Options::default() }).unwrap();
    assert_eq!(again.addr(), addr);
}

#[test]
fn there_is_a_last_seat() {
    let simulator = simulator();
    let mut seated: Vec<_> = (0..MAX_CONNECTIONS).map(|_| Client::new(&simulator)).collect();
    for client in &mut seated {
        assert_eq!(client.ask("GET", "/health", "").status(), "200");
    }
    assert_eq!(Client::new(&simulator).ask("GET", "/health", "").status(), "503");
}

#[test]
fn base_urls_are_where_the_entrants_are() {
    let entrants = [("a/b c".to_owned(), StreamProfile::default())].into();
    let simulator = Simulator::start(Options { entrants, ..Options::default() }).unwrap();
    let origin = format!("http://{}", simulator.addr());
    for url in [simulator.base_url("a/b c"), simulator.base_url_with("a/b c", "tok_s:9")] {
        let path = format!("{}/models", url.strip_prefix(&origin).unwrap());
        assert_eq!(Client::new(&simulator).ask("GET", &path, "").status(), "200", "{url}");
    }
}

/// Two streams that run side by side, as the log has them.
fn two_streams(tok_s: u32, tokens: u32) -> Vec<AnswerDelivery> {
    let simulator = simulator();
    let settings = format!("/groq/ttft_ms:20,tok_s:{tok_s},tokens:{tokens}/v1/chat/completions");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| assert!(Client::new(&simulator).ask("POST", &settings, ASK).end.is_ok()));
        }
    });
    simulator.log()
}

#[test]
fn two_fast_streams_keep_their_pace() {
    // A loaded machine may spoil an attempt; it can't make a wrong pace right three times.
    let right = |rates: &Vec<f64>| rates.len() == 2 && rates.iter().all(|rate| (rate / 2_650.0 - 1.0).abs() < 0.01);
    let attempt = |_| two_streams(2_650, 700).iter().filter_map(AnswerDelivery::tok_s).collect();
    let attempts: Vec<Vec<f64>> = (0..3).map(attempt).take_while(|rates| !right(rates)).collect();
    assert!(attempts.len() < 3, "{attempts:?}");
}

//! A server of a few lines that answers as a test wants: for what the simulator, which behaves, doesn't do.
//! It speaks HTTP/1.1 with kept connections on loopback, for the rest of the test.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::Arc;

/// A request as it came.
pub(crate) struct Asked {
    pub(crate) head: String,
    /// Its body.
    pub(crate) body: String,
}

impl Asked {
    /// The first part of its path.
    pub(crate) fn place(&self) -> &str {
        self.head.split('/').nth(1).unwrap_or_default()
    }

    /// What is asked for: path and query.
    pub(crate) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Serves; gives the base URL. A GET, by which connections are warmed, gets an empty object.
pub(crate) fn peer(answer: impl Fn(&Asked) -> String + Send + Sync + 'static) -> String {
    let warming = |asked: &Asked| asked.head.starts_with("GET");
    let url = witness(move |asked| if warming(asked) { reply(200, "application/json", "{}") } else { answer(asked) });
    format!("{url}/v1")
}

/// Serves; gives the address without a path. Every request is for `answer`.
pub(crate) fn witness(answer: impl Fn(&Asked) -> String + Send + Sync + 'static) -> String {
    raw(move |asked| answer(asked).into_bytes())
}

/// The same for answers that are no text.
pub(crate) fn raw(answer: impl Fn(&Asked) -> Vec<u8> + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // One that hangs up early is not waited for.
            std::thread::spawn(move || serve(&stream, &*answer));
        }
    });
    url
}

/// Answers the requests of one connection, whatever it is made of.
pub(crate) fn serve<S>(stream: S, answer: &dyn Fn(&Asked) -> Vec<u8>) -> Option<()>
where
    S: std::io::Read + Write,
{
    let mut reader = BufReader::new(stream);
    loop {
        let asked = next_asked(&mut reader)?;
        reader.get_mut().write_all(&answer(&asked)).ok()?;
        reader.get_mut().flush().ok()?;
    }
}

/// The next request of a connection; nothing when there is none.
pub(crate) fn next_asked(reader: &mut impl BufRead) -> Option<Asked> {
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).ok()? > 2 {
        head.push_str(&line);
        line.clear();
    }
    if head.is_empty() {
        return None;
    }
    let mut asked = Asked { head, body: String::new() };
    let length = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    asked.body = String::from_utf8(body).ok()?;
    Some(asked)
}

/// A whole response.
pub(crate) fn reply(status: u16, kind: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// A whole stream that says `text`.
pub(crate) fn stream(text: &str) -> String {
    let events = [
        format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{text}"}}}}]}}"#),
        r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#.to_owned(),
        "[DONE]".to_owned(),
    ];
    reply(200, "text/event-stream", &events.map(|event| format!("data: {event}\n\n")).concat())
}

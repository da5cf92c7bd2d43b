//! What the benches' own writers share: a process of its own, and the requests that come to it, read by hand so that nothing of the
//! program is in what it is measured against.

#![allow(dead_code, unreachable_pub, clippy::expect_used, reason = "each bench takes what it needs")]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read as _, sink};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// How a stream begins.
pub const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
/// The answer to whoever asks for models, which warms a connection.
pub const MODELS: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";
/// The last events of a stream.
pub const LAST: &[u8] =
    b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

/// This program again, as a writer in a process of its own. It ends when it is dropped.
pub struct WriterProcess {
    process: Child,
    /// Where it listens.
    pub address: String,
}

impl WriterProcess {
    /// Starts it with a variable that says what it is to do.
    pub fn start(name: &str, value: impl AsRef<OsStr>) -> Self {
        let own = std::env::current_exe().expect("this program");
        let mut process = Command::new(own).env(name, value).stdout(Stdio::piped()).spawn().expect("a process");
        let mut address = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut address).expect("its address");
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for WriterProcess {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says where it listens, and gives each connection to `answer` on a thread of its own, until it is killed.
#[expect(clippy::print_stdout, reason = "it is how the address is told")]
pub fn serve(answer: impl Fn(TcpStream) -> std::io::Result<()> + Clone + Send + 'static) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("its address"));
    for connection in listener.incoming().flatten() {
        let answer = answer.clone();
        // Whoever goes away early is none of the writer's business.
        std::thread::spawn(move || answer(connection));
    }
}

/// The first line of the next request, which is read to its end; nothing where there is none.
pub fn next_request(input: &mut BufReader<TcpStream>) -> std::io::Result<Option<String>> {
    let (mut line, mut first, mut length) = (String::new(), None, 0);
    while input.read_line(&mut line)? > 2 {
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        first.get_or_insert_with(|| line.clone());
        line.clear();
    }
    std::io::copy(&mut input.by_ref().take(length), &mut sink())?;
    Ok(first)
}

/// `body` as one chunk.
pub fn chunk(body: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", body.len()).into_bytes();
    chunk.extend_from_slice(body);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

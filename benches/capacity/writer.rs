//! The writer of the capacity bench: a process of its own that sends one answer to whoever asks, as fast as it is taken.
//! Each token is an event of its own in a chunk of its own, as most servers send it.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// Tells the process that it is to write, and how many tokens.
const TOKENS: &str = "SPEED_KINGS_BENCH_WRITES";
/// Tokens that are written at once.
const AT_ONCE: usize = 256;
const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const MODELS: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"data\":[]}";

/// How many tokens this process is to write, if it is a writer.
pub(crate) fn asked() -> Option<u32> {
    std::env::var(TOKENS).ok()?.parse().ok()
}

/// A writer in a process of its own. It ends when it is dropped.
pub(crate) struct Writer {
    process: Child,
    /// Where it listens.
    pub(crate) address: String,
}

impl Writer {
    /// Starts one that answers with so many tokens.
    pub(crate) fn start(tokens: u32) -> Self {
        let own = std::env::current_exe().expect("this program");
        let mut command = Command::new(own);
        command.env(TOKENS, tokens.to_string()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("a process");
        let mut address = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut address).expect("its address");
        Self { process, address: address.trim().to_owned() }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // One that has ended by itself needs no end.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Answers until it is killed.
pub(crate) fn serve(tokens: u32) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    println!("{}", listener.local_addr().expect("its address"));
    for connection in listener.incoming().flatten() {
        // Whoever goes away early is none of the writer's business.
        std::thread::spawn(move || answer(connection, tokens));
    }
}

fn answer(mut connection: TcpStream, tokens: u32) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = BufReader::new(connection.try_clone()?);
    let block: Vec<u8> = (0..AT_ONCE).flat_map(|_| chunk(&event())).collect();
    let one = chunk(&event());
    loop {
        let (mut line, mut length, mut asks) = (String::new(), 0, false);
        while input.read_line(&mut line)? > 2 {
            asks |= line.starts_with("POST");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
            line.clear();
        }
        if line.is_empty() {
            return Ok(());
        }
        std::io::copy(&mut input.by_ref().take(length), &mut std::io::sink())?;
        if !asks {
            connection.write_all(MODELS)?;
            continue;
        }
        connection.write_all(HEAD)?;
        let tokens = usize::try_from(tokens).unwrap_or(usize::MAX);
        for _ in 0..tokens / AT_ONCE {
            connection.write_all(&block)?;
        }
        for _ in 0..tokens % AT_ONCE {
            connection.write_all(&one)?;
        }
        connection.write_all(&chunk(LAST))?;
        connection.write_all(b"0\r\n\r\n")?;
    }
}

const LAST: &[u8] = b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

fn event() -> Vec<u8> {
    let json = r#"{"id":"chatcmpl-5f2a0c9d41","object":"chat.completion.chunk","created":1796031600,"model":"bench-model","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}"#;
    format!("data: {json}\n\n").into_bytes()
}

fn chunk(body: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", body.len()).into_bytes();
    chunk.extend_from_slice(body);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

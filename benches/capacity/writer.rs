//! The writer of the capacity bench: a process of its own that sends one answer to whoever asks, as fast as it is taken.
//! Each token is an event of its own in a chunk of its own, as most servers send it.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;

use super::server::{HEAD, LAST, MODELS, WriterProcess, chunk, next_request, serve};

/// Tells the process that it is to write, and how many tokens.
const TOKENS: &str = "SPEED_KINGS_BENCH_WRITES";
/// Tokens that are written at once.
const AT_ONCE: usize = 256;

/// How many tokens this process is to write, if it is a writer.
pub(crate) fn asked() -> Option<u32> {
    std::env::var(TOKENS).ok()?.parse().ok()
}

/// Starts one that answers with so many tokens.
pub(crate) fn start(tokens: u32) -> WriterProcess {
    WriterProcess::start(TOKENS, tokens.to_string())
}

/// Answers until it is killed.
pub(crate) fn run(tokens: u32) {
    serve(move |connection| answer(connection, tokens));
}

fn answer(mut connection: TcpStream, tokens: u32) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = BufReader::new(connection.try_clone()?);
    let block: Vec<u8> = (0..AT_ONCE).flat_map(|_| chunk(&event())).collect();
    let one = chunk(&event());
    while let Some(request) = next_request(&mut input)? {
        if !request.starts_with("POST") {
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
    Ok(())
}

fn event() -> Vec<u8> {
    let json = r#"{"id":"chatcmpl-5f2a0c9d41","object":"chat.completion.chunk","created":1796031600,"model":"bench-model","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}]}"#;
    format!("data: {json}\n\n").into_bytes()
}

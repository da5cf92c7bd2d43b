//! The writer of the memory bench: a process of its own that sends tokens one at a time at an even pace, each in an event, a chunk
//! and a write of its own, so that whoever keeps up has a read for each.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use super::server::{HEAD, LAST, MODELS, WriterProcess, chunk, next_request, serve};

/// Tells the process that it is to write, and how many tokens at which pace.
const PACE: &str = "SPEED_KINGS_BENCH_PACE";
/// Pieces of text as tokenizers cut it, 4.5 bytes on average.
const WORDS: [&str; 8] = [" the", " race", " is", " on", ": 計", " token", "s", " stream"];

/// How many tokens this process is to write, at how many a second, if it is a writer.
pub(crate) fn asked() -> Option<(u32, f64)> {
    let pace = std::env::var(PACE).ok()?;
    let (tokens, tok_s) = pace.split_once(',')?;
    Some((tokens.parse().ok()?, tok_s.parse().ok()?))
}

/// Starts one that answers with so many tokens at so many a second.
pub(crate) fn start(tokens: u32, tok_s: f64) -> WriterProcess {
    WriterProcess::start(PACE, format!("{tokens},{tok_s}"))
}

/// Answers until it is killed.
pub(crate) fn run((tokens, tok_s): (u32, f64)) {
    serve(move |connection| answer(connection, tokens, tok_s));
}

fn answer(mut connection: TcpStream, tokens: u32, tok_s: f64) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut input = BufReader::new(connection.try_clone()?);
    let pieces = WORDS.map(|word| chunk(&event(word)));
    while let Some(request) = next_request(&mut input)? {
        let asked = Instant::now();
        if !request.starts_with("POST") {
            connection.write_all(MODELS)?;
            continue;
        }
        connection.write_all(HEAD)?;
        for (number, piece) in (0..tokens).zip(pieces.iter().cycle()) {
            let due = Duration::from_secs_f64(f64::from(number) / tok_s);
            std::thread::sleep(due.saturating_sub(asked.elapsed()));
            connection.write_all(piece)?;
        }
        connection.write_all(&chunk(LAST))?;
        connection.write_all(b"0\r\n\r\n")?;
    }
    Ok(())
}

fn event(word: &str) -> Vec<u8> {
    let json = format!(r#"{{"choices":[{{"index":0,"delta":{{"content":"{word}"}},"finish_reason":null}}]}}"#);
    format!("data: {json}\n\n").into_bytes()
}

//! What the program is held against: readers that do nothing but read, and nothing but read and parse.

use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::thread::{available_parallelism, scope};
use std::time::Instant;

use serde::Deserialize;

use crate::ReadCost;
use crate::server::WriterProcess;

const REQUEST: &[u8] = b"POST /v1/chat/completions HTTP/1.1\r\nhost: bench\r\ncontent-length: 2\r\n\r\n{}";
const BUFFER: usize = 64 * 1024;
/// The last chunk of a body.
const END: &[u8] = b"\r\n0\r\n\r\n";

/// Reads everything and looks at nothing but the end: as fast as the writer can write.
pub(crate) fn drain(writer: &WriterProcess, streams: u8, tokens: u32) -> ReadCost {
    read(writer, streams, tokens, || {
        move |bytes: &[u8]| {
            // The end may be cut: enough is kept to see it whole.
            if bytes.ends_with(END) { (bytes.len(), tokens) } else { (bytes.len().saturating_sub(END.len()), 0) }
        }
    })
}

/// Reads everything and parses the text out of each event.
pub(crate) fn parse(writer: &WriterProcess, streams: u8, tokens: u32) -> ReadCost {
    read(writer, streams, tokens, || parsed)
}

#[derive(Deserialize)]
struct BareChunk<'a> {
    #[serde(borrow)]
    choices: [BareChoice<'a>; 1],
}

#[derive(Deserialize)]
struct BareChoice<'a> {
    #[serde(borrow)]
    delta: BareDelta<'a>,
}

#[derive(Deserialize)]
struct BareDelta<'a> {
    #[serde(borrow)]
    content: Option<&'a str>,
}

/// How many bytes were whole lines, and how many of those held text.
fn parsed(bytes: &[u8]) -> (usize, u32) {
    let (mut from, mut tokens) = (0, 0);
    while let Some(length) = bytes.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let line = bytes.get(from..from + length).unwrap_or_default();
        from += length + 1;
        let Some(json) = line.strip_prefix(b"data: {") else { continue };
        let json = line.get(line.len() - json.len() - 1..).unwrap_or_default();
        let chunk: BareChunk<'_> = serde_json::from_slice(json).expect("a chunk");
        let [choice] = &chunk.choices;
        tokens += u32::from(choice.delta.content.is_some());
    }
    (from, tokens)
}

/// Reads all streams with as many threads as there are processors, `take` says what it has used of the bytes and how many
/// tokens those held.
fn read<T: FnMut(&[u8]) -> (usize, u32)>(
    writer: &WriterProcess,
    streams: u8,
    tokens: u32,
    take: impl Fn() -> T + Sync,
) -> ReadCost {
    let threads = available_parallelism().map_or(1, usize::from).min(usize::from(streams));
    ReadCost::of(f64::from(streams) * f64::from(tokens), || {
        let connect = |_| TcpStream::connect(&writer.address).expect("the writer");
        let mut all: Vec<TcpStream> = (0..streams).map(connect).collect();
        let begun = Instant::now();
        scope(|scope| {
            for part in all.chunks_mut(usize::from(streams).div_ceil(threads)) {
                let take = &take;
                scope.spawn(move || read_all(part, tokens, take));
            }
        });
        begun.elapsed()
    })
}

/// Reads some streams on this thread, whichever has something.
fn read_all<T: FnMut(&[u8]) -> (usize, u32)>(streams: &mut [TcpStream], tokens: u32, take: &impl Fn() -> T) {
    let mut open: Vec<(&mut TcpStream, T, Vec<u8>, u32)> = Vec::new();
    for stream in streams {
        stream.write_all(REQUEST).expect("the writer");
        open.push((stream, take(), Vec::new(), 0));
    }
    let mut buffer = vec![0; BUFFER];
    while !open.is_empty() {
        wait(&open.iter().map(|(stream, ..)| &**stream).collect::<Vec<_>>());
        open.retain_mut(|(stream, take, left, seen)| {
            stream.set_nonblocking(true).expect("a socket");
            match stream.read(&mut buffer) {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => true,
                Err(error) => panic!("the writer: {error}"),
                Ok(0) => panic!("the writer has gone"),
                Ok(read) => {
                    left.extend_from_slice(buffer.get(..read).unwrap_or_default());
                    let (used, found) = take(left);
                    left.drain(..used);
                    *seen += found;
                    *seen < tokens
                }
            }
        });
    }
}

/// Until one of them can be read.
fn wait(streams: &[&TcpStream]) {
    use rustix::event::{PollFd, PollFlags, poll};
    let mut all: Vec<PollFd<'_>> = streams.iter().map(|stream| PollFd::new(*stream, PollFlags::IN)).collect();
    poll(&mut all, None).expect("the streams");
}

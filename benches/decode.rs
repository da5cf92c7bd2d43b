//! How fast a stream's bytes become frames, and how fast they become events.
//! The stream is what the simulator's dialect looks like; the sizes are those of network reads, down to the worst.

mod common;

use std::fmt::Write as _;

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use speed_kings::provider::{Dialect, ProviderQuirks, ReplyReader};
use speed_kings::sse::SseDecoder;

const CHUNKS: u32 = 20_000;
const READS: [usize; 3] = [16 << 10, 1 << 10, 1];

fn main() {
    divan::main();
}

/// One chunk for each token, then usage and the end.
fn stream() -> Vec<u8> {
    let head = r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1782950400,"model":"llama-3.1-8b","#;
    let mut stream = String::new();
    for index in 0..CHUNKS {
        let text = common::word(index).replace('\n', "\\n");
        let choice = format!(r#""choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}]}}"#);
        let _ = write!(stream, "data: {head}{choice}\n\n");
    }
    let usage = format!(r#""usage":{{"prompt_tokens":100,"completion_tokens":{CHUNKS},"total_tokens":0}}"#);
    let _ = write!(stream, "data: {head}\"choices\":[],{usage}}}\n\ndata: [DONE]\n\n");
    stream.into_bytes()
}

#[divan::bench(args = READS)]
fn sse(bencher: Bencher<'_, '_>, read: usize) {
    let stream = stream();
    bencher.counter(BytesCount::new(stream.len())).counter(ItemsCount::new(CHUNKS + 2)).bench(|| {
        let (mut decoder, mut frames) = (SseDecoder::default(), 0_u32);
        for bytes in stream.chunks(read) {
            decoder.feed(bytes, &mut |frame| {
                black_box(frame);
                frames += 1;
            });
        }
        assert_eq!(frames, CHUNKS + 2);
    });
}

#[divan::bench(args = READS)]
fn openai_reader(bencher: Bencher<'_, '_>, read: usize) {
    let stream = stream();
    let events = || {
        let (mut reader, mut events) = (ReplyReader::new(Dialect::OpenAi, &ProviderQuirks::default()), Vec::new());
        let mut count = 0;
        for bytes in stream.chunks(read) {
            reader.feed(bytes, &mut events);
            count += events.len();
            // The client sends them on after each read.
            events.clear();
        }
        reader.finish(&mut events);
        count + events.len()
    };
    bencher.counter(BytesCount::new(stream.len())).counter(ItemsCount::new(events())).bench(events);
}

//! The `chat/completions` dialect, and the older `completions`: server-sent events whose data is one chunk each, as all providers vary it.
//! A server that answers with one JSON object instead of a stream is read as well.

mod chunk;
mod trouble;
mod usual;

use serde::Deserialize;
use serde_json::Value;

use crate::provider::body_form::{self, BodyForm, HEAD, not_a_stream, protocol};
use crate::provider::delta::items;
use crate::provider::lenient_json::LenientObject;
use crate::provider::openai::chunk::OpenAiChunk;
use crate::provider::openai::trouble::failure;
use crate::provider::openai::usual::{UsualChunk, UsualPiece};
use crate::provider::stream::ReplyStream;
use crate::provider::timing::timing;
use crate::provider::usage::usage;
use crate::provider::{Dialect, error, escape_halves, foreign, lenient_json};
use crate::sse::{self, SseFrame};
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure, ServerTiming, TextChannel};

/// Longest reply that is taken in one piece instead of a stream, in bytes.
const MAX_WHOLE: usize = 2 << 20;

type Out = Vec<EventKind>;

#[derive(Debug)]
pub(super) struct OpenAiReader {
    decoder: sse::SseDecoder,
    chunks: OpenAiChunks,
    body: ChunkBody,
}

/// What the body has shown itself to be.
#[derive(Debug)]
enum ChunkBody {
    /// Nothing but white space so far.
    Blank,
    /// A stream, it seems; its beginning is kept in case it is not.
    Stream { head: Vec<u8> },
    /// One JSON value instead of a stream, as far as it has come.
    Whole { json: Vec<u8> },
}

impl OpenAiReader {
    pub(super) fn new(dialect: Dialect, think_tags: bool) -> Self {
        let chunks = OpenAiChunks {
            stream: ReplyStream::new(think_tags),
            dialect,
            alive: false,
            plain_reasoning: false,
            quick: true,
        };
        Self { decoder: sse::SseDecoder::default(), chunks, body: ChunkBody::Blank }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Out) {
        let bytes = if matches!(self.body, ChunkBody::Blank) { self.sniff(bytes) } else { bytes };
        match &mut self.body {
            ChunkBody::Blank => {}
            ChunkBody::Stream { head } => {
                if !self.chunks.stream.has_events() {
                    head.extend(bytes.iter().take(HEAD.saturating_sub(head.len())));
                }
                let chunks = &mut self.chunks;
                self.decoder.feed(bytes, &mut |frame| chunks.frame(frame, out));
            }
            ChunkBody::Whole { json } => json.extend(bytes.iter().take((MAX_WHOLE + 1).saturating_sub(json.len()))),
        }
    }

    /// Finds out from its first visible byte what the body is; gives back the bytes from there on.
    fn sniff<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (first, form) = body_form::sniff(bytes);
        let (blank, rest) = bytes.split_at_checked(first).unwrap_or((&[], bytes));
        // Blanks matter to the stream: a line that begins with one is no data.
        self.decoder.feed(blank, &mut |_| {});
        self.body = match form {
            None => ChunkBody::Blank,
            Some(BodyForm::Json) => ChunkBody::Whole { json: Vec::new() },
            Some(BodyForm::Stream) => ChunkBody::Stream { head: Vec::new() },
        };
        rest
    }

    pub(super) fn finish(mut self, out: &mut Out) {
        self.last_words(out);
        self.chunks.stream.end(out);
    }

    pub(super) fn abort(mut self, failure: LaneFailure, out: &mut Out) {
        self.drain(out);
        self.chunks.stream.abort(failure, out);
    }

    /// An event that the body left open is one all the same.
    fn drain(&mut self, out: &mut Out) {
        let chunks = &mut self.chunks;
        self.decoder.finish(&mut |frame| chunks.frame(frame, out));
    }

    fn last_words(&mut self, out: &mut Out) {
        self.drain(out);
        match std::mem::replace(&mut self.body, ChunkBody::Blank) {
            ChunkBody::Blank => {}
            ChunkBody::Whole { json } => self.chunks.whole(&json, out),
            ChunkBody::Stream { head } => {
                if !self.chunks.stream.has_events() && !self.chunks.alive {
                    self.chunks.stream.fail(not_a_stream(&head));
                }
            }
        }
    }
}

/// Reads chunks into the stream.
#[derive(Debug)]
struct OpenAiChunks {
    stream: ReplyStream,
    dialect: Dialect,
    /// A comment or a blank event came.
    alive: bool,
    /// Reasoning came as plain text, so the parts beside it are the same text again.
    plain_reasoning: bool,
    /// Usual chunks are read the quick way, which gives the same.
    quick: bool,
}

impl OpenAiChunks {
    fn frame(&mut self, frame: SseFrame<'_>, out: &mut Out) {
        match frame {
            SseFrame::Comment(_) => self.keep_alive(out),
            SseFrame::Error(text) => self.told(text),
            SseFrame::TooLong => self.stream.malformed("an event longer than any server should send", out),
            SseFrame::Event { event, data } => match data.trim() {
                "" => self.keep_alive(out),
                "[DONE]" => self.stream.done(out),
                data => self.event(event, data, out),
            },
        }
    }

    fn keep_alive(&mut self, out: &mut Out) {
        self.alive = true;
        out.push(EventKind::KeepAlive);
    }

    fn event(&mut self, event: &str, data: &str, out: &mut Out) {
        let told = error::is_failed(event);
        if !self.stream.has_substance()
            && let Some(failure) = foreign::in_chunks(self.dialect, event, data)
        {
            self.stream.fail(failure);
        }
        if self.quick && !told && self.usual(data, out).is_some() {
            return;
        }
        if self.read(told, data, false, out) {
            return;
        }
        // Half a character is no JSON, but no damage either.
        match escape_halves::mend(data) {
            Some(repaired) if self.read(told, &repaired, true, out) => {}
            _ => self.damaged(data, told, out),
        }
    }

    /// Reads `data` if it is a usual chunk.
    fn usual(&mut self, data: &str, out: &mut Out) -> Option<()> {
        let chunk = UsualChunk::read(data)?;
        let piece = chunk.piece()?;
        self.stream.event();
        self.stream.model(chunk.model.get().unwrap_or_default(), out);
        self.stream.upstream(chunk.provider.get(), chunk.system_fingerprint.get(), out);
        match piece {
            UsualPiece::Answer(text) => self.stream.content(text, out),
            UsualPiece::Reasoning(text) => {
                self.plain_reasoning = true;
                self.stream.text(TextChannel::Reasoning, text, out);
            }
        }
        Some(())
    }

    /// Reads `data` if it can be read.
    fn read(&mut self, told: bool, data: &str, repaired: bool, out: &mut Out) -> bool {
        if let Some(chunk) = lenient_json::object::<OpenAiChunk<'_>>(data) {
            self.readable(&chunk, told, data, repaired, out);
            return true;
        }
        // A field that comes twice stops the quick way, but not this one.
        match serde_json::from_str::<Value>(data).as_ref().map(LenientObject::deserialize) {
            Ok(Ok(LenientObject(Some(chunk)))) => self.readable(&chunk, told, data, repaired, out),
            _ => return false,
        }
        true
    }

    fn readable(&mut self, chunk: &OpenAiChunk<'_>, told: bool, data: &str, repaired: bool, out: &mut Out) {
        self.stream.event();
        if repaired {
            self.stream.repaired();
        }
        self.chunk(chunk, out);
        let whole = || {
            let data = if repaired { escape_halves::plain(data) } else { data.to_owned() };
            serde_json::from_str(&data).unwrap_or_default()
        };
        if let Some(failure) = failure(chunk, told, whole) {
            self.stream.fail(failure);
        }
    }

    /// An error in a line of its own.
    fn told(&mut self, text: &str) {
        self.stream.event();
        self.stream.fail(match serde_json::from_str::<Value>(text) {
            Ok(value) if value.is_object() => error::in_stream(&value),
            _ => error::told(text),
        });
    }

    /// Errors come even as data that is not JSON.
    fn damaged(&mut self, data: &str, told: bool, out: &mut Out) {
        match error::unescaped(data).or_else(|| error::spelled(data)).or_else(|| told.then_some(data)) {
            Some(text) => {
                self.stream.event();
                self.stream.fail(error::told(text));
            }
            None => self.stream.malformed(data, out),
        }
    }

    /// Text goes first: the finish chunk of some servers carries some.
    fn chunk(&mut self, chunk: &OpenAiChunk<'_>, out: &mut Out) {
        self.stream.model(chunk.model.get().unwrap_or_default(), out);
        self.stream.upstream(chunk.provider.get(), chunk.system_fingerprint.get(), out);
        if let Some(choice) = chunk.choice() {
            let delta = choice.delta.0.as_ref().or(choice.message.0.as_ref());
            if !delta.is_some_and(|delta| delta.tell(&mut self.plain_reasoning, &mut self.stream, out)) {
                self.stream.content(choice.text.get().unwrap_or_default(), out);
            }
            if let Some(reason) = choice.native_finish_reason.get() {
                self.stream.native_finish(reason);
            }
            if let Some(reason) = choice.finish_reason.get() {
                self.stream.finish(reason, out);
            }
        }
        if let Some(by) = chunk.filtered() {
            self.stream.filtered(by);
        }
        self.stream.usage(chunk.usages().find_map(usage), out);
        let mut server = ServerTiming::default();
        chunk.timings().for_each(|object| server.merge(&timing(object)));
        ReplyStream::server(server, out);
    }

    /// A reply that is no stream but one JSON value.
    fn whole(&mut self, json: &[u8], out: &mut Out) {
        let text = String::from_utf8_lossy(json);
        let repaired = escape_halves::mend(&text);
        let value = match serde_json::from_str::<Value>(repaired.as_deref().unwrap_or(&text)) {
            _ if json.len() > MAX_WHOLE => return self.stream.fail(protocol("a reply too long to be read whole")),
            Ok(value) => value,
            Err(reason) if reason.is_eof() => {
                let message = "the reply is one JSON object, and it was cut off";
                return self.stream.fail(LaneFailure::new(FailureKind::Truncated, message));
            }
            Err(_) => return self.stream.fail(not_a_stream(json)),
        };
        let Some(chunk) = items(&value).first().and_then(|first| OpenAiChunk::deserialize(first).ok()) else {
            return self.stream.fail(not_a_stream(json));
        };
        self.stream.event();
        if repaired.is_some() {
            self.stream.repaired();
        }
        self.chunk(&chunk, out);
        if let Some(failure) = failure(&chunk, false, || value.clone()) {
            self.stream.fail(failure);
        } else if self.stream.has_substance() {
            self.stream.settle();
            out.push(EventKind::Notice("the server sent its answer in one piece instead of a stream".into()));
        } else {
            self.stream.fail(not_a_stream(json));
        }
    }
}

//! The `chat/completions` dialect, and the older `completions`: server-sent events whose data is one chunk each, as all providers vary it.
//! A server that answers with one JSON object instead of a stream is read as well.

mod chunk;
mod trouble;
mod usual;

use serde::Deserialize;
use serde_json::Value;

use crate::provider::body_form::{not_a_stream, protocol};
use crate::provider::body_reader::{BodyEvents, BodyReader, Out, damaged};
use crate::provider::delta::items;
use crate::provider::lenient_json::LenientObject;
use crate::provider::openai::chunk::OpenAiChunk;
use crate::provider::openai::trouble::failure;
use crate::provider::openai::usual::{UsualChunk, UsualPiece};
use crate::provider::stream::ReplyStream;
use crate::provider::timing::timing;
use crate::provider::usage::usage;
use crate::provider::{Dialect, error, escape_halves, foreign, lenient_json};
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure, ServerTiming, TextChannel};

/// Longest reply that is taken in one piece instead of a stream, in bytes.
const MAX_WHOLE: usize = 2 << 20;

/// Reads a reply of chunks.
pub(super) type OpenAiReader = BodyReader<OpenAiChunks>;

impl OpenAiReader {
    pub(super) fn new(dialect: Dialect, think_tags: bool) -> Self {
        let stream = ReplyStream::new(think_tags);
        Self::of(OpenAiChunks { stream, dialect, plain_reasoning: false, quick: true })
    }
}

/// Reads chunks into the stream.
#[derive(Debug)]
pub(super) struct OpenAiChunks {
    stream: ReplyStream,
    dialect: Dialect,
    /// Reasoning came as plain text, so the parts beside it are the same text again.
    plain_reasoning: bool,
    /// Usual chunks are read the quick way, which gives the same.
    quick: bool,
}

impl BodyEvents for OpenAiChunks {
    /// The body as far as it has come.
    type Json = Vec<u8>;

    fn stream(&mut self) -> &mut ReplyStream {
        &mut self.stream
    }

    fn into_stream(self) -> ReplyStream {
        self.stream
    }

    fn json(&mut self, json: &mut Vec<u8>, bytes: &[u8], _: &mut Out) {
        json.extend(bytes.iter().take((MAX_WHOLE + 1).saturating_sub(json.len())));
    }

    fn over(&mut self, json: &Vec<u8>, _: &[u8], out: &mut Out) {
        self.whole(json, out);
    }

    fn data(&mut self, event: &str, data: &str, out: &mut Out) {
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
            _ => damaged(&mut self.stream, event, data, out),
        }
    }
}

impl OpenAiChunks {
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

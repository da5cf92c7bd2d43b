//! Ollama's own dialect: one JSON object a line, the last of them with counts and durations.
//! It is the only source that tells loading the model from reading the prompt.

use serde::Deserialize;
use serde_json::Value;

use crate::ndjson::{self, NdjsonFrame};
use crate::provider::delta::MessageDelta;
use crate::provider::lenient_json::{self, LenientObject, LenientText};
use crate::provider::stream::ReplyStream;
use crate::provider::{error, escape_halves, timing, usage};
use speed_kings_core::race::event::{EventKind, LaneFailure};

type Out = Vec<EventKind>;

#[derive(Debug)]
pub(super) struct OllamaReader {
    decoder: ndjson::NdjsonDecoder,
    lines: OllamaLines,
}

#[derive(Debug, Deserialize)]
struct OllamaLine<'a> {
    #[serde(borrow, default)]
    model: LenientText<'a>,
    /// Where a model runs that this server only passes on.
    #[serde(borrow, default)]
    remote_host: LenientText<'a>,
    #[serde(borrow, default)]
    message: LenientObject<MessageDelta<'a>>,
    done: Option<Value>,
    #[serde(borrow, default)]
    done_reason: LenientText<'a>,
    error: Option<Value>,
}

impl OllamaReader {
    pub(super) fn new(think_tags: bool) -> Self {
        Self {
            decoder: ndjson::NdjsonDecoder::default(),
            lines: OllamaLines { stream: ReplyStream::new(think_tags), plain_reasoning: false },
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Out) {
        let lines = &mut self.lines;
        self.decoder.feed(bytes, &mut |frame| lines.frame(frame, out));
    }

    pub(super) fn finish(mut self, out: &mut Out) {
        self.drain(out);
        self.lines.stream.end(out);
    }

    pub(super) fn abort(mut self, failure: LaneFailure, out: &mut Out) {
        self.drain(out);
        self.lines.stream.abort(failure, out);
    }

    /// A last line without its end may still be whole.
    fn drain(&mut self, out: &mut Out) {
        let lines = &mut self.lines;
        self.decoder.finish(&mut |frame| lines.frame(frame, out));
    }
}

/// Reads lines into the stream.
#[derive(Debug)]
struct OllamaLines {
    stream: ReplyStream,
    /// Reasoning came as plain text, so the parts beside it are the same text again.
    plain_reasoning: bool,
}

impl OllamaLines {
    fn frame(&mut self, frame: NdjsonFrame<'_>, out: &mut Out) {
        match frame {
            NdjsonFrame::TooLong => self.stream.malformed("a line longer than any server should send", out),
            NdjsonFrame::Line(json) => self.json(json, out),
        }
    }

    fn json(&mut self, json: &str, out: &mut Out) {
        if self.read(json, false, out) {
            return;
        }
        // Half a character is no JSON, but no damage either.
        match escape_halves::mend(json) {
            Some(repaired) if self.read(&repaired, true, out) => {}
            _ => self.damaged(json, out),
        }
    }

    /// Reads `json` if it can be read.
    fn read(&mut self, json: &str, repaired: bool, out: &mut Out) -> bool {
        if let Some(line) = lenient_json::object::<OllamaLine<'_>>(json) {
            self.line(&line, json, repaired, out);
            return true;
        }
        // A field that comes twice stops the quick way, but not this one.
        match serde_json::from_str::<Value>(json).as_ref().map(LenientObject::deserialize) {
            Ok(Ok(LenientObject(Some(line)))) => self.line(&line, json, repaired, out),
            _ => return false,
        }
        true
    }

    /// Errors come even as lines that are not JSON.
    fn damaged(&mut self, line: &str, out: &mut Out) {
        match error::unescaped(line).or_else(|| error::spelled(line)) {
            Some(text) => {
                self.stream.event();
                self.stream.fail(error::told(text.trim()));
            }
            None => self.stream.malformed(line, out),
        }
    }

    fn line(&mut self, line: &OllamaLine<'_>, json: &str, repaired: bool, out: &mut Out) {
        self.stream.event();
        if repaired {
            self.stream.repaired();
        }
        self.stream.model(line.model.get().unwrap_or_default(), out);
        self.stream.upstream(line.remote_host.get(), None, out);
        if let Some(message) = &line.message.0 {
            message.tell(&mut self.plain_reasoning, &mut self.stream, out);
        }
        let whole = || {
            let json = if repaired { escape_halves::plain(json) } else { json.to_owned() };
            serde_json::from_str::<Value>(&json).unwrap_or_default()
        };
        if line.error.as_ref().is_some_and(error::is_error) {
            self.stream.fail(error::in_stream(&whole()));
        }
        if line.done == Some(Value::Bool(true)) {
            self.last(line, &whole(), out);
        }
    }

    fn last(&mut self, line: &OllamaLine<'_>, whole: &Value, out: &mut Out) {
        if let Some(reason) = line.done_reason.get() {
            self.stream.finish(reason, out);
        }
        self.stream.usage(usage::ollama(whole), out);
        ReplyStream::server(timing::ollama(whole), out);
        self.stream.done(out);
    }
}

//! Reads a body that is a stream of server-sent events, or JSON instead of one: its first visible byte tells. How events come,
//! how they are damaged and what is none at all is settled here; what they mean is each dialect's own.

use std::fmt::Debug;

use serde_json::Value;

use crate::provider::body_form::{self, BodyForm, HEAD, not_a_stream};
use crate::provider::error;
use crate::provider::stream::ReplyStream;
use crate::sse::{SseDecoder, SseFrame};
use speed_kings_core::race::event::{EventKind, LaneFailure};

/// The events that a reader hands on.
pub(super) type Out = Vec<EventKind>;

/// What the events of a body mean.
pub(super) trait BodyEvents {
    /// What is kept of a body that is JSON.
    type Json: Default + Debug;

    /// What is told of the reply so far.
    fn stream(&mut self) -> &mut ReplyStream;

    /// The same, to be ended.
    fn into_stream(self) -> ReplyStream;

    /// An event with this data, whose name is empty where the stream named none.
    fn data(&mut self, name: &str, data: &str, out: &mut Out);

    /// The next bytes of a body that is JSON.
    fn json(&mut self, json: &mut Self::Json, bytes: &[u8], out: &mut Out);

    /// A body that is JSON is over; `head` is its beginning.
    fn over(&mut self, json: &Self::Json, head: &[u8], out: &mut Out);
}

/// Reads one body to its end, whose events mean what `E` says.
#[derive(Debug)]
pub(super) struct BodyReader<E: BodyEvents> {
    decoder: SseDecoder,
    pub(super) events: E,
    body: BodySoFar<E::Json>,
    /// Its beginning, in case it is nothing that was asked for.
    head: Vec<u8>,
    /// A comment or a blank event came.
    alive: bool,
}

/// What the body has shown itself to be.
#[derive(Debug)]
enum BodySoFar<J> {
    /// Nothing but white space so far.
    Blank,
    Stream,
    Json(J),
}

impl<E: BodyEvents> BodyReader<E> {
    pub(super) fn of(events: E) -> Self {
        Self { decoder: SseDecoder::default(), events, body: BodySoFar::Blank, head: Vec::new(), alive: false }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Out) {
        let bytes = if matches!(self.body, BodySoFar::Blank) { self.sniff(bytes) } else { bytes };
        self.head.extend(bytes.iter().take(HEAD.saturating_sub(self.head.len())));
        match &mut self.body {
            BodySoFar::Blank => {}
            BodySoFar::Stream => {
                let (events, alive) = (&mut self.events, &mut self.alive);
                self.decoder.feed(bytes, &mut |frame| take(events, alive, frame, out));
            }
            BodySoFar::Json(json) => self.events.json(json, bytes, out),
        }
    }

    /// Finds out from its first visible byte what the body is; gives back the bytes from there on.
    fn sniff<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (first, form) = body_form::sniff(bytes);
        let (blank, rest) = bytes.split_at_checked(first).unwrap_or((&[], bytes));
        // Blanks matter to the stream: a line that begins with one is no data.
        self.decoder.feed(blank, &mut |_| {});
        self.body = match form {
            None => BodySoFar::Blank,
            Some(BodyForm::Json) => BodySoFar::Json(E::Json::default()),
            Some(BodyForm::Stream) => BodySoFar::Stream,
        };
        rest
    }

    /// The body is over.
    pub(super) fn finish(mut self, out: &mut Out) {
        self.drain(out);
        match &self.body {
            BodySoFar::Blank => {}
            BodySoFar::Json(json) => self.events.over(json, &self.head, out),
            BodySoFar::Stream => {
                if !self.events.stream().has_events() && !self.alive {
                    self.events.stream().fail(not_a_stream(&self.head));
                }
            }
        }
        self.events.into_stream().end(out);
    }

    /// The body will not go on because of `failure`.
    pub(super) fn abort(mut self, failure: LaneFailure, out: &mut Out) {
        self.drain(out);
        self.events.into_stream().abort(failure, out);
    }

    /// An event that the body left open is one all the same.
    fn drain(&mut self, out: &mut Out) {
        let (events, alive) = (&mut self.events, &mut self.alive);
        self.decoder.finish(&mut |frame| take(events, alive, frame, out));
    }
}

fn take<E: BodyEvents>(events: &mut E, alive: &mut bool, frame: SseFrame<'_>, out: &mut Out) {
    let mut keep_alive = |out: &mut Out| {
        *alive = true;
        out.push(EventKind::KeepAlive);
    };
    match frame {
        SseFrame::Comment(_) => keep_alive(out),
        SseFrame::Error(text) => told(events.stream(), text),
        SseFrame::TooLong => events.stream().malformed("an event longer than any server should send", out),
        SseFrame::Event { event, data } => match data.trim() {
            "" => keep_alive(out),
            "[DONE]" => events.stream().done(out),
            data => events.data(event, data, out),
        },
    }
}

/// An error in a line of its own.
fn told(stream: &mut ReplyStream, text: &str) {
    stream.event();
    stream.fail(match serde_json::from_str::<Value>(text) {
        Ok(value) if value.is_object() => error::in_stream(&value),
        _ => error::told(text),
    });
}

/// An event that can't be read: errors come even as data that is not JSON.
pub(super) fn damaged(stream: &mut ReplyStream, name: &str, data: &str, out: &mut Out) {
    let told = error::is_failed(name).then_some(data);
    match error::unescaped(data).or_else(|| error::spelled(data)).or(told) {
        Some(text) => {
            stream.event();
            stream.fail(error::told(text));
        }
        None => stream.malformed(data, out),
    }
}

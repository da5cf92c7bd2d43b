//! What the dialects of typed events share: server-sent events whose data is one JSON object each, or the same objects as
//! plain JSON. Each dialect says what an event means; how it came is settled here.

use serde_json::Value;

use crate::provider::body_form::{self, BodyForm, HEAD};
use crate::provider::json_cutter::{JsonCutter, JsonPiece};
use crate::provider::stream::ReplyStream;
use crate::provider::{Dialect, error, escape_halves, foreign};
use crate::sse::{self, SseFrame};
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure};

/// The events that a reader hands on.
pub(super) type Out = Vec<EventKind>;

/// What the events of one dialect mean.
pub(super) trait EventMeaning {
    /// The dialect that it reads.
    const DIALECT: Dialect;

    /// Tells the stream what `event` says, whose name is `name` where the stream named it. Gives whether it was one of the
    /// dialect's.
    fn tell(&mut self, name: &str, event: &Value, stream: &mut ReplyStream, out: &mut Out) -> bool;
}

/// Reads a reply in the dialect `D`.
#[derive(Debug)]
pub(super) struct EventReader<D> {
    decoder: sse::SseDecoder,
    events: EventFeed<D>,
    body: BodySoFar,
}

/// What the body has shown itself to be, with its beginning in case it is neither.
#[derive(Debug)]
enum BodySoFar {
    Blank,
    Stream { head: Vec<u8> },
    Json { head: Vec<u8>, cutter: JsonCutter, objects: usize },
}

impl<D: EventMeaning> EventReader<D> {
    pub(super) fn new(meaning: D, think_tags: bool) -> Self {
        let events = EventFeed { stream: ReplyStream::new(think_tags), meaning, alive: false, understood: false };
        Self { decoder: sse::SseDecoder::default(), events, body: BodySoFar::Blank }
    }

    pub(super) fn feed(&mut self, bytes: &[u8], out: &mut Out) {
        let bytes = if matches!(self.body, BodySoFar::Blank) { self.sniff(bytes) } else { bytes };
        let events = &mut self.events;
        match &mut self.body {
            BodySoFar::Blank => {}
            BodySoFar::Stream { head } => {
                keep(head, bytes);
                self.decoder.feed(bytes, &mut |frame| events.frame(frame, out));
            }
            BodySoFar::Json { head, cutter, objects } => {
                keep(head, bytes);
                cutter.feed(bytes, &mut |piece| {
                    *objects += 1;
                    events.piece(piece, out);
                });
            }
        }
    }

    fn sniff<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let (first, form) = body_form::sniff(bytes);
        let (blank, rest) = bytes.split_at_checked(first).unwrap_or((&[], bytes));
        // Blanks matter to the stream: a line that begins with one is no data.
        self.decoder.feed(blank, &mut |_| {});
        self.body = match form {
            None => BodySoFar::Blank,
            Some(BodyForm::Stream) => BodySoFar::Stream { head: Vec::new() },
            Some(BodyForm::Json) => BodySoFar::Json { head: Vec::new(), cutter: JsonCutter::default(), objects: 0 },
        };
        rest
    }

    pub(super) fn finish(mut self, out: &mut Out) {
        self.drain(out);
        let events = &mut self.events;
        match &self.body {
            BodySoFar::Blank => {}
            BodySoFar::Stream { head } => {
                if !events.stream.has_events() && !events.alive {
                    events.stream.fail(body_form::not_a_stream(head));
                }
            }
            BodySoFar::Json { head, cutter, objects } => events.over(head, cutter, *objects, out),
        }
        self.events.stream.end(out);
    }

    pub(super) fn abort(mut self, failure: LaneFailure, out: &mut Out) {
        self.drain(out);
        self.events.stream.abort(failure, out);
    }

    /// An event that the body left open is one all the same.
    fn drain(&mut self, out: &mut Out) {
        let events = &mut self.events;
        self.decoder.finish(&mut |frame| events.frame(frame, out));
    }
}

/// Keeps the beginning of a body.
fn keep(head: &mut Vec<u8>, bytes: &[u8]) {
    head.extend(bytes.iter().take(HEAD.saturating_sub(head.len())));
}

/// Reads events into the stream.
#[derive(Debug)]
struct EventFeed<D> {
    stream: ReplyStream,
    meaning: D,
    /// A comment or a blank event came.
    alive: bool,
    /// One of the dialect's own events came.
    understood: bool,
}

impl<D: EventMeaning> EventFeed<D> {
    fn frame(&mut self, frame: SseFrame<'_>, out: &mut Out) {
        match frame {
            SseFrame::Comment(_) => self.keep_alive(out),
            SseFrame::Error(text) => self.told(text),
            SseFrame::TooLong => self.stream.malformed("an event longer than any server should send", out),
            SseFrame::Event { event, data } => match data.trim() {
                "" => self.keep_alive(out),
                "[DONE]" => self.stream.done(out),
                data => self.data(event, data, out),
            },
        }
    }

    fn piece(&mut self, piece: &JsonPiece<'_>, out: &mut Out) {
        match piece {
            JsonPiece::Object(object) => self.data("", object, out),
            JsonPiece::TooLong => self.stream.malformed("an object longer than any server should send", out),
        }
    }

    fn keep_alive(&mut self, out: &mut Out) {
        self.alive = true;
        out.push(EventKind::KeepAlive);
    }

    fn data(&mut self, name: &str, data: &str, out: &mut Out) {
        let parsed = |data: &str| serde_json::from_str::<Value>(data).ok();
        let (value, repaired) = match parsed(data) {
            Some(value) => (Some(value), false),
            // Half a character is no JSON, but no damage either.
            None => (escape_halves::mend(data).as_deref().and_then(parsed), true),
        };
        match value {
            Some(event @ Value::Object(_)) => self.event(name, &event, repaired, out),
            Some(Value::Array(events)) if events.iter().any(Value::is_object) => {
                for event in &events {
                    self.event(name, event, repaired, out);
                }
            }
            _ => self.damaged(name, data, out),
        }
    }

    fn event(&mut self, name: &str, event: &Value, repaired: bool, out: &mut Out) {
        self.stream.event();
        if repaired {
            self.stream.repaired();
        }
        let foreign = || foreign::failure(D::DIALECT, name, event);
        if !self.stream.has_substance()
            && let Some(failure) = foreign()
        {
            self.stream.fail(failure);
        }
        let known = self.meaning.tell(name, event, &mut self.stream, out);
        self.understood |= known;
        let reported = event.get("error").is_some_and(error::is_error);
        if reported || !known && is_trouble(name, event) {
            self.stream.fail(error::in_stream(event));
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
    fn damaged(&mut self, name: &str, data: &str, out: &mut Out) {
        let told = error::is_failed(name).then_some(data);
        match error::unescaped(data).or_else(|| error::spelled(data)).or(told) {
            Some(text) => {
                self.stream.event();
                self.stream.fail(error::told(text));
            }
            None => self.stream.malformed(data, out),
        }
    }

    /// A body of JSON is over.
    fn over(&mut self, head: &[u8], cutter: &JsonCutter, objects: usize, out: &mut Out) {
        if let Some(rest) = cutter.open() {
            let cut = serde_json::from_str::<Value>(&rest).is_err_and(|why| why.is_eof());
            self.stream.fail(if cut {
                LaneFailure::new(FailureKind::Truncated, "the reply is JSON, and it was cut off")
            } else {
                body_form::not_a_stream(head)
            });
        } else if !self.understood {
            self.stream.fail(body_form::not_a_stream(head));
        } else if objects == 1 && self.stream.has_substance() && !self.stream.has_failed() {
            self.stream.settle();
            out.push(EventKind::Notice("the server sent its answer in one piece instead of a stream".into()));
        }
    }
}

/// Whether an event that nobody knows is itself an error, by its name or by its fields.
fn is_trouble(name: &str, event: &Value) -> bool {
    let bare = event.get("type").is_none() && name.is_empty();
    let says = |field: &str| event.get(field).is_some_and(error::is_error);
    error::is_failed(name) || error::is_odd(event) || bare && (says("message") || says("detail"))
}

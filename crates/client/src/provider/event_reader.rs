//! What the dialects of typed events share: server-sent events whose data is one JSON object each, or the same objects as
//! plain JSON. Each dialect says what an event means; how it came is settled here.

use serde_json::Value;

use crate::provider::body_form;
use crate::provider::body_reader::{BodyEvents, BodyReader, Out, damaged};
use crate::provider::json_cutter::{JsonCutter, JsonPiece};
use crate::provider::stream::ReplyStream;
use crate::provider::{Dialect, error, escape_halves, foreign};
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure};

/// What the events of one dialect mean.
pub(super) trait EventMeaning {
    /// The dialect that it reads.
    const DIALECT: Dialect;

    /// Tells the stream what `event` says, whose name is `name` where the stream named it. Gives whether it was one of the
    /// dialect's.
    fn tell(&mut self, name: &str, event: &Value, stream: &mut ReplyStream, out: &mut Out) -> bool;
}

/// Reads a reply in the dialect `D`.
pub(super) type EventReader<D> = BodyReader<EventFeed<D>>;

impl<D: EventMeaning> EventReader<D> {
    pub(super) fn new(meaning: D, think_tags: bool) -> Self {
        Self::of(EventFeed { stream: ReplyStream::new(think_tags), meaning, understood: false })
    }
}

/// A body of JSON as far as it has come.
#[derive(Debug, Default)]
pub(super) struct JsonSoFar {
    cutter: JsonCutter,
    objects: usize,
}

/// Reads events into the stream.
#[derive(Debug)]
pub(super) struct EventFeed<D> {
    stream: ReplyStream,
    meaning: D,
    /// One of the dialect's own events came.
    understood: bool,
}

impl<D: EventMeaning> BodyEvents for EventFeed<D> {
    type Json = JsonSoFar;

    fn stream(&mut self) -> &mut ReplyStream {
        &mut self.stream
    }

    fn into_stream(self) -> ReplyStream {
        self.stream
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
            _ => damaged(&mut self.stream, name, data, out),
        }
    }

    fn json(&mut self, JsonSoFar { cutter, objects }: &mut JsonSoFar, bytes: &[u8], out: &mut Out) {
        cutter.feed(bytes, &mut |piece| {
            *objects += 1;
            self.piece(piece, out);
        });
    }

    fn over(&mut self, JsonSoFar { cutter, objects }: &JsonSoFar, head: &[u8], out: &mut Out) {
        if let Some(rest) = cutter.open() {
            let cut = serde_json::from_str::<Value>(&rest).is_err_and(|why| why.is_eof());
            self.stream.fail(if cut {
                LaneFailure::new(FailureKind::Truncated, "the reply is JSON, and it was cut off")
            } else {
                body_form::not_a_stream(head)
            });
        } else if !self.understood {
            self.stream.fail(body_form::not_a_stream(head));
        } else if *objects == 1 && self.stream.has_substance() && !self.stream.has_failed() {
            self.stream.settle();
            out.push(EventKind::Notice("the server sent its answer in one piece instead of a stream".into()));
        }
    }
}

impl<D: EventMeaning> EventFeed<D> {
    fn piece(&mut self, piece: &JsonPiece<'_>, out: &mut Out) {
        match piece {
            JsonPiece::Object(object) => self.data("", object, out),
            JsonPiece::TooLong => self.stream.malformed("an object longer than any server should send", out),
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
}

/// Whether an event that nobody knows is itself an error, by its name or by its fields.
fn is_trouble(name: &str, event: &Value) -> bool {
    let bare = event.get("type").is_none() && name.is_empty();
    let says = |field: &str| event.get(field).is_some_and(error::is_error);
    error::is_failed(name) || error::is_odd(event) || bare && (says("message") || says("detail"))
}

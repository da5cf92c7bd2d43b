//! The recording's lines: domain types to JSON and back.
//! Codes and field names are the file format; the domain types know nothing of them.

pub(crate) mod cut;
#[cfg(test)]
mod described;
mod end;
mod engine;
mod environment;
mod event;
mod facts;
mod header;
mod lenient;
mod reported;
#[cfg(feature = "schema")]
mod schema;
mod setup;
mod unknown;

pub use cut::{CutFields, cut_trouble};
pub use end::{EndFields, UntilFields};
pub use event::EventLine;
pub use header::{read_header, write_header};
#[cfg(feature = "schema")]
pub use schema::RecordingLine;

use serde_json::{Value, json};

use event::CodedEvent;
#[cfg(test)]
use header::HeaderFields;
use speed_kings_core::race::event::{Event, EventKind, LaneId};
use speed_kings_core::text::inert;
use speed_kings_core::time::Offset;

/// One event as a line of JSON, without the line break: `[µs, lane or null, code, payload]`.
#[must_use]
pub fn write_event(event: &Event) -> String {
    line_of(&json!(EventLine::from(event)))
}

/// A value as a line that may be shown as it is.
pub(super) fn line_of(value: &Value) -> String {
    inert(&value.to_string()).into_owned()
}

/// Reads an event back. `Ok(None)` is a code of a newer version, to be passed over.
///
/// # Errors
/// What is wrong with the line, for a person.
pub fn read_event(value: &Value) -> Result<Option<Event>, String> {
    let Value::Array(items) = value else { return Err("not an event: an event is a JSON array".into()) };
    let mut fields = items.iter();
    let at = fields.next().and_then(Value::as_i64).ok_or("no time: an event begins with whole microseconds")?;
    let lane = match fields.next() {
        Some(Value::Null) => None,
        Some(number) => {
            let number = number.as_u64().and_then(|number| u8::try_from(number).ok());
            Some(LaneId(number.ok_or("the lane number is out of range")?))
        }
        None => return Err("no lane".into()),
    };
    let code = fields.next().and_then(Value::as_str).ok_or("no event code")?;
    let payload = fields.next().unwrap_or(&Value::Null);
    let kind = CodedEvent::read(code, payload)?.kind();
    Ok(kind.map(|kind| Event { at: Offset::from_micros(at), lane, kind }))
}

/// Whether all that `value` says is in `event`, which was read from it: otherwise a newer version has said more.
#[must_use]
pub fn is_whole(event: &Event, value: &Value) -> bool {
    let known = |payload: &Value| unknown::beyond(payload, &event_parts(&event.kind).1).is_none();
    // Only what holds fields or entries can hold more of them.
    let several = |payload: &Value| payload.is_object() || payload.is_array();
    value.get(4).is_none() && value.get(3).is_none_or(|payload| !several(payload) || known(payload))
}

/// The code and the payload of an event; the payload is null where there is none.
#[must_use]
pub fn event_parts(kind: &EventKind) -> (String, Value) {
    CodedEvent::from(kind).parts()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speed_kings_core::fixture::samples;

    #[test]
    fn every_kind_of_event_reads_back() {
        for event in samples() {
            let line = write_event(&event);
            assert!(!line.contains('\n'), "{line}");
            let back = read_event(&serde_json::from_str(&line).unwrap()).unwrap();
            assert_eq!(back, Some(event), "{line}");
        }
    }

    #[test]
    fn damage_is_named() {
        for (line, what) in [
            ("{}", "JSON array"),
            ("[]", "no time"),
            ("[1]", "no lane"),
            ("[1,999,\"t\"]", "out of range"),
            ("[1,0]", "no event code"),
            ("[1,0,\"t\"]", "expects a text"),
            ("[1,0,\"usage\",3]", "wants an object"),
        ] {
            let error = read_event(&serde_json::from_str(line).unwrap()).unwrap_err();
            assert!(error.contains(what), "{line}: {error}");
        }
        assert_eq!(read_event(&json!([1, 0, "from the future", {}])), Ok(None));
    }
}

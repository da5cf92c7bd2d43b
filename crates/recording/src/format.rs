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
mod line_clock;
mod quick_text;
mod reported;
#[cfg(feature = "schema")]
mod schema;
mod setup;
mod unknown;

pub use cut::{CutFields, cut_trouble};
pub use end::{EndFields, UntilFields};
pub use event::EventLine;
pub(crate) use header::{read_any_header, write_header_by};
pub use header::{read_header, write_header};
pub(crate) use line_clock::{LineClock, TimeBase, time_of, with_time};
#[cfg(feature = "schema")]
pub use schema::RecordingLine;

use std::fmt::Write as _;

use compact_str::CompactString;
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
    let mut line = String::new();
    append_event(&mut line, event);
    line
}

/// Puts the same behind `lines`. Text, which most events are, goes there without a JSON tree.
pub fn append_event(lines: &mut String, event: &Event) {
    append_event_at(lines, event.at.as_micros(), event);
}

/// The same with `at` in the place of its time.
pub(crate) fn append_event_at(lines: &mut String, at: i64, event: &Event) {
    let EventKind::Text { channel, text } = &event.kind else {
        return lines.push_str(&line_of(&json!(EventLine::new(at, event))));
    };
    let code = event::text_code(*channel);
    // Writing to a string can't fail.
    let _ = match event.lane {
        Some(LaneId(lane)) => write!(lines, "[{at},{lane},\"{code}\","),
        None => write!(lines, "[{at},null,\"{code}\","),
    };
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\')) {
        let _ = write!(lines, "\"{text}\"]");
    } else {
        let _ = write!(lines, "{}]", inert(&json!(text.as_str()).to_string()));
    }
}

/// A value as a line that may be shown as it is.
pub(super) fn line_of(value: &Value) -> String {
    inert(&value.to_string()).into_owned()
}

/// Reads an event that is a piece of text, which most of them are, without a JSON tree; nothing where it is another one.
pub(crate) fn read_text_event(line: &[u8]) -> Option<Event> {
    quick_text::read(line).or_else(|| read_parsed_text(line))
}

/// Reads the line that `lines` begin with, if it is a piece of text as this program writes it, and gives what stands behind it.
pub(crate) fn first_text_event(lines: &str) -> Option<(Event, &str)> {
    quick_text::read_first(lines)
}

fn read_parsed_text(line: &[u8]) -> Option<Event> {
    let (at, id, code, TextPayload(text)): (i64, u8, &str, TextPayload) = serde_json::from_slice(line).ok()?;
    let kind = EventKind::Text { channel: event::text_channel(code)?, text };
    Some(Event { at: Offset::from_micros(at), lane: Some(LaneId(id)), kind })
}

/// A payload that is a text and nothing else.
#[derive(serde::Deserialize)]
struct TextPayload(CompactString);

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
    use speed_kings_core::race::event::TextChannel;

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
    fn text_is_written_and_read_the_short_way_as_the_long_one() {
        for text in ["", " a", "\"", "\\", "a\nb\t", "\u{1b}[2J", "wörd \u{202e}", "🏁\u{0}", "\u{7f}~"] {
            for channel in [TextChannel::Answer, TextChannel::Reasoning, TextChannel::Tool, TextChannel::Refusal] {
                for lane in [None, Some(LaneId(0)), Some(LaneId(254))] {
                    let kind = EventKind::Text { channel, text: text.into() };
                    let event = Event { at: Offset::from_micros(-1_209), lane, kind };
                    let line = write_event(&event);
                    assert_eq!(line, line_of(&json!(EventLine::from(&event))));
                    let long = read_event(&serde_json::from_str(&line).unwrap()).unwrap();
                    assert_eq!(long.as_ref(), Some(&event), "{line}");
                    assert_eq!(read_text_event(line.as_bytes()), long.filter(|_| lane.is_some()), "{line}");
                }
            }
        }
        for other in ["[1,0,\"t\"]", "[1,0,\"t\",7]", "[1,0,\"t\",\"a\",1]", "[1,0,\"byte\",\"a\"]", "{}"] {
            assert_eq!(read_text_event(other.as_bytes()), None, "{other}");
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

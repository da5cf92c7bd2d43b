//! A line of text the way this program writes it, read without a JSON parser: nearly all lines of a long recording.
//! Whatever stands there otherwise is left to the parser.

use compact_str::CompactString;

use super::event::text_channel;
use speed_kings_core::race::event::{Event, EventKind, LaneId, TextChannel};
use speed_kings_core::time::Offset;

/// No code of a text is longer than this.
const LONGEST_CODE: usize = 8;
/// Numbers of more digits are left to the parser.
const DIGITS: usize = 17;

/// The event on `line`, if it is text with nothing escaped but what most texts have; nothing where it is another one or written otherwise.
pub(super) fn read(line: &[u8]) -> Option<Event> {
    let (event, rest) = read_first(str::from_utf8(line).ok()?)?;
    rest.is_empty().then_some(event)
}

/// The same of the line that `lines` begin with, and all that stands behind its last bracket.
pub(super) fn read_first(lines: &str) -> Option<(Event, &str)> {
    let (at, rest) = number(lines.as_bytes().strip_prefix(b"[")?)?;
    let (id, rest) = number(rest.strip_prefix(b",")?)?;
    let (channel, rest) = match rest.strip_prefix(b",\"t\",\"") {
        Some(rest) => (TextChannel::Answer, rest),
        None => other_code(rest)?,
    };
    let (text, behind) = text(lines.get(lines.len() - rest.len()..)?)?;
    let kind = EventKind::Text { channel, text };
    let event = Event { at: Offset::from_micros(at), lane: Some(LaneId(u8::try_from(id).ok()?)), kind };
    Some((event, behind.strip_prefix(']')?))
}

/// The text that `rest` begins with, behind its first quote, and what stands behind its last one.
fn text(rest: &str) -> Option<(CompactString, &str)> {
    let length = plain(rest)?;
    let (text, behind) = rest.split_at_checked(length)?;
    if let Some(behind) = behind.strip_prefix('"') {
        return Some((text.into(), behind));
    }
    let (mut text, mut rest) = (CompactString::from(text), behind);
    while let Some(escaped) = rest.strip_prefix('\\') {
        text.push(match escaped.as_bytes().first()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'"' => '"',
            b'\\' => '\\',
            _ => return None,
        });
        let (plain, behind) = escaped.get(1..)?.split_at_checked(plain(escaped.get(1..)?)?)?;
        text.push_str(plain);
        rest = behind;
    }
    Some((text, rest.strip_prefix('"')?))
}

/// How many bytes of a text that `rest` begins with stand there as they are; nothing where it has no end.
fn plain(rest: &str) -> Option<usize> {
    rest.bytes().position(|byte| !is_plain(byte))
}

/// The channel of a text by its code, which `bytes` begin with behind a comma and ahead of the text's first quote.
fn other_code(bytes: &[u8]) -> Option<(TextChannel, &[u8])> {
    let rest = bytes.strip_prefix(b",\"")?;
    let (code, rest) = rest.split_at_checked(rest.iter().take(LONGEST_CODE).position(|byte| *byte == b'"')?)?;
    Some((text_channel(str::from_utf8(code).ok()?)?, rest.strip_prefix(b"\",\"")?))
}

/// Whether a text has this byte as it is.
const fn is_plain(byte: u8) -> bool {
    byte >= b' ' && !matches!(byte, b'"' | b'\\' | 0x7f)
}

/// The whole number that `bytes` begin with, and what stands behind it.
fn number(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let digits = bytes.strip_prefix(b"-").unwrap_or(bytes);
    let (mut number, mut length) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = digits.get(length) {
        if length == DIGITS {
            return None;
        }
        number = number * 10 + i64::from(digit - b'0');
        length += 1;
    }
    let (digits, rest) = digits.split_at_checked(length)?;
    // JSON knows no number that begins with a needless zero, and takes -0 for no whole one.
    let zero = digits.starts_with(b"0") && (length > 1 || bytes.starts_with(b"-"));
    if length == 0 || zero {
        return None;
    }
    Some((if bytes.starts_with(b"-") { -number } else { number }, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::format::{read_event, write_event};

    #[test]
    fn what_is_written_otherwise_is_left_to_the_parser() {
        for line in [
            "[01,0,\"t\",\"a\"]",
            "[1,0,\"t\",\"a\\u000a\"]",
            "[1,0,\"t\",\"a\\x\"]",
            "[1,0,\"t\",\"a\\\"]",
            "[1,0,\"t\",\"a\"] ",
            "[1, 0,\"t\",\"a\"]",
            "[1,256,\"t\",\"a\"]",
            "[1,-1,\"t\",\"a\"]",
            "[1,null,\"t\",\"a\"]",
            "[1,0,\"finish\",\"a\"]",
            "[1,0,\"t\",\"a\",\"b\"]",
            "[1.5,0,\"t\",\"a\"]",
            "[-0,0,\"t\",\"a\"]",
            "[-,0,\"t\",\"a\"]",
            "[123456789012345678,0,\"t\",\"a\"]",
            "[1,0,\"t\",\"\u{7f}\"]",
        ] {
            assert_eq!(read(line.as_bytes()), None, "{line}");
        }
        assert!(read(b"[1,0,\"t\",\"\xff\"]").is_none());
    }

    proptest! {
        /// Whatever it reads the parser reads as the same, in what this program writes as in what a hand has changed.
        #[test]
        fn it_reads_what_the_parser_reads(
            at in -9_999_999_999i64..9_999_999_999, lane in 0u8..9, text in "[ -~é日\n\\\\\"\t\r\u{1b}]{0,9}", at_byte in 0usize..40, byte in any::<u8>(),
        ) {
            let kind = EventKind::Text { channel: TextChannel::Reasoning, text: text.into() };
            let mut line = write_event(&Event { at: Offset::from_micros(at), lane: Some(LaneId(lane)), kind }).into_bytes();
            for _ in 0..2 {
                if let Some(event) = read(&line) {
                    let value = serde_json::from_slice(&line);
                    prop_assert_eq!(read_event(&value.unwrap()), Ok(Some(event)), "{}", String::from_utf8_lossy(&line));
                }
                if let Some(place) = line.get_mut(at_byte) {
                    *place = byte;
                }
            }
        }
    }
}

//! Characters that a server has cut in two: each half of a UTF-16 surrogate pair in an event of its own.
//! A half is no character, so JSON that has one alone is mended first, and the halves are joined when both are there.

use std::borrow::Cow;

use crate::race::event::Channel;

/// The first of the characters that stand in for halves, in the order of their codes: the end of the last plane for
/// private use. They are looked for in mended events alone, so a text may hold them elsewhere.
const FIRST: u32 = 0x10_F800;
/// The first code of a half.
const HALF: u16 = 0xD800;
/// Bytes of `\u0000`.
const ESCAPE: usize = 6;

/// `json` with a character standing in for each half that is alone in its string and with U+FFFD for an escape that
/// stops short; nothing when it has neither.
pub(super) fn mend(json: &str) -> Option<String> {
    let mut out = String::new();
    let mut mended = false;
    let mut rest = json;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let (kept, length) = match (escape.as_bytes().get(1), code(escape)) {
            (Some(b'u'), None) => (Some('\u{FFFD}'), 2 + hex_digits(escape)),
            (Some(b'u'), Some(high)) if is_high(high) && escape.get(ESCAPE..).and_then(code).is_some_and(is_low) => {
                (None, 2 * ESCAPE)
            }
            (Some(b'u'), Some(half)) if is_high(half) || is_low(half) => (Some(stand_in(half)), ESCAPE),
            _ => (None, 1 + escape.chars().nth(1).map_or(0, char::len_utf8)),
        };
        let (escape, behind) = escape.split_at_checked(length).unwrap_or((escape, ""));
        match kept {
            Some(letter) => out.push(letter),
            None => out.push_str(escape),
        }
        mended |= kept.is_some();
        rest = behind;
    }
    out.push_str(rest);
    mended.then_some(out)
}

/// `text` of a mended event with U+FFFD for each half.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|letter| if half(letter).is_some() { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// The half that still waits for its other one.
#[derive(Debug, Default)]
pub(super) struct Halves(Option<(Channel, u16)>);

impl Halves {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// The channel of a half that waits for more of its text, which now will not come.
    pub(super) const fn give_up(&mut self) -> Option<Channel> {
        match self.0.take() {
            Some((channel, _)) => Some(channel),
            None => None,
        }
    }

    /// The same, unless the next text is of its channel.
    pub(super) fn give_up_unless(&mut self, channel: Channel) -> Option<Channel> {
        if self.0.is_some_and(|(waiting, _)| waiting == channel) { None } else { self.give_up() }
    }

    /// `text` with its halves joined: to each other, and the first to the one that waits. `mended` says whether its
    /// event was.
    pub(super) fn join<'a>(&mut self, channel: Channel, text: &'a str, mended: bool) -> Cow<'a, str> {
        if text.is_empty() || self.0.is_none() && !mended {
            return Cow::Borrowed(text);
        }
        let mut waiting = self.0.take().map(|(_, high)| high);
        let mut out = String::new();
        for letter in text.chars() {
            let half = half(letter).filter(|_| mended);
            match (waiting.take(), half) {
                (Some(high), Some(low)) if is_low(low) => {
                    out.extend(char::decode_utf16([high, low]).map(Result::unwrap_or_default));
                    continue;
                }
                (Some(_), _) => out.push(char::REPLACEMENT_CHARACTER),
                (None, _) => {}
            }
            match half {
                Some(high) if is_high(high) => waiting = Some(high),
                Some(_) => out.push(char::REPLACEMENT_CHARACTER),
                None => out.push(letter),
            }
        }
        self.0 = waiting.map(|high| (channel, high));
        Cow::Owned(out)
    }
}

fn is_high(code: u16) -> bool {
    (0xD800..0xDC00).contains(&code)
}

fn is_low(code: u16) -> bool {
    (0xDC00..0xE000).contains(&code)
}

fn stand_in(half: u16) -> char {
    char::from_u32(FIRST + u32::from(half.saturating_sub(HALF))).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn half(letter: char) -> Option<u16> {
    u16::try_from(u32::from(letter).checked_sub(FIRST)?).ok().and_then(|place| place.checked_add(HALF))
}

/// The code of the `\u` escape that `text` begins with.
fn code(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { u16::from_str_radix(digits, 16).ok() } else { None }
}

fn hex_digits(escape: &str) -> usize {
    escape.bytes().skip(2).take(4).take_while(u8::is_ascii_hexdigit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(texts: &[&str]) -> String {
        let mut halves = Halves::default();
        let mut out = String::new();
        for text in texts {
            let json = format!("\"{text}\"");
            let mended = mend(&json);
            let read: String = serde_json::from_str(mended.as_deref().unwrap_or(&json)).unwrap();
            out += &halves.join(Channel::Answer, &read, mended.is_some());
        }
        out.extend(halves.give_up().map(|_| char::REPLACEMENT_CHARACTER));
        out
    }

    #[test]
    fn halves_join_wherever_they_are() {
        for (texts, wanted) in [
            (&["a\\ud83c", "\\udfc1b"][..], "a\u{1f3c1}b"),
            (&["\\uD83C", "", "\\uDFC1"], "\u{1f3c1}"),
            (&["\\ud83c\\udfc1\\ud83c", "\\udfc1"], "\u{1f3c1}\u{1f3c1}"),
            (&["\\ud83c", "x"], "\u{fffd}x"),
            (&["\\udfc1x"], "\u{fffd}x"),
            (&["a\\ud83c"], "a\u{fffd}"),
            (&["\\ud83c\\ud83c", "\\udfc1"], "\u{fffd}\u{1f3c1}"),
            (&["\\ud83c\\n", "\\udfc1"], "\u{fffd}\n\u{fffd}"),
            (&["a\\ud8", "b"], "a\u{fffd}b"),
            (&["\\u", "\\u12"], "\u{fffd}\u{fffd}"),
            (&["\\\\ud83c", "\\\"\\udfc1"], "\\ud83c\"\u{fffd}"),
            (&["\u{10f83c}", "\u{10fbc1}"], "\u{10f83c}\u{10fbc1}"),
        ] {
            assert_eq!(joined(texts), wanted, "{texts:?}");
        }
    }

    #[test]
    fn sound_json_is_left_alone() {
        for json in [r#"{"a":"\ud83c\udfc1\n\u00e9\\u"}"#, "", "\\", "é\\é"] {
            assert_eq!(mend(json), None, "{json}");
        }
        assert_eq!(plain(&mend("a\\ud83c").unwrap()), "a\u{fffd}");
    }
}

//! Characters that a server has cut in two: each half of a UTF-16 surrogate pair in an event of its own, or an escape that
//! stops short in one and goes on in the next. Neither is JSON or a character by itself, so what is cut is repaired with a
//! stand-in first, and joined when both parts are there.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use speed_kings_core::race::event::TextChannel;

/// The first of the characters that stand in for halves, in the order of their codes: the end of the last plane for
/// private use. They are looked for in repaired events alone, so a text may hold them elsewhere.
const FIRST: u32 = 0x10_F800;
/// The first of the characters that stand in for escapes that stop short, in the order of [`STARTS`] and their digits.
const CUT: u32 = 0x10_E000;
/// The places of the escapes with none to three digits; the place before them is that of a backslash alone.
const STARTS: [u32; 4] = [1, 2, 18, 274];
/// The first code of a half.
const HALF: u16 = 0xD800;
/// The length of one escape `\uXXXX`, in bytes.
const ESCAPE: usize = 6;

/// `json` with a character standing in for each half that is alone in its string and for each escape that stops short;
/// nothing when it has neither.
pub(super) fn mend(json: &str) -> Option<String> {
    let is_sound = |json: &str| serde_json::from_str::<IgnoredAny>(json).is_ok();
    let repaired = repaired(json, false);
    if is_sound(repaired.as_deref().unwrap_or(json)) {
        return repaired;
    }
    // A backslash alone at the end of a string hides the quote behind it.
    self::repaired(json, true).filter(|json| is_sound(json)).or(repaired)
}

/// The same, with `bare` for a backslash ahead of the quote that looks like the end of a string.
fn repaired(json: &str, bare: bool) -> Option<String> {
    let mut out = String::new();
    let mut repaired = false;
    let mut rest = json;
    while let Some((before, escape)) = rest.find('\\').and_then(|at| rest.split_at_checked(at)) {
        out.push_str(before);
        let (kept, length) = match (escape.as_bytes().get(1), code(escape)) {
            (Some(b'u'), None) => {
                let length = 2 + hex_digits(escape);
                (Some(cut(escape.get(..length).unwrap_or_default())), length)
            }
            (Some(b'u'), Some(high)) if is_high(high) && escape.get(ESCAPE..).and_then(code).is_some_and(is_low) => {
                (None, 2 * ESCAPE)
            }
            (Some(b'u'), Some(half)) if is_high(half) || is_low(half) => (Some(stand_in(half)), ESCAPE),
            (Some(b'"'), _) if bare && ends_string(escape) => (Some(cut("\\")), 1),
            _ => (None, 1 + escape.chars().nth(1).map_or(0, char::len_utf8)),
        };
        let (escape, behind) = escape.split_at_checked(length).unwrap_or((escape, ""));
        match kept {
            Some(letter) => out.push(letter),
            None => out.push_str(escape),
        }
        repaired |= kept.is_some();
        rest = behind;
    }
    out.push_str(rest);
    repaired.then_some(out)
}

/// Whether what follows `\"` can follow the end of a string.
fn ends_string(escape: &str) -> bool {
    escape.get(2..).is_some_and(|behind| behind.trim_start().starts_with(['}', ']', ',']))
}

/// `text` of a repaired event with U+FFFD for each part of a character.
pub(super) fn plain(text: &str) -> String {
    let is_part = |letter| half(letter).is_some() || uncut(letter).is_some();
    text.chars().map(|letter| if is_part(letter) { char::REPLACEMENT_CHARACTER } else { letter }).collect()
}

/// The part of a character that still waits for its other one.
#[derive(Debug, Default)]
pub(super) struct EscapeHalves(Option<(TextChannel, Part)>);

#[derive(Debug, Default)]
struct Part {
    high: Option<u16>,
    /// An escape as far as it came, behind the half.
    escape: Option<String>,
}

impl EscapeHalves {
    pub(super) const fn new() -> Self {
        Self(None)
    }

    /// The channel of a part that waits for more of its text, which now will not come.
    pub(super) fn give_up(&mut self) -> Option<TextChannel> {
        self.0.take().map(|(channel, _)| channel)
    }

    /// The same, unless the next text is of its channel.
    pub(super) fn give_up_unless(&mut self, channel: TextChannel) -> Option<TextChannel> {
        if self.0.as_ref().is_some_and(|(waiting, _)| *waiting == channel) { None } else { self.give_up() }
    }

    /// `text` with its parts joined: to each other, and the first to the one that waits. `repaired` says whether its event
    /// was.
    pub(super) fn join<'a>(&mut self, channel: TextChannel, text: &'a str, repaired: bool) -> Cow<'a, str> {
        if text.is_empty() || self.0.is_none() && !repaired {
            return Cow::Borrowed(text);
        }
        let mut part = self.0.take().map(|(_, part)| part).unwrap_or_default();
        let mut out = String::new();
        let text = match part.escape.take() {
            Some(escape) => part.go_on(&escape, text, &mut out),
            None => text,
        };
        let mut letters = text.chars().peekable();
        while let Some(letter) = letters.next() {
            match (half(letter), uncut(letter)) {
                (Some(half), _) if repaired => part.half(half, &mut out),
                (_, Some(escape)) if repaired && letters.peek().is_none() => part.escape = Some(escape),
                (_, Some(_)) if repaired => part.letter(char::REPLACEMENT_CHARACTER, &mut out),
                _ => part.letter(letter, &mut out),
            }
        }
        self.0 = (part.high.is_some() || part.escape.is_some()).then_some((channel, part));
        Cow::Owned(out)
    }
}

impl Part {
    /// A character: what waited has lost its other half.
    fn letter(&mut self, letter: char, out: &mut String) {
        out.extend(self.high.take().map(|_| char::REPLACEMENT_CHARACTER));
        out.push(letter);
    }

    fn half(&mut self, half: u16, out: &mut String) {
        match self.high {
            Some(high) if is_low(half) => {
                self.high = None;
                out.extend(char::decode_utf16([high, half]).map(Result::unwrap_or_default));
            }
            _ if is_high(half) => {
                out.extend(self.high.replace(half).map(|_| char::REPLACEMENT_CHARACTER));
            }
            _ => self.letter(char::REPLACEMENT_CHARACTER, out),
        }
    }

    /// Goes on with an `escape` that stopped short, in `text`; gives what is left of it.
    fn go_on<'a>(&mut self, escape: &str, text: &'a str, out: &mut String) -> &'a str {
        let mut behind = text.chars();
        if escape == "\\" {
            let letter = match behind.next() {
                Some('u') => return self.go_on("\\u", behind.as_str(), out),
                Some(letter @ ('"' | '\\' | '/')) => letter,
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                _ => {
                    self.letter(char::REPLACEMENT_CHARACTER, out);
                    return text;
                }
            };
            self.letter(letter, out);
            return behind.as_str();
        }
        let wanted = ESCAPE.saturating_sub(escape.len());
        let digits = text.bytes().take(wanted).take_while(u8::is_ascii_hexdigit).count();
        let (more, rest) = text.split_at_checked(digits).unwrap_or(("", text));
        let longer = format!("{escape}{more}");
        match code(&longer) {
            Some(half) if is_high(half) || is_low(half) => self.half(half, out),
            Some(code) => self.letter(char::from_u32(u32::from(code)).unwrap_or_default(), out),
            None if rest.is_empty() => self.escape = Some(longer),
            None => {
                self.letter(char::REPLACEMENT_CHARACTER, out);
                return text;
            }
        }
        rest
    }
}

/// What stands in for an escape that stops short.
fn cut(escape: &str) -> char {
    let place = escape.strip_prefix("\\u").map_or(0, |digits| {
        let start = STARTS.get(digits.len()).copied().unwrap_or_default();
        start + u32::from_str_radix(digits, 16).unwrap_or(0)
    });
    char::from_u32(CUT + place).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The escape that a character stands in for.
fn uncut(letter: char) -> Option<String> {
    let place = u32::from(letter).checked_sub(CUT)?;
    let known = place < STARTS.last().copied().unwrap_or_default() + 0x1000;
    known.then(|| match STARTS.iter().rposition(|start| place >= *start) {
        None => "\\".to_owned(),
        Some(0) => "\\u".to_owned(),
        Some(digits) => {
            let start = STARTS.get(digits).copied().unwrap_or_default();
            format!("\\u{:0digits$x}", place - start)
        }
    })
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
        let mut halves = EscapeHalves::default();
        let mut out = String::new();
        for text in texts {
            let json = format!("\"{text}\"");
            let repaired = mend(&json);
            let read: String = serde_json::from_str(repaired.as_deref().unwrap_or(&json)).unwrap();
            out += &halves.join(TextChannel::Answer, &read, repaired.is_some());
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
            (&["a\\ud8", "x"], "a\u{fffd}x"),
            (&["\\u", "\\u12"], "\u{fffd}\u{fffd}"),
            (&["a\\ud83", "c\\udfc1b"], "a\u{1f3c1}b"),
            (&["a\\ud83c\\ud", "f", "c1b"], "a\u{1f3c1}b"),
            (&["a\\u", "00e9b"], "aéb"),
            (&["a\\u00", "E9"], "aé"),
            (&["a\\u00", "e", "g"], "a\u{fffd}g"),
            (&["a\\u00", "e"], "a\u{fffd}"),
            (&["\\\\ud83c", "\\\"\\udfc1"], "\\ud83c\"\u{fffd}"),
            (&["\u{10f83c}", "\u{10fbc1}"], "\u{10f83c}\u{10fbc1}"),
        ] {
            assert_eq!(joined(texts), wanted, "{texts:?}");
        }
    }

    #[test]
    fn a_backslash_alone_waits_for_what_it_escapes() {
        let object = |text: &str| format!(r#"{{"d":[{{"text":"{text}"}}],"x":1}}"#);
        let joined = |texts: &[&str]| {
            let mut halves = EscapeHalves::default();
            let read = |text: &&str| {
                let (json, repaired) = (object(text), mend(&object(text)));
                let value: serde_json::Value = serde_json::from_str(repaired.as_deref().unwrap_or(&json)).unwrap();
                let text = value["d"][0]["text"].as_str().unwrap();
                halves.join(TextChannel::Answer, text, repaired.is_some()).into_owned()
            };
            texts.iter().map(read).collect::<String>()
        };
        assert_eq!(joined(&["a\\", "nb"]), "a\nb");
        assert_eq!(joined(&["a\\", "\\\"b"]), "a\"b");
        assert_eq!(joined(&["a\\", "ud83c\\", "udfc1b"]), "a\u{1f3c1}b");
        assert_eq!(joined(&["a\\", "xb"]), "a\u{fffd}xb");
        assert_eq!(joined(&["a\\\"}", "b"]), "a\"}b");
    }

    #[test]
    fn every_escape_that_stops_short_has_a_stand_in() {
        for escape in ["\\", "\\u", "\\u0", "\\uf", "\\u00", "\\uff", "\\u000", "\\ud83", "\\ufff"] {
            assert_eq!(uncut(cut(escape)).as_deref(), Some(escape));
        }
        assert_eq!((uncut('a'), uncut('\u{10f800}')), (None, None));
    }

    #[test]
    fn sound_json_is_left_alone() {
        for json in [r#"{"a":"\ud83c\udfc1\n\u00e9\\u"}"#, "", "\\", "é\\é"] {
            assert_eq!(mend(json), None, "{json}");
        }
        assert_eq!(plain(&mend("a\\ud83c").unwrap()), "a\u{fffd}");
    }
}

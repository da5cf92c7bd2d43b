//! Making untrusted text printable: what a model or a server says never drives the terminal.
//! Control characters, escape sequences and bidirectional controls become visible marks; nothing is lost silently.

mod counted;

use std::borrow::Cow;
use std::fmt::Write as _;

pub use self::counted::counted;

/// Combining marks kept on one character; the rest of a "zalgo" stack is dropped.
pub const MAX_MARKS: usize = 4;

/// Stands for a character that must not reach a terminal.
pub const REPLACEMENT: char = '\u{FFFD}';

/// What to show for `c`, a character of untrusted text. Line breaks and tabs are the caller's business.
#[must_use]
pub fn visible(c: char) -> Option<char> {
    match c {
        // C0 has pictures of its own; DEL too.
        '\0'..='\x1F' => char::from_u32(0x2400 + u32::from(c)),
        '\x7F' => Some('\u{2421}'),
        // C1; bidirectional controls, which could reorder the rest of the line; line and paragraph separators,
        // interlinear anchors, tags and other formatting without a picture.
        '\u{80}'..='\u{9F}'
        | '\u{061C}'
        | '\u{200E}'
        | '\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2066}'..='\u{2069}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}'
        // The one character that by the book is three columns wide, where no two terminals are of one mind.
        | '\u{17D8}' => Some(REPLACEMENT),
        // Zero-width space, word joiner, soft hyphen and byte order mark: drawn as nothing.
        '\u{200B}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}' | '\u{00AD}' => None,
        c => Some(c),
    }
}

/// `text` without the byte order mark that some editors put before it.
#[must_use]
pub fn without_bom(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// One line of printable text: line breaks and tabs become spaces, everything else as in [`visible`].
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| c.is_ascii() && !c.is_ascii_control()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        let c = match c {
            '\r' | '\n' | '\t' => Some(' '),
            c => visible(c),
        };
        marks = if c.is_some_and(is_mark) { marks + 1 } else { 0 };
        if marks <= MAX_MARKS {
            out.extend(c);
        }
    }
    Cow::Owned(out)
}

/// `text` with all that could steer whoever shows it written as `\u…`: control characters, bidirectional controls, and
/// what has no picture. Tabs and line breaks stay. A JSON text reads back as it was.
#[must_use]
pub fn inert(text: &str) -> Cow<'_, str> {
    let steers = |c: char| !matches!(c, '\t' | '\r' | '\n') && visible(c) != Some(c);
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                // Writing to a string can't fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// `cell` as a cell of a spreadsheet that holds only itself: on one line and without what drives a terminal, and marked
/// where a spreadsheet would take it for a formula. A number stays one.
#[must_use]
pub fn spreadsheet_cell(cell: &str) -> String {
    let text = printable(cell);
    let begins =
        text.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) || cell.starts_with(['\t', '\r']);
    let is_number = text.parse().is_ok_and(f64::is_finite);
    if begins && !is_number { format!("'{text}") } else { text.into_owned() }
}

/// Each line of `text` made [`printable`], with the lines kept apart.
#[must_use]
pub fn printable_lines(text: &str) -> String {
    text.split('\n').map(printable).collect::<Vec<_>>().join("\n")
}

/// A short name for exactly this text: FNV-1a of 64 bits, in 16 hexadecimal digits. It tells texts apart, and guards nothing.
#[must_use]
pub fn fingerprint(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

/// Whether `c` takes no room of its own and sits on the character before it.
#[must_use]
pub fn is_mark(c: char) -> bool {
    // The joiner and the variation selectors build emoji: they are part of the character, not a stack on it.
    unicode_width::UnicodeWidthChar::width(c) == Some(0) && !matches!(c, '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_survives() {
        let nasty = "a\x1b[31mred\x07\u{9b}2J\u{202e}evil\u{200b}\r\nb\tc\x7f";
        let shown = printable(nasty);
        assert_eq!(shown, "a␛[31mred␇\u{FFFD}2J\u{FFFD}evil  b c␡");
        assert!(!shown.chars().any(char::is_control));
    }

    #[test]
    fn nothing_is_wider_than_two_columns() {
        for c in ('\0'..=char::MAX).filter_map(visible) {
            assert!(unicode_width::UnicodeWidthChar::width(c).is_none_or(|width| width <= 2), "{c:?}");
        }
    }

    #[test]
    fn plain_text_is_borrowed_and_other_scripts_stay() {
        assert!(matches!(printable("plain text"), Cow::Borrowed(_)));
        for text in ["naïve café", "日本語", "שלום", "👩‍👩‍👧‍👦 family", "e\u{301}"] {
            assert_eq!(printable(text), text);
        }
    }

    #[test]
    fn lines_stay_lines_and_nothing_else_moves_the_cursor() {
        assert_eq!(printable_lines("a\n  b\x1b[2J\u{9b}c\rd\n"), "a\n  b␛[2J\u{FFFD}c d\n");
    }

    #[test]
    fn json_is_the_same_json_without_what_steers() {
        let nasty = "ü\x7f\u{9b}2J\u{202e}\u{E0041}\u{200b}日本";
        let json = format!("{{\n\"a\": \"{nasty}\"}}");
        let shown = inert(&json);
        assert_eq!(shown, "{\n\"a\": \"ü\\u007f\\u009b2J\\u202e\\udb40\\udc41\\u200b日本\"}");
        assert_eq!(inert("a\tb\r\nc\x1b[2J"), "a\tb\r\nc\\u001b[2J");
        assert!(matches!(inert("{\"a\": 1}"), Cow::Borrowed(_)));
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_are_numbers() {
        for formula in
            ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\tx", " =1", "-cmd|' /C calc'!A0", "＝1", "-inf"]
        {
            assert!(spreadsheet_cell(formula).starts_with('\''), "{formula}");
        }
        for number in ["-1.5", "+2", "0", "-1e3"] {
            assert_eq!(spreadsheet_cell(number), number);
        }
    }

    #[test]
    fn zalgo_is_cut() {
        let zalgo = format!("x{}", "\u{0335}".repeat(50));
        assert_eq!(printable(&zalgo).chars().count(), 1 + MAX_MARKS);
    }
}

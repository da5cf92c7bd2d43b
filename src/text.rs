//! Making untrusted text printable: what a model or a server says never drives the terminal.
//! Control characters, escape sequences and bidirectional controls become visible marks; nothing is lost silently.

use std::borrow::Cow;

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
    fn zalgo_is_cut() {
        let zalgo = format!("x{}", "\u{0335}".repeat(50));
        assert_eq!(printable(&zalgo).chars().count(), 1 + MAX_MARKS);
    }
}

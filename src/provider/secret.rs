//! A key that can be sent but never shown.
//! It has no `Display`, its `Debug` is blank, and it can take itself out of any text that is about to be kept.

use std::borrow::Cow;
use std::fmt;

/// What stands where a secret stood.
pub const MASK: &str = "[key]";

/// Keys shorter than this are not looked for in texts: they would mask ordinary words.
const SHORTEST: usize = 8;

/// What an editor or a web page leaves in a text without showing it.
const INVISIBLE: [char; 9] =
    ['\u{feff}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{00ad}', '\u{202c}'];
/// Quotes, which a shell takes off and a file of settings doesn't.
const QUOTES: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];
/// What stands before a key in a header.
const PREFIXES: [&str; 2] = ["authorization:", "bearer "];

/// A text that can't be a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Unsendable;

/// An API key.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a key, without the white space that pasting leaves around it; nothing when nothing is left.
    #[must_use]
    pub fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    /// The key in what somebody pasted: without the quotes, the `Bearer` and the invisible characters around it.
    /// Nothing when nothing is left.
    ///
    /// # Errors
    /// When it holds what no key can.
    pub fn read(text: &str) -> Result<Option<Self>, Unsendable> {
        let visible: String = text.chars().filter(|letter| !INVISIBLE.contains(letter)).collect();
        let mut key = visible.trim();
        while let Some(less) = without_wrapping(key) {
            key = less.trim();
        }
        if !key.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(Unsendable);
        }
        Ok(Self::new(key))
    }

    /// The key itself, for the request and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is long enough to be told from an ordinary word.
    #[must_use]
    pub fn is_looked_for(&self) -> bool {
        self.0.len() >= SHORTEST
    }

    /// `text` without this key.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.is_looked_for() && text.contains(&self.0) {
            Cow::Owned(text.replace(&self.0, MASK))
        } else {
            Cow::Borrowed(text)
        }
    }
}

/// One layer less of what people paste along with a key.
fn without_wrapping(key: &str) -> Option<&str> {
    for (open, close) in QUOTES {
        if let Some(within) = key.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return Some(within);
        }
    }
    PREFIXES.into_iter().find_map(|prefix| {
        let (start, rest) = key.split_at_checked(prefix.len())?;
        (start.eq_ignore_ascii_case(prefix)).then_some(rest)
    })
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nowhere() {
        let secret = Secret::new("  sk-canary-123456\n").unwrap();
        assert_eq!(format!("{secret:?}"), "Secret");
        assert_eq!(secret.mask("bad key sk-canary-123456!"), "bad key [key]!");
        assert!(matches!(secret.mask("fine"), Cow::Borrowed("fine")));
        assert_eq!(Secret::new(" \n"), None);
    }

    #[test]
    fn what_was_pasted_along_is_taken_off() {
        for text in [
            "sk-test-1234567890",
            " sk-test-1234567890\r\n",
            "\u{feff}sk-test-1234567890",
            "sk-test-\u{200b}1234567890",
            "\"sk-test-1234567890\"",
            "'sk-test-1234567890'",
            "“sk-test-1234567890”",
            "Bearer sk-test-1234567890",
            "\"bearer  sk-test-1234567890\"",
            "Authorization: Bearer 'sk-test-1234567890'",
        ] {
            let key = Secret::read(text).unwrap().unwrap();
            assert_eq!(key.expose(), "sk-test-1234567890", "{text:?}");
        }
        for nothing in ["", " ", "\"\"", "\u{feff}"] {
            assert_eq!(Secret::read(nothing), Ok(None), "{nothing:?}");
        }
        for odd in ["sk-test 1234567890", "sk-test\n1234567890", "sk-tést-1234567890", "sk-\u{7}test", "\"sk-test”"]
        {
            assert_eq!(Secret::read(odd), Err(Unsendable), "{odd:?}");
        }
    }
}

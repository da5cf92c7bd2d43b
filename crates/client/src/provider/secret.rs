//! A key that can be sent but never shown.
//! It has no `Display`, its `Debug` is blank, and it can take itself out of any text that is about to be kept.

use std::borrow::Cow;
use std::fmt;

use self::key_forms::KeyForms;

mod key_forms;

/// What stands where a secret stood.
pub const MASK: &str = "[key]";

/// What an editor or a web page leaves in a text without showing it.
const INVISIBLE: [char; 9] =
    ['\u{feff}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{2060}', '\u{00ad}', '\u{202c}'];
/// Quotes, which a shell takes off and a file of settings doesn't.
const QUOTES: [(char, char); 5] = [('"', '"'), ('\'', '\''), ('`', '`'), ('“', '”'), ('‘', '’')];
/// What stands before a key in a header.
const PREFIXES: [&str; 2] = ["authorization:", "bearer "];

/// A text that can't be a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnsendableKey;

/// An API key; its `Debug` form says no more than `Secret`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    key: String,
    /// The key in every form in which it is looked for; none of a key that is too short for that.
    forms: KeyForms,
}

impl Secret {
    /// Wraps a key, without the white space that pasting leaves around it; nothing when nothing is left.
    #[must_use]
    pub fn new(key: &str) -> Option<Self> {
        let key = key.trim();
        (!key.is_empty()).then(|| Self { key: key.to_owned(), forms: KeyForms::of(key) })
    }

    /// The key in what somebody pasted: without the quotes, the `Bearer` and the invisible characters around it.
    /// Nothing when nothing is left.
    ///
    /// # Errors
    /// When it holds what no key can.
    pub fn read(text: &str) -> Result<Option<Self>, UnsendableKey> {
        let visible: String = text.chars().filter(|letter| !INVISIBLE.contains(letter)).collect();
        let mut key = visible.trim();
        while let Some(less) = without_wrapping(key) {
            key = less.trim();
        }
        if !key.chars().all(|letter| letter.is_ascii_graphic()) {
            return Err(UnsendableKey);
        }
        Ok(Self::new(key))
    }

    /// The key itself, for the request and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.key
    }

    /// The forms in which it is looked for; none when it is too short to be told from an ordinary word.
    #[must_use]
    pub(super) const fn forms(&self) -> &KeyForms {
        &self.forms
    }

    /// `text` without this key, in any of its forms.
    #[must_use]
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.forms.all().iter().fold(Cow::Borrowed(text), |text, form| {
            if text.contains(form) { Cow::Owned(text.replace(form, MASK)) } else { text }
        })
    }
}

/// One layer less of what people paste along with a key.
fn without_wrapping(key: &str) -> Option<&str> {
    for (open, close) in QUOTES {
        if let Some(within) = key.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return Some(within);
        }
    }
    if key.eq_ignore_ascii_case("bearer") {
        return Some("");
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
        assert_eq!(Secret::read("Bearer "), Ok(None));
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
            assert_eq!(Secret::read(odd), Err(UnsendableKey), "{odd:?}");
        }
    }

    #[test]
    fn it_is_known_in_other_clothes() {
        let secret = Secret::new("sk-Canary-123456").unwrap();
        // "sk-Canary-123456", "a:sk-Canary-123456" and "ab:sk-Canary-123456!" in Base64.
        for text in ["c2stQ2FuYXJ5LTEyMzQ1Ng==", "YTpzay1DYW5hcnktMTIzNDU2", "YWI6c2stQ2FuYXJ5LTEyMzQ1NiE="] {
            let masked = secret.mask(text);
            assert!(masked.contains(MASK) && masked.len() < MASK.len() + 8, "{text}: {masked}");
        }
        assert_eq!(secret.mask("654321-yranaC-ks"), MASK);
        assert_eq!(secret.mask("x-sk-canary-123456"), "x-[key]");
        assert_eq!(secret.mask("SK-CANARY-123456"), MASK);
        assert_eq!(secret.mask("x-654321-yranac-ks"), "x-[key]");
        for text in ["736b2d43616e6172792d313233343536", "736B2D43616E6172792D313233343536"] {
            assert_eq!(secret.mask(text), MASK);
        }
        assert_eq!(secret.mask("%73%6b%2d%43%61%6e%61%72%79%2d%31%32%33%34%35%36"), MASK);
        let odd = Secret::new("id:ab/cd+ef==").unwrap();
        assert_eq!(odd.mask("key=id%3Aab%2Fcd%2Bef%3D%3D&x"), "key=[key]&x");
        assert_eq!(odd.mask("key=id%3aab%2fcd%2bef%3d%3d&x"), "key=[key]&x");
        assert_eq!(Secret::new("short").unwrap().mask("short"), "short");
    }
}

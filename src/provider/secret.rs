//! A key that can be sent but never shown.
//! It has no `Display`, its `Debug` is blank, and it can take itself out of any text that is about to be kept.

use std::borrow::Cow;
use std::fmt;

/// What stands where a secret stood.
pub const MASK: &str = "[key]";

/// Keys shorter than this are not looked for in texts: they would mask ordinary words.
const SHORTEST: usize = 8;

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
}

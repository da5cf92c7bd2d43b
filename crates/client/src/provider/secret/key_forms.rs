//! The forms of a key in which a server may send it back, and the search for all of them in one walk over a text.

/// Keys shorter than this are not looked for in texts: they would mask ordinary words.
const SHORTEST: usize = 8;

/// The letters of Base64.
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A key in every form in which it is looked for, itself first.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct KeyForms {
    forms: Vec<String>,
    /// By byte: whether a form begins with it.
    begins: [bool; 256],
}

impl KeyForms {
    /// Those of `key`; none when it is too short to be told from an ordinary word.
    pub(super) fn of(key: &str) -> Self {
        let forms = forms(key);
        let mut begins = [false; 256];
        for first in forms.iter().filter_map(|form| form.bytes().next()) {
            if let Some(begins) = begins.get_mut(usize::from(first)) {
                *begins = true;
            }
        }
        Self { forms, begins }
    }

    /// All of them, the key itself first.
    pub(super) fn all(&self) -> &[String] {
        &self.forms
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether `text` holds a form, or ends as one begins.
    pub(crate) fn may_touch(&self, text: &str) -> bool {
        self.starts(text).any(|(_, rest, form)| rest.starts_with(form) || form.starts_with(rest))
    }

    /// Where the first form stands in `text`, and how long it is; the longest where several begin there.
    pub(crate) fn first_in(&self, text: &str) -> Option<(usize, usize)> {
        let found = self.starts(text).filter(|(_, rest, form)| rest.starts_with(form));
        let mut first: Option<(usize, usize)> = None;
        for (at, _, form) in found {
            match first {
                Some((earlier, _)) if earlier < at => break,
                Some((_, length)) if length >= form.len() => {}
                _ => first = Some((at, form.len())),
            }
        }
        first
    }

    /// How many bytes at the end of `text` are the beginning of a form, but not all of it.
    pub(crate) fn beginning_at_end(&self, text: &str) -> usize {
        let mut open = self.starts(text).filter(|(_, rest, form)| rest.len() < form.len() && form.starts_with(rest));
        open.next().map_or(0, |(_, rest, _)| rest.len())
    }

    /// Each place in `text` at which a form may begin, with the text from there on and that form.
    fn starts<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a [u8], &'a [u8])> {
        let bytes = text.as_bytes();
        let begins = |byte: u8| self.begins.get(usize::from(byte)) == Some(&true);
        let places = bytes.iter().enumerate().filter(move |(_, byte)| begins(**byte));
        places.flat_map(move |(at, byte)| {
            let rest = bytes.get(at..).unwrap_or_default();
            let forms = self.forms.iter().map(String::as_bytes).filter(move |form| form.first() == Some(byte));
            forms.map(move |form| (at, rest, form))
        })
    }
}

/// The forms of `key` in which a server may send it back: as it is, in capitals, reversed, in Base64 of either alphabet,
/// wherever in the encoded text it begins, as hexadecimal digits, and as part of an address. Each of them also in small
/// letters, as header names are.
fn forms(key: &str) -> Vec<String> {
    if key.len() < SHORTEST {
        return Vec::new();
    }
    let encoded = (0..3).map(|before| base64_core(key.as_bytes(), before));
    let encoded = encoded.flat_map(|core| [core.replace('+', "-").replace('/', "_"), core]);
    let others = [
        key.to_ascii_uppercase(),
        key.chars().rev().collect(),
        hexadecimal(key, "", |_| true).to_ascii_uppercase(),
        hexadecimal(key, "%", |_| true),
        hexadecimal(key, "%", |byte| !byte.is_ascii_alphanumeric() && !b"-._~".contains(byte)),
    ];
    let mut forms: Vec<String> = Vec::new();
    for form in std::iter::once(key.to_owned()).chain(others).chain(encoded) {
        for form in [form.to_ascii_lowercase(), form].into_iter().rev() {
            if !forms.contains(&form) && form.len() >= SHORTEST {
                forms.push(form);
            }
        }
    }
    forms
}

/// `key` with the bytes that `encoded` names as hexadecimal digits behind `mark`.
fn hexadecimal(key: &str, mark: &str, encoded: impl Fn(&u8) -> bool) -> String {
    let letter = |byte| if encoded(&byte) { format!("{mark}{byte:02X}") } else { char::from(byte).to_string() };
    key.bytes().map(letter).collect()
}

/// What Base64 makes of `key` behind `before` other bytes, as far as those and the ones behind it have no part in it.
fn base64_core(key: &[u8], before: usize) -> String {
    let bits = |index: usize| key.get(index / 8).map(|byte| byte >> (7 - index % 8) & 1);
    // The first letter that is all the key's begins so many bits into it.
    let first = (6 - before * 8 % 6) % 6;
    let letters = (first..).step_by(6).map_while(|start| {
        let value = (start..start + 6).try_fold(0, |value, bit| Some(value << 1 | bits(bit)?))?;
        BASE64.get(usize::from(value)).map(|letter| char::from(*letter))
    });
    letters.collect()
}

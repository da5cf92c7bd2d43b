//! Words of a server made fit to be shown: short, on one line, without control characters.
//! Anything that looks like a key is masked, because a server may echo the one it refused into a screen or a recording.

use std::borrow::Cow;

/// Starts of keys that providers hand out.
const KEY_STARTS: [&str; 14] =
    ["sk-", "sk_", "gsk_", "csk-", "csk_", "pk-", "rk-", "xai-", "hf_", "fw_", "tgp_", "nvapi-", "AIza", "key-"];
/// A word after such a start is a key from this many characters on: `sk-learn` is none.
const KEY_TAIL: usize = 8;
/// Letters and digits mixed without a break for this long are a key of the sort that has no start.
const OPAQUE: usize = 32;
/// No key is longer.
const LONGEST_KEY: usize = 4096;
const MASK: &str = "…";

/// The first `limit` characters of `text` on one line, with keys masked.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> Box<str> {
    // Cut roughly before masking, exactly after it: masking a whole reply would be wasted work.
    let rough = cut(text, limit.saturating_mul(4).saturating_add(LONGEST_KEY)).unwrap_or(text);
    let words = rough.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let mut line = String::new();
    let mut after_bearer = false;
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&if after_bearer { mask_after_bearer(word) } else { mask(word) });
        after_bearer = is_bearer(word);
    }
    shortened(&line, limit)
}

/// `text` as it is, lines and spaces too, with keys masked.
#[must_use]
pub fn without_keys(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut after_bearer = false;
    for piece in text.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        out.push_str(&if after_bearer { mask_after_bearer(word) } else { mask(word) });
        out.push_str(piece.strip_prefix(word).unwrap_or_default());
        after_bearer = if word.is_empty() { after_bearer } else { is_bearer(word) };
    }
    out
}

/// The first `limit` characters of `text`, with a mark where that isn't all of it.
pub(super) fn shortened(text: &str, limit: usize) -> Box<str> {
    cut(text, limit).map_or_else(|| text.into(), |cut| format!("{cut}{MASK}").into())
}

/// The first `limit` characters of `text`, if it has more. A word that is cut in two and may be a key is left out: whoever
/// knows the key would not know its beginning for one.
fn cut(text: &str, limit: usize) -> Option<&str> {
    let (end, _) = text.char_indices().nth(limit)?;
    let (kept, rest) = text.split_at_checked(end)?;
    let apart = |letter: char| !letter.is_ascii_graphic() || "\"'`<>(){}[],;".contains(letter);
    let begun = kept.len() - kept.rsplit(apart).next().map_or(0, str::len);
    let word = kept.len() - begun + rest.find(apart).unwrap_or(rest.len());
    let may_be_key = !rest.starts_with(apart) && (KEY_TAIL + 1..=LONGEST_KEY).contains(&word);
    kept.get(..if may_be_key { begun } else { end })
}

/// Masks the keys among the parts of one word, such as `"api_key":"sk-…"`.
fn mask(word: &str) -> Cow<'_, str> {
    if !word.split(|letter| !in_key(letter)).any(|part| masked(part).is_some()) {
        return Cow::Borrowed(word);
    }
    let mut out = String::new();
    for piece in word.split_inclusive(|letter| !in_key(letter)) {
        let part = piece.trim_end_matches(|letter| !in_key(letter));
        let rest = piece.strip_prefix(part).unwrap_or_default();
        out.push_str(masked(part).unwrap_or(part));
        if masked(part).is_some() {
            out.push_str(MASK);
        }
        out.push_str(rest);
    }
    Cow::Owned(out)
}

/// Whatever follows `Bearer` is a key, unless it is too short for one: “Bearer token missing”.
fn mask_after_bearer(word: &str) -> Cow<'_, str> {
    if word.chars().filter(|letter| in_key(*letter)).count() > KEY_TAIL { MASK.into() } else { mask(word) }
}

/// Whether the word ends with `Bearer`, as in `"Authorization":"Bearer`.
fn is_bearer(word: &str) -> bool {
    let mut parts = word.rsplit(|letter: char| !letter.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    parts.next().is_some_and(|last| last.eq_ignore_ascii_case("bearer"))
}

/// What may be shown of `part` when it is a key.
fn masked(part: &str) -> Option<&'static str> {
    let start = KEY_STARTS
        .into_iter()
        .find(|start| part.strip_prefix(start).is_some_and(|tail| tail.len() >= KEY_TAIL || tail.contains('*')));
    start.or_else(|| is_opaque(part).then_some(""))
}

fn is_opaque(part: &str) -> bool {
    part.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|run| {
        run.len() >= OPAQUE
            && run.bytes().any(|byte| byte.is_ascii_digit())
            && run.bytes().any(|byte| byte.is_ascii_alphabetic())
    })
}

const fn in_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '*' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts_keep_their_form_without_keys() {
        let text = "load\tmodel\n  Authorization: Bearer  abcdefgh0123\r\n\nkey gsk_0123456789abcdef refused ";
        assert_eq!(without_keys(text), "load\tmodel\n  Authorization: Bearer  …\r\n\nkey gsk_… refused ");
        assert_eq!(without_keys(""), "");
    }

    #[test]
    fn keys_are_masked_wherever_they_stand() {
        for (text, shown) in [
            ("Incorrect API key provided: sk-abc123def456.", "Incorrect API key provided: sk-…"),
            ("{\"key\":\"gsk_0123456789abcdef\",\"n\":1}", "{\"key\":\"gsk_…\",\"n\":1}"),
            ("key csk-aaaabbbbcccc refused", "key csk-… refused"),
            ("got sk-ab***yz", "got sk-…"),
            ("Authorization: Bearer abc.def-0123456789", "Authorization: Bearer …"),
            ("{\"Authorization\":\"Bearer abcdefghijkl\"}", "{\"Authorization\":\"Bearer …"),
            ("Bearer token missing", "Bearer token missing"),
            ("key 0123456789abcdef0123456789abcdef refused", "key … refused"),
            ("scikit sk-learn, risk-assessment-unit", "scikit sk-learn, risk-assessment-unit"),
            ("model accounts/fireworks/models/gpt-oss-120b", "model accounts/fireworks/models/gpt-oss-120b"),
        ] {
            assert_eq!(&*excerpt(text, 200), shown);
        }
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(&*excerpt(" a\r\n\tb\u{1b}[31m\0c ", 200), "a b [31m c");
        assert_eq!(&*excerpt("äöüß", 3), "äöü…");
        assert_eq!(&*excerpt("bad key canary0value0of0a0key", 20), "bad key …", "no half of what may be a key");
        assert_eq!(&*excerpt("{\"key\":\"canary0value0of0a0key\"}", 12), "{\"key\":\"…");
        assert_eq!(&*excerpt("bad key canary0v", 16), "bad key canary0v");
        assert_eq!(&*excerpt("错误的密钥错误的密钥错误的密钥", 12), "错误的密钥错误的密钥错误…");
        assert_eq!(&*excerpt("abc", 3), "abc");
        assert_eq!(&*excerpt("", 3), "");
    }
}

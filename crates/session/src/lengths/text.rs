//! Text of a given number of tokens. It is made of common short English words, each of which is one token in every vocabulary in
//! use, as a full stop is; so its length is right without anybody's tokenizer.

use fastrand::Rng;

/// The words that texts are made of, with white space between.
const WORDS: &str = include_str!("../../../../texts/words.txt");
/// What ends a text, so that the answer to it is long: words of the same kind.
const REQUEST: &str = " write a very long story with many of these words.";
/// A text under this many tokens is words alone.
const FROM: u32 = 40;
/// How many words a sentence has.
const SENTENCE: std::ops::RangeInclusive<u32> = 7..=14;

/// A text of so many tokens that asks for something.
pub(super) fn asking(tokens: u32, rng: &mut Rng) -> String {
    if tokens < FROM {
        return plain(tokens, rng);
    }
    plain(tokens - tokens_of(REQUEST), rng) + REQUEST
}

/// A text of so many tokens.
pub(super) fn plain(tokens: u32, rng: &mut Rng) -> String {
    let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
    let (mut text, mut sentence) = (String::new(), rng.u32(SENTENCE));
    for left in (1..=tokens).rev() {
        // A sentence has its words and its full stop; the last one ends with the text.
        if (sentence == 0 || left == 1 && tokens > 1) && !text.ends_with('.') {
            text.push('.');
            sentence = rng.u32(SENTENCE);
            continue;
        }
        sentence -= 1;
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(rng.choice(&words).copied().unwrap_or("the"));
    }
    text
}

/// How many tokens a text of this module has: its words, and its full stops.
pub(super) fn tokens_of(text: &str) -> u32 {
    let parts = text.split_ascii_whitespace().count() + text.bytes().filter(|byte| *byte == b'.').count();
    u32::try_from(parts).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_as_many_tokens_as_it_is_given() {
        let mut rng = Rng::with_seed(3);
        for tokens in [1, 2, 9, 39, 40, 100, 1_000, 20_000] {
            let text = asking(tokens, &mut rng);
            assert_eq!(tokens_of(&text), tokens, "{text}");
            assert_eq!(text.ends_with("these words."), tokens >= FROM);
            assert!(!text.contains(" .") && !text.contains(".."), "{text}");
        }
    }

    #[test]
    fn the_words_are_short_and_none_is_there_twice() {
        let words: Vec<&str> = WORDS.split_ascii_whitespace().collect();
        let mut sorted = words.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!((sorted.len(), words.len() > 300), (words.len(), true));
        assert!(words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_lowercase()) && word.len() < 11));
    }
}

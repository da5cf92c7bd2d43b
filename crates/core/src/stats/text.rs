//! What can be said of an answer without understanding it: does it repeat itself, does it say the same as another one.
//! All of it is counted in words, so that white space and punctuation change little.

use std::collections::{HashMap, HashSet};

/// Words in a row that count as a repetition when they come again.
const REPEATED: usize = 4;
/// Words in a row that two texts are compared by.
const SHINGLE: usize = 3;

/// The words of `text` in lower case, without the punctuation around them.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    each_word(text).collect()
}

fn each_word(text: &str) -> impl Iterator<Item = String> {
    let bare = |word: &str| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    text.split_whitespace().map(bare).filter(|word| !word.is_empty())
}

/// The same as numbers, each word always the same: a long text has few different ones, and takes four bytes for each that comes.
#[must_use]
pub fn numbered_words(text: &str) -> Vec<u32> {
    let mut known: HashMap<String, u32> = HashMap::new();
    let number = |word: String| {
        let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
        *known.entry(word).or_insert(next)
    };
    each_word(text).map(number).collect()
}

/// The share of repeated four-word sequences, 0 none to 1 nearly all: 1 − different sequences ÷ all of them
/// (seq-rep-4 of Welleck et al., "Neural Text Generation with Unlikelihood Training", 2020). Nothing under five words.
#[must_use]
pub fn repetition(text: &str) -> Option<f64> {
    repeated_share(&numbered_words(text))
}

/// The same of words that are numbers already.
#[must_use]
pub(super) fn repeated_share(words: &[u32]) -> Option<f64> {
    let mut sequences: Vec<[u32; REPEATED]> =
        words.windows(REPEATED).filter_map(|sequence| sequence.try_into().ok()).collect();
    let all = sequences.len();
    sequences.sort_unstable();
    sequences.dedup();
    (all > 1).then(|| 1.0 - share(sequences.len(), all))
}

/// How alike two texts are, 0 nothing in common to 1 the same words: their common three-word sequences over all of
/// theirs (Broder, "On the Resemblance and Containment of Documents", 1997). Shorter texts are compared word by word.
/// Nothing when one is empty.
#[must_use]
pub fn similarity(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (words(a), words(b));
    let size = SHINGLE.min(a.len()).min(b.len());
    if size == 0 {
        return None;
    }
    let [a, b] = [&a, &b].map(|words| words.windows(size).collect::<HashSet<_>>());
    Some(share(a.intersection(&b).count(), a.union(&b).count()))
}

#[expect(clippy::cast_precision_loss, reason = "texts have far fewer than 2^52 words")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_say_what_words_say(text in "([aAbBcC,.]{1,3} ){0,60}") {
            let (words, numbers) = (words(&text), numbered_words(&text));
            prop_assert_eq!(words.len(), numbers.len());
            for (one, number) in words.iter().zip(&numbers) {
                for (other, another) in words.iter().zip(&numbers) {
                    prop_assert_eq!(one == other, number == another);
                }
            }
            let all = words.windows(REPEATED).len();
            let different = words.windows(REPEATED).collect::<HashSet<_>>().len();
            prop_assert_eq!(repetition(&text), (all > 1).then(|| 1.0 - share(different, all)));
        }
    }

    #[test]
    fn a_loop_is_told_from_prose() {
        let prose = "The quick brown fox jumps over the lazy dog and runs away from all of them.";
        assert_eq!(repetition(prose), Some(0.0));
        let stuck = "I am a model. ".repeat(25);
        // 97 sequences of four words, four of them different.
        assert!((repetition(&stuck).unwrap() - (1.0 - 4.0 / 97.0)).abs() < 1e-12);
        assert_eq!(repetition("too short to tell"), None);
    }

    #[test]
    fn likeness_is_one_for_the_same_words_and_nothing_for_others() {
        assert_eq!(similarity("Tokens, one by one.", "tokens one by ONE"), Some(1.0));
        assert_eq!(similarity("one two three four", "five six seven eight"), Some(0.0));
        assert_eq!(similarity("a b c d", "a b c e"), Some(1.0 / 3.0), "abc of abc, bcd, bce");
        assert_eq!(similarity("yes", "yes it is"), Some(1.0 / 3.0));
        assert_eq!(similarity("", "x"), None);
    }
}

//! Whether an answer repeats itself so much that it is none any more: the share of its words that come again, and a loop at
//! its end. All of it is counted in words, so that white space and punctuation change little.

use std::collections::HashSet;

use super::text::{numbered_words, repeated_share, words};

/// From this share of repeated four-word sequences (seq-rep-4 of Welleck et al., 2020) on an answer is degenerate: over a
/// half, most of it was there before. The threshold is ours.
pub const DEGENERATE_SHARE: f64 = 0.5;
/// How often a group of words comes in a row at the end before it is a loop (Holtzman et al., "The Curious Case of Neural
/// Text Degeneration", 2020, of phrases of two words or more).
const LOOP_TIMES: usize = 3;
/// Words that a loop has at least, all its rounds together: "very, very, very good" is none.
const LOOP_WORDS: usize = 8;
/// The longest group of words that is looked for.
const LONGEST_GROUP: usize = 100;
/// Answers with fewer words are not judged: a few sequences have no share worth the name.
pub const FEWEST_WORDS: usize = 20;

/// How an answer repeats itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AnswerRepetition {
    /// Share of four-word sequences that were there before, 0 to 1: 1 − distinct-4.
    pub repeated: f64,
    /// Words at its end that go round in a loop; 0 without one.
    pub looping_words: usize,
}

impl AnswerRepetition {
    /// Looks at `answer`; nothing where it has fewer than [`FEWEST_WORDS`].
    #[must_use]
    pub fn of(answer: &str) -> Option<Self> {
        let all = numbered_words(answer);
        if all.len() < FEWEST_WORDS {
            return None;
        }
        Some(Self { repeated: repeated_share(&all)?, looping_words: looping(&all) })
    }

    /// Whether the answer is none any more.
    #[must_use]
    pub fn is_degenerate(&self) -> bool {
        self.repeated >= DEGENERATE_SHARE || self.looping_words > 0
    }
}

/// Share of different `order`-word sequences among all of them (distinct-n of Li et al., 2016): 1 repeats nothing. Nothing
/// for a text without such a sequence.
#[must_use]
pub fn distinct(text: &str, order: usize) -> Option<f64> {
    let words = words(text);
    let all = words.windows(order.max(1));
    let count = all.len();
    let different = all.collect::<HashSet<_>>().len();
    (count > 0).then(|| share(different, count))
}

/// The longest loop at the end of `words`: a group that comes [`LOOP_TIMES`] times or more with nothing between, or begins
/// to once more.
fn looping(words: &[u32]) -> usize {
    let longest = (words.len() / LOOP_TIMES).min(LONGEST_GROUP);
    let of_group = |length: usize| {
        let again = words.iter().rev().zip(words.iter().rev().skip(length)).take_while(|(one, two)| one == two).count();
        let whole = again + length;
        if whole >= length * LOOP_TIMES && whole >= LOOP_WORDS { whole } else { 0 }
    };
    (1..=longest).map(of_group).max().unwrap_or(0)
}

#[expect(clippy::cast_precision_loss, reason = "texts have far fewer than 2^52 words")]
fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: &str =
        "The sky looks blue because air scatters short waves of light far more than the long ones do, and so it goes.";

    fn close(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-9
    }

    #[test]
    fn ordinary_words_are_no_loop() {
        let healthy = AnswerRepetition::of(PLAIN).unwrap();
        assert!(close(healthy.repeated, 0.0) && healthy.looping_words == 0 && !healthy.is_degenerate());
        let list = format!("{PLAIN} one apple, two apples, three apples, four apples, five apples, six apples");
        assert!(!AnswerRepetition::of(&list).unwrap().is_degenerate());
        assert!(!AnswerRepetition::of(&format!("{PLAIN} It is very, very, very good.")).unwrap().is_degenerate());
        assert_eq!(AnswerRepetition::of("no no no no no no no no no no"), None, "too short to be judged");
    }

    #[test]
    fn a_loop_at_the_end_is_found_whatever_was_said_before() {
        let loops = AnswerRepetition::of(&format!("{PLAIN} {}", "I am sorry. ".repeat(4))).unwrap();
        assert_eq!((loops.looping_words, loops.is_degenerate()), (12, true));
        assert!(loops.repeated < DEGENERATE_SHARE);
        let cut = AnswerRepetition::of(&format!("{PLAIN} {} I am", "I am sorry. ".repeat(4))).unwrap();
        assert_eq!(cut.looping_words, 14, "cut off in the middle of a round");
        let over = AnswerRepetition::of(&format!("{PLAIN} {} {PLAIN}", "I am sorry. ".repeat(4))).unwrap();
        assert_eq!(over.looping_words, 0, "it came out of it again");
    }

    #[test]
    fn words_that_come_again_and_again_are_degenerate() {
        let junk = AnswerRepetition::of(&", and".repeat(40)).unwrap();
        assert!(junk.repeated > 0.9 && junk.looping_words == 40, "{junk:?}");
        let twice = AnswerRepetition::of(&format!("{PLAIN} {PLAIN}")).unwrap();
        assert!(twice.repeated < DEGENERATE_SHARE && !twice.is_degenerate(), "{twice:?}");
        let four = AnswerRepetition::of(&format!("{PLAIN} {PLAIN} {PLAIN} {PLAIN} And that was all.")).unwrap();
        assert!(four.repeated > DEGENERATE_SHARE && four.looping_words == 0 && four.is_degenerate(), "{four:?}");
        assert!(close(distinct("a b a b", 2).unwrap(), 2.0 / 3.0) && distinct("a", 2).is_none());
    }
}

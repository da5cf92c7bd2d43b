//! Where two answers to one prompt part. Greedy decoding of equal weights parts at a near tie sooner or later, so that a place
//! is a finding and never a failure; the log-probabilities there say whether it was a tie.

use serde::{Deserialize, Serialize};

/// Letters of each answer that are shown where they part.
const SHOWN: usize = 24;
/// Tokens whose log-probabilities differ by less than this, in nats, are a near tie. One set of weights in three forms
/// (llama.cpp dense and as a mixture of equal experts, transformers) parted at ten places with gaps of 0.02 to 0.26, eight of
/// them below this; its copy quantised anew to four bits at three places with 0.69 to 1.88.
pub const NEAR_TIE: f64 = 0.2;

/// Where two answers part: first letter, and first token where an engine tells them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct FirstDivergence {
    /// Letters that both have in common.
    pub common_chars: usize,
    /// Whole words that both have in common.
    pub common_words: usize,
    /// How the one goes on; empty where it has ended.
    pub one: String,
    /// How the other goes on; empty where it has ended.
    pub other: String,
    /// The tokens at which they part, with their probabilities; nothing where no engine tells.
    #[serde(default)]
    pub tokens: Option<TokenDivergence>,
}

/// The first two tokens that differ, as one engine sees them.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct TokenDivergence {
    /// The engine that was asked, by its place among all, from 0.
    pub told_by: usize,
    /// Tokens of the answer that both have in common.
    pub common_tokens: usize,
    /// The next token of the one; nothing where it has ended.
    pub one: Option<TokenChance>,
    /// The next token of the other; nothing where it has ended.
    pub other: Option<TokenChance>,
}

/// A token with its log-probability behind what both have in common.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct TokenChance {
    /// Its letters; what is no whole letter is left out.
    pub text: String,
    /// Its log-probability, natural; absent where it is not among those that were told.
    pub logprob: Option<f64>,
}

impl FirstDivergence {
    /// Where `one` and `other` part; nothing when they are equal.
    #[must_use]
    pub fn of(one: &str, other: &str) -> Option<Self> {
        if one == other {
            return None;
        }
        let common: String =
            one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(letter, _)| letter).collect();
        let rest = |text: &str| text.get(common.len()..).unwrap_or_default().chars().take(SHOWN).collect();
        let words = one.split_whitespace().zip(other.split_whitespace()).take_while(|(a, b)| a == b).count();
        Some(Self {
            common_chars: common.chars().count(),
            common_words: words,
            one: rest(one),
            other: rest(other),
            tokens: None,
        })
    }

    /// Whether the engine that was asked finds both tokens as good as equally likely; nothing where that is not known.
    #[must_use]
    pub fn is_near_tie(&self) -> Option<bool> {
        self.tokens.as_ref().and_then(TokenDivergence::gap).map(|gap| gap.abs() < NEAR_TIE)
    }
}

impl TokenDivergence {
    /// Where the tokens `one` and `other` of two texts, of which the first `prompt` are no answer, part: how many they share.
    /// Nothing where they part inside the prompt or not at all.
    #[must_use]
    pub fn place(one: &[u64], other: &[u64], prompt: usize) -> Option<usize> {
        let common = one.iter().zip(other).take_while(|(a, b)| a == b).count();
        (common >= prompt && (common < one.len() || common < other.len())).then_some(common)
    }

    /// By how many nats the one is likelier than the other.
    #[must_use]
    pub fn gap(&self) -> Option<f64> {
        Some(self.one.as_ref()?.logprob? - self.other.as_ref()?.logprob?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_part_at_a_letter() {
        assert_eq!(FirstDivergence::of("Paris.", "Paris."), None);
        let parted = FirstDivergence::of("Größe eins", "Größe zwei").unwrap();
        assert_eq!((parted.common_chars, parted.common_words), (6, 1));
        assert_eq!((parted.one.as_str(), parted.other.as_str()), ("eins", "zwei"));
        let longer = FirstDivergence::of("Paris", "Paris is").unwrap();
        assert_eq!((longer.one.as_str(), longer.other.as_str(), longer.common_words), ("", " is", 1));
        let long = FirstDivergence::of("", &"x".repeat(100)).unwrap();
        assert_eq!(long.other.len(), SHOWN);
    }

    #[test]
    fn tokens_part_behind_the_prompt() {
        assert_eq!(TokenDivergence::place(&[1, 2, 3, 4], &[1, 2, 3, 5], 2), Some(3));
        assert_eq!(TokenDivergence::place(&[1, 2, 3], &[1, 2, 3, 5], 2), Some(3), "one has ended");
        assert_eq!(TokenDivergence::place(&[1, 9], &[1, 8], 2), None, "the prompts are not the same");
        assert_eq!(TokenDivergence::place(&[1, 2], &[1, 2], 1), None);
    }

    #[test]
    fn a_small_gap_is_a_near_tie() {
        let chance = |logprob| Some(TokenChance { text: "x".into(), logprob });
        let with = |one, other| FirstDivergence {
            tokens: Some(TokenDivergence { one: chance(one), other: chance(other), ..TokenDivergence::default() }),
            ..FirstDivergence::default()
        };
        assert_eq!(with(Some(-1.85), Some(-2.01)).is_near_tie(), Some(true));
        assert_eq!(with(Some(-0.1), Some(-2.5)).is_near_tie(), Some(false));
        assert_eq!(with(Some(-2.5), Some(-0.1)).is_near_tie(), Some(false));
        assert_eq!((with(None, Some(-0.1)).is_near_tie(), FirstDivergence::default().is_near_tie()), (None, None));
    }
}

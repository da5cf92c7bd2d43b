//! Whether words are still good: how well a model foresees a text, how like two answers are, and whether one repeats itself.
//! Pure: log-probabilities and answers are handed in.

use std::collections::{HashMap, HashSet};

/// Characters of the longest n-gram of [`chrf`].
const CHRF_ORDER: usize = 6;
/// How much more recall counts than precision there.
const CHRF_BETA: f64 = 2.0;
/// Words of the n-grams by which a loop is found.
const LOOP_WORDS: usize = 4;
/// From this share of repeated n-grams on an answer is degenerate; greedy answers of healthy models lie below 0.2
/// (Welleck et al., 2019, seq-rep-4).
pub const DEGENERATE: f64 = 0.5;

/// How well a text was foreseen, token by token, the text itself as context.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct TextLikelihood {
    /// Sum of the negative log-likelihoods, natural logarithm.
    pub nll: f64,
    /// Tokens that it is over.
    pub tokens: u64,
    /// Tokens whose probability the engine did not tell; the figures are lower bounds then.
    pub missed: u64,
    /// Bytes of the text.
    pub bytes: u64,
}

impl TextLikelihood {
    /// Perplexity: e to the mean negative log-likelihood of a token. Comparable only under one tokenizer.
    #[must_use]
    pub fn perplexity(&self) -> Option<f64> {
        (self.tokens > 0).then(|| (self.nll / number(self.tokens)).exp())
    }

    /// Bits of information for each byte of the text, comparable across tokenizers.
    #[must_use]
    pub fn bits_per_byte(&self) -> Option<f64> {
        (self.bytes > 0 && self.tokens > 0).then(|| self.nll / std::f64::consts::LN_2 / number(self.bytes))
    }
}

/// Edit distance of two texts by characters, as likeness from 0 (nothing alike) to 1 (equal). Two empty ones are equal.
#[must_use]
pub fn edit_likeness(one: &str, two: &str) -> f64 {
    strsim::normalized_levenshtein(one, two)
}

/// chrF of `answer` against `reference`: the F score of their character n-grams of 1 to 6, whitespace aside, recall
/// counting twice (Popović, 2015). From 0 to 1.
#[must_use]
pub fn chrf(answer: &str, reference: &str) -> f64 {
    let letters = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).collect::<Vec<char>>();
    let (answer, reference) = (letters(answer), letters(reference));
    let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0_u32);
    for order in 1..=CHRF_ORDER {
        let (said, meant) = (grams(&answer, order), grams(&reference, order));
        if said.is_empty() || meant.is_empty() {
            continue;
        }
        let shared: usize = said.iter().map(|(gram, count)| (*count).min(meant.get(gram).copied().unwrap_or(0))).sum();
        precision += size(shared) / size(said.values().sum());
        recall += size(shared) / size(meant.values().sum());
        orders += 1;
    }
    if orders == 0 {
        return if answer == reference { 1.0 } else { 0.0 };
    }
    let (precision, recall) = (precision / f64::from(orders), recall / f64::from(orders));
    let beta = CHRF_BETA * CHRF_BETA;
    if precision + recall <= 0.0 { 0.0 } else { (1.0 + beta) * precision * recall / (beta * precision + recall) }
}

fn grams<T: std::hash::Hash + Eq>(items: &[T], order: usize) -> HashMap<&[T], usize> {
    let mut counts = HashMap::new();
    for gram in items.windows(order) {
        *counts.entry(gram).or_insert(0) += 1;
    }
    counts
}

/// Share of different n-grams of words among all (distinct-n, Li et al., 2016): 1 repeats nothing. Nothing for a text
/// that is shorter.
#[must_use]
pub fn distinct(text: &str, order: usize) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let all = words.windows(order.max(1)).count();
    let different: HashSet<&[&str]> = words.windows(order.max(1)).collect();
    (all > 0).then(|| size(different.len()) / size(all))
}

/// How an answer repeats itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct AnswerRepetition {
    /// Share of repeated four-word groups: 1 − distinct-4.
    pub repeated: f64,
    /// Words at its end that go round in a loop; 0 without one.
    pub looping_words: usize,
}

impl AnswerRepetition {
    /// Looks at `answer`; nothing where it is too short to repeat anything.
    #[must_use]
    pub fn of(answer: &str) -> Option<Self> {
        let repeated = 1.0 - distinct(answer, LOOP_WORDS)?;
        let words: Vec<&str> = answer.split_whitespace().collect();
        Some(Self { repeated, looping_words: looping(&words) })
    }

    /// Whether the answer is no answer any more.
    #[must_use]
    pub fn is_degenerate(&self) -> bool {
        self.repeated >= DEGENERATE || self.looping_words > 0
    }
}

/// The longest loop at the end of `words`: a group of words that comes three times or more without anything between.
fn looping(words: &[&str]) -> usize {
    let longest = (words.len() / 3).min(50);
    let ends = |period: usize| {
        let same = words.iter().rev().zip(words.iter().rev().skip(period)).take_while(|(one, two)| one == two).count();
        let whole = same + period;
        // A word alone must come more often than a group: "very very very good" is none.
        if whole >= period * 3 && whole >= 8 { whole } else { 0 }
    };
    (1..=longest).map(ends).max().unwrap_or(0)
}

/// Where two greedy answers of one model part.
#[derive(Clone, PartialEq, Debug)]
pub struct FirstDivergence {
    /// Bytes that both have in common.
    pub common_bytes: usize,
    /// The next letters of the one.
    pub one: String,
    /// The next letters of the other.
    pub other: String,
}

/// Letters of each answer that are shown where they part.
const SHOWN: usize = 24;

impl FirstDivergence {
    /// Where `one` and `other` part; nothing when they are equal.
    #[must_use]
    pub fn of(one: &str, other: &str) -> Option<Self> {
        if one == other {
            return None;
        }
        let same =
            one.chars().zip(other.chars()).take_while(|(a, b)| a == b).map(|(letter, _)| letter.len_utf8()).sum();
        let rest = |text: &str| text.get(same..).unwrap_or_default().chars().take(SHOWN).collect();
        Some(Self { common_bytes: same, one: rest(one), other: rest(other) })
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of tokens and bytes stay below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and letters stay below 2^53")]
fn size(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, two: f64) -> bool {
        (one - two).abs() < 1e-9
    }

    #[test]
    fn perplexity_is_the_size_of_an_even_choice() {
        let even = TextLikelihood { nll: 100.0 * 8.0_f64.ln(), tokens: 100, missed: 0, bytes: 300 };
        assert!(close(even.perplexity().unwrap(), 8.0));
        assert!(close(even.bits_per_byte().unwrap(), 1.0), "3 bits a token of 3 bytes");
        assert_eq!((TextLikelihood::default().perplexity(), TextLikelihood::default().bits_per_byte()), (None, None));
    }

    #[test]
    fn likeness_goes_from_nothing_to_all() {
        for (one, two, edit, f) in [("", "", 1.0, 1.0), ("abcd", "abcd", 1.0, 1.0), ("abc", "xyz", 0.0, 0.0)] {
            assert!(close(edit_likeness(one, two), edit) && close(chrf(one, two), f), "{one} {two}");
        }
        let near = chrf("The capital of France is Paris.", "The capital of France is Paris");
        assert!(
            near > 0.95 && near < 1.0 && chrf("Berlin is in Germany", "The capital of France is Paris") < 0.3,
            "{near}"
        );
        assert!(close(edit_likeness("kitten", "sitting"), 1.0 - 3.0 / 7.0));
        // One letter of two, one pair of none: order 1 has precision 1/2 and recall 1/2.
        assert!(close(chrf("ab", "ax"), 0.25), "{}", chrf("ab", "ax"));
    }

    #[test]
    fn repetition_is_told_from_ordinary_words() {
        let plain = "The sky looks blue because air scatters short waves of light far more than the long ones do";
        let healthy = AnswerRepetition::of(plain).unwrap();
        assert!(close(healthy.repeated, 0.0) && !healthy.is_degenerate());
        let junk = ", and, and, and, and, and, and, and, and, and, and, and";
        assert!(AnswerRepetition::of(junk).unwrap().is_degenerate());
        let list = "one apple two apples three apples four apples five apples six apples";
        assert!(!AnswerRepetition::of(list).unwrap().is_degenerate());
        let loops = AnswerRepetition::of(&format!("{plain} {}", "I am sorry. ".repeat(4))).unwrap();
        assert_eq!(loops.looping_words, 12);
        assert_eq!(AnswerRepetition::of("too short"), None);
        assert!(close(distinct("a b a b", 2).unwrap(), 2.0 / 3.0));
    }

    #[test]
    fn answers_part_at_a_letter() {
        assert_eq!(FirstDivergence::of("Paris.", "Paris."), None);
        let parted = FirstDivergence::of("Größe eins", "Größe zwei").unwrap();
        assert_eq!((parted.common_bytes, parted.one.as_str(), parted.other.as_str()), (8, "eins", "zwei"));
        assert_eq!(FirstDivergence::of("Paris", "Paris is").unwrap().other, " is");
    }
}

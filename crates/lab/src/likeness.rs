//! How like two answers are, letter by letter. Pure: answers are handed in.

use std::collections::HashMap;
use std::hash::Hash;

/// Characters of the longest n-gram of [`chrf`].
const CHRF_ORDER: usize = 6;
/// How much more recall counts than precision there.
const CHRF_BETA: f64 = 2.0;
/// Letters of an answer that are compared: what comes behind them is left out, since edits take time with their square.
const LONGEST: usize = 8_000;

/// How like an answer is to the one that it is held against.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LetterLikeness {
    /// Whether the two are the same, letter for letter.
    pub exact: bool,
    /// 1 − edit distance (Levenshtein) ÷ letters of the longer one: 0 nothing alike, 1 equal.
    pub edits: f64,
    /// chrF, 0 to 1.
    pub chrf: f64,
}

impl LetterLikeness {
    /// Compares `answer` with `reference`.
    #[must_use]
    pub fn of(answer: &str, reference: &str) -> Self {
        let cut = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let edits = strsim::normalized_levenshtein(&cut(answer), &cut(reference));
        Self { exact: answer == reference, edits, chrf: chrf(answer, reference) }
    }

    /// The means of many, and how many of them are exact; nothing of none.
    #[must_use]
    pub fn mean(all: &[Self]) -> Option<(usize, f64, f64)> {
        let mean = |of: fn(&Self) -> f64| all.iter().map(of).sum::<f64>() / size(all.len());
        let exact = all.iter().filter(|one| one.exact).count();
        (!all.is_empty()).then(|| (exact, mean(|one| one.edits), mean(|one| one.chrf)))
    }
}

/// chrF of `answer` against `reference`: the F score of their character n-grams of 1 to 6, whitespace aside, recall
/// counting twice (Popović, "chrF: character n-gram F-score for automatic MT evaluation", 2015). From 0 to 1.
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

fn grams<T: Hash + Eq>(items: &[T], order: usize) -> HashMap<&[T], usize> {
    let mut counts = HashMap::new();
    for gram in items.windows(order) {
        *counts.entry(gram).or_insert(0) += 1;
    }
    counts
}

#[expect(clippy::cast_precision_loss, reason = "counts of letters stay below 2^53")]
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
    fn likeness_goes_from_nothing_to_all() {
        for (one, two, edits, f) in [("", "", 1.0, 1.0), ("abcd", "abcd", 1.0, 1.0), ("abc", "xyz", 0.0, 0.0)] {
            let like = LetterLikeness::of(one, two);
            assert!(close(like.edits, edits) && close(like.chrf, f), "{one} {two} {like:?}");
            assert_eq!(like.exact, one == two);
        }
        let near = LetterLikeness::of("The capital of France is Paris.", "The capital of France is Paris");
        assert!(near.chrf > 0.95 && near.chrf < 1.0 && near.edits > 0.95 && !near.exact, "{near:?}");
        assert!(chrf("Berlin is in Germany", "The capital of France is Paris") < 0.3);
        assert!(close(LetterLikeness::of("kitten", "sitting").edits, 1.0 - 3.0 / 7.0));
        // One letter of two, one pair of none: order 1 has precision 1/2 and recall 1/2.
        assert!(close(chrf("ab", "ax"), 0.25), "{}", chrf("ab", "ax"));
        assert!(chrf("ab", "abcdef") < chrf("abcdef", "ab"), "what is missing counts more than what is too much");
    }

    #[test]
    fn long_answers_are_compared_within_bounds() {
        let like = LetterLikeness::of(&"a".repeat(LONGEST), &format!("{}b", "a".repeat(LONGEST)));
        assert!(close(like.edits, 1.0) && !like.exact);
    }

    #[test]
    fn the_mean_of_none_is_absent() {
        let all = [LetterLikeness::of("ab", "ab"), LetterLikeness::of("ab", "cd")];
        assert_eq!(LetterLikeness::mean(&all), Some((1, 0.5, 0.5)));
        assert_eq!(LetterLikeness::mean(&[]), None);
    }
}

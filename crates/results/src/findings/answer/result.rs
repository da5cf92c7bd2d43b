//! What an answer is: yes, no, mixed or open, with what it rests on.

use super::hypothesis::HypothesisResult;
use super::tally::ExpectationTally;

/// An answer with the comparisons that it rests on.
#[derive(Clone, PartialEq, Debug)]
pub struct QuestionAnswer {
    /// Whether what was expected is so.
    pub holds: HypothesisResult,
    /// For how many it is, and for whom it is not; nothing without a clear exception.
    pub tally: Option<ExpectationTally>,
    /// The factors, in words.
    pub words: String,
    /// The matchups that it rests on, by number.
    pub matchups: Vec<usize>,
}

impl QuestionAnswer {
    /// No answer yet, for the reason in `words`.
    pub(super) fn open(words: impl Into<String>) -> Self {
        Self { holds: HypothesisResult::Open, tally: None, words: words.into(), matchups: Vec::new() }
    }
}

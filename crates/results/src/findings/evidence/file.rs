//! What one file of results says: its question, its lanes, and their figures by round.

use jiff::Timestamp;

use super::again::ContestantFlags;
use crate::findings::money::TokenMix;
use speed_kings_catalog::Price;
use speed_kings_core::race::verdict::Metric;

/// One file of results.
#[derive(Clone, PartialEq, Debug)]
pub struct EvidenceFile {
    /// Its path as it was found.
    pub file: String,
    /// When it was measured, if it says so.
    pub at: Option<Timestamp>,
    /// The question that all of its lanes were asked.
    pub asked: QuestionKey,
    /// What speaks against the comparison: its broken badges, apart from being simulated.
    pub unfair: Vec<String>,
    /// The phase that it belongs to.
    pub phase: Option<String>,
    /// What of it is no evidence, or not for its phase, and why; for a person.
    pub left_out: Vec<String>,
    /// Who ran, in the order of the file.
    pub lanes: Vec<LaneEvidence>,
}

/// What was asked, and how: figures of different questions are not of the same thing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct QuestionKey {
    /// The prompt's name in the catalogue, or another.
    pub name: String,
    /// The text of the prompt.
    pub text: String,
    /// Output cap in tokens.
    pub max_tokens: Option<u32>,
    /// Reasoning was switched off.
    pub no_reasoning: bool,
}

/// The runs of one contestant.
#[derive(Clone, PartialEq, Debug)]
pub struct LaneEvidence {
    /// The provider's id, or a name of its own for one that stands for itself.
    pub provider: String,
    /// What people call it.
    pub name: String,
    /// Host and port, where it is not the provider's own.
    pub endpoint: Option<String>,
    /// The endpoint is the machine that it was measured from, whatever it is called there.
    pub here: bool,
    /// The model, by the catalogue's id where it knows it.
    pub model: String,
    /// The figures say nothing about the provider.
    pub simulated: bool,
    /// The newest dated price of its tokens, at which its costs are worked out anew.
    pub price: Option<Price>,
    /// What it brought in each of its rounds, in order; a round without figures is left out.
    pub rounds: Vec<RoundFigures>,
    /// Runs that brought none.
    pub failed: usize,
    /// Why figures that rest on its tokens were left out: they were not counted as the others' were.
    pub not_alike: Option<String>,
    /// What it is called on the command line, where that is all: another machine's runner and settings of its own are not.
    pub again: Option<ContestantFlags>,
}

/// The figures of one round.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RoundFigures {
    /// Its number: rounds of the same number stood beside each other.
    pub number: u32,
    /// The UTC day on which it began, if it has one of its own.
    pub day: Option<String>,
    /// The moment at which it began, if it has one of its own.
    pub began: Option<Timestamp>,
    /// The figures of the round, in each metric's unit.
    pub figures: Vec<(Metric, f64)>,
    /// Prompt and output tokens, if both were counted.
    pub tokens: Option<TokenMix>,
}

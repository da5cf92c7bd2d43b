//! What contestants are asked: single prompts, and sets of them that belong together.

use super::check::AnswerCheck;

/// What the contestants are asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CatalogPrompt {
    /// Its unique id, for example `medium`.
    pub id: String,
    /// One line for lists.
    pub name: String,
    /// The text that is sent.
    pub text: String,
    /// The cap on output tokens, reasoning included.
    pub max_tokens: u32,
    /// What an answer usually takes, for estimates of cost and time.
    pub expected_tokens: u32,
    /// The temperature that it is meant for; nothing for the usual one.
    pub temperature: Option<f64>,
    /// What its answers are checked for.
    pub checks: Vec<AnswerCheck>,
}

/// Prompts that are run one after the other.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct PromptSet {
    /// Its unique id, for example `streaming`.
    pub id: String,
    /// One line for lists.
    pub name: String,
    /// Its prompts, in order.
    pub prompts: Vec<CatalogPrompt>,
    /// Seconds between two runs, unless another pause is asked for.
    pub pause_s: Option<f64>,
}

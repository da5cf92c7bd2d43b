//! What is raced: models, and the planned phases in their groups.
//! Who runs them is in [`Provider`](super::Provider).

use super::Question;

/// A model under the name that phases use; providers spell it in their own ways.
#[derive(Clone, PartialEq, Debug)]
pub struct Model {
    /// Its unique id, for example `llama-3.1-8b`.
    pub id: String,
    /// For example `Llama 3.1 8B`.
    pub name: String,
    /// Parameters in billions, all experts counted.
    pub billions: Option<f64>,
    /// Whether it thinks before it answers.
    pub reasoning: bool,
}

/// Phases that answer the same questions.
#[derive(Clone, PartialEq, Debug)]
pub struct PhaseGroup {
    /// Its unique id, for example `A`.
    pub id: String,
    /// For example `Small model`.
    pub name: String,
    /// What the findings answer from this group's results.
    pub questions: Vec<Question>,
}

/// One planned race: the same model on different infrastructure.
#[derive(Clone, PartialEq, Debug)]
pub struct Phase {
    /// Its unique id, for example `A1`.
    pub id: String,
    /// The id of its group.
    pub group: String,
    /// The ids of its providers, in the order of the lanes.
    pub contestants: Vec<String>,
    /// The id of the model that all of them run.
    pub model: String,
    /// When to run it; 1 comes first.
    pub priority: u8,
    /// What it is expected to cost, in USD.
    pub cost_usd: f64,
    /// What this phase in particular is to find out.
    pub question: Option<String>,
}

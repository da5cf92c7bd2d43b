//! The catalogue: which models, providers, prompts and phases there are, with their dated prices and speed claims.
//! Every name that a person types is looked up here, whatever its case.

pub mod profile;

mod hardware;
mod phase;
mod provider;
mod unknown;

pub use hardware::Hardware;
pub use phase::{Group, Model, Phase, Prompt};
pub use provider::{Claim, Dialect, Fields, Offer, Price, Provider, TokenLimit};
pub use unknown::{Unknown, near};

use unknown::find;

/// Everything that can race, and what is planned. Every name in it leads somewhere.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Catalog {
    /// Models, under the names that phases use.
    pub models: Vec<Model>,
    /// Whoever serves them.
    pub providers: Vec<Provider>,
    /// What is asked.
    pub prompts: Vec<Prompt>,
    /// Phases that belong together, in the order in which they are shown.
    pub groups: Vec<Group>,
    /// The planned races, in the order in which they are shown.
    pub phases: Vec<Phase>,
}

impl Catalog {
    /// The phase of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn phase(&self, id: &str) -> Result<&Phase, Unknown> {
        find(&self.phases, id).ok_or_else(|| Unknown::among(id, &self.phases))
    }

    /// The provider of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn provider(&self, id: &str) -> Result<&Provider, Unknown> {
        find(&self.providers, id).ok_or_else(|| Unknown::among(id, &self.providers))
    }

    /// The prompt of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn prompt(&self, id: &str) -> Result<&Prompt, Unknown> {
        find(&self.prompts, id).ok_or_else(|| Unknown::among(id, &self.prompts))
    }

    /// The model of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn model(&self, id: &str) -> Result<&Model, Unknown> {
        find(&self.models, id).ok_or_else(|| Unknown::among(id, &self.models))
    }

    /// The group of this id, whatever its case.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<&Group> {
        find(&self.groups, id)
    }
}

//! The catalogue: which models, providers, prompts and phases there are, with their dated prices and speed claims.
//! It is compiled in from `phases.ron`; a user's file of the same form is laid over it.

pub mod check;
pub mod command;
pub mod profile;
pub mod template;

mod error;
mod file;
mod overlay;
mod phase;
mod prompts;
mod provider;
mod question;
mod unknown;
mod validate;

pub use check::{AnswerCheck, CheckRule};
pub use error::CatalogError;
pub use phase::{Model, Phase, PhaseGroup};
pub use prompts::{CatalogPrompt, PromptSet};
pub use provider::{Dialect, ExtraFields, ModelOffer, Provider, TokenLimit};
pub use question::{Question, QuestionKind};
pub use unknown::{UnknownName, near};

pub use speed_kings_core::race::hardware::Hardware;
pub use speed_kings_core::race::price::{Claim, Price};

use file::CatalogFile;
use unknown::{CatalogEntry, find};

/// Where the built-in catalogue says it comes from.
const BUILTIN_ORIGIN: &str = "phases.ron";
const BUILTIN: &str = include_str!("../../../phases.ron");

/// Everything that can race, and what is planned. Every name in it leads somewhere.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Catalog {
    /// Models, under the names that phases use.
    pub models: Vec<Model>,
    /// Whoever serves the models, each with its offers.
    pub providers: Vec<Provider>,
    /// The prompts that contestants can be asked.
    pub prompts: Vec<CatalogPrompt>,
    /// Prompts that are run together.
    pub prompt_sets: Vec<PromptSet>,
    /// Phases that belong together, in the order in which they are shown.
    pub groups: Vec<PhaseGroup>,
    /// The planned races, in the order in which they are shown.
    pub phases: Vec<Phase>,
    /// What the plan as a whole expects, to be confirmed or refuted.
    pub patterns: Vec<Question>,
}

impl Catalog {
    /// The catalogue that was compiled in.
    ///
    /// # Errors
    /// Never in a released program: the tests read it too.
    pub fn builtin() -> Result<Self, CatalogError> {
        Self::parse(BUILTIN, BUILTIN_ORIGIN)
    }

    /// A catalogue that stands alone. `origin` is the name that errors use, usually the file's path.
    ///
    /// # Errors
    /// When the text is not RON of this form, or when an entry is wrong.
    pub fn parse(text: &str, origin: &str) -> Result<Self, CatalogError> {
        Self::default().overlay(text, origin)
    }

    /// This catalogue with a file laid over it: entries add, or replace those with the same id. Every list of the file
    /// is optional. A provider replaces only the fields that it names, and so does each of its offers, so a file that
    /// corrects one price holds nothing but that price.
    ///
    /// # Errors
    /// As for [`Catalog::parse`]; the catalogue as a whole must hold together afterwards.
    pub fn overlay(mut self, text: &str, origin: &str) -> Result<Self, CatalogError> {
        let mut problems = Vec::new();
        let newer = CatalogFile::parse(text, origin)?.over(&self, &mut problems);
        validate::unique(&newer, &mut problems);
        merge(&mut self.models, newer.models);
        merge(&mut self.providers, newer.providers);
        merge(&mut self.prompts, newer.prompts);
        merge(&mut self.prompt_sets, newer.prompt_sets);
        merge(&mut self.groups, newer.groups);
        merge(&mut self.phases, newer.phases);
        if !newer.patterns.is_empty() {
            self.patterns = newer.patterns;
        }
        validate::catalog(&self, &mut problems);
        if problems.is_empty() { Ok(self) } else { Err(CatalogError::Invalid { origin: origin.to_owned(), problems }) }
    }

    /// The phase of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn phase(&self, id: &str) -> Result<&Phase, UnknownName> {
        find(&self.phases, id).ok_or_else(|| UnknownName::among(id, &self.phases))
    }

    /// The provider of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn provider(&self, id: &str) -> Result<&Provider, UnknownName> {
        find(&self.providers, id).ok_or_else(|| UnknownName::among(id, &self.providers))
    }

    /// The prompt of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn prompt(&self, id: &str) -> Result<&CatalogPrompt, UnknownName> {
        find(&self.prompts, id).ok_or_else(|| UnknownName::among(id, &self.prompts))
    }

    /// The set of prompts of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn prompt_set(&self, id: &str) -> Result<&PromptSet, UnknownName> {
        find(&self.prompt_sets, id).ok_or_else(|| UnknownName::among(id, &self.prompt_sets))
    }

    /// The model of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn model(&self, id: &str) -> Result<&Model, UnknownName> {
        find(&self.models, id).ok_or_else(|| UnknownName::among(id, &self.models))
    }

    /// The group of this id, whatever its case.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<&PhaseGroup> {
        find(&self.groups, id)
    }
}

/// Puts `newer` entries in the place of older ones with the same id, and the others at the end.
fn merge<T: CatalogEntry>(entries: &mut Vec<T>, newer: Vec<T>) {
    for entry in newer {
        match entries.iter_mut().find(|old| old.id().eq_ignore_ascii_case(entry.id())) {
            Some(old) => *old = entry,
            None => entries.push(entry),
        }
    }
}

#[cfg(test)]
mod tests;

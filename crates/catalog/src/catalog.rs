//! The catalogue as one value, and its entries by name.

use super::engine::{EngineRequest, EngineSpec};
use super::entry::{find, unknown};
use super::{CatalogPrompt, Model, Phase, PhaseGroup, PromptSet, Provider, Question, ReferenceFigure, UnknownName};

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
    /// Engines that can be started on this machine.
    pub engines: Vec<EngineSpec>,
    /// What others measured on hardware that isn't here.
    pub references: Vec<ReferenceFigure>,
}

impl Catalog {
    /// The phase of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn phase(&self, id: &str) -> Result<&Phase, UnknownName> {
        find(&self.phases, id).ok_or_else(|| unknown(id, &self.phases))
    }

    /// The provider of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn provider(&self, id: &str) -> Result<&Provider, UnknownName> {
        find(&self.providers, id).ok_or_else(|| unknown(id, &self.providers))
    }

    /// The engine and what is asked of it in `text`, as the command line has it: `ID@MODEL,SETTING=VALUE`, with or without
    /// `engine:` ahead of it.
    ///
    /// # Errors
    /// When there is no such engine; the error names the nearest.
    pub fn engine_request(&self, text: &str) -> Result<(&EngineSpec, EngineRequest), UnknownName> {
        let text = text.trim();
        let text = text.strip_prefix("engine:").unwrap_or(text);
        let (id, rest) = text.split_once('@').unwrap_or((text, ""));
        Ok((self.engine(id)?, EngineRequest::parse(rest)))
    }

    /// The prompt of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn prompt(&self, id: &str) -> Result<&CatalogPrompt, UnknownName> {
        find(&self.prompts, id).ok_or_else(|| unknown(id, &self.prompts))
    }

    /// The set of prompts of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn prompt_set(&self, id: &str) -> Result<&PromptSet, UnknownName> {
        find(&self.prompt_sets, id).ok_or_else(|| unknown(id, &self.prompt_sets))
    }

    /// The model of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn model(&self, id: &str) -> Result<&Model, UnknownName> {
        find(&self.models, id).ok_or_else(|| unknown(id, &self.models))
    }

    /// The engine of this id, whatever its case.
    ///
    /// # Errors
    /// When there is none; the error names the nearest.
    pub fn engine(&self, id: &str) -> Result<&EngineSpec, UnknownName> {
        find(&self.engines, id).ok_or_else(|| unknown(id, &self.engines))
    }

    /// The group of this id, whatever its case.
    #[must_use]
    pub fn group(&self, id: &str) -> Option<&PhaseGroup> {
        find(&self.groups, id)
    }
}

impl Phase {
    /// Whether `provider` is one of its contestants, whatever the case of its id.
    #[must_use]
    pub fn has(&self, provider: &str) -> bool {
        self.contestants.iter().any(|id| id.eq_ignore_ascii_case(provider))
    }

    /// For example `Cerebras vs Groq`. A contestant that `catalog` does not know keeps its id.
    #[must_use]
    pub fn title(&self, catalog: &Catalog) -> String {
        let name = |id: &String| catalog.provider(id).map_or_else(|_| id.clone(), |provider| provider.name.clone());
        self.contestants.iter().map(name).collect::<Vec<_>>().join(" vs ")
    }
}

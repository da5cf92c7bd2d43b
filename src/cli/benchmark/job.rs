//! One benchmark to be run, and what its answers are expected to take.

use std::path::PathBuf;
use std::time::Duration;

use crate::bench::RunSchedule;
use crate::bench::prompt_rows::PromptRow;
use crate::bench::saved::EarlierRuns;
use crate::catalog::{AnswerCheck, Catalog, CatalogPrompt};
use crate::cli::args::BenchmarkArgs;
use crate::cli::context::CommandContext;
use crate::config::{self, ConfigError, RaceOptions, asked};
use crate::race::setup::RaceSetup;

/// One benchmark to be run: who races on what, and how often.
pub(super) struct BenchmarkJob {
    /// Who races whom on what.
    pub(super) resolved: config::ResolvedRace,
    /// How often and in which order.
    pub(super) plan: RunSchedule,
    /// What the answers are checked for.
    pub(super) checks: Vec<AnswerCheck>,
    /// The prompts that rounds ask in turn; empty where all of them ask the same.
    pub(super) rows: Vec<PromptRow>,
    /// Output tokens that an answer usually takes.
    pub(super) expected: u32,
    /// The file to go on with, and what it holds.
    pub(super) earlier: Option<(PathBuf, EarlierRuns)>,
}

/// One benchmark of what `options` says.
pub(super) fn job(
    context: &CommandContext<'_>,
    catalog: &Catalog,
    args: &BenchmarkArgs,
    options: &RaceOptions,
    pause: Option<Duration>,
    seed: u64,
) -> Result<BenchmarkJob, ConfigError> {
    let resolved = config::plan(catalog, &context.env, options)?;
    context.err.say_once(&resolved.notes);
    let expected = expected_output(catalog, options, &resolved.setup)?;
    let checks = if options.prompt.is_some() { Vec::new() } else { asked(catalog, options)?.checks.clone() };
    Ok(BenchmarkJob { resolved, plan: args.plan(pause, || seed), checks, rows: Vec::new(), expected, earlier: None })
}

impl BenchmarkJob {
    /// What a round asks, for an estimate of its cost: of a set the prompt of middle length.
    pub(super) fn prompt_text(&self) -> &str {
        let mut texts: Vec<&str> = self.rows.iter().map(|row| row.text.as_str()).collect();
        texts.sort_by_key(|text| text.len());
        texts.get(texts.len() / 2).copied().unwrap_or(&self.resolved.setup.prompt.text)
    }
}

/// The prompt of this name and text anywhere in the catalogue.
pub(super) fn prompt_of<'a>(catalog: &'a Catalog, name: &str, text: &str) -> Option<&'a CatalogPrompt> {
    let in_sets = catalog.prompt_sets.iter().flat_map(|set| &set.prompts);
    catalog.prompts.iter().chain(in_sets).find(|prompt| prompt.id == name && prompt.text == text)
}

/// What an answer is expected to take, in tokens: what the prompt usually does, but never more than the cap.
pub(in crate::cli) fn expected_output(
    catalog: &Catalog,
    options: &RaceOptions,
    setup: &RaceSetup,
) -> Result<u32, ConfigError> {
    let size = asked(catalog, options)?;
    let cap = setup.settings.max_tokens.unwrap_or(size.max_tokens);
    Ok(if options.prompt.is_some() { cap } else { size.expected_tokens.min(cap) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_found_again_by_name_and_text() {
        let catalog = Catalog::builtin().unwrap();
        let jugs = catalog.prompt_set("streaming").unwrap().prompts[3].clone();
        assert_eq!(prompt_of(&catalog, "jugs", &jugs.text), Some(&jugs));
        assert_eq!(prompt_of(&catalog, "jugs", "another"), None);
    }
}

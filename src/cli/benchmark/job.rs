//! One benchmark to be run, and what its answers are expected to take.

use std::path::PathBuf;
use std::time::Duration;

use crate::bench::prompt_rows::{PromptRow, row_of};
use crate::bench::saved::EarlierRuns;
use crate::bench::{RemoteRacer, RunSchedule};
use crate::catalog::{AnswerCheck, Catalog, CatalogPrompt};
use crate::cli::args::BenchmarkArgs;
use crate::cli::context::CommandContext;
use crate::cli::conversation_usage::ConversationUsage;
use crate::cli::error::CliError;
use crate::config::{self, ConfigError, RaceOptions, asked};
use crate::environment::MachineEnvironment;
use crate::lengths::GivenLengths;
use crate::load::RemoteLoader;
use crate::race::event::LaneId;
use crate::race::setup::RaceSetup;

/// About how many bytes of English a token is, for the length of texts that are not there yet.
const BYTES_PER_TOKEN: usize = 4;

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
    /// The lengths that prompts and answers are to have, where they are given.
    pub(super) lengths: Option<GivenLengths>,
    /// Output tokens that an answer usually takes.
    pub(super) expected: u32,
    /// The file to go on with, and what it holds.
    pub(super) earlier: Option<(PathBuf, EarlierRuns)>,
    /// Who has the runs made on other machines, where they are.
    pub(super) racer: Option<Box<dyn RemoteRacer>>,
    /// Who has a load offered by other machines, where it is.
    pub(super) loader: Option<Box<dyn RemoteLoader>>,
}

/// Who is measured, and who has that done where it is on other machines: run by run, or as a load.
struct MeasuredRace {
    resolved: config::ResolvedRace,
    racer: Option<Box<dyn RemoteRacer>>,
    loader: Option<Box<dyn RemoteLoader>>,
}

/// One benchmark of what `options` says.
pub(super) fn job(
    context: &CommandContext<'_>,
    catalog: &Catalog,
    args: &BenchmarkArgs,
    options: &RaceOptions,
    pause: Option<Duration>,
    seed: u64,
) -> Result<BenchmarkJob, CliError> {
    let MeasuredRace { resolved, racer, loader } = contestants(context, catalog, args, options)?;
    context.err.say_once(&resolved.notes);
    let expected = expected_output(catalog, options, &resolved.setup)?;
    let checks = if options.prompt.is_some() { Vec::new() } else { asked(catalog, options)?.checks.clone() };
    Ok(BenchmarkJob {
        resolved,
        plan: args.plan(pause, || seed),
        checks,
        rows: Vec::new(),
        lengths: None,
        expected,
        earlier: None,
        racer,
        loader,
    })
}

/// Who is measured where.
fn contestants(
    context: &CommandContext<'_>,
    catalog: &Catalog,
    args: &BenchmarkArgs,
    options: &RaceOptions,
) -> Result<MeasuredRace, CliError> {
    #[cfg(feature = "fleet")]
    if !args.remote.lanes.is_empty() {
        let is_load = args.load.arrivals.is_some() || args.load.levels(&args.concurrency).is_some();
        if args.at_once() > 1 && !is_load {
            return Err(CliError::usage(
                "--lanes are measured one request at a time: leave --concurrency out, or have a load of several levels with --concurrency 1,2,4 \
                 or --rate 1,2,5, or of one with --steady 10s beside it",
            ));
        }
        let order = crate::cli::fleet::order::order(context, &args.remote, options)?;
        if is_load {
            let (loader, resolved) = crate::fleet::loader::RunnerLoader::of(order)?;
            return Ok(MeasuredRace { resolved, racer: None, loader: Some(Box::new(loader)) });
        }
        let (racer, resolved) = crate::fleet::racer::RunnerRacer::of(order)?;
        return Ok(MeasuredRace { resolved, racer: Some(Box::new(racer)), loader: None });
    }
    #[cfg(not(feature = "fleet"))]
    let _ = args;
    Ok(MeasuredRace { resolved: config::plan(catalog, &context.env, options)?, racer: None, loader: None })
}

impl BenchmarkJob {
    /// Whether it is this machine that measures, and no runner.
    pub(super) const fn is_measured_here(&self) -> bool {
        self.racer.is_none() && self.loader.is_none()
    }

    /// What is told of this machine, of which `all` is known: of one that measured nothing only what put the results together.
    pub(super) fn environment(&self, all: &MachineEnvironment) -> MachineEnvironment {
        let MachineEnvironment { tool, commit, .. } = all.clone();
        if self.is_measured_here() {
            all.clone()
        } else {
            MachineEnvironment { tool, commit, ..MachineEnvironment::default() }
        }
    }

    /// The same with prompts and answers of these lengths.
    pub(super) fn of_lengths(self, lengths: Option<GivenLengths>) -> Self {
        let Some(output) = lengths.as_ref().and_then(|lengths| lengths.output.clone()) else {
            return Self { lengths, ..self };
        };
        Self { resolved: self.resolved.to_the_cap(output.most()), expected: output.mean(), lengths, ..self }
    }

    /// The same, of which answers are expected to be as long as the caps of its rows let them be, on average.
    pub(super) fn with_their_caps(self) -> Self {
        let capped = |row: &PromptRow| u64::from(row.max_tokens.map_or(self.expected, |cap| cap.min(self.expected)));
        let (all, rows) = (self.rows.iter().map(capped).sum::<u64>(), self.rows.len() as u64);
        let mean = if rows == 0 { None } else { u32::try_from(all.div_ceil(rows)).ok() };
        Self { expected: mean.unwrap_or(self.expected), ..self }
    }

    /// The same, where everybody in it can be asked what its rows ask.
    ///
    /// # Errors
    /// When a row is a conversation, and requests are made several at a time or go to somebody who takes one text.
    pub(super) fn that_converses(self) -> Result<Self, ConversationUsage> {
        let beyond = |row: &&PromptRow| row.requests() > 1 || row.system.is_some();
        if let Some(row) = self.rows.iter().find(beyond).filter(|_| self.racer.is_some()) {
            return Err(ConversationUsage::Elsewhere(row.id.clone()));
        }
        let Some(row) = self.rows.iter().find(|row| row.requests() > 1) else { return Ok(self) };
        if self.plan.concurrency > 1 {
            return Err(ConversationUsage::Several(row.id.clone()));
        }
        let mut asked = self.resolved.setup.contestants.iter().zip(&self.resolved.clients);
        let mute = asked.find(|(contestant, client)| !contestant.simulated && !client.takes_conversations());
        match mute {
            Some((contestant, _)) => Err(ConversationUsage::OneText(row.id.clone(), contestant.name.clone())),
            None => Ok(self),
        }
    }

    /// How many bytes a request has, for an estimate of its cost: of a set the middle one, of a conversation each turn on average.
    pub(super) fn prompt_bytes(&self) -> usize {
        if let Some(input) = self.lengths.as_ref().and_then(|lengths| lengths.input.as_ref()) {
            return usize::try_from(input.mean()).unwrap_or(0).saturating_mul(BYTES_PER_TOKEN);
        }
        let mut sizes: Vec<usize> = self.rows.iter().map(|row| self.row_bytes(row)).collect();
        sizes.sort_unstable();
        sizes.get(sizes.len() / 2).copied().unwrap_or(self.resolved.setup.prompt.text.len())
    }

    /// The same of one row. An answer that isn't there yet is as long as answers usually are.
    fn row_bytes(&self, row: &PromptRow) -> usize {
        let usual = usize::try_from(self.expected).unwrap_or(0).saturating_mul(BYTES_PER_TOKEN);
        let (mut sent, mut all) = (row.text.len(), row.text.len());
        for turn in &row.turns {
            sent += turn.answer.as_ref().map_or(usual, String::len) + turn.text.len();
            all += sent;
        }
        all / row.requests()
    }

    /// Requests of one contestant that are still to be made and counted.
    pub(super) fn counted_left(&self, lane: usize) -> u32 {
        let made = |round: &u32| {
            let id = u8::try_from(lane).map(LaneId).ok();
            self.earlier.as_ref().zip(id).is_some_and(|((_, earlier), id)| earlier.has(id, *round))
        };
        let requests = |round: u32| row_of(&self.rows, round).map_or(1, PromptRow::requests);
        let left: usize = (1..=self.plan.iterations).filter(|round| !made(round)).map(requests).sum();
        u32::try_from(left).unwrap_or(u32::MAX).saturating_mul(self.plan.concurrency)
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

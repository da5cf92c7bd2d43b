//! Quality beside speed as it runs: every engine is started, asked the prompts greedily by the client that races, asked how well
//! it foresees a text, and ended; what it came to is kept at once.

use std::pin::{Pin, pin};

use jiff::Timestamp;

use super::perplexity::before;
use super::{lab_file, perplexity, quality_tables, reference};
use crate::bench::store::ResultsStore;
use crate::catalog::{AnswerCheck, Catalog};
use crate::cli::args::QualityArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::status_line::StatusLine;
use crate::config::{self, ProcessEnv, RaceOptions, ResolvedRace};
use crate::environment::MachineEnvironment;
use crate::interrupt::InterruptListener;
use crate::lab::probing::token_divergence;
use crate::lab::protocol::{ProtocolAnswer, ProtocolPrompt};
use crate::lab::quality::text_hash;
use crate::lab::quality_file::{KIND, PromptDivergence, QualityEngine, QualityFile, VERSION};
use crate::lab::scoring::likelihood;
use crate::lab::sweep::{ModelSize, SweepPoint, points};
use crate::visit::one_race;

/// The prompts that are asked: those of the nine-test protocol, with their checks.
const SET: &str = "streaming";
/// What every engine is given as its seed; at temperature 0 it decides nothing that is known.
const SEED: u64 = 0;
/// What every fresh engine is asked first, uncounted: the first request pays for what the others find done.
const WARM_UP: &str = "Count from one to five.";
/// The cap on output tokens of that.
const WARM_UP_TOKENS: u32 = 8;

/// Compares the engines of `args`.
///
/// # Errors
/// When a file can't be read or written, or an engine is not known.
pub(super) fn run(context: &CommandContext<'_>, args: &QualityArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let text = perplexity::text(args.text.as_deref())?;
    let (file, store, checks) = begin(catalog, args, &text)?;
    let asked = (file.prompts.len(), file.engines.len());
    context.err.status(&format!("{} prompts, {} engines, kept in {}", asked.0, asked.1, store.path().display()));
    let line = StatusLine::new(&context.err);
    let mut running = QualityRun { context, catalog, store, file, checks, text, line };
    let ended = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        running.all(stop.as_mut()).await
    });
    let QualityRun { store, file, line, .. } = running;
    drop(line);
    drop(store);
    quality_tables::put(context, &file, args.output)?;
    let ended = ended?;
    let failed = |engine: &QualityEngine| {
        engine.failure.is_some() || engine.answers.iter().any(|answer| answer.figures.failure.is_some())
    };
    Ok(if ended == ExitStatus::Done && file.engines.iter().any(failed) { ExitStatus::NoVerdict } else { ended })
}

/// A new file with its place, and what the answers to each prompt are checked for.
fn begin(
    catalog: &Catalog,
    args: &QualityArgs,
    text: &str,
) -> Result<(QualityFile, ResultsStore, Vec<Vec<AnswerCheck>>), CliError> {
    let set = catalog.prompt_set(SET)?;
    let asked = || set.prompts.iter().take(args.prompts);
    let prompts: Vec<ProtocolPrompt> =
        asked().map(|prompt| ProtocolPrompt::of(prompt, Some(0.0), args.max_tokens)).collect();
    let mut requests = Vec::new();
    for text in &args.engines {
        let (engine, request) = catalog.engine_request(text)?;
        requests.push((engine.id.clone(), request));
    }
    let engines: Vec<QualityEngine> = points(&requests, &[])?.into_iter().map(engine).collect();
    for engine in &engines {
        // What is wrong with one is told before the first is started.
        config::plan(catalog, &ProcessEnv(&|_| None), &options(&engine.point, &warm_up()))?;
    }
    let reference = args.reference.as_deref().map(|path| reference::read(path, &prompts)).transpose()?;
    let file = QualityFile {
        version: VERSION,
        kind: KIND.into(),
        started_at: Timestamp::now(),
        environment: MachineEnvironment::probe(Timestamp::now()),
        prompt_set: set.id.clone(),
        prompts,
        seed: SEED,
        text_fnv1a64: text_hash(text),
        text_bytes: text.len() as u64,
        reference,
        engines,
    };
    let store = ResultsStore::create(&args.out, KIND, Timestamp::now(), &lab_file::text(&file)?);
    let store = store.context(|| format!("cannot keep results in {}", args.out.display()))?;
    Ok((file, store, asked().map(|prompt| prompt.checks.clone()).collect()))
}

fn engine(point: SweepPoint) -> QualityEngine {
    let size = ModelSize::read(&point.model);
    QualityEngine {
        point,
        size,
        measured_at: None,
        failure: None,
        likelihood: None,
        scoring_failure: None,
        answers: Vec::new(),
        divergences: Vec::new(),
    }
}

/// The size of the model, where it is a file.
fn warm_up() -> ProtocolPrompt {
    ProtocolPrompt {
        id: "warm-up".into(),
        name: "warm-up".into(),
        text: WARM_UP.into(),
        max_tokens: WARM_UP_TOKENS,
        temperature: 0.0,
    }
}

/// What is asked. No nonce opens the prompt: all engines are asked the same, and no prompt twice.
fn options(point: &SweepPoint, prompt: &ProtocolPrompt) -> RaceOptions {
    RaceOptions {
        providers: vec![point.contestant()],
        asked: Some(prompt.as_asked()),
        seed: Some(SEED),
        alone: true,
        allow_cache: true,
        ..RaceOptions::default()
    }
}

/// A comparison that runs.
struct QualityRun<'a> {
    context: &'a CommandContext<'a>,
    catalog: &'a Catalog,
    store: ResultsStore,
    file: QualityFile,
    /// What each prompt's answers are checked for.
    checks: Vec<Vec<AnswerCheck>>,
    /// What is to be foreseen.
    text: String,
    line: StatusLine<'a>,
}

impl QualityRun<'_> {
    /// Visits every engine, then looks at the places where only the first one can tell what it sees.
    async fn all(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> Result<ExitStatus, CliError> {
        for engine in 0..self.file.engines.len() {
            let Some(visited) = self.visit(engine, stop.as_mut()).await? else { return Ok(ExitStatus::Interrupted) };
            let label = self.file.label(engine);
            if let Some(why) = visited.failure.as_ref().or(visited.scoring_failure.as_ref()) {
                self.line.print(&format!("{label}: {why}"));
            } else if !self.line.is_live() {
                self.context.err.status(&format!("{label}: measured"));
            }
            if let Some(place) = self.file.engines.get_mut(engine) {
                *place = visited;
            }
            lab_file::keep(&self.store, &self.file)?;
        }
        let told = self.told_by_first(stop).await?;
        lab_file::keep(&self.store, &self.file)?;
        Ok(if told.is_some() { ExitStatus::Done } else { ExitStatus::Interrupted })
    }

    /// Starts engine `engine`, and asks it everything. Nothing when it was interrupted.
    async fn visit(
        &self,
        engine: usize,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<QualityEngine>, CliError> {
        let Some(mut visited) = self.file.engines.get(engine).cloned() else {
            return Err(CliError::internal("a visit of no engine"));
        };
        visited.measured_at = Some(Timestamp::now());
        let Some(host) = self.start(engine, stop.as_mut()).await? else { return Ok(None) };
        let host = match host {
            Ok(host) => host,
            Err(why) => return Ok(Some(QualityEngine { failure: Some(why), ..visited })),
        };
        for (place, (prompt, checks)) in self.file.prompts.iter().zip(&self.checks).enumerate() {
            let all = self.file.prompts.len();
            let label = self.file.label(engine);
            self.line.draw(|_| format!("{label}: prompt {} of {all}: {}", place + 1, prompt.name));
            let mut resolved = config::plan(self.catalog, &self.context.env, &options(&visited.point, prompt))?;
            resolved.engines.clone_from(&host.engines);
            resolved.clients.iter_mut().zip(&host.clients).for_each(|(client, running)| client.ask_where(running));
            let Some((raced, others)) = one_race(&mut resolved, 1, stop.as_mut()).await? else { return Ok(None) };
            visited.answers.push(ProtocolAnswer::of((engine, place), &prompt.id, &raced, others, checks));
        }
        let label = self.file.label(engine);
        let progress = |at: usize, all: usize| self.line.draw(|_| format!("{label}: token {at} of {all}"));
        match root_of(&host) {
            Some(root) => {
                let scored = before(likelihood(&root, &self.text, progress), stop.as_mut()).await;
                match scored {
                    None => return Ok(None),
                    Some(Ok(found)) => visited.likelihood = Some(found),
                    Some(Err(why)) => visited.scoring_failure = Some(why.to_string()),
                }
            }
            None => visited.scoring_failure = Some("it does not serve: it answers one prompt and ends".into()),
        }
        let parted = self.parted(engine, &visited);
        let Some(divergences) = before(self.probed(&host, engine, (engine, &visited), parted), stop).await else {
            return Ok(None);
        };
        Ok(Some(QualityEngine { divergences, ..visited }))
    }

    /// Starts engine `engine` and warms it up, or says why it can't be asked. Nothing when it was interrupted.
    async fn start(
        &self,
        engine: usize,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<Result<ResolvedRace, String>>, CliError> {
        let Some(of) = self.file.engines.get(engine) else { return Err(CliError::internal("a start of no engine")) };
        let label = self.file.label(engine);
        self.line.draw(|_| format!("{label}: starting"));
        let mut host = match config::plan(self.catalog, &self.context.env, &options(&of.point, &warm_up())) {
            Ok(host) => host,
            Err(error) => return Ok(Some(Err(error.to_string()))),
        };
        let Some((raced, _)) = one_race(&mut host, 1, stop).await? else { return Ok(None) };
        let failure = raced.lanes().first().and_then(|lane| lane.state.failure());
        let why = failure.map(|failure| format!("{}: {}", failure.kind.title(), failure.message));
        Ok(Some(why.map_or(Ok(host), Err)))
    }

    /// Where the answers of `visited`, engine `engine`, part from those that they are held against.
    fn parted(&self, engine: usize, visited: &QualityEngine) -> Vec<PromptDivergence> {
        let mut file = self.file.clone();
        if let Some(place) = file.engines.get_mut(engine) {
            place.clone_from(visited);
        }
        file.parted(engine)
    }

    /// The places where the answers of `visited` part, with what the engine behind `host`, number `told_by`, tells of the tokens
    /// there.
    async fn probed(
        &self,
        host: &ResolvedRace,
        told_by: usize,
        (engine, visited): (usize, &QualityEngine),
        mut parted: Vec<PromptDivergence>,
    ) -> Vec<PromptDivergence> {
        let Some(root) = root_of(host) else { return parted };
        for divergence in parted.iter_mut().filter(|divergence| divergence.place.tokens.is_none()) {
            let id = &divergence.prompt;
            let prompt = self.file.prompts.iter().find(|prompt| prompt.id == *id);
            let own = visited.answer(id).map(|answer| answer.answer.as_str());
            let other = self.file.held_against(engine, id);
            if let (Some(prompt), Some(own), Some(other)) = (prompt, own, other) {
                divergence.place.tokens = token_divergence(&root, told_by, &prompt.text, (own, other)).await;
            }
        }
        parted
    }

    /// Where an engine could not tell the tokens at a place, the first one is started once more and asked. Nothing when it was
    /// interrupted.
    async fn told_by_first(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> Result<Option<()>, CliError> {
        let untold = |engine: &QualityEngine| engine.divergences.iter().any(|one| one.place.tokens.is_none());
        if self.file.reference.is_some() || !self.file.engines.iter().any(untold) {
            return Ok(Some(()));
        }
        let Some(host) = self.start(0, stop.as_mut()).await? else { return Ok(None) };
        let Ok(host) = host else { return Ok(Some(())) };
        for engine in 1..self.file.engines.len() {
            let Some(visited) = self.file.engines.get(engine).cloned() else { break };
            let places = visited.divergences.clone();
            let Some(probed) = before(self.probed(&host, 0, (engine, &visited), places), stop.as_mut()).await else {
                return Ok(None);
            };
            if let Some(place) = self.file.engines.get_mut(engine) {
                place.divergences = probed;
            }
        }
        Ok(Some(()))
    }
}

/// Where the engine of `host` is asked, for example `http://127.0.0.1:8080`.
fn root_of(host: &ResolvedRace) -> Option<String> {
    host.clients.first()?.base_url().map(|url| url.origin().ascii_serialization())
}

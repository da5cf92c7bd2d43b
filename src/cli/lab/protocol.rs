//! The test protocol as it runs: each engine is started, asked every prompt of the set, and ended; each answer is kept at once.

use std::path::Path;
use std::pin::{Pin, pin};
use std::time::Duration;

use jiff::Timestamp;

use super::sweep::waited;
use super::{lab_file, protocol_tables, rate};
use crate::bench::store::ResultsStore;
use crate::catalog::engine::EngineRequest;
use crate::catalog::{AnswerCheck, Catalog};
use crate::cli::args::ProtocolArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::status_line::StatusLine;
use crate::config::{self, ProcessEnv, RaceOptions, ResolvedRace};
use crate::engine::gguf::GgufHeader;
use crate::environment::MachineEnvironment;
use crate::interrupt::InterruptListener;
use crate::lab::protocol::{
    KIND, ModelArchitecture, ProtocolAnswer, ProtocolEngine, ProtocolFile, ProtocolPrompt, ProtocolStart, VERSION,
};
use crate::lab::sweep::{ModelSize, points};
use crate::race::Race;
use crate::race::event::FailureKind;
use crate::visit::one_race;

/// What every fresh engine is asked first, uncounted: the first request pays for what the others find done.
const WARM_UP: &str = "Count from one to five.";
/// The cap on output tokens of that.
const WARM_UP_TOKENS: u32 = 8;
/// Seconds between two prompts where neither the set nor anybody says so.
const PAUSE_S: f64 = 5.0;

/// Runs or goes on with a protocol.
///
/// # Errors
/// When it can't be laid out, or its results can't be read or written.
pub(super) fn run(context: &CommandContext<'_>, args: &ProtocolArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    let (file, store) = match &args.resume {
        Some(path) => (lab_file::read(path)?, lab_file::open(path)?),
        None => begin(catalog, args)?,
    };
    let checks = file.prompts.iter().map(|prompt| checks_of(catalog, &file, prompt)).collect::<Result<Vec<_>, _>>()?;
    let left: usize = (0..file.engines.len()).map(|engine| file.left(engine).len()).sum();
    context.err.status(&format!(
        "{} prompts, {} engines, {left} answers left, kept in {}",
        file.prompts.len(),
        file.engines.len(),
        store.path().display()
    ));
    let line = StatusLine::new(&context.err);
    let mut running = ProtocolRun { context, catalog, store, file, checks, line };
    let ended = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        running.all(stop.as_mut()).await
    });
    let ProtocolRun { store, file, line, .. } = running;
    drop(line);
    let ended = ended?;
    let wanted = !args.no_ratings && ended == ExitStatus::Done && context.interactive();
    let path = store.path().to_owned();
    let file = if wanted {
        let rated = rate::rate(context, vec![(file, store)], &args.rater)?;
        rated.into_iter().next().ok_or_else(|| CliError::internal("ratings of no protocol"))?
    } else {
        file
    };
    finish(context, args, &file, &path, ended)
}

/// Prints the tables and says how to go on.
fn finish(
    context: &CommandContext<'_>,
    args: &ProtocolArgs,
    file: &ProtocolFile,
    path: &Path,
    ended: ExitStatus,
) -> Result<ExitStatus, CliError> {
    protocol_tables::put(context, file, args.output)?;
    if ended == ExitStatus::Interrupted {
        context.err.status(&format!("go on with it: speed-kings lab protocol --resume {}", path.display()));
        return Ok(ended);
    }
    if file.ratings.is_empty() {
        context.err.status(&format!("rate the answers: speed-kings lab rate {}", path.display()));
    }
    let failed = file.answers.iter().any(|answer| answer.figures.failure.is_some());
    Ok(if failed { ExitStatus::NoVerdict } else { ended })
}

/// A new protocol with its file.
fn begin(catalog: &Catalog, args: &ProtocolArgs) -> Result<(ProtocolFile, ResultsStore), CliError> {
    let set = catalog.prompt_set(&args.prompts)?;
    let prompts: Vec<ProtocolPrompt> =
        set.prompts.iter().map(|prompt| ProtocolPrompt::of(prompt, args.temperature, args.max_tokens)).collect();
    let engines = engines(catalog, args)?;
    for (engine, prompt) in engines.iter().flat_map(|engine| prompts.iter().map(move |prompt| (engine, prompt))) {
        // What is wrong with one is told before the first is started.
        config::plan(catalog, &ProcessEnv(&|_| None), &options(engine, prompt))?;
    }
    let file = ProtocolFile {
        version: VERSION,
        kind: KIND.into(),
        started_at: Timestamp::now(),
        environment: MachineEnvironment::probe(Timestamp::now()),
        prompt_set: set.id.clone(),
        prompts,
        pause_s: args.pause.map(|pause| pause.as_secs_f64()).or(set.pause_s).unwrap_or(PAUSE_S),
        engines,
        answers: Vec::new(),
        ratings: Vec::new(),
    };
    let store = ResultsStore::create(&args.out, KIND, Timestamp::now(), &lab_file::text(&file)?);
    let store = store.context(|| format!("cannot keep results in {}", args.out.display()))?;
    Ok((file, store))
}

/// The engines that are asked for, each once, with what their model files say.
fn engines(catalog: &Catalog, args: &ProtocolArgs) -> Result<Vec<ProtocolEngine>, CliError> {
    let mut asked = Vec::new();
    for text in &args.engines {
        let (engine, request) = catalog.engine_request(text)?;
        asked.push((engine.id.clone(), request));
    }
    if let (Some(id), Some(model)) = (&args.engine, &args.model) {
        asked.push((catalog.engine(id)?.id.clone(), EngineRequest::parse(model)));
    }
    let engine = |point: crate::lab::sweep::SweepPoint| {
        let header = GgufHeader::read(point.model.as_ref()).ok();
        ProtocolEngine {
            size: ModelSize::read(&point.model),
            architecture: header.as_ref().map(ModelArchitecture::of).unwrap_or_default(),
            starts: Vec::new(),
            point,
        }
    };
    Ok(points(&asked, &[])?.into_iter().map(engine).collect())
}

/// What the answers to `prompt` are checked for, as the catalogue has it.
fn checks_of(catalog: &Catalog, file: &ProtocolFile, prompt: &ProtocolPrompt) -> Result<Vec<AnswerCheck>, CliError> {
    let set = catalog.prompt_set(&file.prompt_set)?;
    let found = set.prompts.iter().find(|known| known.id == prompt.id && known.text == prompt.text);
    found.map(|known| known.checks.clone()).ok_or_else(|| {
        CliError::failed(format!(
            "the prompt '{}' of the file is no longer what the set '{}' of the catalogue has: begin a new protocol",
            prompt.id, file.prompt_set
        ))
    })
}

/// What is asked. No nonce opens the prompt: its words are part of the test, and no prompt is asked twice.
fn options(engine: &ProtocolEngine, prompt: &ProtocolPrompt) -> RaceOptions {
    RaceOptions {
        providers: vec![engine.point.contestant()],
        asked: Some(prompt.as_asked()),
        alone: true,
        allow_cache: true,
        ..RaceOptions::default()
    }
}

/// A protocol that runs.
struct ProtocolRun<'a> {
    context: &'a CommandContext<'a>,
    catalog: &'a Catalog,
    store: ResultsStore,
    file: ProtocolFile,
    /// What each prompt's answers are checked for.
    checks: Vec<Vec<AnswerCheck>>,
    line: StatusLine<'a>,
}

impl ProtocolRun<'_> {
    /// Asks every engine what it has not been asked.
    async fn all(&mut self, mut stop: Pin<&mut impl Future<Output = ()>>) -> Result<ExitStatus, CliError> {
        for engine in 0..self.file.engines.len() {
            if !self.engine(engine, stop.as_mut()).await? {
                return Ok(ExitStatus::Interrupted);
            }
        }
        Ok(ExitStatus::Done)
    }

    /// Starts engine `engine` and asks it what is left; whether nothing interrupted it.
    async fn engine(&mut self, engine: usize, mut stop: Pin<&mut impl Future<Output = ()>>) -> Result<bool, CliError> {
        let left = self.file.left(engine);
        let (label, all) = (self.file.label(engine), left.len());
        let mut host: Option<EngineHost> = None;
        for (number, place) in (1..).zip(left) {
            if host.is_none() {
                self.line.draw(|_| format!("{label}: starting"));
                host = self.started(engine, stop.as_mut()).await?;
            }
            let Some(running) = &host else { return Ok(false) };
            let Some(prompt) = self.file.prompts.get(place).cloned() else { return Ok(true) };
            self.line.draw(|_| format!("{label}: prompt {number} of {all}: {}", prompt.name));
            let asked = self.answer((engine, place), &prompt, running, stop.as_mut()).await?;
            let Some((answer, died)) = asked else { return Ok(false) };
            match &answer.figures.failure {
                Some(why) => self.line.print(&format!("{label}, {}: {why}", prompt.id)),
                None if self.line.is_live() => {}
                None => self.context.err.status(&format!("{label}: prompt {number} of {all}: {}", prompt.id)),
            }
            let failed = answer.figures.failure.is_some();
            self.file.answers.push(answer);
            lab_file::keep(&self.store, &self.file)?;
            if died {
                host = None;
            }
            let pause = Duration::from_secs_f64(self.file.pause_s);
            if !failed && number < all && waited(pause, stop.as_mut()).await {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Starts engine `engine` and warms it up. One whose first start read the model file from storage is started once more,
    /// so that both times are known. Nothing when it was interrupted; one that did not start tells so when it is asked.
    async fn started(
        &mut self,
        engine: usize,
        mut stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<EngineHost>, CliError> {
        let Some(of) = self.file.engines.get(engine).cloned() else {
            return Err(CliError::internal("a protocol of no engine"));
        };
        let warm_up = ProtocolPrompt {
            id: "warm-up".into(),
            name: "warm-up".into(),
            text: WARM_UP.into(),
            max_tokens: WARM_UP_TOKENS,
            temperature: 0.0,
        };
        loop {
            let mut resolved = config::plan(self.catalog, &self.context.env, &options(&of, &warm_up))?;
            let Some((raced, _)) = one_race(&mut resolved, 1, stop.as_mut()).await? else { return Ok(None) };
            let start = raced.lanes().first().and_then(|lane| lane.engine.as_deref()).map(ProtocolStart::of);
            let came_up = start.is_some();
            let Some(known) = self.file.engines.get_mut(engine) else {
                return Ok(Some(EngineHost { resolved, came_up }));
            };
            let cold = start.as_ref().is_some_and(|start| known.starts.is_empty() && start.is_cold());
            known.starts.extend(start);
            if !cold {
                return Ok(Some(EngineHost { resolved, came_up }));
            }
        }
    }

    /// Asks one prompt: the answer, and whether the engine, which had come up, is dead.
    async fn answer(
        &self,
        (engine, place): (usize, usize),
        prompt: &ProtocolPrompt,
        host: &EngineHost,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<(ProtocolAnswer, bool)>, CliError> {
        let started_at = Some(Timestamp::now());
        let Some(of) = self.file.engines.get(engine) else { return Err(CliError::internal("an answer of no engine")) };
        let mut resolved = match config::plan(self.catalog, &self.context.env, &options(of, prompt)) {
            Ok(resolved) => resolved,
            Err(error) => {
                let failed = ProtocolAnswer::failed((engine, place), &prompt.id, &error.to_string());
                return Ok(Some((failed, false)));
            }
        };
        resolved.engines.clone_from(&host.resolved.engines);
        resolved.clients.iter_mut().zip(&host.resolved.clients).for_each(|(client, running)| client.ask_where(running));
        let Some((raced, others)) = one_race(&mut resolved, 1, stop).await? else { return Ok(None) };
        let checks = self.checks.get(place).map_or(&[][..], Vec::as_slice);
        let mut answer = ProtocolAnswer::of((engine, place), &prompt.id, &raced, others, checks);
        answer.figures.started_at = started_at;
        Ok(Some((answer, host.came_up && has_died(&raced))))
    }
}

/// An engine that runs, as far as it came up.
struct EngineHost {
    /// The race that holds it.
    resolved: ResolvedRace,
    /// Whether it could answer once: one that never could is not started again for each prompt.
    came_up: bool,
}

/// Whether the process behind the one lane of `race` has ended.
fn has_died(race: &Race) -> bool {
    race.lanes()
        .first()
        .and_then(|lane| lane.state.failure())
        .is_some_and(|failure| failure.kind == FailureKind::Process)
}

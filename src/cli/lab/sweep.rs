//! A sweep as it runs: every visit starts its engine, asks once to warm up and once to measure, and is kept at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::lab_file;
#[cfg(feature = "fleet")]
use super::remote_sweep;
use super::sweep_board::{self, SweepProgress};
use super::swept::Swept;
use super::tables;
use crate::bench::store::ResultsStore;
use crate::catalog::Catalog;
use crate::cli::args::SweepArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::status_line::StatusLine;
use crate::config::{self, RaceOptions};
use crate::environment::MachineEnvironment;
#[cfg(feature = "fleet")]
use crate::fleet::director::{OrderedVisit, SweepDirector};
use crate::interrupt::InterruptListener;
use crate::lab::sweep::{KIND, ModelSize, SweepFile, SweepPoint, VERSION, points, varied};
use crate::lab::visit::SweepVisit;
#[cfg(not(feature = "fleet"))]
use crate::text::printable;
use crate::visit;

/// Rows when the terminal doesn't say how many it has.
const ROWS: usize = 23;

/// Runs or goes on with a sweep.
///
/// # Errors
/// When it can't be laid out, or its results can't be read or written.
pub(super) fn run(context: &CommandContext<'_>, args: &SweepArgs) -> Result<ExitStatus, CliError> {
    let catalog = context.catalog()?;
    tables::check_chart(&args.tables, args.resume.as_deref().unwrap_or_else(|| Path::new("")))?;
    let (mut file, store) = match &args.resume {
        Some(path) => (lab_file::read(path)?, lab_file::open(path)?),
        None => begin(context, args)?,
    };
    let makers = VisitMakers::of(context, args, &file)?;
    let err = &context.err;
    err.status(&format!(
        "{} combinations, {} visits left, kept in {}",
        file.points.len(),
        file.left().len(),
        store.path().display()
    ));
    let line = StatusLine::new(err);
    let ended = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        let left = file.left();
        let (all, begun) = (left.len(), Instant::now());
        for (number, (round, point)) in (1..).zip(left) {
            let label = file.label(point);
            let progress = SweepProgress { number, all, round, point, took: begun.elapsed() };
            let rows = crossterm::terminal::size().map_or(ROWS, |(_, rows)| usize::from(rows).saturating_sub(1));
            line.draw_lines(|_| sweep_board::lines(&file, &progress, rows));
            let logs = store.path().parent();
            let made = makers.visit(context, catalog, (&file, logs), (round, point), stop.as_mut()).await?;
            let Some(visit) = made else { return Ok(ExitStatus::Interrupted) };
            if let Some(why) = &visit.failure {
                line.print(&format!("{label}: {why}"));
            } else if !line.is_live() {
                err.status(&format!("visit {number} of {all}: {label}"));
            }
            file.keep(visit);
            lab_file::keep(&store, &file)?;
            if number < all && waited(Duration::from_secs_f64(file.cool_down_s), stop.as_mut()).await {
                return Ok(ExitStatus::Interrupted);
            }
        }
        Ok::<_, CliError>(ExitStatus::Done)
    });
    drop(line);
    tables::put(context, &file, &args.tables)?;
    let ended = ended?;
    if ended == ExitStatus::Interrupted {
        err.status(&format!("go on with it: speed-kings lab sweep --resume {}", store.path().display()));
        return Ok(ended);
    }
    Ok(if file.visits.iter().any(|visit| visit.failure.is_some()) { ExitStatus::NoVerdict } else { ended })
}

/// A new sweep with its file.
fn begin(context: &CommandContext<'_>, args: &SweepArgs) -> Result<(SweepFile, ResultsStore), CliError> {
    let varied = args.vary.iter().map(|text| varied(text)).collect::<Result<Vec<_>, _>>()?;
    let swept = laid_out(context, args, &varied)?;
    let Swept { points, models, machines, environment } = swept;
    let file = SweepFile {
        version: VERSION,
        kind: KIND.into(),
        started_at: Timestamp::now(),
        environment,
        prompt: args.prompt.clone(),
        max_tokens: args.max_tokens,
        seed: args.seed.unwrap_or_else(|| u64::from(fastrand::u32(..))),
        rounds: args.rounds,
        cool_down_s: args.cool_down.as_secs_f64(),
        models,
        machines,
        points,
        visits: Vec::new(),
    };
    let store = ResultsStore::create(&args.out, KIND, Timestamp::now(), &lab_file::text(&file)?);
    let store = store.context(|| format!("cannot keep results in {}", args.out.display()))?;
    Ok((file, store))
}

/// What `args` name: engines of this machine, or sweeps of runners.
fn laid_out(
    context: &CommandContext<'_>,
    args: &SweepArgs,
    varied: &[(String, Vec<String>)],
) -> Result<Swept, CliError> {
    #[cfg(feature = "fleet")]
    if !args.remote.lanes.is_empty() {
        return remote_sweep::swept(context, &args.remote, varied);
    }
    let catalog = context.catalog()?;
    let mut engines = Vec::new();
    for text in &args.engines {
        let (engine, request) = catalog.engine_request(text)?;
        engines.push((engine.id.clone(), request));
    }
    let points = points(&engines, varied)?;
    for point in &points {
        // What is wrong with one is told before the first is started.
        let options = options(point, args.max_tokens, &args.prompt);
        config::plan(catalog, &config::ProcessEnv(&|_| None), &options)?;
    }
    let models = points.iter().map(|point| ModelSize::read(&point.model)).collect();
    let environment = MachineEnvironment::probe(Timestamp::now());
    Ok(Swept { points, models, machines: BTreeMap::new(), environment })
}

/// Who makes the visits: this machine, or runners.
struct VisitMakers {
    /// For points of runners, where there are some.
    #[cfg(feature = "fleet")]
    director: Option<SweepDirector>,
}

impl VisitMakers {
    /// Those that the points of `file` need.
    #[cfg(feature = "fleet")]
    fn of(context: &CommandContext<'_>, args: &SweepArgs, file: &SweepFile) -> Result<Self, CliError> {
        let remote = file.points.iter().any(|point| point.runner.is_some());
        Ok(Self { director: remote.then(|| remote_sweep::director(context, &args.remote)).transpose()? })
    }

    #[cfg(not(feature = "fleet"))]
    fn of(_: &CommandContext<'_>, _: &SweepArgs, file: &SweepFile) -> Result<Self, CliError> {
        match file.points.iter().find_map(|point| point.runner.as_ref()) {
            Some(runner) => Err(CliError::failed(format!(
                "this sweep is visited by runner {}, and this build of the program has no bus: use one with the feature `fleet`",
                printable(runner)
            ))),
            None => Ok(Self {}),
        }
    }

    /// One visit; nothing when it was interrupted.
    async fn visit(
        &self,
        context: &CommandContext<'_>,
        catalog: &Catalog,
        (file, logs): (&SweepFile, Option<&Path>),
        (round, point): (u32, usize),
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Option<SweepVisit>, CliError> {
        #[cfg(feature = "fleet")]
        if let (Some(director), Some(at)) = (&self.director, file.points.get(point))
            && at.runner.is_some()
        {
            let (prompt, max_tokens) = (file.prompt.as_str(), file.max_tokens);
            return Ok(director.visit(OrderedVisit { at, point, round, prompt, max_tokens }, stop).await);
        }
        let started_at = Some(Timestamp::now());
        let Some(of) = file.points.get(point) else { return Err(CliError::internal("a visit of no point")) };
        let options = options(of, file.max_tokens, &file.prompt).logging_beside(logs);
        let mut resolved = match config::plan(catalog, &context.env, &options) {
            Ok(resolved) => resolved,
            Err(error) => {
                return Ok(Some(SweepVisit { started_at, ..SweepVisit::failed(point, round, &error.to_string()) }));
            }
        };
        let visited = visit::visit(&mut resolved, of.concurrency, stop).await?;
        Ok(visited.map(|(race, others)| SweepVisit { started_at, ..SweepVisit::of(point, round, &race, others) }))
    }
}

/// What is asked of a point. No nonce: a cache of the prompt is emptied by starting anew, and every point is asked the same.
fn options(point: &SweepPoint, max_tokens: u32, prompt: &str) -> RaceOptions {
    RaceOptions {
        providers: vec![point.contestant()],
        prompt: Some(prompt.to_owned()),
        max_tokens: Some(max_tokens),
        alone: true,
        ..RaceOptions::default()
    }
}

/// Waits; whether `stop` came first.
pub(super) async fn waited(time: Duration, stop: Pin<&mut impl Future<Output = ()>>) -> bool {
    tokio::select! {
        biased;
        () = stop => true,
        () = tokio::time::sleep(time) => false,
    }
}

//! The benchmark from the command line: the plan and its cost first, then the runs, then the report.
//! Progress is talk and goes to stderr; whatever was measured is saved and printed, however it ends.

mod cost_preview;
pub(super) mod job;
mod jobs;
mod load;
mod progress;
mod resume;
mod spending;

use std::pin::pin;
use std::time::Instant;

use jiff::Timestamp;
use serde_json::Value;

use self::job::BenchmarkJob;
use self::progress::BenchmarkProgress;
pub(super) use self::spending::free_of_charge;
use crate::bench::document::{file, runs_behind};
use crate::bench::store::ResultsStore;
use crate::bench::{
    self, BenchmarkEnd, BenchmarkFile, BenchmarkObserver, BenchmarkResults, RunPlace, ScheduledRun, SpendingBudget,
};
use crate::benchmark_report::BenchmarkReport;
use crate::catalog::Catalog;
use crate::cli::args::{BenchmarkArgs, ReportForm};
use crate::cli::calibrate;
use crate::cli::context::{CommandContext, StatusOutput};
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::gate::CommandGates;
use crate::cli::otlp::OtlpFeed;
use crate::cli::report::{self, ReportReferences};
use crate::environment::MachineEnvironment;
use crate::gate::GateReport;
use crate::interrupt::InterruptListener;
use crate::race::Race;
use crate::race::setup::RaceSetup;
use crate::simulation;
use crate::text::inert;

/// Runs a benchmark.
///
/// # Errors
/// When it can't be worked out or begun, may not spend, or its results can't be written.
pub(super) fn run(context: &CommandContext<'_>, args: &BenchmarkArgs) -> Result<ExitStatus, CliError> {
    let (catalog, err) = (context.catalog()?, &context.err);
    let form = report::form(&context.out, args.output);
    report::no_page_on_screen(&context.out, form, None)?;
    let otlp = args.otlp.as_deref().map(|address| OtlpFeed::new(&context.env, address)).transpose()?;
    if let Some(path) = &args.load.arrivals {
        return load::run_trace(context, args, path, form, otlp.as_ref());
    }
    if let Some(levels) = args.load.levels(&args.concurrency) {
        return load::run(context, args, levels, form, otlp.as_ref());
    }
    let beside = ReportReferences::read(catalog, &args.beside, form, vec![args.out.clone()])?;
    let jobs = jobs::all(context, args)?;
    let contestants = contestants(&jobs);
    let names: Vec<(&str, &str)> = contestants.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    let gates = CommandGates::new(&context.env, &args.beside.gates, &beside.earlier, &names)?;
    free_of_charge(args.max_cost, jobs.iter().flat_map(|job| &job.resolved.setup.contestants))?;
    err.status(&cost_preview::text(&jobs, args, err.columns()));
    let planned = jobs.iter().map(|job| job.plan.iterations).min().unwrap_or(0);
    let converses = jobs.iter().flat_map(|job| &job.rows).any(|row| row.requests() > 1);
    gates.warn(err, planned, args.at_once() > 1 || converses, &names);
    let spends = |job: &BenchmarkJob| {
        job.resolved.setup.contestants.iter().any(|one| !one.simulated) && cost_preview::has_runs_left(job)
    };
    if jobs.iter().any(spends) && !args.yes && !context.agreed()? {
        err.status("nothing was sent");
        return Ok(ExitStatus::Failed);
    }
    let about = MachineFacts {
        environment: MachineEnvironment::probe(Timestamp::now()),
        calibration: calibrate::known(&context.env),
    };
    let mut budget = SpendingBudget {
        max_usd: Some(args.max_cost),
        until: args.time_limit.and_then(|limit| Instant::now().checked_add(limit)),
        spent_usd: cost_preview::spent_before(&jobs),
    };
    let mut progress = BenchmarkProgress::new(err, &jobs);
    let measured = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        let mut measured = Vec::new();
        let all = jobs.len();
        for job in jobs {
            let mut saver = ResultsSaver::new(&job, &about, args, &mut progress)?;
            let mut results =
                saver.results.take().unwrap_or_else(|| BenchmarkResults::new(RaceSetup::default(), job.plan));
            let mut resolved = job.resolved;
            let simulator = simulation::start(&mut resolved)?;
            let place = job.racer.as_deref().map_or(RunPlace::Here, RunPlace::Elsewhere);
            let go_on = bench::run(&mut resolved, place, &mut results, &mut budget, &mut saver, stop.as_mut()).await;
            drop(simulator);
            let file = file(&results, true);
            let kept = saver.finish(&file);
            if let Some(otlp) = &otlp {
                otlp.take_results(&resolved, &results);
                otlp.finish(|text| err.status(text)).await;
            }
            measured.push((results, file, kept));
            if !go_on {
                let left = all - measured.len();
                if left > 0 {
                    err.status(&format!("{left} of {all} benchmarks were not begun"));
                }
                break;
            }
        }
        Ok::<_, CliError>(measured)
    });
    progress.over();
    let measured = measured?;
    if let Some(otlp) = &otlp {
        err.status(&otlp.sum());
    }
    let reports: Vec<BenchmarkReport> =
        measured.iter().map(|(_, file, _)| BenchmarkReport::new(file.clone())).collect();
    let judged = gates.judge(&reports, &beside.earlier);
    context.out.print(&print(catalog, &reports, form, &beside, judged.as_ref(), context.out.columns()))?;
    gates.tell(context, judged.as_ref(), &reports, form != ReportForm::Table)?;
    Ok(gates.exit(judged.as_ref(), &reports, end(err, measured)?))
}

/// The contestants of all benchmarks, each by name and id; one in several of them comes several times.
fn contestants(jobs: &[BenchmarkJob]) -> Vec<(String, String)> {
    let all = jobs.iter().flat_map(|job| &job.resolved.setup.contestants);
    all.map(|one| (one.name.clone(), one.provider.clone())).collect()
}

/// What every file carries.
struct MachineFacts {
    environment: MachineEnvironment,
    calibration: Option<Value>,
}

/// The results in the form that is asked for.
fn print(
    catalog: &Catalog,
    reports: &[BenchmarkReport],
    form: ReportForm,
    beside: &ReportReferences,
    gates: Option<&GateReport>,
    columns: Option<usize>,
) -> String {
    if form == ReportForm::Json {
        let documents: Vec<Value> = reports.iter().map(|report| report.saved.json()).collect();
        return report::json(catalog, &documents.iter().collect::<Vec<_>>(), reports, beside, gates);
    }
    report::text(catalog, reports, form, beside, gates, columns)
}

/// How it ended, for the shell.
fn end(err: &StatusOutput, measured: Vec<(BenchmarkResults, BenchmarkFile, bool)>) -> Result<ExitStatus, CliError> {
    let failed = measured.iter().any(|(results, ..)| results.any_failed());
    let unsaved = measured.iter().any(|(.., saved)| !saved);
    let last = measured.into_iter().next_back().and_then(|(results, ..)| results.ended);
    Ok(match last {
        Some(BenchmarkEnd::Broken(error)) => return Err(error.into()),
        Some(BenchmarkEnd::Interrupted) => ExitStatus::Interrupted,
        _ if failed => ExitStatus::NoVerdict,
        Some(BenchmarkEnd::OutOfMoney) => {
            err.status(
                "the runs have cost more than --max-cost allows; what was measured is kept, and --resume with a higher \
                 --max-cost goes on with it",
            );
            ExitStatus::Failed
        }
        Some(BenchmarkEnd::OutOfTime) => {
            err.status("--time-limit is over; what was measured is kept, and --resume goes on with it");
            ExitStatus::Failed
        }
        _ if unsaved => ExitStatus::Failed,
        _ => ExitStatus::Done,
    })
}

/// Up to so many runs a file is written as a whole after each of them.
const SMALL: usize = 64;

/// Keeps the file of one benchmark up to date and passes on how far it is.
struct ResultsSaver<'a, 'e> {
    store: Option<ResultsStore>,
    progress: &'a mut BenchmarkProgress<'e>,
    /// Whether the file holds what was measured last.
    good: bool,
    /// The counted requests of each lane that it holds, with those of its journal.
    on_disk: Vec<usize>,
    /// Those that it held when it was last written as a whole.
    whole: usize,
    /// What it begins with.
    results: Option<BenchmarkResults>,
}

impl<'a, 'e> ResultsSaver<'a, 'e> {
    /// Opens the file of `job`, which is whole from here on.
    fn new(
        job: &BenchmarkJob,
        about: &MachineFacts,
        args: &BenchmarkArgs,
        progress: &'a mut BenchmarkProgress<'e>,
    ) -> Result<Self, CliError> {
        let mut results = BenchmarkResults::new(job.resolved.setup.clone(), job.plan);
        results.checks.clone_from(&job.checks);
        results.rows.clone_from(&job.rows);
        results.lengths.clone_from(&job.lengths);
        results.environment = job.environment(&about.environment);
        results.calibration = about.calibration.clone().filter(|_| job.is_measured_here());
        results.started_at = Some(Timestamp::now());
        let store = match &job.earlier {
            Some((path, earlier)) => {
                results.earlier = Some(Box::new(earlier.clone()));
                let why = || format!("cannot resume {}", path.display());
                Some(ResultsStore::open(path.clone()).context(why)?)
            }
            None if args.no_save => None,
            None => {
                let text = inert(&format!("{}\n", file(&results, false).json())).into_owned();
                let label = job.resolved.setup.label();
                let created = ResultsStore::create(&args.out, &label, Timestamp::now(), &text);
                let why = || {
                    format!(
                        "cannot keep results in {}; choose another folder with --out, or use --no-save",
                        args.out.display()
                    )
                };
                Some(created.context(why)?)
            }
        };
        let on_disk: Vec<usize> = results.earlier.iter().flat_map(|earlier| &earlier.runs).map(Vec::len).collect();
        let whole = on_disk.iter().sum();
        progress.begin_job(&job.resolved.setup, job.plan.concurrency);
        Ok(Self { store, progress, good: true, on_disk, whole, results: Some(results) })
    }

    /// Whether the file holds all of `file` now, or none is kept.
    fn save(&mut self, file: &BenchmarkFile) -> bool {
        let Some(store) = &self.store else { return true };
        let saved = store.save(&inert(&format!("{}\n", file.json())));
        let (made, path) = (runs_in(file), store.path().display());
        match saved {
            Ok(()) => {
                self.on_disk = file.lanes.iter().map(|lane| lane.runs.len()).collect();
                (self.good, self.whole) = (true, made);
                return true;
            }
            Err(error) if self.good => {
                let lost = made.saturating_sub(self.on_disk.iter().sum());
                let are = if lost == 1 { "is" } else { "are" };
                self.progress.print(&format!(
                    "cannot save {path}: {error}. No further run begins; of {made} runs {lost} {are} not on the disk, and \
                     all are printed. Make room, then --resume {path} goes on"
                ));
            }
            Err(_) => {}
        }
        self.good = false;
        false
    }

    /// Puts the newest runs beside the file, so that each costs no more than itself; says whether they are kept so. A file that is
    /// small, or has doubled since, and the last word are written as a whole.
    fn append(&mut self, results: &BenchmarkResults) -> bool {
        let Some(store) = &self.store else { return false };
        let new = runs_behind(results, &self.on_disk);
        let made = self.on_disk.iter().sum::<usize>() + new.len();
        let whole = made < SMALL || made >= 2 * self.whole || results.ended.is_some() || !self.good;
        if whole || store.append(&new, Instant::now()).is_err() {
            return false;
        }
        for run in &new {
            if let Some(runs) = self.on_disk.get_mut(run.lane) {
                *runs = run.place + 1;
            }
        }
        true
    }

    /// Saves the last word; says whether the file holds it.
    fn finish(mut self, file: &BenchmarkFile) -> bool {
        self.save(file);
        if let Some(store) = self.store.as_ref().filter(|_| self.good) {
            self.progress.print(&format!("saved {}", store.path().display()));
        }
        self.good
    }
}

/// The counted requests in a file.
fn runs_in(file: &BenchmarkFile) -> usize {
    file.lanes.iter().map(|lane| lane.runs.len()).sum()
}

impl BenchmarkObserver for ResultsSaver<'_, '_> {
    fn begun(&mut self, step: &ScheduledRun) {
        self.progress.begun(step);
    }

    fn ended(&mut self, step: &ScheduledRun, race: &Race) {
        self.progress.ended(step, race);
    }

    fn kept(&mut self, results: &BenchmarkResults) -> bool {
        self.append(results) || self.store.is_none() || self.save(&file(results, false))
    }
}

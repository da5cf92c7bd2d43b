//! A load by levels from the command line: the plan first, then level after level, each contestant in turn, then one table for all.
//! The file is written anew after every level, so what was measured is kept however it ends.

mod kept;
mod told;

use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use self::kept::{create, done, new_file, save, take};
use self::told::{amount, preview, put, told};
use super::job::BenchmarkJob;
use super::jobs;
use super::spending::free_of_charge;
use crate::bench::prompt_rows::PromptRow;
use crate::bench::{BenchmarkEnd, SpendingBudget};
use crate::cli::args::{BenchmarkArgs, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::conversation_usage::ConversationUsage;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::gate::LevelGates;
use crate::cli::load_usage::LoadUsage;
use crate::cli::otlp::OtlpFeed;
use crate::cli::output::{self, OutputKind};
use crate::cli::status_line::StatusLine;
use crate::interrupt::InterruptListener;
use crate::load::{self, ArrivalTrace, DoneLevel, LevelPlan, LevelRun, LevelSearch, LoadFile, OfferedLoad, RequestRow};
use crate::race::Race;
use crate::race::event::LaneId;
use crate::simulation;
use crate::source::live::StartError;
use crate::text::printable;

/// Time of each level that counts, when nobody says.
const STEADY: Duration = Duration::from_secs(10);
/// Time of each level ahead of that.
const RAMP: Duration = Duration::from_secs(2);

/// Runs the levels that are asked for, and those that are looked for.
///
/// # Errors
/// When it can't be worked out or begun, may not spend, or its results can't be written.
pub(super) fn run(
    context: &CommandContext<'_>,
    args: &BenchmarkArgs,
    levels: Vec<OfferedLoad>,
    form: ReportForm,
    otlp: Option<&OtlpFeed>,
) -> Result<ExitStatus, CliError> {
    let wish = LevelWish {
        steady: args.load.steady.unwrap_or(STEADY),
        ramp: args.load.ramp.unwrap_or(RAMP),
        trace: None,
        search: LevelSearch {
            listed: levels,
            until_plateau: args.load.until_plateau,
            for_objective: args.load.slo.is_some(),
        },
    };
    offer(context, args, &wish, form, otlp)
}

/// Runs one level of the arrivals in the file at `path`.
///
/// # Errors
/// As for [`run`], and when the file holds no arrivals.
pub(super) fn run_trace(
    context: &CommandContext<'_>,
    args: &BenchmarkArgs,
    path: &Path,
    form: ReportForm,
    otlp: Option<&OtlpFeed>,
) -> Result<ExitStatus, CliError> {
    let trace = ArrivalTrace::read(path)?;
    let listed = vec![OfferedLoad::Rate(trace.rate())];
    let search = LevelSearch { listed, until_plateau: false, for_objective: false };
    let wish = LevelWish { steady: trace.span, ramp: Duration::ZERO, trace: Some((path, trace.arrivals)), search };
    offer(context, args, &wish, form, otlp)
}

/// What is offered, and for how long.
struct LevelWish<'a> {
    steady: Duration,
    ramp: Duration,
    /// Where arrivals come from that are not drawn, and when they are due.
    trace: Option<(&'a Path, Arc<[Duration]>)>,
    search: LevelSearch,
}

/// Offers it to each contestant in turn until nothing is left to know.
fn offer(
    context: &CommandContext<'_>,
    args: &BenchmarkArgs,
    wish: &LevelWish<'_>,
    form: ReportForm,
    otlp: Option<&OtlpFeed>,
) -> Result<ExitStatus, CliError> {
    let err = &context.err;
    let mut job = only_job(context, args)?;
    goes_to_runners(&job, otlp)?;
    if let Some(path) = &args.load.chart {
        output::check(path, OutputKind::Svg, &[], false)?;
    }
    let names: Vec<(String, String)> =
        job.resolved.setup.contestants.iter().map(|one| (one.name.clone(), one.provider.clone())).collect();
    let names: Vec<(&str, &str)> = names.iter().map(|(name, id)| (name.as_str(), id.as_str())).collect();
    let asked: Vec<f64> = wish.search.listed.iter().map(|load| load.amount()).collect();
    // Levels that are looked for beyond those that are listed can't be foreseen.
    let known = if wish.search.until_plateau || args.load.slo.is_some() { None } else { Some(asked.as_slice()) };
    let gates = LevelGates::new(&context.env, &args.beside.gates, &names, known, args.load.slo.is_some())?;
    free_of_charge(args.max_cost, &job.resolved.setup.contestants)?;
    let LevelWish { steady, ramp, trace, search } = wish;
    let (steady, ramp) = (*steady, *ramp);
    err.status(&preview(&job.resolved.setup, args, &search.listed, (ramp, steady)));
    if job.resolved.setup.contestants.iter().any(|one| !one.simulated) && !args.yes && !context.agreed()? {
        err.status("nothing was sent");
        return Ok(ExitStatus::Failed);
    }
    let seed = job.plan.order_seed;
    let mut file = new_file(&job, args, (ramp, steady), seed);
    file.trace = trace.as_ref().map(|(path, _)| printable(&path.display().to_string()).into_owned());
    let store = if args.no_save { None } else { Some(create(args, &file)?) };
    let simulator = simulation::start(&mut job.resolved)?;
    let mut budget = SpendingBudget {
        max_usd: Some(args.max_cost),
        until: args.time_limit.and_then(|limit| Instant::now().checked_add(limit)),
        spent_usd: 0.0,
    };
    let line = StatusLine::new(err);
    let rows: Arc<[PromptRow]> = job.rows.clone().into();
    let ended = runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let mut stop = pin!(interrupts.next());
        loop {
            let mut ran = false;
            for place in 0..file.contestants.len() {
                let done: Vec<DoneLevel> = done(&file, place);
                let Some(offered) = search.next(&done) else { continue };
                let Some(id) = u8::try_from(place).ok().map(LaneId) else { continue };
                ran = true;
                let name = printable(&file.contestants.get(place).map(|one| one.name.clone()).unwrap_or_default())
                    .into_owned();
                line.draw(|_| format!("{name}: {}", amount(offered)));
                let seed = seed.wrapping_add(done.len() as u64);
                let trace = trace.as_ref().map(|(_, arrivals)| Arc::clone(arrivals));
                let (lengths, rows) = (job.lengths.clone(), Arc::clone(&rows));
                let plan = LevelPlan { load: offered, ramp, steady, seed, trace, lengths, rows };
                let run = level(&job, id, plan, &mut budget, otlp, stop.as_mut()).await;
                let run = match run {
                    Ok(run) => run,
                    // What was measured before is told first.
                    Err(error) => return Ok(BenchmarkEnd::Broken(error)),
                };
                if let Some(otlp) = otlp {
                    // Between two levels, where it is in no request's way.
                    otlp.finish(|text| line.print(text)).await;
                }
                let cut_off = run.cut_off;
                take(&mut file, place, offered, run, args.load.slo.as_ref());
                if let Some(level) = file.levels.last().filter(|_| !cut_off) {
                    line.print(&told(&name, level));
                }
                if cut_off {
                    return Ok(budget.over(Instant::now()).unwrap_or(BenchmarkEnd::Interrupted));
                }
                if let Some(store) = &store {
                    save(store, &file)?;
                }
            }
            if !ran {
                return Ok::<_, CliError>(BenchmarkEnd::Complete);
            }
        }
    });
    drop((line, simulator));
    if let Some(otlp) = otlp {
        err.status(&otlp.sum());
    }
    let ended = match ended? {
        BenchmarkEnd::Broken(error) if file.levels.is_empty() => return Err(error.into()),
        ended => ended,
    };
    file.ended = Some(if matches!(ended, BenchmarkEnd::Complete) { "complete" } else { "cut_off" }.to_owned());
    if let Some(store) = &store {
        save(store, &file)?;
        err.status(&format!("saved {}", store.path().display()));
    }
    let judged = gates.judge(&file);
    put(context, &file, judged.as_ref(), &args.load, form)?;
    gates.tell(context, judged.as_ref(), &file, form != ReportForm::Table)?;
    Ok(gates.exit(judged.as_ref(), exit(context, &file, ended)?))
}

/// Whether runners do all that is asked for, where it is they who are to do it.
fn goes_to_runners(job: &BenchmarkJob, otlp: Option<&OtlpFeed>) -> Result<(), LoadUsage> {
    let from_here = [
        ("--shared-prefix", job.lengths.as_ref().is_some_and(|lengths| lengths.shared_prefix > 0)),
        ("--otlp", otlp.is_some()),
    ];
    let wrong = from_here.into_iter().find(|(_, given)| *given && job.loader.is_some());
    wrong.map_or(Ok(()), |(flag, _)| Err(LoadUsage::FromHere(flag)))
}

/// Runs one level of contestant `id`, here or by runners.
async fn level(
    job: &BenchmarkJob,
    id: LaneId,
    plan: LevelPlan,
    budget: &mut SpendingBudget,
    otlp: Option<&OtlpFeed>,
    stop: Pin<&mut impl Future<Output = ()>>,
) -> Result<LevelRun, StartError> {
    if let Some(loader) = &job.loader {
        return loader.level(&job.resolved, id, plan, budget, stop).await;
    }
    let client = job.resolved.clients.get(id.index());
    let mut watcher = |race: &Race, _: &RequestRow| {
        if let Some((otlp, client)) = otlp.zip(client) {
            otlp.take_race(race, Timestamp::now(), client);
        }
    };
    load::run_level(&job.resolved, id, (plan, None), budget, &mut watcher, stop).await
}

/// How it ended, for the shell.
fn exit(context: &CommandContext<'_>, file: &LoadFile, ended: BenchmarkEnd) -> Result<ExitStatus, CliError> {
    Ok(match ended {
        BenchmarkEnd::Broken(error) => return Err(error.into()),
        BenchmarkEnd::Interrupted => ExitStatus::Interrupted,
        BenchmarkEnd::OutOfMoney => {
            context.err.status("the requests have cost more than --max-cost allows; what was measured is kept");
            ExitStatus::Failed
        }
        BenchmarkEnd::OutOfTime => {
            context.err.status("--time-limit is over; what was measured is kept");
            ExitStatus::Failed
        }
        _ if file.levels.iter().all(|level| level.figures.good == 0) => ExitStatus::NoVerdict,
        _ if file.levels.iter().any(|level| level.incomplete().is_some()) => ExitStatus::NoVerdict,
        _ => ExitStatus::Done,
    })
}

/// The only benchmark that is asked for, with requests that are never sent again by themselves: a wait is an outcome here.
fn only_job(context: &CommandContext<'_>, args: &BenchmarkArgs) -> Result<BenchmarkJob, CliError> {
    let beside = &args.beside;
    let useless = [
        ("--resume", args.resume.is_some()),
        ("--iterations", args.iterations.is_some()),
        ("--pause", args.pause.is_some()),
        ("--compare", beside.compare.is_some()),
        ("--baseline", beside.baseline.is_some()),
    ];
    if let Some((flag, _)) = useless.into_iter().find(|(_, given)| *given) {
        return Err(LoadUsage::Useless(flag).into());
    }
    let mut asked = args.clone();
    asked.entry.no_retry = true;
    let mut jobs = jobs::all(context, &asked)?;
    let count = jobs.len();
    let job = jobs.pop().filter(|_| count == 1).ok_or(LoadUsage::Several(count))?;
    if job.resolved.engines.iter().any(Option::is_some) {
        return Err(LoadUsage::Engine.into());
    }
    if let Some(row) = job.rows.iter().find(|row| row.requests() > 1) {
        return Err(ConversationUsage::Several(row.id.clone()).into());
    }
    Ok(with_prefix(job))
}

/// The same, with what all prompts share as a system message.
fn with_prefix(job: BenchmarkJob) -> BenchmarkJob {
    let Some(prefix) = job.lengths.as_ref().and_then(|lengths| lengths.prefix(job.plan.order_seed)) else { return job };
    let resolved = job.resolved.asking(&job.resolved.setup.prompt.text, Some(&prefix), None);
    BenchmarkJob { resolved, ..job }
}

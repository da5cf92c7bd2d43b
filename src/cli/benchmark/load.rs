//! A load by levels from the command line: the plan first, then level after level, each contestant in turn, then one table for all.
//! The file is written anew after every level, so what was measured is kept however it ends.

use std::pin::pin;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::job::BenchmarkJob;
use super::jobs;
use super::spending::free_of_charge;
use crate::atomic_file;
use crate::bench::store::ResultsStore;
use crate::bench::{BenchmarkEnd, SpendingBudget};
use crate::benchmark_report::{ReportBlock, markdown};
use crate::cli::args::{BenchmarkArgs, LoadArgs, ReportForm};
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::load_usage::LoadUsage;
use crate::cli::output::{self, OutputKind};
use crate::cli::status_line::StatusLine;
use crate::cli::{report, simulation};
use crate::date;
use crate::environment::MachineEnvironment;
use crate::format;
use crate::interrupt::InterruptListener;
use crate::load::{
    self, DoneLevel, KIND, LevelFigures, LevelPlan, LevelRun, LevelSearch, LoadFile, LoadLevel, OfferedLoad, VERSION,
};
use crate::pages::{PageData, TableSheet};
use crate::race::event::LaneId;
use crate::race::setup::RaceSetup;
use crate::text::{inert, printable};
use crate::time::Rate;

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
) -> Result<ExitStatus, CliError> {
    let err = &context.err;
    let mut job = only_job(context, args)?;
    if let Some(path) = &args.load.chart {
        output::check(path, OutputKind::Svg, &[], false)?;
    }
    free_of_charge(args.max_cost, &job.resolved.setup.contestants)?;
    let (steady, ramp) = (args.load.steady.unwrap_or(STEADY), args.load.ramp.unwrap_or(RAMP));
    err.status(&preview(&job.resolved.setup, args, &levels, (ramp, steady)));
    if job.resolved.setup.contestants.iter().any(|one| !one.simulated) && !args.yes && !context.agreed()? {
        err.status("nothing was sent");
        return Ok(ExitStatus::Failed);
    }
    let seed = job.plan.order_seed;
    let mut file = new_file(&job, args, (ramp, steady), seed);
    let store = if args.no_save { None } else { Some(create(args, &file)?) };
    let simulator = simulation::start(&mut job.resolved)?;
    let search =
        LevelSearch { listed: levels, until_plateau: args.load.until_plateau, for_objective: args.load.slo.is_some() };
    let mut budget = SpendingBudget {
        max_usd: Some(args.max_cost),
        until: args.time_limit.and_then(|limit| Instant::now().checked_add(limit)),
        spent_usd: 0.0,
    };
    let line = StatusLine::new(err);
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
                let plan = LevelPlan { load: offered, ramp, steady, seed: seed.wrapping_add(done.len() as u64) };
                let run = load::run_level(&job.resolved, id, plan, &mut budget, stop.as_mut()).await?;
                let cut_off = run.cut_off;
                take(&mut file, place, offered, run, args.load.slo.as_ref());
                if let Some(level) = file.levels.last() {
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
    let ended = ended?;
    file.ended = Some(if matches!(ended, BenchmarkEnd::Complete) { "complete" } else { "cut_off" }.to_owned());
    if let Some(store) = &store {
        save(store, &file)?;
        err.status(&format!("saved {}", store.path().display()));
    }
    put(context, &file, &args.load, form)?;
    Ok(exit(context, &file, &ended))
}

/// How it ended, for the shell.
fn exit(context: &CommandContext<'_>, file: &LoadFile, ended: &BenchmarkEnd) -> ExitStatus {
    match ended {
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
        _ => ExitStatus::Done,
    }
}

/// The only benchmark that is asked for, with requests that are never sent again by themselves: a wait is an outcome here.
fn only_job(context: &CommandContext<'_>, args: &BenchmarkArgs) -> Result<BenchmarkJob, CliError> {
    let beside = &args.beside;
    let useless = [
        ("--resume", args.resume.is_some()),
        ("--iterations", args.iterations.is_some()),
        ("--pause", args.pause.is_some()),
        ("--prompts", args.prompts.is_some()),
        ("--fail-if", !beside.gates.fail_if.is_empty()),
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
    Ok(job)
}

fn new_file(job: &BenchmarkJob, args: &BenchmarkArgs, (ramp, steady): (Duration, Duration), seed: u64) -> LoadFile {
    let setup = &job.resolved.setup;
    LoadFile {
        version: VERSION,
        kind: KIND.to_owned(),
        started_at: Timestamp::now(),
        ended: None,
        phase: setup.phase.as_ref().map(|phase| phase.id.clone()),
        prompt: (&setup.prompt).into(),
        settings: (&setup.settings).into(),
        slo: args.load.slo.as_ref().map(ToString::to_string),
        ramp_s: ramp.as_secs_f64(),
        steady_s: steady.as_secs_f64(),
        seed,
        environment: MachineEnvironment::probe(Timestamp::now()),
        spent_usd: Some(0.0),
        contestants: setup.contestants.iter().map(Into::into).collect(),
        levels: Vec::new(),
    }
}

fn create(args: &BenchmarkArgs, file: &LoadFile) -> Result<ResultsStore, CliError> {
    let store = ResultsStore::create(&args.out, KIND, file.started_at, &text(file)?);
    store.context(|| {
        format!("cannot keep results in {}; choose another folder with --out, or use --no-save", args.out.display())
    })
}

fn save(store: &ResultsStore, file: &LoadFile) -> Result<(), CliError> {
    store.save(&text(file)?).context(|| format!("cannot save {}", store.path().display()))
}

fn text(file: &LoadFile) -> Result<String, CliError> {
    let text = serde_json::to_string(file).map_err(std::io::Error::from)?;
    Ok(inert(&format!("{text}\n")).into_owned())
}

/// The levels that a contestant has behind it, in the order in which they were run.
fn done(file: &LoadFile, place: usize) -> Vec<DoneLevel> {
    file.levels.iter().filter(|level| level.contestant == place).map(LoadLevel::done).collect()
}

/// Puts what a level came to into the file.
fn take(file: &mut LoadFile, place: usize, load: OfferedLoad, run: LevelRun, slo: Option<&load::ServiceLevel>) {
    file.spent_usd = file.spent_usd.filter(|_| !run.spent_unknown).map(|spent| spent + run.spent_usd);
    let (concurrency, rate_per_s) = match load {
        OfferedLoad::Concurrency(askers) => (Some(askers), None),
        OfferedLoad::Rate(rate) => (None, Some(rate)),
    };
    file.levels.push(LoadLevel {
        contestant: place,
        concurrency,
        rate_per_s,
        figures: LevelFigures::of(&run.requests, &run.gaps_ms, &run.client, file.steady_s, slo),
        client: run.client,
        requests: run.requests,
    });
    // A contestant is simulated when its answers say so, not only when it was asked to be.
    if let (Some(one), true) = (file.contestants.get_mut(place), run.simulated) {
        one.simulated = true;
    }
}

/// A level as a line of the log.
fn told(name: &str, level: &LoadLevel) -> String {
    let figures = &level.figures;
    let rate = |value: Option<f64>| format::rate(value.map(Rate::per_second));
    let ttft = format::metric(crate::race::verdict::Metric::Ttft, figures.ttft_ms.p50);
    let objective = match figures.slo.as_ref().and_then(|slo| slo.share) {
        Some(share) => format!(", objective met by {}", format::share(share)),
        None => String::new(),
    };
    format!(
        "{name}, {}: {} tok/s of all, {} of one, TTFT {ttft}, {} of {} requests good{objective}",
        amount(level.load()),
        rate(Some(figures.load_tok_s)),
        rate(figures.output_tok_s.p50),
        figures.good,
        figures.requests,
    )
}

fn amount(load: OfferedLoad) -> String {
    match load {
        OfferedLoad::Concurrency(askers) => format!("{askers} at a time"),
        OfferedLoad::Rate(rate) => format!("{} a second", format::amount(rate)),
    }
}

/// What will be done, and what that may take.
fn preview(
    setup: &RaceSetup,
    args: &BenchmarkArgs,
    levels: &[OfferedLoad],
    (ramp, steady): (Duration, Duration),
) -> String {
    let listed: Vec<String> = levels.iter().map(|load| format::amount(load.amount())).collect();
    let open = levels.iter().any(|load| load.is_open());
    let unit = if open { "requests a second" } else { "requests at a time" };
    let more = match (args.load.until_plateau, &args.load.slo) {
        (true, _) => ", and on until more brings no more",
        (false, Some(_)) => ", and between them for the highest that holds the objective",
        (false, None) => "",
    };
    let free = setup.contestants.iter().all(|one| one.simulated || one.local);
    let cost = if free {
        "nothing of it costs money".to_owned()
    } else {
        let most = format::usd(Some(args.max_cost));
        format!("what it costs depends on how fast the answers are; it ends when {most} are spent (--max-cost)")
    };
    format!(
        "{} · load by levels of {} {unit}{more}; each {} and {} that count, contestants in turn · prompt {} · {cost}",
        printable(&setup.title()),
        listed.join(", "),
        date::span_text(ramp),
        date::span_text(steady),
        printable(&setup.prompt.name),
    )
}

/// The page of a load, with the drawing and the file itself in it.
fn sheet(file: &LoadFile, blocks: Vec<ReportBlock>) -> Result<TableSheet, CliError> {
    let data = PageData { name: "load.json".into(), what: "everything".into(), bytes: text(file)?.into_bytes() };
    let mut sheet = TableSheet {
        drawing: Some(load::svg(file)),
        data: vec![data],
        tool: report::TOOL.to_owned(),
        ..TableSheet::default()
    };
    let mut lead = Vec::new();
    for block in blocks {
        match block {
            ReportBlock::Title(title) => sheet.title = title,
            ReportBlock::Text(text) => lead.push(text),
            ReportBlock::Table(table) => sheet.tables.push(table),
            ReportBlock::Notes(notes) => sheet.notes.extend(notes),
        }
    }
    sheet.lead = lead.join(". ");
    Ok(sheet)
}

/// Prints `file` as it is asked for, and draws it where that is.
fn put(context: &CommandContext<'_>, file: &LoadFile, args: &LoadArgs, form: ReportForm) -> Result<(), CliError> {
    let blocks = || load::blocks(file);
    context.out.print(&match form {
        ReportForm::Json => text(file)?,
        ReportForm::Csv => load::csv(file)?,
        ReportForm::Markdown => markdown::text(&blocks()),
        ReportForm::Table => report::plain(&blocks(), context.out.columns()),
        ReportForm::Html => sheet(file, blocks())?.html(),
    })?;
    if let Some(path) = &args.chart {
        let drawn = atomic_file::replace(path, load::svg(file).as_bytes());
        drawn.context(|| format!("cannot write {}", path.display()))?;
        context.err.status(&format!("drawn into {}", path.display()));
    }
    Ok(())
}

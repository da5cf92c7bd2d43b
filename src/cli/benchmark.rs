//! The benchmark from the command line: the plan and its cost first, then the runs, then one document.
//! Progress is talk and goes to stderr; whatever was measured is printed, however it ends.

use std::io::{BufRead as _, IsTerminal as _};

use color_eyre::eyre::Result;

use crate::bench::estimate::{Estimate, sum_usd};
use crate::bench::{self, Ended, Plan, Results, Step, Watch, is_ok, only_lane};
use crate::catalog::Catalog;
use crate::cli::args::{BenchmarkArgs, Form};
use crate::cli::table::Table;
use crate::cli::{Exit, put, runtime, simulation, tell};
use crate::config::{self, DEFAULT_SIZE, Env, Wish, process_env};
use crate::figure;
use crate::race::Race;
use crate::race::grid::Grid;
use crate::race::lane::Lane;
use crate::race::timing::Timing;
use crate::text::printable;
use crate::ui::terminal::Interrupts;

/// Nobody is there to be asked whether money may be spent.
#[derive(Debug, thiserror::Error)]
#[error("this would spend tokens and there is no terminal to ask at: add --yes to go ahead, or --sim to simulate it")]
pub(super) struct NeedsYes;

/// Runs a benchmark.
///
/// # Errors
/// When it can't be worked out or begun, or may not spend.
pub(super) fn run(catalog: &Catalog, args: &BenchmarkArgs) -> Result<Exit> {
    let wish = args.wish();
    let mut contest = config::plan(catalog, &Env(&process_env), &wish)?;
    // Short enough to be exact in every JSON reader.
    let plan = args.plan(|| fastrand::u32(..).into());
    tell(&outlook(&contest.grid, &plan, expected_output(catalog, &wish, &contest.grid)?));
    if !wish.simulate && !args.yes && !agreed()? {
        tell("nothing was sent");
        return Ok(Exit::Failed);
    }
    let simulator = simulation::start(&mut contest)?;
    let mut progress = Progress(contest.grid.clone());
    let runtime = runtime()?;
    let results = runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        std::io::Result::Ok(bench::run(&mut contest, plan, &mut progress, interrupts.next()).await)
    })?;
    drop(simulator);
    match args.output {
        Form::Json => put(&format!("{}\n", bench::document::document(&results)))?,
    }
    end(results)
}

/// How it ended, for the shell.
fn end(results: Results) -> Result<Exit> {
    let failed = results.any_failed();
    match results.ended {
        Ended::Complete => Ok(if failed { Exit::NoVerdict } else { Exit::Done }),
        Ended::Interrupted => Ok(Exit::Interrupted),
        Ended::Broken(error) => Err(error.into()),
    }
}

/// What an answer is expected to take, in tokens: what the prompt usually does, but never more than the cap.
fn expected_output(catalog: &Catalog, wish: &Wish, grid: &Grid) -> Result<u32> {
    let size = catalog.prompt(wish.size.as_deref().unwrap_or(DEFAULT_SIZE))?;
    let cap = grid.settings.max_tokens.unwrap_or(size.max_tokens);
    Ok(if wish.prompt.is_some() { cap } else { size.expected_tokens.min(cap) })
}

/// The plan with what it is expected to take.
fn outlook(grid: &Grid, plan: &Plan, output: u32) -> String {
    let runs = plan.iterations + plan.warmup;
    let mut table =
        Table::new(&["contestant", "model", "runs", "tokens in", "tokens out", "cost", "price"]).right(2..=5);
    let mut costs = Vec::new();
    for contestant in &grid.contestants {
        let price = contestant.price.as_ref();
        let estimate = Estimate::of(&grid.prompt.text, output, runs, price);
        costs.push(estimate.cost_usd);
        table.row([
            contestant.name.clone(),
            contestant.model.clone(),
            runs.to_string(),
            format!("≈{}", estimate.input),
            format!("≈{}", estimate.output),
            figure::usd(estimate.cost_usd),
            price.map_or_else(|| "not known".into(), |price| format!("of {}, {}", price.as_of, price.source)),
        ]);
    }
    let phase = grid.phase.as_ref().map(|phase| format!("{} · ", phase.id)).unwrap_or_default();
    let total = match (grid.simulated(), sum_usd(costs)) {
        (true, _) => "SIM: nothing is spent".to_owned(),
        (false, Some(usd)) => format!("about {} in all", figure::usd(Some(usd))),
        (false, None) => "what it costs is not known: a price is missing".to_owned(),
    };
    let (title, prompt) = (printable(&grid.title()).into_owned(), printable(&grid.prompt.name).into_owned());
    format!(
        "{phase}{title} · prompt {prompt} · {} warm-up and {} counted runs each, one at a time\n{}{total}",
        plan.warmup,
        plan.iterations,
        table.text()
    )
}

/// Asks whether to go on.
fn agreed() -> Result<bool> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(NeedsYes.into());
    }
    tell("go ahead? y/N");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Tells each run in a line.
struct Progress(Grid);

impl Progress {
    fn tell(&self, step: &Step, what: &str) {
        let run = if step.warmup { "warm-up" } else { "run" };
        let name = self.0.contestants.get(step.lane.index()).map_or("", |contestant| contestant.name.as_str());
        tell(&format!("{run} {}/{} · {}: {what}", step.number, step.of, printable(name)));
    }
}

impl Watch for Progress {
    fn begun(&mut self, _: &Step) {}

    fn ended(&mut self, step: &Step, race: &Race) {
        if let Some(lane) = only_lane(race) {
            self.tell(step, &outcome(lane));
            lane.notices.iter().for_each(|notice| self.tell(step, &printable(notice)));
        }
    }
}

fn outcome(lane: &Lane) -> String {
    if let Some(failure) = lane.state.failure() {
        let hint = failure.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return printable(&format!("{}: {}{hint}", failure.kind.title(), failure.message)).into_owned();
    }
    if !is_ok(lane) {
        return "no text came".into();
    }
    let timing = Timing::of(lane);
    format!(
        "TTFT {}, {} tok/s, {} tokens in {}",
        figure::span(timing.ttft),
        figure::rate(timing.output_speed),
        figure::tokens(timing.tokens),
        figure::span(timing.total)
    )
}

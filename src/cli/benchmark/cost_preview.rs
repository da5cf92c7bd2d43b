//! The plan with what it is expected to take, before anything is sent: runs, tokens and dollars at dated prices.
//! It also says which of the limits that were set would be hit.

use std::time::Duration;

use super::job::BenchmarkJob;
use crate::bench::estimate::{CostEstimate, sum_usd};
use crate::cli::args::BenchmarkArgs;
use crate::cli::table::{TextTable, flowing};
use crate::date;
use crate::format;
use crate::race::setup::Contestant;
use crate::text::printable;

/// All of `jobs`, with the limits of `args`, for a terminal of so many columns.
pub(super) fn text(jobs: &[BenchmarkJob], args: &BenchmarkArgs, columns: Option<usize>) -> String {
    let phased = jobs.iter().any(|job| job.resolved.setup.phase.is_some());
    let mut header = vec!["phase", "prompt", "contestant", "model", "runs", "tok in", "tok out", "cost"];
    header.drain(..usize::from(!phased));
    let mut table = TextTable::new(&header).right(header.len() - 4..header.len());
    let (mut costs, mut simulated) = (Vec::new(), true);
    for job in jobs {
        let setup = &job.resolved.setup;
        for (lane, contestant) in setup.contestants.iter().enumerate() {
            let runs = runs_left(job, lane);
            let estimate = CostEstimate::sized(job.prompt_bytes(), job.expected, runs, contestant.price.as_ref());
            let estimate = estimate.asked_of(contestant);
            let cost = estimate.cost_usd;
            simulated &= contestant.simulated;
            costs.push(if contestant.simulated { Some(0.0) } else { cost });
            let cells = [
                setup.phase.as_ref().map(|phase| phase.id.clone()).unwrap_or_default(),
                setup.prompt.name.clone(),
                contestant.name.clone(),
                contestant.model.clone(),
                runs.to_string(),
                format!("≈{}", estimate.input),
                format!("≈{}", estimate.output),
                format::usd(cost),
            ];
            table.row(cells.into_iter().skip(usize::from(!phased)));
        }
    }
    let mut lines = limits(jobs, args, simulated, sum_usd(costs));
    lines.extend(prices(jobs));
    let (title, below) = (flowing(&title(jobs, args), columns, "  "), flowing(&lines.join("\n"), columns, "  "));
    format!("{title}\n{}{below}", table.fitted(columns))
}

fn title(jobs: &[BenchmarkJob], args: &BenchmarkArgs) -> String {
    let titles: Vec<String> = jobs.iter().map(|job| job.resolved.setup.title()).collect();
    let title = match titles.as_slice() {
        [only] => printable(only).into_owned(),
        all => format!("{} benchmarks", all.len()),
    };
    let plan = jobs.first().map(|job| job.plan);
    let (warmup, iterations) = plan.map_or((0, 0), |plan| (plan.warmup, plan.iterations));
    let way = match args.at_once() {
        1 => "one at a time".to_owned(),
        many => format!("one contestant at a time with {many} requests at once"),
    };
    let runs = if iterations == 1 { "run" } else { "runs" };
    format!("{title} · {warmup} warm-up and {iterations} counted {runs} each, {way}")
}

/// Whether any request is still to be made.
pub(super) fn has_runs_left(job: &BenchmarkJob) -> bool {
    (0..job.resolved.setup.contestants.len()).any(|lane| runs_left(job, lane) > 0)
}

/// Requests of a contestant that are still to be made.
fn runs_left(job: &BenchmarkJob, lane: usize) -> u32 {
    let counted = job.counted_left(lane);
    let warmup = if counted == 0 { 0 } else { job.plan.warmup.saturating_mul(job.plan.concurrency) };
    counted.saturating_add(warmup)
}

/// Where the prices are from, each contestant once.
fn prices(jobs: &[BenchmarkJob]) -> Option<String> {
    let mut told: Vec<String> = Vec::new();
    for contestant in jobs.iter().flat_map(|job| &job.resolved.setup.contestants) {
        let of =
            contestant.price.as_ref().map(|price| format!("{} {} ({})", contestant.name, price.as_of, price.source));
        told.extend(of.filter(|of| !told.contains(of)));
    }
    (!told.is_empty()).then(|| printable(&format!("prices: {}", told.join(", "))).into_owned())
}

fn limits(jobs: &[BenchmarkJob], args: &BenchmarkArgs, simulated: bool, total: Option<f64>) -> Vec<String> {
    let most = format::usd(Some(args.max_cost));
    let before = spent_before(jobs);
    let mut lines = vec![match (simulated, total) {
        (true, _) => "SIM: nothing is spent".to_owned(),
        (false, Some(0.0)) => "nothing of it costs money".to_owned(),
        (false, Some(usd)) if before > args.max_cost && usd > 0.0 => format!(
            "about {}, but --max-cost {most} has been spent by the runs that it goes on with: no run can begin",
            format::usd(Some(usd))
        ),
        (false, Some(usd)) if usd + before > args.max_cost => format!(
            "about {}, which is over --max-cost {most}{}: it would end early, with what was measured kept",
            format::usd(Some(usd)),
            if before > 0.0 { " with what was spent before" } else { "" }
        ),
        (false, Some(usd)) => {
            format!("about {} in all; it ends when {most} are spent (--max-cost)", format::usd(Some(usd)))
        }
        (false, None) => format!(
            "what it costs is not known: a price is missing, and --max-cost {most} can only count those that are known"
        ),
    }];
    if before > 0.0 {
        lines.push(format!("{} were spent before, by the runs that it goes on with", format::usd(Some(before))));
    }
    let least = least_time(jobs).filter(|_| !simulated);
    lines.extend(least.map(|least| format!("it takes at least {}, at the published speeds", rounded(least))));
    if let Some(limit) = args.time_limit {
        let early = if least.is_some_and(|least| least > limit) { ", which would end it early" } else { "" };
        lines.push(format!("no run begins after {} (--time-limit){early}", date::span_text(limit)));
    }
    let limited = |one: &Contestant| !one.simulated && !one.local;
    if jobs.iter().any(|job| job.resolved.setup.contestants.iter().any(limited)) {
        let then = if args.entry.no_retry { "fails the run (--no-retry)" } else { "is waited out and told" };
        lines.push(format!(
            "a server tells what is left of its rate limits with its first answer, and so does this then; one that is hit \
             {then}"
        ));
    }
    lines
}

/// USD that earlier sessions spent on what is gone on with.
pub(super) fn spent_before(jobs: &[BenchmarkJob]) -> f64 {
    jobs.iter().filter_map(|job| job.earlier.as_ref()).map(|(_, earlier)| earlier.spent_usd).sum()
}

/// The writing of all tokens at the highest published speeds, and the pauses; nothing when nobody published one for a
/// contestant.
fn least_time(jobs: &[BenchmarkJob]) -> Option<Duration> {
    let mut seconds = 0.0;
    for job in jobs {
        let mut runs = 0;
        for (lane, contestant) in job.resolved.setup.contestants.iter().enumerate() {
            let left = runs_left(job, lane) / job.plan.concurrency.max(1);
            let speed = contestant.claims.iter().map(|claim| claim.tok_s).reduce(f64::max)?;
            seconds += f64::from(left) * f64::from(job.expected) / speed;
            runs += left;
        }
        seconds += job.plan.pause.as_secs_f64() * f64::from(runs.saturating_sub(1));
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// To the second, or to the tenth of a short one.
fn rounded(span: Duration) -> String {
    if span < Duration::from_secs(10) {
        format!("{:.1} s", span.as_secs_f64())
    } else {
        date::span_text(Duration::from_secs(span.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, CliCommand};
    use crate::cli::benchmark::jobs;
    use crate::cli::context::CommandContext;
    use crate::config::ProcessEnv;

    fn told(flags: &str) -> String {
        let cli =
            Cli::try_parse_from(["speed-kings", "benchmark"].into_iter().chain(flags.split_whitespace())).unwrap();
        let Some(CliCommand::Benchmark(args)) = cli.command else { panic!("no benchmark") };
        let keys = |_: &str| Some("key0value".to_owned()).filter(|_| true);
        let keys = |name: &str| name.ends_with("_API_KEY").then(|| keys(name)).flatten();
        let jobs = jobs::all(&CommandContext::new(ProcessEnv(&keys), &cli.look, &cli.recording), &args).unwrap();
        text(&jobs, &args, None)
    }

    #[test]
    fn cost_and_limits_are_told_before_anything_is_sent() {
        let plan = told("--phase A1 -s long -i 5 --warmup 1 --time-limit 60");
        for said in
            ["Cerebras vs Groq", "1 warm-up and 5 counted", "≈3000", "LiteLLM", "it ends when $0.2500", "after 1m"]
        {
            assert!(plan.contains(said), "{said}: {plan}");
        }
        assert!(told("--phase A1 -i 10000").contains("which is over --max-cost"));
        assert!(told("--phase A1 --sim").contains("SIM: nothing is spent"));
        assert!(told("--priority 1 --sim --concurrency 4").contains(
            "3 benchmarks · 1 warm-up and 5 counted runs each, one contestant at a time with 4 requests at once"
        ));
    }
}

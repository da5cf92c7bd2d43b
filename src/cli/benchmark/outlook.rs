//! The plan with what it is expected to take, before anything is sent: runs, tokens and dollars at dated prices.
//! It also says which of the limits that were set would be hit.

use super::jobs::Job;
use crate::bench::estimate::{Estimate, sum_usd};
use crate::cli::args::BenchmarkArgs;
use crate::cli::table::Table;
use crate::figure;
use crate::text::printable;

/// All of `jobs`, with the limits of `args`.
pub(super) fn text(jobs: &[Job], args: &BenchmarkArgs) -> String {
    let mut table =
        Table::new(&["phase", "prompt", "contestant", "model", "runs", "tokens in", "tokens out", "cost", "price"])
            .right(4..=7);
    let (mut costs, mut simulated) = (Vec::new(), true);
    for job in jobs {
        let grid = &job.contest.grid;
        for (lane, contestant) in grid.contestants.iter().enumerate() {
            let runs = runs_left(job, lane);
            let price = contestant.price.as_ref();
            let estimate = Estimate::of(&grid.prompt.text, job.expected, runs, price);
            simulated &= contestant.simulated;
            costs.push(if contestant.simulated { Some(0.0) } else { estimate.cost_usd });
            table.row([
                grid.phase.as_ref().map(|phase| phase.id.clone()).unwrap_or_default(),
                grid.prompt.name.clone(),
                contestant.name.clone(),
                contestant.model.clone(),
                runs.to_string(),
                format!("≈{}", estimate.input),
                format!("≈{}", estimate.output),
                figure::usd(estimate.cost_usd),
                price.map_or_else(|| "not known".into(), |price| format!("of {}, {}", price.as_of, price.source)),
            ]);
        }
    }
    let titles: Vec<String> = jobs.iter().map(|job| job.contest.grid.title()).collect();
    let title = match titles.as_slice() {
        [only] => printable(only).into_owned(),
        all => format!("{} benchmarks", all.len()),
    };
    let plan = jobs.first().map(|job| job.plan);
    let (warmup, iterations) = plan.map_or((0, 0), |plan| (plan.warmup, plan.iterations));
    let load = if args.concurrency > 1 { format!(", {} requests at a time", args.concurrency) } else { String::new() };
    format!(
        "{title} · {warmup} warm-up and {iterations} counted runs each, one at a time{load}\n{}{}",
        table.text(),
        limits(args, simulated, sum_usd(costs)).join("\n")
    )
}

/// Requests of a contestant that are still to be made.
fn runs_left(job: &Job, lane: usize) -> u32 {
    let made = job.earlier.as_ref().and_then(|(_, earlier)| earlier.runs.get(lane)).map_or(0, Vec::len);
    let made = u32::try_from(made).unwrap_or(u32::MAX);
    let counted = job.plan.iterations.saturating_mul(job.plan.concurrency).saturating_sub(made);
    let warmup = if counted == 0 { 0 } else { job.plan.warmup.saturating_mul(job.plan.concurrency) };
    counted.saturating_add(warmup)
}

fn limits(args: &BenchmarkArgs, simulated: bool, total: Option<f64>) -> Vec<String> {
    let most = figure::usd(Some(args.max_cost));
    let mut lines = vec![match (simulated, total) {
        (true, _) => "SIM: nothing is spent".to_owned(),
        (false, Some(usd)) if usd > args.max_cost => format!(
            "about {} in all, which is over --max-cost {most}: it would end early, with what was measured kept",
            figure::usd(Some(usd))
        ),
        (false, Some(usd)) => {
            format!("about {} in all; it ends when {most} are spent (--max-cost)", figure::usd(Some(usd)))
        }
        (false, None) => format!(
            "what it costs is not known: a price is missing, and --max-cost {most} can only count those that are known"
        ),
    }];
    if let Some(limit) = args.time_limit {
        lines.push(format!("no run begins after {} (--time-limit)", humantime::format_duration(limit)));
    }
    if !simulated {
        let then = if args.entry.no_retry { "fails the run (--no-retry)" } else { "is waited out and told" };
        lines.push(format!("rate limits are read off each server's answers; one that is hit {then}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::catalog::Catalog;
    use crate::cli::args::{Cli, Command};
    use crate::cli::benchmark::jobs;
    use crate::config::Env;

    fn told(flags: &str) -> String {
        let cli =
            Cli::try_parse_from(["speed-kings", "benchmark"].into_iter().chain(flags.split_whitespace())).unwrap();
        let Some(Command::Benchmark(args)) = cli.command else { panic!("no benchmark") };
        let keys = |_: &str| Some("key0value".to_owned()).filter(|_| true);
        let keys = |name: &str| name.ends_with("_API_KEY").then(|| keys(name)).flatten();
        let jobs = jobs::all(&Catalog::builtin().unwrap(), &Env(&keys), &args).unwrap();
        text(&jobs, &args)
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
        assert!(told("--phase A1 --sim").ends_with("SIM: nothing is spent"));
        assert!(
            told("--priority 1 --sim --concurrency 4")
                .contains("3 benchmarks · 1 warm-up and 5 counted runs each, one at a time, 4 requests")
        );
    }
}

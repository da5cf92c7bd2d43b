//! Going on with a benchmark that was cut off: its file is found, held against what is asked for, and carried on.
//! A file of anything else is refused with what differs, never mixed in.

use std::path::{Path, PathBuf};

use super::job::{BenchmarkJob, job, prompt_of};
use crate::bench::OrderRule;
use crate::bench::saved::{BenchmarkFile, EarlierRuns, LaneResult};
use crate::catalog::Catalog;
use crate::cli::args::BenchmarkArgs;
use crate::cli::context::{CommandContext, StatusOutput};
use crate::cli::error::CliError;
use crate::config::{ANY_PROVIDER, RaceOptions};
use crate::text::printable;

/// The benchmark that `file` is of, told by the file alone.
pub(super) fn from_file(
    context: &CommandContext<'_>,
    args: &BenchmarkArgs,
    file: &Path,
) -> Result<BenchmarkJob, CliError> {
    let catalog = context.catalog()?;
    let (earlier, saved) = EarlierRuns::read(file)?;
    let mut options = args.options();
    options.phase.clone_from(&saved.phase);
    // The file keeps hosts and no whole addresses, and commands not at all.
    let elsewhere = |lane: &LaneResult| {
        let own = catalog.provider(&lane.identity.provider).is_err() || lane.identity.provider == ANY_PROVIDER;
        own || lane.identity.runner.is_some()
    };
    if let Some(lane) = saved.lanes.iter().find(|lane| elsewhere(lane)).filter(|_| saved.phase.is_none()) {
        return Err(CliError::failed(format!(
            "{}: it doesn't hold the whole address or command of {}; give the same --providers or --lanes again beside --resume",
            file.display(),
            lane.identity.name
        )));
    }
    if saved.phase.is_none() {
        options.providers = saved.lanes.iter().map(|lane| lane.identity.provider.clone()).collect();
        options.models = saved.lanes.iter().map(|lane| lane.identity.model.clone()).collect();
    }
    options.simulate |= saved.lanes.iter().all(|lane| lane.identity.simulated && lane.identity.endpoint.is_none());
    ask_again(catalog, &saved, &mut options);
    let args = BenchmarkArgs { iterations: args.iterations.or(Some(saved.settings.iterations)), ..args.clone() };
    let mut job = job(context, catalog, &args, &options, None, saved.settings.order_seed)?;
    job.plan.concurrency = saved.settings.concurrency.unwrap_or(1);
    job.rows.clone_from(&saved.prompt_rows);
    let mut job = job.of_lengths(saved.settings.lengths.clone());
    go_on(&context.err, &mut job, file.to_owned(), earlier, &saved)?;
    Ok(job.that_converses()?)
}

/// Asks what the file's contestants were asked, in the same way.
fn ask_again(catalog: &Catalog, saved: &BenchmarkFile, options: &mut RaceOptions) {
    if let Some(prompt) = prompt_of(catalog, &saved.prompt.name, &saved.prompt.text) {
        options.asked = Some(prompt.clone());
    } else {
        options.prompt = Some(saved.prompt.text.clone());
        options.prompt_name = Some(saved.prompt.name.clone()).filter(|name| !name.is_empty());
    }
    options.max_tokens = saved.settings.asked.max_tokens;
    options.temperature = saved.settings.asked.temperature;
    options.seed = saved.settings.asked.seed;
    options.allow_cache = saved.settings.asked.allow_cache;
    options.no_reasoning = saved.settings.asked.reasoning.as_deref() == Some("off");
}

/// Goes on with `file` in the only job that there is.
pub(super) fn single(context: &CommandContext<'_>, jobs: &mut [BenchmarkJob], file: &Path) -> Result<(), CliError> {
    let [job] = jobs else {
        return Err(CliError::failed(format!(
            "--resume FILE goes on with one phase and one prompt, and {} are asked for",
            jobs.len()
        )));
    };
    let (earlier, saved) = EarlierRuns::read(file)?;
    go_on(&context.err, job, file.to_owned(), earlier, &saved)
}

/// Goes on with the newest unfinished file below `dir` of each of `jobs`. Of several those that are complete are left out
/// and those that were never begun begin.
///
/// # Errors
/// When there is nothing to go on with.
pub(super) fn newest(context: &CommandContext<'_>, jobs: &mut Vec<BenchmarkJob>, dir: &Path) -> Result<(), CliError> {
    let found = files(&context.err, dir);
    let mut left = Vec::new();
    let mut complete = Vec::new();
    for mut job in std::mem::take(jobs) {
        let newest = found.iter().find(|(_, _, saved)| difference(&job, saved).is_none());
        let unfinished = found.iter().find(|(_, _, saved)| !saved.is_complete() && difference(&job, saved).is_none());
        match (unfinished, newest) {
            (Some((path, earlier, saved)), _) => go_on(&context.err, &mut job, path.clone(), earlier.clone(), saved)?,
            (None, Some((path, ..))) => {
                complete.push(format!("{} is complete in {}", job.resolved.setup.title(), path.display()));
                continue;
            }
            (None, None) => {}
        }
        left.push(job);
    }
    *jobs = left;
    if jobs.iter().any(|job| job.earlier.is_some()) || !(complete.is_empty() || jobs.is_empty()) {
        for told in &complete {
            context.err.status(&printable(told));
        }
        return Ok(());
    }
    let why = if complete.is_empty() { String::new() } else { format!(": {}", printable(&complete.join("; "))) };
    Err(CliError::failed(format!(
        "nothing to resume in {}{why}; without --resume a new benchmark begins",
        dir.display()
    )))
}

/// All results below `dir`, the newest first. What can't be read is told.
fn files(err: &StatusOutput, dir: &Path) -> Vec<(PathBuf, EarlierRuns, BenchmarkFile)> {
    let folders = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok()).flatten().flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
    let read = |path: PathBuf| match EarlierRuns::read(&path) {
        Ok((earlier, saved)) => Some((path, earlier, saved)),
        Err(error) => {
            err.status(&format!("passed over: {}", printable(&error.to_string())));
            None
        }
    };
    let mut files: Vec<_> = paths.into_iter().filter_map(read).collect();
    files.sort_by_key(|(_, _, saved)| std::cmp::Reverse(saved.started_at));
    files
}

fn go_on(
    err: &StatusOutput,
    job: &mut BenchmarkJob,
    path: PathBuf,
    earlier: EarlierRuns,
    saved: &BenchmarkFile,
) -> Result<(), CliError> {
    if let Some(difference) = difference(job, saved) {
        return Err(CliError::failed(format!("cannot resume {}: {difference}", path.display())));
    }
    job.plan.order_seed = saved.settings.order_seed;
    job.plan.order_rule = OrderRule::parse(saved.settings.order.as_deref());
    let runs: usize = earlier.runs.iter().map(Vec::len).sum();
    let runs = if runs == 1 { "1 run".to_owned() } else { format!("{runs} runs") };
    err.status(&format!("going on with {}, which has {runs}", path.display()));
    job.earlier = Some((path, earlier));
    Ok(())
}

/// What makes runs of `job` and of `saved` different things, if anything.
fn difference(job: &BenchmarkJob, saved: &BenchmarkFile) -> Option<String> {
    let (setup, plan) = (&job.resolved.setup, &job.plan);
    let now: Vec<_> = setup
        .contestants
        .iter()
        .map(|one| (one.provider.as_str(), one.name.as_str(), one.model.as_str(), one.endpoint.as_deref()))
        .collect();
    let then = saved.lanes.iter();
    let then: Vec<_> = then
        .map(|one| {
            (
                one.identity.provider.as_str(),
                one.identity.name.as_str(),
                one.identity.model.as_str(),
                one.identity.endpoint.as_deref(),
            )
        })
        .collect();
    let planned = |one: &crate::race::setup::Contestant| one.simulated;
    let simulated =
        setup.contestants.iter().zip(&saved.lanes).all(|(now, then)| !planned(now) || then.identity.simulated);
    let off = saved.settings.asked.reasoning.as_deref() == Some("off");
    let (settings, then_settings) = (&setup.settings, &saved.settings);
    let facts = [
        (setup.phase.as_ref().map(|phase| &phase.id) == saved.phase.as_ref(), "another phase"),
        (now == then && simulated, "other contestants or models"),
        (setup.prompt.text == saved.prompt.text, "another prompt"),
        (job.lengths == then_settings.lengths, "other lengths of prompts and answers"),
        (settings.max_tokens == then_settings.asked.max_tokens, "another cap on output tokens"),
        (settings.temperature == then_settings.asked.temperature, "another temperature"),
        (settings.no_reasoning == off, "reasoning is not set alike"),
        (settings.nonce.is_none() == then_settings.asked.allow_cache, "the prompt cache is not set alike"),
        (plan.concurrency == then_settings.concurrency.unwrap_or(1), "another concurrency"),
    ];
    facts.into_iter().find(|(same, _)| !same).map(|(_, what)| format!("{what} than is asked for now"))
}

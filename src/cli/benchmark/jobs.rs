//! What is to be measured: every phase that is asked for with every prompt that is asked for, each a benchmark of its own.
//! All of it is worked out before anything is sent.

use std::path::Path;
use std::time::Duration;

use super::job::{BenchmarkJob, job};
use super::resume;
use crate::bench::prompt_file;
use crate::bench::prompt_rows::{PromptRow, sampled, set_text};
use crate::catalog::{Catalog, Phase, UnknownName};
use crate::cli::args::BenchmarkArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::config::{ConfigError, RaceOptions, settle};
use crate::lengths::{GivenLengths, LengthRule};

/// All benchmarks that `args` ask for, in order.
///
/// # Errors
/// When a name leads nowhere, a key is missing, or there is nothing to go on with.
pub(super) fn all(context: &CommandContext<'_>, args: &BenchmarkArgs) -> Result<Vec<BenchmarkJob>, CliError> {
    let catalog = context.catalog()?;
    let named = args.names_phases() || args.names_contestants();
    if let Some(Some(file)) = args.resume.as_ref().filter(|_| !named) {
        return Ok(vec![resume::from_file(context, args, file)?]);
    }
    let mut options = settle(catalog, args.options())?;
    let (mut prompts, mut pause) = (vec![None], None);
    // Short enough to be exact in every JSON reader.
    let seed = u64::from(fastrand::u32(..));
    let rows = rows(catalog, args, args.entry.seed.unwrap_or(seed))?;
    let lengths = args.lengths.given()?;
    if let Some(given) = &lengths {
        lay_lengths(&mut options, given);
    }
    let asked;
    let args = if rows.is_empty() {
        args
    } else {
        let stem = |file: &String| Some(Path::new(file).file_stem()?.to_string_lossy().into_owned());
        options.prompt = Some(set_text(&rows));
        options.prompt_name = args.prompts.as_ref().and_then(stem);
        let every = u32::try_from(rows.len()).unwrap_or(u32::MAX);
        asked = BenchmarkArgs { iterations: args.iterations.or(Some(every)), ..args.clone() };
        &asked
    };
    if let Some(id) = args.prompts.as_ref().filter(|_| rows.is_empty()) {
        let set = catalog.prompt_set(id)?;
        prompts = set.prompts.iter().cloned().map(Some).collect();
        pause = set.pause_s.map(Duration::from_secs_f64);
    }
    let phases: Vec<Option<&Phase>> = match phases(catalog, args)?.as_slice() {
        [] => vec![None],
        _ if !options.providers.is_empty() => return Err(ConfigError::PhaseAndProviders.into()),
        phases => phases.iter().copied().map(Some).collect(),
    };
    // Of many phases those that can't run are left out; one that was asked for by name must run.
    let lenient = args.phase.is_empty() && phases.len() > 1;
    let mut jobs = Vec::new();
    for phase in phases {
        options.phase = phase.map(|phase| phase.id.clone());
        for prompt in &prompts {
            options.asked.clone_from(prompt);
            match job(context, catalog, args, &options, pause, seed) {
                Ok(job) => {
                    let job = BenchmarkJob { rows: rows.clone(), ..job }.with_their_caps();
                    jobs.push(job.of_lengths(lengths.clone()).that_converses()?);
                }
                Err(error) if lenient => {
                    context
                        .err
                        .status(&format!("{} is left out: {error}", options.phase.as_deref().unwrap_or_default()));
                    break;
                }
                Err(error) => return Err(error),
            }
        }
    }
    if jobs.is_empty() {
        return Err(ConfigError::Nobody.into());
    }
    match &args.resume {
        None => {}
        Some(None) => resume::newest(context, &mut jobs, &args.out)?,
        Some(Some(file)) => resume::single(context, &mut jobs, file)?,
    }
    Ok(jobs)
}

/// Has `options` ask for prompts and answers of the lengths that are `given`.
fn lay_lengths(options: &mut RaceOptions, given: &GivenLengths) {
    if given.input.is_some() {
        options.prompt = Some(given.words());
        options.prompt_name = Some("given lengths".to_owned());
    }
    options.max_tokens = given.output.as_ref().map(LengthRule::most).or(options.max_tokens);
}

/// The prompts of the file that `--prompts` names, as they will be asked; none where it names a set of the catalogue.
fn rows(catalog: &Catalog, args: &BenchmarkArgs, seed: u64) -> Result<Vec<PromptRow>, CliError> {
    let Some(name) = &args.prompts else { return Ok(Vec::new()) };
    // What is written as a file is meant as one, even when it is not there.
    let file = catalog.prompt_set(name).is_err() && (name.contains(['.', '/', '\\']) || Path::new(name).is_file());
    match (file, args.sample) {
        (false, None) => Ok(Vec::new()),
        (false, Some(_)) => Err(CliError::failed(format!(
            "--sample draws from the prompts of a file, and {name} is a set of the catalogue"
        ))),
        (true, None) => Ok(prompt_file::read(Path::new(name))?),
        (true, Some(count)) => {
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            Ok(sampled(prompt_file::read(Path::new(name))?, count, seed))
        }
    }
}

/// The phases that are asked for, each once: those by name as they were named, then the others by priority.
fn phases<'a>(catalog: &'a Catalog, args: &BenchmarkArgs) -> Result<Vec<&'a Phase>, UnknownName> {
    let mut chosen: Vec<&Phase> = Vec::new();
    for id in &args.phase {
        chosen.push(catalog.phase(id)?);
    }
    for id in &args.group {
        if catalog.group(id).is_none() {
            let groups = catalog.groups.iter().map(|group| group.id.as_str());
            return Err(UnknownName::new("group", id, groups, Some("speed-kings phases")));
        }
    }
    let wanted = |phase: &&Phase| {
        args.all
            || args.group.iter().any(|id| phase.group.eq_ignore_ascii_case(id))
            || args.priority.contains(&phase.priority)
    };
    let mut others: Vec<&Phase> = catalog.phases.iter().filter(wanted).collect();
    others.sort_by_key(|phase| phase.priority);
    chosen.extend(others);
    let mut seen = std::collections::HashSet::new();
    chosen.retain(|phase| seen.insert(phase.id.as_str()));
    if let Some(priority) = args.priority.iter().find(|one| !catalog.phases.iter().any(|phase| phase.priority == **one))
    {
        let known: std::collections::BTreeSet<String> =
            catalog.phases.iter().map(|phase| phase.priority.to_string()).collect();
        return Err(UnknownName::new("priority", &priority.to_string(), known.iter().map(String::as_str), None));
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, CliCommand};
    use crate::config::ProcessEnv;

    fn args(flags: &str) -> BenchmarkArgs {
        let cli =
            Cli::try_parse_from(["speed-kings", "benchmark"].into_iter().chain(flags.split_whitespace())).unwrap();
        let Some(CliCommand::Benchmark(args)) = cli.command else { panic!("no benchmark") };
        *args
    }

    /// The benchmarks that `flags` ask for, with these variables set.
    fn planned(vars: &dyn Fn(&str) -> Option<String>, flags: &str) -> Result<Vec<BenchmarkJob>, CliError> {
        let cli = Cli::try_parse_from(["speed-kings"]).unwrap();
        all(&CommandContext::new(ProcessEnv(vars), &cli.look, &cli.recording), &args(flags))
    }

    fn ids(flags: &str) -> Vec<String> {
        let catalog = Catalog::builtin().unwrap();
        phases(&catalog, &args(flags)).unwrap().into_iter().map(|phase| phase.id.clone()).collect()
    }

    #[test]
    fn phases_come_by_name_then_by_priority_and_once() {
        assert_eq!(ids("--priority 1"), ["A1", "A2", "A7"]);
        assert_eq!(ids("--phase B1,a1 --priority 1"), ["B1", "A1", "A2", "A7"]);
        assert_eq!(ids("--group C,d"), ["C1", "D1", "C2", "D2", "D3"]);
        let all = ids("--all");
        assert_eq!((all.len(), all[0].as_str(), all[3].as_str()), (33, "A1", "B1"));
        assert_eq!(ids("--providers a,b"), [""; 0]);
        let catalog = Catalog::builtin().unwrap();
        assert!(phases(&catalog, &args("--group Z")).unwrap_err().to_string().starts_with("unknown group 'Z'"));
        assert!(phases(&catalog, &args("--priority 9")).unwrap_err().to_string().contains("priority '9'"));
    }

    #[test]
    fn a_set_of_prompts_makes_a_benchmark_of_each() {
        let none = |_: &str| None;
        let jobs = planned(&none, "--phase A1 --sim --prompts streaming").unwrap();
        assert_eq!(jobs.len(), 9);
        let jugs = &jobs[3];
        assert_eq!((jugs.resolved.setup.prompt.name.as_str(), jugs.expected), ("jugs", 250));
        assert_eq!(jugs.resolved.setup.settings.temperature, Some(0.3));
        assert_eq!((jugs.plan.pause, jugs.checks.len()), (Duration::from_secs(5), 2));
        let quick = planned(&none, "--phase A1 --sim --prompts streaming --pause 1").unwrap();
        assert_eq!(quick[0].plan.pause, Duration::from_secs(1));
    }

    #[test]
    fn of_many_phases_only_those_that_can_run_do() {
        let keys = |name: &str| ["CEREBRAS_API_KEY", "GROQ_API_KEY"].contains(&name).then(|| "key0value".to_owned());
        let jobs = planned(&keys, "--priority 1,2").unwrap();
        let ids: Vec<_> = jobs.iter().map(|job| job.resolved.setup.phase.as_ref().unwrap().id.as_str()).collect();
        assert_eq!(ids, ["A1", "A7", "B1"]);
        assert!(planned(&keys, "--phase A2").is_err());
        assert!(planned(&keys, "--phase A1 --providers cerebras,groq").is_err());
    }
}

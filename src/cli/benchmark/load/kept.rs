//! The file of a load by levels: begun before the first level, written anew after each.

use std::time::Duration;

use jiff::Timestamp;

use super::super::job::BenchmarkJob;
use crate::bench::store::ResultsStore;
use crate::cli::args::BenchmarkArgs;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::load_report::text;
use crate::environment::MachineEnvironment;
use crate::load::{self, DoneLevel, KIND, LevelFigures, LevelRun, LoadFile, LoadLevel, OfferedLoad, VERSION};

pub(super) fn new_file(
    job: &BenchmarkJob,
    args: &BenchmarkArgs,
    (ramp, steady): (Duration, Duration),
    seed: u64,
) -> LoadFile {
    let setup = &job.resolved.setup;
    LoadFile {
        version: VERSION,
        kind: KIND.to_owned(),
        started_at: Timestamp::now(),
        ended: None,
        phase: setup.phase.as_ref().map(|phase| phase.id.clone()),
        prompt: (&setup.prompt).into(),
        settings: (&setup.settings).into(),
        trace: None,
        lengths: job.lengths.clone(),
        prompt_rows: job.rows.clone(),
        slo: args.load.slo.as_ref().map(ToString::to_string),
        ramp_s: ramp.as_secs_f64(),
        steady_s: steady.as_secs_f64(),
        seed,
        environment: job.environment(&MachineEnvironment::probe(Timestamp::now())),
        spent_usd: Some(0.0),
        contestants: setup.contestants.iter().map(Into::into).collect(),
        levels: Vec::new(),
    }
}

pub(super) fn create(args: &BenchmarkArgs, file: &LoadFile) -> Result<ResultsStore, CliError> {
    let store = ResultsStore::create(&args.out, KIND, file.started_at, &text(file)?);
    store.context(|| {
        format!("cannot keep results in {}; choose another folder with --out, or use --no-save", args.out.display())
    })
}

pub(super) fn save(store: &ResultsStore, file: &LoadFile) -> Result<(), CliError> {
    store.save(&text(file)?).context(|| format!("cannot save {}", store.path().display()))
}

/// The levels that a contestant has behind it, in the order in which they were run.
pub(super) fn done(file: &LoadFile, place: usize) -> Vec<DoneLevel> {
    file.levels.iter().filter(|level| level.contestant == place).map(LoadLevel::done).collect()
}

#[expect(clippy::cast_precision_loss, reason = "a handful of parts")]
fn real(parts: usize) -> f64 {
    parts as f64
}

/// Puts what a level came to into the file.
pub(super) fn take(
    file: &mut LoadFile,
    place: usize,
    load: OfferedLoad,
    run: LevelRun,
    slo: Option<&load::ServiceLevel>,
) {
    file.spent_usd = file.spent_usd.filter(|_| !run.spent_unknown).map(|spent| spent + run.spent_usd);
    // A part of a level has no steady part to divide by.
    if run.cut_off {
        return;
    }
    let (concurrency, rate_per_s) = match load {
        OfferedLoad::Concurrency(askers) => (Some(askers), None),
        OfferedLoad::Rate(rate) => (None, Some(rate)),
    };
    let part_s = file.steady_s / real(run.tokens_by_part.len());
    file.levels.push(LoadLevel {
        tok_s_by_part: run.tokens_by_part.iter().map(|tokens| tokens / part_s).collect(),
        contestant: place,
        concurrency,
        rate_per_s,
        figures: LevelFigures::of(&run.requests, &run.gaps_ms, &run.client, file.steady_s, slo),
        client: run.client,
        requests: run.requests,
        shares: run.shares,
    });
    // A contestant is simulated when its answers say so, not only when it was asked to be.
    if let (Some(one), true) = (file.contestants.get_mut(place), run.simulated) {
        one.simulated = true;
    }
}

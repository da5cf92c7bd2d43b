//! Sweeps of other machines: what is varied held against what each runner permits, before the first visit.

use std::sync::Arc;

use super::swept::Swept;
use crate::catalog::engine::EngineRequest;
use crate::cli::args::SweepLaneArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::fleet::place::place;
use crate::environment::MachineEnvironment;
use crate::fleet::director::{SurveyedSweep, SweepDirector};
use crate::fleet::identity::DirectorKey;
use crate::fleet::sweeps::named_values;
use crate::fleet::wire::RunnerMachine;
use crate::lab::sweep::{SweepError, SweepPoint, points};

/// Whoever has the visits made that `remote` is about.
///
/// # Errors
/// When there is no bus or no key.
pub(super) fn director(context: &CommandContext<'_>, remote: &SweepLaneArgs) -> Result<SweepDirector, CliError> {
    let key = Arc::new(DirectorKey::kept_in(context.env.config_dir().as_deref())?);
    Ok(SweepDirector { place: place(context, &remote.bus)?, key })
}

/// What is swept on the runners of `remote`, with every value of what is `varied`.
///
/// # Errors
/// When a runner can't be reached, or does not permit it.
pub(super) fn swept(
    context: &CommandContext<'_>,
    remote: &SweepLaneArgs,
    varied: &[(String, Vec<String>)],
) -> Result<Swept, CliError> {
    let director = director(context, remote)?;
    let surveyed = runtime()?.block_on(director.survey(&remote.lanes))?;
    let (mut all, mut models) = (Vec::new(), Vec::new());
    for one in &surveyed {
        for point in points_of(one, varied)? {
            one.sweep
                .permits(&named_values(&point))
                .map_err(|why| CliError::usage(format!("runner {}: {why}", one.runner)))?;
            if !all.contains(&point) {
                all.push(point);
                models.push(one.sweep.model.clone());
            }
        }
    }
    let machines = surveyed.into_iter().map(|one| (one.runner.to_string(), machine(one.machine, &one.version)));
    // This machine measures nothing.
    let tool = concat!("speed-kings ", env!("CARGO_PKG_VERSION")).into();
    let environment = MachineEnvironment { tool, ..MachineEnvironment::default() };
    Ok(Swept { points: all, models, machines: machines.collect(), environment })
}

/// Every combination of what is `varied` in one sweep of a runner.
fn points_of(one: &SurveyedSweep, varied: &[(String, Vec<String>)]) -> Result<Vec<SweepPoint>, SweepError> {
    let request = EngineRequest { model: one.sweep.model.name.clone(), ..EngineRequest::default() };
    let points = points(&[(one.sweep.id.clone(), request)], varied)?;
    Ok(points.into_iter().map(|point| SweepPoint { runner: Some(one.runner.to_string()), ..point }).collect())
}

/// The machine of a runner, as files keep one.
fn machine(of: RunnerMachine, version: &str) -> MachineEnvironment {
    let RunnerMachine { os, cpu, cores, memory_bytes, gpus, .. } = of;
    MachineEnvironment {
        tool: format!("speed-kings {version}"),
        os,
        cpu,
        cores,
        memory_bytes,
        gpus,
        ..MachineEnvironment::default()
    }
}

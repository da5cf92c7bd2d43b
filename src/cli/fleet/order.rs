//! A race that is ordered from runners, out of what was typed.

use std::sync::Arc;

use super::place::place;
use crate::cli::args::RemoteLaneArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::config::{self, RaceOptions};
use crate::fleet::director::{RemoteLane, RemoteOrder};
use crate::fleet::identity::DirectorKey;
use crate::source::live::COUNTDOWN;

/// The race that `remote` and `options` ask runners for.
///
/// # Errors
/// When the prompt, the phase or the bus leads nowhere.
pub(in crate::cli) fn order(
    context: &CommandContext<'_>,
    remote: &RemoteLaneArgs,
    options: &RaceOptions,
) -> Result<RemoteOrder, CliError> {
    let catalog = context.catalog()?;
    if remote.lanes.len() < 2 && !options.alone {
        return Err(CliError::usage("a race needs two lanes at least: --lanes m3:ollama,rtx:ollama"));
    }
    let place = place(context, &remote.bus)?;
    let phase = options.phase.as_deref().map(|id| catalog.phase(id)).transpose()?;
    let models = &options.models;
    if !matches!(models.len(), 0 | 1) && models.len() != remote.lanes.len() {
        let (models, lanes) = (models.len(), remote.lanes.len());
        return Err(CliError::usage(format!("{models} models for {lanes} lanes: give one for all, or one for each")));
    }
    let lane = |(number, lane): (usize, &RemoteLane)| {
        let named = if models.len() > 1 { models.get(number) } else { models.first() };
        // What a phase is about is asked of those who are known to have it; others race what they run.
        let of_phase = phase.filter(|phase| {
            catalog.provider(&lane.contestant).is_ok_and(|provider| provider.offer(&phase.model).is_some())
        });
        RemoteLane { model: named.cloned().or_else(|| of_phase.map(|phase| phase.model.clone())), ..lane.clone() }
    };
    Ok(RemoteOrder {
        place,
        key: Arc::new(DirectorKey::kept_in(context.env.config_dir().as_deref())?),
        lanes: remote.lanes.iter().enumerate().map(lane).collect(),
        terms: config::terms(catalog, options)?,
        timeouts: options.timeouts,
        no_retry: options.no_retry,
        record: None,
        countdown: COUNTDOWN,
    })
}

//! Races over several machines: offering this one, listing the others, ordering a race from them, watching one.

mod fetch;
pub(super) mod order;
pub(super) mod phases;
pub(super) mod place;
mod table;

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;

use serde_json::Value;

use self::place::place;
use crate::calibration::known_errors;
use crate::cli::args::{FleetArgs, ListForm, RunnerArgs, SpectateArgs};
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::cli::{calibrate, race};
use crate::config::RaceOptions;
use crate::fleet::bus::Bus;
use crate::fleet::call::roll_call;
use crate::fleet::identity::{DirectorKey, ObeyedDirectors};
use crate::fleet::name::{RaceId, RunnerName};
use crate::fleet::offer::RunnerOffer;
use crate::fleet::runner::{self, RunnerOptions};
use crate::fleet::settings::RunnerSettings;
use crate::fleet::spectator;
use crate::fleet::sweeps::SweepOffer;
use crate::fleet::wire::RunnerLimits;
use crate::interrupt::InterruptListener;

/// Offers the contestants of this machine until it is interrupted.
///
/// # Errors
/// When the bus can't be used, or the offer is wrong.
pub(super) fn runner(context: &CommandContext<'_>, args: &RunnerArgs) -> Result<ExitStatus, CliError> {
    let (catalog, env) = (context.catalog()?, &context.env);
    let settings = match &args.config {
        Some(path) => RunnerSettings::read(path)?,
        None => RunnerSettings::usual(env.config_dir().as_deref())?,
    };
    let place = place(context, &args.bus)?;
    let named = Some(args.contestants()).filter(|named| !named.is_empty()).unwrap_or(settings.contestants);
    let released = [settings.allow_remote, args.allow_remote.clone()].concat();
    let mut offer = RunnerOffer::of(catalog, env, &named, &released, args.sim)?;
    let recordings = context
        .recordings()
        .map(Path::to_owned)
        .ok_or_else(|| CliError::usage("a runner's own recordings are what a race rests on: leave --no-record out"))?;
    offer.engine_logs = RaceOptions::default().logging_beside(Some(&recordings)).engine_logs;
    let listed = [settings.directors, args.director.clone()].concat();
    let directors = match listed.as_slice() {
        [] if place.is_loopback() => ObeyedDirectors::Any,
        [] => {
            return Err(CliError::usage(
                "a bus that other machines reach needs a director to obey: run `speed-kings fleet --key` where races are directed \
                 from, and name what it prints with --director",
            ));
        }
        _ => ObeyedDirectors::Listed(listed),
    };
    let name = args.name.clone().or(settings.name).map_or_else(made_up_name, Ok)?;
    let limits = RunnerLimits {
        tokens: args.most_tokens.unwrap_or(settings.limits.tokens),
        cost_usd: args.max_cost.unwrap_or(settings.limits.cost_usd),
        seconds: args.max_seconds.unwrap_or(settings.limits.seconds),
        races_per_hour: args.races_per_hour.unwrap_or(settings.limits.races_per_hour),
    };
    let errors = calibrate::known(env).map(|known| known_errors(&known, &BTreeSet::new())).unwrap_or_default();
    let offers = offer.facts().len();
    // What an engine would have to be started for can't be simulated.
    let mut sweeps = SweepOffer::of(catalog, env, if args.sim { &[] } else { &settings.sweeps })?;
    sweeps.engine_logs.clone_from(&offer.engine_logs);
    context.err.status(&format!(
        "runner {name} on the bus at {place} offers {offers} contestant{}{}{}; it obeys {}; Ctrl-C ends it",
        if offers == 1 { "" } else { "s" },
        if args.sim { ", all simulated" } else { "" },
        match sweeps.facts().len() {
            0 => String::new(),
            1 => " and 1 sweep".into(),
            many => format!(" and {many} sweeps"),
        },
        match &directors {
            ObeyedDirectors::Any => "any director of this machine".to_owned(),
            ObeyedDirectors::Listed(keys) =>
                format!("{} director{}", keys.len(), if keys.len() == 1 { "" } else { "s" }),
        }
    ));
    let options = RunnerOptions {
        name,
        region: args.region.clone().or(settings.region),
        limits,
        sweeps,
        directors,
        recordings,
        calibration: (!errors.is_empty()).then(|| errors.join("; ")),
        clock_ahead: args.clock_ahead,
    };
    runtime()?.block_on(async {
        let mut interrupts = InterruptListener::new()?;
        let bus = Bus::connect(&place, "runner").await?;
        let stop = pin!(interrupts.next());
        runner::serve(bus, options, offer, (catalog, env), &|text| context.err.status(text), stop).await?;
        Ok::<_, CliError>(())
    })?;
    Ok(ExitStatus::Done)
}

/// A name for a runner that was given none: machines are never asked for theirs.
fn made_up_name() -> Result<RunnerName, CliError> {
    let letters: String = RaceId::fresh().as_str().chars().take(4).collect();
    Ok(format!("runner-{letters}").parse()?)
}

/// Lists the runners, prints the director's key, or fetches tapes.
///
/// # Errors
/// When the bus can't be used.
pub(super) fn list(context: &CommandContext<'_>, args: &FleetArgs) -> Result<ExitStatus, CliError> {
    if args.key {
        let key = DirectorKey::kept_in(context.env.config_dir().as_deref())?;
        context.out.print(&format!("{}\n", key.public()))?;
        return Ok(ExitStatus::Done);
    }
    let place = place(context, &args.bus)?;
    if let Some(race) = &args.fetch {
        return fetch::run(context, &place, race);
    }
    let runners = runtime()?.block_on(async { roll_call(&Bus::connect(&place, "fleet").await?).await })?;
    context.out.print(&match args.output {
        ListForm::Table => table::table(&runners, context.out.columns()),
        ListForm::Json => format!("{}\n", runners.iter().map(table::json).collect::<Value>()),
    })?;
    let ready = |number: usize| table::first_lane(runners.get(number)?);
    match (ready(0), ready(1)) {
        _ if runners.is_empty() => context.err.status(&format!(
            "no runner answers on the bus at {place}: start one with `speed-kings runner --bus nats://{place} --name m3`"
        )),
        (Some(one), Some(other)) => {
            context.err.status(&format!("race two of them: speed-kings race --bus nats://{place} --lanes {one},{other}"));
        }
        _ => {}
    }
    Ok(ExitStatus::Done)
}

/// Shows a race that is run on the bus.
///
/// # Errors
/// When there is no such race.
pub(super) fn spectate(context: &CommandContext<'_>, args: SpectateArgs) -> Result<ExitStatus, CliError> {
    let live = spectator::spectate(place(context, &args.bus)?, args.race)?;
    context.err.status(&format!("race {}: {}", live.race(), crate::source::EventSource::setup(&live).title()));
    race::watch(context, Box::new(live))
}

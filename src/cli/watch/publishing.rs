//! A watch whose probes others on the bus see.

use crate::cli::args::WatchBusArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::cli::fleet::place::place;
use crate::config::ResolvedRace;
use crate::fleet::lines::LinePublisher;
use crate::race::setup::LaneRunner;

/// Gets ready to publish what is found of `resolved`, whose contestants are called by where they are asked from; nothing where
/// nobody wants that.
///
/// # Errors
/// When the bus can't be reached, or keeps no lines.
pub(super) fn publisher(
    context: &CommandContext<'_>,
    args: &WatchBusArgs,
    resolved: &mut ResolvedRace,
) -> Result<Option<LinePublisher>, CliError> {
    let Some(name) = &args.publish_as else { return Ok(None) };
    let publisher = LinePublisher::start(&place(context, &args.bus)?, name.clone())?;
    for contestant in &mut resolved.setup.contestants {
        let runner = LaneRunner { name: name.to_string(), region: args.region.clone(), ..LaneRunner::default() };
        contestant.name = format!("{} @ {name}", contestant.name);
        contestant.runner = Some(Box::new(runner));
    }
    Ok(Some(publisher))
}

/// Gives the last probes a moment, and says what did not get there.
pub(super) fn finish(context: &CommandContext<'_>, publisher: Option<LinePublisher>) {
    let lost = publisher.map_or(0, LinePublisher::finish);
    if lost > 0 {
        context.err.status(&format!("{lost} probes did not reach the bus; --log keeps all of them"));
    }
}

//! Where the bus is.

use crate::cli::args::BusArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::CliError;
use crate::fleet::bus::BusPlace;

/// The bus that was named.
pub(in crate::cli) fn place(context: &CommandContext<'_>, args: &BusArgs) -> Result<BusPlace, CliError> {
    let place = BusPlace::of(args.bus.as_deref(), &|name| context.env.get(name))?;
    let mut place = place.ok_or_else(|| {
        CliError::usage("no bus: name the NATS server with --bus nats://HOST:4222, or in SPEED_KINGS_BUS; docs/fleet.md shows how to start one")
    })?;
    place.certificates.clone_from(&args.bus_ca);
    Ok(place)
}

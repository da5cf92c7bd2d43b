//! The simulator behind a plan that is to be simulated.
//! It has to live for as long as what it feeds.

use reqwest::Url;

use crate::cli::error::{CliError, ErrorContext as _};
use crate::config::{ResolvedRace, simulated_name};
use crate::sim::{Options, Simulator};

/// Starts the simulator that `plan` asks for, if it does, and leads the clients there.
///
/// # Errors
/// When it can't listen on loopback.
pub(super) fn start(plan: &mut ResolvedRace) -> Result<Option<Simulator>, CliError> {
    let Some(entrants) = plan.simulation.clone() else { return Ok(None) };
    let seed = plan.setup.settings.seed.unwrap_or_else(|| fastrand::u64(..));
    let options = Options { entrants, seed, ..Options::default() };
    let simulator = Simulator::start(options).context(|| "cannot start the simulator on loopback".into())?;
    for (index, (client, contestant)) in plan.clients.iter_mut().zip(&plan.setup.contestants).enumerate() {
        let url = simulator.base_url(&simulated_name(index, &contestant.provider));
        *client = client.simulated(Url::parse(&url).map_err(|error| CliError::internal(format!("{url}: {error}")))?);
    }
    Ok(Some(simulator))
}

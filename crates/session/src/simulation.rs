//! The simulator behind a plan that is to be simulated.
//! It has to live for as long as what it feeds.

use std::io;

use reqwest::Url;

use crate::config::{ResolvedRace, simulated_name};
use speed_kings_simulator::{Options, Simulator};

/// Why nothing can be simulated.
#[derive(Debug, thiserror::Error)]
#[error("cannot start the simulator on loopback: {0}")]
pub struct SimulationError(io::Error);

/// Starts the simulator that `plan` asks for, if it does, and leads the clients there.
///
/// # Errors
/// When it can't listen on loopback.
pub fn start(plan: &mut ResolvedRace) -> Result<Option<Simulator>, SimulationError> {
    let Some(entrants) = plan.simulation.clone() else { return Ok(None) };
    let seed = plan.setup.settings.seed.unwrap_or_else(|| fastrand::u64(..));
    let options = Options { entrants, seed, ..Options::default() };
    let simulator = Simulator::start(options).map_err(SimulationError)?;
    for (index, (client, contestant)) in plan.clients.iter_mut().zip(&plan.setup.contestants).enumerate() {
        let url = simulator.base_url(&simulated_name(index, &contestant.provider));
        let url = Url::parse(&url).map_err(|error| SimulationError(io::Error::other(format!("{url}: {error}"))))?;
        *client = client.simulated(url);
    }
    Ok(Some(simulator))
}

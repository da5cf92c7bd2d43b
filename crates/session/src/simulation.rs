//! The simulator behind a plan that is to be simulated.
//! It has to live for as long as what it feeds.

use std::io;
use std::path::Path;

use reqwest::Url;

use crate::config::{ResolvedRace, simulated_name};
use speed_kings_client::provider::ContestantClient;
use speed_kings_client::provider::http::transport::TransportOptions;
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
    let simulator = Simulator::start(Options { entrants, seed, ..Options::default() }).map_err(SimulationError)?;
    lead(plan, &simulator, None)?;
    Ok(Some(simulator))
}

/// Leads the clients of `plan` to `simulator`. Over TLS they trust what is in the file `cacert` beside the system's.
///
/// # Errors
/// When its address is none.
pub fn lead(plan: &mut ResolvedRace, simulator: &Simulator, cacert: Option<&Path>) -> Result<(), SimulationError> {
    let transport = TransportOptions { cacert: cacert.map(Path::to_owned), ..TransportOptions::default() };
    for (index, (client, contestant)) in plan.clients.iter_mut().zip(&plan.setup.contestants).enumerate() {
        let url = simulator.base_url(&simulated_name(index, &contestant.provider));
        let url = Url::parse(&url).map_err(|error| SimulationError(io::Error::other(format!("{url}: {error}"))))?;
        *client = client.simulated(url);
        if let ContestantClient::Http(contestant) = client {
            contestant.transport.clone_from(&transport);
        }
    }
    Ok(())
}

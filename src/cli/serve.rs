//! The simulator alone, until somebody ends it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use crate::cli::args::ServeArgs;
use crate::cli::context::CommandContext;
use crate::cli::error::{CliError, ErrorContext as _};
use crate::cli::event_loop::runtime;
use crate::cli::exit::ExitStatus;
use crate::interrupt::InterruptListener;
use crate::sim::{Options, Simulator};

/// Serves every profile of the catalogue as `PROVIDER/MODEL`.
///
/// # Errors
/// When the port can't be had.
pub(super) fn run(context: &CommandContext<'_>, args: &ServeArgs) -> Result<ExitStatus, CliError> {
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let mut entrants = BTreeMap::new();
    for provider in &context.catalog()?.providers {
        for offer in &provider.offers {
            if let Some(profile) = &offer.profile {
                entrants.insert(format!("{}/{}", provider.id, offer.model), profile.clone());
            }
        }
    }
    let names: Vec<String> = entrants.keys().cloned().collect();
    let simulator = Simulator::start(Options { addr, entrants, seed: args.seed, ..Options::default() })
        .context(|| format!("cannot listen on {addr}: choose another port with --port, 0 takes any that is free"))?;
    for name in names {
        context.out.print(&format!("{}\n", simulator.base_url(&name)))?;
    }
    context.err.status(&format!(
        "simulating on {}; for example CEREBRAS_BASE_URL={} speed-kings race --providers cerebras,groq; Ctrl-C ends it",
        simulator.addr(),
        simulator.base_url("cerebras/gpt-oss-120b")
    ));
    runtime()?.block_on(async {
        InterruptListener::new()?.next().await;
        std::io::Result::Ok(())
    })?;
    drop(simulator);
    Ok(ExitStatus::Done)
}

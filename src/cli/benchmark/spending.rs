//! Whether anything may be spent at all.

use crate::bench::estimate::CostEstimate;
use crate::cli::error::CliError;
use crate::race::setup::Contestant;

/// Refuses to begin when nothing may be spent and a contestant isn't known to cost nothing.
///
/// # Errors
/// When that is so; the error names the first such contestant.
pub(in crate::cli) fn free_of_charge<'a>(
    max_cost: f64,
    contestants: impl IntoIterator<Item = &'a Contestant>,
) -> Result<(), CliError> {
    let free = |one: &Contestant| CostEstimate::for_contestant("", 1, 1, one).cost_usd == Some(0.0);
    let costs = |one: &&Contestant| !one.simulated && !free(one);
    match contestants.into_iter().find(costs) {
        Some(one) if max_cost <= 0.0 => Err(CliError::failed(format!(
            "--max-cost 0 allows no spending, and {} may cost something: give it a sum, or race at home or with --sim",
            one.name
        ))),
        _ => Ok(()),
    }
}

//! Why a load by levels can't be begun.

/// What doesn't go together with a load by levels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum LoadUsage {
    /// A flag that is about single runs.
    #[error(
        "{0} is about runs one at a time and has no use in a load by levels (--rate, --slo, --until-plateau, several --concurrency)"
    )]
    Useless(&'static str),
    /// More than one benchmark.
    #[error(
        "a load by levels is of one phase and one prompt, and {0} are asked for: name one with --phase or --providers"
    )]
    Several(usize),
    /// What runners don't do.
    #[error("{0} is for a load that this machine offers itself: leave it out, or --lanes")]
    FromHere(&'static str),
    /// An engine that would be started for each request.
    #[error(
        "engines that are started for a race are loaded by `speed-kings lab sweep ENGINE@MODEL --vary concurrency=1,2,4`; start it yourself and name its address to load it by levels"
    )]
    Engine,
}

//! Why gates can't be held, before anything is done.

use std::path::PathBuf;

/// The variable in which a GitHub workflow names the file of a step's summary.
pub(super) const STEP_SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// Why gates can't be held.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum GateUsage {
    /// They compare with earlier results, and none are named.
    #[error(
        "{0} '{1}' needs earlier results: add --baseline-run FILE, or --baseline-run last for the newest of the same"
    )]
    NoBaseline(&'static str, String),
    /// Earlier results that nothing is held against.
    #[error("--baseline-run is for conditions: add --fail-if or --alert, for example 'slower than baseline by 10%'")]
    BaselineAlone,
    /// An alert that so few probes can never fire.
    #[error("--alert '{0}' can't fire over {1} probes: {2} are needed at least (--window {2})")]
    Window(String, usize, usize),
    /// A level of load where there are none.
    #[error(
        "{0} '{1}' is about a level of load, and this is none: give several --concurrency or --rate, or leave out the @ and what only levels have"
    )]
    NoLevels(&'static str, String),
    /// A summary of a step outside of one.
    #[error(
        "--step-summary needs a file: {STEP_SUMMARY}, which GitHub sets in a step, is not set; write --step-summary FILE"
    )]
    NoStep,
    /// A file that would be overwritten is none of gates.
    #[error("{}: it is there already and is no JUnit file that speed-kings made; name another file with --junit", .0.display())]
    Taken(PathBuf),
}

//! What a system says of one process: the same facts, whoever was asked for them.
//! Whatever it doesn't say is absent.

/// One process at one moment.
pub(super) struct ProcessLine {
    /// The number of the process that started it.
    pub(super) parent: u32,
    /// Processor time of itself, in the system's ticks.
    pub(super) ticks: u64,
    /// How many threads it has.
    pub(super) threads: Option<u32>,
    /// When it was started, in a unit of the system's own.
    pub(super) started: u64,
    /// Resident memory where nobody says what of it is backed by files, bytes.
    pub(super) undivided_bytes: Option<u64>,
    /// Whether its environment holds the tag that was looked for.
    pub(super) tagged: bool,
}

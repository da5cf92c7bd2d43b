//! The words that a file of results chooses from, for its schema.

use speed_kings_core::race::event::FailureKind;
pub use speed_kings_recording::words::{badges, metrics};

/// How a benchmark ended; null while it runs.
pub const ENDED: [Option<&str>; 7] = [
    Some("complete"),
    Some("interrupted"),
    Some("time_limit"),
    Some("max_cost"),
    Some("unsaved"),
    Some("broken"),
    None,
];
/// Whether reasoning was switched off; null where it wasn't.
pub const REASONING: [Option<&str>; 2] = [Some("off"), None];
/// How the order of the runs was drawn; null in the oldest files.
pub const ORDER: [Option<&str>; 3] = [Some("random_blocks"), Some("ABBA"), None];
/// What is special about a run.
pub const FLAGS: [&str; 2] = ["cold_start", "after_idle"];
/// Whose figure a cost is; null without one.
pub const COST_BY: [Option<&str>; 3] = [Some("server"), Some("price"), None];
/// Who counted the output tokens; null without any.
pub const COUNTED_BY: [Option<&str>; 3] = [Some("usage"), Some("estimate"), None];
/// How far an answer came.
pub const COMPLETION: [&str; 3] = ["complete", "cut_off", "failed"];
/// How a ratio and its interval were found.
pub const METHODS: [&str; 2] = ["paired_t_log_ratio", "signed_rank_log_ratio"];

/// Why a run brought no figures.
#[must_use]
pub fn failures() -> Vec<&'static str> {
    FailureKind::ALL.map(FailureKind::as_str).into_iter().chain(["no_text", "unfinished"]).collect()
}

/// The names of what contestants are compared by: the metrics, and the speed of a load run.
#[must_use]
pub fn compared() -> Vec<&'static str> {
    metrics().into_iter().chain(["load_tok_s"]).collect()
}

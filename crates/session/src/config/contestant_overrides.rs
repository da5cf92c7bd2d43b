//! What is set for one contestant alone, over everything else that is said of it.

use speed_kings_catalog::ExtraFields;

/// What was set for one contestant.
#[derive(Clone, Debug, Default)]
pub(super) struct ContestantOverrides {
    pub(super) model: Option<String>,
    /// The variable that holds its key.
    pub(super) key_env: Option<String>,
    /// Fields of its request.
    pub(super) body: ExtraFields,
    /// HTTP/2 is spoken without asking.
    pub(super) http2: bool,
    /// All of it in words that can be kept: a header by its name only.
    pub(super) told: Vec<String>,
}

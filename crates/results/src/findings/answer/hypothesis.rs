//! Whether something that was expected is so.

/// Whether what was expected is so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HypothesisResult {
    /// It is so, as far as the evidence goes.
    Yes,
    /// It is not so, as far as the evidence goes.
    No,
    /// It clearly is for some and clearly is not for others.
    Mixed,
    /// Nobody can tell yet.
    Open,
}

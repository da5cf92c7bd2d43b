//! A number of tokens with who counted them, and what bounds a count that can be true.

/// Bytes of UTF-8 text that make a token while the server has not counted them: about right for English prose.
pub const BYTES_PER_TOKEN: f64 = 4.0;

/// A token holds at most so many characters on average: a count of fewer tokens for its text can't be true.
pub const MOST_CHARS_PER_TOKEN: u64 = 16;

/// Tokens over one a byte of text that templates and end marks may make.
pub const FEWEST_SPARE: u64 = 32;

/// The most tokens that one answer can have: what is beyond it was never counted.
pub(super) const MOST_TOKENS: u64 = 1_000_000_000;

/// Who counted the tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TokenCounter {
    /// The server, in the usage that it reports.
    Usage,
    /// Nobody: bytes of text ÷ [`BYTES_PER_TOKEN`]. Shown with ≈.
    Estimate,
}

/// A number of tokens and who counted them.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TokenCount {
    /// How many; an estimate need not be whole.
    pub count: f64,
    /// Who counted them: the server, or nobody.
    pub counted_by: TokenCounter,
    /// The server's own count, where it can't be true and an estimate stands in its place.
    pub refused: Option<u64>,
}

/// Tokens that were counted but whose text never came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnseenTokens {
    /// The tokens are those of hidden reasoning.
    Reasoning,
    /// The server does not say what.
    Other,
}

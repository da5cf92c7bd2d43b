//! The pace of a simulated contestant: what the simulator plays and how fast.

/// How a simulated contestant streams. All of it is deterministic for a seed.
#[derive(Clone, PartialEq, Debug)]
pub struct StreamProfile {
    /// Milliseconds from the request to the first token.
    pub ttft_ms: f64,
    /// Mean output speed after the first token, in tokens per second.
    pub tok_s: f64,
    /// Tokens in one chunk of the stream, 1 or more.
    pub tokens_per_chunk: u32,
    /// How far a chunk may come before or after its time, as a share (0 to 0.9) of the time between two chunks.
    /// The mean rate stays exact: jitter never adds up.
    pub jitter: f64,
    /// Share (0 to 1) of the output tokens that are reasoning and come first.
    pub reasoning: f64,
    /// Output tokens of a whole answer; the request's cap can cut it (finish reason `length`).
    pub tokens: u32,
    /// The text to stream, repeated as needed; the simulator's own when absent.
    pub text: Option<String>,
}

impl Default for StreamProfile {
    fn default() -> Self {
        Self { ttft_ms: 200.0, tok_s: 100.0, tokens_per_chunk: 1, jitter: 0.1, reasoning: 0.0, tokens: 400, text: None }
    }
}

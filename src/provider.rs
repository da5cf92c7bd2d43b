//! What every provider shares: the request in the provider's dialect, and its reply as race events.
//! Bytes in, event kinds out, with no socket and no clock, so that a recorded reply reads as the live one did.

mod body;
mod error;
mod excerpt;
mod quirks;

use serde_json::Value;

pub use crate::provider::error::refusal;
pub use crate::provider::quirks::{Quirks, TokenLimit};

/// A wire dialect: how a request is written and a reply read.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// `chat/completions` with server-sent events, which all but one provider speak.
    OpenAi,
    /// Ollama's own `api/chat` with one JSON object a line.
    Ollama,
}

/// What every contestant of a race is asked.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Request {
    /// The provider's id of the model.
    pub model: String,
    /// The user's message.
    pub prompt: String,
    /// The system message.
    pub system: Option<String>,
    /// The output cap, in tokens.
    pub max_tokens: Option<u32>,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// The sampling seed.
    pub seed: Option<u64>,
}

impl Dialect {
    /// The path below the provider's base URL.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "chat/completions",
            Self::Ollama => "api/chat",
        }
    }

    /// The request's body; what `quirks` adds stands over everything else.
    #[must_use]
    pub fn body(self, request: &Request, quirks: &Quirks) -> Value {
        let mut body = match self {
            Self::OpenAi => body::openai(request, quirks),
            Self::Ollama => body::ollama(request, quirks),
        };
        body::merge(&mut body, &quirks.extra);
        Value::Object(body)
    }
}

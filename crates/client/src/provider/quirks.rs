//! Where providers differ though they speak one dialect.
//! Each field is one refusal that a real server answers with, and whoever refuses one is asked without it.

use serde_json::{Map, Value};

use speed_kings_catalog::TokenLimit;

/// What a provider takes and needs.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one independent yes or no for each field of the wire")]
pub struct ProviderQuirks {
    /// Which field caps the output.
    pub token_limit: TokenLimit,
    /// Whether usage is asked for with `stream_options`.
    pub stream_options: bool,
    /// Whether `temperature` may be sent.
    pub temperature: bool,
    /// Whether `seed` may be sent.
    pub seed: bool,
    /// Whether thinking inside the answer, between tags such as `<think>`, is told apart from it.
    pub think_tags: bool,
    /// Merged into the body, object by object.
    pub extra: Map<String, Value>,
}

impl Default for ProviderQuirks {
    /// What most providers take.
    fn default() -> Self {
        Self {
            token_limit: TokenLimit::MaxTokens,
            stream_options: true,
            temperature: true,
            seed: true,
            think_tags: true,
            extra: Map::new(),
        }
    }
}

/// A field that a server may refuse and that a request can do without.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum OptionalField {
    /// `stream_options`: without it the usage may be missing.
    StreamOptions,
    /// `max_tokens`: `max_completion_tokens` takes its place.
    MaxTokens,
    /// `max_completion_tokens`: `max_tokens` takes its place.
    MaxCompletionTokens,
    /// `temperature`: the server's own holds.
    Temperature,
    /// `seed`: without it the sampling is the server's own.
    Seed,
}

impl OptionalField {
    /// All fields, in the order of their declaration.
    pub const ALL: [Self; 5] =
        [Self::StreamOptions, Self::MaxTokens, Self::MaxCompletionTokens, Self::Temperature, Self::Seed];

    /// Its name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::StreamOptions => "stream_options",
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
            Self::Temperature => "temperature",
            Self::Seed => "seed",
        }
    }

    /// The field that takes its place, where one does.
    #[must_use]
    pub const fn instead(self) -> Option<Self> {
        match self {
            Self::MaxTokens => Some(Self::MaxCompletionTokens),
            Self::MaxCompletionTokens => Some(Self::MaxTokens),
            _ => None,
        }
    }
}

impl ProviderQuirks {
    /// Sends `field` no more.
    pub const fn drop(&mut self, field: OptionalField) {
        match field {
            OptionalField::StreamOptions => self.stream_options = false,
            OptionalField::MaxTokens => self.token_limit = TokenLimit::MaxCompletionTokens,
            OptionalField::MaxCompletionTokens => self.token_limit = TokenLimit::MaxTokens,
            OptionalField::Temperature => self.temperature = false,
            OptionalField::Seed => self.seed = false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::request_body;
    use crate::provider::{CompletionRequest, Dialect};

    #[test]
    fn a_dropped_field_is_no_longer_sent() {
        let request = CompletionRequest {
            max_tokens: Some(9),
            temperature: Some(0.0),
            seed: Some(7),
            ..CompletionRequest::default()
        };
        for field in OptionalField::ALL {
            let mut quirks = ProviderQuirks::default();
            quirks.drop(field);
            let body = request_body(Dialect::OpenAi, &request, &quirks);
            assert!(body.get(field.as_str()).is_none(), "{field:?}: {body}");
            assert!(field.instead().is_none_or(|other| body.get(other.as_str()).is_some()), "{field:?}: {body}");
        }
    }
}

//! Which APIs are spoken, and what each of them usually looks like: paths, query, headers, the header of the key.
//! An entry of the catalogue can differ in any of it; see [`EndpointFields`](super::EndpointFields).

/// Which API a provider speaks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dialect {
    /// `POST …/chat/completions`, answered with SSE.
    OpenAi,
    /// Ollama's own `POST …/api/chat`, answered with NDJSON.
    Ollama,
    /// Anthropic's `POST …/messages`, answered with SSE whose events have names.
    Anthropic,
    /// The newer API of `OpenAI`, `POST …/responses`, answered with SSE whose events have names.
    Responses,
    /// The older API of `OpenAI`, `POST …/completions`, which goes on with a text: for models that were not taught to chat.
    Completions,
    /// Google's `POST …/models/MODEL:streamGenerateContent`, answered with SSE or a list.
    Gemini,
}

impl Dialect {
    /// All dialects that can be spoken.
    pub const ALL: [Self; 6] =
        [Self::OpenAi, Self::Ollama, Self::Anthropic, Self::Responses, Self::Completions, Self::Gemini];

    /// The path below the provider's base URL; `{model}` stands for the model's id.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "chat/completions",
            Self::Ollama => "api/chat",
            Self::Anthropic => "messages",
            Self::Responses => "responses",
            Self::Completions => "completions",
            Self::Gemini => "models/{model}:streamGenerateContent",
        }
    }

    /// The path below the provider's base URL that lists its models: the cheapest thing to ask for.
    #[must_use]
    pub const fn models_path(self) -> &'static str {
        match self {
            Self::Ollama => "api/tags",
            _ => "models",
        }
    }

    /// The header that the key goes into. In `authorization` it is a bearer's, in any other it stands alone.
    #[must_use]
    pub const fn key_header(self) -> &'static str {
        match self {
            Self::Anthropic => "x-api-key",
            Self::Gemini => "x-goog-api-key",
            _ => "authorization",
        }
    }

    /// The headers that every request needs.
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Anthropic => &[("anthropic-version", "2023-06-01")],
            _ => &[],
        }
    }

    /// The query parameters that a request for an answer needs.
    #[must_use]
    pub const fn query(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // Without it the answer is a list, which no proxy passes on piece by piece.
            Self::Gemini => &[("alt", "sse")],
            _ => &[],
        }
    }

    /// The query parameters that a request for the list of models needs.
    #[must_use]
    pub const fn models_query(self) -> &'static [(&'static str, &'static str)] {
        match self {
            // It lists no more than fifty otherwise.
            Self::Gemini => &[("pageSize", "1000")],
            _ => &[],
        }
    }

    /// What its API is called in a message.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI chat completions",
            Self::Ollama => "Ollama",
            Self::Anthropic => "Anthropic Messages",
            Self::Responses => "OpenAI Responses",
            Self::Completions => "OpenAI completions",
            Self::Gemini => "Gemini",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
            Self::Anthropic => "anthropic",
            Self::Responses => "responses",
            Self::Completions => "completions",
            Self::Gemini => "gemini",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for dialect in Dialect::ALL {
            assert_eq!(Dialect::parse(dialect.as_str()), Some(dialect));
        }
    }
}

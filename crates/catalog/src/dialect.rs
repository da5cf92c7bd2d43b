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
}

impl Dialect {
    /// All dialects that can be spoken.
    pub const ALL: [Self; 3] = [Self::OpenAi, Self::Ollama, Self::Anthropic];

    /// The path below the provider's base URL; `{model}` stands for the model's id.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::OpenAi => "chat/completions",
            Self::Ollama => "api/chat",
            Self::Anthropic => "messages",
        }
    }

    /// The path below the provider's base URL that lists its models: the cheapest thing to ask for.
    #[must_use]
    pub const fn models_path(self) -> &'static str {
        match self {
            Self::OpenAi | Self::Anthropic => "models",
            Self::Ollama => "api/tags",
        }
    }

    /// The header that the key goes into. In `authorization` it is a bearer's, in any other it stands alone.
    #[must_use]
    pub const fn key_header(self) -> &'static str {
        match self {
            Self::OpenAi | Self::Ollama => "authorization",
            Self::Anthropic => "x-api-key",
        }
    }

    /// The headers that every request needs.
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OpenAi | Self::Ollama => &[],
            Self::Anthropic => &[("anthropic-version", "2023-06-01")],
        }
    }

    /// The query parameters that a request for an answer needs.
    #[must_use]
    pub const fn query(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OpenAi | Self::Ollama | Self::Anthropic => &[],
        }
    }

    /// What its API is called in a message.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI chat completions",
            Self::Ollama => "Ollama",
            Self::Anthropic => "Anthropic Messages",
        }
    }

    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Ollama => "ollama",
            Self::Anthropic => "anthropic",
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

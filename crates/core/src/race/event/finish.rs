//! Why a model stopped, in each provider's spelling and in the meaning that all of them share.
//! The spelling is kept as it was sent; what is decided rests on the meaning.

/// Why the model stopped.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum FinishReason {
    /// The model was done: `stop` on the wire.
    Stop,
    /// It hit the output cap.
    Length,
    /// It wants a tool called.
    ToolCalls,
    /// A filter cut it.
    ContentFilter,
    /// A spelling of the provider's own, kept as sent; it counts as a stop.
    Other(Box<str>),
}

impl FinishReason {
    /// Reads the wire's spelling.
    #[must_use]
    pub fn parse(wire: &str) -> Self {
        match wire {
            "stop" => Self::Stop,
            "length" => Self::Length,
            "tool_calls" => Self::ToolCalls,
            "content_filter" => Self::ContentFilter,
            other => Self::Other(other.into()),
        }
    }

    /// The reason as the wire spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Other(wire) => wire,
        }
    }

    /// What the reason means, whoever spelled it; an unknown spelling (`eos`, `eos_token`) is an end as any other.
    #[must_use]
    pub fn meaning(&self) -> FinishMeaning {
        match self {
            Self::Stop => FinishMeaning::Stop,
            Self::Length => FinishMeaning::Length,
            Self::ToolCalls => FinishMeaning::ToolCalls,
            Self::ContentFilter => FinishMeaning::Filter,
            Self::Other(wire) => FinishMeaning::of(wire),
        }
    }

    /// Whether two reasons mean the same.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

/// What a finish reason means.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FinishMeaning {
    /// The model was done.
    Stop,
    /// It hit the output cap.
    Length,
    /// It wants a tool called.
    ToolCalls,
    /// A content filter stopped it.
    Filter,
    /// It refused to answer.
    Refusal,
    /// The server broke off.
    Error,
}

impl FinishMeaning {
    /// The meaning of a provider's own spelling, as they have been seen in the wild.
    fn of(wire: &str) -> Self {
        match wire.to_ascii_lowercase().replace('-', "_").as_str() {
            "length" | "max_tokens" | "max_output_tokens" | "model_length" | "model_context_window_exceeded" => {
                Self::Length
            }
            "tool_calls" | "tool_call" | "tool_use" | "function_call" => Self::ToolCalls,
            "content_filter"
            | "content_filtered"
            | "safety"
            | "image_safety"
            | "prohibited_content"
            | "recitation"
            | "blocklist"
            | "spii"
            | "sensitive"
            | "moderation"
            | "guardrail_intervened"
            | "error_toxic" => Self::Filter,
            "refusal" | "refused" => Self::Refusal,
            "error"
            | "network_error"
            | "insufficient_system_resource"
            | "abort"
            | "aborted"
            | "cancelled"
            | "malformed_function_call"
            | "unexpected_tool_call"
            | "incomplete" => Self::Error,
            _ => Self::Stop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_finish_spellings_count_as_a_stop() {
        let eos = FinishReason::parse("eos");
        assert_eq!(eos.as_str(), "eos");
        assert!(eos.same_as(&FinishReason::Stop));
        assert!(!eos.same_as(&FinishReason::Length));
    }

    #[test]
    fn spellings_of_one_meaning_are_the_same() {
        for (wires, meaning) in [
            (["length", "max_tokens", "MAX_TOKENS"], FinishMeaning::Length),
            (["content_filter", "SAFETY", "sensitive"], FinishMeaning::Filter),
            (["refusal", "Refusal", "refused"], FinishMeaning::Refusal),
            (["error", "network_error", "insufficient-system-resource"], FinishMeaning::Error),
            (["stop", "eos_token", "from_the_future"], FinishMeaning::Stop),
        ] {
            for wire in wires {
                let reason = FinishReason::parse(wire);
                assert_eq!((reason.meaning(), reason.as_str()), (meaning, wire));
            }
        }
    }
}

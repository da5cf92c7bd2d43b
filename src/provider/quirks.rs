//! Where providers differ though they speak one dialect.
//! Each field is one refusal that a real server answers with, and a refusal that names a field gives the way round it.

use serde_json::{Map, Value};

use crate::catalog::TokenLimit;
use crate::race::event::{Failure, FailureKind};

/// What a provider takes and needs.
#[derive(Clone, PartialEq, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one independent yes or no for each field of the wire")]
pub struct Quirks {
    /// Which field caps the output.
    pub token_limit: TokenLimit,
    /// Whether usage is asked for with `stream_options`.
    pub stream_options: bool,
    /// Whether `temperature` may be sent.
    pub temperature: bool,
    /// Whether `seed` may be sent.
    pub seed: bool,
    /// Whether thinking comes inside the answer, between `<think>` tags.
    pub think_tags: bool,
    /// Merged into the body, object by object.
    pub extra: Map<String, Value>,
}

impl Default for Quirks {
    /// What most providers take.
    fn default() -> Self {
        Self {
            token_limit: TokenLimit::MaxTokens,
            stream_options: true,
            temperature: true,
            seed: true,
            think_tags: false,
            extra: Map::new(),
        }
    }
}

impl Quirks {
    /// The quirks to try once more with, when a refusal names a field that can be left out, and that field.
    #[must_use]
    pub fn without_refused(&self, refusal: &Failure) -> Option<(Self, &'static str)> {
        if refusal.kind != FailureKind::BadRequest {
            return None;
        }
        let names = |field| refusal.message.contains(field);
        let mut next = self.clone();
        let field = if self.stream_options && names("stream_options") {
            next.stream_options = false;
            "stream_options"
        } else if self.token_limit == TokenLimit::MaxTokens && names("max_completion_tokens") {
            next.token_limit = TokenLimit::MaxCompletionTokens;
            "max_tokens"
        } else if self.token_limit == TokenLimit::MaxCompletionTokens && names("max_completion_tokens") {
            next.token_limit = TokenLimit::MaxTokens;
            "max_completion_tokens"
        } else if self.temperature && names("temperature") {
            next.temperature = false;
            "temperature"
        } else if self.seed && names("seed") {
            next.seed = false;
            "seed"
        } else {
            return None;
        };
        Some((next, field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> Failure {
        Failure::new(FailureKind::BadRequest, message)
    }

    #[test]
    fn a_named_field_is_left_out_once() {
        let (next, field) = Quirks::default().without_refused(&refused("unexpected field stream_options")).unwrap();
        assert_eq!((field, next.stream_options), ("stream_options", false));
        assert_eq!(next.without_refused(&refused("unexpected field stream_options")), None);
        let (next, _) = next.without_refused(&refused("'temperature' does not support 0")).unwrap();
        assert!(!next.temperature);
        let (next, _) = next.without_refused(&refused("unknown: seed")).unwrap();
        assert!(!next.seed);
    }

    #[test]
    fn the_token_limit_turns_to_the_other_field() {
        let (next, field) =
            Quirks::default().without_refused(&refused("'max_tokens': use 'max_completion_tokens'")).unwrap();
        assert_eq!((field, next.token_limit), ("max_tokens", TokenLimit::MaxCompletionTokens));
        let (back, _) = next.without_refused(&refused("extra field: max_completion_tokens")).unwrap();
        assert_eq!(back.token_limit, TokenLimit::MaxTokens);
    }

    #[test]
    fn other_refusals_have_no_way_round() {
        assert_eq!(Quirks::default().without_refused(&refused("prompt is empty")), None);
        let limited = Failure::new(FailureKind::RateLimited, "seed");
        assert_eq!(Quirks::default().without_refused(&limited), None);
    }
}

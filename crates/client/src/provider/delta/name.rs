//! What a field of a message is, told by its name.
//! The usual names are looked up; an unknown one is taken apart into words.

/// What a field holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::provider) enum DeltaField {
    /// Text of the answer itself.
    Content,
    /// Text of a refusal in place of an answer.
    Refusal,
    /// Calls of tools that the model wants.
    Calls,
    /// Text of the model's reasoning.
    Thought,
    /// No text: a role, a name, an id, padding, what is encrypted.
    Label,
    /// Nobody knows: its text is the answer's, if there is no other.
    Unknown,
}

/// Last words of names whose values are labels.
const LABELS: &[&str] = &[
    "id",
    "ids",
    "name",
    "type",
    "kind",
    "role",
    "author",
    "recipient",
    "status",
    "state",
    "phase",
    "channel",
    "model",
    "provider",
    "tier",
    "fingerprint",
    "format",
    "version",
    "url",
    "uri",
    "time",
    "timestamp",
    "date",
    "created",
    "at",
    "index",
    "object",
    "effort",
    "level",
    "mode",
    "language",
    "lang",
    "locale",
    "event",
    "tokens",
    "count",
    "usage",
    "stop",
    "finish",
    "p",
    "token",
    "mime",
    "recipe",
    "stage",
    "source",
    "flag",
    "hint",
    "reason",
    "quant",
    "hardware",
    "region",
    "priority",
];

/// Words that make a name one of no text wherever they stand in it.
const SEALED: &[&str] = &[
    "encrypted",
    "signature",
    "opaque",
    "obfuscation",
    "padding",
    "redacted",
    "hash",
    "audio",
    "image",
    "images",
    "video",
    "logprobs",
    "debug",
];

impl DeltaField {
    /// What the field of this name is.
    pub(in crate::provider) fn of(name: &str) -> Self {
        match name {
            "content" => Self::Content,
            "role" => Self::Label,
            "reasoning_content" | "reasoning" | "thinking" | "reasoning_details" => Self::Thought,
            "refusal" => Self::Refusal,
            "tool_calls" | "function_call" => Self::Calls,
            _ => Self::by_words(name),
        }
    }

    fn by_words(name: &str) -> Self {
        let words = words(name);
        let Some((last, before)) = words.split_last() else { return Self::Label };
        // A `finish_reason` is no reasoning.
        let label = LABELS.contains(&last.as_str()) && (last != "reason" || !before.is_empty());
        if label || words.iter().any(|word| SEALED.contains(&word.as_str())) {
            Self::Label
        } else if words.iter().any(|word| is_thought(word)) {
            Self::Thought
        } else {
            Self::Unknown
        }
    }
}

/// Whether a name, or a word of one, speaks of reasoning.
pub(super) fn is_thought(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["reason", "think", "thought", "analysis", "reflection", "rationale", "monologue", "scratchpad", "deliberat"]
        .iter()
        .any(|word| name.contains(word))
        || name == "cot"
}

/// The words of a name: `reasoningContent`, `reasoning-content` and `reasoning_content` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    let mut lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() {
            inside = false;
            continue;
        }
        let begins = !inside || lower && letter.is_uppercase();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase());
        }
        (inside, lower) = (true, letter.is_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_field_is() {
        for name in [
            "reasoning",
            "reasoning_content",
            "reasoning_text",
            "reasoningContent",
            "thinking",
            "thinking_content",
            "thought",
            "thoughts",
            "reasoning_details",
            "thinking_blocks",
            "reasoning_summary_text",
            "analysis",
            "chain_of_thought",
            "cot",
            "internal-reasoning",
            "reason",
            "rationale",
        ] {
            assert_eq!(DeltaField::of(name), DeltaField::Thought, "{name}");
        }
        for name in [
            "role",
            "name",
            "id",
            "call_id",
            "token_id",
            "type",
            "channel",
            "obfuscation",
            "p",
            "service_tier",
            "provider",
            "finish_reason",
            "native_finish_reason",
            "stop_reason",
            "finishReason",
            "reasoning_effort",
            "reasoning_opaque",
            "thinking_signature",
            "thought_signature",
            "reasoning_encrypted_content",
            "reasoning_tokens",
            "thinkingId",
            "audio_content",
            "",
            "_",
        ] {
            assert_eq!(DeltaField::of(name), DeltaField::Label, "{name}");
        }
        for name in ["text", "output_text", "answer", "response", "words"] {
            assert_eq!(DeltaField::of(name), DeltaField::Unknown, "{name}");
        }
    }
}

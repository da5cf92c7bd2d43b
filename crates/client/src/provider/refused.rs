//! Which fields of a request a server refused: those that were sent, and that its refusal is about.
//! A name counts as a whole word only, and a value out of range is the asker's mistake, not the field's.

use serde_json::Value;

use crate::provider::error::RefusedRequest;
use crate::provider::quirks::OptionalField;
use speed_kings_core::race::event::FailureKind;

/// How a refusal says that a field, or any value but the usual one, is not taken.
const REFUSING: &[&str] = &[
    "unsupported",
    "not support",
    "n't support",
    "unknown",
    "unrecognized",
    "unrecognised",
    "unexpected",
    "extra",
    "not permitted",
    "not allowed",
    "forbidden",
    "invalid",
    "deprecated",
    "not implemented",
    "not available",
    "incompatible",
    "only the default",
    "only supported",
    "not accept",
    "additional propert",
    "use ",
    "instead",
    "cannot be set",
    "can't be set",
    "must not be set",
    "at the same time",
    "strictly positive",
    "must be positive",
];
/// How one says that a value is out of range.
const RANGE: &[&str] = &[
    "too large",
    "too high",
    "too small",
    "too low",
    "above maximum",
    "below minimum",
    "must be between",
    "at most",
    "at least",
    "less than",
    "greater than",
    "valid range",
    "<=",
    ">=",
    "out of range",
    "exceed",
    "must be <",
    "must be >",
    "in range",
    "in the range",
];

/// The fields that `refused` is about, out of those in `body`.
pub(super) fn fields(refused: &RefusedRequest, body: &Value) -> Vec<OptionalField> {
    if refused.failure.kind != FailureKind::BadRequest {
        return Vec::new();
    }
    let said = refused.said.to_lowercase();
    let holds = |words: &[&str]| words.iter().any(|words| said.contains(words));
    // A temperature of zero that has to be more than zero is the one value that was not the asker's own choice.
    let is_range = |field| holds(RANGE) && !(field == OptionalField::Temperature && is_zero(sent(body, field)));
    let refusable = |field: &OptionalField| sent(body, *field).is_some() && !is_range(*field);
    let all = || OptionalField::ALL.into_iter().filter(refusable);
    let known = |name: &str| body.get(name).is_some() || OptionalField::ALL.iter().any(|field| field.as_str() == name);
    // Where the server says which field it was, what else it mentions doesn't count.
    let named: Vec<&str> = refused.fields.iter().map(|field| root(field)).filter(|name| known(name)).collect();
    if !named.is_empty() {
        let is_named = |field: &OptionalField| named.contains(&field.as_str());
        // Of the cap a refusal must say that the field itself is not taken.
        return all().filter(|field| is_named(field) && (field.instead().is_none() || holds(REFUSING))).collect();
    }
    if !holds(REFUSING) {
        return Vec::new();
    }
    // The first that is mentioned is the one; others are what the server would take.
    let place = |field: &OptionalField| {
        let written = [Some(*field), field.instead()].into_iter().flatten();
        written.filter_map(|name| find_word(&said, name.as_str())).min()
    };
    all().filter_map(|field| Some((place(&field)?, field))).min().map(|(_, field)| field).into_iter().collect()
}

/// The value of `field` in a body, wherever its dialect keeps it.
fn sent(body: &Value, field: OptionalField) -> Option<&Value> {
    let within = |place: &str| body.get(place)?.get(field.as_str());
    body.get(field.as_str()).or_else(|| within("options")).or_else(|| within("generationConfig"))
}

fn is_zero(value: Option<&Value>) -> bool {
    value.and_then(Value::as_f64) == Some(0.0)
}

/// The outermost field that a path names: `stream_options` of `body.stream_options.include_usage`.
fn root(path: &str) -> &str {
    let path = path.strip_prefix("body.").unwrap_or(path);
    path.split(['.', '[', '/']).find(|step| !step.is_empty()).unwrap_or(path)
}

/// Where `word` stands in `text` as a word of its own: not within a model's name, which is joined by hyphens, slashes
/// and versions.
fn find_word(text: &str, word: &str) -> Option<usize> {
    let joins = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '/');
    text.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let mut after = text.get(at + word.len()..).unwrap_or_default().chars();
        let next = after.next();
        let version = matches!(next, Some('.' | ':')) && after.next().is_some_and(char::is_alphanumeric);
        let of_options = word == OptionalField::StreamOptions.as_str();
        !before.is_some_and(joins) && !next.is_some_and(joins) && (!version || of_options)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::request_body;
    use crate::provider::{CompletionRequest, Dialect, ProviderQuirks, refusal};

    fn request() -> CompletionRequest {
        CompletionRequest {
            model: "m".into(),
            max_tokens: Some(300),
            temperature: Some(0.0),
            seed: Some(7),
            ..CompletionRequest::default()
        }
    }

    fn refused_by(
        status: u16,
        answer: &str,
        request: &CompletionRequest,
        quirks: &ProviderQuirks,
    ) -> Vec<OptionalField> {
        fields(&refusal(status, answer.as_bytes()), &request_body(Dialect::OpenAi, request, quirks))
    }

    fn check(status: u16, answer: &str, expected: &[OptionalField]) {
        assert_eq!(refused_by(status, answer, &request(), &ProviderQuirks::default()), expected, "{answer}");
    }

    fn said(message: &str) -> String {
        format!(r#"{{"error":{{"message":"{message}"}}}}"#)
    }

    #[test]
    fn a_field_is_named_in_words() {
        for (message, field) in [
            ("unexpected field stream_options", OptionalField::StreamOptions),
            ("body.stream_options: Extra inputs are not permitted", OptionalField::StreamOptions),
            ("create() got an unexpected keyword argument 'stream_options'", OptionalField::StreamOptions),
            ("Unknown field: stream_options.include_usage", OptionalField::StreamOptions),
            (
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
                OptionalField::MaxTokens,
            ),
            ("Please use max_completion_tokens", OptionalField::MaxTokens),
            (
                "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
                OptionalField::Temperature,
            ),
            ("`temperature` must be strictly positive", OptionalField::Temperature),
            ("temperature must be >= 0.01, other values are not allowed", OptionalField::Temperature),
            ("Additional properties are not allowed ('seed' was unexpected)", OptionalField::Seed),
            ("Unrecognized request argument supplied: seed.", OptionalField::Seed),
            ("Unsupported parameter: seed. Supported are temperature and stream_options", OptionalField::Seed),
        ] {
            check(400, &said(message), &[field]);
        }
        check(500, &said("got an unexpected keyword argument 'stream_options'"), &[OptionalField::StreamOptions]);
        check(500, "json: unknown field \"stream_options\"", &[OptionalField::StreamOptions]);
    }

    #[test]
    fn a_field_is_named_by_its_place() {
        check(
            400,
            r#"{"error":{"message":"Unsupported value for this model.","param":"temperature"}}"#,
            &[OptionalField::Temperature],
        );
        check(400, r#"{"message":"no","param":"stream_options.include_usage"}"#, &[OptionalField::StreamOptions]);
        let detail = r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted"},
                                   {"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}"#;
        check(422, detail, &[OptionalField::StreamOptions, OptionalField::Seed]);
        check(400, r#"{"error":{"message":"not supported, seed is","param":"messages"}}"#, &[]);
    }

    #[test]
    fn what_is_no_refusal_of_a_field_stays_one() {
        for message in [
            "seed-1.6 is not a valid model ID",
            "Unknown engine bytedance/seed",
            "Unsupported engine seed:free",
            "invalid: seeds and temperatures",
            "prompt is empty",
            "the temperature is fine",
            "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
            "Invalid max_tokens value, the valid range of max_tokens is [1, 8192]",
            "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 8192 tokens",
        ] {
            check(400, &said(message), &[]);
        }
        check(400, r#"{"error":{"message":"max_tokens is odd","param":"max_tokens"}}"#, &[]);
        for status in [401, 404, 429, 500] {
            check(status, &said("Unsupported parameter: seed"), &[]);
        }
    }

    #[test]
    fn only_what_was_sent_can_be_refused() {
        let without = CompletionRequest { seed: None, temperature: None, ..request() };
        assert_eq!(refused_by(400, &said("Unsupported parameter: seed"), &without, &ProviderQuirks::default()), []);
        assert_eq!(refused_by(400, &said("temperature is not supported"), &without, &ProviderQuirks::default()), []);
        let mut quirks = ProviderQuirks::default();
        quirks.drop(OptionalField::MaxTokens);
        let back = refused_by(400, &said("extra field: max_completion_tokens"), &request(), &quirks);
        assert_eq!(back, [OptionalField::MaxCompletionTokens]);
        let high = CompletionRequest { temperature: Some(9.0), ..request() };
        assert_eq!(
            refused_by(400, &said("Invalid 'temperature': above maximum value"), &high, &ProviderQuirks::default()),
            []
        );
    }

    #[test]
    fn the_other_dialect_keeps_its_fields_within_options() {
        let body = request_body(Dialect::Ollama, &request(), &ProviderQuirks::default());
        assert_eq!(fields(&refusal(400, br#"{"error":"invalid option: seed"}"#), &body), [OptionalField::Seed]);
        assert_eq!(fields(&refusal(400, br#"{"error":"unknown field stream_options"}"#), &body), []);
    }
}

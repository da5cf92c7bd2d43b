//! What kind of trouble an error is: by its code first, by its words second, by the HTTP status last.
//! Providers agree on no status, so the codes and the words that they use are tables here, and nothing else decides.

use speed_kings_core::race::event::FailureKind;

use FailureKind::{Auth, BadRequest, ContentFilter, Forbidden, NotFound, Payment, RateLimited, Server, TooLarge};

/// How messages say what no code does. The message must hold one of the first list and, unless it is empty, one of the
/// second. The first rule that fits stands.
const WORDS: &[(FailureKind, &[&str], &[&str])] = &[
    // Before the length of the prompt: some say in the same breath that a smaller request would fit the rate.
    (
        RateLimited,
        &["tokens per minute", "requests per minute", "tokens per day", "requests per day", "(tpm)", "(rpm)"],
        &[],
    ),
    (
        RateLimited,
        &["quota exceeded for metric", "too many requests", "rate limit reached", "rate limit exceeded"],
        &[],
    ),
    // An upper end of the cap alone is a wrong request, whatever the prompt's length.
    (TooLarge, &["maximum context length", "max context length", "maximum prompt length", "maximum input length"], &[]),
    (
        TooLarge,
        &[
            "context length",
            "context size",
            "context window",
            "context limit",
            "sequence length",
            "max_seq_len",
            "prompt length",
            "input length",
        ],
        &["exceed", "greater", "longer", "larger", "overflow", "too long", "too large", "limit of", "only", "range of"],
    ),
    (
        TooLarge,
        &["prompt", "input", "inputs", "messages"],
        &["too long", "reduce the length of the messages", "must have less than"],
    ),
    (TooLarge, &["prompt contains", "prompt exceeds", "prompt has"], &["too large", "max length", "maximum"]),
    (
        TooLarge,
        &["input token count", "tokens in the prompt", "model token limit", "requested token count"],
        &["exceed"],
    ),
    (
        TooLarge,
        &["`inputs` tokens + `max_new_tokens`", "reduce the length of the messages", "request body too large for"],
        &[],
    ),
    (
        Payment,
        &["insufficient", "not enough", "no remaining", "run out of", "ran out of", "out of"],
        &["balance", "credit", "fund"],
    ),
    (
        Payment,
        &["balance", "credit", "credits"],
        &[
            "too low",
            "is insufficient",
            "is empty",
            "depleted",
            "exhausted",
            "requires more",
            "is negative",
            "have any credits",
            "all available",
            "used up",
        ],
    ),
    (
        Payment,
        &["monthly spending limit", "spending limit", "past invoices", "included credits", "billing hard limit"],
        &[],
    ),
    (Payment, &["check your plan and billing", "can only afford", "payment required", "add a payment method"], &[]),
    (
        Payment,
        &["arrear", "overdue payment", "overdue balance", "account is in good standing", "余额不足", "欠费"],
        &[],
    ),
    (
        Auth,
        &[
            "api key",
            "api-key",
            "apikey",
            "api_key",
            "access token",
            "bearer token",
            "auth credentials",
            "subscription key",
        ],
        &[
            "incorrect",
            "invalid",
            "not valid",
            "no api",
            "not found",
            "no auth",
            "missing",
            "expired",
            "didn't provide",
            "not provided",
            "is required",
            "malformed",
            "revoked",
        ],
    ),
    (
        Auth,
        &["authentication fail", "invalid authentication", "invalid token", "token expired", "missing authentication"],
        &[],
    ),
    (
        NotFound,
        &["model"],
        &[
            "does not exist",
            "not exist",
            "doesn't exist",
            "not found",
            "is not a valid model",
            "not a supported model",
            "unknown model",
            "no such model",
            "invalid model",
            "unrecognized model",
            "supported by any provider",
            "unable to access model",
            "decommissioned",
            "no longer available",
            "no longer supported",
            "has been deprecated",
            "has been retired",
            "has been removed",
            "model not available",
            "model is not available",
            "supported api model names are",
            "unsupported model",
            "not the model",
            "is not served",
            "not deployed",
            "could not find model",
            "model is not supported",
        ],
    ),
    (NotFound, &["no endpoints found for", "no endpoints available", "no allowed providers"], &[]),
    (
        ContentFilter,
        &[
            "content management policy",
            "content policy",
            "content exists risk",
            "considered high risk",
            "inappropriate content",
            "sensitive content",
            "unsafe or sensitive",
            "content filter",
            "content moderation",
            "usage policy",
            "usage policies",
            "was flagged",
            "is flagged",
            "new_sensitive",
        ],
        &[],
    ),
    // Python's and Go's own words for a field that a server hands on and nobody takes.
    (BadRequest, &["unexpected keyword argument", "unknown field"], &[]),
];

/// By what is said, if that is telling.
pub(super) fn by_words(message: &str) -> Option<FailureKind> {
    let message = message.to_lowercase().replace(['’', '‘'], "'");
    let holds = |words: &[&str]| words.iter().any(|words| message.contains(words));
    WORDS.iter().find(|(_, one, with)| holds(one) && (with.is_empty() || holds(with))).map(|(kind, ..)| *kind)
}

/// By the status, where it tells what the client can do about it.
pub(super) fn by_status(status: u16) -> Option<FailureKind> {
    Some(match status {
        401 => Auth,
        402 => Payment,
        403 => Forbidden,
        404 | 410 => NotFound,
        413 => TooLarge,
        // 498 is a provider's own: its spare capacity is used up.
        429 | 498 => RateLimited,
        // 408: the server waited too long for its own upstream.
        408 | 500.. => Server,
        400..=499 => BadRequest,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialects_of_a_prompt_that_is_too_long() {
        for message in [
            "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens",
            "'max_tokens' or 'max_completion_tokens' is too large: 8192. This model's maximum context length is 8192 tokens",
            "request (2009 tokens) exceeds the available context size (512 tokens), try increasing it",
            "Context size has been exceeded.",
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 65537. Given: 79993 `inputs` tokens",
            "`inputs` must have less than 1024 tokens. Given: 1700",
            "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
            "prompt is too long: 200001 tokens > 200000 maximum",
            "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576).",
            "Please reduce the length of the messages or completion.",
            "The number of tokens to keep from the initial prompt is greater than the context length.",
            "This model's maximum prompt length is 131072 but the request contains 150000 tokens.",
            "Range of input length should be [1, 30720]",
            "invalid params, context window exceeds limit (2013)",
            "Invalid request: Your request exceeded model token limit: 8192",
            "The input (5000 tokens) is longer than the model's context length (4096 tokens).",
            "Prompt length (9000) exceeds maximum input length (8000).",
            "Prompt exceeds max length",
            "the input length exceeds the context length",
            "Input is too long for requested model.",
        ] {
            assert_eq!(by_words(message), Some(TooLarge), "{message}");
        }
    }

    #[test]
    fn words_tell_the_kind_where_no_code_does() {
        for (message, kind) in [
            ("seed-1.6 is not a valid model ID", NotFound),
            ("No endpoints found for acme/nothing.", NotFound),
            ("Model Not Exist", NotFound),
            ("Invalid model: definitely-not-a-model", NotFound),
            ("Unable to access model x. Please visit the site", NotFound),
            ("The supported API model names are a or b, but you passed c.", NotFound),
            ("The requested model 'x' is not supported by any provider you have enabled.", NotFound),
            ("The model `x` has been decommissioned and is no longer supported.", NotFound),
            ("Not found the model nothing or Permission denied", NotFound),
            ("Account acme is suspended, possibly due to reaching the monthly spending limit", Payment),
            ("Access denied, please make sure your account is in good standing.", Payment),
            ("insufficient balance (1008)", Payment),
            ("Sorry, your account balance is insufficient", Payment),
            ("Your credit balance is too low to access the API.", Payment),
            ("This request requires more credits, or fewer max_tokens. You can only afford 1024.", Payment),
            ("Your newly created team doesn't have any credits yet", Payment),
            ("Your prepayment credits are depleted.", Payment),
            ("Incorrect API key provided: na***ys.", Auth),
            ("API key not valid. Please pass a valid API key.", Auth),
            ("No API key found in request", Auth),
            ("No auth credentials found", Auth),
            ("Authentication Fails, Your api key is invalid", Auth),
            ("Content Exists Risk", ContentFilter),
            ("The request was rejected because it was considered high risk", ContentFilter),
            ("Input data may contain inappropriate content.", ContentFilter),
            ("Request too large on tokens per minute (TPM): please reduce your message size", RateLimited),
            ("create() got an unexpected keyword argument 'stream_options'", BadRequest),
        ] {
            assert_eq!(by_words(message), Some(kind), "{message}");
        }
    }

    #[test]
    fn other_words_tell_nothing() {
        for message in [
            "",
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            "Unsupported value: 'temperature' does not support 0 with this model.",
            "Extra inputs are not permitted",
            "max_tokens is too large: 100000. This model supports at most 16384 completion tokens",
            "Invalid request",
            "upstream gone",
        ] {
            assert_eq!(by_words(message), None, "{message}");
        }
    }
}

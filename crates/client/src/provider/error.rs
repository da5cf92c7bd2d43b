//! Errors in the provider's own words, of the kind that they are, with the next step.
//! The same reading serves the body of a refused request and an error inside a stream.

mod codes;
mod kind;
mod wait;
mod words;

use serde_json::Value;

use self::words::ErrorWords;
use crate::provider::excerpt::excerpt;
use speed_kings_core::race::event::{FailureKind, LaneFailure};
use speed_kings_core::time::Period;

pub(super) use self::wait::duration;
pub(super) use self::words::{is_error, is_failed, is_odd};

/// A request that a server refused, and what may help.
#[derive(Clone, PartialEq, Debug)]
pub struct RefusedRequest {
    /// The failure, with the server's words.
    pub failure: LaneFailure,
    /// All of what the server said, uncut: for reading, never for showing.
    pub(super) said: String,
    /// The fields of the request that the server names as the cause.
    pub(super) fields: Vec<String>,
    /// The moment at which a limit is reset, in the server's own form.
    pub(super) reset: Option<String>,
    /// Whether the same request may pass after a wait.
    pub(super) passes_later: bool,
}

impl RefusedRequest {
    /// Whether the server speaks of a model, apart from the path that it repeats: then the address was right.
    pub(super) fn names_model(&self, path: &str) -> bool {
        let said = self.said.replace(path, "").to_lowercase();
        self.failure.hint.is_some() || ["model", "deployment", "endpoint"].iter().any(|word| said.contains(word))
    }
}

impl From<LaneFailure> for RefusedRequest {
    /// A failure that no second try can help.
    fn from(failure: LaneFailure) -> Self {
        Self { failure, said: String::new(), fields: Vec::new(), reset: None, passes_later: false }
    }
}

/// What a reply with an error status stands for.
#[must_use]
pub fn refusal(status: u16, body: &[u8]) -> RefusedRequest {
    let text = String::from_utf8_lossy(body);
    let json: Option<Value> = serde_json::from_slice(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)).ok();
    let words = json.as_ref().and_then(ErrorWords::of).unwrap_or_else(|| ErrorWords::plain(&text));
    let known = known_kind(&words, json.as_ref());
    let kind = known.or_else(|| kind::by_status(status)).unwrap_or(FailureKind::Protocol);
    let mut refused = read(words, json.as_ref(), kind);
    refused.failure.status = Some(status);
    if refused.failure.message.is_empty() {
        refused.failure.message = format!("HTTP {status} without a word").into();
    }
    if status == 404 && refused.failure.hint.is_none() {
        refused.failure.hint = missing_model(&refused.said, json.as_ref()).map(Into::into);
    }
    refused
}

/// The failure that an error inside a stream stands for. `value` is the event or the error within it.
pub(super) fn in_stream(value: &Value) -> LaneFailure {
    let words = match value {
        Value::String(text) => ErrorWords { limit: words::MESSAGE, ..ErrorWords::plain(text) },
        _ => ErrorWords::of(value).unwrap_or_else(|| ErrorWords::plain(&value.to_string())),
    };
    let status = words.status;
    let by_status = || {
        let kind = status.and_then(kind::by_status)?;
        // A server that failed halfway, or a request that it took at first: neither says more than that.
        (!matches!(kind, FailureKind::Server | FailureKind::BadRequest)).then_some(kind)
    };
    let kind = known_kind(&words, Some(value)).filter(|kind| *kind != FailureKind::BadRequest).or_else(by_status);
    LaneFailure { status, ..read(words, Some(value), kind.unwrap_or(FailureKind::StreamError)).failure }
}

/// The same for an error that is only a text.
pub(super) fn told(message: &str) -> LaneFailure {
    in_stream(&Value::from(message))
}

/// The text of an error object that is no valid JSON because nobody escaped it: `{"error": "text`.
pub(super) fn unescaped(data: &str) -> Option<&str> {
    let rest = data.trim().strip_prefix('{')?.trim_start().strip_prefix("\"error\"")?;
    let text = rest.trim_start().strip_prefix(':')?.trim();
    Some(text.trim_end_matches('}').trim_end().trim_matches('"'))
}

/// The text of an error that is written as no more than that: `error: text`, `[ERROR] text`.
pub(super) fn spelled(data: &str) -> Option<&str> {
    let text = data.trim().trim_start_matches(['[', '*', '<']);
    let (word, rest) = text.split_at_checked("error".len())?;
    let marked = rest.starts_with([':', ']', '*', '>']);
    (word.eq_ignore_ascii_case("error") && marked).then(|| rest.trim_start_matches([':', ']', '*', '>', ' ']))
}

/// The kind that the codes or the words tell, whatever the status.
fn known_kind(words: &ErrorWords, body: Option<&Value>) -> Option<FailureKind> {
    if let Some(kind) = codes::by_code(&words.codes) {
        return Some(kind);
    }
    // Together's refusal of a model says no more than which field it was.
    let of_model = words.fields.iter().any(|field| field == "model").then_some(FailureKind::NotFound);
    match kind::by_words(&words.message).or(of_model)? {
        // A balance doesn't fill up by waiting: who names a wait means a rate.
        FailureKind::Payment if waits(words, body).is_some() => Some(FailureKind::RateLimited),
        kind => Some(kind),
    }
}

fn waits(words: &ErrorWords, body: Option<&Value>) -> Option<Period> {
    body.and_then(|body| wait::in_json(body).wait).or_else(|| wait::in_text(&words.message))
}

fn read(words: ErrorWords, body: Option<&Value>, kind: FailureKind) -> RefusedRequest {
    let limited = matches!(kind, FailureKind::RateLimited | FailureKind::Server);
    let (room, afford) = (OversizedRequest::of(&words.message), number_after(&words.message, "only afford "));
    let hint = match (kind, room, afford) {
        (FailureKind::RateLimited, Some(room), _) => Some(room.hint()),
        (FailureKind::Payment, _, Some(tokens)) => Some(format!(
            "the balance is enough for {tokens} tokens: use --max-tokens {tokens}, or top it up at the provider"
        )),
        _ => None,
    };
    RefusedRequest {
        failure: LaneFailure {
            retry_after: waits(&words, body).filter(|_| limited && room.is_none()),
            hint: hint.map(Into::into),
            ..LaneFailure::new(kind, excerpt(&words.message, words.limit))
        },
        fields: words.fields,
        reset: body.and_then(|body| wait::in_json(body).reset),
        passes_later: kind == FailureKind::RateLimited && room.is_none(),
        said: words.message,
    }
}

/// A request for more tokens than a rate limit allows at all.
#[derive(Clone, Copy)]
struct OversizedRequest {
    limit: u64,
    requested: u64,
}

impl OversizedRequest {
    /// Reads "Limit 12000, Requested 14137"; nothing when that fits.
    fn of(message: &str) -> Option<Self> {
        let room = Self { limit: number_after(message, "limit ")?, requested: number_after(message, "requested ")? };
        (room.requested > room.limit).then_some(room)
    }

    fn hint(self) -> String {
        let Self { limit, requested } = self;
        let over = requested.saturating_sub(limit);
        format!(
            "waiting won't help: it asks for {requested} tokens and {limit} are allowed at once. Lower --max-tokens by {over} or more, or use a shorter prompt"
        )
    }
}

/// The whole number behind `words`, in whatever case they are written.
fn number_after(message: &str, words: &str) -> Option<u64> {
    let lower = message.to_ascii_lowercase();
    lower.match_indices(words).find_map(|(at, _)| {
        let rest = lower.get(at + words.len()..)?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ',').unwrap_or(rest.len());
        rest.get(..end)?.replace(',', "").parse().ok()
    })
}

/// How to get the model that Ollama does not have.
fn missing_model(said: &str, body: Option<&Value>) -> Option<String> {
    let bare = body.and_then(|body| body.get("error")).is_some_and(Value::is_string);
    if !(bare || said.contains("pulling")) {
        return None;
    }
    let name = said.split(['\'', '"']).nth(1).filter(|name| !name.is_empty())?;
    said.contains("not found").then(|| format!("ollama pull {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, kind: FailureKind, message: &str) {
        let failure = refusal(status, body.as_bytes()).failure;
        assert_eq!((failure.kind, &*failure.message, failure.status), (kind, message, Some(status)), "{body}");
    }

    #[test]
    fn every_shape_gives_its_words() {
        use FailureKind::{Auth, BadRequest, NotFound, Protocol, RateLimited, Server};
        check(401, r#"{"error":{"message":"bad key","type":"auth","code":"x"}}"#, Auth, "bad key");
        check(429, r#"{"error":{"message":"slow down","code":429},"user_id":"u"}"#, RateLimited, "slow down");
        check(404, r#"{"error":"nobody here"}"#, NotFound, "nobody here");
        check(422, r#"{"message":"odd","type":"t","param":null,"code":"wrong"}"#, BadRequest, "odd");
        check(400, r#"{"object":"error","message":"no such thing","code":400}"#, BadRequest, "no such thing");
        check(422, r#"{"detail":"unexpected field"}"#, BadRequest, "unexpected field");
        check(
            422,
            r#"{"detail":[{"loc":["body","messages",0],"msg":"missing"},{"loc":[],"msg":"sad"}]}"#,
            BadRequest,
            "body.messages.0: missing; sad",
        );
        check(400, r#"{"fault":{"faultstring":"gateway says no"}}"#, BadRequest, "gateway says no");
        check(400, r#"[{"error":{"message":"in a list"}}]"#, BadRequest, "in a list");
        check(500, r#"{"error":{"type":"overloaded"}}"#, Server, "overloaded");
        check(500, r#"{"error":{"odd":1}}"#, Server, r#"{"odd":1}"#);
        check(503, "upstream\n  gone", Server, "upstream gone");
        check(502, "", Server, "HTTP 502 without a word");
        check(502, "<html><head><TITLE>502 Bad\nGateway</TITLE></head>", Server, "502 Bad Gateway");
        check(502, "<p>no title</p>", Server, "HTTP 502 without a word");
        check(302, "moved", Protocol, "moved");
    }

    #[test]
    fn the_class_follows_code_and_status() {
        use FailureKind::{Auth, BadRequest, Forbidden, NotFound, Payment, RateLimited, Server, TooLarge};
        for (status, code, kind) in [
            (401, "", Auth),
            (402, "", Payment),
            (403, "", Forbidden),
            (404, "", NotFound),
            (408, "", Server),
            (413, "", TooLarge),
            (429, "", RateLimited),
            (498, "", RateLimited),
            (400, "", BadRequest),
            (422, "", BadRequest),
            (503, "", Server),
            (529, "", Server),
            (400, "model_decommissioned", NotFound),
            (400, "model_not_found", NotFound),
            (429, "1113", Payment),
            (429, "1302", RateLimited),
            (429, "insufficient_quota", Payment),
            (429, "engine_overloaded_error", RateLimited),
            (400, "context_length_exceeded", TooLarge),
            (400, "exceed_context_size_error", TooLarge),
        ] {
            for field in ["code", "type"] {
                let body = format!(r#"{{"error":{{"message":"m","{field}":"{code}"}}}}"#);
                check(status, &body, kind, "m");
            }
        }
    }

    #[test]
    fn the_code_or_the_words_outweigh_the_status() {
        use FailureKind::{Auth, BadRequest, ContentFilter, Forbidden, NotFound, Payment, RateLimited, TooLarge};
        for (status, body, kind) in [
            (
                413,
                r#"{"error":{"message":"Request too large on tokens per minute (TPM): Limit 9, Requested 14","type":"tokens","code":"rate_limit_exceeded"}}"#,
                RateLimited,
            ),
            (
                400,
                r#"{"error":{"code":"invalid_request_error","message":"The supported API model names are a or b, but you passed c.","type":"invalid_request_error"}}"#,
                NotFound,
            ),
            (
                400,
                r#"{"code":"1500","message":"Invalid model: nothing","object":"error","raw_status_code":400,"type":"invalid_model"}"#,
                NotFound,
            ),
            (
                400,
                r#"{"error":{"message":"Invalid request","type":"invalid_request_error","param":"model","code":null}}"#,
                NotFound,
            ),
            (
                412,
                r#"{"error":{"message":"Account acme is suspended, possibly due to reaching the monthly spending limit","code":"PRECONDITION_FAILED"}}"#,
                Payment,
            ),
            (400, r#"{"error":{"code":"Arrearage","message":"Access denied","type":"Arrearage"}}"#, Payment),
            (
                429,
                r#"{"error":{"http_code":"429","message":"insufficient balance (1008)","type":"insufficient_balance_error"}}"#,
                Payment,
            ),
            (
                400,
                r#"{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT"}}"#,
                Auth,
            ),
            (400, r#"{"error":{"code":400,"message":"no","details":[{"reason":"API_KEY_INVALID"}]}}"#, Auth),
            (401, r#"{"message":"No API key found in request"}"#, Auth),
            (
                422,
                r#"{"error":{"message":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 65537.","param":"max_tokens"}}"#,
                TooLarge,
            ),
            (
                400,
                r#"{"error":{"message":"The response was filtered","code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
                ContentFilter,
            ),
            (403, r#"{"error":{"message":"Your input was flagged","code":403}}"#, ContentFilter),
            (403, r#"{"error":{"message":"no","code":403}}"#, Forbidden),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details. Please retry in 37s.","code":429}}"#,
                RateLimited,
            ),
            (
                429,
                r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}}"#,
                Payment,
            ),
            (
                400,
                r#"{"error":{"code":"invalid_parameter_combination","message":"Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.","param":"max_tokens"}}"#,
                BadRequest,
            ),
            (422, r#"{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required"}]}"#, BadRequest),
            (422, "Failed to deserialize the JSON body into the target type: missing field `messages`", BadRequest),
        ] {
            assert_eq!(refusal(status, body.as_bytes()).failure.kind, kind, "{body}");
        }
    }

    #[test]
    fn an_error_inside_a_stream_has_the_same_kinds() {
        use FailureKind::{RateLimited, StreamError, TooLarge};
        for (event, kind) in [
            (r#"{"error":{"message":"slow down","code":429}}"#, RateLimited),
            (
                r#"{"error":"Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096","error_type":"validation"}"#,
                TooLarge,
            ),
            (r#"{"code":500,"message":"Context size has been exceeded.","type":"server_error"}"#, TooLarge),
            (r#"{"error":{"message":"broke","code":502}}"#, StreamError),
            (r#"{"base_resp":{"status_code":1002,"status_msg":"slow"}}"#, RateLimited),
            (r#"{"base_resp":{"status_code":1000,"status_msg":"unknown error"}}"#, StreamError),
            (r#"{"error":{"message":"odd","code":400}}"#, StreamError),
            (r#""The context size was exceeded""#, TooLarge),
            (r#""broke""#, StreamError),
        ] {
            assert_eq!(in_stream(&serde_json::from_str(event).unwrap()).kind, kind, "{event}");
        }
    }

    #[test]
    fn what_is_asked_too_much_is_told_in_numbers() {
        let body = r#"{"error":{"message":"Request too large: Limit 12,000, Requested 14137, please try again in 6s","code":"rate_limit_exceeded"}}"#;
        let refused = refusal(413, body.as_bytes());
        assert!(!refused.passes_later && refused.failure.retry_after.is_none());
        assert!(refused.failure.hint.unwrap().contains("--max-tokens by 2137"));
        let body = r#"{"error":{"message":"Rate limit reached: Limit 6000, Used 5900, Requested 300. Please try again in 2s.","code":"rate_limit_exceeded"}}"#;
        let refused = refusal(429, body.as_bytes());
        assert_eq!((refused.passes_later, refused.failure.retry_after), (true, Some(Period::from_millis(2_000))));
    }

    #[test]
    fn a_router_passes_on_what_the_upstream_said() {
        use FailureKind::{RateLimited, Server};
        check(
            429,
            r#"{"error":{"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"busy\"}}","provider_name":"Acme"}}}"#,
            RateLimited,
            "Provider returned error (Acme): busy",
        );
        check(502, r#"{"error":{"message":"gone","metadata":{"raw":"plain"}}}"#, Server, "gone: plain");
    }

    #[test]
    fn keys_are_never_repeated() {
        for body in [
            r#"{"error":{"message":"Incorrect API key provided: sk-0123456789"}}"#,
            "no access with gsk_0123456789 or csk-0123456789",
            r#"{"message":"header was Bearer 0123456789-0123456789"}"#,
        ] {
            assert!(!refusal(401, body.as_bytes()).failure.message.contains("0123"), "{body}");
        }
    }

    #[test]
    fn a_long_body_is_cut() {
        assert_eq!(refusal(500, &[b'x'; 5_000]).failure.message.chars().count(), 201);
        assert_eq!(&*refusal(500, b"\xFF").failure.message, "\u{fffd}");
    }

    #[test]
    fn a_missing_local_model_can_be_pulled() {
        for body in [
            r#"{"error":"model 'tiny:1b' not found"}"#,
            r#"{"error":"model \"tiny:1b\" not found, try pulling it first"}"#,
            r#"{"error":{"message":"model \"tiny:1b\" not found, try pulling it first"}}"#,
        ] {
            assert_eq!(refusal(404, body.as_bytes()).failure.hint.as_deref(), Some("ollama pull tiny:1b"), "{body}");
        }
        assert_eq!(refusal(404, br#"{"error":{"message":"model 'x' not found"}}"#).failure.hint, None);
        assert_eq!(refusal(404, br#"{"error":"not found"}"#).failure.hint, None);
    }

    #[test]
    fn text_that_nobody_escaped_is_still_told() {
        assert_eq!(unescaped(r#"{"error": "no "such" thing"}"#), Some(r#"no "such" thing"#));
        assert_eq!(unescaped(r#"{ "error":"cut"#), Some("cut"));
        assert_eq!(unescaped(r#"{"errors": "x"#), None);
    }
}

//! Errors in the provider's own words, out of the many shapes that they come in.
//! The same shapes serve the body of a refused request and an error inside a stream.

use serde_json::Value;

use crate::provider::excerpt::excerpt;
use crate::race::event::{Failure, FailureKind};

/// Characters shown of a body that has none of the known shapes.
const PLAIN: usize = 200;
/// Characters shown of an error message.
const MESSAGE: usize = 400;

/// The failure that a reply with an error status stands for.
#[must_use]
pub fn refusal(status: u16, body: &[u8]) -> Failure {
    let text = String::from_utf8_lossy(body);
    let words = serde_json::from_slice(body).ok().as_ref().and_then(Words::of).unwrap_or_else(|| Words::plain(&text));
    let message = match excerpt(&words.message, words.limit) {
        empty if empty.is_empty() => format!("HTTP {status} without a word").into(),
        message => message,
    };
    Failure {
        status: Some(status),
        hint: missing_model(status, &words).map(Into::into),
        ..Failure::new(words.kind(status), message)
    }
}

/// The failure that an error inside a stream stands for. `value` is the event or the error within it.
pub(super) fn in_stream(value: &Value) -> Failure {
    let words = Words::of(value).unwrap_or_else(|| Words::plain(&value.to_string()));
    Failure { status: words.status, ..told(&words.message) }
}

/// The same for an error that is only a text.
pub(super) fn told(message: &str) -> Failure {
    Failure::new(FailureKind::StreamError, excerpt(message, MESSAGE))
}

/// The text of an error object that is no valid JSON because nobody escaped it: `{"error": "text`.
pub(super) fn unescaped(data: &str) -> Option<&str> {
    let rest = data.trim().strip_prefix('{')?.trim_start().strip_prefix("\"error\"")?;
    let text = rest.trim_start().strip_prefix(':')?.trim();
    Some(text.trim_end_matches('}').trim_end().trim_matches('"'))
}

/// Whether the value of an `error` field reports one: servers also send it as null, false or empty.
pub(super) fn is_error(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => !object.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Bool(true) | Value::Number(_) => true,
    }
}

/// What a server said about an error.
#[derive(Debug)]
struct Words {
    message: String,
    /// `code` and `type`, whichever there are.
    codes: Vec<String>,
    /// An HTTP status in the body.
    status: Option<u16>,
    /// Whether the error was a bare text in `error`.
    bare: bool,
    /// How much of the message is shown.
    limit: usize,
}

impl Words {
    /// Reads the known shapes, the most telling first.
    fn of(value: &Value) -> Option<Self> {
        // One gateway wraps its error object in a list.
        let value = value.as_array().map_or(Some(value), |list| list.first())?;
        let mut words = match value.get("error").filter(|error| is_error(error)) {
            Some(Value::String(text)) => Self { bare: true, ..Self::new(text.clone(), value) },
            Some(error @ Value::Object(_)) => Self::new(object_message(error), error),
            Some(other) => Self::new(other.to_string(), value),
            None => Self::new(flat_message(value)?, value),
        };
        words.status = words.status.or_else(|| value.get("status_code").and_then(http_status));
        Some(words)
    }

    fn new(message: String, of: &Value) -> Self {
        let codes = ["code", "type"].into_iter().filter_map(|field| scalar(of.get(field)?)).collect();
        let status = ["code", "status_code"].into_iter().find_map(|field| http_status(of.get(field)?));
        Self { message, codes, status, bare: false, limit: MESSAGE }
    }

    fn plain(text: &str) -> Self {
        let message = if text.trim_start().starts_with('<') { title(text).to_owned() } else { text.to_owned() };
        Self { limit: PLAIN, ..Self::new(message, &Value::Null) }
    }

    /// The code tells more than the status, where it is one of those that are known.
    fn kind(&self, status: u16) -> FailureKind {
        let by_code = self.codes.iter().find_map(|code| match code.as_str() {
            "model_not_found" | "model_decommissioned" | "model_not_available" => Some(FailureKind::NotFound),
            "insufficient_quota" | "exceeded_current_quota_error" | "insufficient_balance" | "1113" => {
                Some(FailureKind::Payment)
            }
            "context_length_exceeded" | "exceed_context_size_error" => Some(FailureKind::TooLarge),
            "invalid_api_key" | "authentication_error" => Some(FailureKind::Auth),
            _ => None,
        });
        by_code.unwrap_or(match status {
            401 => FailureKind::Auth,
            402 => FailureKind::Payment,
            403 => FailureKind::Forbidden,
            404 | 410 => FailureKind::NotFound,
            413 => FailureKind::TooLarge,
            // 498 is a provider's own: its spare capacity is used up.
            429 | 498 => FailureKind::RateLimited,
            // 408: the server waited too long for its own upstream.
            408 | 500.. => FailureKind::Server,
            400..=499 => FailureKind::BadRequest,
            _ => FailureKind::Protocol,
        })
    }
}

/// The message of an `error` object, with what an upstream provider said where a router passes it on.
fn object_message(error: &Value) -> String {
    let own = flat_message(error)
        .or_else(|| ["type", "code"].into_iter().find_map(|field| scalar(error.get(field)?)))
        .unwrap_or_else(|| error.to_string());
    let metadata = |field| error.pointer("/metadata")?.get(field)?.as_str();
    let Some(raw) = metadata("raw").filter(|raw| !raw.is_empty()) else { return own };
    let nested = serde_json::from_str(raw).ok().as_ref().and_then(Words::of);
    let upstream = nested.map_or_else(|| raw.to_owned(), |words| words.message);
    match metadata("provider_name") {
        Some(name) => format!("{own} ({name}): {upstream}"),
        None => format!("{own}: {upstream}"),
    }
}

/// The message of an object that is itself the error.
fn flat_message(value: &Value) -> Option<String> {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    ["/message", "/msg", "/fault/faultstring"]
        .into_iter()
        .find_map(text)
        .map(str::to_owned)
        .or_else(|| value.get("detail").and_then(detail))
}

/// `detail` as validators write it: a text, an object, or a list of what is wrong where.
fn detail(detail: &Value) -> Option<String> {
    match detail {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => Some(list.iter().map(complaint).collect::<Vec<_>>().join("; ")),
        Value::Object(_) => flat_message(detail).or_else(|| Some(detail.to_string())),
        _ => None,
    }
}

fn complaint(item: &Value) -> String {
    let message = flat_message(item).or_else(|| scalar(item)).unwrap_or_else(|| item.to_string());
    let steps = item.get("loc").and_then(Value::as_array).into_iter().flatten();
    let path = steps.filter_map(scalar).collect::<Vec<_>>().join(".");
    if path.is_empty() { message } else { format!("{path}: {message}") }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn http_status(value: &Value) -> Option<u16> {
    let status = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    u16::try_from(status).ok().filter(|status| (400..600).contains(status))
}

/// What an HTML page calls itself; a page without a title says nothing.
fn title(page: &str) -> &str {
    let lower = page.to_ascii_lowercase();
    let span = || {
        let open = lower.find("<title")?;
        let start = open + lower.get(open..)?.find('>')? + 1;
        let end = start + lower.get(start..)?.find('<')?;
        page.get(start..end)
    };
    span().map_or("", str::trim)
}

/// How to get the model that Ollama does not have.
fn missing_model(status: u16, words: &Words) -> Option<String> {
    if status != 404 || !(words.bare || words.message.contains("pulling")) {
        return None;
    }
    let name = words.message.split(['\'', '"']).nth(1).filter(|name| !name.is_empty())?;
    words.message.contains("not found").then(|| format!("ollama pull {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, kind: FailureKind, message: &str) {
        let failure = refusal(status, body.as_bytes());
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
            assert!(!refusal(401, body.as_bytes()).message.contains("0123"), "{body}");
        }
    }

    #[test]
    fn a_long_body_is_cut() {
        assert_eq!(refusal(500, &[b'x'; 5_000]).message.chars().count(), PLAIN + 1);
        assert_eq!(&*refusal(500, b"\xFF").message, "\u{fffd}");
    }

    #[test]
    fn a_missing_local_model_can_be_pulled() {
        for body in [
            r#"{"error":"model 'tiny:1b' not found"}"#,
            r#"{"error":"model \"tiny:1b\" not found, try pulling it first"}"#,
            r#"{"error":{"message":"model \"tiny:1b\" not found, try pulling it first"}}"#,
        ] {
            assert_eq!(refusal(404, body.as_bytes()).hint.as_deref(), Some("ollama pull tiny:1b"), "{body}");
        }
        assert_eq!(refusal(404, br#"{"error":{"message":"model 'x' not found"}}"#).hint, None);
        assert_eq!(refusal(404, br#"{"error":"not found"}"#).hint, None);
    }

    #[test]
    fn text_that_nobody_escaped_is_still_told() {
        assert_eq!(unescaped(r#"{"error": "no "such" thing"}"#), Some(r#"no "such" thing"#));
        assert_eq!(unescaped(r#"{ "error":"cut"#), Some("cut"));
        assert_eq!(unescaped(r#"{"errors": "x"#), None);
    }
}

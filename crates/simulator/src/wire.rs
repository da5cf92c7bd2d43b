//! The JSON of the simulated API: chunks, usage, timings and errors, in the shapes that real providers use.
//! Pure: values in, text out.

mod anthropic;
mod completions;
mod events;
mod format;
mod gemini;
mod lines;
mod responses;
mod sse;

use serde_json::json;

use self::anthropic::MessageEvents;
use self::completions::TextChunks;
pub(super) use self::format::{AnswerClosing, AnswerCounts, AnswerIdentity, AnswerTimes, WireFormat, merge};
use self::gemini::CandidateChunks;
use self::lines::LineTemplate;
use self::responses::ResponseEvents;
use self::sse::ChunkEnvelope;
use super::settings::ErrorBody;
use speed_kings_catalog::Dialect;

/// The voice of `dialect`, for one answer.
pub(super) fn voice(dialect: Dialect, answer: AnswerIdentity) -> Box<dyn WireFormat> {
    match dialect {
        Dialect::OpenAi => Box::new(ChunkEnvelope::new(answer.id, answer.model, answer.line_end)),
        Dialect::Ollama => Box::new(LineTemplate::new(answer.model, answer.line_end)),
        Dialect::Anthropic => Box::new(MessageEvents::new(answer)),
        Dialect::Responses => Box::new(ResponseEvents::new(answer)),
        Dialect::Completions => Box::new(TextChunks::new(answer)),
        Dialect::Gemini => Box::new(CandidateChunks::new(answer)),
    }
}

/// The body of an error and its content type.
pub(super) fn error_body(shape: ErrorBody, status: u16, message: &str) -> (&'static str, String) {
    let (kind, code) = match status {
        401 => ("authentication_error", "invalid_api_key"),
        403 => ("permission_error", "permission_denied"),
        404 => ("invalid_request_error", "not_found"),
        429 => ("rate_limit_error", "rate_limit_exceeded"),
        500.. => ("server_error", "server_error"),
        _ => ("invalid_request_error", "invalid_request"),
    };
    let fields = json!({ "message": message, "type": kind, "param": null, "code": code });
    let json = match shape {
        ErrorBody::OpenAi => json!({ "error": fields }),
        ErrorBody::Flat => fields,
        ErrorBody::Text => json!({ "error": message }),
        ErrorBody::Detail => json!({ "detail": message }),
        ErrorBody::Object => json!({ "object": "error", "message": message, "type": kind, "code": status }),
        ErrorBody::Plain => return ("text/plain; charset=utf-8", message.to_owned()),
        ErrorBody::Html => {
            let page = format!("<html><head><title>{status}</title></head><body><h1>{message}</h1></body></html>\n");
            return ("text/html; charset=utf-8", page);
        }
    };
    (JSON, json.to_string())
}

/// The content type of JSON.
pub(super) const JSON: &str = "application/json";

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn every_error_body_carries_the_message() {
        use ErrorBody::{Detail, Flat, Html, Object, OpenAi, Plain, Text};
        for shape in [OpenAi, Flat, Text, Detail, Object, Plain, Html] {
            let (kind, body) = error_body(shape, 429, "slow down");
            assert!(body.contains("slow down"));
            assert_eq!(kind == JSON, serde_json::from_str::<Value>(&body).is_ok());
        }
    }
}

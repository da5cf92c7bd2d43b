//! What every provider shares: the request in the provider's dialect, and its reply as race events.
//! Bytes in, event kinds out, with no socket and no clock, so that a recorded reply reads as the live one did.

mod allowance;
mod anthropic;
mod body;
mod body_form;
mod body_reader;
mod contestant;
mod deadline;
mod delta;
mod error;
mod escape_halves;
mod event_reader;
pub mod excerpt;
pub mod exec;
mod foreign;
mod gemini;
pub mod http;
mod json_cutter;
pub mod key_redactor;
mod lane_emitter;
pub mod last_lines;
mod lenient_json;
pub mod machine;
mod ollama;
mod openai;
mod quirks;
mod refused;
mod request;
mod responses;
pub mod secret;
mod stream;
mod think_tags;
mod timeouts;
mod timing;
mod usage;

use reqwest::Url;
use serde_json::Value;

use crate::provider::anthropic::AnthropicEvents;
pub use crate::provider::body::merge;
pub use crate::provider::contestant::{ContestantClient, ReadyContestant, StandingContestant};
pub use crate::provider::error::{RefusedRequest, refusal};
use crate::provider::event_reader::EventReader;
use crate::provider::gemini::GeminiChunks;
pub use crate::provider::quirks::ProviderQuirks;
pub use crate::provider::request::CompletionRequest;
use crate::provider::responses::ResponsesEvents;
pub use crate::provider::timeouts::RequestTimeouts;
pub use speed_kings_catalog::Dialect;
use speed_kings_core::race::event::{EventKind, LaneFailure};

/// How the simulator's `server` header begins: whoever sends it is simulated, whatever it is called.
pub const SIMULATOR: &str = "speed-kings-sim";

/// The body of a request in `dialect`; what `quirks` adds stands over everything else.
#[must_use]
pub fn request_body(dialect: Dialect, request: &CompletionRequest, quirks: &ProviderQuirks) -> Value {
    let mut body = match dialect {
        Dialect::OpenAi => body::openai(request, quirks),
        Dialect::Ollama => body::ollama(request, quirks),
        Dialect::Anthropic => body::anthropic(request, quirks),
        Dialect::Responses => body::responses(request, quirks),
        Dialect::Completions => body::completions(request, quirks),
        Dialect::Gemini => body::gemini(request, quirks),
    };
    body::merge(&mut body, &quirks.extra);
    Value::Object(body)
}

/// Host and port of `url`: all of an address that is ever shown or kept.
#[must_use]
pub fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or("?");
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Reads the body of one successful reply, in pieces of any size.
///
/// Its last event is always [`EventKind::Closed`] or [`EventKind::Failed`], and it comes from [`ReplyReader::finish`] or
/// [`ReplyReader::abort`]: an error inside the stream waits for its end, so that text behind it is kept.
#[derive(Debug)]
pub struct ReplyReader(WireReader);

#[derive(Debug)]
enum WireReader {
    OpenAi(Box<openai::OpenAiReader>),
    Ollama(Box<ollama::OllamaReader>),
    Anthropic(Box<EventReader<AnthropicEvents>>),
    Responses(Box<EventReader<ResponsesEvents>>),
    Gemini(Box<EventReader<GeminiChunks>>),
    Over,
}

impl ReplyReader {
    /// A reader for one reply in `dialect`.
    #[must_use]
    pub fn new(dialect: Dialect, quirks: &ProviderQuirks) -> Self {
        Self(match dialect {
            Dialect::OpenAi | Dialect::Completions => {
                WireReader::OpenAi(Box::new(openai::OpenAiReader::new(dialect, quirks.think_tags)))
            }
            Dialect::Ollama => WireReader::Ollama(Box::new(ollama::OllamaReader::new(quirks.think_tags))),
            Dialect::Anthropic => {
                WireReader::Anthropic(Box::new(EventReader::new(AnthropicEvents::default(), quirks.think_tags)))
            }
            Dialect::Responses => {
                WireReader::Responses(Box::new(EventReader::new(ResponsesEvents::default(), quirks.think_tags)))
            }
            Dialect::Gemini => WireReader::Gemini(Box::new(EventReader::new(GeminiChunks, quirks.think_tags))),
        })
    }

    /// Takes the next bytes of the body.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<EventKind>) {
        match &mut self.0 {
            WireReader::OpenAi(reader) => reader.feed(bytes, out),
            WireReader::Ollama(reader) => reader.feed(bytes, out),
            WireReader::Anthropic(reader) => reader.feed(bytes, out),
            WireReader::Responses(reader) => reader.feed(bytes, out),
            WireReader::Gemini(reader) => reader.feed(bytes, out),
            WireReader::Over => {}
        }
    }

    /// The body is over: says whether it was complete.
    pub fn finish(&mut self, out: &mut Vec<EventKind>) {
        match std::mem::replace(&mut self.0, WireReader::Over) {
            WireReader::OpenAi(reader) => reader.finish(out),
            WireReader::Ollama(reader) => reader.finish(out),
            WireReader::Anthropic(reader) => reader.finish(out),
            WireReader::Responses(reader) => reader.finish(out),
            WireReader::Gemini(reader) => reader.finish(out),
            WireReader::Over => {}
        }
    }

    /// The body will not go on, for a reason of ours: a broken connection, a time-out. An error that the stream itself
    /// reported stands over `failure`, because it is the cause.
    pub fn abort(&mut self, failure: LaneFailure, out: &mut Vec<EventKind>) {
        match std::mem::replace(&mut self.0, WireReader::Over) {
            WireReader::OpenAi(reader) => reader.abort(failure, out),
            WireReader::Ollama(reader) => reader.abort(failure, out),
            WireReader::Anthropic(reader) => reader.abort(failure, out),
            WireReader::Responses(reader) => reader.abort(failure, out),
            WireReader::Gemini(reader) => reader.abort(failure, out),
            WireReader::Over => {}
        }
    }
}

#[cfg(test)]
mod tests;

//! Google's dialect: chunks of a candidate, each with its parts and the counts so far. Its own spelling of the fields is
//! `camelCase`; gateways write `snake_case` as well.

use serde_json::Value;

use crate::provider::Dialect;
use crate::provider::body_reader::Out;
use crate::provider::event_reader::EventMeaning;
use crate::provider::stream::ReplyStream;
use crate::provider::usage;
use speed_kings_core::race::event::TextChannel;

/// Every chunk says all that it means.
#[derive(Debug)]
pub(super) struct GeminiChunks;

impl EventMeaning for GeminiChunks {
    const DIALECT: Dialect = Dialect::Gemini;

    fn tell(&mut self, _: &str, event: &Value, stream: &mut ReplyStream, out: &mut Out) -> bool {
        // One of its gateways wraps each chunk.
        let chunk = event.get("response").filter(|within| within.is_object()).unwrap_or(event);
        stream.model(text(chunk, "modelVersion", "model_version").unwrap_or_default(), out);
        let candidates = chunk.get("candidates").and_then(Value::as_array);
        if let Some(candidate) = candidates.into_iter().flatten().find(|candidate| is_first(candidate)) {
            tell_candidate(candidate, stream, out);
        }
        let feedback = field(chunk, "promptFeedback", "prompt_feedback");
        if let Some(reason) = feedback.and_then(|feedback| text(feedback, "blockReason", "block_reason")) {
            stream.filtered(reason);
        }
        let counts = field(chunk, "usageMetadata", "usage_metadata");
        stream.usage(counts.and_then(usage::gemini), out);
        candidates.is_some() || feedback.is_some() || counts.is_some()
    }
}

/// Others are asked for by nobody here, and their text would run into the first one's.
fn is_first(candidate: &Value) -> bool {
    candidate.get("index").and_then(Value::as_u64).unwrap_or(0) == 0
}

fn tell_candidate(candidate: &Value, stream: &mut ReplyStream, out: &mut Out) {
    let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
    for part in parts.into_iter().flatten() {
        let thought = part.get("thought").and_then(Value::as_bool) == Some(true);
        let channel = if thought { TextChannel::Reasoning } else { TextChannel::Answer };
        stream.text(channel, part.get("text").and_then(Value::as_str).unwrap_or_default(), out);
        if let Some(call) = field(part, "functionCall", "function_call") {
            stream.text(TextChannel::Tool, text(call, "name", "name").unwrap_or_default(), out);
            if let Some(arguments) = call.get("args").filter(|arguments| !arguments.is_null()) {
                stream.text(TextChannel::Tool, &arguments.to_string(), out);
            }
        }
        if let Some(code) = field(part, "executableCode", "executable_code") {
            stream.text(TextChannel::Tool, text(code, "code", "code").unwrap_or_default(), out);
        }
    }
    let reason = text(candidate, "finishReason", "finish_reason");
    if let Some(reason) = reason.filter(|reason| *reason != "FINISH_REASON_UNSPECIFIED") {
        stream.finish(reason, out);
    }
}

fn field<'a>(value: &'a Value, camel: &str, snake: &str) -> Option<&'a Value> {
    value.get(camel).or_else(|| value.get(snake)).filter(|value| !value.is_null())
}

fn text<'a>(value: &'a Value, camel: &str, snake: &str) -> Option<&'a str> {
    field(value, camel, snake).and_then(Value::as_str).filter(|text| !text.is_empty())
}

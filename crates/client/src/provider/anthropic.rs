//! Anthropic's Messages dialect: a message, its blocks and the pieces of each, told by typed events.
//! What an event says is read by its fields, so that one without its type is read as well.

use serde_json::Value;

use crate::provider::body_reader::Out;
use crate::provider::event_reader::EventMeaning;
use crate::provider::stream::ReplyStream;
use crate::provider::usage::AnthropicCounts;
use crate::provider::{Dialect, error};
use speed_kings_core::race::event::{EventKind, TextChannel};

/// What has been counted so far.
#[derive(Debug, Default)]
pub(super) struct AnthropicEvents {
    counts: AnthropicCounts,
}

impl EventMeaning for AnthropicEvents {
    const DIALECT: Dialect = Dialect::Anthropic;

    fn tell(&mut self, name: &str, event: &Value, stream: &mut ReplyStream, out: &mut Out) -> bool {
        let kind = text(event, "type").unwrap_or(name);
        if kind == "ping" {
            out.push(EventKind::KeepAlive);
            return true;
        }
        let whole = event.get("content").is_some_and(Value::is_array).then_some(event);
        if let Some(message) = event.get("message").filter(|message| message.is_object()).or(whole) {
            self.message(message, whole.is_some(), ["message_start", ""].contains(&kind), stream, out);
        }
        if let Some(block) = event.get("content_block") {
            tell_block(block, stream, out);
        }
        if let Some(delta) = event.get("delta") {
            tell_delta(delta, stream, out);
        }
        let counts = [event.get("usage").filter(|_| whole.is_none()), event.pointer("/delta/usage")];
        for usage in counts.into_iter().flatten() {
            stream.usage(self.counts.take(usage, true), out);
        }
        match kind {
            "message_stop" => stream.done(out),
            "error" => stream.fail(error::in_stream(event)),
            _ => {}
        }
        let holds = |field: &str| event.get(field).is_some_and(Value::is_object);
        let known = ["message", "content_block", "delta", "usage"].into_iter().any(holds);
        known || whole.is_some() || ["content_block_stop", "message_stop", "error"].contains(&kind)
    }
}

impl AnthropicEvents {
    /// A message as it `begins`, which is empty as a rule, the `whole` of one, or what a gateway repeats of it at its end.
    fn message(&mut self, message: &Value, whole: bool, begins: bool, stream: &mut ReplyStream, out: &mut Out) {
        stream.model(text(message, "model").unwrap_or_default(), out);
        let blocks = message.get("content").and_then(Value::as_array).filter(|_| whole || begins);
        for block in blocks.into_iter().flatten() {
            tell_block(block, stream, out);
        }
        if let Some(reason) = text(message, "stop_reason") {
            stream.finish(reason, out);
        }
        if let Some(usage) = message.get("usage") {
            // The output of a message that has only begun is a placeholder.
            stream.usage(self.counts.take(usage, whole || !begins), out);
        }
    }
}

/// A block as it begins, or the whole of one.
fn tell_block(block: &Value, stream: &mut ReplyStream, out: &mut Out) {
    match text(block, "type").unwrap_or("text") {
        "text" => stream.content(text(block, "text").unwrap_or_default(), out),
        "thinking" => stream.text(TextChannel::Reasoning, text(block, "thinking").unwrap_or_default(), out),
        kind if kind.ends_with("tool_use") => {
            stream.text(TextChannel::Tool, text(block, "name").unwrap_or_default(), out);
            // It is empty where pieces of it follow.
            if let Some(input) = block.get("input").filter(|input| input.as_object().is_some_and(|of| !of.is_empty())) {
                stream.text(TextChannel::Tool, &input.to_string(), out);
            }
        }
        // What a tool of the server found was not written by the model, and what was thought in secret has no text.
        _ => {}
    }
}

/// A piece of a block, or what is told of the message at its end.
fn tell_delta(delta: &Value, stream: &mut ReplyStream, out: &mut Out) {
    stream.content(text(delta, "text").unwrap_or_default(), out);
    stream.text(TextChannel::Reasoning, text(delta, "thinking").unwrap_or_default(), out);
    stream.text(TextChannel::Tool, text(delta, "partial_json").unwrap_or_default(), out);
    if let Some(reason) = text(delta, "stop_reason") {
        stream.finish(reason, out);
    }
}

fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

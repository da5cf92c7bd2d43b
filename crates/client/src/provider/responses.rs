//! The newer dialect of `OpenAI`: a response, its items and the pieces of each, told by typed events.
//! What came in pieces comes once more as a whole, which is taken only where no piece of it came.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::provider::body_reader::Out;
use crate::provider::event_reader::EventMeaning;
use crate::provider::stream::ReplyStream;
use crate::provider::usage::usage;
use crate::provider::{Dialect, error};
use speed_kings_core::race::event::{EventKind, TextChannel};

/// The states in which a response is over.
const ENDS: [&str; 4] = ["completed", "incomplete", "failed", "cancelled"];

/// What has been said of each item.
#[derive(Debug, Default)]
pub(super) struct ResponsesEvents {
    said: BTreeSet<(u64, ItemText)>,
    /// The items whose pieces have parts of their own, and the part.
    parts: BTreeSet<(u64, ItemText, u64)>,
}

/// A text of an item.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum ItemText {
    Answer,
    Refusal,
    /// Reasoning as it was thought.
    Thought,
    /// Reasoning as it was summed up, which is taken where nothing else of it is told.
    Summary,
    /// The name of a tool.
    Name,
    /// What a tool is called with.
    Arguments,
}

impl ItemText {
    const fn channel(self) -> TextChannel {
        match self {
            Self::Answer => TextChannel::Answer,
            Self::Refusal => TextChannel::Refusal,
            Self::Thought | Self::Summary => TextChannel::Reasoning,
            Self::Name | Self::Arguments => TextChannel::Tool,
        }
    }

    /// The text that an event of this kind brings, without `response.` before it and `.delta` or `.done` behind it.
    fn of(kind: &str) -> Option<Self> {
        match kind {
            "output_text" | "text" => Some(Self::Answer),
            "refusal" => Some(Self::Refusal),
            _ if kind.starts_with("reasoning_summary") => Some(Self::Summary),
            _ if kind.starts_with("reasoning") => Some(Self::Thought),
            _ if kind.ends_with("_arguments") || kind.ends_with("_input") || kind.ends_with("_code") => {
                Some(Self::Arguments)
            }
            _ => None,
        }
    }
}

impl EventMeaning for ResponsesEvents {
    const DIALECT: Dialect = Dialect::Responses;

    fn tell(&mut self, name: &str, event: &Value, stream: &mut ReplyStream, out: &mut Out) -> bool {
        let kind = event.get("type").and_then(Value::as_str).unwrap_or(name);
        let bare = kind.strip_prefix("response.").unwrap_or(kind);
        let item = number(event, "output_index");
        if let Some(text) = bare.strip_suffix(".delta").and_then(ItemText::of) {
            self.piece(item, text, event, stream, out);
        } else if let Some(text) = bare.strip_suffix(".done").and_then(ItemText::of) {
            self.whole_part(item, text, event, stream, out);
        }
        if let Some(told) = event.get("item") {
            let already = self.told(Some(item));
            self.item((item, told), bare == "output_item.done", &already, stream, out);
        }
        let within = event.get("response").filter(|response| response.is_object());
        let whole = event.get("object").and_then(Value::as_str) == Some("response");
        // Some end without the response, and some call every end done.
        if let Some(response) = within.or((whole || ENDS.contains(&bare) || bare == "done").then_some(event)) {
            let told = response.get("status").and_then(Value::as_str);
            let state = match bare {
                "done" => told.unwrap_or("completed"),
                _ if whole => told.unwrap_or_default(),
                _ => bare,
            };
            self.response(response, state, stream, out);
            return true;
        }
        match bare {
            "error" => stream.fail(error::in_stream(event)),
            "ping" | "keepalive" | "keep_alive" => out.push(EventKind::KeepAlive),
            _ => return kind.starts_with("response."),
        }
        true
    }
}

impl ResponsesEvents {
    /// A piece of a text.
    fn piece(&mut self, item: u64, text: ItemText, event: &Value, stream: &mut ReplyStream, out: &mut Out) {
        let delta = event.get("delta").unwrap_or(&Value::Null);
        let piece = delta.as_str().or_else(|| delta.get("text")?.as_str()).unwrap_or_default();
        // Two forms of the same reasoning are told once.
        let other = match text {
            ItemText::Thought => Some(ItemText::Summary),
            ItemText::Summary => Some(ItemText::Thought),
            _ => None,
        };
        if piece.is_empty() || other.is_some_and(|other| self.said.contains(&(item, other))) {
            return;
        }
        self.parts.insert((item, text, part(event)));
        self.say(item, text, piece, stream, out);
    }

    /// The whole of a text whose pieces came before it, as a rule.
    fn whole_part(&mut self, item: u64, text: ItemText, event: &Value, stream: &mut ReplyStream, out: &mut Out) {
        let mut fields = ["text", "refusal", "arguments", "input", "code"].into_iter();
        let whole = fields.find_map(|field| event.get(field)?.as_str()).unwrap_or_default();
        let reasoning = [ItemText::Thought, ItemText::Summary];
        let told = reasoning.contains(&text) && reasoning.iter().any(|form| self.said.contains(&(item, *form)));
        if !whole.is_empty() && !told && self.parts.insert((item, text, part(event))) {
            self.say(item, text, whole, stream, out);
        }
    }

    fn say(&mut self, item: u64, text: ItemText, said: &str, stream: &mut ReplyStream, out: &mut Out) {
        self.said.insert((item, text));
        stream.text(text.channel(), said, out);
    }

    /// The texts that are told already, of `item` or of any.
    fn told(&self, item: Option<u64>) -> BTreeSet<ItemText> {
        let of = self.said.iter().filter(|(of, _)| item.is_none_or(|item| item == *of));
        of.map(|(_, text)| *text).collect()
    }

    /// An item as it is added, or the `whole` of one, without what is `told` already.
    fn item(
        &mut self,
        (index, item): (u64, &Value),
        whole: bool,
        told: &BTreeSet<ItemText>,
        stream: &mut ReplyStream,
        out: &mut Out,
    ) {
        let text = |field: &str| item.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
        let kind = text("type").unwrap_or("message");
        let mut found = Vec::new();
        if kind.ends_with("_call") {
            found.extend(text("name").map(|name| (ItemText::Name, name)));
            let arguments = text("arguments").or_else(|| text("input")).or_else(|| text("code"));
            found.extend(arguments.filter(|_| whole).map(|arguments| (ItemText::Arguments, arguments)));
        }
        let parts = |field: &str| item.get(field).and_then(Value::as_array).into_iter().flatten();
        for part in parts("content").chain(parts("summary")).filter(|_| whole) {
            let (text, field) = match part.get("type").and_then(Value::as_str).unwrap_or_default() {
                "refusal" => (ItemText::Refusal, "refusal"),
                "reasoning_text" => (ItemText::Thought, "text"),
                "summary_text" => (ItemText::Summary, "text"),
                "output_text" | "text" if kind == "message" => (ItemText::Answer, "text"),
                _ => continue,
            };
            found.extend(part.get(field).and_then(Value::as_str).map(|said| (text, said)));
        }
        let thought = found.iter().any(|(text, _)| *text == ItemText::Thought) || told.contains(&ItemText::Thought);
        for (text, said) in found {
            let again =
                text == ItemText::Thought && told.contains(&ItemText::Summary) || text == ItemText::Summary && thought;
            if !told.contains(&text) && !again {
                self.say(index, text, said, stream, out);
            }
        }
    }

    /// The response as far as it is, which is whole in the `state` that ends it.
    fn response(&mut self, response: &Value, state: &str, stream: &mut ReplyStream, out: &mut Out) {
        let text = |path: &str| response.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        stream.model(text("/model").unwrap_or_default(), out);
        let last = ENDS.contains(&state);
        if last {
            // Whoever leaves the places of its items out can't be held to them.
            let already = self.told(None);
            let items = response.get("output").and_then(Value::as_array).into_iter().flatten();
            for item in (0..).zip(items) {
                self.item(item, true, &already, stream, out);
            }
        }
        match state {
            "completed" => {
                let said = self.told(None);
                let called = said.contains(&ItemText::Name) && !said.contains(&ItemText::Answer);
                stream.finish(if called { "tool_calls" } else { "stop" }, out);
            }
            "incomplete" => stream.finish(text("/incomplete_details/reason").unwrap_or(state), out),
            "cancelled" => stream.finish(state, out),
            "failed" => stream.fail(match response.get("error").filter(|error| error::is_error(error)) {
                Some(error) => error::in_stream(error),
                None => error::told("the response failed, and the server does not say why"),
            }),
            _ => {}
        }
        stream.usage(response.get("usage").and_then(usage), out);
        if last {
            stream.done(out);
        }
    }
}

/// Which part of its item an event is about.
fn part(event: &Value) -> u64 {
    number(event, "content_index").saturating_add(number(event, "summary_index"))
}

fn number(event: &Value, field: &str) -> u64 {
    event.get(field).and_then(Value::as_u64).unwrap_or(0)
}

//! What one piece of a message says, in whichever of its fields: the `delta` of a chunk, the message of Ollama's lines.
//! A field that nobody knows is told by its name; its text is kept, and none is taken twice.

mod name;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

pub(super) use crate::provider::delta::name::DeltaField;
use crate::provider::lenient_json::{LenientText, MessageContent};
use crate::provider::stream::ReplyStream;
use speed_kings_core::race::event::{EventKind, TextChannel};

/// Where an object of reasoning keeps its text.
const TEXTS: [&str; 7] = ["text", "thinking", "thought", "reasoning", "reasoning_content", "summary", "content"];

type Out = Vec<EventKind>;

/// One piece of a message.
#[derive(Debug, Default)]
pub(super) struct MessageDelta<'a> {
    content: MessageContent<'a>,
    refusal: LenientText<'a>,
    /// Reasoning under each of its names.
    thoughts: Vec<MessageContent<'a>>,
    calls: Vec<Value>,
    /// Texts of fields that nobody knows.
    others: Vec<Cow<'a, str>>,
}

impl MessageDelta<'_> {
    /// Tells the stream what it says; gives whether it was anything. `plain` remembers that reasoning came as plain
    /// text, so that parts beside it are the same text again.
    pub(super) fn tell(&self, plain: &mut bool, stream: &mut ReplyStream, out: &mut Out) -> bool {
        let mut said = self.tell_thoughts(plain, stream, out);
        match &self.content {
            MessageContent::Nothing => {}
            MessageContent::Text(text) => {
                stream.content(text, out);
                said |= !text.is_empty();
            }
            MessageContent::Parts(parts) => {
                for part in items(parts) {
                    tell_part(part, stream, out);
                }
                said = true;
            }
        }
        if let Some(refusal) = self.refusal.get() {
            stream.text(TextChannel::Refusal, refusal, out);
            said = true;
        }
        for call in self.calls.iter().flat_map(items) {
            said |= tell_call(call, stream, out);
        }
        // Beside a content a field that nobody knows is a remark; beside an empty one it may be all there is.
        if !said {
            let texts = self.others.iter().map(Cow::as_ref).filter(|text| !text.is_empty());
            said = distinct(texts, |text| stream.content(text, out));
        }
        said
    }

    /// Where one text comes under several names, it is taken once.
    fn tell_thoughts(&self, plain: &mut bool, stream: &mut ReplyStream, out: &mut Out) -> bool {
        let texts = self.thoughts.iter().filter_map(|thought| match thought {
            MessageContent::Text(text) if !text.is_empty() => Some(&**text),
            _ => None,
        });
        if distinct(texts, |text| stream.text(TextChannel::Reasoning, text, out)) {
            *plain = true;
            return true;
        }
        if *plain {
            return false;
        }
        let parts = self.thoughts.iter().find_map(|thought| match thought {
            MessageContent::Parts(parts) => Some(parts),
            _ => None,
        });
        let mut said = false;
        for text in parts.into_iter().flat_map(words) {
            stream.text(TextChannel::Reasoning, text, out);
            said = true;
        }
        said
    }
}

/// Hands over each of `texts` that was not there before; says whether there was any.
fn distinct<'a>(texts: impl Iterator<Item = &'a str>, mut tell: impl FnMut(&'a str)) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            tell(text);
            seen.push(text);
        }
    }
    !seen.is_empty()
}

/// A part of a content that is a list. Thinking is a text, or a list of parts itself.
fn tell_part(part: &Value, stream: &mut ReplyStream, out: &mut Out) {
    let text = |field| part.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = text("type");
    let marked = part.get("thought").and_then(Value::as_bool) == Some(true);
    if marked || name::is_thought(kind) {
        for text in words(part) {
            stream.text(TextChannel::Reasoning, text, out);
        }
    } else if kind == "refusal" {
        stream.text(TextChannel::Refusal, text("refusal"), out);
    } else {
        stream.content(part.as_str().unwrap_or_else(|| text("text")), out);
    }
}

/// The texts of reasoning in parts, however deep.
fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if !text.is_empty() => vec![text],
        Value::Array(items) => items.iter().flat_map(words).collect(),
        Value::Object(_) => {
            let texts = TEXTS.into_iter().map(|field| value.get(field).map(words).unwrap_or_default());
            texts.into_iter().find(|texts| !texts.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The reasoning in an object that holds more than a piece of a message, each text once.
pub(super) fn thoughts(fields: &Map<String, Value>) -> Vec<&str> {
    let named = fields.iter().filter(|(name, _)| DeltaField::of(name) == DeltaField::Thought);
    let mut texts = Vec::new();
    distinct(named.flat_map(|(_, value)| words(value)), |text| texts.push(text));
    texts
}

/// The name and the arguments of a tool call, which are an object in some dialects; older ones have no `function` around them.
fn tell_call(call: &Value, stream: &mut ReplyStream, out: &mut Out) -> bool {
    let function = call.get("function").unwrap_or(call);
    let mut said = false;
    for field in ["name", "arguments"] {
        let text = match function.get(field) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
            Some(other) => Cow::Owned(other.to_string()),
        };
        stream.text(TextChannel::Tool, &text, out);
        said |= !text.is_empty();
    }
    said
}

/// The items of a list; anything else is a list of itself.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

impl<'de: 'a, 'a> Deserialize<'de> for MessageDelta<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read(from)
    }
}

/// What is made of the fields of a piece of a message.
pub(super) trait FromDelta<'de>: Default {
    /// Takes the value of the next field.
    fn take<M: MapAccess<'de>>(&mut self, field: DeltaField, map: &mut M) -> Result<(), M::Error>;
}

/// Reads a piece of a message field by field.
pub(super) fn read<'de, D: Deserializer<'de>, T: FromDelta<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_map(DeltaFields(PhantomData))
}

struct DeltaFields<T>(PhantomData<T>);

impl<'de, T: FromDelta<'de>> Visitor<'de> for DeltaFields<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a piece of a message")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        let mut delta = T::default();
        while let Some(name) = map.next_key::<LenientText<'de>>()? {
            delta.take(DeltaField::of(name.get().unwrap_or_default()), &mut map)?;
        }
        Ok(delta)
    }
}

impl<'de: 'a, 'a> FromDelta<'de> for MessageDelta<'a> {
    fn take<M: MapAccess<'de>>(&mut self, field: DeltaField, map: &mut M) -> Result<(), M::Error> {
        match field {
            DeltaField::Content => self.content = map.next_value()?,
            DeltaField::Refusal => self.refusal = map.next_value()?,
            DeltaField::Calls => self.calls.push(map.next_value()?),
            DeltaField::Thought => match map.next_value()? {
                MessageContent::Nothing => {}
                thought => self.thoughts.push(thought),
            },
            DeltaField::Unknown => match map.next_value()? {
                MessageContent::Text(text) => self.others.push(text),
                // A gateway keeps the fields of its upstream together.
                MessageContent::Parts(Value::Object(fields)) => {
                    let thoughts = fields.into_iter().filter(|(name, _)| DeltaField::of(name) == DeltaField::Thought);
                    self.thoughts.extend(thoughts.map(|(_, value)| match value {
                        Value::String(text) => MessageContent::Text(Cow::Owned(text)),
                        parts => MessageContent::Parts(parts),
                    }));
                }
                MessageContent::Nothing | MessageContent::Parts(_) => {}
            },
            DeltaField::Label => {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

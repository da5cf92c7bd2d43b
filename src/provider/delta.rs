//! What one piece of a message says, in whichever of its fields: the `delta` of a chunk, the message of Ollama's lines.
//! A field that nobody knows is told by its name; its text is kept, and none is taken twice.

mod name;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::provider::delta::name::Field;
use crate::provider::lenient::{Content, Text};
use crate::provider::stream::Stream;
use crate::race::event::{Channel, EventKind};

/// Where an object of reasoning keeps its text.
const TEXTS: [&str; 7] = ["text", "thinking", "thought", "reasoning", "reasoning_content", "summary", "content"];

type Out = Vec<EventKind>;

/// One piece of a message.
#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    content: Content<'a>,
    refusal: Text<'a>,
    /// Reasoning under each of its names.
    thoughts: Vec<Content<'a>>,
    calls: Vec<Value>,
    /// Texts of fields that nobody knows.
    others: Vec<Cow<'a, str>>,
}

impl Delta<'_> {
    /// Tells the stream what it says; gives whether it was anything. `plain` remembers that reasoning came as plain
    /// text, so that parts beside it are the same text again.
    pub(super) fn tell(&self, plain: &mut bool, stream: &mut Stream, out: &mut Out) -> bool {
        let mut said = self.tell_thoughts(plain, stream, out);
        match &self.content {
            Content::Nothing => {}
            Content::Text(text) => {
                stream.content(text, out);
                said |= !text.is_empty();
            }
            Content::Parts(parts) => {
                for part in items(parts) {
                    tell_part(part, stream, out);
                }
                said = true;
            }
        }
        if let Some(refusal) = self.refusal.get() {
            stream.text(Channel::Refusal, refusal, out);
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
    fn tell_thoughts(&self, plain: &mut bool, stream: &mut Stream, out: &mut Out) -> bool {
        let texts = self.thoughts.iter().filter_map(|thought| match thought {
            Content::Text(text) if !text.is_empty() => Some(&**text),
            _ => None,
        });
        if distinct(texts, |text| stream.text(Channel::Reasoning, text, out)) {
            *plain = true;
            return true;
        }
        if *plain {
            return false;
        }
        let parts = self.thoughts.iter().find_map(|thought| match thought {
            Content::Parts(parts) => Some(parts),
            _ => None,
        });
        let mut said = false;
        for text in parts.into_iter().flat_map(words) {
            stream.text(Channel::Reasoning, text, out);
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
fn tell_part(part: &Value, stream: &mut Stream, out: &mut Out) {
    let text = |field| part.get(field).and_then(Value::as_str).unwrap_or_default();
    let kind = text("type");
    let marked = part.get("thought").and_then(Value::as_bool) == Some(true);
    if marked || name::is_thought(kind) {
        for text in words(part) {
            stream.text(Channel::Reasoning, text, out);
        }
    } else if kind == "refusal" {
        stream.text(Channel::Refusal, text("refusal"), out);
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
    let named = fields.iter().filter(|(name, _)| Field::of(name) == Field::Thought);
    let mut texts = Vec::new();
    distinct(named.flat_map(|(_, value)| words(value)), |text| texts.push(text));
    texts
}

/// The name and the arguments of a tool call, which are an object in some dialects; older ones have no `function` around them.
fn tell_call(call: &Value, stream: &mut Stream, out: &mut Out) -> bool {
    let function = call.get("function").unwrap_or(call);
    let mut said = false;
    for field in ["name", "arguments"] {
        let text = match function.get(field) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => Cow::Borrowed(text.as_str()),
            Some(other) => Cow::Owned(other.to_string()),
        };
        stream.text(Channel::Tool, &text, out);
        said |= !text.is_empty();
    }
    said
}

/// The items of a list; anything else is a list of itself.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice)
}

impl<'de: 'a, 'a> Deserialize<'de> for Delta<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields(PhantomData))
    }
}

struct Fields<'a>(PhantomData<Delta<'a>>);

impl<'de: 'a, 'a> Visitor<'de> for Fields<'a> {
    type Value = Delta<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a piece of a message")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Delta<'a>, M::Error> {
        let mut delta = Delta::default();
        while let Some(name) = map.next_key::<Text<'de>>()? {
            match Field::of(name.get().unwrap_or_default()) {
                Field::Content => delta.content = map.next_value()?,
                Field::Refusal => delta.refusal = map.next_value()?,
                Field::Calls => delta.calls.push(map.next_value()?),
                Field::Thought => match map.next_value()? {
                    Content::Nothing => {}
                    thought => delta.thoughts.push(thought),
                },
                Field::Unknown => match map.next_value()? {
                    Content::Text(text) => delta.others.push(text),
                    // A gateway keeps the fields of its upstream together.
                    Content::Parts(Value::Object(fields)) => {
                        let thoughts = fields.into_iter().filter(|(name, _)| Field::of(name) == Field::Thought);
                        delta.thoughts.extend(thoughts.map(|(_, value)| match value {
                            Value::String(text) => Content::Text(Cow::Owned(text)),
                            parts => Content::Parts(parts),
                        }));
                    }
                    Content::Nothing | Content::Parts(_) => {}
                },
                Field::Label => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(delta)
    }
}

//! The usual chunk of a stream, read without anything that only other chunks need: one choice with a piece of text, and
//! nothing else that means something. Whatever says more is no usual chunk, and is read the lenient way.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::provider::delta::{self, DeltaField, FromDelta};
use crate::provider::lenient_json::{AcceptJson, Accepted};

/// A chunk that holds a piece of text. What nobody knows beside it means nothing.
#[derive(Debug, serde::Deserialize)]
pub(super) struct UsualChunk<'a> {
    #[serde(borrow, default)]
    pub(super) model: PlainText<'a>,
    #[serde(borrow, default)]
    pub(super) provider: PlainText<'a>,
    #[serde(borrow, default)]
    pub(super) system_fingerprint: PlainText<'a>,
    #[serde(borrow)]
    choices: [UsualChoice<'a>; 1],
    #[serde(default, rename = "usage")]
    _usage: (),
    #[serde(default, rename = "x_groq")]
    _x_groq: (),
    #[serde(default, rename = "time_info")]
    _time_info: (),
    #[serde(default, rename = "timings")]
    _timings: (),
    #[serde(default, rename = "perf_metrics")]
    _perf_metrics: (),
    #[serde(default, rename = "stats")]
    _stats: (),
    #[serde(default, rename = "error")]
    _error: (),
    #[serde(default, rename = "base_resp")]
    _base_resp: (),
    #[serde(default, rename = "input_sensitive")]
    _input_sensitive: (),
    #[serde(default, rename = "output_sensitive")]
    _output_sensitive: (),
}

#[derive(Debug, serde::Deserialize)]
struct UsualChoice<'a> {
    #[serde(default)]
    index: UsualIndex,
    #[serde(borrow, default)]
    delta: Option<UsualDelta<'a>>,
    #[serde(borrow, default)]
    text: PlainText<'a>,
    #[serde(default, rename = "message")]
    _message: (),
    #[serde(default, rename = "finish_reason")]
    _finish_reason: (),
    #[serde(default, rename = "native_finish_reason")]
    _native_finish_reason: (),
    #[serde(default, rename = "content_filter_results")]
    _content_filter_results: (),
    #[serde(default, rename = "content_filter_result")]
    _content_filter_result: (),
    #[serde(default, rename = "usage")]
    _usage: (),
    #[serde(default, rename = "error")]
    _error: (),
}

/// What a usual chunk says.
pub(super) enum UsualPiece<'c> {
    /// A piece of the answer.
    Answer(&'c str),
    /// A piece of reasoning, in a field of its own.
    Reasoning(&'c str),
}

impl UsualChunk<'_> {
    /// Reads `data`; nothing where it is no usual chunk.
    pub(super) fn read(data: &str) -> Option<UsualChunk<'_>> {
        serde_json::from_str(data).ok()
    }

    /// What it says; nothing where that is not one piece of text.
    pub(super) fn piece(&self) -> Option<UsualPiece<'_>> {
        let [UsualChoice { index: UsualIndex(0), delta, text, .. }] = &self.choices else { return None };
        let (answer, reasoning) = match delta {
            Some(UsualDelta { content, thought }) => (content.get(), thought.get()),
            None => (text.get(), None),
        };
        match (answer, reasoning) {
            (Some(text), None) => Some(UsualPiece::Answer(text)),
            (None, Some(text)) => Some(UsualPiece::Reasoning(text)),
            _ => None,
        }
    }
}

/// The place of a choice: the first one where it isn't said.
#[derive(Debug, Default, serde::Deserialize)]
struct UsualIndex(u64);

/// A text, or null. Nothing else will do.
#[derive(Debug, Default)]
pub(super) struct PlainText<'a>(Cow<'a, str>);

impl PlainText<'_> {
    /// The text, unless it is empty.
    pub(super) fn get(&self) -> Option<&str> {
        (!self.0.is_empty()).then_some(&*self.0)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for PlainText<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextOrNull)
    }
}

struct TextOrNull;

impl<'de> Visitor<'de> for TextOrNull {
    type Value = PlainText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or null")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<PlainText<'de>, E> {
        Ok(PlainText(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PlainText<'de>, E> {
        Ok(PlainText(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<PlainText<'de>, E> {
        Ok(PlainText::default())
    }
}

/// A piece of a message with at most an answer and one piece of reasoning.
#[derive(Debug, Default)]
struct UsualDelta<'a> {
    content: PlainText<'a>,
    thought: PlainText<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for UsualDelta<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        delta::read(from)
    }
}

impl<'de: 'a, 'a> FromDelta<'de> for UsualDelta<'a> {
    fn take<M: MapAccess<'de>>(&mut self, field: DeltaField, map: &mut M) -> Result<(), M::Error> {
        match field {
            DeltaField::Content if self.content.get().is_none() => self.content = map.next_value()?,
            DeltaField::Thought if self.thought.get().is_none() => self.thought = map.next_value()?,
            // Where there are two of a kind, it takes more to say which counts.
            DeltaField::Content => return Err(M::Error::custom("two contents")),
            DeltaField::Thought | DeltaField::Refusal => map.next_value::<()>()?,
            DeltaField::Calls => map.next_value::<Accepted<NoCalls>>().map(|_| ())?,
            DeltaField::Unknown => map.next_value::<Accepted<Remark>>().map(|_| ())?,
            DeltaField::Label => map.next_value::<IgnoredAny>().map(|_| ())?,
        }
        Ok(())
    }
}

/// Calls of tools where there are none: anything but an object or a list with something in it.
#[derive(Default)]
struct NoCalls;

impl<'de> AcceptJson<'de> for NoCalls {
    fn list<A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(Self),
            Some(_) => Err(A::Error::custom("a call")),
        }
    }

    fn object<A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("a call"))
    }
}

/// What stands beside a text under a name that nobody knows: anything but an object, which may hold reasoning.
#[derive(Default)]
struct Remark;

impl<'de> AcceptJson<'de> for Remark {
    fn object<A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(A::Error::custom("an object"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::provider::Dialect;
    use crate::provider::openai::OpenAiReader;
    use speed_kings_core::race::event::EventKind;

    /// What a reader makes of `stream`, with the quick way and without it.
    fn both(stream: &str) -> [Vec<EventKind>; 2] {
        [true, false].map(|quick| {
            let mut reader = OpenAiReader::new(Dialect::OpenAi, true);
            reader.events.quick = quick;
            let mut out = Vec::new();
            reader.feed(stream.as_bytes(), &mut out);
            reader.finish(&mut out);
            out
        })
    }

    fn quick(chunk: &str) -> bool {
        super::UsualChunk::read(chunk).is_some_and(|chunk| chunk.piece().is_some())
    }

    #[test]
    fn what_servers_send_with_each_piece_is_read_quickly() {
        for chunk in [
            r#"{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":null,"finish_reason":null}],"usage":null}"#,
            r#"{"choices":[{"delta":{"role":"assistant","content":"a","tool_calls":[],"refusal":null}}],"nobody":{"knows":[1]}}"#,
            r#"{"choices":[{"delta":{"content":"a","nobody_knows":"this"},"nor":"that"}]}"#,
            r#"{"choices":[{"delta":{"content":null,"reasoning_content":"a"}}],"provider":"x","system_fingerprint":"y"}"#,
            r#"{"choices":[{"text":"a","index":0}],"object":"text_completion"}"#,
        ] {
            assert!(quick(chunk), "{chunk}");
        }
        for chunk in [
            r#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
            r#"{"choices":[{"delta":{"content":"a","extra":{"reasoning":"b"}}}]}"#,
            r#"{"choices":[{"delta":{"content":"a","reasoning":"b"}}]}"#,
            r#"{"choices":[{"delta":{"content":"a"}}],"usage":{"completion_tokens":1}}"#,
            r#"{"choices":[{"delta":{"content":""}}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"a"}}]}"#,
            r#"{"choices":[{"delta":{"content":"a"}},{"delta":{"content":"b"}}]}"#,
        ] {
            assert!(!quick(chunk), "{chunk}");
        }
    }

    /// A field of any of the places, with any of the values.
    fn field() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec![
            "content",
            "reasoning",
            "reasoning_content",
            "thinking",
            "refusal",
            "tool_calls",
            "function_call",
            "role",
            "id",
            "text",
            "index",
            "delta",
            "message",
            "finish_reason",
            "native_finish_reason",
            "usage",
            "error",
            "model",
            "provider",
            "system_fingerprint",
            "x_groq",
            "timings",
            "stats",
            "code",
            "detail",
            "base_resp",
            "output_sensitive",
            "extra",
            "nobody_knows",
            "content_filter_results",
        ]);
        let value = prop::sample::select(vec![
            "null",
            "\"\"",
            "\"a\"",
            "\" <think>\"",
            "\"</think>b\"",
            "\"stop\"",
            "\"\\ud83c\"",
            "\"\\udfc1\"",
            "0",
            "1",
            "1.5",
            "true",
            "false",
            "[]",
            "[null]",
            "[{\"text\":\"c\"}]",
            "{}",
            "{\"content\":\"d\"}",
            "{\"reasoning\":\"e\"}",
            "{\"completion_tokens\":3}",
            "{\"message\":\"f\"}",
        ]);
        (name, value).prop_map(|(name, value)| format!("\"{name}\":{value}"))
    }

    fn chunk() -> impl Strategy<Value = String> {
        let fields = || prop::collection::vec(field(), 0..3);
        let content = prop::sample::select(vec![
            "\"content\":\"a\"",
            "\"content\":\" b\"",
            "\"reasoning\":\"c\"",
            "\"role\":\"assistant\"",
        ]);
        (content, fields(), fields(), fields(), any::<bool>()).prop_map(|(content, delta, choice, top, list)| {
            let delta = [vec![content.to_owned()], delta].concat().join(",");
            let choice = [vec![format!("\"delta\":{{{delta}}}")], choice].concat().join(",");
            let second = if list { ",{\"index\":1,\"delta\":{\"content\":\"no\"}}" } else { "" };
            [vec![format!("\"choices\":[{{{choice}}}{second}]")], top].concat().join(",")
        })
    }

    proptest! {
        #[test]
        fn the_quick_way_and_the_lenient_one_say_the_same(chunks in prop::collection::vec(chunk(), 1..6)) {
            let events: Vec<String> = chunks.iter().map(|chunk| format!("data: {{{chunk}}}\n\n")).collect();
            let [quick, lenient] = both(&(events.concat() + "data: [DONE]\n\n"));
            prop_assert_eq!(quick, lenient);
        }
    }
}

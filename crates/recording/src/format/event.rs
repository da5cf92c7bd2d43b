//! An event as a line of the recording: `[µs, lane or null, code]`, or the same with a payload.
//! Codes are the file format; the domain types know nothing of them.

use std::borrow::Cow;

use serde::de::value::{EnumAccessDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, EnumAccess, Error as _, IntoDeserializer as _, VariantAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Error, Value};

use super::engine::{EngineFields, ResourceFields};
use super::facts::{ConnectionFields, FailureFields, HeadFields, ProcessFields, StandstillFields, UpstreamFields};
use super::lenient::{micros, micros_list, object, text};
use super::reported::{TimingFields, UsageFields};
use speed_kings_core::race::event::{Event, EventKind, FinishReason, TextChannel};
use speed_kings_core::time::Period;

/// One event as a recording has it: µs from the green light, lane or null, code, and what the code carries.
#[derive(Clone, PartialEq, Debug)]
pub struct EventLine<'a> {
    at_us: i64,
    lane: Option<u8>,
    event: CodedEvent<'a>,
}

/// What happened, by its code, with the payload that belongs to it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub(super) enum CodedEvent<'a> {
    /// The lights are on; lane null.
    Countdown,
    /// The green light, at 0; lane null.
    Green,
    /// Somebody ended the race before its lanes did; with a lane, that lane alone.
    Stopped,
    /// The program itself stood still for so long, until now.
    Standstill(#[serde(deserialize_with = "object")] StandstillFields),
    /// A connection is up.
    Connected(#[serde(deserialize_with = "object")] ConnectionFields),
    /// The request was handed to the connection.
    Sent,
    /// All of the request had been written to the socket.
    Written,
    /// The response's head arrived.
    Headers(#[serde(deserialize_with = "object")] HeadFields),
    /// The body's first byte arrived.
    Byte,
    /// A sign of life without text.
    Alive,
    /// A piece of the answer, as it was sent.
    #[serde(rename = "t")]
    Answer(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// A piece of reasoning, as it was sent.
    #[serde(rename = "r")]
    Reasoning(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// A piece of a tool call's arguments.
    Tool(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// A piece of a refusal, as it was sent.
    Refusal(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// All answer text so far was reasoning.
    WasReasoning,
    /// The model that the server says it runs.
    Model(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// Who answered behind the address; later fields replace earlier ones.
    Upstream(#[serde(deserialize_with = "object")] UpstreamFields),
    /// The server's token counts as one message told them.
    Usage(#[serde(deserialize_with = "object")] UsageFields),
    /// The server's own timings; later fields replace earlier ones.
    Server(#[serde(deserialize_with = "object")] TimingFields),
    /// Why the model stopped: `stop`, `length`, `tool_calls`, `content_filter`, or the provider's own word.
    Finish(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// What a command used, and how it ended.
    Process(#[serde(deserialize_with = "object")] ProcessFields),
    /// How an engine that was started for the race came up.
    Engine(#[serde(deserialize_with = "object")] Box<EngineFields>),
    /// What the processes behind a lane use, or, without a lane, the whole machine.
    Resources(#[serde(deserialize_with = "object")] Box<ResourceFields>),
    /// The stream's end marker came.
    Done,
    /// The body ended and nothing is missing: the lane has finished.
    Closed,
    /// The lane is out; its text stays.
    Failed(#[serde(deserialize_with = "object")] FailureFields),
    /// A damaged piece of the stream was passed over.
    Malformed(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// The server asked for a wait of so many µs; the request leaves anew afterwards.
    Waiting(#[serde(deserialize_with = "micros")] u64),
    /// Something that the viewer was told.
    Notice(#[serde(deserialize_with = "text")] Cow<'a, str>),
    /// How long after their arrival the lane's latest reads were taken in, µs each, in order.
    Lateness(#[serde(deserialize_with = "micros_list")] Vec<u64>),
    /// Our own queue was full for so many µs: the lane's later times may be that late.
    Late(#[serde(deserialize_with = "micros")] u64),
    /// An event of a newer version, which this one passes over.
    #[serde(other, skip_serializing)]
    Newer,
}

impl CodedEvent<'_> {
    /// Reads the payload of an event with `code`.
    ///
    /// # Errors
    /// What is wrong with the payload, for a person.
    pub(super) fn read(code: &str, payload: &Value) -> Result<Self, String> {
        let coded = EnumAccessDeserializer::new(CodeAndPayload { code, payload });
        Self::deserialize(coded).map_err(|error| format!("'{code}' {error}"))
    }

    /// Its code, and its payload; null where it has none.
    pub(super) fn parts(&self) -> (String, Value) {
        match serde_json::to_value(self) {
            Ok(Value::String(code)) => (code, Value::Null),
            Ok(Value::Object(fields)) => fields.into_iter().next().unwrap_or_default(),
            _ => (String::new(), Value::Null),
        }
    }

    /// What it says; nothing where that is for a newer version to know.
    pub(super) fn kind(self) -> Option<EventKind> {
        let say = |channel, text: Cow<'_, str>| EventKind::Text { channel, text: text.into() };
        Some(match self {
            Self::Countdown => EventKind::Countdown,
            Self::Green => EventKind::Green,
            Self::Stopped => EventKind::Stopped,
            Self::Standstill(fields) => EventKind::Standstill(fields.into()),
            Self::Connected(fields) => EventKind::Connected(Box::new(fields.into())),
            Self::Sent => EventKind::Sent,
            Self::Written => EventKind::Written,
            Self::Headers(fields) => EventKind::Headers(Box::new(fields.into())),
            Self::Byte => EventKind::FirstByte,
            Self::Alive => EventKind::KeepAlive,
            Self::Answer(text) => say(TextChannel::Answer, text),
            Self::Reasoning(text) => say(TextChannel::Reasoning, text),
            Self::Tool(text) => say(TextChannel::Tool, text),
            Self::Refusal(text) => say(TextChannel::Refusal, text),
            Self::WasReasoning => EventKind::WasReasoning,
            Self::Model(model) => EventKind::Model(model.into()),
            Self::Upstream(fields) => EventKind::Upstream(Box::new(fields.into())),
            Self::Usage(fields) => EventKind::Usage(Box::new(fields.into())),
            Self::Server(fields) => EventKind::Server(Box::new(fields.into())),
            Self::Finish(reason) => EventKind::Finish(FinishReason::parse(&reason)),
            Self::Process(fields) => EventKind::Process(Box::new(fields.into())),
            Self::Engine(fields) => EventKind::EngineReady(Box::new((*fields).into())),
            Self::Resources(fields) => EventKind::Resources(Box::new((*fields).into())),
            Self::Done => EventKind::Done,
            Self::Closed => EventKind::Closed,
            Self::Failed(fields) => EventKind::Failed(Box::new(fields.into())),
            Self::Malformed(what) => EventKind::Malformed(what.into()),
            Self::Waiting(us) => EventKind::Waiting(Period::from_micros(us)),
            Self::Notice(text) => EventKind::Notice(text.into()),
            Self::Lateness(reads) => EventKind::Lateness(reads.into_iter().map(Period::from_micros).collect()),
            Self::Late(us) => EventKind::Tainted(Period::from_micros(us)),
            Self::Newer => return None,
        })
    }
}

impl<'a> From<&'a EventKind> for CodedEvent<'a> {
    fn from(kind: &'a EventKind) -> Self {
        match kind {
            EventKind::Countdown => Self::Countdown,
            EventKind::Green => Self::Green,
            EventKind::Stopped => Self::Stopped,
            EventKind::Standstill(standstill) => Self::Standstill((*standstill).into()),
            EventKind::Connected(facts) => Self::Connected(facts.as_ref().into()),
            EventKind::Sent => Self::Sent,
            EventKind::Written => Self::Written,
            EventKind::Headers(head) => Self::Headers(head.as_ref().into()),
            EventKind::FirstByte => Self::Byte,
            EventKind::KeepAlive => Self::Alive,
            EventKind::Text { channel: TextChannel::Answer, text } => Self::Answer(text.as_str().into()),
            EventKind::Text { channel: TextChannel::Reasoning, text } => Self::Reasoning(text.as_str().into()),
            EventKind::Text { channel: TextChannel::Tool, text } => Self::Tool(text.as_str().into()),
            EventKind::Text { channel: TextChannel::Refusal, text } => Self::Refusal(text.as_str().into()),
            EventKind::WasReasoning => Self::WasReasoning,
            EventKind::Model(model) => Self::Model(model.as_ref().into()),
            EventKind::Upstream(facts) => Self::Upstream(facts.as_ref().into()),
            EventKind::Usage(usage) => Self::Usage(usage.as_ref().into()),
            EventKind::Server(timing) => Self::Server(timing.as_ref().into()),
            EventKind::Finish(reason) => Self::Finish(reason.as_str().into()),
            EventKind::Process(facts) => Self::Process((**facts).into()),
            EventKind::EngineReady(start) => Self::Engine(Box::new(start.as_ref().into())),
            EventKind::Resources(sample) => Self::Resources(Box::new(sample.as_ref().into())),
            EventKind::Done => Self::Done,
            EventKind::Closed => Self::Closed,
            EventKind::Failed(failure) => Self::Failed(failure.as_ref().into()),
            EventKind::Malformed(what) => Self::Malformed(what.as_ref().into()),
            EventKind::Waiting(wait) => Self::Waiting(wait.as_micros()),
            EventKind::Notice(text) => Self::Notice(text.as_ref().into()),
            EventKind::Lateness(reads) => Self::Lateness(reads.iter().map(|late| late.as_micros()).collect()),
            EventKind::Tainted(wait) => Self::Late(wait.as_micros()),
        }
    }
}

impl<'a> EventLine<'a> {
    /// The line of `event`, which says `at_us` as its time.
    pub(super) fn new(at_us: i64, event: &'a Event) -> Self {
        Self { at_us, lane: event.lane.map(|lane| lane.0), event: (&event.kind).into() }
    }
}

impl<'a> From<&'a Event> for EventLine<'a> {
    fn from(event: &'a Event) -> Self {
        Self::new(event.at.as_micros(), event)
    }
}

impl Serialize for EventLine<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.event.parts() {
            (code, Value::Null) => (self.at_us, self.lane, code).serialize(to),
            (code, payload) => (self.at_us, self.lane, code, payload).serialize(to),
        }
    }
}

/// The code of a piece of text.
pub(super) const fn text_code(channel: TextChannel) -> &'static str {
    match channel {
        TextChannel::Answer => "t",
        TextChannel::Reasoning => "r",
        TextChannel::Tool => "tool",
        TextChannel::Refusal => "refusal",
    }
}

/// What a piece of text with this code is; nothing where it is none's.
pub(super) fn text_channel(code: &str) -> Option<TextChannel> {
    let all = [TextChannel::Answer, TextChannel::Reasoning, TextChannel::Tool, TextChannel::Refusal];
    all.into_iter().find(|channel| text_code(*channel) == code)
}

/// A code with its payload, read as the enum that they stand for.
struct CodeAndPayload<'de> {
    code: &'de str,
    payload: &'de Value,
}

impl<'de> EnumAccess<'de> for CodeAndPayload<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        let code: StrDeserializer<'de, Error> = self.code.into_deserializer();
        Ok((seed.deserialize(code)?, self))
    }
}

impl<'de> VariantAccess<'de> for CodeAndPayload<'de> {
    type Error = Error;

    /// A code without a payload; what a newer version gave it is passed over.
    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.payload)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("has one payload"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Error> {
        Err(Error::custom("has one payload"))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for EventLine<'_> {
    fn schema_name() -> Cow<'static, str> {
        "EventLine".into()
    }

    /// One array for each code: that of [`CodedEvent`] with the time and the lane before it.
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let coded = CodedEvent::json_schema(generator).to_value();
        let lines: Vec<Value> =
            coded.get("oneOf").and_then(Value::as_array).into_iter().flatten().map(line_schema).collect();
        schemars::json_schema!({
            "description": "One event: µs from the green light, lane or null, code, and what the code carries.",
            "oneOf": lines
        })
    }
}

/// The schema of the line of an event whose code and payload `coded` describes.
#[cfg(feature = "schema")]
fn line_schema(coded: &Value) -> Value {
    use serde_json::json;
    let payload = coded.get("properties").and_then(|fields| fields.as_object()?.iter().next());
    let code = payload.map_or_else(|| json!(coded.get("const")), |(code, _)| json!(code));
    let mut items = vec![
        json!({"type": "integer"}),
        json!({"type": ["integer", "null"], "minimum": 0, "maximum": u8::MAX}),
        json!({"const": code}),
    ];
    items.extend(payload.map(|(_, payload)| payload.clone()));
    json!({
        "description": coded.get("description"),
        "type": "array",
        "minItems": items.len(),
        "maxItems": items.len(),
        "prefixItems": items
    })
}

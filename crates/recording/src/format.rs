//! The recording's lines: domain types to JSON and back.
//! Codes and field names are the file format; the domain types know nothing of them.

pub(crate) mod cut;
#[cfg(test)]
mod described;
mod engine;
mod header;
mod unknown;

pub use cut::{cut_trouble, write_cut};
pub use header::{environment_json, read_header, write_header};

use serde_json::{Map, Value, json};

use speed_kings_core::race::event::{
    ConnectionFacts, Event, EventKind, FailureKind, FinishReason, LaneFailure, LaneId, ProcessFacts, ResponseHead,
    ServerTiming, Standstill, TextChannel, TokenUsage, UpstreamFacts,
};
use speed_kings_core::text::inert;
use speed_kings_core::time::{Offset, Period, Rate, ReportedPeriod};

/// One event as a line of JSON, without the line break: `[µs, lane or null, code, payload]`.
#[must_use]
pub fn write_event(event: &Event) -> String {
    let (code, payload) = encode(&event.kind);
    let lane = event.lane.map(|lane| lane.0);
    let written = match payload {
        Value::Null => json!([event.at.as_micros(), lane, code]),
        payload => json!([event.at.as_micros(), lane, code, payload]),
    };
    line_of(&written)
}

/// A value as a line that may be shown as it is.
pub(super) fn line_of(value: &Value) -> String {
    inert(&value.to_string()).into_owned()
}

/// Reads an event back. `Ok(None)` is a code of a newer version, to be passed over.
///
/// # Errors
/// What is wrong with the line, for a person.
pub fn read_event(value: &Value) -> Result<Option<Event>, String> {
    let Value::Array(items) = value else { return Err("not an event: an event is a JSON array".into()) };
    let mut fields = items.iter();
    let at = fields.next().and_then(Value::as_i64).ok_or("no time: an event begins with whole microseconds")?;
    let lane = match fields.next() {
        Some(Value::Null) => None,
        Some(number) => {
            let number = number.as_u64().and_then(|number| u8::try_from(number).ok());
            Some(LaneId(number.ok_or("the lane number is out of range")?))
        }
        None => return Err("no lane".into()),
    };
    let code = fields.next().and_then(Value::as_str).ok_or("no event code")?;
    let payload = fields.next().unwrap_or(&Value::Null);
    Ok(decode(code, payload)?.map(|kind| Event { at: Offset::from_micros(at), lane, kind }))
}

/// Whether all that `value` says is in `event`, which was read from it: otherwise a newer version has said more.
#[must_use]
pub fn is_whole(event: &Event, value: &Value) -> bool {
    let (payload, more) = (value.get(3), value.get(4));
    more.is_none() && payload.is_none_or(|payload| unknown::beyond(payload, &encode(&event.kind).1).is_none())
}

/// The code and the payload of an event; the payload is null where there is none.
#[must_use]
pub fn event_parts(kind: &EventKind) -> (&'static str, Value) {
    encode(kind)
}

fn encode(kind: &EventKind) -> (&'static str, Value) {
    match kind {
        EventKind::Countdown => ("countdown", Value::Null),
        EventKind::Green => ("green", Value::Null),
        EventKind::Stopped => ("stopped", Value::Null),
        EventKind::Standstill(standstill) => ("standstill", encode_standstill(*standstill)),
        EventKind::Connected(transport) => ("connected", encode_transport(transport)),
        EventKind::Sent => ("sent", Value::Null),
        EventKind::Headers(head) => ("headers", encode_head(head)),
        EventKind::FirstByte => ("byte", Value::Null),
        EventKind::KeepAlive => ("alive", Value::Null),
        EventKind::Text { channel, text } => (channel_code(*channel), json!(text)),
        EventKind::WasReasoning => ("was_reasoning", Value::Null),
        EventKind::Model(model) => ("model", json!(model)),
        EventKind::Upstream(upstream) => ("upstream", encode_upstream(upstream)),
        EventKind::Usage(usage) => ("usage", usage_json(usage)),
        EventKind::Server(timing) => ("server", encode_server(timing)),
        EventKind::Finish(reason) => ("finish", json!(reason.as_str())),
        EventKind::Process(facts) => ("process", encode_process(*facts)),
        EventKind::Resources(look) => ("resources", engine::encode_look(look)),
        EventKind::EngineReady(start) => ("engine", engine::encode_start(start)),
        EventKind::Done => ("done", Value::Null),
        EventKind::Closed => ("closed", Value::Null),
        EventKind::Failed(failure) => ("failed", encode_failure(failure)),
        EventKind::Malformed(what) => ("malformed", json!(what)),
        EventKind::Waiting(wait) => ("waiting", json!(wait.as_micros())),
        EventKind::Notice(text) => ("notice", json!(text)),
        EventKind::Tainted(wait) => ("late", json!(wait.as_micros())),
    }
}

fn decode(code: &str, payload: &Value) -> Result<Option<EventKind>, String> {
    let text = || payload.as_str().map(Box::<str>::from).ok_or_else(|| format!("'{code}' expects a text"));
    let micros = || payload.as_u64().map(Period::from_micros).ok_or_else(|| format!("'{code}' wants microseconds"));
    let object = || payload.as_object().ok_or_else(|| format!("'{code}' wants an object"));
    Ok(Some(match code {
        "countdown" => EventKind::Countdown,
        "green" => EventKind::Green,
        "stopped" => EventKind::Stopped,
        "standstill" => EventKind::Standstill(decode_standstill(object()?)),
        "connected" => EventKind::Connected(decode_transport(object()?)),
        "sent" => EventKind::Sent,
        "headers" => EventKind::Headers(decode_head(object()?)),
        "byte" => EventKind::FirstByte,
        "alive" => EventKind::KeepAlive,
        "was_reasoning" => EventKind::WasReasoning,
        "model" => EventKind::Model(text()?),
        "upstream" => EventKind::Upstream(decode_upstream(object()?)),
        "usage" => EventKind::Usage(decode_usage(object()?)),
        "server" => EventKind::Server(decode_server(object()?)),
        "finish" => EventKind::Finish(FinishReason::parse(&text()?)),
        "process" => EventKind::Process(decode_process(object()?)),
        "resources" => EventKind::Resources(Box::new(engine::decode_look(object()?))),
        "engine" => EventKind::EngineReady(Box::new(engine::decode_start(object()?))),
        "done" => EventKind::Done,
        "closed" => EventKind::Closed,
        "failed" => EventKind::Failed(decode_failure(object()?)),
        "malformed" => EventKind::Malformed(text()?),
        "waiting" => EventKind::Waiting(micros()?),
        "notice" => EventKind::Notice(text()?),
        "late" => EventKind::Tainted(micros()?),
        code => match channel_of(code) {
            Some(channel) => EventKind::Text { channel, text: text()? },
            None => return Ok(None),
        },
    }))
}

const CHANNELS: [(TextChannel, &str); 4] = [
    (TextChannel::Answer, "t"),
    (TextChannel::Reasoning, "r"),
    (TextChannel::Tool, "tool"),
    (TextChannel::Refusal, "refusal"),
];

fn channel_code(channel: TextChannel) -> &'static str {
    CHANNELS.into_iter().find(|(of, _)| *of == channel).map_or("t", |(_, code)| code)
}

fn channel_of(code: &str) -> Option<TextChannel> {
    CHANNELS.into_iter().find(|(_, of)| *of == code).map(|(channel, _)| channel)
}

/// An object of the fields that are there: absent is left out, never zero.
fn object(fields: impl IntoIterator<Item = (&'static str, Option<Value>)>) -> Value {
    Value::Object(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn encode_standstill(standstill: Standstill) -> Value {
    object([
        ("us", Some(json!(standstill.length.as_micros()))),
        ("suspended_us", standstill.suspended.map(|suspended| json!(suspended.as_micros()))),
    ])
}

fn decode_standstill(fields: &Map<String, Value>) -> Standstill {
    let micros = |name: &str| fields.get(name).and_then(Value::as_u64).map(Period::from_micros);
    Standstill { length: micros("us").unwrap_or_default(), suspended: micros("suspended_us") }
}

fn encode_transport(transport: &ConnectionFacts) -> Value {
    let micros = |period: Option<Period>| period.map(|period| json!(period.as_micros()));
    object([
        ("dns_us", micros(transport.dns)),
        ("tcp_us", micros(transport.tcp)),
        ("tls_us", micros(transport.tls)),
        ("total_us", micros(transport.total)),
    ])
}

fn decode_transport(fields: &Map<String, Value>) -> ConnectionFacts {
    let micros = |name: &str| fields.get(name).and_then(Value::as_u64).map(Period::from_micros);
    ConnectionFacts { dns: micros("dns_us"), tcp: micros("tcp_us"), tls: micros("tls_us"), total: micros("total_us") }
}

fn encode_head(head: &ResponseHead) -> Value {
    object([
        ("status", Some(json!(head.status))),
        ("version", Some(json!(head.version))),
        ("region", head.region.as_ref().map(|region| json!(region))),
        ("simulated", head.simulated.then_some(json!(true))),
        ("written_us", head.written.map(|written| json!(written.as_micros()))),
        ("limits", (!head.limits.is_empty()).then(|| json!(head.limits))),
    ])
}

fn decode_head(fields: &Map<String, Value>) -> ResponseHead {
    ResponseHead {
        status: fields.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()).unwrap_or(0),
        version: text_field(fields, "version").unwrap_or_default(),
        region: text_field(fields, "region"),
        simulated: fields.get("simulated").and_then(Value::as_bool).unwrap_or(false),
        written: fields.get("written_us").and_then(Value::as_u64).map(Period::from_micros),
        limits: pairs(fields, "limits"),
    }
}

/// A list of pairs of texts, without what is none.
fn pairs(fields: &Map<String, Value>, name: &str) -> Box<[(Box<str>, Box<str>)]> {
    let pair = |pair: &Value| Some((pair.get(0)?.as_str()?.into(), pair.get(1)?.as_str()?.into()));
    fields.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(pair).collect()
}

fn encode_upstream(upstream: &UpstreamFacts) -> Value {
    object([
        ("provider", upstream.provider.as_ref().map(|provider| json!(provider))),
        ("fingerprint", upstream.fingerprint.as_ref().map(|fingerprint| json!(fingerprint))),
        ("headers", (!upstream.headers.is_empty()).then(|| json!(upstream.headers))),
    ])
}

fn decode_upstream(fields: &Map<String, Value>) -> UpstreamFacts {
    UpstreamFacts {
        provider: text_field(fields, "provider"),
        fingerprint: text_field(fields, "fingerprint"),
        headers: pairs(fields, "headers"),
    }
}

fn text_field(fields: &Map<String, Value>, name: &str) -> Option<Box<str>> {
    fields.get(name).and_then(Value::as_str).map(Into::into)
}

/// Token counts as JSON: what is absent is left out.
#[must_use]
pub fn usage_json(usage: &TokenUsage) -> Value {
    object([
        ("input", usage.input.map(|n| json!(n))),
        ("cached", usage.cached.map(|n| json!(n))),
        ("output", usage.output.map(|n| json!(n))),
        ("reasoning", usage.reasoning.map(|n| json!(n))),
        ("total", usage.total.map(|n| json!(n))),
        ("apart", usage.apart.then_some(json!(true))),
        ("cost_usd", usage.cost_usd.map(|cost| json!(cost))),
    ])
}

fn decode_usage(fields: &Map<String, Value>) -> TokenUsage {
    let count = |name: &str| fields.get(name).and_then(Value::as_u64);
    TokenUsage {
        input: count("input"),
        cached: count("cached"),
        output: count("output"),
        reasoning: count("reasoning"),
        total: count("total"),
        apart: fields.get("apart").and_then(Value::as_bool).unwrap_or(false),
        cost_usd: fields.get("cost_usd").and_then(Value::as_f64),
    }
}

fn encode_server(timing: &ServerTiming) -> Value {
    let secs = |reported: Option<ReportedPeriod>| reported.map(|reported| json!(reported.as_secs()));
    object([
        ("queue_s", secs(timing.queue)),
        ("load_s", secs(timing.load)),
        ("prompt_s", secs(timing.prompt)),
        ("completion_s", secs(timing.completion)),
        ("total_s", secs(timing.total)),
        ("first_token_s", secs(timing.first_token)),
        ("tok_s", timing.rate.map(|rate| json!(rate.value()))),
    ])
}

fn decode_server(fields: &Map<String, Value>) -> ServerTiming {
    let secs = |name: &str| fields.get(name).and_then(Value::as_f64).and_then(ReportedPeriod::from_secs);
    ServerTiming {
        queue: secs("queue_s"),
        load: secs("load_s"),
        prompt: secs("prompt_s"),
        completion: secs("completion_s"),
        total: secs("total_s"),
        first_token: secs("first_token_s"),
        rate: fields.get("tok_s").and_then(Value::as_f64).map(Rate::per_second),
    }
}

fn encode_process(facts: ProcessFacts) -> Value {
    object([
        ("exit_code", facts.exit_code.map(|code| json!(code))),
        ("peak_rss_bytes", facts.peak_rss_bytes.map(|bytes| json!(bytes))),
        ("cpu_us", facts.cpu.map(|cpu| json!(cpu.as_micros()))),
    ])
}

fn decode_process(fields: &Map<String, Value>) -> ProcessFacts {
    ProcessFacts {
        exit_code: fields.get("exit_code").and_then(Value::as_i64).and_then(|code| i32::try_from(code).ok()),
        peak_rss_bytes: fields.get("peak_rss_bytes").and_then(Value::as_u64),
        cpu: fields.get("cpu_us").and_then(Value::as_u64).map(Period::from_micros),
    }
}

fn encode_failure(failure: &LaneFailure) -> Value {
    object([
        ("kind", Some(json!(failure.kind.as_str()))),
        ("message", Some(json!(failure.message))),
        ("status", failure.status.map(|status| json!(status))),
        ("retry_after_us", failure.retry_after.map(|wait| json!(wait.as_micros()))),
        ("hint", failure.hint.as_ref().map(|hint| json!(hint))),
    ])
}

fn decode_failure(fields: &Map<String, Value>) -> LaneFailure {
    LaneFailure {
        kind: FailureKind::parse(fields.get("kind").and_then(Value::as_str).unwrap_or_default()),
        message: text_field(fields, "message").unwrap_or_default(),
        status: fields.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()),
        retry_after: fields.get("retry_after_us").and_then(Value::as_u64).map(Period::from_micros),
        hint: text_field(fields, "hint"),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use speed_kings_core::fixture::samples;

    #[test]
    fn every_kind_of_event_reads_back() {
        for event in samples() {
            let line = write_event(&event);
            assert!(!line.contains('\n'), "{line}");
            let back = read_event(&serde_json::from_str(&line).unwrap()).unwrap();
            assert_eq!(back, Some(event), "{line}");
        }
    }

    #[test]
    fn damage_is_named() {
        for (line, what) in [
            ("{}", "JSON array"),
            ("[]", "no time"),
            ("[1]", "no lane"),
            ("[1,999,\"t\"]", "out of range"),
            ("[1,0]", "no event code"),
            ("[1,0,\"t\"]", "expects a text"),
            ("[1,0,\"usage\",3]", "wants an object"),
        ] {
            let error = read_event(&serde_json::from_str(line).unwrap()).unwrap_err();
            assert!(error.contains(what), "{line}: {error}");
        }
        assert_eq!(read_event(&json!([1, 0, "from the future", {}])), Ok(None));
    }
}

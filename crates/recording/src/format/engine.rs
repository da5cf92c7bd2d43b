//! How an engine came up and what processes use, as JSON and back: a part of the recording's lines.
//! Amounts are bytes, joules, watts and microseconds, each with its unit in its name.

use serde_json::{Map, Value, json};

use speed_kings_core::race::engine::{EngineMemory, EngineStart, MemoryKind, ResourceSample};
use speed_kings_core::time::Period;

use super::{object, text_field};

pub(super) fn encode_look(look: &ResourceSample) -> Value {
    object([
        ("anonymous_bytes", look.anonymous_bytes.map(Value::from)),
        ("file_bytes", look.file_bytes.map(Value::from)),
        ("cpu_us", look.cpu.map(|cpu| json!(cpu.as_micros()))),
        ("threads", look.threads.map(Value::from)),
        ("gpu_bytes", look.gpu_bytes.map(Value::from)),
        ("gpu_busy", look.gpu_busy.map(Value::from)),
        ("gpu_watts", look.gpu_watts.map(Value::from)),
        ("package_joules", look.package_joules.map(Value::from)),
        ("gpu_joules", look.gpu_joules.map(Value::from)),
    ])
}

pub(super) fn decode_look(fields: &Map<String, Value>) -> ResourceSample {
    let whole = |name: &str| fields.get(name).and_then(Value::as_u64);
    let amount = |name: &str| fields.get(name).and_then(Value::as_f64).filter(|value| value.is_finite());
    ResourceSample {
        anonymous_bytes: whole("anonymous_bytes"),
        file_bytes: whole("file_bytes"),
        cpu: whole("cpu_us").map(Period::from_micros),
        threads: whole("threads").and_then(|threads| u32::try_from(threads).ok()),
        gpu_bytes: whole("gpu_bytes"),
        gpu_busy: amount("gpu_busy"),
        gpu_watts: amount("gpu_watts"),
        package_joules: amount("package_joules"),
        gpu_joules: amount("gpu_joules"),
    }
}

pub(super) fn encode_start(start: &EngineStart) -> Value {
    let part = |part: &EngineMemory| json!({"buffer": part.buffer, "kind": part.kind.as_str(), "bytes": part.bytes});
    let settings: Map<String, Value> =
        start.settings.iter().map(|(name, value)| (name.to_string(), json!(value))).collect();
    object([
        ("id", Some(json!(start.engine))),
        ("ready_us", Some(json!(start.ready.as_micros()))),
        ("storage_bytes", start.storage_bytes.map(Value::from)),
        ("model_bytes", start.model_bytes.map(Value::from)),
        ("memory", (!start.memory.is_empty()).then(|| start.memory.iter().map(part).collect())),
        ("layers", start.layers.map(|(on, all)| json!([on, all]))),
        ("overrides", (start.overrides > 0).then(|| json!(start.overrides))),
        ("settings", (!settings.is_empty()).then_some(Value::Object(settings))),
        ("without_effect", (!start.without_effect.is_empty()).then(|| json!(start.without_effect))),
    ])
}

pub(super) fn decode_start(fields: &Map<String, Value>) -> EngineStart {
    let whole = |name: &str| fields.get(name).and_then(Value::as_u64);
    let list = |name: &str| fields.get(name).and_then(Value::as_array).into_iter().flatten();
    let layer = |value: &Value| value.as_u64().and_then(|layers| u32::try_from(layers).ok());
    let part = |value: &Value| {
        let part = value.as_object()?;
        Some(EngineMemory {
            buffer: text_field(part, "buffer")?,
            kind: MemoryKind::parse(part.get("kind")?.as_str()?)?,
            bytes: part.get("bytes")?.as_u64()?,
        })
    };
    let settings = fields.get("settings").and_then(Value::as_object).into_iter().flatten();
    let layers: Vec<Option<u32>> = list("layers").map(layer).collect();
    EngineStart {
        engine: text_field(fields, "id").unwrap_or_default(),
        ready: Period::from_micros(whole("ready_us").unwrap_or_default()),
        storage_bytes: whole("storage_bytes"),
        model_bytes: whole("model_bytes"),
        memory: list("memory").filter_map(part).collect(),
        layers: if let [Some(on), Some(all)] = layers.as_slice() { Some((*on, *all)) } else { None },
        overrides: whole("overrides").and_then(|overrides| u32::try_from(overrides).ok()).unwrap_or_default(),
        settings: settings.filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into()))).collect(),
        without_effect: list("without_effect").filter_map(|name| Some(name.as_str()?.into())).collect(),
    }
}

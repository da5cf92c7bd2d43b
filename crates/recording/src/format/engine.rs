//! How an engine came up and what processes use, as the recording has it.
//! Amounts are bytes, joules, watts and microseconds, each with its unit in its name.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lenient::{entries, readable, sections};
use speed_kings_core::race::engine::{EngineMemory, EngineStart, MemoryKind, ResourceSample};
use speed_kings_core::race::quality::MeasuredQuality;
use speed_kings_core::time::Period;

/// What the processes behind a lane, or the whole machine, use at one moment.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct ResourceFields {
    /// Memory that is not backed by a file, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    anonymous_bytes: Option<u64>,
    /// Resident pages of files, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    file_bytes: Option<u64>,
    /// Resident memory where the system does not tell those two apart, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    undivided_bytes: Option<u64>,
    /// Time on the processors so far, user and system, µs.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    cpu_us: Option<u64>,
    /// Threads of all processes together.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    threads: Option<u32>,
    /// Memory on graphics devices, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    gpu_bytes: Option<u64>,
    /// Share of the time in which a graphics device was busy, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    gpu_busy: Option<f64>,
    /// Electric power of graphics devices, watts.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    gpu_watts: Option<f64>,
    /// Energy of the processor package since the first sample, joules.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    package_joules: Option<f64>,
    /// Energy of graphics devices since the first sample, joules.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    gpu_joules: Option<f64>,
}

/// How an engine that was started for the race came up.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub(super) struct EngineFields {
    /// The catalogue's id of the engine, for example `llama-server`.
    #[serde(deserialize_with = "readable")]
    id: Box<str>,
    /// From its start to the moment from which it can answer, µs.
    #[serde(deserialize_with = "readable")]
    ready_us: u64,
    /// Share of the model that was in memory before it was started, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    cached: Option<f64>,
    /// What it read from storage until then, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    storage_bytes: Option<u64>,
    /// Size of the model file, bytes.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    model_bytes: Option<u64>,
    /// The memory that its log tells, buffer by buffer.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "sections")]
    memory: Vec<BufferFields>,
    /// Layers on the accelerator, and all of them.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    layers: Option<(u32, u32)>,
    /// Tensors that the log says were put elsewhere than their layer; left out where there are none.
    #[serde(skip_serializing_if = "is_zero", deserialize_with = "readable")]
    overrides: u32,
    /// The settings that it was started with, by name, in the user's words.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "settings")]
    settings: BTreeMap<Box<str>, Box<str>>,
    /// Settings that were accepted although the log shows no effect of them.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "entries")]
    without_effect: Vec<Box<str>>,
    /// The newest figure of quality that was measured of this engine with this model before the race.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "readable")]
    quality: Option<QualityFields>,
}

/// How well an engine foresaw a text, measured before the race.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct QualityFields {
    /// Bits of information for each byte of the text; comparable across tokenizers.
    bits_per_byte: f64,
    /// e to the mean negative log-likelihood of a token; comparable under one tokenizer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    perplexity: Option<f64>,
    /// Tokens whose probability was not told, which makes the figures lower bounds; left out where there are none.
    #[serde(default, skip_serializing_if = "no_tokens")]
    missed: u64,
    /// The hash of the text: FNV-1a, 64 bits, hexadecimal.
    text_fnv1a64: Box<str>,
    /// The day on which it was measured, UTC.
    measured_on: Box<str>,
}

/// One buffer that an engine's log tells.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct BufferFields {
    /// The buffer's name, for example `CPU_Mapped`.
    buffer: Box<str>,
    /// What the buffer holds.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = MemoryKind::ALL.map(MemoryKind::as_str))))]
    kind: Box<str>,
    /// Its size in bytes.
    bytes: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn no_tokens(count: &u64) -> bool {
    *count == 0
}

/// The settings whose value is a text; the others are passed over.
fn settings<'de, D: serde::Deserializer<'de>>(from: D) -> Result<BTreeMap<Box<str>, Box<str>>, D::Error> {
    let fields: serde_json::Map<_, serde_json::Value> = readable(from)?;
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name.into(), value.as_str()?.into()))).collect())
}

impl From<&ResourceSample> for ResourceFields {
    fn from(look: &ResourceSample) -> Self {
        Self {
            anonymous_bytes: look.anonymous_bytes,
            file_bytes: look.file_bytes,
            undivided_bytes: look.undivided_bytes,
            cpu_us: look.cpu.map(Period::as_micros),
            threads: look.threads,
            gpu_bytes: look.gpu_bytes,
            gpu_busy: look.gpu_busy,
            gpu_watts: look.gpu_watts,
            package_joules: look.package_joules,
            gpu_joules: look.gpu_joules,
        }
    }
}

impl From<ResourceFields> for ResourceSample {
    fn from(fields: ResourceFields) -> Self {
        Self {
            anonymous_bytes: fields.anonymous_bytes,
            file_bytes: fields.file_bytes,
            undivided_bytes: fields.undivided_bytes,
            cpu: fields.cpu_us.map(Period::from_micros),
            threads: fields.threads,
            gpu_bytes: fields.gpu_bytes,
            gpu_busy: fields.gpu_busy,
            gpu_watts: fields.gpu_watts,
            package_joules: fields.package_joules,
            gpu_joules: fields.gpu_joules,
        }
    }
}

impl From<&EngineStart> for EngineFields {
    fn from(start: &EngineStart) -> Self {
        let buffer = |part: &EngineMemory| BufferFields {
            buffer: part.buffer.clone(),
            kind: part.kind.as_str().into(),
            bytes: part.bytes,
        };
        Self {
            id: start.engine.clone(),
            ready_us: start.ready.as_micros(),
            cached: start.cached,
            storage_bytes: start.storage_bytes,
            model_bytes: start.model_bytes,
            memory: start.memory.iter().map(buffer).collect(),
            layers: start.layers,
            overrides: start.overrides,
            settings: start.settings.iter().cloned().collect(),
            without_effect: start.without_effect.to_vec(),
            quality: start.quality.as_deref().map(QualityFields::from),
        }
    }
}

impl From<EngineFields> for EngineStart {
    fn from(fields: EngineFields) -> Self {
        let part = |part: BufferFields| {
            let kind = MemoryKind::parse(&part.kind)?;
            Some(EngineMemory { buffer: part.buffer, kind, bytes: part.bytes })
        };
        Self {
            engine: fields.id,
            ready: Period::from_micros(fields.ready_us),
            cached: fields.cached.filter(|share| (0.0..=1.0).contains(share)),
            storage_bytes: fields.storage_bytes,
            model_bytes: fields.model_bytes,
            memory: fields.memory.into_iter().filter_map(part).collect(),
            layers: fields.layers,
            overrides: fields.overrides,
            settings: fields.settings.into_iter().collect(),
            without_effect: fields.without_effect.into(),
            quality: fields.quality.map(|quality| Box::new(quality.into())),
        }
    }
}

impl From<&MeasuredQuality> for QualityFields {
    fn from(quality: &MeasuredQuality) -> Self {
        Self {
            bits_per_byte: quality.bits_per_byte,
            perplexity: quality.perplexity,
            missed: quality.missed,
            text_fnv1a64: quality.text_hash.clone(),
            measured_on: quality.day.clone(),
        }
    }
}

impl From<QualityFields> for MeasuredQuality {
    fn from(fields: QualityFields) -> Self {
        Self {
            bits_per_byte: fields.bits_per_byte,
            perplexity: fields.perplexity,
            missed: fields.missed,
            text_hash: fields.text_fnv1a64,
            day: fields.measured_on,
        }
    }
}

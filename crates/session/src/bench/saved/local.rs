//! What is known of an engine on this machine beside its stream, as a file has it: how it came up, and what it used.
//! Memory in bytes, times in ms, energy in joules; what is not known is null.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lenient::figure;
use speed_kings_core::race::engine::{EngineStart, PageCache, ResourceUse};
use speed_kings_core::race::lane::Lane;
use speed_kings_core::time::Period;

/// How an engine came up that was started for the race.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct EngineRecord {
    /// The catalogue's id of the engine, for example `llama-server`.
    pub engine: String,
    /// From its start to the moment from which it could answer, ms.
    pub ready_ms: f64,
    /// Whether the model file was in memory already, `warm`, or came from storage, `cold`.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["cold", "warm", null])))]
    pub page_cache: Option<String>,
    /// Size of the model file, bytes.
    pub model_bytes: Option<u64>,
    /// Bytes of its buffers on an accelerator, as its log tells them.
    pub accelerator_bytes: Option<u64>,
    /// Bytes of its buffers in main memory, as its log tells them.
    pub host_bytes: Option<u64>,
    /// Layers on the accelerator, and all of them.
    pub layers: Option<(u32, u32)>,
    /// Tensors that the log says were put elsewhere than their layer.
    pub overrides: u32,
    /// The settings that it was started with, by name.
    pub settings: BTreeMap<String, String>,
    /// Settings that were accepted although the log shows no effect of them.
    pub without_effect: Vec<String>,
}

impl From<&EngineStart> for EngineRecord {
    fn from(start: &EngineStart) -> Self {
        let split = start.split();
        let owned = |(name, value): &(Box<str>, Box<str>)| (name.to_string(), value.to_string());
        Self {
            engine: start.engine.to_string(),
            ready_ms: start.ready.as_millis_f64(),
            page_cache: start.page_cache().map(|cache| PageCache::as_str(cache).to_owned()),
            model_bytes: start.model_bytes,
            accelerator_bytes: split.map(|(accelerator, _)| accelerator),
            host_bytes: split.map(|(_, host)| host),
            layers: start.layers,
            overrides: start.overrides,
            settings: start.settings.iter().map(owned).collect(),
            without_effect: start.without_effect.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What the processes behind a lane on this machine used from its request on: peaks, and counters.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct ResourceFigures {
    /// The most memory of their own, not backed by files, bytes.
    pub own_bytes: Option<u64>,
    /// The most resident pages of files, bytes. Processes that map one file count it once each.
    pub file_bytes: Option<u64>,
    /// The most resident memory altogether, bytes.
    pub resident_bytes: Option<u64>,
    /// The most threads of all processes together.
    pub threads: Option<u32>,
    /// Time on the processors, user and system, ms.
    #[serde(deserialize_with = "figure")]
    pub cpu_ms: Option<f64>,
    /// Output tokens for each second on the processors.
    #[serde(deserialize_with = "figure")]
    pub tokens_per_cpu_s: Option<f64>,
    /// The most memory on graphics devices, bytes.
    pub gpu_bytes: Option<u64>,
    /// Energy of the processor package, joules: of the whole machine, where the lane ran alone.
    #[serde(deserialize_with = "figure")]
    pub package_joules: Option<f64>,
    /// Energy of graphics devices, joules: of the whole machine, where the lane ran alone.
    #[serde(deserialize_with = "figure")]
    pub gpu_joules: Option<f64>,
    /// Energy of both for each output token, joules.
    #[serde(deserialize_with = "figure")]
    pub joules_per_token: Option<f64>,
}

impl ResourceFigures {
    /// What the processes of `lane` used; nothing where nobody looked at them.
    #[must_use]
    pub fn of(lane: &Lane) -> Option<Self> {
        let used = &lane.resources;
        let cpu_s = used.cpu().map(Period::as_secs_f64).filter(|seconds| *seconds > 0.0);
        (used.looks > 0).then(|| Self {
            own_bytes: used.peak.anonymous_bytes,
            file_bytes: used.peak.file_bytes,
            resident_bytes: used.peak.resident_bytes(),
            threads: used.peak.threads,
            cpu_ms: used.cpu().map(Period::as_millis_f64),
            tokens_per_cpu_s: tokens(lane).zip(cpu_s).map(|(tokens, seconds)| tokens / seconds),
            gpu_bytes: used.peak.gpu_bytes,
            ..Self::default()
        })
    }

    /// With the energy of the whole machine, which counts to `lane` because nobody else ran.
    #[must_use]
    pub fn alone(self, lane: &Lane, machine: &ResourceUse) -> Self {
        let (package_joules, gpu_joules) = (machine.package_joules(), machine.gpu_joules());
        let joules = package_joules.into_iter().chain(gpu_joules).reduce(|one, other| one + other);
        let joules_per_token = joules.zip(tokens(lane)).map(|(joules, tokens)| joules / tokens);
        Self { package_joules, gpu_joules, joules_per_token, ..self }
    }
}

fn tokens(lane: &Lane) -> Option<f64> {
    lane.tokens().map(|tokens| tokens.count).filter(|tokens| *tokens > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::Race;
    use speed_kings_core::race::engine::ResourceSample;
    use speed_kings_core::race::event::{Event, EventKind, LaneId, TextChannel, TokenUsage};
    use speed_kings_core::race::setup::RaceSetup;
    use speed_kings_core::time::Offset;

    #[test]
    fn what_a_lane_used_is_told_by_token_and_second() {
        let mut race = Race::new(RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() });
        let look = |cpu, joules| ResourceSample {
            cpu: Some(Period::from_millis(cpu)),
            anonymous_bytes: Some(80),
            file_bytes: Some(20),
            package_joules: Some(joules),
            ..ResourceSample::default()
        };
        let usage = TokenUsage { output: Some(40), ..TokenUsage::default() };
        let lane = Some(LaneId(0));
        for (ms, lane, kind) in [
            (0, lane, EventKind::Resources(Box::new(look(100, 0.0)))),
            (0, None, EventKind::Resources(Box::new(look(0, 5.0)))),
            (0, lane, EventKind::Sent),
            (50, lane, EventKind::Text { channel: TextChannel::Answer, text: "word".into() }),
            (60, lane, EventKind::Usage(Box::new(usage))),
            (70, lane, EventKind::Closed),
            (80, lane, EventKind::Resources(Box::new(look(600, 0.0)))),
            (80, None, EventKind::Resources(Box::new(look(0, 25.0)))),
        ] {
            race.apply(&Event { at: Offset::from_micros(ms * 1000), lane, kind });
        }
        let lane = &race.lanes()[0];
        let used = ResourceFigures::of(lane).unwrap();
        assert_eq!((used.resident_bytes, used.cpu_ms, used.tokens_per_cpu_s), (Some(100), Some(500.0), Some(80.0)));
        assert_eq!((used.package_joules, used.joules_per_token), (None, None));
        let alone = used.alone(lane, &race.machine);
        assert_eq!((alone.package_joules, alone.joules_per_token), (Some(20.0), Some(0.5)));
        assert_eq!(ResourceFigures::of(&Lane::default()), None);
    }
}

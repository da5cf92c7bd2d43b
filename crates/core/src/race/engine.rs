//! What is known of an engine on this machine beside its stream: how it was loaded and what its processes use.
//! Absent means not known, never zero.

use crate::race::quality::MeasuredQuality;
use crate::time::{Offset, Period};

/// How an engine that was started for the race came up.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EngineStart {
    /// The catalogue's id of the engine, for example `llama-server`.
    pub engine: Box<str>,
    /// From its start to the moment from which it can answer.
    pub ready: Period,
    /// Share of the model that was in memory before it was started, from 0 to 1.
    pub cached: Option<f64>,
    /// What it read from storage until then, bytes.
    pub storage_bytes: Option<u64>,
    /// Size of the model file, bytes.
    pub model_bytes: Option<u64>,
    /// The memory that its log tells, buffer by buffer.
    pub memory: Box<[EngineMemory]>,
    /// Layers on the accelerator, and all of them.
    pub layers: Option<(u32, u32)>,
    /// Tensors that the log says were put elsewhere than their layer.
    pub overrides: u32,
    /// The settings that it was started with, by name, in the user's words.
    pub settings: Box<[(Box<str>, Box<str>)]>,
    /// Settings that were accepted although the log shows no effect of them.
    pub without_effect: Box<[Box<str>]>,
    /// The newest figure of quality that was measured of it with this model before the race.
    pub quality: Option<Box<MeasuredQuality>>,
}

/// Whether the model file came from storage or was in memory already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PageCache {
    /// At least half of the file had to be read from storage.
    Cold,
    /// More than half of it was in memory.
    Warm,
}

impl PageCache {
    /// The word for it on screen and in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

impl EngineStart {
    /// Where the model file came from; nothing where that is not known. What was read from storage holds the engine's own
    /// libraries, too, and decides only where nobody could look at the file itself.
    #[must_use]
    pub fn page_cache(&self) -> Option<PageCache> {
        if let Some(share) = self.cached {
            return Some(if share > 0.5 { PageCache::Warm } else { PageCache::Cold });
        }
        let (read, size) = (self.storage_bytes?, self.model_bytes.filter(|size| *size > 0)?);
        Some(if read >= size / 2 { PageCache::Cold } else { PageCache::Warm })
    }

    /// Bytes of all buffers on an accelerator, and on the host; nothing where the log told none.
    #[must_use]
    pub fn split(&self) -> Option<(u64, u64)> {
        let sum = |on: bool| self.memory.iter().filter(|part| part.on_accelerator() == on).map(|part| part.bytes).sum();
        (!self.memory.is_empty()).then(|| (sum(true), sum(false)))
    }
}

/// One buffer that an engine's log tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineMemory {
    /// The buffer's name, for example `CPU_Mapped`, `CUDA0`, `Metal`.
    pub buffer: Box<str>,
    /// What it is used for.
    pub kind: MemoryKind,
    /// Its size in bytes.
    pub bytes: u64,
}

impl EngineMemory {
    /// Whether it lies on a GPU or another accelerator. Host memory that a GPU driver pins is host memory.
    #[must_use]
    pub fn on_accelerator(&self) -> bool {
        let name = self.buffer.to_ascii_lowercase();
        !(name.starts_with("cpu") || name.ends_with("_host") || name.ends_with("_mapped") && !name.starts_with("metal"))
    }
}

/// What a buffer of an engine holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum MemoryKind {
    /// The weights of the model.
    Model,
    /// Keys and values of the context.
    KeyValue,
    /// The state of recurrent layers.
    Recurrent,
    /// Scratch space of the computation.
    Compute,
    /// Logits and embeddings that are handed out.
    Output,
}

impl MemoryKind {
    /// All kinds, for tables and tests.
    pub const ALL: [Self; 5] = [Self::Model, Self::KeyValue, Self::Recurrent, Self::Compute, Self::Output];

    /// The name in files and logs, in small letters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::KeyValue => "kv",
            Self::Recurrent => "rs",
            Self::Compute => "compute",
            Self::Output => "output",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// What the processes of a contestant, or the whole machine, use at one moment.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ResourceSample {
    /// Memory that is not backed by a file, over all processes, bytes.
    pub anonymous_bytes: Option<u64>,
    /// Resident pages of files, over all processes, bytes. Processes that map one file count it once each.
    pub file_bytes: Option<u64>,
    /// Resident memory where the system does not tell those two apart, over all processes, bytes.
    pub undivided_bytes: Option<u64>,
    /// Time on the processors so far, user and system, of all processes.
    pub cpu: Option<Period>,
    /// Threads of all processes together.
    pub threads: Option<u32>,
    /// Memory on graphics devices, bytes.
    pub gpu_bytes: Option<u64>,
    /// Share of the time in which a graphics device was busy, from 0 to 1.
    pub gpu_busy: Option<f64>,
    /// Electric power of graphics devices, watts.
    pub gpu_watts: Option<f64>,
    /// Energy of the processor package since the first sample, joules. It counts the whole machine.
    pub package_joules: Option<f64>,
    /// Energy of graphics devices since the first sample, joules.
    pub gpu_joules: Option<f64>,
}

impl ResourceSample {
    /// Resident memory altogether, in bytes.
    #[must_use]
    pub fn resident_bytes(&self) -> Option<u64> {
        let parts = [self.anonymous_bytes, self.file_bytes, self.undivided_bytes];
        parts.into_iter().flatten().reduce(u64::saturating_add)
    }

    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What was used between a moment before the request and the newest look: peaks, and counters from there on.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct ResourceUse {
    /// The newest look before the request; the first one where there was none.
    pub before: ResourceSample,
    /// The newest look of all.
    pub last: ResourceSample,
    /// The one before it, with the time between the two.
    pub step: Option<(ResourceSample, Period)>,
    /// The highest value of each amount that any look saw; counters are those of the newest look.
    pub peak: ResourceSample,
    /// How many looks there were.
    pub looks: u32,
    /// When the newest look was made.
    at: Option<Offset>,
}

impl ResourceUse {
    /// Takes in a look of moment `at`. Until the request has left, each one is the new beginning.
    pub fn take(&mut self, at: Offset, look: ResourceSample, running: bool) {
        if self.looks == 0 || !running {
            self.before = look;
        }
        self.step = self.at.map(|before| (self.last, at.since(before)));
        self.peak = self.peak.highest(&look);
        (self.last, self.at) = (look, Some(at));
        self.looks = self.looks.saturating_add(1);
    }

    /// Time on the processors since the request.
    #[must_use]
    pub fn cpu(&self) -> Option<Period> {
        let (last, before) = (self.last.cpu?, self.before.cpu?);
        Some(Period::from_micros(last.as_micros().saturating_sub(before.as_micros())))
    }

    /// Processors that were busy between the two newest looks, for example 1.97.
    #[must_use]
    pub fn cores(&self) -> Option<f64> {
        let (before, length) = self.step?;
        let used = self.last.cpu?.as_micros().saturating_sub(before.cpu?.as_micros());
        let length = length.as_secs_f64();
        (length > 0.0).then(|| Period::from_micros(used).as_secs_f64() / length)
    }

    /// Energy of the processor package since the request, joules. It counts the whole machine.
    #[must_use]
    pub fn package_joules(&self) -> Option<f64> {
        Some(self.last.package_joules? - self.before.package_joules?)
    }

    /// Energy of graphics devices since the request, joules.
    #[must_use]
    pub fn gpu_joules(&self) -> Option<f64> {
        Some(self.last.gpu_joules? - self.before.gpu_joules?)
    }
}

impl ResourceSample {
    /// The higher of each amount; counters are those of `newer`.
    fn highest(&self, newer: &Self) -> Self {
        let float = |one: Option<f64>, two: Option<f64>| match (one, two) {
            (Some(one), Some(two)) => Some(one.max(two)),
            (one, two) => one.or(two),
        };
        Self {
            anonymous_bytes: self.anonymous_bytes.max(newer.anonymous_bytes),
            file_bytes: self.file_bytes.max(newer.file_bytes),
            undivided_bytes: self.undivided_bytes.max(newer.undivided_bytes),
            threads: self.threads.max(newer.threads),
            gpu_bytes: self.gpu_bytes.max(newer.gpu_bytes),
            gpu_busy: float(self.gpu_busy, newer.gpu_busy),
            gpu_watts: float(self.gpu_watts, newer.gpu_watts),
            cpu: newer.cpu.max(self.cpu),
            package_joules: newer.package_joules.or(self.package_joules),
            gpu_joules: newer.gpu_joules.or(self.gpu_joules),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for kind in MemoryKind::ALL {
            assert_eq!(MemoryKind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn buffers_are_told_apart_by_where_they_lie() {
        for (buffer, accelerator) in [
            ("CPU", false),
            ("CPU_Mapped", false),
            ("CPU_REPACK", false),
            ("CUDA0", true),
            ("CUDA_Host", false),
            ("Vulkan0", true),
            ("Vulkan_Host", false),
            ("Metal", true),
            ("Metal_Mapped", true),
            ("ROCm1", true),
        ] {
            let part = EngineMemory { buffer: buffer.into(), kind: MemoryKind::Model, bytes: 1 };
            assert_eq!(part.on_accelerator(), accelerator, "{buffer}");
        }
    }

    #[test]
    fn use_is_counted_from_the_request_on() {
        let look = |cpu_ms: u32, bytes: u64| ResourceSample {
            cpu: Some(Period::from_millis(cpu_ms.into())),
            anonymous_bytes: Some(bytes),
            package_joules: Some(cpu_ms.into()),
            ..ResourceSample::default()
        };
        let mut used = ResourceUse::default();
        for (ms, cpu, bytes, running) in
            [(0, 100, 5, false), (250, 110, 9, false), (500, 310, 7, true), (750, 810, 8, true)]
        {
            used.take(Offset::from_micros(ms * 1000), look(cpu, bytes), running);
        }
        assert_eq!(used.cpu(), Some(Period::from_millis(700)));
        assert_eq!(used.peak.anonymous_bytes, Some(9));
        assert!((used.cores().unwrap() - 2.0).abs() < 1e-9, "half a second of time in a quarter");
        assert!((used.package_joules().unwrap() - 700.0).abs() < 1e-9);
        assert_eq!((used.looks, ResourceUse::default().cpu()), (4, None));
    }

    #[test]
    fn a_cold_start_reads_the_file() {
        let start = |read| EngineStart { storage_bytes: read, model_bytes: Some(100), ..EngineStart::default() };
        assert_eq!(start(Some(80)).page_cache(), Some(PageCache::Cold));
        assert_eq!(start(Some(10)).page_cache(), Some(PageCache::Warm));
        assert_eq!(start(None).page_cache(), None);
        let looked_at = |share| EngineStart { cached: Some(share), ..start(Some(80)) };
        assert_eq!(looked_at(0.9).page_cache(), Some(PageCache::Warm), "what was read were its libraries");
        assert_eq!(looked_at(0.1).page_cache(), Some(PageCache::Cold));
        assert_eq!(start(None).split(), None);
    }
}

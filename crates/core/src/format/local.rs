//! How figures of engines on this machine look: how one came up, and what its processes use.
//! A fact that nobody knows is left out.

use super::{bytes, measured_quality, whole_percent};
use crate::race::engine::{EngineStart, PageCache, ResourceUse};

/// How an engine came up: when it was ready, where its memory lies, what its settings came to.
#[must_use]
pub fn engine(start: &EngineStart) -> Vec<String> {
    let cache = start.page_cache().map(PageCache::as_str);
    let cache = cache.map(|cache| format!(" ({cache} page cache)")).unwrap_or_default();
    let mut facts = vec![format!("{} ready in {}{cache}", start.engine, start.ready)];
    if let Some((accelerator, host)) = start.split() {
        let on = if accelerator > 0 { format!("{} on the GPU, ", bytes(accelerator)) } else { String::new() };
        facts.push(format!("buffers: {on}{} in main memory", bytes(host)));
    }
    facts.extend(start.layers.map(|(on, all)| format!("{on} of {all} layers on the GPU")));
    facts.extend((start.overrides > 0).then(|| format!("{} tensors kept off their layer's device", start.overrides)));
    facts.extend(
        start.without_effect.iter().map(|name| format!("'{name}' was accepted and shows no effect in the log")),
    );
    facts.extend(start.quality.as_deref().map(measured_quality));
    facts
}

/// What the processes of a lane used; `tokens` are those that were made meanwhile.
#[must_use]
pub fn resources(used: &ResourceUse, tokens: Option<f64>) -> Vec<String> {
    let peak = &used.peak;
    let parts = [
        peak.anonymous_bytes.map(|size| format!("{} own", bytes(size))),
        peak.file_bytes.map(|size| format!("{} of files", bytes(size))),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let parts = if parts.is_empty() { parts } else { format!(" ({parts})") };
    let cpu = used.cpu();
    let efficiency = tokens.zip(cpu).filter(|(_, cpu)| cpu.as_secs_f64() > 0.0);
    let facts = [
        peak.resident_bytes().map(|size| format!("peak memory {}{parts}", bytes(size))),
        cpu.map(|cpu| format!("CPU {cpu}")),
        efficiency.map(|(tokens, cpu)| format!("{:.1} tokens per CPU second", tokens / cpu.as_secs_f64())),
        peak.threads.map(|threads| format!("{threads} threads")),
        peak.gpu_bytes.map(|size| format!("GPU memory {}", bytes(size))),
    ];
    facts.into_iter().flatten().collect()
}

/// What the whole machine used: graphics devices and energy, which nobody divides among lanes.
#[must_use]
pub fn machine(used: &ResourceUse) -> Vec<String> {
    let facts = [
        used.peak.gpu_busy.map(|busy| format!("GPU busy up to {}", whole_percent(busy))),
        used.peak.gpu_watts.map(|watts| format!("GPU up to {watts:.0} W")),
        used.gpu_joules().map(|joules| format!("GPU {joules:.1} J")),
        used.package_joules().map(|joules| format!("processor package {joules:.1} J")),
    ];
    facts.into_iter().flatten().collect()
}

/// What a lane's processes use right now, for a narrow place: `251 MiB · 1.0 cores`.
#[must_use]
pub fn resources_now(used: &ResourceUse) -> Option<String> {
    let memory = used.last.resident_bytes().map(bytes);
    let gpu = used.last.gpu_bytes.filter(|size| *size > 0).map(|size| format!("GPU {}", bytes(size)));
    let cores = used.cores().map(|cores| format!("{cores:.1} cores"));
    let facts: Vec<String> = [memory, gpu, cores].into_iter().flatten().collect();
    (!facts.is_empty()).then(|| facts.join(" · "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::engine::{EngineMemory, MemoryKind, ResourceSample};
    use crate::time::{Offset, Period};

    #[test]
    fn an_engine_is_told_with_what_is_known() {
        let bare = EngineStart { engine: "e".into(), ready: Period::from_millis(1_065), ..EngineStart::default() };
        assert_eq!(engine(&bare), ["e ready in 1.065 s"]);
        let part = |buffer: &str, bytes| EngineMemory { buffer: buffer.into(), kind: MemoryKind::Model, bytes };
        let whole = EngineStart {
            storage_bytes: Some(90),
            model_bytes: Some(100),
            memory: [part("CUDA0", 3 << 30), part("CPU", 1 << 20)].into(),
            layers: Some((22, 33)),
            overrides: 90,
            without_effect: ["gpu_layers".into()].into(),
            ..bare
        };
        assert_eq!(
            engine(&whole).join("; "),
            "e ready in 1.065 s (cold page cache); buffers: 3.0 GiB on the GPU, 1 MiB in main memory; 22 of 33 layers on \
             the GPU; 90 tensors kept off their layer's device; 'gpu_layers' was accepted and shows no effect in the log"
        );
    }

    #[test]
    fn use_is_told_with_what_is_known() {
        assert_eq!(resources(&ResourceUse::default(), Some(10.0)), Vec::<String>::new());
        assert_eq!(resources_now(&ResourceUse::default()), None);
        let look = |cpu: u64| ResourceSample {
            anonymous_bytes: Some(87 << 20),
            file_bytes: Some(114 << 20),
            cpu: Some(Period::from_millis(cpu)),
            threads: Some(4),
            gpu_watts: Some(120.4),
            package_joules: Some(0.0),
            ..ResourceSample::default()
        };
        let mut used = ResourceUse::default();
        used.take(Offset::from_micros(0), look(100), false);
        used.take(Offset::from_micros(1_000_000), look(2_100), true);
        assert_eq!(
            resources(&used, Some(50.0)),
            [
                "peak memory 201 MiB (87 MiB own, 114 MiB of files)",
                "CPU 2.000 s",
                "25.0 tokens per CPU second",
                "4 threads"
            ]
        );
        assert_eq!(machine(&used), ["GPU up to 120 W", "processor package 0.0 J"]);
        assert_eq!(resources_now(&used).as_deref(), Some("201 MiB · 2.0 cores"));
    }
}

//! What an engine says in its log about memory, layers and overrides: the proof that a setting had an effect.
//! llama.cpp's lines, which Ollama, `KoboldCpp` and `LocalAI` pass on; other engines' logs hold none of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex_lite::Regex;

use speed_kings_core::race::engine::{EngineMemory, MemoryKind};

/// The longest line that is read for facts, in bytes.
const MAX_LINE: usize = 4096;

#[expect(clippy::unwrap_used, reason = "fixed patterns, which the tests compile")]
static BUFFER: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(\S+)\s+(model|output|KV|RS|compute) buffer size =\s*([\d.]+) MiB").unwrap());
#[expect(clippy::unwrap_used, reason = "fixed patterns, which the tests compile")]
static LAYERS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"offloaded (\d+)/(\d+) layers to GPU").unwrap());
#[expect(clippy::unwrap_used, reason = "fixed patterns, which the tests compile")]
static OVERRIDE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"tensor (\S+) .*buffer type overridden to (\S+)").unwrap());

/// What a log has said so far.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct EngineLog {
    /// MiB by buffer and kind: the last that was said of each.
    buffers: BTreeMap<(String, MemoryKind), f64>,
    /// Layers on the GPU, and all of them; absent on a build without one.
    pub layers: Option<(u32, u32)>,
    /// Tensors that were put somewhere else than their layer: what offloading of experts does.
    pub overrides: u32,
}

impl EngineLog {
    /// Takes in one line.
    pub fn line(&mut self, line: &str) {
        let line = line.get(..MAX_LINE).unwrap_or(line);
        // Most lines hold none of it, and a search for words is cheaper than the patterns.
        if line.contains(" buffer size") {
            self.buffer(line);
        } else if line.contains("layers to GPU") {
            self.layers = LAYERS.captures(line).and_then(|found| Some((number(&found, 1)?, number(&found, 2)?)));
        } else if line.contains("overridden to") && OVERRIDE.is_match(line) {
            self.overrides = self.overrides.saturating_add(1);
        }
    }

    fn buffer(&mut self, line: &str) {
        let Some(found) = BUFFER.captures(line) else { return };
        let kind = found.get(2).and_then(|kind| MemoryKind::parse(&kind.as_str().to_ascii_lowercase()));
        let (Some(name), Some(kind), Some(size)) = (found.get(1), kind, number(&found, 3)) else { return };
        self.buffers.insert((name.as_str().to_owned(), kind), size);
    }

    /// The memory that it told, each buffer with its kind and size; empty when it told none.
    #[must_use]
    pub fn memory(&self) -> Vec<EngineMemory> {
        let buffers = self.buffers.iter();
        let told = buffers.map(|((buffer, kind), mib)| EngineMemory {
            buffer: buffer.as_str().into(),
            kind: *kind,
            bytes: mebibytes(*mib),
        });
        told.collect()
    }
}

fn number<T: std::str::FromStr>(found: &regex_lite::Captures<'_>, group: usize) -> Option<T> {
    found.get(group)?.as_str().parse().ok()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "sizes, bounded by the pattern's digits")]
fn mebibytes(mib: f64) -> u64 {
    (mib * 1024.0 * 1024.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> EngineLog {
        let mut log = EngineLog::default();
        text.lines().for_each(|line| log.line(line));
        log
    }

    const LOADED: &str = "\
load_tensors: offloaded 22/33 layers to GPU
load_tensors:   CPU_Mapped model buffer size =   234.75 MiB
load_tensors:        CUDA0 model buffer size =  1000.50 MiB
llama_context:        CPU  output buffer size =     0.19 MiB
llama_kv_cache:      CUDA0 KV buffer size =    45.00 MiB
sched_reserve:         CPU compute buffer size =    25.64 MiB
";

    #[test]
    fn the_split_of_memory_is_read() {
        let log = of(LOADED);
        assert_eq!(log.layers, Some((22, 33)));
        let memory = log.memory();
        let on = |accelerator: bool| -> u64 {
            memory.iter().filter(|part| part.on_accelerator() == accelerator).map(|part| part.bytes).sum()
        };
        assert_eq!(on(true), mebibytes(1045.5));
        assert_eq!(on(false), mebibytes(234.75) + mebibytes(0.19) + mebibytes(25.64));
    }

    #[test]
    fn a_second_load_replaces_the_first() {
        let twice = LOADED.to_owned() + "load_tensors: CUDA0 model buffer size = 500.00 MiB\n";
        let model =
            of(&twice).memory().into_iter().find(|part| &*part.buffer == "CUDA0" && part.kind == MemoryKind::Model);
        assert_eq!(model.map(|part| part.bytes), Some(mebibytes(500.0)));
    }

    #[test]
    fn overrides_are_counted_and_nothing_else() {
        let log = of("tensor blk.0.ffn_gate_exps.weight (2 MiB q4_1) buffer type overridden to CPU\n\
                      tensor blk.1.ffn_up_exps.weight (2 MiB q4_1) buffer type overridden to CPU\n\
                      the user said: overridden to nothing\n");
        assert_eq!((log.overrides, log.layers), (2, None));
        assert!(of("model buffer size = lots").memory().is_empty());
    }
}

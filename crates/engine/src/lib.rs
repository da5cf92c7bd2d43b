//! Inference engines on this machine: found by their answers, started, measured and ended.

pub mod discover;
pub mod engine_log;
pub mod gguf;
pub mod launch;

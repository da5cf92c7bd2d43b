//! Sources of races, playback, options that are resolved, benchmarks and watches, and the server that shows them to others.

pub mod bench;
pub mod calibration;
pub mod config;
pub mod engine_slot;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixture;
pub mod lengths;
pub mod load;
pub mod local_server;
mod network_thread;
pub mod otlp;
pub mod simulation;
pub mod source;
pub mod visit;
pub mod watch;

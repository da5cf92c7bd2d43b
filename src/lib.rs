//! Speed Kings races LLM providers against each other in a terminal: the same prompt, the same model, the same moment.
#![doc = include_str!("../docs/architecture.md")]

pub mod cli;

pub use speed_kings_catalog as catalog;
pub use speed_kings_client::{bus, ndjson, provider, sse};
pub use speed_kings_core::{date, format, race, stats, text, time};
pub use speed_kings_engine as engine;
pub use speed_kings_film as film;
#[cfg(feature = "fleet")]
pub use speed_kings_fleet as fleet;
pub use speed_kings_lab as lab;
pub use speed_kings_overlay as overlay;
pub use speed_kings_pages as pages;
pub use speed_kings_recording as record;
pub use speed_kings_results::{benchmark_report, decision, findings, gate, history, inspection, load, report};
pub use speed_kings_session::{
    bench, calibration, config, lengths, local_server, otlp, simulation, source, visit, watch,
};
pub use speed_kings_simulator as sim;
pub use speed_kings_system::{
    atomic_file, console, environment, input, interrupt, process_group, resources, terminal_writer,
};
pub use speed_kings_tui as ui;

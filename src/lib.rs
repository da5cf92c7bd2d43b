//! Speed Kings races LLM providers against each other in a terminal.

pub mod bus;
pub mod catalog;
pub mod cli;
pub mod config;
pub mod figure;
pub mod ndjson;
pub mod provider;
pub mod race;
pub mod record;
pub mod sim;
pub mod source;
pub mod sse;
pub mod stats;
pub mod text;
pub mod time;
pub mod ui;

//! Speed Kings races LLM providers against each other in a terminal.

pub mod catalog;
pub mod ndjson;
pub mod provider;
pub mod race;
pub mod sse;
pub mod time;

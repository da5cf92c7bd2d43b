//! Bytes to events: event streams, dialects, HTTP, processes, key redaction.

pub mod bus;
pub mod ndjson;
pub mod provider;
pub mod sse;

//! An OpenAI-compatible HTTP server on loopback that streams at known speeds and fails on demand.

pub mod sim;

//! Recordings of races: written, read, cut, edited, redacted and merged.

pub mod record;

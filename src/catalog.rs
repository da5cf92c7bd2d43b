//! The catalogue.

pub mod profile;

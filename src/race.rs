//! The race.

pub mod event;

//! Races as pictures and films.

pub mod film;

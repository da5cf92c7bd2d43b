//! Events, races, figures and verdicts of Speed Kings, and the statistics under them.

pub mod date;
#[cfg(any(test, feature = "fixtures"))]
pub mod fixture;
pub mod format;
pub mod race;
pub mod stats;
pub mod text;
pub mod time;

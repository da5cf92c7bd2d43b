//! Reports on saved results, findings over all of them, gates.

pub mod benchmark_report;
pub mod decision;
pub mod findings;
pub mod gate;
pub mod history;
pub mod inspection;
pub mod load;
pub mod report;

//! Reports on saved results, findings over all of them.

pub mod benchmark_report;
pub mod findings;
pub mod inspection;
pub mod report;

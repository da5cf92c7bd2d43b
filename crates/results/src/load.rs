//! Load by levels as a file, and what its levels come to: throughput beside what each request gets, which load holds a
//! service-level objective, and how much of it the program itself was.

mod chart;
mod figures;
mod file;
mod gates;
mod headline;
mod parts;
mod report;
mod search;
mod slo;

pub use self::chart::svg;
pub use self::figures::{LevelFigures, SloFigures, SpreadFigures};
pub use self::file::{KIND, LoadDocument, LoadFile, LoadFileError, LoadLevel, VERSION};
pub use self::gates::{LevelGateError, check_level_gate, judge_levels};
pub use self::report::{blocks, csv};
pub use self::search::{DoneLevel, LevelSearch};
pub use self::slo::{HELD_SHARE, ServiceLevel, SloError};

pub use speed_kings_session::load::{
    ArrivalTrace, LevelPlan, LevelRun, LevelShare, OfferedLoad, RemoteLoader, RequestRow, TraceError, run_level,
};

#[cfg(test)]
mod tests;

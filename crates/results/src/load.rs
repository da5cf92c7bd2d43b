//! Load by levels as a file, and what its levels come to: throughput beside what each request gets, which load holds a
//! service-level objective, and how much of it the program itself was.

mod badges;
mod chart;
mod csv;
mod figures;
mod file;
mod gates;
mod headline;
mod offered;
mod parts;
mod report;
mod search;
mod slo;

pub use self::badges::badges;
pub use self::chart::{panels, svg};
pub use self::csv::csv;
pub use self::figures::{LevelFigures, SloFigures, SpreadFigures};
pub use self::file::{KIND, LoadDocument, LoadFile, LoadFileError, LoadLevel, VERSION};
pub use self::gates::{LevelGateError, check_level_gate, judge_levels};
pub use self::headline::lead;
pub use self::offered::offered;
pub use self::report::{blocks, narrow_tables};
pub use self::search::{DoneLevel, LevelSearch};
pub use self::slo::{HELD_SHARE, ServiceLevel, SloError};

pub use speed_kings_session::load::{
    ArrivalTrace, LevelPlan, LevelRun, LevelShare, OfferedLoad, RemoteLoader, RequestRow, TraceError, run_level,
};

#[cfg(test)]
mod tests;

//! Load by levels: one contestant asked by so many at a time, or so often, for a while; what it does then is measured in the
//! steady part, after a ramp that isn't counted. Between requests connections stay up.

mod elsewhere;
mod level;
mod plan;
mod prompts;
mod request;
mod run;
mod share;
mod trace;
mod track;

pub use self::elsewhere::{LevelElsewhere, RemoteLoader};
pub use self::level::run_level;
pub use self::plan::{LevelPlan, OfferedLoad};
pub use self::request::{LoadRequest, TOKEN_PARTS};
pub use self::run::{ClientShare, LevelRun, LevelShare, RequestRow};
pub use self::share::LoadShare;
pub use self::trace::{ArrivalTrace, TraceError};

#[cfg(test)]
mod tests;

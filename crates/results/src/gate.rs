//! Gates: limits that results must keep to, for whoever builds and deploys without looking. A gate fails only where its limit is
//! shown to be broken, passes only where it is shown to be kept, and is undecided otherwise.

mod alert;
mod baseline;
mod block;
mod condition;
mod figure;
mod finding;
mod judge;
mod junit;
mod limit;
mod message;

pub use self::alert::{AlertChange, AlertStates};
pub use self::baseline::{BaselineRun, newest_before};
pub use self::block::{block, lines, record};
pub(crate) use self::condition::stat_name;
pub use self::condition::{ConditionError, FigureLimit, GateCondition, WrongFigure};
pub use self::figure::LimitedFigure;
pub use self::finding::{ERROR, GateCall, GateCheck, GateFinding, GateReport};
pub(crate) use self::judge::error_of;
pub use self::judge::{judge, runs_needed};
pub use self::junit::junit;
pub(crate) use self::limit::{call, needs, range};
pub use self::message::{ALERT_VERSION, AlertMessage};

#[cfg(test)]
mod tests;

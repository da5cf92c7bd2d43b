//! All results over time: what each contestant came to on each workload, what changed and whether that is shown, and how often a
//! watch found it up. An index beside the files says what is in them, so that thousands are listed at once.

mod block;
mod changes;
mod entry;
mod index;
mod point;
mod record;
mod series;
mod summary;
mod told;
mod uptime;

pub use self::block::{blocks, by_hour, title};
pub use self::changes::LastingChange;
pub use self::entry::{HistoryEntry, HistoryLane, HistoryWorkload};
pub use self::index::HistoryIndex;
pub use self::point::{HistoryPoint, HistoryShift};
pub use self::record::{csv, record};
pub use self::series::{HistoryFilter, HistorySeries};
pub use self::told::changed_on;
pub(crate) use self::uptime::probes;
pub use self::uptime::{UptimeCount, UptimeSeries};

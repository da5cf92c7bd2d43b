//! All results over time: what each contestant came to on each workload, what changed and whether that is shown, and how often a
//! watch found it up. An index beside the files says what is in them, so that thousands are listed at once.

mod block;
mod entry;
mod index;
mod series;
mod uptime;

pub use self::block::{blocks, csv, record, title};
pub use self::entry::{HistoryEntry, HistoryLane, HistoryWorkload};
pub use self::index::HistoryIndex;
pub use self::series::{HistoryFilter, HistoryPoint, HistorySeries, HistoryShift};
pub(crate) use self::uptime::probes;
pub use self::uptime::{UptimeCount, UptimeSeries};

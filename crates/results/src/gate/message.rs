//! An alert as the command gets it that is run for it: one line of JSON.

use jiff::Timestamp;
use serde::Serialize;

use super::alert::AlertChange;
use crate::benchmark_report::document::GateRecord;
use speed_kings_session::bench::saved::as_milli;

/// The version of the form.
pub const ALERT_VERSION: u64 = 1;

/// An alert that has just fired, or is just over.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "An alert of speed-kings watch, version 1")
)]
pub struct AlertMessage {
    /// The version of the form.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = [ALERT_VERSION])))]
    pub version: u64,
    /// What has become of it.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["firing", "over"])))]
    pub state: String,
    /// The wall clock when that was found, UTC.
    #[serde(serialize_with = "as_milli")]
    pub at: Option<Timestamp>,
    /// The newest probes of the contestant that it rests on, at most.
    pub window: usize,
    /// The provider's id in the catalogue.
    pub provider: String,
    /// What was found of it.
    #[serde(flatten)]
    pub check: GateRecord,
}

impl AlertMessage {
    /// What is told of `change`, found `at` in the newest `window` probes.
    #[must_use]
    pub fn new(change: &AlertChange, at: Timestamp, window: usize) -> Self {
        Self {
            version: ALERT_VERSION,
            state: if change.fires { "firing" } else { "over" }.to_owned(),
            at: Some(at),
            window,
            provider: change.check.provider.clone(),
            check: GateRecord::from(&change.check),
        }
    }
}

//! The end record: the verdict as it was live, the marks, and where the recording stopped if that was before its race did.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::bound::RecordedUntil;
use crate::outcome::MarkRecord;

/// What stands in the end record.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EndFields {
    /// The verdict as it was live.
    #[cfg_attr(feature = "schema", schemars(with = "crate::outcome::RaceVerdict"))]
    pub verdict: Value,
    /// The moments that every race has; left out where they would not fit a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marks: Option<Vec<MarkRecord>>,
    /// Where the recording stopped, when it stopped before its race did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recorded_until: Option<UntilFields>,
    /// The fields that this version doesn't know.
    #[serde(flatten)]
    #[cfg_attr(feature = "schema", schemars(skip))]
    pub unknown: Map<String, Value>,
}

/// Where a recording stopped, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UntilFields {
    /// Its last event, µs from the green light.
    at_us: i64,
    /// Why it stopped there, in words.
    why: String,
}

impl From<RecordedUntil> for UntilFields {
    fn from(until: RecordedUntil) -> Self {
        Self { at_us: until.at.as_micros(), why: until.why.into() }
    }
}

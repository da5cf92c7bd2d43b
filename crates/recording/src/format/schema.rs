//! What a line of a recording may be, for the schema of the format.

use serde::Serialize;

use super::header::HeaderFields;
use super::{EndFields, EventLine};

/// One line of a recording: the header, then the events, then the end record.
#[derive(Clone, PartialEq, Debug, Serialize, schemars::JsonSchema)]
#[schemars(title = "One line of a recording by speed-kings, versions 1 and 2")]
#[serde(untagged)]
pub enum RecordingLine<'a> {
    /// The first line: the setup and how it was recorded.
    Header(Box<HeaderFields>),
    /// One fact at one moment.
    Event(EventLine<'a>),
    /// The last line, which a recording that was broken off lacks.
    End(EndLine),
}

/// The last line of a recording.
#[derive(Clone, PartialEq, Debug, Serialize, schemars::JsonSchema)]
pub struct EndLine {
    /// What the race came to.
    pub end: EndFields,
}

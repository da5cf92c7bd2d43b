//! The recording: a race's header, its events and its end, as one JSON line each.
//! It is appended as the race happens and read back with mercy: what is sound is kept, what is not is named by its line.

pub mod format;
pub mod outcome;
pub mod reader;
pub mod replay;
pub mod writer;

use std::path::PathBuf;

use crate::race::Race;
use crate::race::event::Event;
use crate::race::grid::Grid;

/// The version of the format that this program writes.
pub const VERSION: u64 = 1;
/// What the header calls the format.
pub const FORMAT: &str = "speed-kings.race";

/// A recorded race.
#[derive(Clone, PartialEq, Debug)]
pub struct Recording {
    /// What was settled before it began.
    pub header: Header,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The end record, which a recording that was cut off lacks.
    pub end: Option<End>,
    /// What was wrong with the file, by line.
    pub problems: Vec<Problem>,
}

/// The first line of a recording.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Header {
    /// Name and version of the program that wrote it.
    pub tool: String,
    /// Wall-clock time of the recording, RFC 3339 in UTC: the only wall-clock time in the file.
    pub recorded_at: String,
    /// The race.
    pub grid: Grid,
}

/// The last line of a recording.
#[derive(Clone, PartialEq, Debug)]
pub struct End {
    /// The verdict as it was live, in the words of [`outcome`].
    pub verdict: serde_json::Value,
}

/// Something wrong with one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Recording {
    /// Whether it reaches the end of its race.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        self.end.is_some()
    }

    /// The race with all events applied.
    #[must_use]
    pub fn race(&self) -> Race {
        let mut race = Race::new(self.header.grid.clone());
        self.events.iter().for_each(|event| race.apply(event));
        race
    }
}

/// Why a recording can't be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file or folder gave trouble.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What trouble.
        source: std::io::Error,
    },
    /// Nothing in it.
    #[error("the file is empty: a recording begins with a header line")]
    Empty,
    /// Something else.
    #[error("line 1: not a recording ({0}); a recording begins with {{\"format\":\"{FORMAT}\",…}}")]
    NotARecording(String),
    /// From the future.
    #[error(
        "line 1: format version {0}, but this program reads up to version {VERSION}; a newer speed-kings can read it"
    )]
    Version(u64),
    /// The header lacks what a race needs.
    #[error("line 1: the header is damaged: {0}")]
    Header(String),
}

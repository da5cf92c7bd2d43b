//! The recording: a race's header, its events and its end, as one JSON line each.
//! It is appended as the race happens and read back with mercy: what is sound is kept, what is not is named by its line.

pub mod bound;
pub mod director;
pub mod edit;
pub mod edit_list;
pub mod format;
pub mod merge;
mod next_line;
pub mod outcome;
mod packed;
pub mod reader;
pub mod redact;
pub mod time_ref;
#[cfg(feature = "schema")]
pub mod words;
pub mod writer;

use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::bound::{BOUND, RecordedUntil};
pub use crate::bound::{FURTHEST, LONGEST_HOLD};
use crate::edit_list::EditList;
use speed_kings_core::race::event::Event;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::{Offset, Period};
use speed_kings_system::environment::MachineEnvironment;

/// The newest version of the format, in which packed recordings are written; plain ones are of version 1.
pub const VERSION: u64 = 2;
/// What the header calls the format.
pub const FORMAT: &str = "speed-kings.race";

/// What is shown of the time before the green light at the most: the lights, and not a long wait for a connection.
const LEAD_IN: Period = Period::from_millis(3_200);
/// What a picture in real time shows of it where nobody says.
const LEAD_IN_SHOWN: Period = Period::from_millis(1_000);

/// A recorded race: its header, its events and its end.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Recording {
    /// What was settled before it began.
    pub header: RecordingHeader,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// The end record, which a recording that was cut off lacks.
    pub end: Option<RecordingEnd>,
    /// What was wrong with the file, by line.
    pub problems: Vec<LineProblem>,
    /// The lines that this version doesn't understand to the last word, in the order of the file.
    pub kept: Vec<KeptLine>,
}

/// A line as it was read, kept so that it is written again as it was: a newer version may know more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptLine {
    /// How many of the recording's events stand above it.
    pub after: usize,
    /// It is the line of the event that follows, with more in it than this version knows; otherwise a line of its own.
    pub event: bool,
    /// The line, without its break.
    pub line: Box<str>,
}

/// The first line of a recording.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RecordingHeader {
    /// Name and version of the program that wrote it.
    pub tool: String,
    /// Wall-clock time of the recording: the only wall-clock time in the file.
    pub recorded_at: Option<Timestamp>,
    /// The contestants, the prompt and the settings of the race.
    pub setup: RaceSetup,
    /// The machine that it was recorded on.
    pub environment: Option<MachineEnvironment>,
    /// What is to be shown of it and how; nothing when nobody has edited it.
    pub cut: Option<EditList>,
    /// It was put together from other recordings; older merged ones leave it out.
    pub merged: bool,
    /// The fields that this version doesn't know, each where it stood; null when there is none.
    pub unknown: Value,
}

/// The last line of a recording.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RecordingEnd {
    /// The verdict as it was live, in the words of [`outcome`].
    pub verdict: Value,
    /// Where the recording stopped, when it stopped before its race did.
    pub until: Option<RecordedUntil>,
    /// The fields that this version doesn't know.
    pub unknown: Map<String, Value>,
}

/// Something wrong with one line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LineProblem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub what: String,
}

impl std::fmt::Display for LineProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl Recording {
    /// Whether it reaches the end of its race.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        matches!(&self.end, Some(RecordingEnd { until: None, .. }))
    }

    /// What a viewer should know of its state: damage, or an end that is missing. `race` is its finished race.
    #[must_use]
    pub fn trouble(&self, race: &Race) -> Option<String> {
        match (self.problems.as_slice(), self.is_complete()) {
            ([only], _) => Some(format!("damaged: {only}")),
            ([first, ..], _) => Some(format!("{} damaged lines; {first}", self.problems.len())),
            ([], false) => Some(self.missing(race)),
            ([], true) => None,
        }
    }

    /// What a recording that isn't complete lacks at its end, whose finished race is `race`.
    #[must_use]
    pub fn missing(&self, race: &Race) -> String {
        let until = self.end.as_ref().and_then(|end| end.until.as_ref());
        until.map_or_else(|| unfinished(race).into(), ToString::to_string)
    }

    /// The race with all events applied.
    #[must_use]
    pub fn race(&self) -> Race {
        let mut race = Race::new(self.header.setup.clone());
        self.events.iter().for_each(|event| race.apply(event));
        race
    }

    /// All that can be shown of it, in real time: from shortly before the green light to its last event.
    #[must_use]
    pub fn whole(&self) -> EditList {
        let first = self.events.first().map_or(Offset::GREEN, |event| event.at);
        let last = self.events.last().map_or(Offset::GREEN, |event| event.at);
        EditList::whole(first.max(Offset::GREEN.minus(LEAD_IN)), last)
    }

    /// The same from a moment before the green light that takes a second of a picture at `scale`.
    #[must_use]
    pub fn led_in(&self, scale: f64) -> EditList {
        let lead_in = Period::from_secs_f64(LEAD_IN_SHOWN.as_secs_f64() * scale);
        self.whole().between(Offset::GREEN.minus(lead_in), Offset::LAST)
    }

    /// What is to be shown of it: as it was edited, otherwise the [whole](Self::whole).
    #[must_use]
    pub fn cut(&self) -> EditList {
        self.header.cut.clone().unwrap_or_else(|| self.whole())
    }
}

/// What a recording without an end record lacks, whose finished race is `race`.
#[must_use]
pub fn unfinished(race: &Race) -> &'static str {
    if race.stage == RaceStage::Over {
        "incomplete: no end record, though every lane came to its end"
    } else {
        "incomplete: the recording ends before its race does"
    }
}

/// Why a recording can't be read or written at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The file or folder gave trouble.
    #[error("{}: {source}", path.display())]
    Io {
        /// Path of the file or folder.
        path: PathBuf,
        /// The error that the system reported.
        source: std::io::Error,
    },
    /// More than a reader would take.
    #[error(
        "{}: it would have {what}, and a recording has up to {} MiB, {} MiB a line and {} events; record a shorter prompt or \
         fewer lanes, or cut it with redact",
        path.display(), BOUND.bytes >> 20, BOUND.line >> 20, BOUND.events
    )]
    TooLarge {
        /// Path of the file or folder that can't take it.
        path: PathBuf,
        /// What is too much.
        what: String,
    },
    /// The file holds no line at all.
    #[error("the file is empty: a recording begins with a header line")]
    Empty,
    /// Packed, and not to be unpacked as far as its first line.
    #[error("it cannot be unpacked: {0}")]
    Packed(String),
    /// A first line that is no header; the text says why.
    #[error("line 1: not a recording ({0}); a recording begins with {{\"format\":\"{FORMAT}\",…}}")]
    NotARecording(String),
    /// Format version that is newer than this program reads.
    #[error(
        "line 1: format version {0}, but this program reads up to version {VERSION}; a newer speed-kings can read it"
    )]
    Version(u64),
    /// The header lacks what a race needs.
    #[error("line 1: the header is damaged: {0}")]
    Header(String),
}

//! A tape that is no recording of a race: a file of lines, which begins as a recording does, and goes on with what was planned, what came of
//! it, and an end. Whoever reads a line of it finds it kept.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_recording::format::write_header;
use speed_kings_recording::writer;
use speed_kings_system::atomic_file;

use crate::tape::{LONGEST_TAPE, next_line};

/// The ending of such a file.
pub const LINES_ENDING: &str = "jsonl";
/// The ending of a recording of a race.
pub const RACE_ENDING: &str = "race";
/// What is left free for the end.
const END: usize = 1 << 20;

/// The ending of a file with the bytes of this `tape`: a recording of a race, or lines of something else.
#[must_use]
pub fn ending_of(tape: &[u8]) -> &'static str {
    let mut position = 0;
    let _header = next_line(tape, &mut position);
    // The events of a race are lists.
    let is_object = next_line(tape, &mut position).is_some_and(|line| line.first() == Some(&b'{'));
    if is_object { LINES_ENDING } else { RACE_ENDING }
}

/// A tape of lines in the making.
#[derive(Debug)]
pub(crate) struct LineTapeWriter {
    file: File,
    length: usize,
}

impl LineTapeWriter {
    /// A new one in `folder`, called `name`, of requests as `setup` says, with what was `planned`; and its first line.
    pub(crate) fn begin<T: Serialize>(
        folder: &Path,
        name: &str,
        setup: &RaceSetup,
        planned: &T,
    ) -> io::Result<(Self, String)> {
        let header = write_header(&writer::header(setup, Timestamp::now()));
        let path = folder.join(format!("{name}.{LINES_ENDING}"));
        let file = atomic_file::options().create_new(true).open(path)?;
        let mut tape = Self { file, length: 0 };
        tape.append(&format!("{header}\n"))?;
        tape.line(planned)?;
        Ok((tape, header))
    }

    /// Adds a line. It is in the file when this returns.
    pub(crate) fn line<T: Serialize>(&mut self, line: &T) -> io::Result<()> {
        if self.length + END > LONGEST_TAPE {
            return Err(io::Error::other("the tape is as long as one may be"));
        }
        self.append(&(serde_json::to_string(line)? + "\n"))
    }

    /// Adds the last line.
    pub(crate) fn end<T: Serialize>(mut self, line: &T) -> io::Result<()> {
        self.append(&(serde_json::to_string(line)? + "\n"))
    }

    fn append(&mut self, text: &str) -> io::Result<()> {
        self.length += text.len();
        self.file.write_all(text.as_bytes())
    }
}

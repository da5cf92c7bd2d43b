//! A report as one of an export's files: it needs the recording and lets the frames pass.
//! It is written under a temporary name like everything else.

use std::io::{self, Write};
use std::path::PathBuf;

use super::output::Output;
use super::{Exporter, FilmError, Footage};
use crate::record::Recording;

/// Writes a recording in one of the ways of [`report`](crate::report).
pub type Report = fn(&Recording, &mut dyn Write) -> io::Result<()>;

/// Writes a report.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    report: Report,
    output: Option<Output>,
}

impl Document {
    /// A report that will be `path`.
    #[must_use]
    pub const fn new(path: PathBuf, report: Report) -> Self {
        Self { path, report, output: None }
    }
}

impl Exporter for Document {
    fn begin(&mut self, footage: &Footage<'_>) -> Result<(), FilmError> {
        let mut output = Output::create(&self.path)?;
        (self.report)(footage.recording, &mut output).map_err(|source| output.trouble(source))?;
        self.output = Some(output);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        self.output.take().map_or(Ok(()), Output::commit)
    }

    fn is_moving(&self) -> bool {
        false
    }
}

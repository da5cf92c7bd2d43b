//! A report as one of an export's files: it needs the recording and lets the frames pass.
//! It is written under a temporary name like everything else.

use std::io::{self, Write};
use std::path::PathBuf;

use super::output::OutputFile;
use super::{Exporter, FilmError};
use crate::job::RenderJob;
use speed_kings_recording::Recording;

/// Writes a recording in one of the ways of [`report`](speed_kings_results::report).
pub type ReportWriter = fn(&Recording, &mut dyn Write) -> io::Result<()>;

/// Writes a report of a recording to a file.
#[derive(Debug)]
pub struct ReportExporter {
    path: PathBuf,
    report: ReportWriter,
    output: Option<OutputFile>,
}

impl ReportExporter {
    /// A report that will be `path`.
    #[must_use]
    pub const fn new(path: PathBuf, report: ReportWriter) -> Self {
        Self { path, report, output: None }
    }
}

impl Exporter for ReportExporter {
    fn begin(&mut self, job: &RenderJob<'_>) -> Result<(), FilmError> {
        self.output = Some(OutputFile::create(&self.path)?.filled(|output| (self.report)(job.recording, output))?);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), FilmError> {
        OutputFile::commit_begun(&mut self.output)
    }

    fn is_moving(&self) -> bool {
        false
    }
}

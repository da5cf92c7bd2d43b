//! A file that is written as text, piece by piece.
//! Its trouble is told with its name.

use std::io::Write as _;
use std::path::PathBuf;

use super::FilmError;
use super::output::OutputFile;

/// A text file in the making; nothing is there before it is opened and after it got its name.
#[derive(Debug)]
pub(super) struct TextFile {
    path: PathBuf,
    output: Option<OutputFile>,
}

impl TextFile {
    /// A file that will be `path`.
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, output: None }
    }

    /// Begins the file; fails where nothing can be written in its folder.
    pub(super) fn open(&mut self) -> Result<(), FilmError> {
        self.output = Some(OutputFile::create(&self.path)?);
        Ok(())
    }

    /// Adds `text` at its end.
    pub(super) fn append(&mut self, text: std::fmt::Arguments<'_>) -> Result<(), FilmError> {
        let Some(output) = &mut self.output else { return Ok(()) };
        output.write_fmt(text).map_err(|source| output.trouble(source))
    }

    /// Gives it its name.
    pub(super) fn commit(&mut self) -> Result<(), FilmError> {
        OutputFile::commit_begun(&mut self.output)
    }

    /// Refuses to make it, and says why.
    pub(super) fn refuse(&self, why: String) -> FilmError {
        FilmError::Refused { path: self.path.clone(), why }
    }
}

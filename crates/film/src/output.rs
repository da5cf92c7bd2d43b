//! Where a film goes: a file under a temporary name in its own folder, which gets its name once it is whole.
//! Whatever ends the work before that leaves nothing behind.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::FilmError;
use speed_kings_system::atomic_file;

/// A file in the making.
#[derive(Debug)]
pub struct OutputFile {
    path: PathBuf,
    /// The same behind its links.
    place: PathBuf,
    file: BufWriter<NamedTempFile>,
}

impl OutputFile {
    /// Begins the file that will be `path`.
    ///
    /// # Errors
    /// When nothing can be written in its folder, or what is there is no plain file.
    pub fn create(path: &Path) -> Result<Self, FilmError> {
        let trouble = |source| FilmError::Io { path: path.to_owned(), source };
        let place = atomic_file::place(path).map_err(trouble)?;
        let file =
            atomic_file::begin(atomic_file::folder_of(&place), &atomic_file::name_of(&place)).map_err(trouble)?;
        Ok(Self { path: path.to_owned(), place, file: BufWriter::with_capacity(1 << 16, file) })
    }

    /// This file with what `write` writes into it.
    ///
    /// # Errors
    /// When `write` can't.
    pub fn filled(mut self, write: impl FnOnce(&mut Self) -> io::Result<()>) -> Result<Self, FilmError> {
        write(&mut self).map_err(|source| self.trouble(source))?;
        Ok(self)
    }

    /// What it will be called.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file under its temporary name, with everything that was written so far.
    ///
    /// # Errors
    /// When that can't be written.
    pub fn flushed(&mut self) -> Result<&Path, FilmError> {
        self.flush().map_err(|source| FilmError::Io { path: self.path.clone(), source })?;
        Ok(self.file.get_ref().path())
    }

    /// Gives the file its name; one that was there before is replaced.
    ///
    /// # Errors
    /// When the rest can't be written, or the name can't be had.
    pub fn commit(self) -> Result<(), FilmError> {
        let Self { path, place, file } = self;
        let trouble = |source| FilmError::Io { path: path.clone(), source };
        let file = file.into_inner().map_err(|error| trouble(atomic_file::nameless(error.error())))?;
        file.persist(&place).map(drop).map_err(|error| trouble(error.error))
    }

    /// Gives the file in `output` its name, if one was begun.
    ///
    /// # Errors
    /// As for [`Self::commit`].
    pub fn commit_begun(output: &mut Option<Self>) -> Result<(), FilmError> {
        output.take().map_or(Ok(()), Self::commit)
    }

    /// `source`, which writing this file gave.
    #[must_use]
    pub fn trouble(&self, source: io::Error) -> FilmError {
        FilmError::Io { path: self.path.clone(), source }
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes).map_err(|error| atomic_file::nameless(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush().map_err(|error| atomic_file::nameless(&error))
    }
}

impl Seek for OutputFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_file_gets_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.gif");
        let mut output = OutputFile::create(&path).unwrap();
        output.write_all(b"half").unwrap();
        drop(output);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        let mut output = OutputFile::create(&path).unwrap();
        output.write_all(b"whole").unwrap();
        output.commit().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_followed_and_a_device_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("there.gif"), folder.path().join("here.gif"));
        std::os::unix::fs::symlink("there.gif", &link).unwrap();
        let mut output = OutputFile::create(&link).unwrap();
        output.write_all(b"whole").unwrap();
        output.commit().unwrap();
        assert_eq!(std::fs::read(target).unwrap(), b"whole");
        assert!(link.is_symlink());
        let _held = std::os::unix::net::UnixListener::bind(folder.path().join("socket.gif")).unwrap();
        let error = OutputFile::create(&folder.path().join("socket.gif")).unwrap_err().to_string();
        assert!(error.contains("socket.gif: this is a pipe or a device"), "{error}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/yet/film.gif");
        OutputFile::create(&path).unwrap().commit().unwrap();
        assert!(path.is_file());
        let error = OutputFile::create(&path.join("film.gif")).unwrap_err().to_string();
        assert!(error.starts_with(&format!("{}: ", path.join("film.gif").display())), "{error}");
    }
}

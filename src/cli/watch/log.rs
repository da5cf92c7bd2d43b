//! The file that probes are appended to.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::atomic_file;
use crate::cli::output::OutputKind;
use crate::input;

/// Opens what probes are appended to: a new file, or one that a watch has begun.
pub(super) fn open_log(path: &Path) -> io::Result<File> {
    let refused = |why: &str| Err(io::Error::other(why.to_owned()));
    if input::is_named_pipe(path) {
        // To open it would wait for a reader.
        return refused("a named pipe, not a file");
    }
    let file = path.is_file();
    if file && path.metadata()?.len() > 0 && !OutputKind::Log.is_at(path) {
        return refused("it is there already, and no log that a watch has begun; name another file");
    }
    let mut log = atomic_file::appended(path)?;
    // A full disk or a killed program may have left half a line.
    if file && !ends_with_a_line(path)? {
        log.write_all(b"\n")?;
    }
    Ok(log)
}

/// Whether what is at `path` ends where a line does.
pub(in crate::cli) fn ends_with_a_line(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut last = [b'\n'];
    if file.metadata()?.len() > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last == [b'\n'])
}

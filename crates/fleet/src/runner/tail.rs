//! The end of a tape that is still being written: what is published is what stands in the file, and nothing else. So the lanes
//! never wait for the bus, and nothing can be published that is not kept.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use ring::digest::{Context, SHA256};

use crate::line_tape::{LINES_ENDING, RACE_ENDING};
use crate::tape::{LONGEST_TAPE, PieceFacts, TapeEnd};
use crate::wire::{FetchCommand, LARGEST_PIECE, Refusal, RefusalKind};

/// A tape that is read while it is written.
pub(super) struct TapeTail {
    file: File,
    position: usize,
    hash: Context,
}

impl TapeTail {
    /// That of the file at `path`, from its beginning.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, position: 0, hash: Context::new(&SHA256) })
    }

    /// Where the next piece begins.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// The next bytes, up to `most`; none where nothing has been added.
    pub(super) fn next(&mut self, most: usize) -> io::Result<Bytes> {
        let mut piece = vec![0; most];
        let read = self.file.read(&mut piece)?;
        piece.truncate(read);
        self.position += read;
        self.hash.update(&piece);
        Ok(piece.into())
    }

    /// The end of the tape, when all of it has been read and nothing is added any more.
    pub(super) fn end(&self) -> TapeEnd {
        TapeEnd::hashed(self.position, &self.hash.clone().finish())
    }
}

/// The tape in the folder of a race; nothing where none was begun.
fn tape_in(folder: &Path) -> Option<PathBuf> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|file| file.path());
    files.filter(|path| path.extension().is_some_and(|ending| ending == RACE_ENDING || ending == LINES_ENDING)).min()
}

/// The part of the tape in `folder` that `command` asks for, with the end of that where nothing is added any more: the race is not
/// `under_way`.
pub(super) fn fetched(folder: &Path, command: &FetchCommand, under_way: bool) -> Result<(PieceFacts, Bytes), Refusal> {
    let path = tape_in(folder);
    let path =
        path.ok_or_else(|| RefusalKind::Unknown.because(format!("there is no tape of {} here", command.race)))?;
    let failed = |error: io::Error| Refusal::failed(&format!("cannot read the tape: {error}"));
    let most = command.most.min(LARGEST_PIECE as u64);
    let (piece, length) = part(&path, command.from, most).map_err(failed)?;
    let at = usize::try_from(command.from.min(length)).unwrap_or(usize::MAX);
    let last = at.saturating_add(piece.len()) as u64 >= length;
    let end = (last && !under_way).then(|| end_of(&path)).transpose().map_err(failed)?;
    Ok((PieceFacts { at, clock: None, end }, piece))
}

/// Up to `most` bytes of the tape at `path` from `from` on, and how long all of it is now.
fn part(path: &Path, from: u64, most: u64) -> io::Result<(Bytes, u64)> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.min(length)))?;
    let mut piece = Vec::new();
    file.take(most).read_to_end(&mut piece)?;
    Ok((piece.into(), length))
}

/// The end of the tape at `path`, to which nothing is added any more.
fn end_of(path: &Path) -> io::Result<TapeEnd> {
    let mut tail = TapeTail::open(path)?;
    while tail.position < LONGEST_TAPE && !tail.next(1 << 20)?.is_empty() {}
    Ok(tail.end())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn what_is_appended_is_read_and_hashed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.race");
        let mut file = File::create(&path).unwrap();
        let mut tail = TapeTail::open(&path).unwrap();
        assert!(tail.next(10).unwrap().is_empty());
        file.write_all(b"one, two").unwrap();
        assert_eq!((tail.next(4).unwrap(), tail.next(10).unwrap()), (Bytes::from("one,"), Bytes::from(" two")));
        file.write_all(b", three").unwrap();
        assert_eq!((tail.position(), tail.next(20).unwrap()), (8, Bytes::from(", three")));
        assert_eq!(tail.end(), TapeEnd::of(b"one, two, three"));
        assert_eq!(end_of(&path).unwrap(), tail.end());
        assert_eq!(part(&path, 5, 3).unwrap(), (Bytes::from("two"), 15));
        assert_eq!(part(&path, 99, 3).unwrap(), (Bytes::new(), 15));
        assert_eq!(tape_in(dir.path()), Some(path));
    }
}

//! Results on disk: a file that is always whole, whatever happens while it is written.
//! Each time a new file is written beside it, made sure of, and put in its place.

use std::cell::RefCell;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use crate::bench::journal::{JournalRun, RunJournal};
use speed_kings_core::date;
use speed_kings_system::atomic_file;

/// Names that are tried when a file of the same second is there already.
const NAMES_TRIED: u32 = 100;

/// Where one benchmark's results are kept. Nobody else writes there as long as it lives.
#[derive(Debug)]
pub struct ResultsStore {
    path: PathBuf,
    journal: RefCell<RunJournal>,
    _lock: FileLock,
}

/// The right to write to a file. What is locked lies beside it, for the file itself is replaced all the time; whoever is
/// killed leaves that behind, but not the lock.
#[derive(Debug)]
struct FileLock {
    path: PathBuf,
    _held: File,
}

impl FileLock {
    fn take(path: &Path) -> io::Result<Self> {
        let path = path.with_extension("json.lock");
        let file = atomic_file::options().create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { path, _held: file }),
            Err(TryLockError::WouldBlock) => {
                Err(io::Error::new(io::ErrorKind::WouldBlock, "another benchmark writes to it now"))
            }
            // Some network disks have no locks: somebody else may write, too.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Self { path, _held: file })
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // Where that fails an empty file stays, which is in nobody's way.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl ResultsStore {
    /// A new file `dir/label/TIME.json`, named after `now`, UTC, that holds `text` from its first moment.
    ///
    /// # Errors
    /// When the folder can't be made or written.
    pub fn create(dir: &Path, label: &str, now: Timestamp, text: &str) -> io::Result<Self> {
        let folder = dir.join(atomic_file::file_safe(label, '_'));
        atomic_file::folder(&folder)?;
        let time = date::to_second(now).replace(':', "-");
        let mut file = atomic_file::written(&folder, &time, text.as_bytes())?;
        for n in 1..=NAMES_TRIED {
            let path = folder.join(if n == 1 { format!("{time}.json") } else { format!("{time}-{n}.json") });
            match file.persist_noclobber(&path) {
                Ok(_) => {
                    atomic_file::name_kept(&folder)?;
                    return Self::open(path);
                }
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
                Err(failed) => return Err(failed.error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The file of an earlier session.
    ///
    /// # Errors
    /// When somebody else writes to it, or nothing can be written beside it.
    pub fn open(path: PathBuf) -> io::Result<Self> {
        Ok(Self { _lock: FileLock::take(&path)?, journal: RefCell::new(RunJournal::beside(&path)), path })
    }

    /// The path of the file that is written to.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts `text` in the place of what the file holds. When this fails, what it held is still there. A folder that is gone
    /// is made anew: all runs are in `text`.
    ///
    /// # Errors
    /// When the folder can't be written or is full.
    pub fn save(&self, text: &str) -> io::Result<()> {
        atomic_file::replace(&self.path, text.as_bytes())?;
        self.journal.borrow_mut().is_folded_in()
    }

    /// Puts `runs` behind those that the file holds, at the cost of theirs alone. They stand beside it until the next
    /// [`Self::save`].
    ///
    /// # Errors
    /// When nothing can be written beside the file.
    pub fn append(&self, runs: &[JournalRun], now: Instant) -> io::Result<()> {
        self.journal.borrow_mut().append(runs, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let store = ResultsStore::create(dir.path(), "A1", Timestamp::UNIX_EPOCH, "{}").unwrap();
        assert_eq!(store.path(), dir.path().join("A1/1970-01-01T00-00-00Z.json"));
        assert_eq!(std::fs::read_to_string(store.path()).unwrap(), "{}");
        store.save("a longer one").unwrap();
        store.save("short").unwrap();
        assert_eq!(std::fs::read_to_string(store.path()).unwrap(), "short");
        assert_eq!(std::fs::read_dir(dir.path().join("A1")).unwrap().count(), 2, "the file and its lock");
        let next = ResultsStore::create(dir.path(), "A1", Timestamp::UNIX_EPOCH, "{}").unwrap();
        assert_eq!(next.path(), dir.path().join("A1/1970-01-01T00-00-00Z-2.json"));
        let taken = ResultsStore::open(next.path().to_owned()).unwrap_err();
        assert_eq!(taken.to_string(), "another benchmark writes to it now");
        let path = next.path().to_owned();
        drop((store, next));
        assert_eq!(std::fs::read_dir(dir.path().join("A1")).unwrap().count(), 2, "no lock stays");
        ResultsStore::open(path).unwrap();
    }

    #[test]
    fn what_a_killed_session_left_is_removed_with_the_next_save() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        std::fs::write(dir.path().join(".a.json.Xy12ab.speed-kings.part"), "half").unwrap();
        std::fs::write(dir.path().join("a.json.lock"), "").unwrap();
        let store = ResultsStore::open(path).unwrap();
        store.save("{}").unwrap();
        drop(store);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_was_there_survives_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("gone")).unwrap();
        let gone = ResultsStore::open(dir.path().join("gone/x.json")).unwrap();
        std::fs::remove_dir_all(dir.path().join("gone")).unwrap();
        gone.save("{}").unwrap();
        assert_eq!(std::fs::read_to_string(gone.path()).unwrap(), "{}", "a folder that was deleted comes back");
        drop(gone);
        std::fs::remove_dir_all(dir.path().join("gone")).unwrap();
        let folder = dir.path().join("full.json");
        std::fs::create_dir(&folder).unwrap();
        assert!(ResultsStore::open(folder.clone()).unwrap().save("{}").is_err(), "a folder is no file");
        assert!(folder.is_dir());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays behind");
    }

    #[test]
    fn labels_never_leave_their_folder() {
        assert_eq!(atomic_file::file_safe("../a b/ü.c", '_'), "---a-b---c");
        assert_eq!(atomic_file::file_safe("", '_'), "race");
    }
}

//! Results on disk: a file that is always whole, whatever happens while it is written.
//! Each time a new file is written beside it, made sure of, and put in its place.

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::draft;

/// Names that are tried when a file of the same second is there already.
const NAMES_TRIED: u32 = 100;

/// Where one benchmark's results are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// A new file `dir/label/TIME.json`, named after `now`, UTC, that holds `text` from its first moment.
    ///
    /// # Errors
    /// When the folder can't be made or written.
    pub fn create(dir: &Path, label: &str, now: SystemTime, text: &str) -> io::Result<Self> {
        let folder = dir.join(draft::file_safe(label, '_'));
        std::fs::create_dir_all(&folder)?;
        let time = humantime::format_rfc3339_seconds(now).to_string().replace(':', "-");
        let mut file = draft::written(&folder, &time, text.as_bytes())?;
        for n in 1..=NAMES_TRIED {
            let path = folder.join(if n == 1 { format!("{time}.json") } else { format!("{time}-{n}.json") });
            match file.persist_noclobber(&path) {
                Ok(_) => return draft::name_kept(&folder).map(|()| Self { path }),
                Err(taken) if taken.error.kind() == io::ErrorKind::AlreadyExists => file = taken.file,
                Err(failed) => return Err(failed.error),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The file of an earlier session.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Puts `text` in the place of what the file holds. When this fails, what it held is still there.
    ///
    /// # Errors
    /// When the folder can't be written or is full.
    pub fn save(&self, text: &str) -> io::Result<()> {
        draft::replace(&self.path, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_else_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::create(dir.path(), "A1", SystemTime::UNIX_EPOCH, "{}").unwrap();
        assert_eq!(store.path(), dir.path().join("A1/1970-01-01T00-00-00Z.json"));
        assert_eq!(std::fs::read_to_string(store.path()).unwrap(), "{}");
        store.save("a longer one").unwrap();
        store.save("short").unwrap();
        assert_eq!(std::fs::read_to_string(store.path()).unwrap(), "short");
        assert_eq!(std::fs::read_dir(dir.path().join("A1")).unwrap().count(), 1);
        let next = Store::create(dir.path(), "A1", SystemTime::UNIX_EPOCH, "{}").unwrap();
        assert_eq!(next.path(), dir.path().join("A1/1970-01-01T00-00-00Z-2.json"));
    }

    #[test]
    fn what_was_there_survives_a_failure() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::at(dir.path().join("gone/x.json"));
        assert!(store.save("{}").is_err());
        let folder = dir.path().join("full.json");
        std::fs::create_dir(&folder).unwrap();
        assert!(Store::at(folder.clone()).save("{}").is_err(), "a folder is no file");
        assert!(folder.is_dir());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays behind");
    }

    #[test]
    fn labels_never_leave_their_folder() {
        assert_eq!(draft::file_safe("../a b/ü.c", '_'), "---a-b---c");
        assert_eq!(draft::file_safe("", '_'), "race");
    }
}

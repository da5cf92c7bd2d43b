//! A file that is never half there: it is written under another name beside its place, and gets its own once it is whole.
//! Whatever ends the work before that leaves what was there before, and nothing else.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

/// Begins a file in `folder` that will be called `name` or something like it.
///
/// # Errors
/// When nothing can be written there.
pub fn begin(folder: &Path, name: &str) -> io::Result<NamedTempFile> {
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(".part");
    // A temporary file is its owner's alone unless told otherwise. What the user's mask forbids is taken off.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A file with all of `bytes` that is on the disk and only lacks its name.
///
/// # Errors
/// When the folder can't be written or is full.
pub fn written(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = begin(folder, name)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// Puts `bytes` in the place of whatever is at `path`. When this fails, that is still there.
///
/// # Errors
/// When the folder can't be written or is full.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = folder_of(path);
    written(folder, &name_of(path), bytes)?.persist(path).map_err(|failed| failed.error)?;
    name_kept(folder)
}

/// Brings new names in `folder` to the disk, too; only Unix can be asked for that.
///
/// # Errors
/// When the folder can't be read, or its disk fails.
pub fn name_kept(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The folder of `path`; the present one for a bare name.
#[must_use]
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The last part of `path`.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `name` with everything that a file name had better not have replaced, and cut where it gets long. Letters, digits and
/// dashes stay, and so does `kept`.
#[must_use]
pub fn file_safe(name: &str, kept: char) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == kept { c } else { '-' };
    let name: String = name.chars().map(safe).take(80).collect();
    if name.is_empty() { "race".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_is_replaced_as_a_whole_or_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        replace(&path, b"a longer one").unwrap();
        replace(&path, b"short").unwrap();
        drop(written(dir.path(), "a.json", b"never named").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"short");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        assert!(replace(&dir.path().join("gone/a.json"), b"x").is_err());
        assert_eq!((folder_of(Path::new("a")), name_of(Path::new("b/a")).as_str()), (Path::new("."), "a"));
    }

    #[test]
    fn names_are_made_harmless() {
        assert_eq!(file_safe("B/../x y", '.'), "B-..-x-y");
        assert_eq!(file_safe("../a b/ü.c", '_'), "---a-b---c");
        assert_eq!(file_safe("", '_'), "race");
        assert_eq!(file_safe(&"x".repeat(200), '_').len(), 80);
    }
}

//! A file that is never half there: it is written under another name beside its place, and gets its own once it is whole.
//! Whatever ends the work before that leaves what was there before, and nothing else.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Links that are followed at the most, as systems have it themselves.
const MOST_LINKS: usize = 40;
/// What the name of a draft ends in.
const SUFFIX: &str = ".part";

/// Where a file at `path` really lies: behind its links, which stay and lead to whatever is put there.
///
/// # Errors
/// When what is there is no plain file, so that nothing may take its place.
pub fn place(path: &Path) -> io::Result<PathBuf> {
    match path.metadata() {
        Ok(found) if found.is_dir() => {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "this is a folder; name a file in it"));
        }
        Ok(found) if !found.is_file() => {
            let why = "this is a pipe or a device, whose place no file may take; name a plain file";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        _ => {}
    }
    let mut place = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = place.read_link() else { return Ok(place) };
        place = folder_of(&place).join(target);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "this link leads to no end; name a plain file"))
}

/// Begins a file in `folder` that will be called `name` or something like it.
///
/// # Errors
/// When nothing can be written there.
pub fn begin(folder: &Path, name: &str) -> io::Result<NamedTempFile> {
    let prefix = prefix(name);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX);
    // A temporary file is its owner's alone unless told otherwise. What the user's mask forbids is taken off.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(|error| plain(&error))
}

/// Removes the drafts of the file at `path` that were never finished. Only whoever alone may write there knows that nobody
/// is at one of them.
pub fn sweep(path: &Path) {
    let prefix = prefix(&name_of(path));
    for entry in std::fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let drawn = name.to_str().and_then(|name| name.strip_prefix(&prefix)?.strip_suffix(SUFFIX));
        // With another dot in it, it is a draft of a file with a longer name.
        if drawn.is_some_and(|drawn| drawn.chars().all(|letter| letter.is_ascii_alphanumeric())) {
            // What can't be removed is in nobody's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// What the names of the drafts of `name` begin with.
fn prefix(name: &str) -> String {
    format!(".{name}.")
}

/// `error` without the name of the draft, which nobody has heard of.
fn plain(error: &io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::NotFound {
        return io::Error::new(error.kind(), "there is no such folder; make it first");
    }
    let told = error.to_string();
    io::Error::new(error.kind(), told.split(" at path ").next().unwrap_or_default())
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

/// Puts `bytes` in the place of the file at `path`, or behind the link that is there. When this fails, what was there
/// still is.
///
/// # Errors
/// When the folder can't be written or is full, or what is there is no plain file.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let place = place(path)?;
    let folder = folder_of(&place);
    written(folder, &name_of(&place), bytes)?.persist(&place).map_err(|failed| failed.error)?;
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

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_leads_to_the_new_file() {
        use std::os::unix::fs::symlink;

        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("far")).unwrap();
        symlink("far/a.json", at("near.json")).unwrap();
        symlink(at("near.json"), at("nearer.json")).unwrap();
        for bytes in [b"one", b"two"] {
            replace(&at("nearer.json"), bytes).unwrap();
            assert_eq!(std::fs::read(at("far/a.json")).unwrap(), bytes);
        }
        assert!(at("nearer.json").is_symlink() && at("near.json").is_symlink());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
        symlink("round.json", at("round.json")).unwrap();
        assert!(replace(&at("round.json"), b"x").unwrap_err().to_string().contains("leads to no end"));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_keeps_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("socket");
        let _held = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let refused = replace(&socket, b"x").unwrap_err().to_string();
        assert!(refused.contains("a pipe or a device") && refused.contains("name a plain file"), "{refused}");
        assert!(!std::fs::symlink_metadata(&socket).unwrap().is_file());
        std::os::unix::fs::symlink(&socket, dir.path().join("link")).unwrap();
        assert!(place(&dir.path().join("link")).is_err(), "nor behind a link");
        let folder = replace(dir.path(), b"x").unwrap_err().to_string();
        assert!(folder.contains("name a file in it"), "{folder}");
    }

    #[test]
    fn trouble_names_no_draft() {
        let dir = tempfile::tempdir().unwrap();
        let absent = replace(&dir.path().join("gone/a.json"), b"x").unwrap_err();
        assert_eq!(absent.to_string(), "there is no such folder; make it first");
        std::fs::write(dir.path().join("file"), "").unwrap();
        let below = begin(&dir.path().join("file"), "a.json").unwrap_err().to_string();
        assert!(!below.contains(".part"), "{below}");
    }

    #[test]
    fn names_are_made_harmless() {
        assert_eq!(file_safe("B/../x y", '.'), "B-..-x-y");
        assert_eq!(file_safe("../a b/ü.c", '_'), "---a-b---c");
        assert_eq!(file_safe("", '_'), "race");
        assert_eq!(file_safe(&"x".repeat(200), '_').len(), 80);
    }
}

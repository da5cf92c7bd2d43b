//! A file that is never half there: it is written under another name beside its place, and gets its own once it is whole.
//! Whatever ends the work before that leaves what was there before, and nothing else: what a killed program left is swept
//! by the next one. Files hold prompts and answers, so they are their owner's alone unless told otherwise.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::NamedTempFile;

/// Links that are followed at the most, as systems have it themselves.
const MOST_LINKS: usize = 40;
/// What the name of a draft ends in, so that no other program's is taken for one.
const SUFFIX: &str = ".speed-kings.part";
/// What the names of temporary files begin with.
const TEMPORARY: &str = "speed-kings-";
/// How often a draft is begun anew when another program has swept it before it was locked.
const TRIES: u32 = 8;

/// Whether files are everybody's to read, as far as the user's mask allows.
static PUBLIC: AtomicBool = AtomicBool::new(false);

/// From now on files and folders are made for everybody to read, as far as the user's mask allows.
pub fn make_public() {
    PUBLIC.store(true, Ordering::Relaxed);
}

/// The rights of a new file: its owner's alone, or everybody's. What the mask forbids is taken off in any case.
#[cfg(unix)]
fn mode() -> u32 {
    if PUBLIC.load(Ordering::Relaxed) { 0o666 } else { 0o600 }
}

/// How a file is opened for writing, with the right rights where it is new.
#[must_use]
pub fn options() -> OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode());
    options
}

/// Opens the file at `path` for appending; it and its folder are made where they are not there.
///
/// # Errors
/// When the folder or the file can't be made, or not be written.
pub fn appended(path: &Path) -> io::Result<File> {
    folder(folder_of(path))?;
    options().create(true).append(true).open(path)
}

/// Makes the folder at `path` and those above it, where they are not there.
///
/// # Errors
/// When that is not allowed, or a file is in the way.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, if mode() == 0o600 { 0o700 } else { 0o777 });
    builder.recursive(true).create(path)
}

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

/// Begins a file in the folder `at` that will be called `name` or something like it. The folder is made where it is not there,
/// and drafts in it that nobody is at any more are removed first.
///
/// # Errors
/// When nothing can be written there.
pub fn begin(at: &Path, name: &str) -> io::Result<NamedTempFile> {
    folder(at)?;
    sweep(at, ".", SUFFIX);
    let prefix = format!(".{name}.");
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX);
    // A file that is there keeps its rights.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = std::fs::metadata(at.join(name)).ok().filter(std::fs::Metadata::is_file);
        let mode = kept.map_or_else(mode, |there| there.permissions().mode() & 0o777);
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    held(|| builder.tempfile_in(at)).map_err(|error| nameless(&error))
}

/// A temporary file for `purpose`, with a name that ends in `ending`, in the system's folder for them. It is gone with
/// what is given; those that a killed program left are removed.
///
/// # Errors
/// When nothing can be written there.
pub fn temporary(purpose: &str, ending: &str) -> io::Result<NamedTempFile> {
    let (folder, prefix) = (std::env::temp_dir(), format!("{TEMPORARY}{purpose}-"));
    sweep(&folder, &prefix, ending);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(ending);
    held(|| builder.tempfile_in(&folder)).map_err(|error| nameless(&error))
}

/// A file that `make` makes, locked as long as somebody is at it, so that nobody sweeps it.
fn held(make: impl Fn() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
    let mut file = make()?;
    for _ in 0..TRIES {
        match file.as_file().try_lock() {
            Ok(()) if file.path().exists() => break,
            // Somebody was quicker and sweeps it.
            Ok(()) | Err(TryLockError::WouldBlock) => file = make()?,
            // Where a disk has no locks nothing is swept, either.
            Err(TryLockError::Error(_)) => break,
        }
    }
    Ok(file)
}

/// Removes the files in `folder` with such names that nobody has locked: whoever made them was killed.
fn sweep(folder: &Path, prefix: &str, ending: &str) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(prefix) && name.ends_with(ending));
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if ours && is_file() && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok()) {
            // What can't be removed is in nobody's way.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// `error` without the name of the file that was being written, which nobody has heard of.
#[must_use]
pub fn nameless(error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), error.to_string().split(" at path ").next().unwrap_or_default())
}

/// A file with all of `bytes` that is on the disk and only lacks its name.
///
/// # Errors
/// When the folder can't be written or is full.
pub fn written(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let file = begin(folder, name)?;
    file.as_file().write_all(bytes)?;
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
    fn what_a_killed_program_left_is_swept_and_nothing_that_is_written_or_not_ours() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        let written = begin(dir.path(), "b.gif").unwrap();
        for name in [".a.gif.Xy12ab.speed-kings.part", ".other.Xy12ab.part", "a.speed-kings.part"] {
            std::fs::write(at(name), "half").unwrap();
        }
        drop(begin(dir.path(), "c.gif").unwrap());
        assert!(!at(".a.gif.Xy12ab.speed-kings.part").exists());
        assert!(written.path().exists() && at(".other.Xy12ab.part").exists() && at("a.speed-kings.part").exists());
        let prompt = temporary("test", ".txt").unwrap();
        let left = std::env::temp_dir().join("speed-kings-test-left.txt");
        std::fs::write(&left, "half").unwrap();
        let next = temporary("test", ".txt").unwrap();
        assert!(prompt.path().exists() && next.path().exists() && !left.exists());
    }

    #[cfg(unix)]
    #[test]
    fn files_and_folders_are_their_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/folder/a.json");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        replace(&path, b"x").unwrap();
        drop(appended(&dir.path().join("log/of/all.jsonl")).unwrap());
        assert_eq!((mode(&path), mode(folder_of(&path)), mode(&dir.path().join("new"))), (0o600, 0o700, 0o700));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        replace(&path, b"y").unwrap();
        assert_eq!(mode(&path), 0o640, "what somebody decided stays");
    }

    #[test]
    fn trouble_names_no_draft() {
        let dir = tempfile::tempdir().unwrap();
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

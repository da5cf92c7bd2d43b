//! Files that the user names: only what was saved is read, up to a bound, so that none of them blocks or grows forever.
//! A pipe that the shell made, such as `<(command)` or `/dev/stdin`, is read up to the same bound.

use std::fs::{File, FileType, Metadata};
use std::io::{self, Read as _};
use std::path::Path;

/// A catalogue, or claims in its form, may not be larger than this.
pub const LARGEST_CATALOG: u64 = 16 << 20;
/// A prompt may not be larger than this; no model takes as much.
pub const LARGEST_PROMPT: u64 = 64 << 20;
/// Results may not be larger than this; those of ten thousand runs stay below.
pub const LARGEST_RESULT: u64 = 256 << 20;

/// Where the shell's pipes are: these are open already, so that opening them waits for nobody.
const OPEN_PIPES: [&str; 4] = ["/dev/fd/", "/dev/stdin", "/proc/self/fd/", "/proc/thread-self/fd/"];
/// Where what looks like a file is made by the kernel while it is read, some of it without end.
const KERNEL: [&str; 2] = ["/proc", "/sys"];

/// Opens the file at `path` for reading.
///
/// # Errors
/// When it can't be opened, or is a folder, a device, a socket, a named pipe, or a file that the kernel makes up.
pub fn open(path: &Path) -> io::Result<File> {
    check(path, &std::fs::metadata(path)?)?;
    let file = File::open(path)?;
    // It may have been replaced since.
    check(path, &file.metadata()?)?;
    Ok(file)
}

/// The bytes of the file at `path`, of which there may be up to `most`.
///
/// # Errors
/// As for [`open`], or when the file is larger.
pub fn read_bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_large(most)) } else { Ok(bytes) }
}

/// The text of the file at `path`, of which there may be up to `most` bytes.
///
/// # Errors
/// As for [`read_bytes`], or when it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read_bytes(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "not a text: it is not UTF-8"))
}

/// Whether `path` leads to a pipe that waits for somebody at its other end when it is opened.
#[must_use]
pub fn is_named_pipe(path: &Path) -> bool {
    let pipe = std::fs::metadata(path).is_ok_and(|found| {
        !found.is_dir() && !found.is_file() && matches!(special(found.file_type()), SpecialFile::Pipe)
    });
    pipe && !is_open_already(path)
}

fn is_open_already(path: &Path) -> bool {
    path.to_str().is_some_and(|path| OPEN_PIPES.iter().any(|pipe| path.starts_with(pipe)))
}

fn too_large(most: u64) -> io::Error {
    let most = if most < 1 << 20 { format!("{} KiB", most >> 10) } else { format!("{} MiB", most >> 20) };
    io::Error::other(format!("too large: {most} is the most that is read of such a file"))
}

fn check(path: &Path, found: &Metadata) -> io::Result<()> {
    let refused = |why: &str| Err(io::Error::other(why.to_owned()));
    let kind = found.file_type();
    if kind.is_dir() {
        return refused("a folder, not a file");
    }
    if kind.is_file() {
        let real = path.canonicalize().unwrap_or_default();
        let made_up = cfg!(target_os = "linux") && KERNEL.iter().any(|kernel| real.starts_with(kernel));
        return if made_up { refused("made up by the kernel as it is read, not a saved file") } else { Ok(()) };
    }
    match special(kind) {
        SpecialFile::Pipe if is_open_already(path) => Ok(()),
        SpecialFile::Pipe => refused("a named pipe, not a file; /dev/stdin and <(COMMAND) are read"),
        SpecialFile::Socket => refused("a socket, not a file"),
        SpecialFile::Device => refused("a device or a terminal, not a file"),
    }
}

/// What is neither a file nor a folder.
enum SpecialFile {
    Pipe,
    Socket,
    Device,
}

#[cfg(unix)]
fn special(kind: FileType) -> SpecialFile {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        SpecialFile::Pipe
    } else if kind.is_socket() {
        SpecialFile::Socket
    } else {
        SpecialFile::Device
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> SpecialFile {
    SpecialFile::Device
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "x".repeat(2048)).unwrap();
        assert_eq!(read_text(&path, 2048).unwrap().len(), 2048);
        let large = read_text(&path, 2047).unwrap_err().to_string();
        assert_eq!(large, "too large: 1 KiB is the most that is read of such a file");
        assert!(read_bytes(&path, 1 << 20).is_ok());
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(read_text(&path, 10).unwrap_err().to_string().contains("not UTF-8"));
        assert!(read_bytes(dir.path(), 10).unwrap_err().to_string().starts_with("a folder"));
        assert_eq!(read_bytes(&dir.path().join("none"), 10).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn what_blocks_or_never_ends_is_refused_before_it_is_opened() {
        let dir = tempfile::tempdir().unwrap();
        let pipe = dir.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let why = |path: &Path| read_bytes(path, 10).unwrap_err().to_string();
        assert!(why(&pipe).starts_with("a named pipe"));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        for device in [Path::new("/dev/zero"), Path::new("/dev/tty"), &link] {
            assert!(why(device).starts_with("a device"), "{}", device.display());
        }
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(why(&socket).starts_with("a socket"));
        if cfg!(target_os = "linux") {
            assert!(why(Path::new("/proc/self/status")).starts_with("made up by the kernel"));
        }
    }
}

//! Whether a path may be written to: what is there already must be asked for, or be this program's own of the same kind.
//! What a file is, is told by what is in it; a name says nothing about that.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::film::{CLEAR_FORMATS, MADE_BY};
use crate::record::reader::read_header_of;

/// How much of either end of a file is looked at.
const LOOKED_AT: u64 = 1 << 16;

/// What a file can be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum OutputKind {
    Recording,
    Gif,
    Png,
    Mp4,
    Webm,
    Mkv,
    Webp,
    Wav,
    Cast,
    Svg,
    Html,
    Txt,
    Json,
    Csv,
    Markdown,
    Findings,
    Log,
    Junit,
    /// A report as a page.
    Page,
    /// A report of any other form: it may be all that is left of what was measured, so none is replaced unasked.
    Report,
}

/// What a log begins with whose lines have no version yet.
const UNVERSIONED_LOG: &[u8] = b"{\"at\":\"";

/// Why a path may not be written to.
#[derive(Debug, thiserror::Error)]
pub(super) enum OutputRefusal {
    /// The same file is read by the command.
    #[error(
        "{} is the file that is read, and writing to it would destroy it; give the output another name, or add --force to \
         replace it", .0.display()
    )]
    Input(PathBuf),
    /// There is something that is never replaced unasked.
    #[error("{} is there already; give the output another name, or add --force to replace it", .0.display())]
    Kept(PathBuf),
    /// There is something else.
    #[error(
        "{} is there already and is no {} that speed-kings made; give the output another name, or add --force to replace it",
        .0.display(), .1
    )]
    Other(PathBuf, &'static str),
}

/// What can't be written to.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadOutput {
    /// An ending that stands for no format, and those that stand for one.
    #[error("{}: unknown format; the known endings are {}", .0.display(), .1)]
    Ending(PathBuf, String),
    /// Stdout, whose name has no ending that says the format; the endings that would.
    #[error("stdout has no ending that names the format; name a file, with one of {0}")]
    Stdout(String),
    /// A file whose ground can't be seen through.
    #[error("{}: {CLEAR_FORMATS}", .0.display())]
    Opaque(PathBuf),
    /// A file that has no picture to draw a window around.
    #[error("{}: there is no window in this format; --frame works with .svg, .png, .gif, .apng, .webp, video and --to frames/", .0.display())]
    Unframed(PathBuf),
    /// A colour behind the window where nothing is to be behind it.
    #[error("--frame=COLOUR fills what --transparent leaves out: give one of them, or --frame without a colour")]
    NoBackdrop,
    /// A master of something that is none.
    #[error(
        "--master is for .mp4, .webm and .mkv, and none of them is to be written; every other picture is lossless anyway"
    )]
    NoMaster,
    /// A sound for what has none.
    #[error(
        "--sound is for .mp4, .webm, .mkv and --to frames/, and none of them is to be written; --to race.wav is the sound alone"
    )]
    NoSound,
    /// A folder, which can't be kept to a size.
    #[error("{}: a folder of frames is as large as its frames are, so no size can be asked for; export it by itself", .0.display())]
    Unmeasured(PathBuf),
    /// Nothing to make it of.
    #[error("no recording given: speed-kings export FILE --to {}", .0.display())]
    NoRecording(PathBuf),
    /// A file that would be written twice.
    #[error("{} and {} are the same file; give each output its own name", .0.display(), .1.display())]
    Twice(PathBuf, PathBuf),
}

/// Makes sure that a file of `kind` may be written to `path` while `inputs` are read.
///
/// # Errors
/// When it is one of them, or there is something else, unless `force` allows that.
pub(super) fn check(path: &Path, kind: OutputKind, inputs: &[&Path], force: bool) -> Result<(), OutputRefusal> {
    // A folder, a pipe or a device has an error of its own.
    if force || is_stdout(path) || !path.is_file() {
        return Ok(());
    }
    if inputs.iter().any(|input| is_same(path, input)) {
        return Err(OutputRefusal::Input(path.to_owned()));
    }
    if kind == OutputKind::Report {
        return Err(OutputRefusal::Kept(path.to_owned()));
    }
    if kind.is_at(path) { Ok(()) } else { Err(OutputRefusal::Other(path.to_owned(), kind.title())) }
}

/// Whether two paths are one file, by whatever names and links.
fn is_same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let id = |path: &Path| path.metadata().ok().map(|found| (found.dev(), found.ino()));
        id(a).is_some() && id(a) == id(b)
    }
    #[cfg(not(unix))]
    {
        let id = |path: &Path| path.canonicalize().ok();
        id(a).is_some() && id(a) == id(b)
    }
}

impl OutputKind {
    const fn title(self) -> &'static str {
        match self {
            Self::Recording => "recording",
            Self::Gif => "GIF",
            Self::Png => "PNG",
            Self::Mp4 => "MP4",
            Self::Webm => "WebM",
            Self::Mkv => "Matroska video",
            Self::Webp => "WebP",
            Self::Wav => "WAV",
            Self::Cast => "asciicast",
            Self::Svg => "SVG",
            Self::Html => "HTML page",
            Self::Txt => "text still",
            Self::Json => "JSON report",
            Self::Csv => "CSV report",
            Self::Markdown => "Markdown report",
            Self::Findings => "page of findings",
            Self::Log => "log of a watch",
            Self::Junit => "JUnit file",
            Self::Page => "report page",
            Self::Report => "report",
        }
    }

    /// What this program's own files of this kind begin with, and what stands near one of their ends.
    const fn signs(self) -> (&'static [u8], &'static str) {
        match self {
            Self::Recording | Self::Report => (b"", ""),
            Self::Gif => (b"GIF89a", MADE_BY),
            Self::Png => (b"\x89PNG", MADE_BY),
            Self::Mp4 => (b"", MADE_BY),
            Self::Webm | Self::Mkv => (b"\x1A\x45\xDF\xA3", MADE_BY),
            Self::Webp | Self::Wav => (b"RIFF", MADE_BY),
            Self::Cast => (b"{\"", "SPEED KINGS"),
            Self::Svg => (b"<svg ", "SPEED KINGS"),
            Self::Html => (b"<!DOCTYPE html>", MADE_BY),
            Self::Txt => ("♛ SPEED KINGS ".as_bytes(), ""),
            Self::Json => (b"{\n\"version\": 1,\n", "\"tool\": \"speed-kings "),
            Self::Csv => (b"at_us,lane,contestant,event,payload\r\n", ""),
            Self::Markdown => (b"# ", " by speed-kings "),
            Self::Findings => (b"# ", "A factor says how many times faster"),
            Self::Log => (b"{\"version\":", "\"probes\":"),
            Self::Junit => (b"<?xml ", "<testsuites name=\"speed-kings\""),
            Self::Page => (b"<!DOCTYPE html>", "name=\"generator\" content=\"speed-kings "),
        }
    }

    /// Whether the file at `path` is one of this kind that this program made.
    pub(super) fn is_at(self, path: &Path) -> bool {
        if self == Self::Recording {
            return read_header_of(path).is_ok();
        }
        let (begins, holds) = self.signs();
        let begun = |ends: &[u8]| match self {
            // With room at the edges it begins with blanks.
            Self::Txt => ends.trim_ascii_start().starts_with(begins),
            Self::Log => ends.starts_with(begins) || ends.starts_with(UNVERSIONED_LOG),
            _ => ends.starts_with(begins),
        };
        ends(path).is_ok_and(|ends| {
            begun(&ends) && (holds.is_empty() || ends.windows(holds.len()).any(|part| part == holds.as_bytes()))
        })
    }
}

/// The first and the last of what the file at `path` holds.
fn ends(path: &Path) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut ends = Vec::new();
    file.by_ref().take(LOOKED_AT).read_to_end(&mut ends)?;
    file.seek(SeekFrom::Start(length.saturating_sub(LOOKED_AT).max(LOOKED_AT.min(length))))?;
    file.take(LOOKED_AT).read_to_end(&mut ends)?;
    Ok(ends)
}

/// Whether `path` stands for stdout.
pub(super) fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_told_by_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str, text: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let notes = at("notes.md", b"# Notes\n\nmine\n");
        let gif = at("mine.gif", b"GIF89a of somebody");
        let ours = at("ours.md", b"# A vs B\n\nRecorded 2026 by speed-kings 0.1.0.\n");
        for (path, kind) in [
            (&notes, OutputKind::Markdown),
            (&gif, OutputKind::Gif),
            (&ours, OutputKind::Findings),
            (&ours, OutputKind::Recording),
        ] {
            let told = check(path, kind, &[], false).unwrap_err().to_string();
            assert!(told.contains("is there already") && told.contains("--force"), "{told}");
            check(path, kind, &[], true).unwrap();
        }
        check(&ours, OutputKind::Markdown, &[], false).unwrap();
        for title in ["# Findings", "# SIM Findings"] {
            let page = at(
                "page.md",
                format!("{title}\n\nA factor says how many times faster, sooner or cheaper\n").as_bytes(),
            );
            check(&page, OutputKind::Findings, &[], false).unwrap();
        }
        check(&dir.path().join("new.md"), OutputKind::Markdown, &[], false).unwrap();
        let race = Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/wafer-vs-lpu-sim.race");
        check(&race, OutputKind::Recording, &[], false).unwrap();
        assert!(matches!(check(&race, OutputKind::Recording, &[&race], false), Err(OutputRefusal::Input(_))));
    }

    #[cfg(unix)]
    #[test]
    fn an_input_is_known_by_any_name() {
        let dir = tempfile::tempdir().unwrap();
        let race = dir.path().join("a.race");
        std::fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("recordings/wafer-vs-lpu-sim.race"), &race).unwrap();
        let (soft, hard) = (dir.path().join("soft.race"), dir.path().join("hard.race"));
        std::os::unix::fs::symlink("a.race", &soft).unwrap();
        std::fs::hard_link(&race, &hard).unwrap();
        for name in [&soft, &hard, &dir.path().join("./a.race")] {
            assert!(
                matches!(check(name, OutputKind::Recording, &[&race], false), Err(OutputRefusal::Input(_))),
                "{}",
                name.display()
            );
        }
    }
}

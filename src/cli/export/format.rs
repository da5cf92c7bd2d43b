//! What each ending becomes, and what that needs to know: which kind of file it is, how many frames a second are usual.
//! An output that ends in a slash, or is a folder, becomes a folder of frames.

use std::path::Path;

use super::fit::FilmKind;
use super::text::{self, TextFormat};
use crate::cli::output::{BadOutput, OutputKind, is_stdout};
use crate::film::animation;
use crate::film::video::VideoContainer;

/// What an ending becomes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ExportFormat {
    Png,
    Card,
    Gif,
    Apng,
    Webp,
    Frames,
    Video(VideoContainer),
    Sound,
    Text(TextFormat),
}

/// Every ending that is known.
const ENDINGS: [(&str, ExportFormat); 8] = [
    ("png", ExportFormat::Png),
    ("gif", ExportFormat::Gif),
    ("apng", ExportFormat::Apng),
    ("webp", ExportFormat::Webp),
    ("mp4", ExportFormat::Video(VideoContainer::Mp4)),
    ("webm", ExportFormat::Video(VideoContainer::Webm)),
    ("mkv", ExportFormat::Video(VideoContainer::Mkv)),
    ("wav", ExportFormat::Sound),
];

/// All endings that stand for a format, as a message lists them.
fn endings() -> String {
    let endings = ENDINGS.iter().map(|(ending, _)| ending).chain(text::ENDINGS.iter().map(|(ending, _)| ending));
    endings.map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ")
}

impl ExportFormat {
    fn of(path: &Path) -> Result<Self, BadOutput> {
        if is_stdout(path) {
            return Err(BadOutput::Stdout(endings()));
        }
        if path.to_string_lossy().ends_with(std::path::is_separator) || path.is_dir() {
            return Ok(Self::Frames);
        }
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let texts = text::ENDINGS.iter().map(|(known, format)| (*known, Self::Text(*format)));
        let known = ENDINGS.into_iter().chain(texts).find(|(known, _)| *known == ending).map(|(_, format)| format);
        known.ok_or_else(|| BadOutput::Ending(path.to_owned(), endings()))
    }

    /// The format of `path`, with the card told from other pictures by the file's name.
    pub(super) fn asked(path: &Path, card: bool) -> Result<Self, BadOutput> {
        let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("card"));
        let format = Self::of(path)?;
        Ok(if format == Self::Png && (card || named) { Self::Card } else { format })
    }

    /// What kind of file it is.
    pub(super) const fn kind(self) -> OutputKind {
        match self {
            Self::Png | Self::Card | Self::Apng | Self::Frames => OutputKind::Png,
            Self::Gif => OutputKind::Gif,
            Self::Webp => OutputKind::Webp,
            Self::Video(VideoContainer::Mp4) => OutputKind::Mp4,
            Self::Video(VideoContainer::Webm) => OutputKind::Webm,
            Self::Video(VideoContainer::Mkv) => OutputKind::Mkv,
            Self::Sound => OutputKind::Wav,
            Self::Text(format) => format.kind(),
        }
    }

    /// What makes a file of it smaller.
    pub(super) const fn kind_of_film(self, master: bool) -> FilmKind {
        match self {
            Self::Video(VideoContainer::Mp4 | VideoContainer::Webm) if !master => FilmKind::Coded,
            Self::Video(_) | Self::Gif | Self::Apng | Self::Webp => FilmKind::Raster,
            Self::Text(TextFormat::Svg | TextFormat::Html | TextFormat::Cast) => FilmKind::Drawn,
            Self::Png | Self::Card | Self::Text(_) | Self::Frames | Self::Sound => FilmKind::Still,
        }
    }

    /// Whether a window can be drawn around it.
    pub(super) const fn has_frame(self) -> bool {
        !matches!(self, Self::Sound) && !matches!(self, Self::Text(format) if !matches!(format, TextFormat::Svg))
    }

    /// Whether it is made for a page rather than a screen.
    pub(super) const fn is_small(self) -> bool {
        matches!(self, Self::Gif | Self::Apng | Self::Webp)
    }

    /// Frames a second where nobody says.
    pub(super) const fn fps(self) -> u32 {
        match self {
            // More frames than it takes would be drawn for nothing.
            Self::Text(TextFormat::Svg) => animation::RATE,
            Self::Gif | Self::Apng | Self::Webp | Self::Png | Self::Card | Self::Sound | Self::Text(_) => 30,
            Self::Video(_) | Self::Frames => 60,
        }
    }
}

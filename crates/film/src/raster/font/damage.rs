//! What can be wrong with a font, in words.
//! A font that was named is refused for it; one that was found is passed over.

use std::path::PathBuf;
use std::sync::Arc;

use skrifa::Tag;

/// Why a font can't be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum FontError {
    /// The file gave trouble.
    #[error("font {}: {source}", path.display())]
    Io {
        /// Path of the font file that can't be read.
        path: PathBuf,
        /// Why it can't be read, as the system says.
        source: Arc<std::io::Error>,
    },
    /// Something else than a font; the path of the file.
    #[error("font {}: not a font that can be read; TrueType and OpenType files can (.ttf, .otf, .ttc)", .0.display())]
    Format(PathBuf),
    /// Its tables are wrong.
    #[error("font {}: damaged: {damage}", path.display())]
    Damaged {
        /// Path of the font file that is damaged.
        path: PathBuf,
        /// What is wrong with the font.
        damage: FontDamage,
    },
    /// One of its glyphs can't be drawn.
    #[error("font {}: the glyph of '{symbol}' can't be drawn: {damage}", path.display())]
    Glyph {
        /// Path of the font file with that glyph.
        path: PathBuf,
        /// What should have been drawn.
        symbol: String,
        /// What is wrong with the glyph.
        damage: FontDamage,
    },
}

/// What is wrong with a font.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FontDamage {
    /// It is no font at all.
    #[error("not a font")]
    NoFont,
    /// A table goes on behind the end.
    #[error("its table '{0}' ends after the file does")]
    Outside(Tag),
    /// There is no such table.
    #[error("it has no table '{0}'")]
    Lacks(Tag),
    /// A table makes no sense.
    #[error("its table '{0}' makes no sense")]
    Table(Tag),
    /// A glyph is put together from more parts, or on more levels, than these most.
    #[error("it is put together from more than {0} parts, or on more than {1} levels")]
    Parts(usize, usize),
    /// Too long an outline.
    #[error("its outline has more than {0} points")]
    Points(usize),
    /// A glyph has more layers of colour than this most.
    #[error("it has more than {0} layers of colour")]
    Layers(usize),
    /// Too large an outline.
    #[error("it is many times larger than the letters are")]
    Large,
    /// Too large a picture.
    #[error("its picture has more than {0} pixels on a side")]
    Picture(u32),
    /// A picture that can't be read.
    #[error("its picture is damaged or too large")]
    Png,
    /// The font's reader gave up.
    #[error("the font's tables contradict each other")]
    Panic,
    /// It takes too long.
    #[error("it takes longer than {0} s")]
    Slow(u64),
    /// There is no thread for it.
    #[error("the system has no thread left to draw it on")]
    NoThread,
}

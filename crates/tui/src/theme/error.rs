//! What can be wrong with a theme file, said so that its author can mend it.
//! Every message starts with file, line and column and ends with what is allowed.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// A point in a theme file; line and column count from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilePosition {
    /// The file, as its reader knows it.
    pub origin: String,
    /// Line in the file, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for FilePosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.origin, self.line, self.column)
    }
}

/// Why a theme could not be had.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// The file does not have the shape of a theme.
    #[error("{place}: {reason}")]
    Syntax {
        /// The point at which reading stopped.
        place: FilePosition,
        /// What the reader expected.
        reason: String,
    },
    /// A slot is given something that is no colour.
    #[error("{place}: slot '{slot}': '{}' is not a colour; expected {allowed}", text.escape_debug())]
    Colour {
        /// Where the text is.
        place: FilePosition,
        /// The slot it was meant for.
        slot: String,
        /// The text as written.
        text: String,
        /// What may be written instead.
        allowed: String,
    },
    /// A slot is not given and nothing is inherited.
    #[error("{place}: slot '{slot}' is missing; give it, or inherit the rest with `inherits: \"midnight\"`")]
    Missing {
        /// The start of the theme.
        place: FilePosition,
        /// Name of the slot that is missing.
        slot: String,
    },
    /// A theme inherits from one that is not there.
    #[error("{place}: inherits '{}', which is not a known theme", base.escape_debug())]
    Base {
        /// Where the name is.
        place: FilePosition,
        /// The name as written.
        base: String,
    },
    /// The file could not be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

//! A file line by line, with a bound on each: a line that is too long is passed over.

use std::io::{self, BufRead};

use crate::bound::BOUND;

/// What the next line of the file turned out to be.
pub(crate) enum NextLine {
    /// A line, without its break.
    Line,
    /// One that is longer than a recording has any.
    TooLong,
    /// None: the file is at its end.
    End,
}

/// What is wrong with a line that is too long.
pub(crate) fn too_long() -> String {
    format!("longer than {} MiB", BOUND.line >> 20)
}

/// What `source` has at hand, of which there is something unless it is at its end.
pub(crate) fn filled(source: &mut impl BufRead) -> io::Result<&[u8]> {
    while let Err(error) = source.fill_buf() {
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    source.fill_buf()
}

/// Whether nothing more can be read.
pub(crate) fn at_end(source: &mut impl BufRead) -> bool {
    source.fill_buf().is_ok_and(<[u8]>::is_empty)
}

/// Reads the next line into `line`, without its break. A line that is too long is passed over.
pub(crate) fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<NextLine> {
    line.clear();
    let mut too_long = false;
    loop {
        let buffer = filled(source)?;
        let end = memchr::memchr(b'\n', buffer);
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        // The end of the file without a break ends the line that has begun.
        let over = end.is_some() || part.is_empty();
        too_long |= line.len() + part.len() >= BOUND.line;
        if too_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        source.consume(used);
        if over {
            return Ok(match (too_long, end) {
                (true, _) => NextLine::TooLong,
                (false, None) if line.is_empty() => NextLine::End,
                (false, _) => NextLine::Line,
            });
        }
    }
}

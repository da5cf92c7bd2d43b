//! How much room what grows is given: so that of many long lanes, none takes memory that it doesn't need.

/// From here on room costs nothing until it is used: a system hands it out page by page, and moves it without a copy when it grows.
const PAGED: usize = 256 << 10;
/// What is shorter has room for as much again.
const SHORT: usize = 4 << 10;

/// How many bytes of room are made behind `length` bytes for `needed` more.
pub(super) fn room(length: usize, needed: usize) -> usize {
    let more = if length < SHORT { length } else { length.max(PAGED) };
    more.max(needed)
}

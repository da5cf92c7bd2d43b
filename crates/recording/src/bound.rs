//! How large a recording gets, and how long a race or its picture: what is read of one, and so what is written of one.
//! A writer that comes to the bound stops there and says so in the end record; the race goes on.

use speed_kings_core::time::{Offset, Period};

/// The furthest from the green light that anything happens, and the longest that a picture lasts: a month.
pub const FURTHEST: Period = Period::from_millis(31 * 24 * 3_600_000);

/// The longest that the verdict stays: a day.
pub const LONGEST_HOLD: Period = Period::from_millis(24 * 3_600_000);

/// How large a recording gets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecordingBound {
    /// Bytes in all, unpacked.
    pub bytes: u64,
    /// Bytes of one line.
    pub line: usize,
    /// How many events, not counting the header and the end record.
    pub events: usize,
}

/// The bound that readers and writers of recordings have in common.
pub const BOUND: RecordingBound = RecordingBound { bytes: 256 << 20, line: 4 << 20, events: 4_000_000 };

/// Where a recording stopped before its race did, and why: in its end record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RecordedUntil {
    /// The last event that is recorded.
    pub at: Offset,
    /// Why there is no more.
    pub why: Box<str>,
}

impl std::fmt::Display for RecordedUntil {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "recorded up to {} only: {}", self.at.since(Offset::GREEN), self.why)
    }
}

/// How much of the bound is taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct BoundMeter {
    bound: RecordingBound,
    bytes: u64,
    events: usize,
}

impl BoundMeter {
    /// Nothing of `bound` is taken.
    pub(super) const fn new(bound: RecordingBound) -> Self {
        Self { bound, bytes: 0, events: 0 }
    }

    /// Takes a `line` of an event, with its break, if there is room for it and for an end record after it; otherwise why
    /// there is none.
    pub(super) fn event(&mut self, line: usize) -> Result<(), String> {
        let RecordingBound { bytes, line: longest, events } = self.bound;
        if line > longest {
            return Err(format!("the next line is longer than the {} MiB that a line has", longest >> 20));
        }
        if self.events >= events {
            return Err(format!("a recording has up to {events} events"));
        }
        let room = bytes.saturating_sub(self.bytes + size(longest));
        if size(line) > room {
            return Err(format!("a recording has up to {} MiB", bytes >> 20));
        }
        self.bytes += size(line);
        self.events += 1;
        Ok(())
    }

    /// Counts the header, which is `line` bytes long with its break.
    pub(super) fn header(&mut self, line: usize) {
        self.bytes += size(line);
    }
}

/// A length as the number of bytes in a file.
pub(super) fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

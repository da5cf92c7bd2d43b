//! Whence the times of a recording's lines count. A packed one has the difference to the line above in each, since small numbers
//! pack well; a plain one has the race clock, so that a damaged line costs nothing but itself.

/// What the times of events count from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum TimeBase {
    /// The green light, as in version 1 and all before it.
    GreenLight,
    /// The event on the line above, as in version 2; for the first event, the green light.
    LineAbove,
}

impl TimeBase {
    /// The version of the format whose times count so.
    pub(crate) const fn version(self) -> u64 {
        match self {
            Self::GreenLight => 1,
            Self::LineAbove => 2,
        }
    }

    /// What the times of this version count from.
    pub(crate) const fn of_version(version: u64) -> Self {
        if version < Self::LineAbove.version() { Self::GreenLight } else { Self::LineAbove }
    }
}

/// Turns times of lines into the race clock and back, one line after the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LineClock {
    base: TimeBase,
    last: i64,
    lost: bool,
}

impl LineClock {
    /// Before the first line with a time.
    pub(crate) const fn new(base: TimeBase) -> Self {
        Self { base, last: 0, lost: false }
    }

    /// When it was on the race clock, in µs, by a line that says `micros`. A time out of all measure goes round, and comes out again
    /// as it went in.
    pub(crate) const fn read(&mut self, micros: i64) -> i64 {
        self.last = match self.base {
            TimeBase::GreenLight => micros,
            TimeBase::LineAbove => self.last.wrapping_add(micros),
        };
        self.last
    }

    /// What the line of an event at `at` says.
    pub(crate) const fn write(&mut self, at: i64) -> i64 {
        let before = std::mem::replace(&mut self.last, at);
        match self.base {
            TimeBase::GreenLight => at,
            TimeBase::LineAbove => at.wrapping_sub(before),
        }
    }

    /// A line doesn't say its time.
    pub(crate) const fn lose(&mut self) {
        self.lost = matches!(self.base, TimeBase::LineAbove);
    }

    /// Whether nobody knows the times of later lines.
    pub(crate) const fn is_lost(&self) -> bool {
        self.lost
    }
}

/// The time that `line` says; nothing where it is no event.
pub(crate) fn time_of(line: &str) -> Option<i64> {
    let number = line.strip_prefix('[')?.trim_start();
    number.split(|c: char| c != '-' && !c.is_ascii_digit()).next()?.parse().ok()
}

/// `line`, which begins with a bracket and a whole number, with `micros` in the place of that.
pub(crate) fn with_time(line: &str, micros: i64) -> String {
    let number = |c: char| c == '-' || c.is_ascii_digit();
    let begin = line.find(number).unwrap_or(line.len());
    let (before, rest) = line.split_at(begin);
    format!("{before}{micros}{}", rest.trim_start_matches(number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(times in proptest::collection::vec(any::<i64>(), 0..20)) {
            for base in [TimeBase::GreenLight, TimeBase::LineAbove] {
                let (mut from, mut to) = (LineClock::new(base), LineClock::new(base));
                for at in &times {
                    prop_assert_eq!(to.read(from.write(*at)), *at);
                }
            }
        }
    }

    #[test]
    fn only_the_time_of_a_line_is_another() {
        assert_eq!(with_time("[-2000,null,\"weather\",{\"at\":-2000}]", 7), "[7,null,\"weather\",{\"at\":-2000}]");
        assert_eq!(with_time("[ 12 , 0]", -3), "[ -3 , 0]");
    }
}

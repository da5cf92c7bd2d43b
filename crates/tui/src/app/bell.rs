//! The terminal's bell, for whoever looks elsewhere while a race runs.

/// The terminal's bell at the end of a live race.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FinishBell {
    /// Nobody wants to hear it.
    Silent,
    /// It rings at each end.
    Asked,
    /// It has to ring now, once.
    Due,
}

impl FinishBell {
    /// Takes note that a live race has ended.
    pub(super) fn end(&mut self) {
        if *self == Self::Asked {
            *self = Self::Due;
        }
    }

    /// Whether it has to ring, once.
    pub(crate) fn take(&mut self) -> bool {
        let due = *self == Self::Due;
        if due {
            *self = Self::Asked;
        }
        due
    }
}

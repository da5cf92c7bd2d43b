//! The section of a replay that is looped: from one moment of the picture to another, the whole where none is set.

use speed_kings_core::time::Period;

/// A section on the picture's clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LoopSection {
    /// Its first moment, if one is set.
    pub first: Option<Period>,
    /// Its last moment, if one is set.
    pub last: Option<Period>,
    /// It begins again at its end.
    pub looping: bool,
}

impl LoopSection {
    /// Sets its first or last moment. The other one goes when the two would be the wrong way round.
    pub(super) fn mark(&mut self, first: bool, at: Period) {
        if first {
            self.first = Some(at);
            self.last = self.last.filter(|last| *last > at);
        } else {
            self.last = Some(at);
            self.first = self.first.filter(|first| *first < at);
        }
    }

    /// Whether it is all of the picture.
    pub(super) const fn is_whole(self) -> bool {
        self.first.is_none() && self.last.is_none()
    }

    /// Where it begins and ends within a picture that runs from `start` to `end`.
    pub(super) fn ends(self, start: Period, end: Period) -> (Period, Period) {
        let last = self.last.unwrap_or(end).min(end);
        (self.first.unwrap_or(start).clamp(start, last.max(start)), last)
    }
}

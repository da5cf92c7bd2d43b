//! What a replay does at its end: it stands there, it begins again, or the verdict stays a while in between.

use crate::source::playback::PlaybackControl;
use speed_kings_core::time::Period;

impl PlaybackControl {
    /// Whether everything has been handed out and nothing begins again, or not before the verdict has been seen.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.next >= self.times.len() && (!self.section.looping || self.paused || self.verdict_hold().is_some())
    }

    /// To the end of the race, and stops the clock; whether the picture shows the end at all.
    pub fn finish(&mut self) -> bool {
        let Some(last) = self.times.last().copied().filter(|_| self.shows_the_end()) else { return false };
        self.paused = true;
        self.seek_to(last);
        true
    }

    /// How long the verdict stays before a loop begins again; nothing where that is not of the loop.
    #[must_use]
    pub fn verdict_hold(&self) -> Option<Period> {
        self.cut.hold_verdict.filter(|_| self.section.looping && self.section.is_whole() && self.shows_the_end())
    }

    /// Whether its last piece goes on to the end of the race: without that there is no verdict to go on to.
    pub(super) fn shows_the_end(&self) -> bool {
        let last = self.cut.pieces().last().zip(self.times.last());
        last.is_some_and(|(piece, end)| (piece.from..=piece.to).contains(end))
    }
}

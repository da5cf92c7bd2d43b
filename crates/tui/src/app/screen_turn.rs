//! Which screen is on, and how one comes over another.

use crate::show::SCREEN_TURN;
use speed_kings_core::time::Period;

/// What is on screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AppScreen {
    /// The phase picker: every phase by group.
    Picker,
    /// The race with its lanes, live or replayed.
    Race,
    /// The verdict over the race.
    Verdict,
    /// Before a film: who meets whom, and over what.
    Intro,
    /// After a film: how it ended, and how fair it was.
    Outro,
    /// The result in one picture that still reads when it is small.
    Card,
    /// The board of a watch, which is drawn from what is measured meanwhile.
    Board,
    /// Answers that are judged without names.
    Blind,
    /// Recordings and results to look through.
    Browser,
}

/// A change of screens: the new one comes over the old one from the left.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ScreenTurn {
    /// The screen that goes.
    pub from: AppScreen,
    /// How much of the new one is there, from 0 to 1.
    pub share: f64,
}

impl ScreenTurn {
    /// The change from `from` that began so long ago; nothing once it is done.
    #[must_use]
    pub fn begun(from: AppScreen, ago: Period) -> Option<Self> {
        let share = ago.as_secs_f64() / SCREEN_TURN.as_secs_f64();
        (share < 1.0).then_some(Self { from, share })
    }
}

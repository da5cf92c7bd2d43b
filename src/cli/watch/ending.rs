//! Why a watch was over.

use crate::ui::UiEnd;

/// Why a watch was over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum WatchEnd {
    /// Its rounds were made.
    Rounds,
    /// Its money was spent.
    Money,
    /// The viewer left, or whoever reads the lines.
    Left,
    /// A signal ended it.
    Interrupted,
    /// Its terminal is gone.
    HungUp,
}

impl From<UiEnd> for WatchEnd {
    fn from(ended: UiEnd) -> Self {
        match ended {
            UiEnd::Left => Self::Left,
            UiEnd::Interrupted => Self::Interrupted,
            UiEnd::HungUp => Self::HungUp,
        }
    }
}

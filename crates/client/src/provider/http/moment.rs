//! When a read was: as it arrived at this machine where the system tells, else when the thread woke for it.

use std::time::Instant;

use crate::bus::ReadClock;
use speed_kings_core::time::Period;

/// When something was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct ReadMoment {
    /// When the last of it arrived at this machine, where the system tells.
    pub(super) arrived: Option<Instant>,
}

impl ReadMoment {
    /// When it came: as it arrived, or else when `clock` says that the thread woke for it. With how late it is taken in, where
    /// the system tells when it arrived.
    pub(super) fn taken(self, clock: &ReadClock) -> (Instant, Option<Period>) {
        let woke = clock.stamp();
        let late = self.arrived.map(|arrived| arrived.elapsed().into());
        (self.arrived.unwrap_or(woke), late)
    }
}

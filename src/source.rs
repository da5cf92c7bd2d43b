//! Anything that can put a race on a screen: a live one or a recorded one.
//! Whoever draws asks for what is due and where the clock stands, and can't tell which it is.

pub mod headless;
pub mod live;
pub mod playback;

use std::time::Instant;

use crate::race::event::Event;
use crate::race::grid::Grid;
use crate::source::playback::Playback;
use crate::time::Offset;

/// What a source says after it was asked for events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    /// More may come.
    Open,
    /// Forget everything so far: the events handed out now begin anew.
    Restarted,
    /// That was all.
    Over,
}

/// A race on its way to a screen.
pub trait Source {
    /// What was settled before it began.
    fn grid(&self) -> &Grid;
    /// Where the race clock stands at `now`; nothing while connections are still being made.
    fn clock(&self, now: Instant) -> Option<Offset>;
    /// Puts every event that is due at `now` into `due`, in order.
    fn poll(&mut self, now: Instant, due: &mut Vec<Event>) -> Flow;
    /// Ends the race at this point.
    fn stop(&mut self);
    /// The controls of a replay.
    fn playback(&mut self) -> Option<&mut Playback> {
        None
    }
    /// Trouble beside the race itself that the viewer should know, such as a full disk.
    fn trouble(&self) -> Option<String> {
        None
    }
}

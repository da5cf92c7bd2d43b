//! Anything that can put a race on a screen: a live one or a recorded one.
//! Whoever draws asks for what is due and where the clock stands, and can't tell which it is.

pub mod headless;
pub(crate) mod lane_group;
pub mod live;
pub mod playback;
pub mod replay;
mod resources;
mod scheduled_start;

use std::time::Instant;

use crate::source::playback::PlaybackControl;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::Event;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::time::{Offset, Period};

/// What a source says after it was asked for events.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SourceFlow {
    /// The race goes on: more events may come.
    Open,
    /// Forget everything so far: [`EventSource::begin`] says what the race is now, and these events go on from there.
    Restarted,
    /// All events have been given out.
    Over,
}

/// How the runner of a lane on another machine stands to whoever watches, where not all is well.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LaneContact {
    /// Nothing has been heard of it for a while. The lane races on where it is.
    Lost,
    /// What is shown was fetched from its own recording afterwards.
    FromTape,
    /// Its request left so long after its green light.
    LateStart(Period),
    /// Its clock moved during the race by more than can be explained: the machine was suspended.
    ClockSuspect,
}

/// A race on its way to a screen.
pub trait EventSource {
    /// What was settled before it began.
    fn setup(&self) -> &RaceSetup;
    /// Where the race clock stands at `now`; nothing while connections are still being made.
    fn clock(&self, now: Instant) -> Option<Offset>;
    /// Puts every event that is due at `now` into `due`, in order.
    fn poll(&mut self, now: Instant, due: &mut Vec<Event>) -> SourceFlow;
    /// After [`SourceFlow::Restarted`], makes `race`, which has come from this source, what the events handed out go on from.
    fn begin(&mut self, race: &mut Race) {
        *race = Race::new(self.setup().clone());
    }
    /// Whether it keeps the race itself, so that whoever only wants the end of it needs none: [`Self::take_race`] has it then.
    fn keeps_race(&self) -> bool {
        false
    }
    /// After [`SourceFlow::Over`], the race with all of its events, where it keeps that; once.
    fn take_race(&mut self) -> Option<Race> {
        None
    }
    /// Goes to a place in the race as a person writes it, such as `1.5s`, `40%` or `first-token`.
    ///
    /// # Errors
    /// Why that is nowhere, for the viewer.
    fn go_to(&mut self, place: &str) -> Result<(), String> {
        Err(format!("a race that is live can't be at {place} yet"))
    }
    /// Ends the race at this point.
    fn stop(&mut self);
    /// The controls of a replay.
    fn playback(&mut self) -> Option<&mut PlaybackControl> {
        None
    }
    /// How long the engine of lane `lane` has been starting at `now`; nothing where none is, or the lights are on.
    fn engine_starting(&self, _lane: usize, _now: Instant) -> Option<Period> {
        None
    }
    /// How far the picture is behind the race; nothing where it is not.
    fn behind(&self) -> Option<Period> {
        None
    }
    /// How the runner of lane `lane` stands, where the lane is raced on another machine and not all is well.
    fn contact(&self, _lane: usize) -> Option<LaneContact> {
        None
    }
    /// Trouble beside the race itself that the viewer should know, such as a full disk.
    fn trouble(&self) -> Option<String> {
        None
    }
}

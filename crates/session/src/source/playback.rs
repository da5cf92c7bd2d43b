//! The transport controls of a replay: pause, scale, seek, step, loop, on the picture's clock of its cut.
//! It decides when events become due and never what they say.

mod ending;
mod section;

use std::ops::Range;
use std::sync::Arc;

pub use section::LoopSection;

use speed_kings_core::race::event::LaneId;
use speed_kings_core::time::{Offset, Period};
use speed_kings_recording::edit_list::EditList;

/// The scales that the keys go through, as race seconds for each second of the viewer's.
pub const SPEEDS: [f64; 15] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0, 100.0];

/// How much of the viewer's time a replay spends before the green light, and how much of the race's at the most.
const LEAD_IN: (Period, Period) = (Period::from_millis(1_000), Period::from_millis(3_200));
/// What one frame lasts for the viewer.
const FRAME: Period = Period::from_micros(16_667);
/// While it plays, "the mark before" passes over one that was passed less than this ago for the viewer.
const GRACE: Period = Period::from_millis(700);
/// More events than this at once are not played through but begun anew from what comes before them.
const MOST_AT_ONCE: usize = 8_192;

/// A place on the timeline that a viewer can jump to.
#[derive(Clone, PartialEq, Debug)]
pub struct TimelineStop {
    /// When the picture shows it.
    pub shown: Period,
    /// When it was in the race.
    pub at: Offset,
    /// Whose; nothing when it is everybody's.
    pub lane: Option<LaneId>,
    /// What it is called, printable.
    pub name: String,
}

/// Which events become due, as indices among all of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DueEvents {
    /// These, after those before.
    On(Range<usize>),
    /// So many from the first on: the clock has jumped.
    Anew(usize),
}

/// The transport controls of a replay, and where it stands.
#[derive(Clone, PartialEq, Debug)]
pub struct PlaybackControl {
    /// Race seconds for each second of the viewer's, where the cut says nothing else.
    speed: f64,
    paused: bool,
    /// Where it stands on the picture's clock, and where in the race.
    shown: Period,
    position: Offset,
    /// Where the picture begins for this viewer, and where it ends.
    start: Period,
    end: Period,
    /// Where the next event to be handed out stands in the recording.
    next: usize,
    /// Shared, as are all lists, since a screen takes a copy of the controls with every frame.
    times: Arc<[Offset]>,
    cut: Arc<EditList>,
    stops: Arc<[TimelineStop]>,
    /// The cut is the whole race, before which a viewer sees a moment of the lights.
    leads_in: bool,
    section: LoopSection,
    jumped: bool,
}

impl PlaybackControl {
    /// Controls over events at `times`, in order, of which `cut` shows what it shows, at `speed`. Where `leads_in`, the
    /// cut is the whole race, and as much of the time before the green light is shown as suits the speed.
    #[must_use]
    pub fn new(times: Vec<Offset>, cut: EditList, stops: Vec<TimelineStop>, leads_in: bool, speed: f64) -> Self {
        let end = cut.duration();
        let mut playback = Self {
            speed,
            paused: false,
            shown: Period::ZERO,
            position: Offset::FIRST,
            start: Period::ZERO,
            end,
            next: 0,
            times: times.into(),
            cut: Arc::new(cut),
            stops: stops.into(),
            leads_in,
            section: LoopSection::default(),
            jumped: false,
        };
        playback.rewind();
        playback
    }

    /// To the start: a moment before the green light, as long for the viewer at every scale.
    fn rewind(&mut self) {
        let lead_in = Period::from_secs_f64(LEAD_IN.0.as_secs_f64() * self.speed).min(LEAD_IN.1);
        let start = self.cut.shows(Offset::GREEN.minus(lead_in)).filter(|_| self.leads_in);
        self.start = start.unwrap_or_default().min(self.end);
        self.seek(self.start);
    }

    /// Race seconds for each second of the viewer's that the controls are set to.
    #[must_use]
    pub const fn speed(&self) -> f64 {
        self.speed
    }

    /// Race seconds for each second of the viewer's as it plays here: the controls' times the cut's.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.speed * self.cut.at(self.shown).map_or(1.0, |moment| moment.scale)
    }

    /// Whether the clock stands still.
    #[must_use]
    pub const fn is_paused(&self) -> bool {
        self.paused
    }

    /// Where the race clock stands.
    #[must_use]
    pub const fn clock(&self) -> Offset {
        self.position
    }

    /// Where the picture's clock stands, and the two ends it runs between.
    #[must_use]
    pub const fn progress(&self) -> (Period, Period, Period) {
        (self.start, self.shown, self.end)
    }

    /// The race clock at the picture's end.
    #[must_use]
    pub fn last(&self) -> Offset {
        self.cut.at(self.end).map_or(self.position, |moment| moment.at)
    }

    /// What can be jumped to, in order.
    #[must_use]
    pub fn stops(&self) -> &[TimelineStop] {
        &self.stops
    }

    /// The section that is looped.
    #[must_use]
    pub const fn section(&self) -> LoopSection {
        self.section
    }

    /// The words in the lower third: untrusted.
    #[must_use]
    pub fn caption(&self) -> Option<&str> {
        self.cut.caption(self.position)
    }

    /// Whether anything ever stands in the lower third.
    #[must_use]
    pub fn has_words(&self) -> bool {
        self.cut.has_words()
    }

    /// What the picture is called, if somebody has named it: untrusted.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.cut.title.as_deref()
    }

    /// Stops the clock where it stands.
    pub const fn pause(&mut self) {
        self.paused = true;
    }

    /// Stops or starts the clock.
    pub const fn toggle(&mut self) {
        self.paused = !self.paused;
    }

    /// One scale up or down in [`SPEEDS`].
    pub fn faster(&mut self, up: bool) {
        let next = if up {
            SPEEDS.iter().copied().find(|speed| *speed > self.speed + 1e-9)
        } else {
            SPEEDS.iter().rev().copied().find(|speed| *speed < self.speed - 1e-9)
        };
        self.speed = next.unwrap_or(self.speed);
    }

    /// Sets the scale: race seconds for each second of the viewer's.
    pub const fn set_speed(&mut self, speed: f64) {
        self.speed = speed;
    }

    /// To this moment of the picture's clock.
    pub fn seek(&mut self, shown: Period) {
        self.shown = shown.clamp(self.start, self.end);
        if let Some(moment) = self.cut.at(self.shown) {
            self.place(moment.at);
        }
    }

    /// To this moment of the race, or to what comes next where that is cut out.
    pub fn seek_to(&mut self, at: Offset) {
        self.seek(self.cut.shows(at).unwrap_or(self.end));
        // The picture's clock is the coarser one in fast motion: the moment itself must be shown.
        let within = self.cut.pieces().iter().any(|piece| (piece.from..=piece.to).contains(&at));
        if within && self.shown > self.start {
            self.place(at);
        }
    }

    /// To this share of the picture, from 0 to 1.
    pub fn seek_share(&mut self, share: f64) {
        let length = self.end.as_secs_f64() - self.start.as_secs_f64();
        self.seek(self.start.plus(Period::from_secs_f64(length * share)));
    }

    /// On or back by so many seconds of the viewer's.
    pub fn skip(&mut self, secs: f64) {
        let by = Period::from_secs_f64(secs.abs() * self.speed);
        self.seek(if secs < 0.0 { self.shown.minus(by) } else { self.shown.plus(by) });
    }

    /// Stops the clock and moves it by one frame of the viewer's.
    pub fn frame(&mut self, on: bool) {
        self.paused = true;
        let by = Period::from_secs_f64(FRAME.as_secs_f64() * self.speed).max(Period::from_micros(1));
        self.seek(if on { self.shown.plus(by) } else { self.shown.minus(by) });
    }

    /// Stops the clock and moves it to the next read, or back to the one before, so that a race can be read by them.
    pub fn step(&mut self, on: bool) {
        self.paused = true;
        let told = self.times.partition_point(|at| *at <= self.position);
        let at = if on {
            self.times.get(told)
        } else {
            let newest = told.checked_sub(1).and_then(|last| self.times.get(last));
            let before = newest.map(|newest| self.times.partition_point(|at| at < newest));
            before.and_then(|before| self.times.get(before.checked_sub(1)?))
        };
        match at {
            Some(at) => self.seek_to(*at),
            None if on => self.seek(self.end),
            None => self.seek(self.start),
        }
    }

    /// To the next mark or the one before, whichever there is.
    pub fn jump(&mut self, on: bool) {
        let stop = if on {
            self.stops.iter().find(|stop| stop.shown > self.shown && stop.at > self.position)
        } else {
            let grace =
                if self.paused { Period::ZERO } else { Period::from_secs_f64(GRACE.as_secs_f64() * self.speed) };
            let before = |stop: &&TimelineStop| stop.shown.plus(grace) < self.shown && stop.at < self.position;
            self.stops.iter().rev().find(before)
        };
        match stop.map(|stop| stop.at) {
            Some(at) => self.seek_to(at),
            None if on => self.seek(self.end),
            None => self.seek(self.start),
        }
    }

    /// Back to the start, running.
    pub fn restart(&mut self) {
        self.paused = false;
        self.rewind();
        self.jumped = true;
    }

    /// Sets the section's first or last moment to where the clock stands.
    pub fn mark(&mut self, first: bool) {
        self.section.mark(first, self.shown);
    }

    /// Loops or stops to.
    pub const fn set_looping(&mut self, looping: bool) {
        self.section.looping = looping;
    }

    /// Forgets the looped section, with both of its ends.
    pub fn clear_section(&mut self) {
        self.section = LoopSection::default();
    }

    fn place(&mut self, at: Offset) {
        self.jumped |= at < self.position;
        self.position = at;
    }

    /// Lets `passed` of the viewer's time pass and gives what has become due.
    pub fn advance(&mut self, passed: Period) -> DueEvents {
        if !self.paused && !self.jumped {
            self.run(Period::from_secs_f64(passed.as_secs_f64() * self.speed));
        }
        let until = self.times.partition_point(|at| *at <= self.position);
        let from = std::mem::replace(&mut self.next, until);
        if std::mem::take(&mut self.jumped) || until < from || until - from > MOST_AT_ONCE {
            return DueEvents::Anew(until);
        }
        DueEvents::On(from..until)
    }

    fn run(&mut self, passed: Period) {
        let (first, last) = self.section.ends(self.start, self.end);
        self.shown = self.shown.plus(passed);
        if self.section.looping && self.shown >= last && self.verdict_hold().is_none() {
            self.seek(first);
        } else if let Some(moment) = self.cut.at(self.shown.min(self.end)) {
            self.shown = self.shown.min(self.end);
            self.position = self.position.max(moment.at);
            // A cut that ends before its race has no verdict to go on to.
            self.paused = self.shown == self.end && self.times.last().is_some_and(|end| *end > self.position);
        }
    }
}

#[cfg(test)]
mod tests;

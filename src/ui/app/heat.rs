//! One race on screen, live or replayed: its source, its reducer, and how the viewer looks at it.
//! The source decides what is due; this applies it and never asks which kind of source it is.

use std::time::{Duration, Instant};

use crate::race::verdict::Verdict;
use crate::race::{Race, Stage};
use crate::source::playback::Playback;
use crate::source::{Flow, Source};
use crate::time::Offset;
use crate::ui::app::Msg;
use crate::ui::widget::transcript::Scroll;

/// How long a stopped race may take to say so.
const END_WAIT: Duration = Duration::from_secs(2);
/// How long the finish stays on screen before the verdict takes its place.
const FINISH_HOLD: Duration = Duration::from_millis(1_800);

/// A race on screen.
pub struct Heat {
    source: Box<dyn Source>,
    /// The race as far as it has come.
    pub race: Race,
    /// Where its clock stands; nothing while connections are being made.
    pub clock: Option<Offset>,
    /// The replay's controls as they stand.
    pub playback: Option<Playback>,
    /// The verdict, once the race is over.
    pub verdict: Option<Verdict>,
    /// The verdict has been on screen.
    pub verdict_shown: bool,
    /// Trouble beside the race.
    pub trouble: Option<String>,
    /// Facts take the place of the texts.
    pub detail: bool,
    /// The lane that scrolling moves.
    pub focus: usize,
    /// What the viewer wants each lane scrolled by, until the next frame works it out.
    pub scroll: Vec<Scroll>,
    /// Rows to scroll at the next frame, which alone knows how many there are.
    pub pending_scroll: isize,
    over_since: Option<Instant>,
    ended: bool,
}

impl Heat {
    pub(super) fn new(mut source: Box<dyn Source>) -> Self {
        let race = Race::new(source.grid().clone());
        let scroll = vec![Scroll::default(); race.lanes().len()];
        let playback = source.playback().cloned();
        Self {
            source,
            race,
            clock: None,
            playback,
            verdict: None,
            verdict_shown: false,
            trouble: None,
            detail: false,
            focus: 0,
            scroll,
            pending_scroll: 0,
            over_since: None,
            ended: false,
        }
    }

    /// Whether this is a replay.
    #[must_use]
    pub const fn is_replay(&self) -> bool {
        self.playback.is_some()
    }

    /// Whether all of it has been told.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.ended
    }

    /// Whether its clock runs.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        let paused = self.playback.as_ref().is_some_and(Playback::is_paused);
        (!self.ended && !paused) || (self.ended && !self.verdict_shown)
    }

    /// Ends the race where it stands, and takes in what its source still has to say.
    pub fn end(&mut self) {
        self.source.stop();
        if self.playback.is_some() {
            return;
        }
        // A live source ends promptly once it was told to; its last events are the proof that the recording is whole.
        let mut due = Vec::new();
        let asked = Instant::now();
        while self.source.poll(Instant::now(), &mut due) != Flow::Over && asked.elapsed() < END_WAIT {
            std::thread::sleep(Duration::from_millis(1));
        }
        for event in &due {
            self.race.apply(event);
        }
    }

    pub(super) fn wants_verdict(&self, now: Instant) -> bool {
        let held = self.over_since.is_some_and(|since| now.saturating_duration_since(since) >= FINISH_HOLD);
        held && !self.verdict_shown
    }

    pub(super) fn tick(&mut self, now: Instant) -> bool {
        let mut due = Vec::new();
        let flow = self.source.poll(now, &mut due);
        if flow == Flow::Restarted {
            self.race = Race::new(self.source.grid().clone());
            self.scroll.fill(Scroll::default());
            (self.ended, self.verdict_shown, self.over_since, self.verdict) = (false, false, None, None);
        }
        for event in &due {
            self.race.apply(event);
        }
        let clock = self.source.clock(now);
        let changed = !due.is_empty() || clock != self.clock || flow == Flow::Restarted;
        self.clock = clock;
        self.trouble = self.source.trouble();
        self.playback = self.source.playback().cloned();
        let done = self.race.stage == Stage::Over || flow == Flow::Over;
        if done && !self.ended {
            self.ended = true;
            self.over_since = Some(now);
            self.verdict = Some(Verdict::of(&self.race));
        }
        changed
    }

    pub(super) fn update(&mut self, msg: &Msg) {
        match msg {
            Msg::Focus => self.focus = (self.focus + 1) % self.race.lanes().len().max(1),
            Msg::FocusOn(lane) if *lane < self.race.lanes().len() => self.focus = *lane,
            Msg::Detail => self.detail = !self.detail,
            Msg::Scroll(rows) => self.pending_scroll = self.pending_scroll.saturating_add(*rows),
            msg => {
                if let Some(playback) = self.source.playback() {
                    control(playback, msg);
                    self.playback = Some(playback.clone());
                }
            }
        }
    }
}

fn control(playback: &mut Playback, msg: &Msg) {
    match msg {
        Msg::Pause => playback.toggle(),
        Msg::Speed { up } => playback.faster(*up),
        Msg::Step => playback.step(),
        Msg::Restart => playback.restart(),
        _ => {}
    }
}

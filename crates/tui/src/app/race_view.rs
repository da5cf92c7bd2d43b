//! One race on screen, live or replayed: its source, its reducer, and how the viewer looks at it.
//! The source decides what is due; this applies it and never asks which kind of source it is.

use std::time::{Duration, Instant};

use crate::message::{ReplayMove, UiMessage};
use crate::show::VERDICT_STAGED;
use crate::widget::transcript::ScrollState;
use speed_kings_core::race::event::Event;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::race::verdict::{RaceOutcome, Verdict};
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::{Offset, Period};
use speed_kings_session::source::playback::PlaybackControl;
use speed_kings_session::source::{EventSource, LaneContact, SourceFlow};

/// How long a stopped race may take to say so.
const END_WAIT: Duration = Duration::from_secs(2);
/// How long the finish stays on screen before the verdict takes its place.
pub const FINISH_HOLD: Duration = Duration::from_millis(1_800);

/// A live race that took less than this is shown once more, slowed.
const SHORT_RACE: Period = Period::from_millis(3_000);

/// What stands in the lower third of the picture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum LowerThird {
    /// Nothing, at no time: it takes no room.
    #[default]
    Absent,
    /// Nothing at the moment.
    Blank,
    /// These words, which are untrusted.
    Words(String),
}

impl LowerThird {
    /// The lower third of a picture that has words at some time, and these now.
    #[must_use]
    pub fn of(words: Option<&str>) -> Self {
        words.map_or(Self::Blank, |words| Self::Words(words.to_owned()))
    }

    /// What it says at the moment: untrusted.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        if let Self::Words(words) = self { Some(words) } else { None }
    }
}

/// A race on screen.
pub struct RaceView {
    /// Who tells it; nobody in a film, whose camera hands the events in.
    source: Option<Box<dyn EventSource>>,
    /// What stands in the lower third.
    pub caption: LowerThird,
    /// What the picture is called in place of the phase or the contestants: untrusted.
    pub title: Option<String>,
    /// In a film, race seconds for each second of the picture.
    pub film: Option<f64>,
    /// The race as far as it has come.
    pub race: Race,
    /// Where its clock stands; nothing while connections are being made.
    pub clock: Option<Offset>,
    /// How long the viewer has seen the race at its end.
    pub held: Period,
    /// How long each lane's engine has been starting; nothing for lanes without one, and from the lights on.
    pub starting: Vec<Option<Period>>,
    /// How the runner of each lane stands, where the lanes are raced on other machines.
    pub contacts: Vec<Option<LaneContact>>,
    /// How far the picture is behind the race, where it is.
    pub behind: Option<Period>,
    /// How long the verdict has been on screen, while it comes in part by part; nothing when all of it is there.
    pub judged: Option<Period>,
    /// The replay's controls as they stand.
    pub playback: Option<PlaybackControl>,
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
    pub scroll: Vec<ScrollState>,
    /// Rows to scroll at the next frame, which alone knows how many there are.
    pub pending_scroll: isize,
    over_since: Option<Instant>,
    /// Since when the verdict comes in part by part.
    staged_since: Option<Instant>,
    /// Since when the verdict of a loop has been on screen.
    judged_since: Option<Instant>,
    /// How long the finish stays before the verdict; nothing when the viewer has asked for it.
    hold: Option<Duration>,
    ended: bool,
}

impl RaceView {
    pub(super) fn new(mut source: Box<dyn EventSource>) -> Self {
        let playback = source.playback().cloned();
        let race_view = Self::bare(source.setup().clone());
        Self { source: Some(source), playback, ..race_view }
    }

    /// A race that a film is made of: it comes as far as [`RaceView::expose`] says, and no clock moves it.
    #[must_use]
    pub fn filmed(setup: RaceSetup, trouble: Option<String>) -> Self {
        Self { film: Some(1.0), trouble, ..Self::bare(setup) }
    }

    fn bare(setup: RaceSetup) -> Self {
        let race = Race::new(setup);
        let scroll = vec![ScrollState::default(); race.lanes().len()];
        Self {
            source: None,
            caption: LowerThird::Absent,
            title: None,
            film: None,
            race,
            clock: None,
            held: Period::ZERO,
            judged: None,
            starting: Vec::new(),
            contacts: Vec::new(),
            behind: None,
            playback: None,
            verdict: None,
            verdict_shown: false,
            trouble: None,
            detail: false,
            focus: 0,
            scroll,
            pending_scroll: 0,
            over_since: None,
            staged_since: None,
            judged_since: None,
            hold: Some(FINISH_HOLD),
            ended: false,
        }
    }

    /// Race seconds for each second of the viewer's.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.film.or_else(|| self.playback.as_ref().map(PlaybackControl::scale)).unwrap_or(1.0)
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
        let paused = self.playback.as_ref().is_some_and(PlaybackControl::is_paused);
        let loops = self.playback.as_ref().is_some_and(|playback| playback.section().looping);
        self.is_staged() || !paused && (!self.ended || !self.verdict_shown || loops)
    }

    /// Whether the verdict still comes in part by part.
    #[must_use]
    pub fn is_staged(&self) -> bool {
        self.judged.is_some_and(|judged| judged < VERDICT_STAGED)
    }

    /// Brings all of the verdict on screen at once.
    pub(super) const fn skip_stage(&mut self) {
        (self.staged_since, self.judged) = (None, None);
    }

    /// Ends the race where it stands, and takes in what its source still has to say.
    pub fn end(&mut self) {
        let Some(source) = &mut self.source else { return };
        source.stop();
        if self.playback.is_some() {
            return;
        }
        // A live source ends promptly once it was told to; its last events are the proof that the recording is whole.
        let mut due = Vec::new();
        let asked = Instant::now();
        loop {
            let flow = source.poll(Instant::now(), &mut due);
            if flow == SourceFlow::Restarted {
                source.begin(&mut self.race);
            }
            due.drain(..).for_each(|event| self.race.apply(&event));
            if flow == SourceFlow::Over || asked.elapsed() >= END_WAIT {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    pub(super) fn wants_verdict(&self, now: Instant) -> bool {
        let Some(over) = self.over_since.filter(|_| !self.verdict_shown) else { return false };
        let Some(hold) = self.hold else { return true };
        // Whoever looks at the finish frame by frame, or again and again, wants to see it.
        let circles = |playback: &PlaybackControl| playback.section().looping && playback.verdict_hold().is_none();
        let looks = self.playback.as_ref().is_some_and(|playback| playback.is_paused() || circles(playback));
        now.saturating_duration_since(over) >= hold && !looks
    }

    /// The scale at which a live race that was over soon fills `length` when it is shown once more. Nothing for a long race, one
    /// that nobody won, and a replay.
    pub(super) fn encore(&self, length: Period) -> Option<f64> {
        let outcome = self.verdict.as_ref().map(|verdict| &verdict.outcome);
        let ran = outcome.is_some_and(|outcome| !matches!(outcome, RaceOutcome::None { .. }));
        let live = self.playback.is_none() && self.film.is_none() && self.source.is_some();
        let took = self.race.newest?.since(Offset::GREEN);
        let short = took > Period::ZERO && took < SHORT_RACE;
        (ran && live && short).then(|| took.as_secs_f64() / length.as_secs_f64())
    }

    /// Lets go of the source, which ends with its recording whole; the race stays as it is.
    pub fn release(&mut self) {
        self.source = None;
    }

    /// The verdict comes on screen: part by part from `staged` on, otherwise all of it at once.
    pub(super) fn show_verdict(&mut self, staged: Option<Instant>) {
        (self.verdict_shown, self.hold) = (true, Some(FINISH_HOLD));
        (self.staged_since, self.judged) = (staged, staged.map(|_| Period::ZERO));
    }

    /// Goes to the end of a replay, and on to its verdict.
    pub(super) fn hasten(&mut self) -> Result<(), &'static str> {
        let Some(playback) = self.source.as_mut().and_then(|source| source.playback()) else {
            return Err("the race is still on: its verdict comes when every lane is over");
        };
        if !playback.finish() {
            return Err("this cut ends before its race does: it has no verdict");
        }
        self.hold = None;
        self.playback = Some(playback.clone());
        Ok(())
    }

    /// Begins a looped replay again once its verdict has been seen; whether it did.
    pub(super) fn begin_again(&mut self, now: Instant) -> bool {
        let Some(playback) = self.source.as_mut().and_then(|source| source.playback()) else { return false };
        let Some(hold) = playback.verdict_hold().filter(|_| self.verdict_shown && !playback.is_paused()) else {
            return false;
        };
        let since = *self.judged_since.get_or_insert(now);
        let again = Period::from(now.saturating_duration_since(since)) >= hold;
        if again {
            playback.restart();
        }
        again
    }

    pub(super) fn tick(&mut self, now: Instant) -> bool {
        let Some(source) = &mut self.source else { return false };
        let mut due = Vec::new();
        let flow = source.poll(now, &mut due);
        if flow == SourceFlow::Restarted {
            source.begin(&mut self.race);
            self.scroll.fill(ScrollState::default());
            (self.ended, self.verdict_shown, self.verdict) = (false, false, None);
            (self.over_since, self.judged_since, self.staged_since) = (None, None, None);
        }
        let clock = source.clock(now);
        let starting = (0..self.race.lanes().len()).map(|lane| source.engine_starting(lane, now)).collect();
        let starts = std::mem::replace(&mut self.starting, starting) != self.starting;
        let contacts = (0..self.race.lanes().len()).map(|lane| source.contact(lane)).collect();
        let stand = std::mem::replace(&mut self.contacts, contacts) != self.contacts;
        self.behind = source.behind();
        let trouble = source.trouble();
        let told = std::mem::replace(&mut self.trouble, trouble) != self.trouble;
        self.playback = source.playback().cloned();
        let words = self.playback.as_ref().filter(|playback| playback.has_words()).map(PlaybackControl::caption);
        self.caption = words.map_or(LowerThird::Absent, LowerThird::of);
        self.title = self.playback.as_ref().and_then(PlaybackControl::title).map(str::to_owned);
        let changed =
            !due.is_empty() || clock != self.clock || starts || stand || told || flow == SourceFlow::Restarted;
        if self.take_in(&due, clock, flow == SourceFlow::Over) {
            self.over_since = Some(now);
        }
        let since = |begun: Instant| Period::from(now.saturating_duration_since(begun));
        self.held = self.over_since.map_or(Period::ZERO, since);
        let judged = self.staged_since.map(since);
        let changed = changed || judged != self.judged || self.ended && !self.verdict_shown;
        self.judged = judged;
        changed
    }

    /// Lets a filmed race come as far as `clock`, which is where `due` ends; `told` is whether nothing comes after.
    pub fn expose(&mut self, due: &[Event], clock: Offset, scale: f64, told: bool) {
        self.film = Some(scale);
        self.take_in(due, Some(clock), told);
    }

    /// Applies what is due, and judges the race once it is over. Gives whether it just ended.
    fn take_in(&mut self, due: &[Event], clock: Option<Offset>, told: bool) -> bool {
        for event in due {
            self.race.apply(event);
        }
        self.clock = clock;
        let ends = !self.ended && (self.race.stage == RaceStage::Over || told);
        if ends {
            self.ended = true;
            self.verdict = Some(Verdict::of(&self.race));
        }
        ends
    }

    /// Goes to a place in the replay.
    pub(super) fn go_to(&mut self, place: &str) -> Result<(), String> {
        let Some(source) = &mut self.source else { return Ok(()) };
        source.go_to(place)?;
        self.playback = source.playback().cloned();
        Ok(())
    }

    pub(super) fn update(&mut self, msg: &UiMessage) {
        match msg {
            UiMessage::Focus => self.focus = (self.focus + 1) % self.race.lanes().len().max(1),
            UiMessage::FocusOn(lane) if *lane < self.race.lanes().len() => self.focus = *lane,
            UiMessage::Detail => self.detail = !self.detail,
            UiMessage::Scroll(rows) => self.pending_scroll = self.pending_scroll.saturating_add(*rows),
            msg => {
                if let Some(playback) = self.source.as_mut().and_then(|source| source.playback()) {
                    control(playback, msg);
                    self.playback = Some(playback.clone());
                }
            }
        }
    }
}

fn control(playback: &mut PlaybackControl, msg: &UiMessage) {
    match msg {
        UiMessage::Pause => playback.toggle(),
        UiMessage::Speed { up } => playback.faster(*up),
        UiMessage::Transport(transport) => move_on(playback, *transport),
        _ => {}
    }
}

fn move_on(playback: &mut PlaybackControl, transport: ReplayMove) {
    match transport {
        ReplayMove::Restart => playback.restart(),
        ReplayMove::Read { on } => playback.step(on),
        ReplayMove::Frame { on } => playback.frame(on),
        ReplayMove::Mark { on } => playback.jump(on),
        ReplayMove::Skip(secs) => playback.skip(f64::from(secs)),
        ReplayMove::Tenth(tenth) => playback.seek_share(f64::from(tenth) / 10.0),
        ReplayMove::Column(column, columns) => {
            playback.seek_share(f64::from(column) / f64::from(columns.saturating_sub(1).max(1)));
        }
        ReplayMove::Section { first } => playback.mark(first),
        ReplayMove::Loop => playback.set_looping(!playback.section().looping),
        ReplayMove::Clear => playback.clear_section(),
    }
}

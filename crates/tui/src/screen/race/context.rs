//! What all parts of a frame share.

use crate::app::{App, RaceView};
use crate::show::ShowClock;
use crate::widget::spark::{self, SparkWindow};
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, TokenCount};
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::timing::output_speed;
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::{Offset, Period, Rate};
use speed_kings_session::source::LaneContact;

/// What all parts of a frame share.
pub(super) struct FrameContext<'a> {
    pub(super) app: &'a App,
    pub(super) now: Offset,
    /// The moment of the race that its figures are of: they stand for a while, or nobody could read them.
    pub(super) told: Offset,
    pub(super) show: ShowClock,
    pub(super) leader: Option<RaceLeader>,
    pub(super) stage: RaceStage,
    pub(super) window: SparkWindow,
    pub(super) top: f64,
    /// Who has taken the lead from another, and how far the sweep through its bar is, from 0 to 1.
    pub(super) overtake: Option<(LaneId, f64)>,
    /// The highest output speed of all lanes so far, in tokens per second: the end of the scale that they share.
    pub(super) fastest: f64,
    /// How long each lane's engine has been starting.
    starting: &'a [Option<Period>],
    /// How the runner of each lane stands.
    contacts: &'a [Option<LaneContact>],
}

impl<'a> FrameContext<'a> {
    /// What is shared by a frame whose sparklines have so many `cells`.
    pub(super) fn of(app: &'a App, race_view: &'a RaceView, cells: u16) -> Self {
        let (race, now) = (&race_view.race, race_view.clock.unwrap_or(Offset::FIRST));
        let window = SparkWindow::new(now, cells);
        let show = ShowClock::new(now, race_view.scale(), race_view.held, app.motion);
        // Nobody waits for the figures of a first text, nor of an end.
        let marks = race.lanes().iter().flat_map(|lane| [lane.marks.first_text, lane.marks.over]);
        let told = marks.flatten().fold(show.beat(FIGURES), Offset::max);
        let speeds = race.lanes().iter().filter_map(|lane| speed_by(lane, told)).map(Rate::value);
        Self {
            app,
            now,
            told,
            show,
            leader: steady(race, told, &show),
            overtake: overtake(race, RaceLeader::of(race, told), &show),
            stage: race.stage,
            window,
            top: spark::peak(race.lanes(), window, cells),
            fastest: speeds.fold(0.0, f64::max),
            starting: &race_view.starting,
            contacts: &race_view.contacts,
        }
    }

    /// The tokens of a lane as its figures tell them.
    pub(super) fn tokens(&self, lane: &Lane) -> Option<TokenCount> {
        let tokens = lane.tokens()?;
        let (Some(last), false) = (lane.marks.last_text, lane.state.is_over()) else { return Some(tokens) };
        let share = lane.tokens_by(self.told) / lane.tokens_by(last);
        (share > 0.0).then_some(TokenCount { count: tokens.count * share, ..tokens })
    }

    /// The output speed of a lane as its figures tell it.
    pub(super) fn speed(&self, lane: &Lane) -> Option<Rate> {
        speed_by(lane, self.told)
    }

    /// How long the engine of `lane` has been starting, where one is.
    pub(super) fn starting(&self, lane: LaneId) -> Option<Period> {
        self.starting.get(lane.index()).copied().flatten()
    }

    /// How the runner of `lane` stands, in words, where it is raced on another machine and there is something to say.
    pub(super) fn contact(&self, id: LaneId, lane: &Lane) -> Option<String> {
        match self.contacts.get(id.index()).copied().flatten()? {
            LaneContact::Lost if lane.state.is_over() => None,
            LaneContact::Lost => Some("LOST CONTACT".into()),
            LaneContact::FromTape => Some("from its tape".into()),
            LaneContact::LateStart(by) => Some(format!("LATE START +{by}")),
            LaneContact::ClockSuspect => Some("CLOCK SUSPECT".into()),
        }
    }
}

/// How often a second figures change that change all the time: often enough to run, and each stands long enough to be read.
const FIGURES: f64 = 20.0;

/// How often a second somebody else can have the lead, as long as that is a matter of single reads.
const LEADS: f64 = 2.0;
/// A lead of less time than this is none.
const CLEAR_LEAD: Period = Period::from_millis(5);

/// Who leads at `told`, without a change for every read: of two even streams each is ahead for a moment, and colours that go back
/// and forth with that say nothing. Whoever had the lead keeps it for a while, and for as long as another one is ahead, by nothing.
fn steady(race: &Race, told: Offset, show: &ShowClock) -> Option<RaceLeader> {
    let ahead = RaceLeader::of(race, told);
    let clear = ahead.is_some_and(|ahead| ahead.time >= CLEAR_LEAD);
    if clear || race.lanes().iter().any(|lane| lane.state.is_over()) {
        return ahead;
    }
    let kept = RaceLeader::of(race, show.beat(LEADS)).or_else(|| first(race, told));
    let level = |leader, chaser| RaceLeader { leader, chaser, tokens: 0.0, time: Period::ZERO };
    match (ahead, kept) {
        (Some(ahead), Some(kept)) if kept.leader == ahead.chaser => Some(level(ahead.chaser, ahead.leader)),
        (None, Some(kept)) => Some(level(kept.leader, kept.chaser)),
        (ahead, _) => ahead,
    }
}

/// Who had the first text by `told`, and who the second.
fn first(race: &Race, told: Offset) -> Option<RaceLeader> {
    let begun = |(id, _, lane): (LaneId, _, &Lane)| lane.marks.first_text.filter(|at| *at <= told).map(|at| (at, id));
    let mut lanes: Vec<(Offset, LaneId)> = race.entries().filter_map(begun).collect();
    lanes.sort();
    let (leader, chaser) = (lanes.first()?.1, lanes.get(1)?.1);
    Some(RaceLeader { leader, chaser, tokens: 0.0, time: Period::ZERO })
}

/// The output speed of `lane` as it was at `at`, while it runs.
fn speed_by(lane: &Lane, at: Offset) -> Option<Rate> {
    let speed = output_speed(lane)?;
    if lane.state.is_over() {
        return Some(speed);
    }
    let last = lane.reads().split(|read| read.at <= at).0?;
    let span = last.at.since(lane.marks.first_text?);
    Rate::of(lane.tokens_by(at) - lane.first_read_tokens(), span)
}

/// How long the sweep of an overtake takes, in seconds of the viewer's.
const SWEEP: f64 = 0.6;
/// A lead of less than this is no overtake: two even streams take turns in being a read ahead.
const LEAD: (f64, Period) = (2.0, Period::from_millis(10));
/// Looks back that find the moment of an overtake.
const LOOKS: u32 = 12;

/// Who took the lead from whom a moment ago, if somebody did. Found by asking who led before, so that a seek changes nothing.
fn overtake(race: &Race, leader: Option<RaceLeader>, show: &ShowClock) -> Option<(LaneId, f64)> {
    let leader = leader.filter(|leader| leader.tokens >= LEAD.0 && leader.time >= LEAD.1)?;
    if race.stage != RaceStage::Running {
        return None;
    }
    let led = |share: f64| show.before(SWEEP * share).and_then(|at| RaceLeader::of(race, at));
    let other = |earlier: &Option<RaceLeader>| earlier.as_ref().is_some_and(|before| before.leader != leader.leader);
    let before = (1..=LOOKS).map(|look| f64::from(look) / f64::from(LOOKS)).find(|share| other(&led(*share)))?;
    let (mut since, mut until) = (before - 1.0 / f64::from(LOOKS), before);
    for _ in 0..4 {
        let middle = f64::midpoint(since, until);
        if other(&led(middle)) { until = middle } else { since = middle }
    }
    (show.effect(show.before(SWEEP * since)?, SWEEP)).map(|share| (leader.leader, share))
}

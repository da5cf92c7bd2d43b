//! What all parts of a frame share.

use crate::app::{App, RaceView};
use crate::show::ShowClock;
use crate::widget::spark::{self, SparkWindow};
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::timing::output_speed;
use speed_kings_core::race::{Race, RaceStage};
use speed_kings_core::time::{Offset, Period, Rate};
use speed_kings_session::source::LaneContact;

/// What all parts of a frame share.
pub(super) struct FrameContext<'a> {
    pub(super) app: &'a App,
    pub(super) now: Offset,
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
        let leader = RaceLeader::of(race, now);
        let speeds = race.lanes().iter().filter_map(output_speed).map(Rate::value);
        Self {
            app,
            now,
            show,
            leader,
            overtake: overtake(race, leader, &show),
            stage: race.stage,
            window,
            top: spark::peak(race.lanes(), window, cells),
            fastest: speeds.fold(0.0, f64::max),
            starting: &race_view.starting,
            contacts: &race_view.contacts,
        }
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

/// How long the sweep of an overtake takes, in seconds of the viewer's.
const SWEEP: f64 = 0.6;
/// A lead of fewer tokens than this is no overtake: two even streams take turns in being a read ahead.
const LEAD_TOKENS: f64 = 2.0;
/// Looks back that find the moment of an overtake.
const LOOKS: u32 = 12;

/// Who took the lead from whom a moment ago, if somebody did. Found by asking who led before, so that a seek changes nothing.
fn overtake(race: &Race, leader: Option<RaceLeader>, show: &ShowClock) -> Option<(LaneId, f64)> {
    let leader = leader.filter(|leader| leader.tokens >= LEAD_TOKENS && race.stage == RaceStage::Running)?;
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

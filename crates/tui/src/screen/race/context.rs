//! What all parts of a frame share.

use crate::app::{App, RaceView};
use crate::show::ShowClock;
use crate::widget::spark::{self, SparkWindow};
use speed_kings_core::race::RaceStage;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::leader::RaceLeader;
use speed_kings_core::race::timing::output_speed;
use speed_kings_core::time::{Offset, Period, Rate};

/// What all parts of a frame share.
pub(super) struct FrameContext<'a> {
    pub(super) app: &'a App,
    pub(super) now: Offset,
    pub(super) show: ShowClock,
    pub(super) leader: Option<RaceLeader>,
    pub(super) stage: RaceStage,
    pub(super) window: SparkWindow,
    pub(super) top: f64,
    /// The highest output speed of all lanes so far, in tokens per second: the end of the scale that they share.
    pub(super) fastest: f64,
    /// How long each lane's engine has been starting.
    starting: &'a [Option<Period>],
}

impl<'a> FrameContext<'a> {
    /// What is shared by a frame whose sparklines have so many `cells`.
    pub(super) fn of(app: &'a App, race_view: &'a RaceView, cells: u16) -> Self {
        let (race, now) = (&race_view.race, race_view.clock.unwrap_or(Offset::FIRST));
        let window = SparkWindow::new(now, cells);
        let speeds = race.lanes().iter().filter_map(output_speed).map(Rate::value);
        Self {
            app,
            now,
            show: ShowClock::of(race_view, now, app.motion),
            leader: RaceLeader::of(race, now),
            stage: race.stage,
            window,
            top: spark::peak(race.lanes(), window, cells),
            fastest: speeds.fold(0.0, f64::max),
            starting: &race_view.starting,
        }
    }

    /// How long the engine of `lane` has been starting, where one is.
    pub(super) fn starting(&self, lane: LaneId) -> Option<Period> {
        self.starting.get(lane.index()).copied().flatten()
    }
}

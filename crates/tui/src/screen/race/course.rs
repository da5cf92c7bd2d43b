//! The course: a bar for each lane on one scale to the finish, across the whole screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::context::FrameContext;
use crate::app::{FINISH_HOLD, RaceView};
use crate::screen::number;
use crate::show::eased;
use crate::widget::track::{BarSweep, RaceTrack, TrackRunner};
use speed_kings_core::format;
use speed_kings_core::race::Race;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::lane::{Lane, LaneState};
use speed_kings_core::race::verdict::RaceOutcome;
use speed_kings_core::text::printable;
use speed_kings_core::time::{Offset, Period};

/// The course's length in tokens while nobody knows how long the answers get.
const COURSE_TOKENS: f64 = 200.0;
/// A screen with at least so many rows has a scale below the bars, and for two lanes bars of two rows.
const HIGH: u16 = 36;
/// How long the course takes to the length that it turns out to have, in seconds.
const LENGTHENING: f64 = 0.6;
/// How long the flag takes through the bar of the winner.
const FLAG: Period = Period::from_millis(1_200);

/// How many rows the bars of so many `lanes` take on a screen of this size.
pub(super) fn rows(lanes: usize, screen: Rect) -> u16 {
    let (each, scale) = if screen.height >= HIGH { (if lanes == 2 { 2 } else { 1 }, 1) } else { (1, 0) };
    let lanes = u16::try_from(lanes).unwrap_or(u16::MAX);
    lanes.saturating_mul(each).saturating_add(scale).min((screen.height / 4).max(4))
}

/// Draws the bars into `area`.
pub(super) fn draw(shared: &FrameContext<'_>, race_view: &RaceView, area: Rect, buf: &mut Buffer) {
    let race = &race_view.race;
    let length = length(shared, race, shared.now);
    let told = self::length(shared, race, shared.told);
    let theme = &shared.app.theme;
    let runners: Vec<TrackRunner> = race
        .entries()
        .map(|(id, contestant, lane)| TrackRunner {
            number: number(id.index()).into(),
            name: printable(&contestant.name).into_owned(),
            share: share(shared, lane, length),
            note: format!("{} tok{}", count(shared, lane), end(lane)),
            style: theme.lane(id.index()),
            sweep: sweep(shared, race_view, id),
            leads: shared.leader.is_some_and(|leader| leader.leader == id),
            failed: lane.state.failure().is_some(),
            finished: lane.state == LaneState::Finished,
        })
        .collect();
    let track = RaceTrack {
        runners: &runners,
        length: told,
        road: theme.track,
        quiet: theme.text,
        scale: theme.muted,
        light: theme.heading,
        wait: race_view.verdict.as_ref().and(shared.show.hold(FINISH_HOLD.into())),
    };
    track.render(area, buf);
}

/// What sweeps through the bar of lane `id`: a light when it takes the lead, and the flag when it has won.
pub(super) fn sweep(shared: &FrameContext<'_>, race_view: &RaceView, id: LaneId) -> Option<(BarSweep, f64)> {
    if let Some(RaceOutcome::Won { winner, .. }) = race_view.verdict.as_ref().map(|verdict| &verdict.outcome) {
        let share = shared.show.hold(FLAG).filter(|_| *winner == id);
        return share.map(|share| (BarSweep::Flag, share));
    }
    shared.overtake.filter(|(lane, _)| *lane == id).map(|(_, share)| (BarSweep::Light, share))
}

/// How far a lane is: whoever is home is at the finish, however few tokens that took.
pub(super) fn share(shared: &FrameContext<'_>, lane: &Lane, length: f64) -> f64 {
    let run = (lane.tokens_by(shared.now) / length).min(1.0);
    match (&lane.state, lane.marks.over) {
        (LaneState::Finished, Some(over)) => run + (1.0 - run) * eased(shared.show.change(over, LENGTHENING)),
        _ => run,
    }
}

/// The tokens to the finish as it was known `at` a moment. Once somebody is home, that is how long the course was; until then it is the cap, or what it
/// takes.
pub(super) fn length(shared: &FrameContext<'_>, race: &Race, at: Offset) -> f64 {
    let cap = race.setup.settings.max_tokens.map_or(COURSE_TOKENS, f64::from);
    let home = || race.lanes().iter().filter(|lane| lane.state == LaneState::Finished);
    let tokens = home().map(|lane| lane.tokens_by(at)).reduce(f64::max);
    let most = race.lanes().iter().map(|lane| lane.tokens_by(at)).fold(0.0, f64::max);
    let first = home().filter_map(|lane| lane.marks.over).min();
    let known = first.map_or(0.0, |over| eased(shared.show.change(over, LENGTHENING)));
    (cap + (tokens.unwrap_or(cap) - cap) * known).max(most).max(1.0)
}

/// The tokens of a lane as its bar tells them.
pub(super) fn count(shared: &FrameContext<'_>, lane: &Lane) -> String {
    shared.tokens(lane).map_or_else(|| "0".into(), |tokens| format::tokens(Some(tokens)))
}

/// How a lane ended, behind its tokens; nothing while it runs.
pub(super) fn end(lane: &Lane) -> String {
    match (&lane.state, lane.asked(), lane.marks.last_text) {
        (LaneState::Finished, Some(sent), Some(last)) => format!(" in {}", last.since(sent)),
        (LaneState::Failed(_), ..) => " OUT".into(),
        (LaneState::Stopped, ..) => " stopped".into(),
        _ => String::new(),
    }
}

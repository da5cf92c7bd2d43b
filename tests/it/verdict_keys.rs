//! The way to the verdict: on its own, at a key, and round again in a loop that shows it.

use std::time::{Duration, Instant};

use speed_kings::record::edit::EditOptions;
use speed_kings::record::{Recording, RecordingEnd, RecordingHeader};
use speed_kings::source::EventSource;
use speed_kings::source::replay::Replay;
use speed_kings::time::{Offset, Period};
use speed_kings::ui::app::{App, AppScreen, FINISH_HOLD, ScreenOverlay};
use speed_kings::ui::message::{ReplayMove, UiMessage};
use speed_kings::ui::theme::{ColourLevel, ThemeSet};

use crate::fixture::{Pace, QUICK, SLOW, Scene, events, setup};

fn recording(edits: &EditOptions) -> Recording {
    recording_of([QUICK, SLOW], edits)
}

fn recording_of(lanes: [Pace; 2], edits: &EditOptions) -> Recording {
    let header = RecordingHeader { setup: setup(), ..RecordingHeader::default() };
    let events = events(lanes);
    let mut recording = Recording { header, events, end: Some(RecordingEnd::default()), ..Recording::default() };
    if *edits != EditOptions::default() {
        recording.header.cut = Some(edits.cut(&recording, &recording.race()).unwrap());
    }
    recording
}

/// An app that shows a race, and the time there.
struct Viewer {
    app: App,
    now: Instant,
}

impl Viewer {
    fn of(source: Box<dyn EventSource>) -> Self {
        let mut app = App::new(ThemeSet::builtin().unwrap(), "midnight", ColourLevel::True);
        app.show(source);
        let mut viewer = Self { app, now: Instant::now() };
        viewer.look(Duration::ZERO);
        viewer
    }

    /// Lets time pass.
    fn look(&mut self, later: Duration) -> AppScreen {
        self.now += later;
        self.app.tick(self.now);
        self.app.screen
    }

    fn clock(&self) -> Option<Offset> {
        self.app.race_view.as_ref().unwrap().clock
    }

    fn message(&self) -> &str {
        match &self.app.overlay {
            Some(ScreenOverlay::Message(text)) => text,
            other => panic!("no message but {other:?}"),
        }
    }
}

#[test]
fn a_replay_goes_to_its_verdict_at_a_key() {
    // So many events are not played through but gone to.
    let many = Pace { tokens: 9_000, gap: 100, ..QUICK };
    for (lanes, looping) in [([QUICK, SLOW], false), ([QUICK, SLOW], true), ([many, SLOW], false)] {
        let recording = recording_of(lanes, &EditOptions::default());
        let end = recording.events.last().map(|event| event.at);
        let mut viewer = Viewer::of(Box::new(Replay::new(recording, 0.1).looping(looping)));
        viewer.look(Duration::from_secs(2));
        viewer.app.update(&UiMessage::Verdict);
        viewer.look(Duration::ZERO);
        assert_eq!(viewer.look(Duration::ZERO), AppScreen::Verdict, "{looping}");
        viewer.app.update(&UiMessage::Verdict);
        assert_eq!(viewer.look(Duration::from_secs(60)), AppScreen::Race, "there to be looked at");
        assert_eq!(viewer.clock(), end);
        viewer.app.update(&UiMessage::Transport(ReplayMove::Restart));
        viewer.look(Duration::ZERO);
        assert_eq!(viewer.look(Duration::from_secs(20)), AppScreen::Race, "the finish first");
    }
}

#[test]
fn where_there_is_no_verdict_a_key_says_why() {
    let mut live = Viewer::of(Scene::at([QUICK, SLOW], Some(400)));
    live.app.update(&UiMessage::Verdict);
    assert!(live.message().contains("when every lane is over"), "{}", live.message());
    assert_eq!(live.app.screen, AppScreen::Race);
    let until = EditOptions { until: Some("400ms".parse().unwrap()), ..EditOptions::default() };
    let mut cut = Viewer::of(Box::new(Replay::new(recording(&until), 1.0)));
    cut.app.update(&UiMessage::Verdict);
    assert!(cut.message().contains("ends before its race"), "{}", cut.message());
    assert_eq!(cut.look(Duration::from_millis(100)), AppScreen::Race);
}

#[test]
fn a_loop_shows_a_verdict_that_is_to_be_held_and_no_other() {
    let edits = EditOptions { hold_verdict: Some(Period::from_millis(3_000)), ..EditOptions::default() };
    let mut held = Viewer::of(Box::new(Replay::new(recording(&edits), 1.0).looping(true)));
    for round in 0..3 {
        let mut seen = Vec::new();
        held.look(Duration::from_secs(20));
        seen.push(held.look(FINISH_HOLD));
        held.look(Duration::from_millis(1));
        seen.push(held.look(Duration::from_millis(2_900)));
        seen.push(held.look(Duration::from_millis(200)));
        assert_eq!(seen, [AppScreen::Verdict, AppScreen::Verdict, AppScreen::Race], "round {round}");
        assert!(held.clock() <= Some(Offset::GREEN), "from the start: {:?}", held.clock());
    }
    let mut plain = Viewer::of(Box::new(Replay::new(recording(&EditOptions::default()), 1.0).looping(true)));
    for _ in 0..400 {
        assert_eq!(plain.look(Duration::from_millis(100)), AppScreen::Race);
    }
}

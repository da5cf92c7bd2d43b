//! What a frame costs at 200×50, from the app's state to the escape sequences, and what the app does between two frames.
//! Cost must follow the screen and never the transcript, so every length of it has to give the same figure.

#![expect(clippy::expect_used, reason = "a bench that can't go on may as well end")]

mod common;

use std::cell::RefCell;
use std::io::Sink;
use std::time::Instant;

use divan::Bencher;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use speed_kings::catalog::Catalog;
use speed_kings::race::event::Event;
use speed_kings::race::setup::RaceSetup;
use speed_kings::record::{Recording, RecordingHeader};
use speed_kings::source::replay::Replay;
use speed_kings::source::{EventSource, SourceFlow};
use speed_kings::time::Offset;
use speed_kings::ui::app::{App, AppScreen, ContestantReadiness, PhaseContestant, PhasePicker, PhaseRow};
use speed_kings::ui::view::ViewState;

const TOKENS: [u32; 3] = [1_000, 20_000, 200_000];
/// Events between two frames: 16.7 ms of two lanes at full speed.
const STEP: usize = 88;
/// Frames after which the race starts over, so that a short transcript stays short.
const FRAMES: usize = 5;

fn main() {
    divan::main();
}

/// A race that is `told` so far and goes on by [`STEP`] events at each poll.
struct Feed {
    setup: RaceSetup,
    events: Vec<Event>,
    told: usize,
    next: usize,
}

impl EventSource for Feed {
    fn setup(&self) -> &RaceSetup {
        &self.setup
    }

    fn clock(&self, _now: Instant) -> Option<Offset> {
        self.events.get(self.told.checked_sub(1)?).map(|event| event.at)
    }

    fn poll(&mut self, _now: Instant, due: &mut Vec<Event>) -> SourceFlow {
        let next = self.events.len().min(self.next);
        due.extend(self.events.get(self.told..next).unwrap_or_default().iter().cloned());
        (self.told, self.next) = (next, next + STEP);
        if self.told == self.events.len() { SourceFlow::Over } else { SourceFlow::Open }
    }

    fn stop(&mut self) {}
}

/// An app with its view and its terminal, drawn once.
struct Stage {
    app: App,
    view: ViewState,
    terminal: Terminal<CrosstermBackend<Sink>>,
    frames: usize,
}

impl Stage {
    fn new(app: App) -> Self {
        let mut stage = Self { app, view: ViewState::default(), terminal: common::terminal(), frames: 0 };
        stage.draw();
        stage
    }

    /// A race with `tokens` tokens in each lane that goes on.
    fn streaming(tokens: u32) -> Self {
        let events = common::events(tokens + 10_000);
        Self::race(Feed { setup: common::plan().setup, events, told: 0, next: 2 * tokens as usize })
    }

    fn race(source: impl EventSource + 'static) -> Self {
        let mut app = common::app();
        app.show(Box::new(source));
        app.tick(Instant::now());
        Self::new(app)
    }

    fn tick(&mut self) {
        self.app.tick(Instant::now());
        self.frames += 1;
    }

    fn draw(&mut self) {
        let Self { app, view, terminal, .. } = self;
        terminal.draw(|frame| view.draw(app, frame)).expect("a sink takes everything");
    }
}

/// Draws all of the screen, as when it has just been opened: afterwards only what changed goes out.
fn paint(bencher: Bencher<'_, '_>, stage: Stage) {
    let stage = RefCell::new(stage);
    let erase = || stage.borrow_mut().terminal = common::terminal();
    bencher.with_inputs(erase).bench_local_values(|()| stage.borrow_mut().draw());
}

#[divan::bench(args = TOKENS, sample_count = 200, sample_size = 1)]
fn race_streaming(bencher: Bencher<'_, '_>, tokens: u32) {
    let stage = RefCell::new(Stage::streaming(tokens));
    let advance = || {
        let mut stage = stage.borrow_mut();
        if stage.frames == FRAMES {
            *stage = Stage::streaming(tokens);
        }
        stage.tick();
    };
    bencher.with_inputs(advance).bench_local_values(|()| stage.borrow_mut().draw());
}

#[divan::bench(args = TOKENS)]
fn race_whole(bencher: Bencher<'_, '_>, tokens: u32) {
    paint(bencher, Stage::streaming(tokens));
}

#[divan::bench(args = TOKENS)]
fn tick_of_a_replay(bencher: Bencher<'_, '_>, tokens: u32) {
    let header = RecordingHeader { setup: common::plan().setup, ..RecordingHeader::default() };
    let recording = Recording { header, events: common::events(tokens), ..Recording::default() };
    let mut stage = Stage::race(Replay::new(recording, 1.0));
    bencher.bench_local(|| stage.tick());
}

#[divan::bench(args = TOKENS)]
fn verdict(bencher: Bencher<'_, '_>, tokens: u32) {
    let mut events = common::events(tokens);
    events.extend(common::ending(tokens));
    let next = events.len();
    let mut stage = Stage::race(Feed { setup: common::plan().setup, events, told: 0, next });
    stage.app.screen = AppScreen::Verdict;
    paint(bencher, stage);
}

#[divan::bench]
fn picker(bencher: Bencher<'_, '_>) {
    let catalog = Catalog::builtin().expect("a sound catalogue");
    let contestant = |id: &String| {
        let provider = catalog.provider(id).expect("a known provider");
        PhaseContestant {
            name: provider.name.clone(),
            badge: provider.hardware.badge().to_owned(),
            hardware: provider.hardware.title().to_owned(),
            model: "model".to_owned(),
            readiness: ContestantReadiness::KeySet,
        }
    };
    let rows = catalog.phases.iter().map(|phase| PhaseRow {
        id: phase.id.clone(),
        group: phase.group.clone(),
        group_name: phase.group.clone(),
        model: phase.model.clone(),
        contestants: phase.contestants.iter().map(contestant).collect(),
        ..PhaseRow::default()
    });
    let mut app = common::app();
    app.picker = Some(PhasePicker::new(rows.collect(), Vec::new(), ""));
    paint(bencher, Stage::new(app));
}

//! What a frame costs at 200×50, from the app's state to the escape sequences, and what the app does between two frames.
//! Cost must follow the screen and never the transcript, so every length of it has to give the same figure.

#![expect(clippy::expect_used, reason = "a bench that can't go on may as well end")]

mod common;

use std::cell::RefCell;
use std::io::Sink;
use std::time::{Duration, Instant};

use divan::Bencher;
use ratatui::Terminal;
use speed_kings::catalog::Catalog;
use speed_kings::race::event::Event;
use speed_kings::race::setup::RaceSetup;
use speed_kings::record::{Recording, RecordingHeader};
use speed_kings::source::replay::Replay;
use speed_kings::source::{EventSource, SourceFlow};
use speed_kings::time::Offset;
use speed_kings::ui::app::{App, AppScreen, ContestantReadiness, PhaseContestant, PhasePicker, PhaseRow};
use speed_kings::ui::layout::AnswerForm;
use speed_kings::ui::show::ScreenMotion;
use speed_kings::ui::terminal::TerminalBackend;
use speed_kings::ui::view::ViewState;

const TOKENS: [u32; 3] = [1_000, 20_000, 200_000];
/// Events between two frames: 16.7 ms of two lanes at full speed.
const STEP: usize = 88;
/// Between two frames of a screen at its usual rate.
const FRAME: Duration = Duration::from_micros(16_667);
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
    terminal: Terminal<TerminalBackend<Sink>>,
    frames: usize,
    /// Frames after which it begins again.
    most: usize,
    now: Instant,
}

impl Stage {
    fn new(app: App) -> Self {
        let mut stage = Self {
            app,
            view: ViewState::default(),
            terminal: common::terminal(),
            frames: 0,
            most: FRAMES,
            now: Instant::now(),
        };
        stage.draw();
        stage
    }

    /// A race with `tokens` tokens in each lane that goes on.
    fn streaming(tokens: u32) -> Self {
        Self::of(tokens, common::word)
    }

    /// The same with another text.
    fn of(tokens: u32, word: fn(u32) -> &'static str) -> Self {
        let events = common::events_of(tokens + 10_000, word);
        Self::race(Feed { setup: common::plan().setup, events, told: 0, next: 2 * tokens as usize })
    }

    fn race(source: impl EventSource + 'static) -> Self {
        let mut app = common::app();
        app.show(Box::new(source));
        app.tick(Instant::now());
        Self::new(app)
    }

    fn tick(&mut self) {
        self.now += FRAME;
        self.app.tick(self.now);
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

/// Draws the frames of a race under way, a few ahead of each other.
fn stream(bencher: Bencher<'_, '_>, begin: impl Fn() -> Stage) {
    let stage = RefCell::new(begin());
    let advance = || {
        let mut stage = stage.borrow_mut();
        if stage.frames == stage.most {
            *stage = begin();
        }
        stage.tick();
    };
    bencher.with_inputs(advance).bench_local_values(|()| stage.borrow_mut().draw());
}

#[divan::bench(args = TOKENS, sample_count = 200, sample_size = 1)]
fn race_streaming(bencher: Bencher<'_, '_>, tokens: u32) {
    stream(bencher, || Stage::streaming(tokens));
}

#[divan::bench(args = TOKENS, sample_count = 200, sample_size = 1)]
fn race_streaming_without_effects(bencher: Bencher<'_, '_>, tokens: u32) {
    stream(bencher, || {
        let mut stage = Stage::streaming(tokens);
        stage.app.motion = ScreenMotion::Still;
        stage
    });
}

/// Most of it is code, whose block grows while it is drawn.
#[divan::bench(args = TOKENS, sample_count = 200, sample_size = 1)]
fn race_streaming_code(bencher: Bencher<'_, '_>, tokens: u32) {
    stream(bencher, || Stage::of(tokens, common::markdown));
}

#[divan::bench(args = TOKENS, sample_count = 200, sample_size = 1)]
fn race_streaming_code_as_it_came(bencher: Bencher<'_, '_>, tokens: u32) {
    stream(bencher, || {
        let mut stage = Stage::of(tokens, common::markdown);
        stage.app.answers = AnswerForm::Raw;
        stage
    });
}

/// The lights, GO, first tokens and what comes after them, frame by frame.
#[divan::bench(args = [ScreenMotion::Still, ScreenMotion::Full], sample_count = 300, sample_size = 1)]
fn race_from_the_lights_on(bencher: Bencher<'_, '_>, motion: ScreenMotion) {
    let begin = || {
        let header = RecordingHeader { setup: common::plan().setup, ..RecordingHeader::default() };
        let recording = Recording { header, events: common::events(4_000), ..Recording::default() };
        let mut stage = Stage::race(Replay::new(recording, 1.0));
        (stage.app.motion, stage.most) = (motion, 300);
        stage
    };
    stream(bencher, begin);
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

/// The verdict as it comes in: the ratio that counts up, bars that grow, figures one by one.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn verdict_coming_in(bencher: Bencher<'_, '_>) {
    let begin = || {
        let mut events = common::events(2_000);
        events.extend(common::ending(2_000));
        let next = events.len();
        let mut stage = Stage::race(Feed { setup: common::plan().setup, events, told: 0, next });
        stage.most = 200;
        // The finish is held, and then the verdict comes by itself.
        while stage.app.screen == AppScreen::Race {
            stage.tick();
        }
        stage.frames = 0;
        stage
    };
    stream(bencher, begin);
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

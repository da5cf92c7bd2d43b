//! The screen: what a race looks like in a terminal, and the one loop that runs it.
//! It draws from shared state alone and never talks to a provider, a file of results or the network.

pub mod app;
pub mod board;
mod draw;
pub mod keymap;
pub mod layout;
pub mod message;
mod pace;
pub mod paste;
pub mod screen;
pub mod show;
pub mod terminal;
pub mod theme;
pub mod view;
pub mod widget;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use futures::StreamExt;
use ratatui::layout::Position;

use crate::app::{App, AppScreen, BlindView, PhaseRow, SavedRow, ScreenOverlay};
use crate::keymap::KeyPlace;
use crate::message::{AppEffect, RaceOrder, ReplayMove, UiMessage};
use crate::pace::{FRAME, FramePace};
use crate::terminal::{JobControl, JobSignal, TerminalScreen, is_gone, is_lost};
use crate::view::ViewState;
use speed_kings_core::race::Race;
use speed_kings_session::source::EventSource;
use speed_kings_system::interrupt::InterruptListener;

/// Between two looks at the world while nothing moves.
const IDLE: Duration = Duration::from_millis(150);
/// Rows that one notch of the mouse wheel scrolls.
const WHEEL: isize = 3;

/// Whoever can put races on the track and knows the phases.
pub trait RaceLauncher {
    /// Begins what `order` says.
    ///
    /// # Errors
    /// Why it can't, for the viewer.
    fn start(&mut self, order: &RaceOrder) -> Result<Box<dyn EventSource>, String>;
    /// The answers of a race that is over, to be judged without names.
    ///
    /// # Errors
    /// Why there is nothing to judge, for the viewer.
    fn ballot(&mut self, race: &Race) -> Result<BlindView, String>;
    /// The phases anew, if anything about them has become known since the last call.
    fn news(&mut self) -> Option<Vec<PhaseRow>>;
    /// What was kept of earlier races and benchmarks, in no particular order.
    fn saved(&mut self) -> Vec<SavedRow> {
        Vec::new()
    }
    /// What is in these files of one kind, as text.
    ///
    /// # Errors
    /// Why they can't be read, for the viewer.
    fn describe(&mut self, _paths: &[PathBuf]) -> Result<String, String> {
        Err("there are no files here".into())
    }
    /// Begins to make a film of a recording; gives what to tell the viewer.
    ///
    /// # Errors
    /// Why none can be made, for the viewer.
    fn export(&mut self, _recording: &Path) -> Result<String, String> {
        Err("there are no films here".into())
    }
    /// What became of a film, once.
    fn exported(&mut self) -> Option<String> {
        None
    }
    /// Called after each look at the world, at `now`: whoever shows the same elsewhere takes it from `app`. It must not wait.
    fn shown(&mut self, _app: &App, _now: Instant) {}
}

/// Nobody who could put a race on the track: a screen that shows something else.
pub struct NoRaces;

impl RaceLauncher for NoRaces {
    fn start(&mut self, _order: &RaceOrder) -> Result<Box<dyn EventSource>, String> {
        Err("there is no race here".into())
    }

    fn ballot(&mut self, _race: &Race) -> Result<BlindView, String> {
        Err("there is no race here".into())
    }

    fn news(&mut self) -> Option<Vec<PhaseRow>> {
        None
    }
}

/// How the user interface ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UiEnd {
    /// The viewer left it by a key.
    Left,
    /// A signal ended it.
    Interrupted,
    /// Its terminal is gone.
    HungUp,
}

/// Runs the user interface until the viewer leaves or a signal ends it.
///
/// # Errors
/// When the terminal can't be used.
pub async fn run(app: &mut App, host: &mut dyn RaceLauncher) -> io::Result<UiEnd> {
    let Some((mut screen, mut input)) = TerminalScreen::take_over().await? else { return Ok(UiEnd::HungUp) };
    let mut view = ViewState::default();
    let (mut signals, mut job) = (InterruptListener::new()?, JobControl::new()?);
    let (mut dirty, mut drawn) = (true, Instant::now());
    let mut pace = FramePace::new(drawn);
    loop {
        if dirty {
            screen.capture_mouse(app.mouse)?;
            match screen.draw(|frame| view.draw(app, frame)) {
                Ok(taken) => (dirty, drawn) = (!taken, Instant::now()),
                Err(_) if is_lost().await => return Ok(UiEnd::HungUp),
                Err(error) => return Err(error),
            }
        }
        // Not every terminal that is gone has a signal for it.
        if is_gone() {
            return Ok(UiEnd::HungUp);
        }
        let (busy, now) = (app.is_moving() || dirty, Instant::now());
        app.skipped_frames += pace.step(now, busy);
        let wait = if busy { pace.wait(now) } else { IDLE };
        tokio::select! {
            biased;
            () = signals.next() => return Ok(UiEnd::Interrupted),
            asked = job.next() => {
                if !screen.obey(asked).await? { return Ok(UiEnd::HungUp) }
                dirty = true;
            }
            event = input.next() => {
                match event {
                    Some(Ok(event)) if is_stop(&event) => {
                        if !screen.obey(JobSignal::Stop).await? { return Ok(UiEnd::HungUp) }
                        dirty = true;
                    }
                    Some(Ok(event)) => {
                        dirty = true;
                        let effect = message(app, &view, &event).and_then(|msg| app.update(&msg));
                        if perform(app, host, effect) { return Ok(UiEnd::Left) }
                        // What is still in the queue is taken in before the next frame is drawn.
                        while drawn.elapsed() < FRAME && !app.is_moving() {
                            let Ok(Some(Ok(event))) = tokio::time::timeout(Duration::ZERO, input.next()).await else { break };
                            let effect = message(app, &view, &event).and_then(|msg| app.update(&msg));
                            if perform(app, host, effect) { return Ok(UiEnd::Left) }
                        }
                    }
                    // Without a keyboard nobody could leave.
                    Some(Err(error)) if !is_lost().await => return Err(error),
                    Some(Err(_)) | None => return Ok(UiEnd::HungUp),
                }
            }
            () = tokio::time::sleep(wait) => {}
        }
        dirty |= step(app, host, &mut view);
        if app.bell.take() {
            screen.ring()?;
            dirty = true;
        }
    }
}

/// Ctrl-Z, which a terminal in raw mode leaves to the program.
fn is_stop(event: &Event) -> bool {
    let control = |key: &KeyEvent| key.modifiers == KeyModifiers::CONTROL && key.kind == KeyEventKind::Press;
    matches!(event, Event::Key(key) if key.code == KeyCode::Char('z') && control(key))
}

/// Lets time pass; gives whether anything on screen may have changed.
fn step(app: &mut App, host: &mut dyn RaceLauncher, view: &mut ViewState) -> bool {
    let now = Instant::now();
    let mut dirty = app.tick(now);
    host.shown(app, now);
    let pending = app.take_pending();
    perform(app, host, pending);
    if let Some(race_view) = &mut app.race_view {
        view.settle_scroll(race_view);
    }
    if let Some(blind) = &mut app.blind {
        view.settle_blind(blind);
    }
    if let (Some(told), Some(browser)) = (host.exported(), &mut app.browser) {
        browser.status = told;
        dirty = true;
    }
    if let (Some(rows), Some(picker)) = (host.news(), &mut app.picker) {
        picker.refresh(rows);
        dirty = true;
    }
    dirty
}

/// Does what the app can't do itself; gives whether it is over.
fn perform(app: &mut App, host: &mut dyn RaceLauncher, effect: Option<AppEffect>) -> bool {
    match effect {
        None => {}
        Some(AppEffect::Quit) => return true,
        Some(AppEffect::Judge) => match app.race_view.as_ref().map(|race_view| host.ballot(&race_view.race)) {
            Some(Ok(blind)) => app.judge(blind),
            Some(Err(why)) => app.show_message(why),
            None => {}
        },
        Some(AppEffect::Browse) => {
            let effect = app.browse(host.saved());
            return perform(app, host, effect);
        }
        Some(AppEffect::Describe(paths)) => {
            if let Some(browser) = &mut app.browser {
                browser.page = host.describe(&paths).unwrap_or_else(|why| why);
            }
        }
        Some(AppEffect::Export(recording)) => {
            if let Some(browser) = &mut app.browser {
                browser.status = host.export(&recording).unwrap_or_else(|why| why);
            }
        }
        Some(AppEffect::Keep(mark)) => {
            if let Some(blind) = &mut app.blind {
                blind.keep(mark);
            }
        }
        Some(AppEffect::Start(order @ RaceOrder::Encore { .. })) => {
            // Its recording is read, and has to be whole by then.
            if let Some(race_view) = &mut app.race_view {
                race_view.release();
            }
            match host.start(&order) {
                Ok(source) => app.show(source),
                Err(_) => app.show_verdict(),
            }
        }
        Some(AppEffect::Start(order)) => {
            // The old race ends first: two at once would share the machine.
            app.race_view = None;
            match host.start(&order) {
                Ok(source) => app.show(source),
                Err(why) => {
                    app.screen = if app.browser.is_some() { AppScreen::Browser } else { AppScreen::Picker };
                    app.show_message(why);
                }
            }
        }
    }
    false
}

/// What `event` means where the app is.
fn message(app: &mut App, view: &ViewState, event: &Event) -> Option<UiMessage> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_message(app, key),
        Event::Mouse(mouse) => mouse_message(app, view, *mouse),
        Event::Paste(text) => {
            match &mut app.overlay {
                Some(ScreenOverlay::Prompt(editor)) => editor.insert_str(paste::text(text)),
                Some(ScreenOverlay::Place(editor)) => editor.insert_str(paste::line(text)),
                _ => false,
            };
            None
        }
        _ => None,
    }
}

fn key_message(app: &mut App, key: &KeyEvent) -> Option<UiMessage> {
    let place = app.place();
    if let Some(msg) = keymap::lookup(place, key) {
        return Some(msg);
    }
    let letter = match key.code {
        KeyCode::Char(c) if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Some(c),
        _ => None,
    };
    match (place, &mut app.overlay, &mut app.picker) {
        (KeyPlace::Prompt | KeyPlace::GoTo, Some(ScreenOverlay::Prompt(editor) | ScreenOverlay::Place(editor)), _) => {
            editor.input(*key);
        }
        (KeyPlace::Picker | KeyPlace::Filter, _, Some(picker)) if letter.is_some() => picker.type_filter(letter),
        (KeyPlace::Filter, _, Some(picker)) if key.code == KeyCode::Backspace => picker.type_filter(None),
        (KeyPlace::Overlay, overlay, _) => *overlay = None,
        _ => {}
    }
    None
}

fn mouse_message(app: &mut App, view: &ViewState, mouse: MouseEvent) -> Option<UiMessage> {
    let place = app.place();
    if let (KeyPlace::Replay, Some(bar)) = (place, view.timeline) {
        let on_bar = bar.contains(Position::new(mouse.column, mouse.row));
        app.dragging = match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => on_bar,
            MouseEventKind::Drag(MouseButton::Left) => app.dragging,
            _ => false,
        };
        if app.dragging {
            let column = mouse.column.clamp(bar.left(), bar.right().saturating_sub(1)) - bar.left();
            return Some(UiMessage::Transport(ReplayMove::Column(column, bar.width)));
        }
    }
    let wheel = match mouse.kind {
        MouseEventKind::ScrollUp => -1,
        MouseEventKind::ScrollDown => 1,
        MouseEventKind::Down(MouseButton::Left)
            if !matches!(place, KeyPlace::Overlay | KeyPlace::Prompt | KeyPlace::GoTo) =>
        {
            return view.target(Position::new(mouse.column, mouse.row));
        }
        _ => return None,
    };
    match place {
        KeyPlace::Picker | KeyPlace::Filter => Some(UiMessage::Choose(wheel)),
        KeyPlace::Race | KeyPlace::Replay | KeyPlace::Rating | KeyPlace::Ballot | KeyPlace::Judged => {
            Some(UiMessage::Scroll(wheel * WHEEL))
        }
        _ => None,
    }
}

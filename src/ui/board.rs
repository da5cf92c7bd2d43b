//! The loop of a watch's board: it draws what others measure, and takes three keys.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt as _;

use crate::ui::app::{App, Msg};
use crate::ui::screen::board::{Status, draw};
use crate::ui::terminal::{Job, JobControl, Screen};
use crate::ui::{Ended, is_stop};
use crate::watch::Board;

/// Between two frames: the countdown goes by seconds.
const FRAME: Duration = Duration::from_millis(250);

/// Shows `board` until the viewer leaves or the terminal is gone.
///
/// # Errors
/// When the terminal can't be used.
pub async fn run(app: &mut App, board: &RefCell<Board>, status: impl Fn() -> Status) -> io::Result<Ended> {
    let mut screen = Screen::open()?;
    let (mut input, mut job) = (EventStream::new(), JobControl::new()?);
    loop {
        screen.capture_mouse(app.mouse)?;
        let drawn = screen.draw(|frame| {
            let area = frame.area();
            frame.buffer_mut().set_style(area, app.theme.background);
            draw(app, &board.borrow(), &status(), area, frame.buffer_mut());
        });
        if screen.is_gone() {
            return Ok(Ended::HungUp);
        }
        drawn?;
        tokio::select! {
            biased;
            asked = job.next() => match asked {
                Job::Stop => screen.pause()?,
                Job::Continue => screen.retake()?,
            },
            event = input.next() => match event {
                Some(Ok(Event::Key(key))) if leaves(key) => return Ok(Ended::Left),
                Some(Ok(event)) if is_stop(&event) => screen.pause()?,
                Some(Ok(Event::Key(key))) if key.code == KeyCode::Char('t') => {
                    app.update(&Msg::Theme);
                }
                Some(Ok(Event::Key(key))) if key.code == KeyCode::Char('M') => {
                    app.update(&Msg::Mouse);
                }
                Some(Ok(_)) => {}
                Some(Err(error)) if !screen.is_gone() => return Err(error),
                Some(Err(_)) | None => return Ok(Ended::HungUp),
            },
            () = tokio::time::sleep(FRAME) => {}
        }
    }
}

fn leaves(key: KeyEvent) -> bool {
    let end = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind != KeyEventKind::Release && (end || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

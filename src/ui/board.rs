//! The loop of a watch's board: it draws what others measure, and takes two keys.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures::StreamExt as _;

use crate::ui::app::{App, Msg};
use crate::ui::screen::board::{Status, draw};
use crate::ui::terminal::Screen;
use crate::watch::Board;

/// Between two frames: the countdown goes by seconds.
const FRAME: Duration = Duration::from_millis(250);

/// Shows `board` until the viewer leaves.
///
/// # Errors
/// When the terminal can't be used.
pub async fn run(app: &mut App, board: &RefCell<Board>, status: impl Fn() -> Status) -> io::Result<()> {
    let mut screen = Screen::open()?;
    let mut input = EventStream::new();
    loop {
        screen.draw(|frame| {
            let area = frame.area();
            frame.buffer_mut().set_style(area, app.theme.background);
            draw(app, &board.borrow(), &status(), area, frame.buffer_mut());
        })?;
        tokio::select! {
            biased;
            event = input.next() => match event {
                Some(Ok(Event::Key(key))) if leaves(key) => return Ok(()),
                Some(Ok(Event::Key(key))) if key.code == KeyCode::Char('t') => {
                    app.update(&Msg::Theme);
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
            () = tokio::time::sleep(FRAME) => {}
        }
    }
}

fn leaves(key: KeyEvent) -> bool {
    let end = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    key.kind != KeyEventKind::Release && (end || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc))
}

//! The loop of a watch's board: it draws what others measure, and takes the keys that the table has for it.

use std::cell::RefCell;
use std::io;
use std::time::Duration;

use crossterm::event::{Event, KeyEventKind};
use futures::StreamExt as _;

use crate::app::{App, AppScreen};
use crate::message::AppEffect;
use crate::screen::board::{BoardStatus, draw};
use crate::terminal::{JobControl, JobSignal, TerminalScreen, is_gone, is_lost};
use crate::{UiEnd, is_stop, key_message};
use speed_kings_session::watch::WatchBoard;

/// Between two frames: the countdown goes by seconds.
const FRAME: Duration = Duration::from_millis(250);

/// Shows `board` until the viewer leaves or the terminal is gone.
///
/// # Errors
/// When the terminal can't be used.
pub async fn run(app: &mut App, board: &RefCell<WatchBoard>, status: impl Fn() -> BoardStatus) -> io::Result<UiEnd> {
    let Some((mut screen, mut input)) = TerminalScreen::take_over().await? else { return Ok(UiEnd::HungUp) };
    let mut job = JobControl::new()?;
    app.screen = AppScreen::Board;
    loop {
        screen.capture_mouse(app.mouse)?;
        let drawn = screen.draw(|frame| {
            let area = frame.area();
            draw(app, &board.borrow(), &status(), area, frame.buffer_mut());
        });
        match drawn {
            Err(error) if !is_lost().await => return Err(error),
            Err(_) => return Ok(UiEnd::HungUp),
            Ok(_) if is_gone() => return Ok(UiEnd::HungUp),
            Ok(_) => {}
        }
        let mut asked = None;
        tokio::select! {
            biased;
            job = job.next() => asked = Some(job),
            event = input.next() => match event {
                Some(Ok(event)) if is_stop(&event) => asked = Some(JobSignal::Stop),
                Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                    let effect = key_message(app, &key).and_then(|msg| app.update(&msg));
                    if effect == Some(AppEffect::Quit) {
                        return Ok(UiEnd::Left);
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(error)) if !is_lost().await => return Err(error),
                Some(Err(_)) | None => return Ok(UiEnd::HungUp),
            },
            () = tokio::time::sleep(FRAME) => {}
        }
        if let Some(job) = asked
            && !screen.obey(job).await?
        {
            return Ok(UiEnd::HungUp);
        }
    }
}

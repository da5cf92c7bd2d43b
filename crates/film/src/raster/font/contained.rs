//! Work with a font that came from outside, on a thread of its own: a panic of the font's reader ends there, and so does
//! the patience with a glyph that takes too long.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use crate::raster::font::FontDamage;
use speed_kings_system::console::CONTAINED;

/// How often it is looked whether the work is done, and how long each time: together the longest that a glyph may take,
/// thousands of times what one needs. Many short waits, so that a stopped program has not waited.
const LOOKS: u32 = 100;
const LOOK: Duration = Duration::from_millis(50);
/// Bytes of stack: the reader goes down into what is nested.
const STACK: usize = 8 << 20;

/// What `work` gives, unless it panics or takes too long.
///
/// # Errors
/// When it does.
pub(super) fn contained<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, FontDamage> {
    within(LOOKS, work)
}

fn within<T: Send + 'static>(looks: u32, work: impl FnOnce() -> T + Send + 'static) -> Result<T, FontDamage> {
    let (done, result) = sync_channel(1);
    let work = move || {
        let _ = done.send(catch_unwind(AssertUnwindSafe(work)));
    };
    thread::Builder::new()
        .name(CONTAINED.to_owned())
        .stack_size(STACK)
        .spawn(work)
        .map_err(|_| FontDamage::NoThread)?;
    for _ in 0..looks {
        match result.recv_timeout(LOOK) {
            Ok(result) => return result.map_err(|_| FontDamage::Panic),
            Err(RecvTimeoutError::Disconnected) => return Err(FontDamage::Panic),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    Err(FontDamage::Slow((LOOK * looks).as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_and_an_endless_loop_are_told() {
        assert_eq!(contained(|| 7), Ok(7));
        assert_eq!(contained(|| -> u8 { panic!("a broken table") }), Err(FontDamage::Panic));
        let (keep, wait) = sync_channel::<()>(0);
        assert_eq!(within(1, move || wait.recv().is_ok()), Err(FontDamage::Slow(0)));
        drop(keep);
    }
}

//! The thread that connections live on: an event loop of its own, told when it wakes, and ahead of whoever draws.

use std::io;
use std::thread::{Builder, JoinHandle};

use speed_kings_client::bus::ReadClock;

/// Starts a thread called `name` that runs what `task` gives to its end, and notes on `clock` when it wakes and sleeps.
///
/// # Errors
/// When there is no thread or no event loop for it.
pub(crate) fn start<T: Send + 'static, F: Future<Output = T>>(
    name: &str,
    clock: &ReadClock,
    task: impl FnOnce() -> F + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let (woken, parked) = (clock.clone(), clock.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .on_thread_unpark(move || woken.woke())
        .on_thread_park(move || parked.parks())
        .build()?;
    Builder::new().name(name.into()).spawn(move || {
        // Where the system has no such thing, the reads come when they come, and their lateness is told.
        let _ = speed_kings_slice::shorten();
        runtime.block_on(task())
    })
}

//! Waiting for a moment: exact at the end, cheap before, and over at once when nobody waits on the other side.
//! All waits are for absolute instants, so that being late once never makes anything later.

use std::io;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Left over from sleeping: Linux wakes a sleeper about 50 µs late, so this much is yielded away instead.
const LEAD: Duration = Duration::from_micros(60);

/// Waits longer than this watch the connection, so that a client that leaves is noticed.
const WATCH_FROM: Duration = Duration::from_millis(60);

/// A watch ends this long before the moment, because socket time-outs are as coarse as the kernel's tick.
const WATCH_MARGIN: Duration = Duration::from_millis(30);

/// The longest sleep that can't be interrupted.
const NAP: Duration = Duration::from_millis(50);

/// Nothing waits longer than this, not even for ever.
pub(super) const FOR_EVER: Duration = Duration::from_secs(24 * 3_600);

/// Waits on behalf of one connection.
pub(super) struct WritePacer<'a> {
    pub(super) stream: &'a TcpStream,
    pub(super) stop: &'a AtomicBool,
}

impl WritePacer<'_> {
    /// Returns at `moment`, or earlier with an error when the client left or the simulator stops. `heard` takes what the client
    /// sends in a long wait; where it says that it didn't, the client's leaving can't be seen any more.
    pub(super) fn until(&self, moment: Instant, heard: &mut dyn FnMut() -> io::Result<bool>) -> io::Result<()> {
        let mut watching = true;
        loop {
            let left = moment.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            if self.stop.load(Ordering::Acquire) {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if watching && left > WATCH_FROM {
                watching = !self.watch(left.saturating_sub(WATCH_MARGIN))? || heard()?;
            } else if left > LEAD {
                thread::sleep(left.saturating_sub(LEAD).min(NAP));
            } else {
                thread::yield_now();
            }
        }
    }

    /// Waits for a sign of the client for `span`: whether there was one.
    fn watch(&self, span: Duration) -> io::Result<bool> {
        self.stream.set_read_timeout(Some(span))?;
        match self.stream.peek(&mut [0]) {
            Ok(0) => Err(io::ErrorKind::ConnectionAborted.into()),
            Ok(_) => Ok(true),
            Err(error) if is_timeout(&error) => Ok(false),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// Whether `error` is a socket time-out, which systems spell in two ways.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

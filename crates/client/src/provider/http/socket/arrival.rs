//! When bytes arrived at this machine, as the kernel noted it with each packet, carried over to the monotonic clock.
//!
//! TCP joins packets that wait, and keeps the time of the last one: a time from here is never early.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd as _;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt, sockopt};
use nix::sys::time::TimeSpec;
use tokio::io::{Interest, ReadBuf};
use tokio::net::TcpStream;

/// The most that one read takes.
const AT_ONCE: usize = 64 * 1024;
/// How far the two clocks may seem apart without one of them having been set.
const SKEW: Duration = Duration::from_millis(1);

/// Tells when what a socket hands over arrived.
#[derive(Debug)]
pub(super) struct ArrivalClock {
    /// Room for the kernel's note; none where the kernel takes none.
    note: Option<Vec<u8>>,
    /// When the socket was last seen empty: nothing that is read later arrived before that.
    empty: Instant,
}

impl ArrivalClock {
    /// The clock of `socket`, through which nothing has come yet.
    pub(super) fn of(socket: &TcpStream) -> Self {
        let noted = setsockopt(socket, sockopt::ReceiveTimestampns, &true).is_ok();
        Self { note: noted.then(|| nix::cmsg_space!(TimeSpec)), empty: Instant::now() }
    }

    /// Reads from `socket`, and says when the last of it arrived.
    pub(super) fn poll_read(
        &mut self,
        socket: &mut TcpStream,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> (Poll<io::Result<()>>, Option<Instant>) {
        let room = into.remaining().min(AT_ONCE);
        loop {
            match socket.poll_read_ready(context) {
                Poll::Pending => return (Poll::Pending, None),
                Poll::Ready(Err(error)) => return (Poll::Ready(Err(error)), None),
                Poll::Ready(Ok(())) => {}
            }
            let asked = Instant::now();
            let note = &mut self.note;
            let read = socket.try_io(Interest::READABLE, || receive(socket, into.initialize_unfilled_to(room), note));
            match read {
                Ok((length, arrived)) => {
                    into.advance(length);
                    let arrived = arrived.and_then(|since| monotonic(since, unix_time(), Instant::now(), self.empty));
                    return (Poll::Ready(Ok(())), arrived);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.empty = asked,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return (Poll::Ready(Err(error)), None),
            }
        }
    }
}

/// Takes what `socket` has, with the time since 1970 at which the last of it arrived.
fn receive(socket: &TcpStream, into: &mut [u8], note: &mut Option<Vec<u8>>) -> io::Result<(usize, Option<Duration>)> {
    let mut parts = [IoSliceMut::new(into)];
    let message = recvmsg::<()>(socket.as_raw_fd(), &mut parts, note.as_deref_mut(), MsgFlags::MSG_DONTWAIT)?;
    let mut arrived = None;
    for told in message.cmsgs().into_iter().flatten() {
        if let ControlMessageOwned::ScmTimestampns(time) = told {
            arrived = Some(Duration::from(time));
        }
    }
    Ok((message.bytes, arrived))
}

/// The time since 1970 on the clock that the kernel's notes are on.
fn unix_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Realtime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

/// A time since 1970 on the monotonic clock, where one stands at `unix` and the other at `now`. Nothing where that clock has
/// been set in between: then it lies ahead of now, or before the socket was last `empty`.
fn monotonic(arrived: Duration, unix: Duration, now: Instant, empty: Instant) -> Option<Instant> {
    let age = match unix.checked_sub(arrived) {
        Some(age) => age,
        None if arrived.saturating_sub(unix) <= SKEW => Duration::ZERO,
        None => return None,
    };
    let at = now.checked_sub(age)?;
    (at + SKEW >= empty).then(|| at.max(empty))
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_time_is_carried_over_unless_a_clock_was_set() {
        let (empty, unix) = (Instant::now(), Duration::from_secs(1_800_000_000));
        let now = empty + ms(50);
        let at = |arrived| monotonic(arrived, unix, now, empty);
        assert_eq!(at(unix), Some(now));
        assert_eq!(at(unix.checked_sub(ms(30)).unwrap()), Some(empty + ms(20)));
        assert_eq!(
            at(unix.checked_sub(Duration::from_micros(50_200)).unwrap()),
            Some(empty),
            "never before it was seen empty"
        );
        assert_eq!(at(unix.checked_sub(ms(60)).unwrap()), None, "the clock was put forward");
        assert_eq!(at(unix + Duration::from_micros(200)), Some(now));
        assert_eq!(at(unix + ms(30)), None, "the clock was put back");
    }
}

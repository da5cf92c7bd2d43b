//! When a write was through: as long after its beginning as the thread really ran. What it stood waiting behind others, with the
//! bytes already gone, would shorten the server's time otherwise: whoever waits for a request may run ahead of whoever wrote it.

use std::time::{Duration, Instant};

/// The beginning of a write.
#[derive(Clone, Copy, Debug)]
pub(super) struct WriteStart {
    at: Instant,
    /// What the thread had run until then, where the system tells.
    ran: Option<Duration>,
}

impl WriteStart {
    /// A write begins now, on this thread.
    pub(super) fn now() -> Self {
        let ran = thread_time();
        Self { at: Instant::now(), ran }
    }

    /// When it was through, which it is by now.
    pub(super) fn through(self) -> Instant {
        let now = Instant::now();
        let ran = thread_time().zip(self.ran).map(|(now, before)| now.saturating_sub(before));
        ran.and_then(|ran| self.at.checked_add(ran)).map_or(now, |through| through.min(now))
    }
}

/// Processor time of this thread.
#[cfg(unix)]
fn thread_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

#[cfg(not(unix))]
const fn thread_time() -> Option<Duration> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_the_thread_stood_waiting_is_no_part_of_it() {
        let begun = WriteStart::now();
        std::thread::sleep(Duration::from_millis(300));
        let through = begun.through();
        assert!(through >= begun.at);
        assert!(
            through.duration_since(begun.at) < Duration::from_millis(150),
            "{:?}",
            through.duration_since(begun.at)
        );
    }
}

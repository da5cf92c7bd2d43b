//! How soon a thread runs when it has something to do: ahead of threads that ask for longer slices of processor time.
//! A reader that waits behind a screen being drawn finds its reads joined, and their times with them.
//!
//! The only unsafe code of the project is in here: one system call that no library wraps.

use std::io;

/// Lets the thread that calls this run at once when it wakes, in slices of a tenth of a millisecond: on Linux, from 6.12 on,
/// it then goes ahead of whoever has a longer slice. It needs no rights, and its share of the processor stays the same.
///
/// # Errors
/// When the system refuses or knows no such thing. Nothing has changed then.
#[cfg(target_os = "linux")]
pub fn shorten() -> io::Result<()> {
    /// What the kernel takes for the shortest.
    const SHORTEST_NANOS: u64 = 100_000;
    let own = rustix::thread::gettid();
    let attributes = libc::sched_attr {
        size: u32::try_from(size_of::<libc::sched_attr>()).map_err(io::Error::other)?,
        sched_policy: u32::try_from(libc::SCHED_OTHER).map_err(io::Error::other)?,
        sched_flags: 0,
        // The call sets this, too: it stays what it is.
        sched_nice: rustix::process::getpriority_process(Some(own))?,
        sched_priority: 0,
        sched_runtime: SHORTEST_NANOS,
        sched_deadline: 0,
        sched_period: 0,
    };
    #[expect(unsafe_code, reason = "no library wraps this call")]
    // SAFETY: sched_setattr(2) reads `size` bytes from its second argument, which are those of `attributes`, and keeps no
    // pointer to them; thread 0 is the calling one, and the flags are none.
    let done = unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Elsewhere threads run when the system sees fit.
///
/// # Errors
/// Always: nothing has changed.
#[cfg(not(target_os = "linux"))]
pub fn shorten() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    /// What the kernel says of this thread's slice, in ns; nothing where it does not tell.
    fn slice() -> Option<u64> {
        let told = std::fs::read_to_string("/proc/thread-self/sched").ok()?;
        let line = told.lines().find(|line| line.starts_with("se.slice"))?;
        line.rsplit(':').next()?.trim().parse().ok()
    }

    #[test]
    fn the_slice_of_this_thread_gets_shorter_and_its_priority_stays() {
        let priority = || rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap();
        let told = std::thread::spawn(move || {
            let (before, usual) = (slice(), priority());
            shorten().unwrap();
            assert_eq!(priority(), usual);
            (before, slice())
        });
        let (before, after) = told.join().unwrap();
        // An older kernel takes the call and has no slices to set.
        if let Some((before, after)) = before.zip(after) {
            assert!(after == 100_000 || after == before, "{before} {after}");
        }
    }
}

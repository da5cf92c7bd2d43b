//! The signals that ask a program to end: somebody asks it to, or its terminal is gone.
//! They are heard from the first listener on, so that nothing that is begun afterwards is left half done.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch::{self, Receiver};

/// Why a program is to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InterruptReason {
    /// Somebody asked for it.
    Asked,
    /// The terminal is gone.
    HungUp,
}

/// The first that came, once somebody listens.
static CAME: OnceLock<Receiver<Option<InterruptReason>>> = OnceLock::new();

/// The terminal was found to be gone, whether or not a signal has said so.
static GONE: AtomicBool = AtomicBool::new(false);

/// A listener to the signals that ask a program to end.
pub struct InterruptListener(Receiver<Option<InterruptReason>>);

impl InterruptListener {
    /// Listens from now on. Until the first listener a signal does what it does to any program.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> io::Result<Self> {
        if let Some(came) = CAME.get() {
            return Ok(Self(came.clone()));
        }
        let came = listen()?;
        Ok(Self(CAME.get_or_init(|| came).clone()))
    }

    /// Waits for the first of them. One that came before the call counts.
    pub async fn next(&mut self) {
        if self.0.wait_for(Option::is_some).await.is_err() {
            // Nobody listens any more, so none will come.
            std::future::pending::<()>().await;
        }
    }

    /// Notes that the terminal is gone: not every one that is has a signal for it, nor does it come at once.
    pub fn hung_up() {
        GONE.store(true, Ordering::Relaxed);
    }

    /// The first that came since somebody listens; a terminal that is gone is one, too.
    #[must_use]
    pub fn came() -> Option<InterruptReason> {
        if GONE.load(Ordering::Relaxed) {
            return Some(InterruptReason::HungUp);
        }
        CAME.get().and_then(|came| *came.borrow())
    }
}

/// Begins to listen, on a thread that ends with the program.
fn listen() -> io::Result<Receiver<Option<InterruptReason>>> {
    #[cfg(unix)]
    is_room()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (tell, came) = watch::channel(None);
    let next = {
        let _context = runtime.enter();
        next()?
    };
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        tell.send_replace(Some(runtime.block_on(next)));
        // What comes later changes nothing, but must not kill what is being ended.
        runtime.block_on(std::future::pending::<()>());
    })?;
    Ok(came)
}

/// Makes sure that files enough may be open for what the library opens for signals: where it can't, it panics.
///
/// # Errors
/// When there are too many open.
#[cfg(unix)]
pub fn is_room() -> io::Result<()> {
    [(); 4].map(|()| std::os::unix::net::UnixStream::pair()).into_iter().try_for_each(|pair| pair.map(drop))
}

/// The first of the signals from now on. A hang-up that is ignored when the program begins stays so, as `nohup` has it.
#[cfg(unix)]
fn next() -> io::Result<impl Future<Output = InterruptReason> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut kinds =
        vec![(InterruptReason::Asked, SignalKind::interrupt()), (InterruptReason::Asked, SignalKind::terminate())];
    if !ignores_hang_ups(&std::fs::read_to_string("/proc/self/status").unwrap_or_default()) {
        kinds.push((InterruptReason::HungUp, SignalKind::hangup()));
    }
    let streams = kinds.into_iter().map(|(why, kind)| Ok((why, signal(kind)?))).collect::<io::Result<Vec<_>>>()?;
    Ok(async move {
        let waiting = streams.into_iter().map(|(why, mut stream)| {
            Box::pin(async move {
                stream.recv().await;
                why
            })
        });
        futures::future::select_all(waiting).await.0
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
fn next() -> io::Result<impl Future<Output = InterruptReason> + Send> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        InterruptReason::Asked
    })
}

/// Whether a Linux process ignores that its terminal hangs up, by its `status` file: the lowest bit of a mask.
#[cfg(unix)]
fn ignores_hang_ups(status: &str) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_read_off_the_mask() {
        assert!(ignores_hang_ups("Name:\tx\nSigIgn:\t0000000000001001\nSigCgt:\t00ff"));
        assert!(!["", "SigIgn:\tzz", "SigIgn:\t0000000000001002"].into_iter().any(ignores_hang_ups));
    }
}

//! What goes to a terminal is written on a thread of its own. A terminal that takes nothing (Ctrl-S, a dead connection)
//! stops that thread, and nobody who draws, measures or waits for a signal.

use std::fs::File;
use std::io::{self, ErrorKind, IsTerminal as _, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// How long a terminal may take nothing before nobody waits for it.
pub const PATIENCE: Duration = Duration::from_millis(300);
/// Between two looks at whether to wait on.
const LOOK: Duration = Duration::from_millis(20);
/// Bytes that may wait for a terminal that takes nothing. What comes on top is dropped.
const MOST_WAITING: usize = 64 << 10;
/// How long what a terminal must still get at the end may take in all: at most, and for whoever is in a hurry.
const LAST: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(2)];
/// Bytes of one write: progress is seen by them, on slow terminals, too.
const PIECE: usize = 512;

/// A stream that may lead to a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputStream {
    /// Standard output of this process.
    Out,
    /// Standard error of this process.
    Err,
}

/// Who writes to one terminal.
pub struct TerminalWriter(Arc<WriteQueue>);

/// Where bytes wait until they are written.
struct WriteQueue {
    state: Mutex<QueueState>,
    changed: Condvar,
}

struct QueueState {
    waiting: Vec<u8>,
    /// Something is being written.
    busy: bool,
    /// When bytes were last taken, or given while none were under way.
    moved: Instant,
    /// Somebody waited in vain, and nothing has moved since.
    stuck: bool,
    /// What made writing impossible.
    failure: Option<io::Error>,
}

impl QueueState {
    const fn is_free(&self) -> bool {
        self.waiting.is_empty() && !self.busy
    }

    /// The failure once more: the library's errors can't be copied.
    fn failed(&self) -> Option<io::Error> {
        let error = self.failure.as_ref()?;
        Some(error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error))
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.is_free() {
            self.moved = Instant::now();
        }
        self.waiting.extend_from_slice(bytes);
    }
}

impl TerminalWriter {
    /// Who writes to `stream`, if that is a terminal.
    pub fn of(stream: OutputStream) -> Option<&'static Self> {
        static OUT: OnceLock<Option<TerminalWriter>> = OnceLock::new();
        static ERR: OnceLock<Option<TerminalWriter>> = OnceLock::new();
        match stream {
            OutputStream::Out => {
                OUT.get_or_init(|| io::stdout().is_terminal().then(|| Self::to(own(&io::stdout()))).flatten())
            }
            OutputStream::Err => {
                ERR.get_or_init(|| io::stderr().is_terminal().then(|| Self::to(own(&io::stderr()))).flatten())
            }
        }
        .as_ref()
    }

    /// Who writes to `terminal`, unless the system allows no thread for it.
    fn to(terminal: io::Result<impl Write + Send + 'static>) -> Option<Self> {
        let terminal = terminal.ok()?;
        let state = QueueState { waiting: Vec::new(), busy: false, moved: Instant::now(), stuck: false, failure: None };
        let desk = Arc::new(WriteQueue { state: Mutex::new(state), changed: Condvar::new() });
        let theirs = Arc::clone(&desk);
        std::thread::Builder::new().name("terminal".into()).spawn(move || theirs.work(terminal)).ok()?;
        Some(Self(desk))
    }

    /// Whether all that was given is written.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.0.lock().is_free()
    }

    /// Gives `bytes` to be written and doesn't wait.
    ///
    /// # Errors
    /// When an earlier write failed.
    pub fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.lock();
        if let Some(error) = state.failed() {
            return Err(error);
        }
        state.add(bytes);
        drop(state);
        self.0.changed.notify_all();
        Ok(())
    }

    /// Gives `bytes` to be written and waits until they are, or until nothing has moved for [`PATIENCE`]; gives whether
    /// they are. Nobody waits for a terminal again before it has taken something.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn send_and_wait(&self, bytes: &[u8]) -> io::Result<bool> {
        let state = self.0.lock();
        if state.waiting.len() >= MOST_WAITING {
            return Ok(false);
        }
        let impatient = state.stuck;
        self.deliver(state, bytes, |idle| !impatient && idle < PATIENCE)
    }

    /// As [`Self::send_and_wait`], but waits for as long as `waits`, and drops nothing.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn send_all(&self, bytes: &[u8], waits: impl Fn() -> bool) -> io::Result<bool> {
        self.deliver(self.0.lock(), bytes, |idle| idle < PATIENCE || waits())
    }

    /// Gives `bytes` to be written, the last for now, and waits for them and all before them: a terminal that is only
    /// slow gets them. Whoever is in a hurry waits no longer than while something moves.
    ///
    /// # Errors
    /// When they can't be written.
    pub fn settle(&self, bytes: &[u8], in_a_hurry: impl Fn() -> bool) -> io::Result<bool> {
        let (began, [most, hurried]) = (Instant::now(), LAST);
        self.deliver(self.0.lock(), bytes, |idle| {
            let taken = began.elapsed();
            taken < most && (!in_a_hurry() || (idle < PATIENCE && taken < hurried))
        })
    }

    fn deliver(
        &self,
        mut state: MutexGuard<'_, QueueState>,
        bytes: &[u8],
        waits: impl Fn(Duration) -> bool,
    ) -> io::Result<bool> {
        state.add(bytes);
        self.0.changed.notify_all();
        loop {
            if let Some(error) = state.failed() {
                return Err(error);
            }
            if state.is_free() {
                return Ok(true);
            }
            if !waits(state.moved.elapsed()) {
                state.stuck = true;
                return Ok(false);
            }
            state = self.0.changed.wait_timeout(state, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl WriteQueue {
    fn lock(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes until the terminal fails.
    fn work(&self, mut terminal: impl Write) {
        loop {
            let mut state = self.lock();
            while state.waiting.is_empty() {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            state.busy = true;
            let bytes = std::mem::take(&mut state.waiting);
            drop(state);
            let written = self.write(&mut terminal, &bytes);
            let mut state = self.lock();
            state.busy = false;
            let failed = written.is_err();
            state.failure = written.err();
            drop(state);
            self.changed.notify_all();
            if failed {
                return;
            }
        }
    }

    fn write(&self, terminal: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            let mut left = piece;
            while !left.is_empty() {
                match terminal.write(left) {
                    Ok(0) => return Err(ErrorKind::WriteZero.into()),
                    Ok(count) => left = left.get(count..).unwrap_or_default(),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    // Somebody who shares the terminal has made it so.
                    Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(LOOK),
                    Err(error) => return Err(error),
                }
            }
            let mut state = self.lock();
            (state.moved, state.stuck) = (Instant::now(), false);
        }
        terminal.flush()
    }
}

/// The same stream without the library's lock, which a write that never ends would hold.
#[cfg(unix)]
fn own(stream: &impl std::os::fd::AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

#[cfg(windows)]
fn own(stream: &impl std::os::windows::io::AsHandle) -> io::Result<File> {
    stream.as_handle().try_clone_to_owned().map(File::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A terminal that takes something only while its gate is open.
    #[derive(Clone, Default)]
    struct Gated(Arc<Gate>);

    #[derive(Default)]
    struct Gate {
        state: Mutex<(bool, Vec<u8>)>,
        opened: Condvar,
    }

    impl Gated {
        fn set(&self, open: bool) {
            self.0.state.lock().unwrap().0 = open;
            self.0.opened.notify_all();
        }

        fn written(&self) -> Vec<u8> {
            self.0.state.lock().unwrap().1.clone()
        }
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let guard = self.0.state.lock().unwrap();
            let mut state = self.0.opened.wait_while(guard, |(open, _)| !*open).unwrap();
            state.1.extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_stuck_terminal_holds_nobody_up_and_gets_what_waited() {
        let terminal = Gated::default();
        let courier = TerminalWriter::to(Ok(terminal.clone())).unwrap();
        assert!(!courier.send_and_wait(b"one ").unwrap());
        // Nobody waits twice for the same.
        assert!(courier.0.lock().stuck);
        assert!(!courier.send_and_wait(b"two ").unwrap() && !courier.is_free());
        while courier.send_and_wait(&[b'.'; PIECE]).is_ok_and(|_| courier.0.lock().waiting.len() < MOST_WAITING) {}
        courier.send_and_wait(b"dropped").unwrap();
        terminal.set(true);
        assert!(courier.send_all(b"three", || true).unwrap() && courier.is_free());
        let written = String::from_utf8(terminal.written()).unwrap();
        assert!(written.starts_with("one two ..") && written.ends_with("..three"), "{written}");
    }

    #[test]
    fn data_waits_for_as_long_as_it_is_wanted() {
        let terminal = Gated::default();
        let courier = TerminalWriter::to(Ok(terminal.clone())).unwrap();
        let until = Instant::now() + PATIENCE * 2;
        assert!(!courier.send_all(b"data", || Instant::now() < until).unwrap());
        assert!(Instant::now() >= until);
        terminal.set(true);
        assert!(courier.send_all(b"!", || true).unwrap());
        assert_eq!(terminal.written(), b"data!");
    }

    #[test]
    fn the_last_words_wait_for_a_slow_terminal_unless_somebody_is_in_a_hurry() {
        let terminal = Gated::default();
        let courier = TerminalWriter::to(Ok(terminal.clone())).unwrap();
        assert!(!courier.send_and_wait(b"frame ").unwrap());
        let began = Instant::now();
        assert!(!courier.settle(b"restored", || true).unwrap() && began.elapsed() < PATIENCE * 3);
        let opener = terminal.clone();
        let later = std::thread::spawn(move || {
            std::thread::sleep(PATIENCE * 2);
            opener.set(true);
        });
        assert!(courier.settle(b"!", || false).unwrap());
        later.join().unwrap();
        assert_eq!(terminal.written(), b"frame restored!");
    }

    #[test]
    fn a_failure_is_told_from_then_on() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::Error::from_raw_os_error(5))
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let courier = TerminalWriter::to(Ok(Gone)).unwrap();
        assert_eq!(courier.send_and_wait(b"one").unwrap_err().raw_os_error(), Some(5));
        assert_eq!(courier.send(b"two").unwrap_err().raw_os_error(), Some(5));
    }
}

//! The terminal: taken over on entry, given back on every way out, panics and signals included.
//! Frames go out as synchronized updates, so that no half-drawn one is ever seen, and by a [`TerminalWriter`], so that a frozen
//! terminal holds nothing up.

mod backend;

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::Duration;

use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture, EventStream,
};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, queue};
use ratatui::{Frame, Terminal};

pub use self::backend::TerminalBackend;

use speed_kings_system::console::status;
use speed_kings_system::interrupt::InterruptListener;
use speed_kings_system::terminal_writer::{OutputStream, TerminalWriter};

/// Set to `0`, frames are not wrapped in synchronized updates: some screen recorders lose frames that are.
pub const SYNC_VARIABLE: &str = "SPEED_KINGS_SYNC";

/// How terminals are called, in `TERM`, that erase cells in their own colour and not in the one that is drawn on.
const OWN_GROUND: [&str; 4] = ["screen", "eterm", "vt", "dumb"];

/// What a terminal beeps or flashes on.
const BELL: char = '\u{7}';

/// The most cells that are drawn.
const MOST_CELLS: u32 = 2_000_000;

/// What the library writes until it goes out, all at once.
#[derive(Clone, Default)]
struct PendingOutput(Arc<Mutex<Vec<u8>>>);

impl PendingOutput {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for PendingOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The terminal while it is ours.
pub struct TerminalScreen {
    courier: &'static TerminalWriter,
    terminal: Terminal<TerminalBackend<PendingOutput>>,
    page: PendingOutput,
    synchronized: bool,
    /// The mouse is ours.
    mouse: bool,
}

impl TerminalScreen {
    /// Takes the terminal over, with the keys that are pressed in it; nothing where it is gone by then.
    ///
    /// # Errors
    /// When it is there and refuses.
    pub async fn take_over() -> io::Result<Option<(Self, EventStream)>> {
        let taken = Self::open().and_then(|screen| {
            // The stream panics where its reader can't be made; a look at it first is an error then.
            crossterm::event::poll(Duration::ZERO)?;
            Ok((screen, EventStream::new()))
        });
        match taken {
            Err(_) if is_lost().await => Ok(None),
            taken => taken.map(Some),
        }
    }

    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it is none, or refuses.
    pub fn open() -> io::Result<Self> {
        restore_on_panic();
        let courier = TerminalWriter::of(OutputStream::Out)
            .ok_or_else(|| io::Error::other("standard output is not a terminal"))?;
        let synchronized = std::env::var(SYNC_VARIABLE).map_or(true, |value| value != "0");
        is_drawable()?;
        enable_raw_mode()?;
        // From here on a way out gives it back, also when the next step fails.
        let page = PendingOutput::default();
        match enter(courier).and_then(|()| Terminal::new(backend(&page))) {
            Ok(terminal) => Ok(Self { courier, terminal, page, synchronized, mouse: false }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Does what a shell's job control asks; gives whether the terminal is still there by then.
    ///
    /// # Errors
    /// When it is and can't be used.
    pub async fn obey(&mut self, job: JobSignal) -> io::Result<bool> {
        let done = match job {
            JobSignal::Stop => {
                restore();
                stop();
                self.retake()
            }
            JobSignal::Continue => self.retake(),
        };
        match done {
            Err(_) if is_lost().await => Ok(false),
            done => done.map(|()| true),
        }
    }

    /// Takes the terminal over once more, whatever a shell has made of it meanwhile: the next frame is drawn whole.
    fn retake(&mut self) -> io::Result<()> {
        // Raw mode is only entered by whoever thinks that it isn't on.
        disable_raw_mode()?;
        enable_raw_mode()?;
        is_drawable()?;
        enter(self.courier)?;
        // Not cleared: that would ask the terminal for its cursor, and wait for an answer.
        self.terminal = Terminal::new(backend(&self.page))?;
        self.page.take();
        self.mouse = false;
        Ok(())
    }

    /// Takes the mouse, or leaves it to the terminal, where it selects text, with the next frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn capture_mouse(&mut self, ours: bool) -> io::Result<()> {
        match (std::mem::replace(&mut self.mouse, ours), ours) {
            (false, true) => queue!(self.page, EnableMouseCapture),
            (true, false) => queue!(self.page, DisableMouseCapture),
            _ => Ok(()),
        }
    }

    /// Rings the terminal's bell with the next frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn ring(&mut self) -> io::Result<()> {
        queue!(self.page, Print(BELL))
    }

    /// Draws one frame, unless the terminal hasn't taken the last one yet; gives whether it did.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<bool> {
        if !self.courier.is_free() || is_drawable().is_err() {
            return Ok(false);
        }
        if self.synchronized {
            queue!(self.page, BeginSynchronizedUpdate)?;
        }
        self.terminal.draw(draw)?;
        if self.synchronized {
            queue!(self.page, EndSynchronizedUpdate)?;
        }
        self.courier.send(&self.page.take())?;
        Ok(true)
    }
}

/// What draws on `page` for the terminal as it is called.
fn backend(page: &PendingOutput) -> TerminalBackend<PendingOutput> {
    let own_ground = |term: &str| OWN_GROUND.iter().any(|kind| term.starts_with(kind));
    let erases = std::env::var("TERM").map_or(cfg!(windows), |term| !own_ground(&term));
    TerminalBackend::new(page.clone()).erasing(erases)
}

/// Makes sure that the terminal isn't so large, as an odd one claims to be, that the memory for its cells is not there.
fn is_drawable() -> io::Result<()> {
    let (columns, rows) = crossterm::terminal::size()?;
    if u32::from(columns) * u32::from(rows) > MOST_CELLS {
        return Err(io::Error::other(format!(
            "a terminal of {columns} columns and {rows} rows is too large to draw on"
        )));
    }
    Ok(())
}

/// Whether the terminal is gone: a window that was closed, a connection that broke.
#[must_use]
pub fn is_gone() -> bool {
    let gone = !io::stdout().is_terminal();
    if gone {
        InterruptListener::hung_up();
    }
    gone
}

/// Whether a terminal that has just failed is gone: it may take a moment until that can be seen.
pub async fn is_lost() -> bool {
    for _ in 0..60 {
        if is_gone() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

impl Drop for TerminalScreen {
    fn drop(&mut self) {
        restore();
        let reports = {
            let mut state = lock();
            state.owner = None;
            std::mem::take(&mut state.reports)
        };
        for report in reports {
            status(&report);
        }
    }
}

/// Who draws, and what went wrong elsewhere in the meantime.
#[derive(Default)]
struct TerminalState {
    owner: Option<ThreadId>,
    reports: Vec<String>,
    /// The terminal is ours, and its title on its stack.
    entered: bool,
}

static STATE: Mutex<TerminalState> = Mutex::new(TerminalState { owner: None, reports: Vec::new(), entered: false });

fn lock() -> MutexGuard<'static, TerminalState> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the window's title on the terminal's stack, and gets it back from there.
const PUSH_TITLE: Print<&str> = Print("\u{1b}[22;0t");
const POP_TITLE: Print<&str> = Print("\u{1b}[23;0t");

/// Has xterm and its kin send every key as they did before modifyOtherKeys, which whoever ran last may have left on: with
/// it Ctrl-C is no longer what the library knows as Ctrl-C. On the way out it is as the user has configured it.
const PLAIN_KEYS: Print<&str> = Print("\u{1b}[>4;0m");
const USUAL_KEYS: Print<&str> = Print("\u{1b}[>4m");

/// Ends what frames are drawn with, which stays from one to the next.
const PLAIN_PEN: Print<&str> = Print("\u{1b}[0m");

/// Puts everything on that a screen needs but raw mode and the mouse.
fn enter(courier: &TerminalWriter) -> io::Result<()> {
    let mut page = PendingOutput::default();
    // Whoever is continued twice keeps the title once.
    if !std::mem::replace(&mut lock().entered, true) {
        queue!(page, PUSH_TITLE)?;
    }
    queue!(page, EnterAlternateScreen, PLAIN_KEYS, EnableBracketedPaste, SetTitle("Speed Kings"))?;
    // One that is frozen gets it later.
    courier.send_and_wait(&page.take()).map(drop)
}

/// Stops this program and whoever runs with it in its job, as the terminal itself would do at Ctrl-Z. A program that no
/// shell has started goes on: nobody could continue it.
#[cfg(unix)]
fn stop() {
    use rustix::process::{Signal, getpid, getsid, kill_current_process_group};
    if getsid(None).is_ok_and(|session| session != getpid()) {
        // It goes on as it was when that is refused.
        let _ = kill_current_process_group(Signal::STOP);
    }
}

/// Nothing stops a program here.
#[cfg(not(unix))]
const fn stop() {}

/// Gives the terminal back. Errors are of no use to anybody by then.
fn restore() {
    let mut page = PendingOutput::default();
    let left = queue!(
        page,
        EndSynchronizedUpdate,
        PLAIN_PEN,
        DisableBracketedPaste,
        DisableMouseCapture,
        USUAL_KEYS,
        LeaveAlternateScreen,
        POP_TITLE,
        cursor::Show
    );
    lock().entered = false;
    if let (Ok(()), Some(courier)) = (left, TerminalWriter::of(OutputStream::Out)) {
        let _ = courier.settle(&page.take(), || InterruptListener::came().is_some());
    }
    let _ = disable_raw_mode();
}

/// A panic of whoever draws gives the terminal back before it reports itself, so that the report can be read. One
/// elsewhere ends its own work only: the screen stays, and the report waits until the terminal is given back.
fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    lock().owner = Some(std::thread::current().id());
    ONCE.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let mut state = lock();
            match state.owner {
                Some(owner) if owner != std::thread::current().id() => state.reports.push(info.to_string()),
                owner => {
                    drop(state);
                    if owner.is_some() {
                        restore();
                    }
                    report(info);
                }
            }
        }));
    });
}

/// What a shell's job control asks of a program with a screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobSignal {
    /// To stop until it is continued.
    Stop,
    /// To go on after it was stopped.
    Continue,
}

/// The signals of a shell's job control.
pub struct JobControl {
    #[cfg(unix)]
    streams: [tokio::signal::unix::Signal; 2],
}

impl JobControl {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system refuses.
    #[cfg(unix)]
    pub fn new() -> io::Result<Self> {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |of: Signal| signal(SignalKind::from_raw(of.as_raw()));
        Ok(Self { streams: [listen(Signal::TSTP)?, listen(Signal::CONT)?] })
    }

    /// Waits for the first of them.
    #[cfg(unix)]
    pub async fn next(&mut self) -> JobSignal {
        let [stop, go_on] = &mut self.streams;
        tokio::select! {
            _ = stop.recv() => JobSignal::Stop,
            _ = go_on.recv() => JobSignal::Continue,
        }
    }

    /// Listens from now on.
    ///
    /// # Errors
    /// Never here.
    #[cfg(not(unix))]
    pub const fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// There are none here.
    #[cfg(not(unix))]
    pub async fn next(&mut self) -> JobSignal {
        std::future::pending().await
    }
}

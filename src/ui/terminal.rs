//! The terminal: taken over on entry, given back on every way out, panics and signals included.
//! Frames go out as synchronized updates, so that no half-drawn one is ever seen.

mod interrupt;

use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture};
use crossterm::style::Print;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::backend::CrosstermBackend;
use ratatui::{Frame, Terminal};

pub use self::interrupt::{Interrupt, Interrupts};
use crate::talk::tell;

/// Set to `0`, frames are not wrapped in synchronized updates: some screen recorders lose frames that are.
pub const SYNC_VARIABLE: &str = "SPEED_KINGS_SYNC";

/// The terminal while it is ours.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Box<dyn Write + Send>>>,
    synchronized: bool,
    /// The mouse is ours.
    mouse: bool,
}

impl Screen {
    /// Takes the terminal over.
    ///
    /// # Errors
    /// When it is none, or refuses.
    pub fn open() -> io::Result<Self> {
        restore_on_panic();
        let synchronized = std::env::var(SYNC_VARIABLE).map_or(true, |value| value != "0");
        enable_raw_mode()?;
        // From here on a way out gives it back, also when the next step fails.
        let out: Box<dyn Write + Send> = Box::new(io::stdout());
        match enter().and_then(|()| Terminal::new(CrosstermBackend::new(out))) {
            Ok(terminal) => Ok(Self { terminal, synchronized, mouse: false }),
            Err(error) => {
                restore();
                Err(error)
            }
        }
    }

    /// Gives the terminal back, stops the program until somebody continues it, and takes the terminal over again.
    ///
    /// # Errors
    /// When the terminal is gone by then.
    pub fn pause(&mut self) -> io::Result<()> {
        restore();
        stop();
        self.retake()
    }

    /// Takes the terminal over once more, whatever a shell has made of it meanwhile: the next frame is drawn whole.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn retake(&mut self) -> io::Result<()> {
        // Raw mode is only entered by whoever thinks that it isn't on.
        disable_raw_mode()?;
        enable_raw_mode()?;
        enter()?;
        self.mouse = false;
        self.terminal.clear()
    }

    /// Takes the mouse, or leaves it to the terminal, where it selects text.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn capture_mouse(&mut self, ours: bool) -> io::Result<()> {
        match (std::mem::replace(&mut self.mouse, ours), ours) {
            (false, true) => execute!(self.terminal.backend_mut(), EnableMouseCapture),
            (true, false) => execute!(self.terminal.backend_mut(), DisableMouseCapture),
            _ => Ok(()),
        }
    }

    /// Draws one frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn draw(&mut self, draw: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        if self.synchronized {
            queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        }
        self.terminal.draw(draw)?;
        if self.synchronized {
            queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
            self.terminal.backend_mut().flush()?;
        }
        Ok(())
    }

    /// Whether the terminal is gone: a window that was closed, a connection that broke.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        !io::stdout().is_terminal()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
        // What the library has to say at its own end would go to a terminal that may be gone, and its complaint about
        // that would be a panic.
        *self.terminal.backend_mut() = CrosstermBackend::new(Box::new(io::sink()));
        let reports = {
            let mut state = lock();
            state.owner = None;
            std::mem::take(&mut state.reports)
        };
        for report in reports {
            tell(&report);
        }
    }
}

/// Who draws, and what went wrong elsewhere in the meantime.
#[derive(Default)]
struct State {
    owner: Option<ThreadId>,
    reports: Vec<String>,
}

static STATE: Mutex<State> = Mutex::new(State { owner: None, reports: Vec::new() });

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps the window's title on the terminal's stack, and gets it back from there.
const PUSH_TITLE: Print<&str> = Print("\u{1b}[22;0t");
const POP_TITLE: Print<&str> = Print("\u{1b}[23;0t");

/// Has xterm and its kin send every key as they did before modifyOtherKeys, which whoever ran last may have left on: with
/// it Ctrl-C is no longer what the library knows as Ctrl-C. On the way out it is as the user has configured it.
const PLAIN_KEYS: Print<&str> = Print("\u{1b}[>4;0m");
const USUAL_KEYS: Print<&str> = Print("\u{1b}[>4m");

/// Puts everything on that a screen needs but raw mode and the mouse.
fn enter() -> io::Result<()> {
    let title = SetTitle("Speed Kings");
    execute!(io::stdout(), PUSH_TITLE, EnterAlternateScreen, PLAIN_KEYS, EnableBracketedPaste, title)
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
    let mut out = io::stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture,
        USUAL_KEYS,
        LeaveAlternateScreen,
        POP_TITLE,
        cursor::Show
    );
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
pub enum Job {
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
    pub async fn next(&mut self) -> Job {
        let [stop, go_on] = &mut self.streams;
        tokio::select! {
            _ = stop.recv() => Job::Stop,
            _ = go_on.recv() => Job::Continue,
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
    pub async fn next(&mut self) -> Job {
        std::future::pending().await
    }
}

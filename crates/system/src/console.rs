//! What the program says: talk to standard error, data to standard output.
//! Talk that nobody can hear changes nothing; data that can't be written is an error, unless its reader has left.

use std::io::{self, ErrorKind, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::interrupt::InterruptListener;
use crate::terminal_writer::{OutputStream, TerminalWriter};
use speed_kings_core::text::{inert, printable_lines};

/// The name of threads whose panics are caught, and told in words by whoever waits for them.
pub const CONTAINED: &str = "contained";

/// Who is at the other end of standard output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OutputReader {
    /// Somebody takes what is written.
    Reads,
    /// Nobody any more: the pipe is closed.
    Left,
}

/// Why nothing may be drawn, only lines be written, though there is a terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PlainReason {
    /// The user wants it so.
    Asked,
    /// The terminal can do no more: that of an editor's shell, for example.
    Dumb,
}

impl PlainReason {
    /// The reason in words.
    #[must_use]
    pub const fn why(self) -> &'static str {
        match self {
            Self::Asked => "--plain asks for none",
            Self::Dumb => "TERM=dumb says that this terminal can't show one",
        }
    }
}

/// The user wants lines.
static PLAIN: AtomicBool = AtomicBool::new(false);

/// From now on nothing is drawn.
pub fn make_plain() {
    PLAIN.store(true, Ordering::Relaxed);
}

/// Why nothing may be drawn, if so.
#[must_use]
pub fn plain() -> Option<PlainReason> {
    if PLAIN.load(Ordering::Relaxed) {
        return Some(PlainReason::Asked);
    }
    std::env::var_os("TERM").is_some_and(|term| term == "dumb").then_some(PlainReason::Dumb)
}

/// Whether talk may be a line that is drawn anew, rather than line after line.
#[must_use]
pub fn redraws() -> bool {
    io::stderr().is_terminal() && plain().is_none()
}

/// Says `text` as lines of their own on standard error. It may repeat what others wrote: it is made printable.
pub fn status(text: &str) {
    progress(&format!("{}\n", printable_lines(text)));
}

/// Puts `text` on standard error as it is, such as a progress line that is drawn anew. A closed pipe, a full disk and a
/// terminal that is gone are no reason to end the work that is talked about, nor is a frozen one a reason to wait.
pub fn progress(text: &str) {
    if let Some(terminal) = TerminalWriter::of(OutputStream::Err) {
        let _ = terminal.send_and_wait(text.as_bytes());
        return;
    }
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// Waits for what a slow terminal has not taken yet: nothing is told after this.
pub fn settle() {
    for stream in [OutputStream::Out, OutputStream::Err] {
        if let Some(terminal) = TerminalWriter::of(stream) {
            let _ = terminal.settle(&[], || InterruptListener::came().is_some());
        }
    }
}

/// Puts data on standard output, where nothing that others wrote steers a terminal: see [`inert`]. A frozen one is waited
/// for until a signal asks the program to end.
///
/// # Errors
/// When it can't be written; a reader that has left is none.
pub fn print(text: &str) -> io::Result<OutputReader> {
    let text = inert(text);
    if let Some(terminal) = TerminalWriter::of(OutputStream::Out) {
        return terminal.send_all(text.as_bytes(), || InterruptListener::came().is_none()).map(|_| OutputReader::Reads);
    }
    let mut out = io::stdout().lock();
    // What doesn't end in a line break waits in a buffer, whose own end would keep quiet about errors.
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(OutputReader::Reads),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(OutputReader::Left),
        Err(error) => Err(error),
    }
}

/// Installs the reports of errors and panics. A panic that can't be told doesn't become an abort: what it unwinds ends
/// its children and its files.
pub fn report_panics() {
    let (panics, errors) = color_eyre::config::HookBuilder::default().display_env_section(false).into_hooks();
    // Without it a panic is still reported, only less readably.
    let _ = errors.install();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().name() != Some(CONTAINED) {
            progress(&format!("{}\n", panics.panic_report(info)));
        }
    }));
}

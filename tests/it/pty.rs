//! A terminal in the test: the program on one side of a pseudo-terminal, a parser of what it draws on the other.
//! The bytes are kept as well, because how a terminal was given back can only be read off them.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use crate::help::wait_until;

/// A program in a terminal.
pub(crate) struct Pty {
    child: Running,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    reading: JoinHandle<()>,
    closing: Arc<AtomicBool>,
}

/// The program itself, which doesn't outlive its test.
struct Running(Box<dyn Child + Send + Sync>);

/// What came out of it.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

const fn size((columns, rows): (u16, u16)) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

/// Starts `program` in a new terminal of size `at`.
fn spawn(
    program: &Path,
    args: &[&str],
    env: &[(&str, &str)],
    home: &Path,
    at: (u16, u16),
) -> (Running, Box<dyn MasterPty + Send>) {
    let pair = native_pty_system().openpty(size(at)).unwrap();
    let mut command = CommandBuilder::new(program);
    command.args(args);
    command.env_clear();
    command.cwd(home);
    command.env("HOME", home);
    command.env("XDG_CONFIG_HOME", home.join("config"));
    command.env("TERM", "xterm-256color");
    for (name, value) in env {
        command.env(name, value);
    }
    // The other side is closed here, so that a reader sees the end when the program does.
    (Running(pair.slave.spawn_command(command).unwrap()), pair.master)
}

/// Starts `program` in a terminal that is closed after `delay`, whatever the program has come to by then. It may not even
/// listen yet: its exit code, or the signal that ended it.
pub(crate) fn close_after(delay: Duration, program: &Path, args: &[&str], home: &Path) -> Result<u32, String> {
    let (mut child, master) = spawn(program, args, &[], home, (100, 40));
    std::thread::sleep(delay);
    drop(master);
    let status = child.wait();
    status.signal().map_or_else(|| Ok(status.exit_code()), |signal| Err(signal.to_owned()))
}

impl Pty {
    /// Starts `program` in a terminal of `columns` and `rows`, with `home` as its home and working folder.
    pub(crate) fn start(program: &Path, args: &[&str], env: &[(&str, &str)], home: &Path, at: (u16, u16)) -> Self {
        let (child, master) = spawn(program, args, env, home, at);
        let parser = vt100::Parser::new(at.1, at.0, 0);
        let seen = Arc::new(Mutex::new(Seen { parser, bytes: Vec::new() }));
        let (mut reader, ours) = (master.try_clone_reader().unwrap(), Arc::clone(&seen));
        let closing = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closing);
        let reading = std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let (Ok(count @ 1..), false) = (reader.read(&mut buffer), closed.load(Ordering::Relaxed)) {
                let mut seen = ours.lock().unwrap();
                seen.bytes.extend_from_slice(&buffer[..count]);
                seen.parser.process(&buffer[..count]);
            }
        });
        let keys = master.take_writer().unwrap();
        Self { child, master, keys, seen, reading, closing }
    }

    /// The screen as text.
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().unwrap().parser.screen().contents()
    }

    /// What the program asks of the mouse.
    pub(crate) fn mouse(&self) -> vt100::MouseProtocolMode {
        self.seen.lock().unwrap().parser.screen().mouse_protocol_mode()
    }

    /// Everything that was written, as text.
    pub(crate) fn written(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap().bytes).into_owned()
    }

    /// Waits until `text` was written, in whatever lines.
    #[track_caller]
    pub(crate) fn writes(&self, text: &str) {
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(text, || self.written().replace("\r\n", " ").contains(text));
        }));
        assert!(found.is_ok(), "waited in vain for {text}; written:\n{}", self.written());
    }

    /// Waits until the screen is as `wanted`.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        let mut last = String::new();
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            wait_until(what, || {
                last = self.screen();
                wanted(&last)
            });
        }));
        assert!(found.is_ok(), "waited in vain for {what}; on screen:\n{last}");
    }

    /// Waits until `text` is on screen.
    #[track_caller]
    pub(crate) fn shows(&self, text: &str) {
        self.wait(text, |screen| screen.contains(text));
    }

    /// Waits until `text` is no longer on screen.
    #[track_caller]
    pub(crate) fn shows_no_more(&self, text: &str) {
        self.wait(&format!("no {text}"), |screen| !screen.contains(text));
    }

    /// Types.
    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Changes the terminal's size.
    pub(crate) fn resize(&self, at: (u16, u16)) {
        self.seen.lock().unwrap().parser.screen_mut().set_size(at.1, at.0);
        self.master.resize(size(at)).unwrap();
    }

    /// Reads no more, as a terminal behind a dead connection.
    fn stop_reading(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        let mut width = 0;
        // Whoever reads holds the terminal open, and lets go with the next byte: a new size has something drawn.
        wait_until("the reader's end", || {
            width += 1;
            self.master.resize(size((100 + width % 2, 40))).unwrap();
            std::thread::sleep(Duration::from_millis(5));
            self.reading.is_finished() || self.child.0.try_wait().unwrap().is_some()
        });
    }

    /// Freezes the terminal: Ctrl-S where it is a shell's, and nobody reads what is drawn. Every new size is a new whole
    /// frame, until no more of them fits.
    pub(crate) fn freeze(&mut self) {
        self.stop_reading();
        self.press("\u{13}");
        for width in 0..40 {
            self.master.resize(size((100 + width % 2, 40))).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Closes the terminal, as somebody closes a window; how the program ended.
    pub(crate) fn close(mut self) -> u32 {
        self.stop_reading();
        // Where the program is over already, there is an end to be read.
        let Self { mut child, master, keys, .. } = self;
        drop(keys);
        drop(master);
        child.end()
    }

    /// The program's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.0.process_id().unwrap()
    }

    /// Waits for the program's end, and until all that it wrote is read: the last read may otherwise end between the two
    /// bytes of a line's end, or before the last line. Its exit code.
    pub(crate) fn end(&mut self) -> u32 {
        let code = self.child.end();
        wait_until("the last of what was written", || self.reading.is_finished());
        code
    }

    /// Checks that the terminal is as it was found: after `end`.
    pub(crate) fn check_restored(&self, after: &str) {
        wait_until("the last bytes", || self.written().contains("\u{1b}[?1049l"));
        let given_back = |screen: &vt100::Screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        };
        wait_until(&format!("the terminal, after {after}"), || given_back(self.seen.lock().unwrap().parser.screen()));
        // The cursor comes last, and may come in another read.
        wait_until("the last bytes", || {
            let written = self.written();
            written.rfind("\u{1b}[?1049l") < written.rfind("\u{1b}[?25h")
        });
        // Every mode that was switched on was switched off, last thing.
        let written = self.written();
        for mode in ["1000", "1002", "1003", "1006", "1015", "1049", "2004", "2026"] {
            let (on, off) = (format!("\u{1b}[?{mode}h"), format!("\u{1b}[?{mode}l"));
            assert!(written.rfind(&on) < written.rfind(&off), "after {after}: mode {mode} is still on");
        }
        // The window's title and the encoding of keys are got back, too.
        for (on, off) in [("\u{1b}[22;0t", "\u{1b}[23;0t"), ("\u{1b}[>4;0m", "\u{1b}[>4m")] {
            assert!(written.contains(on) && written.rfind(on) < written.rfind(off), "after {after}: no {off:?}");
        }
        assert!(written.rfind("\u{1b}[?25l") < written.rfind("\u{1b}[?25h"), "after {after}: no cursor");
        let modes = self.master.get_termios().map(|termios| format!("{:?}", termios.local_flags));
        assert!(modes.is_none_or(|modes| modes.contains("ICANON") && modes.contains("ECHO")), "after {after}: raw");
    }
}

impl Running {
    /// Waits for its end.
    fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait_until("the program's end", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Waits for its end; its exit code.
    fn end(&mut self) -> u32 {
        let status = self.wait();
        assert_eq!(status.signal(), None, "ended by a signal");
        status.exit_code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless the test failed.
        let _ = self.0.kill();
    }
}

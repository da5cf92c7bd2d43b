//! How far an export is: a bar that is drawn over itself at a terminal, a line now and then elsewhere.
//! It goes to stderr, since it is talk.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use crate::cli::tell;

/// Between two looks of the bar, and between two lines where there is no terminal.
const BAR: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(5);
/// Columns of the bar.
const WIDTH: u64 = 30;

/// Tells how far the work is.
pub(super) struct Progress {
    all: u64,
    begun: Instant,
    told: Instant,
    terminal: bool,
    drawn: bool,
}

impl Progress {
    /// Nothing of `all` frames is done.
    pub(super) fn new(all: u64) -> Self {
        let begun = Instant::now();
        Self { all, begun, told: begun, terminal: std::io::stderr().is_terminal(), drawn: false }
    }

    /// Tells that `done` frames are done, if it is time to.
    pub(super) fn show(&mut self, done: u64) {
        let now = Instant::now();
        let pause = if self.terminal { BAR } else { LINE };
        if now.saturating_duration_since(self.told) < pause {
            return;
        }
        self.told = now;
        let text = text(done, self.all, now.saturating_duration_since(self.begun), self.terminal);
        if self.terminal {
            self.drawn = true;
            // A bar that can't be drawn is no reason to end the work.
            let _ = write!(std::io::stderr(), "\r\x1b[2K{text}");
        } else {
            tell(&text);
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&mut self) {
        if std::mem::take(&mut self.drawn) {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}

fn text(done: u64, all: u64, passed: Duration, bar: bool) -> String {
    let percent = done * 100 / all.max(1);
    let left = passed.as_secs() * all.saturating_sub(done) / done.max(1);
    let figures = format!("{percent:>3} %  frame {done} of {all}, {left} s left");
    if !bar {
        return figures;
    }
    let filled = usize::try_from(done.min(all) * WIDTH / all.max(1)).unwrap_or(0);
    let rest = usize::try_from(WIDTH).unwrap_or(0).saturating_sub(filled);
    format!("{}{} {figures}", "━".repeat(filled), "─".repeat(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_how_far_and_how_long() {
        let line = text(30, 120, Duration::from_secs(10), false);
        assert_eq!(line, " 25 %  frame 30 of 120, 30 s left");
        let bar = text(120, 120, Duration::from_secs(10), true);
        assert!(bar.starts_with(&"━".repeat(30)) && bar.ends_with("0 s left"), "{bar}");
    }
}

//! What goes on beside the probes of a watch: said at once where nothing else is on the terminal, else shown on the board and said at
//! the end.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::cli::context::StatusOutput;

/// Notices that are kept for the end.
const KEPT: usize = 100;
/// How long the board shows one.
const SHOWN: Duration = Duration::from_secs(120);

/// The notices of a watch.
pub(super) struct WatchNotices<'a> {
    out: &'a StatusOutput,
    /// There is a board, over which nothing is written.
    boarded: bool,
    kept: RefCell<VecDeque<(Instant, String)>>,
}

impl<'a> WatchNotices<'a> {
    pub(super) const fn new(out: &'a StatusOutput, boarded: bool) -> Self {
        Self { out, boarded, kept: RefCell::new(VecDeque::new()) }
    }

    /// Tells `text`, at once or on the board.
    pub(super) fn tell(&self, text: &str) {
        if !self.boarded {
            self.out.status(text);
            return;
        }
        let mut kept = self.kept.borrow_mut();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((Instant::now(), text.to_owned()));
    }

    /// The newest, for a while.
    pub(super) fn newest(&self) -> Option<String> {
        self.kept.borrow().back().filter(|(told, _)| told.elapsed() < SHOWN).map(|(_, text)| text.clone())
    }

    /// Says what the board alone has shown.
    pub(super) fn say_all(&self) {
        for (_, text) in self.kept.borrow_mut().drain(..) {
            self.out.status(&text);
        }
    }
}

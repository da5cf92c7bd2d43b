//! How far an export is: a bar that is drawn over itself at a terminal, a line now and then elsewhere.
//! It goes to stderr, since it is talk.

use std::time::{Duration, Instant};

use crate::cli::context::StatusOutput;
use crate::cli::status_line::StatusLine;
use crate::film::RenderProgress;

/// Between two looks of the bar, and between two lines where there is no terminal.
const BAR: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(5);
/// Columns of the bar.
const WIDTH: u64 = 30;

/// Tells how far the work is.
pub(super) struct ExportProgress<'a> {
    status: StatusLine<'a>,
    begun: Instant,
    told: Instant,
}

impl<'a> ExportProgress<'a> {
    /// The progress of an export that begins now.
    pub(super) fn new(err: &'a StatusOutput) -> Self {
        let begun = Instant::now();
        Self { status: StatusLine::new(err), begun, told: begun }
    }

    /// Tells that the work has come to `step`, if it is time to.
    pub(super) fn show(&mut self, step: RenderProgress) {
        let now = Instant::now();
        let live = self.status.is_live();
        let pause = if live { BAR } else { LINE };
        if now.saturating_duration_since(self.told) < pause {
            return;
        }
        self.told = now;
        let text = text(step, now.saturating_duration_since(self.begun), live);
        if live {
            self.status.draw(|_| text.clone());
        } else {
            self.status.print(&text);
        }
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.status.clear();
    }
}

fn text(step: RenderProgress, passed: Duration, bar: bool) -> String {
    let RenderProgress { frame, frames, pass, passes } = step;
    let (done, all) = (pass * frames + frame, passes * frames);
    let percent = done * 100 / all.max(1);
    let left = passed.as_secs() * all.saturating_sub(done) / done.max(1);
    let ahead = if pass + 1 < passes { "counting colours, " } else { "" };
    let figures = format!("{percent:>3} %  {ahead}frame {frame} of {frames}, {left} s left");
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
        let step = |frame, pass| RenderProgress { frame, frames: 120, pass, passes: 1 };
        let line = text(step(30, 0), Duration::from_secs(10), false);
        assert_eq!(line, " 25 %  frame 30 of 120, 30 s left");
        let ahead = text(RenderProgress { passes: 2, ..step(60, 0) }, Duration::from_secs(10), false);
        assert_eq!(ahead, " 25 %  counting colours, frame 60 of 120, 30 s left");
        let film = text(RenderProgress { passes: 2, ..step(60, 1) }, Duration::from_secs(10), false);
        assert_eq!(film, " 75 %  frame 60 of 120, 3 s left");
        let bar = text(step(120, 0), Duration::from_secs(10), true);
        assert!(bar.starts_with(&"━".repeat(30)) && bar.ends_with("0 s left"), "{bar}");
    }
}

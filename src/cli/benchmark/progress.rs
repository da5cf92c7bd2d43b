//! How far a benchmark is: one line that is drawn anew at a terminal, a line for each run elsewhere.
//! It is written between runs alone, so it costs no measurement anything.

use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthChar as _;

use super::jobs::Job;
use crate::bench::{Step, is_ok};
use crate::cli::tell;
use crate::figure;
use crate::race::Race;
use crate::race::grid::Grid;
use crate::race::lane::Lane;
use crate::race::timing::Timing;
use crate::text::printable;

/// Cells of the bar.
const BAR: usize = 20;
/// Columns when the terminal doesn't say how many it has.
const COLUMNS: u16 = 80;

/// How far it is.
pub(super) struct Progress {
    live: bool,
    all: usize,
    done: usize,
    begun: Instant,
    title: String,
    names: Vec<String>,
    concurrency: u32,
    last: String,
}

impl Progress {
    pub(super) fn new(jobs: &[Job]) -> Self {
        let runs = jobs.iter().map(|job| {
            let steps = job.plan.steps(job.contest.grid.contestants.len());
            let made = |step: &Step| {
                !step.warmup && job.earlier.as_ref().is_some_and(|(_, earlier)| earlier.has(step.lane, step.number))
            };
            steps.filter(|step| !made(step)).count()
        });
        Self {
            live: std::io::stderr().is_terminal(),
            all: runs.sum(),
            done: 0,
            begun: Instant::now(),
            title: String::new(),
            names: Vec::new(),
            concurrency: 1,
            last: String::new(),
        }
    }

    /// The next benchmark is the one of `grid`.
    pub(super) fn contest(&mut self, grid: &Grid, concurrency: u32) {
        let phase = grid.phase.as_ref().map_or_else(|| grid.title(), |phase| phase.id.clone());
        self.title = printable(&format!("{phase} {}", grid.prompt.name)).into_owned();
        self.names = grid.contestants.iter().map(|one| printable(&one.name).into_owned()).collect();
        self.concurrency = concurrency;
    }

    /// Says something that stays.
    pub(super) fn say(&self, text: &str) {
        self.clear();
        tell(text);
    }

    pub(super) fn begun(&self, step: &Step) {
        if self.live {
            let bar = bar(self.done, self.all);
            let left = eta(self.done, self.all, self.begun.elapsed());
            let eta = left.map_or_else(String::new, |left| format!(" · {} left", clock(left)));
            let line =
                format!("{bar} {}/{} {} · {}{eta}{}", self.done, self.all, self.title, self.run(step), self.last);
            draw(&line);
        }
    }

    pub(super) fn ended(&mut self, step: &Step, race: &Race) {
        self.done += 1;
        for lane in race.lanes() {
            let told = outcome(lane);
            if !self.live || !is_ok(lane) {
                self.say(&format!("{}: {told}", self.run(step)));
            }
            for notice in &lane.notices {
                self.say(&format!("{}: {}", self.run(step), printable(notice)));
            }
            self.last = format!(" · {told}");
        }
    }

    /// Takes the line away.
    pub(super) fn over(&self) {
        self.clear();
    }

    /// `run 2/5 · Groq`.
    fn run(&self, step: &Step) -> String {
        let run = if step.warmup { "warm-up" } else { "run" };
        let name = self.names.get(step.lane.index()).map_or("", String::as_str);
        let load = if self.concurrency > 1 { format!(" ×{}", self.concurrency) } else { String::new() };
        format!("{run} {}/{} · {name}{load}", step.number, step.of)
    }

    fn clear(&self) {
        if self.live {
            draw("");
        }
    }
}

/// Draws the line anew. A terminal that is gone has nobody who would miss it.
fn draw(line: &str) {
    let columns = crossterm::terminal::size().map_or(COLUMNS, |(columns, _)| columns);
    let mut err = std::io::stderr().lock();
    let _ = write!(err, "\r\x1b[2K{}", fitting(line, columns.saturating_sub(1)));
    let _ = err.flush();
}

/// As much of `line` as fits into so many columns.
fn fitting(line: &str, columns: u16) -> String {
    let mut width = 0;
    line.chars()
        .take_while(|letter| {
            width += letter.width().unwrap_or(0);
            width <= usize::from(columns)
        })
        .collect()
}

fn bar(done: usize, all: usize) -> String {
    let full = (BAR * done).checked_div(all).unwrap_or(BAR).min(BAR);
    format!("{}{}", "█".repeat(full), "░".repeat(BAR - full))
}

/// How long the rest will take if it goes on like this; nothing before the first run is over.
fn eta(done: usize, all: usize, elapsed: Duration) -> Option<Duration> {
    let each = elapsed.checked_div(u32::try_from(done).ok()?)?;
    each.checked_mul(u32::try_from(all.saturating_sub(done)).ok()?)
}

/// `0:07`, `12:30`, `1:02:03`.
fn clock(span: Duration) -> String {
    let secs = span.as_secs();
    let (hours, minutes, secs) = (secs / 3_600, secs / 60 % 60, secs % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
}

fn outcome(lane: &Lane) -> String {
    if let Some(failure) = lane.state.failure() {
        let hint = failure.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        return printable(&format!("{}: {}{hint}", failure.kind.title(), failure.message)).into_owned();
    }
    if !is_ok(lane) {
        return "no text came".into();
    }
    let timing = Timing::of(lane);
    format!(
        "TTFT {}, {} tok/s, {} tokens in {}",
        figure::span(timing.ttft),
        figure::rate(timing.output_speed),
        figure::tokens(timing.tokens),
        figure::span(timing.total)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_fills_and_the_rest_is_foreseen() {
        assert_eq!(bar(0, 4), "░".repeat(20));
        assert_eq!(bar(1, 4), format!("{}{}", "█".repeat(5), "░".repeat(15)));
        assert_eq!((bar(4, 4), bar(0, 0)), ("█".repeat(20), "█".repeat(20)));
        assert_eq!(eta(0, 4, Duration::from_secs(1)), None);
        assert_eq!(eta(2, 6, Duration::from_secs(10)), Some(Duration::from_secs(20)));
    }

    #[test]
    fn lines_fit_and_clocks_read() {
        assert_eq!(fitting("日本語", 5), "日本");
        for (secs, text) in [(7, "0:07"), (750, "12:30"), (3_723, "1:02:03")] {
            assert_eq!(clock(Duration::from_secs(secs)), text);
        }
    }
}

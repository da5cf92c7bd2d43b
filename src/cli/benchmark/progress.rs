//! How far a benchmark is: one line that is drawn anew at a terminal, a line for each run elsewhere.
//! It is written between runs alone, so it costs no measurement anything.

use std::time::{Duration, Instant};

use unicode_width::UnicodeWidthStr as _;

use super::job::BenchmarkJob;
use crate::bench::{ScheduledRun, is_ok};
use crate::cli::context::StatusOutput;
use crate::cli::status_line::StatusLine;
use crate::format;
use crate::race::Race;
use crate::race::lane::Lane;
use crate::race::setup::RaceSetup;
use crate::race::timing::LaneTiming;
use crate::text::printable;

/// Cells of the bar.
const BAR: usize = 20;

/// How far it is.
pub(super) struct BenchmarkProgress<'a> {
    status: StatusLine<'a>,
    all: usize,
    done: usize,
    begun: Instant,
    title: String,
    names: Vec<String>,
    concurrency: u32,
    /// Those whose rate limit has been told about.
    warned: Vec<usize>,
    /// What the last run brought, at length and in short.
    last: (String, String),
}

impl<'a> BenchmarkProgress<'a> {
    pub(super) fn new(err: &'a StatusOutput, jobs: &[BenchmarkJob]) -> Self {
        let runs = jobs.iter().map(|job| {
            let steps = job.plan.steps(job.resolved.setup.contestants.len());
            let made = |step: &ScheduledRun| {
                !step.warmup && job.earlier.as_ref().is_some_and(|(_, earlier)| earlier.has(step.lane, step.number))
            };
            steps.filter(|step| !made(step)).count()
        });
        Self {
            status: StatusLine::new(err),
            all: runs.sum(),
            done: 0,
            begun: Instant::now(),
            title: String::new(),
            names: Vec::new(),
            concurrency: 1,
            warned: Vec::new(),
            last: <(String, String)>::default(),
        }
    }

    /// The next benchmark is the one of `setup`.
    pub(super) fn begin_job(&mut self, setup: &RaceSetup, concurrency: u32) {
        let phase = setup.phase.as_ref().map_or_else(|| setup.title(), |phase| phase.id.clone());
        self.title = printable(&format!("{phase} {}", setup.prompt.name)).into_owned();
        self.names = setup.contestants.iter().map(|one| printable(&one.name).into_owned()).collect();
        self.concurrency = concurrency;
        self.warned.clear();
    }

    /// Says something that stays.
    pub(super) fn print(&self, text: &str) {
        self.status.print(text);
    }

    pub(super) fn begun(&self, step: &ScheduledRun) {
        self.status.draw(|columns| self.line(step, columns));
    }

    /// All of it where it fits; else a shorter bar, then shorter figures, then no title: the last figures stay longest.
    fn line(&self, step: &ScheduledRun, columns: usize) -> String {
        let (run, count) = (self.run(step), format!("{}/{}", self.done, self.all));
        let left = eta(self.done, self.all, self.begun.elapsed());
        let eta = left.map_or_else(String::new, |left| format!(" · {} left", clock(left)));
        let (long, short) = (self.last.0.as_str(), self.last.1.as_str());
        let with = |cells: usize, title: &str, last: &str| {
            format!("{} {count} {title}{run}{eta}{last}", bar(self.done, self.all, cells))
        };
        let title = format!("{} · ", self.title);
        let lines = [with(BAR, &title, long), with(BAR / 2, &title, long), with(BAR / 2, &title, short)];
        let lines = lines.into_iter().chain([with(BAR / 4, &title, short), with(BAR / 4, "", short)]);
        let short = format!("{count} {run}{eta}");
        lines.into_iter().find(|line| line.width() <= columns).unwrap_or(short)
    }

    pub(super) fn ended(&mut self, step: &ScheduledRun, race: &Race) {
        self.done += usize::from(step.turn.is_none_or(|(turn, _)| turn == 1));
        for lane in race.lanes() {
            let told = outcome(lane);
            if !self.status.is_live() || !is_ok(lane) {
                self.print(&format!("{}: {told}", self.run(step)));
            }
            self.limit(step, lane);
            for notice in &lane.notices {
                self.print(&format!("{}: {}", self.run(step), printable(notice)));
            }
            self.last = (format!(" · {told}"), brief(lane));
        }
    }

    /// Tells once when fewer requests are left of a contestant's rate limit than are to come.
    fn limit(&mut self, step: &ScheduledRun, lane: &Lane) {
        let to_come = u64::from(step.of - step.number.min(step.of)) * u64::from(self.concurrency);
        let left = lane.head.as_ref().and_then(|head| requests_left(&head.limits)).filter(|left| *left < to_come);
        let (Some(left), false) = (left, step.warmup || self.warned.contains(&step.lane.index())) else { return };
        self.warned.push(step.lane.index());
        let name = self.names.get(step.lane.index()).map_or("", String::as_str);
        self.print(&format!(
            "{name}: {} left of its rate limit, with {to_come} to come: it may be hit",
            format::counted(left, "request is", "requests are")
        ));
    }

    /// Takes the line away.
    pub(super) fn over(&self) {
        self.status.clear();
    }

    /// `run 2/5 · Groq`.
    fn run(&self, step: &ScheduledRun) -> String {
        let run = if step.warmup { "warm-up" } else { "run" };
        let name = self.names.get(step.lane.index()).map_or("", String::as_str);
        let load = if self.concurrency > 1 { format!(" ×{}", self.concurrency) } else { String::new() };
        let turn = step.turn.map_or_else(String::new, |(turn, of)| format!(" · turn {turn}/{of}"));
        format!("{run} {}/{} · {name}{load}{turn}", step.number, step.of)
    }
}

/// The requests that are left of the tightest limit on requests, in the servers' own headers.
fn requests_left(limits: &[(Box<str>, Box<str>)]) -> Option<u64> {
    let of_requests = limits.iter().filter(|(name, _)| name.contains("remaining") && name.contains("requests"));
    of_requests.filter_map(|(_, value)| value.trim().parse().ok()).min()
}

fn bar(done: usize, all: usize, cells: usize) -> String {
    let full = (cells * done).checked_div(all).unwrap_or(cells).min(cells);
    format!("{}{}", "█".repeat(full), "░".repeat(cells - full))
}

/// How long the rest will take if it goes on like this; nothing before the first run is over.
fn eta(done: usize, all: usize, elapsed: Duration) -> Option<Duration> {
    let each = elapsed.checked_div(u32::try_from(done).ok()?)?;
    each.checked_mul(u32::try_from(all.saturating_sub(done)).ok()?)
}

/// `span` in whole seconds, with hours only where there are any: `0:07`, `12:30`, `1:02:03`.
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
    let timing = LaneTiming::of(lane);
    let withheld = timing.speed_withheld.map(|why| format!(" ({})", why.words())).unwrap_or_default();
    format!(
        "TTFT {}, {} tok/s{withheld}, {} tokens in {}",
        format::span(timing.ttft),
        format::rate(timing.output_speed),
        format::tokens(timing.tokens),
        format::span(timing.total)
    )
}

/// The same in a few words.
fn brief(lane: &Lane) -> String {
    if !is_ok(lane) {
        return " · failed".into();
    }
    let timing = LaneTiming::of(lane);
    format!(" · TTFT {}, {} tok/s", format::span(timing.ttft), format::rate(timing.output_speed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::race::event::LaneId;

    #[test]
    fn the_last_figures_stay_on_a_narrow_line() {
        let err = StatusOutput::new();
        let progress = BenchmarkProgress {
            status: StatusLine::new(&err),
            all: 24,
            done: 3,
            begun: Instant::now(),
            title: "A1 long".into(),
            names: vec!["Cerebras".into()],
            concurrency: 1,
            last: (
                " · TTFT 143.2 ms, 1741 tok/s, 500 tokens in 428.1 ms".into(),
                " · TTFT 143.2 ms, 1741 tok/s".into(),
            ),
            warned: Vec::new(),
        };
        let step = ScheduledRun { lane: LaneId(0), number: 2, of: 5, warmup: false, turn: None };
        for columns in [79, 119] {
            let line = progress.line(&step, columns);
            assert!(line.width() <= columns && line.contains("143.2 ms, 1741 tok/s"), "{line}");
            assert!(line.contains("3/24") && line.contains("run 2/5 · Cerebras") && line.contains("left"), "{line}");
        }
        assert!(progress.line(&step, 119).contains("A1 long · ") && progress.line(&step, 30).width() < 60);
    }

    #[test]
    fn the_bar_fills_and_the_rest_is_foreseen() {
        assert_eq!(bar(0, 4, 20), "░".repeat(20));
        assert_eq!(bar(1, 4, 20), format!("{}{}", "█".repeat(5), "░".repeat(15)));
        assert_eq!((bar(4, 4, 20), bar(0, 0, 20)), ("█".repeat(20), "█".repeat(20)));
        assert_eq!(eta(0, 4, Duration::from_secs(1)), None);
        assert_eq!(eta(2, 6, Duration::from_secs(10)), Some(Duration::from_secs(20)));
    }

    #[test]
    fn the_tightest_limit_on_requests_counts() {
        let limits = [
            ("x-ratelimit-remaining-requests-day", "900"),
            ("x-ratelimit-remaining-requests-minute", "12"),
            ("x-ratelimit-remaining-tokens", "3"),
            ("x-ratelimit-limit-requests", "1"),
        ];
        let limits = limits.map(|(name, value)| (name.into(), value.into()));
        assert_eq!((requests_left(&limits), requests_left(&[])), (Some(12), None));
    }

    #[test]
    fn clocks_read() {
        for (secs, text) in [(7, "0:07"), (750, "12:30"), (3_723, "1:02:03")] {
            assert_eq!(clock(Duration::from_secs(secs)), text);
        }
    }
}

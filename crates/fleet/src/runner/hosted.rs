//! A race that a runner runs for a director: made ready, armed, run and recorded by the same parts as any other, then published.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use speed_kings_session::config::ResolvedRace;
use speed_kings_session::simulation;
use speed_kings_session::source::live::{LAST_CALL, LiveRace, RaceStart, ScheduledStart, StartTime};
use speed_kings_session::source::{EventSource as _, SourceFlow};
use tokio::sync::{oneshot, watch};

use super::tail::TapeTail;
use crate::bus::Bus;
use crate::name::{RaceId, RunnerName};
use crate::subject;
use crate::tape::PieceFacts;
use crate::wire::{Refusal, RefusalKind};

/// How much of a tape is published at a time.
const PIECE: usize = 32 << 10;
/// Pieces that are published in one go, before anything else is looked at.
const PIECES_AT_ONCE: usize = 32;
/// How often something is said though nothing happens.
const HEARTBEAT: Duration = Duration::from_millis(250);
/// How long nobody may ask for a race that is not armed: its director is gone then.
const PATIENCE: Duration = Duration::from_secs(20);
/// The nearest and the furthest moment that a race can be armed for.
const NEAREST: Duration = Duration::from_millis(200);
const FURTHEST: Duration = Duration::from_secs(600);

/// A race in the hands of a runner.
pub(super) struct HostedRace {
    pub(super) id: RaceId,
    /// The first line of its tape.
    pub(super) header: String,
    live: LiveRace,
    tail: TapeTail,
    ready: oneshot::Receiver<usize>,
    lanes_ready: Option<usize>,
    green: watch::Sender<Option<Instant>>,
    /// When its director last asked whether it is ready.
    asked: Instant,
    longest: Duration,
    said: Instant,
    over: bool,
}

impl HostedRace {
    /// Makes `race` ready, and begins its tape in `folder`. It may take `longest`.
    pub(super) fn plan(id: RaceId, mut race: ResolvedRace, folder: &Path, longest: Duration) -> Result<Self, Refusal> {
        let simulator = simulation::start(&mut race).map_err(|error| Refusal::failed(&error))?;
        let ResolvedRace { setup, clients, engines, .. } = race;
        let (told, ready) = oneshot::channel();
        let (green, named) = watch::channel(None);
        let start = StartTime::Scheduled(ScheduledStart { ready: told, green: named });
        let live = LiveRace::start(RaceStart {
            setup,
            clients,
            engines,
            start,
            record: Some(folder),
            simulator,
            watched: None,
        })
        .map_err(|error| Refusal::failed(&error))?;
        let path = live.recording().ok_or_else(|| Refusal::failed(&"nothing is recorded"))?;
        let header = first_line(path).map_err(|error| Refusal::failed(&error))?;
        let tail = TapeTail::open(path).map_err(|error| Refusal::failed(&error))?;
        let now = Instant::now();
        Ok(Self {
            id,
            header,
            live,
            tail,
            ready,
            lanes_ready: None,
            green,
            asked: now,
            longest,
            said: now,
            over: false,
        })
    }

    /// How many lanes can start; nothing while that is being found out.
    pub(super) fn lanes_ready(&mut self) -> Option<usize> {
        self.asked = Instant::now();
        if self.lanes_ready.is_none() {
            self.lanes_ready = self.ready.try_recv().ok();
        }
        self.lanes_ready
    }

    /// Lets it start at `green`, or refuses to.
    pub(super) fn arm(&mut self, green: Instant) -> Result<(), Refusal> {
        let now = Instant::now();
        if self.lanes_ready().is_none() {
            return Err(RefusalKind::Cold.because("the connections are still being made"));
        }
        let before = *self.green.borrow();
        if before.is_some_and(|before| before.saturating_duration_since(now) <= LAST_CALL) {
            return Err(RefusalKind::Late.because("the race has its start already, which can be moved no more"));
        }
        let ahead = green.saturating_duration_since(now);
        if ahead < NEAREST {
            return Err(RefusalKind::Late.because("the start is too near, or has passed"));
        }
        if ahead > FURTHEST {
            return Err(RefusalKind::Limit.because("the start is more than ten minutes ahead"));
        }
        self.green.send(Some(green)).map_err(|_| Refusal::failed(&"the race has ended"))
    }

    pub(super) fn stop(&mut self) {
        self.live.stop();
    }

    /// Lets the race go on, and publishes what has been recorded since the last call. Whether it is over and all of it is out.
    pub(super) async fn tick(&mut self, bus: &Bus, runner: &RunnerName) -> io::Result<bool> {
        let now = Instant::now();
        let began = *self.green.borrow();
        let late = match began {
            Some(green) => now.saturating_duration_since(green) > self.longest,
            None => now.saturating_duration_since(self.asked) > PATIENCE,
        };
        if late {
            self.live.stop();
        }
        let mut due = Vec::new();
        self.over = self.over || self.live.poll(now, &mut due) == SourceFlow::Over;
        // The recording stands in for a screen here: what the source gives is let go.
        drop(due);
        if !bus.state().up {
            return Ok(self.over);
        }
        let subject = subject::tape(&self.id, runner);
        let clock = began.filter(|green| *green <= now).map(|green| micros(now.saturating_duration_since(green)));
        for _ in 0..PIECES_AT_ONCE {
            let at = self.tail.position();
            let piece = self.tail.next(PIECE)?;
            if piece.is_empty() {
                if self.over {
                    let facts = PieceFacts { at, clock, end: Some(self.tail.end()) };
                    bus.publish_piece(subject, &facts, Bytes::new()).await;
                    return Ok(true);
                }
                break;
            }
            self.said = now;
            bus.publish_piece(subject.clone(), &PieceFacts { at, clock, end: None }, piece).await;
        }
        if now.saturating_duration_since(self.said) >= HEARTBEAT {
            self.said = now;
            let facts = PieceFacts { at: self.tail.position(), clock, end: None };
            bus.publish_piece(subject, &facts, Bytes::new()).await;
        }
        Ok(false)
    }
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

fn first_line(path: &Path) -> io::Result<String> {
    use std::io::BufRead as _;
    let mut line = String::new();
    io::BufReader::new(std::fs::File::open(path)?).read_line(&mut line)?;
    line.truncate(line.trim_end().len());
    Ok(line)
}

//! The lanes of a race at a runner: run and recorded by the same parts as any other, and published out of their file.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use speed_kings_session::config::ResolvedRace;
use speed_kings_session::simulation;
use speed_kings_session::source::live::{LiveRace, RaceStart, ScheduledStart, StartTime};
use speed_kings_session::source::{EventSource as _, SourceFlow};

use super::tail::TapeTail;
use crate::bus::Bus;
use crate::tape::PieceFacts;
use crate::wire::Refusal;

/// How much of a tape is published at a time.
const PIECE: usize = 32 << 10;
/// Pieces that are published in one go, before anything else is looked at.
const PIECES_AT_ONCE: usize = 32;
/// How often something is said though nothing happens.
const HEARTBEAT: Duration = Duration::from_millis(250);

/// A race with its tape on the way to the bus.
pub(super) struct PublishedRace {
    live: LiveRace,
    tail: TapeTail,
    said: Instant,
    over: bool,
}

impl PublishedRace {
    /// Makes `race` ready, and begins its tape in `folder`. The first line of that comes with it.
    pub(super) fn begin(
        mut race: ResolvedRace,
        folder: &Path,
        start: ScheduledStart,
    ) -> Result<(Self, String), Refusal> {
        let simulator = simulation::start(&mut race).map_err(|error| Refusal::failed(&error))?;
        let ResolvedRace { setup, clients, engines, .. } = race;
        let start = StartTime::Scheduled(start);
        let record = Some(folder);
        let live = LiveRace::start(RaceStart { setup, clients, engines, start, record, simulator, watched: None })
            .map_err(|error| Refusal::failed(&error))?;
        let path = live.recording().ok_or_else(|| Refusal::failed(&"nothing is recorded"))?;
        let header = first_line(path).map_err(|error| Refusal::failed(&error))?;
        let tail = TapeTail::open(path).map_err(|error| Refusal::failed(&error))?;
        Ok((Self { live, tail, said: Instant::now(), over: false }, header))
    }

    pub(super) fn stop(&mut self) {
        self.live.stop();
    }

    /// Lets the race go on, and publishes on `subject` what has been recorded since the last call. `began` is its green light. Whether
    /// it is over and all of it is out.
    pub(super) async fn tick(
        &mut self,
        now: Instant,
        began: Option<Instant>,
        bus: &Bus,
        subject: String,
    ) -> io::Result<bool> {
        let mut due = Vec::new();
        self.over = self.over || self.live.poll(now, &mut due) == SourceFlow::Over;
        // The recording stands in for a screen here: what the source gives is let go.
        drop(due);
        if !bus.state().up {
            return Ok(self.over);
        }
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

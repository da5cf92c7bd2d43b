//! What a runner runs for a director: made ready, armed, run and recorded by the same parts as here. It is a race, a share of a load, or a visit of a sweep.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use speed_kings_session::config::ResolvedRace;
use speed_kings_session::source::live::{LAST_CALL, ScheduledStart};
use tokio::sync::{oneshot, watch};

use super::published::PublishedRace;
use super::share::{self, AllowedShare};
use super::visit;
use super::worker::HostedWorker;
use crate::bus::Bus;
use crate::name::{RaceId, RunnerName};
use crate::subject;
use crate::sweeps::AllowedVisit;
use crate::wire::{Refusal, RefusalKind};

/// How long nobody may ask for a race that is not armed: its director is gone then.
const PATIENCE: Duration = Duration::from_secs(20);
/// The nearest and the furthest moment that a race can be armed for.
const NEAREST: Duration = Duration::from_millis(200);
const FURTHEST: Duration = Duration::from_secs(600);

/// A race in the hands of a runner, or its share of a load.
pub(super) struct HostedRace {
    pub(super) id: RaceId,
    /// The first line of its tape.
    pub(super) header: String,
    work: HostedWork,
    ready: oneshot::Receiver<usize>,
    lanes_ready: Option<usize>,
    green: watch::Sender<Option<Instant>>,
    /// When its director last asked whether it is ready.
    asked: Instant,
    longest: Duration,
}

/// What is done in it.
enum HostedWork {
    /// Lanes that race each other.
    Race(Box<PublishedRace>),
    /// One contestant that is loaded, or an engine that is visited.
    Worker(HostedWorker),
}

impl HostedRace {
    /// Makes `race` ready, and begins its tape in `folder`. It may take `longest`.
    pub(super) fn plan(id: RaceId, race: ResolvedRace, folder: &Path, longest: Duration) -> Result<Self, Refusal> {
        Self::begin(id, longest, |start| {
            let (race, header) = PublishedRace::begin(race, folder, start)?;
            Ok((HostedWork::Race(Box::new(race)), header))
        })
    }

    /// Makes a share of a load ready, in the same way.
    pub(super) fn load(id: RaceId, share: AllowedShare, folder: &Path, longest: Duration) -> Result<Self, Refusal> {
        Self::begin(id, longest, |start| {
            let (share, header) = share::begin(share, folder, start)?;
            Ok((HostedWork::Worker(share), header))
        })
    }

    /// Begins a visit, which has no start that others wait for.
    pub(super) fn visit(id: RaceId, visit: AllowedVisit, folder: &Path, longest: Duration) -> Result<Self, Refusal> {
        let hosted = Self::begin(id, longest, |_| {
            let (visit, header) = visit::begin(visit, folder)?;
            Ok((HostedWork::Worker(visit), header))
        })?;
        hosted.green.send_replace(Some(Instant::now()));
        Ok(hosted)
    }

    fn begin(
        id: RaceId,
        longest: Duration,
        work: impl FnOnce(ScheduledStart) -> Result<(HostedWork, String), Refusal>,
    ) -> Result<Self, Refusal> {
        let (told, ready) = oneshot::channel();
        let (green, named) = watch::channel(None);
        let (work, header) = work(ScheduledStart { ready: told, green: named })?;
        Ok(Self { id, header, work, ready, lanes_ready: None, green, asked: Instant::now(), longest })
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

    /// Ends it where it stands; `why` stays in what is kept of a share or a visit.
    pub(super) fn stop(&mut self, why: &str) {
        match &mut self.work {
            HostedWork::Race(race) => race.stop(),
            HostedWork::Worker(worker) => worker.stop(why),
        }
    }

    /// Lets it go on. Whether it is over and nothing more is to be done for it.
    pub(super) async fn tick(&mut self, bus: &Bus, runner: &RunnerName) -> io::Result<bool> {
        let now = Instant::now();
        let began = *self.green.borrow();
        match began {
            Some(green) if now.saturating_duration_since(green) > self.longest => {
                self.stop(&format!("it took longer than this runner's limit of {} s", self.longest.as_secs()));
            }
            None if now.saturating_duration_since(self.asked) > PATIENCE => self.stop("its director is gone"),
            _ => {}
        }
        match &mut self.work {
            HostedWork::Race(race) => race.tick(now, began, bus, subject::tape(&self.id, runner)).await,
            HostedWork::Worker(worker) => worker.is_over(),
        }
    }
}

//! The subjects of the bus. Each begins with the version of the protocol, so that a newer one is somewhere else.

use crate::name::{RaceId, RunnerName};

/// The version of the protocol that this program speaks.
pub const PROTOCOL: u32 = 1;
/// How a runner calls itself in service discovery.
pub const SERVICE: &str = "sk-runner";
/// Where all runners are asked who they are.
pub const DISCOVERY: &str = "$SRV.INFO.sk-runner";
/// The stream that keeps races for spectators.
pub const RACE_STREAM: &str = "SK_RACE";
/// What that stream takes.
pub const RACE_SUBJECTS: [&str; 1] = ["sk1.race.>"];
/// The stream that keeps what watches found.
pub const WATCH_STREAM: &str = "SK_WATCH";
/// What that stream takes.
pub const WATCH_SUBJECTS: [&str; 1] = ["sk1.watch.>"];

/// What a runner can be asked to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunnerVerb {
    /// Say who it is and what it offers.
    Facts,
    /// Say what its clock shows.
    Clock,
    /// Make a race ready.
    Plan,
    /// Make a share of a load ready.
    Load,
    /// Make a visit of a sweep at once.
    Visit,
    /// Say whether the lanes of a race are ready.
    Ready,
    /// Start it at a moment.
    Arm,
    /// End it where it stands.
    Stop,
    /// Send a part of its tape.
    Fetch,
}

impl RunnerVerb {
    /// All that there are.
    pub const ALL: [Self; 9] = [
        Self::Facts,
        Self::Clock,
        Self::Plan,
        Self::Load,
        Self::Visit,
        Self::Ready,
        Self::Arm,
        Self::Stop,
        Self::Fetch,
    ];

    /// Its word in a subject.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Facts => "facts",
            Self::Clock => "clock",
            Self::Plan => "plan",
            Self::Load => "load",
            Self::Visit => "visit",
            Self::Ready => "ready",
            Self::Arm => "arm",
            Self::Stop => "stop",
            Self::Fetch => "fetch",
        }
    }
}

/// Where `runner` is asked to do something.
#[must_use]
pub fn command(runner: &RunnerName, verb: RunnerVerb) -> String {
    format!("sk1.cmd.{runner}.{}", verb.as_str())
}

/// Where `runner` publishes its tape of `race`.
#[must_use]
pub fn tape(race: &RaceId, runner: &RunnerName) -> String {
    format!("sk1.race.{race}.tape.{runner}")
}

/// Where all tapes of `race` come from.
#[must_use]
pub fn tapes(race: &RaceId) -> String {
    format!("sk1.race.{race}.tape.*")
}

/// Where the grids of all races come from.
pub const GRIDS: &str = "sk1.race.*.grid";

/// The race that `subject` belongs to.
#[must_use]
pub fn race_of(subject: &str) -> Option<RaceId> {
    subject.strip_prefix("sk1.race.")?.split('.').next()?.parse().ok()
}

/// Where everything of `race` comes from.
#[must_use]
pub fn everything(race: &RaceId) -> String {
    format!("sk1.race.{race}.>")
}

/// The runner whose tape, or whose part of one, came on `subject`.
#[must_use]
pub fn runner_of(subject: &str) -> Option<RunnerName> {
    let mut parts = subject.split('.').skip(3);
    let what = parts.next()?;
    matches!(what, "tape" | "fill").then(|| parts.next()?.parse().ok()).flatten()
}

/// Where the director tells who races in `race`.
#[must_use]
pub fn grid(race: &RaceId) -> String {
    format!("sk1.race.{race}.grid")
}

/// Where the director tells what became of `race`.
#[must_use]
pub fn end(race: &RaceId) -> String {
    format!("sk1.race.{race}.end")
}

/// Where the director puts what it had to fetch from the tape of `runner`, for those who may not fetch.
#[must_use]
pub fn fill(race: &RaceId, runner: &RunnerName) -> String {
    format!("sk1.race.{race}.fill.{runner}")
}

/// Where `runner` publishes the lines of its watch.
#[must_use]
pub fn watch(runner: &RunnerName) -> String {
    format!("sk1.watch.{runner}")
}

/// The runner whose watch wrote what came on `subject`.
#[must_use]
pub fn watcher_of(subject: &str) -> Option<RunnerName> {
    subject.strip_prefix("sk1.watch.")?.parse().ok()
}

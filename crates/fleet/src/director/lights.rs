//! The start: runners that have planned are waited for until they are ready, told one moment, each on its own clock, and stopped where that
//! came to nothing.

use std::time::{Duration, Instant};

use futures::future::join_all;
use speed_kings_core::text::printable;
use speed_kings_core::time::Period;

use crate::call::{ANSWER, CallError, KnownRunner, RunnerCaller};
use crate::name::RaceId;
use crate::subject::RunnerVerb;
use crate::wire::{ArmCommand, ArmedRace, LanesReady, RaceCommand, RefusalKind};

/// Between two questions whether the lanes are ready.
const ASK_AGAIN: Duration = Duration::from_millis(200);
/// How long lanes may take until they are ready: an engine may have to load its model.
const GET_READY: Duration = Duration::from_secs(280);
/// The shortest time from the command to start to the start, for runners next door and nobody to see the lights.
const SHORTEST_LEAD: Duration = Duration::from_secs(1);
/// Round trips that a command to start has ahead of the start.
const ROUND_TRIPS: u32 = 10;

/// Runners that are to start together.
pub(super) struct StartingGrid<'a> {
    pub(super) caller: &'a RunnerCaller<'a>,
    pub(super) race: &'a RaceId,
    pub(super) runners: Vec<&'a KnownRunner>,
    /// From the moment that all are ready to the green light, at least.
    pub(super) countdown: Duration,
}

impl StartingGrid<'_> {
    /// Waits until all lanes are ready, and lets them start together. The moment at which they do, on the clock of this machine.
    ///
    /// # Errors
    /// Why they don't.
    pub(super) async fn start(&self) -> Result<Instant, String> {
        let begun = Instant::now();
        loop {
            let asked = self.runners.iter().map(|runner| {
                let what = RaceCommand { race: self.race.clone() };
                self.caller.command::<_, LanesReady>(runner, RunnerVerb::Ready, what, ANSWER)
            });
            let mut all = true;
            for (runner, ready) in self.runners.iter().zip(join_all(asked).await) {
                all &= ready.map_err(|error| refused(runner, &error))?.ready.is_some();
            }
            if all {
                break;
            }
            if begun.elapsed() > GET_READY {
                return Err("the lanes were not ready in time".into());
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
        let round_trip = self.runners.iter().map(|runner| runner.clock.round_trip).max().unwrap_or(Period::ZERO);
        let lead = self.countdown.max(SHORTEST_LEAD).max(round_trip.to_std() * ROUND_TRIPS);
        match self.arm(lead).await {
            Err((RefusalKind::Late, _)) => self.arm(lead * 2).await.map_err(|(_, why)| why),
            armed => armed.map_err(|(_, why)| why),
        }
    }

    /// Has all runners start in `lead`, each on its own clock.
    async fn arm(&self, lead: Duration) -> Result<Instant, (RefusalKind, String)> {
        let green = Instant::now() + lead;
        let here = self.caller.clock.at(green);
        let armed = self.runners.iter().map(|runner| {
            let green_us = here + runner.clock.offset;
            let what = ArmCommand { race: self.race.clone(), green_us };
            self.caller.command::<_, ArmedRace>(runner, RunnerVerb::Arm, what, ANSWER)
        });
        for (runner, armed) in self.runners.iter().zip(join_all(armed).await) {
            if let Err(error) = armed {
                let kind = if let CallError::Refused(refusal) = &error { refusal.kind } else { RefusalKind::Failed };
                return Err((kind, refused(runner, &error)));
            }
        }
        Ok(green)
    }
}

/// Has `race` ended by all of `runners`, whatever has become of it there.
pub(super) async fn stop_all(
    caller: &RunnerCaller<'_>,
    race: &RaceId,
    runners: impl IntoIterator<Item = &KnownRunner>,
) {
    let stops = runners.into_iter().map(|runner| {
        let what = RaceCommand { race: race.clone() };
        caller.command::<_, RaceCommand>(runner, RunnerVerb::Stop, what, ANSWER)
    });
    join_all(stops).await;
}

/// What a runner answered instead of doing what it was asked for, in words.
fn refused(runner: &KnownRunner, error: &CallError) -> String {
    format!("runner {}: {}", runner.name, printable(&error.to_string()))
}

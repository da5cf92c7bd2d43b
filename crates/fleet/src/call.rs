//! Questions and commands to runners, and what they answer.

use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::join_all;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bus::{Bus, BusError, piece_of};
use crate::clock::{ClockEstimate, ClockExchange, EXCHANGES, ProcessClock};
use crate::identity::DirectorKey;
use crate::name::{NameError, RaceId, RunnerName};
use crate::subject::{DISCOVERY, PROTOCOL, RunnerVerb, command};
use crate::tape::{PieceFacts, TapeAssembly};
use crate::wire::{
    DirectorCommand, FetchCommand, LARGEST_MESSAGE, LARGEST_PIECE, Refusal, RunnerClock, RunnerFacts, RunnerReply,
};

/// How long a runner has for an answer.
pub const ANSWER: Duration = Duration::from_secs(3);
/// How long runners have to say that they are there.
const ROLL_CALL: Duration = Duration::from_millis(600);
/// How long a signed command holds.
const HOLDS: i64 = 60_000_000;
/// Runners that are listed at the most.
const MOST_RUNNERS: usize = 256;

/// Why a runner did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// It could not be reached, or its answer not be read.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// It was reached, and refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// A runner that answered.
#[derive(Clone, Debug)]
pub struct KnownRunner {
    /// Its name on the bus.
    pub name: RunnerName,
    /// Which start of it answered.
    pub instance: String,
    /// What is known of its clock.
    pub clock: ClockEstimate,
}

/// Somebody who asks runners and commands them.
#[derive(Debug)]
pub struct RunnerCaller<'a> {
    /// The bus that they are on.
    pub bus: &'a Bus,
    /// What commands are signed with.
    pub key: &'a DirectorKey,
    /// The clock that others are held against.
    pub clock: ProcessClock,
}

impl RunnerCaller<'_> {
    /// Lets `runner` do `verb`.
    ///
    /// # Errors
    /// When it can't be reached, or refuses.
    pub async fn command<T: Serialize, R: DeserializeOwned>(
        &self,
        runner: &KnownRunner,
        verb: RunnerVerb,
        what: T,
        wait: Duration,
    ) -> Result<R, CallError> {
        let subject = command(&runner.name, verb);
        let signed = self.signed(runner, verb, what)?;
        answer(&subject, &self.bus.ask(subject.clone(), signed, wait).await?.payload)
    }

    fn signed<T: Serialize>(&self, runner: &KnownRunner, verb: RunnerVerb, what: T) -> Result<Vec<u8>, CallError> {
        let signed = self.key.sign(&DirectorCommand {
            runner: runner.name.clone(),
            instance: runner.instance.clone(),
            verb: verb.as_str().into(),
            expires_us: self.clock.now() + runner.clock.offset + HOLDS,
            command: what,
        });
        Ok(signed.map_err(|error| BusError::Failed(error.to_string()))?)
    }

    /// A part of the tape of `race` at `runner`.
    ///
    /// # Errors
    /// When it can't be reached, or has no such tape.
    pub async fn fetch(
        &self,
        runner: &KnownRunner,
        race: &RaceId,
        from: usize,
        most: usize,
    ) -> Result<(PieceFacts, Bytes), CallError> {
        let subject = command(&runner.name, RunnerVerb::Fetch);
        let what = FetchCommand { race: race.clone(), from: from as u64, most: most.min(LARGEST_PIECE) as u64 };
        let signed = self.signed(runner, RunnerVerb::Fetch, what)?;
        let message = self.bus.ask(subject.clone(), signed, ANSWER).await?;
        // What is no piece is a refusal.
        piece_of(&message).ok_or_else(|| {
            let refusal = answer::<Value>(&subject, &message.payload).err();
            refusal.unwrap_or_else(|| BusError::Unreadable(subject).into())
        })
    }

    /// All of the tape of `race` at `name`, as far as it has come there.
    ///
    /// # Errors
    /// As for [`Self::fetch`].
    pub async fn tape(&self, name: &RunnerName, race: &RaceId) -> Result<TapeAssembly, CallError> {
        let (instance, clock) = self.clock_of(name, 1).await?;
        let runner = KnownRunner { name: name.clone(), instance, clock };
        let mut tape = TapeAssembly::default();
        loop {
            let (facts, piece) = self.fetch(&runner, race, tape.bytes().len(), LARGEST_PIECE).await?;
            let nothing = piece.is_empty();
            tape.add(&facts, piece);
            if nothing || tape.is_whole() {
                return Ok(tape);
            }
        }
    }

    /// Who `name` is, and what its clock shows.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn meet(&self, name: &RunnerName) -> Result<(KnownRunner, RunnerFacts), CallError> {
        let facts = facts(self.bus, name).await?;
        let (instance, clock) = self.clock_of(name, EXCHANGES).await?;
        Ok((KnownRunner { name: name.clone(), instance, clock }, facts))
    }

    /// Which start of `name` answers, and how its clock stands to ours by so many `exchanges`.
    ///
    /// # Errors
    /// When it can't be reached.
    pub async fn clock_of(&self, name: &RunnerName, exchanges: usize) -> Result<(String, ClockEstimate), CallError> {
        let subject = command(name, RunnerVerb::Clock);
        let (mut found, mut instance) = (Vec::new(), None);
        for _ in 0..exchanges {
            let asked = self.clock.now();
            let message = self.bus.ask(subject.clone(), Vec::new(), ANSWER).await?;
            let heard = self.clock.now();
            let reading: RunnerClock = answer(&subject, &message.payload)?;
            if instance.as_ref().is_some_and(|known| *known != reading.instance) {
                // It has been started anew in between: another clock.
                found.clear();
            }
            instance = Some(reading.instance);
            found.push(ClockExchange { asked, received: reading.received_us, answered: reading.sent_us, heard });
        }
        let estimate = instance.zip(ClockEstimate::of(&found));
        Ok(estimate.ok_or(BusError::Unreadable(subject))?)
    }
}

/// What `name` says of itself.
///
/// # Errors
/// When it can't be reached.
pub async fn facts(bus: &Bus, name: &RunnerName) -> Result<RunnerFacts, CallError> {
    let subject = command(name, RunnerVerb::Facts);
    answer(&subject, &bus.ask(subject.clone(), Vec::new(), ANSWER).await?.payload)
}

fn answer<R: DeserializeOwned>(subject: &str, payload: &[u8]) -> Result<R, CallError> {
    let unreadable = || BusError::Unreadable(subject.to_owned());
    if payload.len() > LARGEST_MESSAGE {
        return Err(unreadable().into());
    }
    match serde_json::from_slice(payload).map_err(|_| unreadable())? {
        RunnerReply::Done(done) => Ok(done),
        RunnerReply::Refused(refusal) => Err(refusal.into()),
    }
}

/// A runner in the list of them.
#[derive(Clone, PartialEq, Debug)]
pub enum ListedRunner {
    /// It can be raced with.
    Ready(Box<RunnerFacts>),
    /// It speaks a newer version of the protocol than this program.
    Newer {
        /// Its name on the bus.
        name: RunnerName,
        /// The version of its program.
        version: String,
    },
}

/// All runners on `bus` that answer, by name.
///
/// # Errors
/// When the bus fails.
pub async fn roll_call(bus: &Bus) -> Result<Vec<ListedRunner>, BusError> {
    let inbox = bus.client().new_inbox();
    let mut answers = bus.subscribe(inbox.clone()).await?;
    let asked = bus.client().publish_with_reply(DISCOVERY, inbox, Bytes::new()).await;
    asked.map_err(|error| BusError::Failed(error.to_string()))?;
    let mut found: Vec<(RunnerName, u32, String)> = Vec::new();
    let until = tokio::time::Instant::now() + ROLL_CALL;
    while let Ok(Some(message)) = tokio::time::timeout_at(until, answers.next()).await {
        if found.len() < MOST_RUNNERS
            && let Some(one) = introduced(&message.payload)
        {
            found.push(one);
        }
    }
    found.sort();
    found.dedup();
    let listed = found.into_iter().map(|(name, protocol, version)| async move {
        if protocol > PROTOCOL {
            return Some(ListedRunner::Newer { name, version });
        }
        facts(bus, &name).await.ok().map(|facts| ListedRunner::Ready(Box::new(facts)))
    });
    Ok(join_all(listed).await.into_iter().flatten().collect())
}

/// Name, protocol and version out of what service discovery answers.
fn introduced(payload: &[u8]) -> Option<(RunnerName, u32, String)> {
    let info: Value = serde_json::from_slice(payload).ok()?;
    let metadata = info.get("metadata")?;
    let name: Result<RunnerName, NameError> = metadata.get("runner")?.as_str()?.parse();
    let protocol = metadata.get("protocol")?.as_str()?.parse().ok()?;
    Some((name.ok()?, protocol, info.get("version")?.as_str()?.chars().take(40).collect()))
}

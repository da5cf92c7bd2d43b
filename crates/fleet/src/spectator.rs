//! Somebody who only watches: everything of a race comes out of the stream that keeps it, from its start, however late one joins.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;
use std::time::{Duration, Instant};

use async_nats::Message;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use async_nats::jetstream::stream::Stream;
use futures::StreamExt as _;
use speed_kings_core::race::event::LaneId;
use speed_kings_core::race::setup::RaceSetup;
use speed_kings_core::text::printable;
use speed_kings_session::source::LaneContact;
use tokio::sync::Notify;

use crate::bus::{Bus, BusError, BusPlace, piece_of};
use crate::feed::{FeedEnd, RaceFeed, RunnerFeed, SILENCE};
use crate::grid::{GridRunner, RaceEnd, RaceGrid};
use crate::merged::{RunnerPart, losses, merged};
use crate::name::{RaceId, RunnerName};
use crate::remote::RemoteRace;
use crate::stream;
use crate::subject;
use crate::tape::RunnerTape;

/// How long the stream has to show who races.
const GRID: Duration = Duration::from_secs(3);
/// Messages ahead of the grid that are kept until it is there.
const AHEAD: usize = 1_024;
/// Between two looks at what is missing.
const LOOK: Duration = Duration::from_millis(100);
/// How long the last pieces have after the director said that it is over.
const LAST_PIECES: Duration = Duration::from_secs(1);
/// How long nothing may be heard of anybody until the rest is given up.
const GIVEN_UP: Duration = Duration::from_secs(60);
/// How far behind one may be without a word about it.
const CAUGHT_UP: i64 = 1_000_000;

/// Why a race can't be watched.
#[derive(Debug, thiserror::Error)]
pub enum SpectatorError {
    /// The bus can't be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// No stream of races.
    #[error(
        "no race is kept on this bus ({0}): spectators need nats-server with JetStream (-js), and a race that began after that"
    )]
    Stream(BusError),
    /// No race of that name.
    #[error("there is no race {0} on this bus: races are kept for a day")]
    Unknown(RaceId),
    /// No race at all.
    #[error("there has been no race on this bus for a day")]
    NoRace,
    /// There is no thread or no event loop for it.
    #[error("cannot start the spectator's thread: {0}")]
    Thread(#[from] std::io::Error),
}

/// Watches `race` on the bus at `place`, or the newest one there.
///
/// # Errors
/// When there is no such race.
pub fn spectate(place: BusPlace, race: Option<RaceId>) -> Result<RemoteRace, SpectatorError> {
    let (feed, stop) = (Arc::new(RaceFeed::default()), Arc::new(Notify::new()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (told, found) = sync_channel(1);
    let thread = Builder::new().name("spectator".into()).spawn({
        let (feed, stop) = (Arc::clone(&feed), Arc::clone(&stop));
        move || {
            runtime.block_on(async {
                let watched = watch(&place, race, &feed, &told);
                tokio::select! {
                    biased;
                    () = stop.notified() => {}
                    watched = watched => if let Err(error) = watched {
                        // Nobody waits for it once the race is shown; then the end says it.
                        let _ = told.try_send(Err(error));
                    },
                }
                feed.with(|feed| {
                    feed.end.get_or_insert_default();
                });
            });
        }
    })?;
    let (race, setup) = found.recv().map_err(|_| std::io::Error::other("it ended"))??;
    Ok(RemoteRace::new(race, setup, feed, stop, thread))
}

type Found = Result<(RaceId, RaceSetup), SpectatorError>;

async fn watch(
    place: &BusPlace,
    race: Option<RaceId>,
    feed: &RaceFeed,
    told: &SyncSender<Found>,
) -> Result<(), SpectatorError> {
    let bus = Bus::connect(place, "spectator").await?;
    let stream = stream::known_races(&bus).await.map_err(SpectatorError::Stream)?;
    let race = match race {
        Some(race) => race,
        None => newest(&stream).await?,
    };
    let failed = |error: &dyn ToString| BusError::Failed(printable(&error.to_string()).into_owned());
    let filter = OrderedConfig { filter_subject: subject::everything(&race), ..OrderedConfig::default() };
    let consumer = stream.create_consumer(filter).await.map_err(|error| failed(&error))?;
    let mut messages = consumer.messages().await.map_err(|error| failed(&error))?;
    // The tapes begin before their director has told who races.
    let (mut early, until) = (Vec::new(), tokio::time::Instant::now() + GRID);
    let (setup, runners) = loop {
        match tokio::time::timeout_at(until, messages.next()).await {
            Ok(Some(Ok(message))) if *message.subject == subject::grid(&race) => {
                if let Some(grid) = RaceGrid::read(&message.payload) {
                    break grid;
                }
            }
            Ok(Some(Ok(message))) if early.len() < AHEAD => early.push(message.message),
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return Err(SpectatorError::Unknown(race)),
        }
    };
    let mut view = Watched::new(setup.clone(), runners, feed);
    for message in &early {
        view.take(message);
    }
    let _ = told.send(Ok((race, setup)));
    let mut look = tokio::time::interval(LOOK);
    while !view.is_over() {
        tokio::select! {
            biased;
            Some(message) = messages.next() => match message {
                Ok(message) => view.take(&message.message),
                // The consumer is made anew by itself, from where it was.
                Err(_) => tokio::time::sleep(LOOK).await,
            },
            _ = look.tick() => view.look(&bus),
        }
    }
    view.finish();
    Ok(())
}

/// The race whose grid was told last.
async fn newest(stream: &Stream) -> Result<RaceId, SpectatorError> {
    let last = stream.get_last_raw_message_by_subject(subject::GRIDS).await.map_err(|_| SpectatorError::NoRace)?;
    subject::race_of(&last.subject).ok_or(SpectatorError::NoRace)
}

/// A race as far as the stream has told it.
struct Watched<'a> {
    setup: RaceSetup,
    runners: BTreeMap<RunnerName, WatchedRunner>,
    feed: &'a RaceFeed,
    /// The newest race clock that was told, and when the light was green by the quickest message.
    clock: Option<i64>,
    green: Option<Instant>,
    heard: Instant,
    end: Option<(RaceEnd, Instant)>,
}

struct WatchedRunner {
    number: usize,
    lanes: Vec<LaneId>,
    tape: RunnerTape,
    heard: Instant,
    filled: bool,
}

impl<'a> Watched<'a> {
    fn new(setup: RaceSetup, runners: Vec<GridRunner>, feed: &'a RaceFeed) -> Self {
        let now = Instant::now();
        let lanes = |runner: &GridRunner| runner.lanes.iter().map(|lane| LaneId(*lane)).collect();
        let shown = |runner: &GridRunner| RunnerFeed { lanes: lanes(runner), ..RunnerFeed::default() };
        feed.with(|feed| feed.runners = runners.iter().map(shown).collect());
        let watched = |(number, runner): (usize, GridRunner)| {
            let (lanes, tape) = (lanes(&runner), RunnerTape::default());
            (runner.name, WatchedRunner { number, lanes, tape, heard: now, filled: false })
        };
        let runners = runners.into_iter().enumerate().map(watched).collect();
        Self { setup, runners, feed, clock: None, green: None, heard: now, end: None }
    }

    fn take(&mut self, message: &Message) {
        let now = Instant::now();
        self.heard = now;
        if message.subject.ends_with(".end") {
            self.end = serde_json::from_slice(&message.payload).ok().map(|end| (end, now));
            return;
        }
        let runner = subject::runner_of(&message.subject);
        let Some(runner) = runner.and_then(|runner| self.runners.get_mut(&runner)) else { return };
        let Some((facts, piece)) = piece_of(message) else { return };
        runner.heard = now;
        runner.filled |= message.subject.contains(".fill.");
        let news = runner.tape.add(&facts, piece);
        if let Some(clock) = facts.clock.filter(|clock| *clock >= 0) {
            let green = now.checked_sub(Duration::from_micros(clock.unsigned_abs()));
            // What comes out of the past was long under way: the quickest is the truest.
            self.green = [self.green, green].into_iter().flatten().min();
            self.clock = self.clock.max(Some(clock));
        }
        let (number, green) = (runner.number, self.green);
        self.feed.with(|feed| {
            feed.green = green;
            feed.take(number, news);
        });
    }

    fn look(&self, bus: &Bus) {
        let now = Instant::now();
        let up = bus.state().up;
        let ahead = self.green.zip(self.clock).map(|(green, clock)| {
            i64::try_from(now.saturating_duration_since(green).as_micros()).unwrap_or(i64::MAX).saturating_sub(clock)
        });
        let whole = self.runners.values().all(|runner| runner.tape.bytes.is_whole());
        let behind = ahead.filter(|ahead| *ahead > CAUGHT_UP && !whole && up);
        self.feed.with(|feed| {
            feed.bus_down = !up;
            feed.notice = behind.map(|behind| format!("catching up: {} s behind", behind / 1_000_000));
            for runner in self.runners.values() {
                let silent =
                    up && now.saturating_duration_since(runner.heard) > SILENCE && !runner.tape.bytes.is_whole();
                let filled = runner.filled && runner.tape.bytes.is_whole();
                let contact = if silent { Some(LaneContact::Lost) } else { filled.then_some(LaneContact::FromTape) };
                if let Some(feed) = feed.runners.get_mut(runner.number) {
                    feed.contact = contact;
                }
            }
        });
    }

    fn is_over(&self) -> bool {
        let whole = self.runners.values().all(|runner| runner.tape.bytes.is_whole());
        let told = self.end.as_ref().is_some_and(|(_, at)| whole || at.elapsed() > LAST_PIECES);
        told || whole && self.runners.values().all(|runner| runner.tape.has_ended()) || self.heard.elapsed() > GIVEN_UP
    }

    /// Ends the lanes that were lost.
    fn finish(self) {
        let mut by_number: Vec<&WatchedRunner> = self.runners.values().collect();
        by_number.sort_by_key(|runner| runner.number);
        let parts: Vec<RunnerPart<'_>> =
            by_number.iter().map(|runner| RunnerPart { events: &runner.tape.events, lanes: &runner.lanes }).collect();
        let told = self.end.iter().flat_map(|(end, _)| &end.lost).map(|(lane, why)| (LaneId(*lane), why.clone()));
        let mut lost: Vec<(LaneId, String)> = told.collect();
        for (name, runner) in &self.runners {
            if !runner.tape.bytes.is_whole() {
                let why = format!("unknown here: a part of what runner {name} recorded is not on the bus");
                lost.extend(runner.lanes.iter().map(|lane| (*lane, why.clone())));
            }
        }
        let losses = losses(&self.setup, &merged(&parts), &lost);
        self.feed.with(|feed| feed.end = Some(FeedEnd { losses, ..FeedEnd::default() }));
    }
}

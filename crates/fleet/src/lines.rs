//! The lines of watches on the bus. The stream confirms each one it keeps; what it has not confirmed is sent again, so that an
//! outage of the bus leaves no gap.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::bus::{Bus, BusError, BusPlace};
use crate::name::RunnerName;
use crate::stream;
use crate::subject;
use crate::tape::TapeEnd;

/// Lines that wait for the bus at the most; later ones are lost to it, and stand in the log alone.
const MOST_WAITING: usize = 16_384;
/// The longest line that is taken from the bus, bytes.
const LONGEST_LINE: usize = 64 << 10;
/// Between two tries to have a line kept.
const AGAIN: Duration = Duration::from_millis(500);
/// How long the last lines have when the watch ends.
const LAST_LINES: Duration = Duration::from_secs(5);

/// Publishes the lines of one watch.
#[derive(Debug)]
pub struct LinePublisher {
    sender: Option<Sender<String>>,
    thread: Option<JoinHandle<()>>,
    lost: Arc<AtomicU64>,
}

impl LinePublisher {
    /// Publishes as `runner` on the bus at `place`.
    ///
    /// # Errors
    /// When there is no connection, or no stream that could keep lines.
    pub fn start(place: &BusPlace, runner: RunnerName) -> Result<Self, BusError> {
        let failed = |error: io::Error| BusError::Failed(error.to_string());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let (bus, context) = runtime.block_on(async {
            let bus = Bus::connect(place, "watch").await?;
            stream::watches(&bus).await?;
            let context = stream::context(&bus);
            Ok::<_, BusError>((bus, context))
        })?;
        let (sender, lines) = channel(MOST_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let thread = Builder::new().name("lines".into()).spawn({
            let lost = Arc::clone(&lost);
            move || {
                let left = runtime.block_on(publish_all(&bus, &context, &runner, lines));
                lost.fetch_add(left, Ordering::Relaxed);
            }
        });
        Ok(Self { sender: Some(sender), thread: Some(thread.map_err(failed)?), lost })
    }

    /// Publishes `line`, now or when the bus is back. Never waits.
    pub fn publish(&self, line: &str) {
        let taken = self.sender.as_ref().is_some_and(|sender| sender.try_send(line.to_owned()).is_ok());
        if !taken {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Gives the last lines a moment, and how many of all the stream has not confirmed.
    #[must_use]
    pub fn finish(mut self) -> u64 {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported by the panic hook already.
            let _ = thread.join();
        }
        self.lost.load(Ordering::Relaxed)
    }
}

/// Publishes until nobody has any more lines, and gives how many were not confirmed by then.
async fn publish_all(bus: &Bus, context: &Context, runner: &RunnerName, mut lines: Receiver<String>) -> u64 {
    let mut waiting: VecDeque<String> = VecDeque::new();
    let mut ended: Option<Instant> = None;
    loop {
        if waiting.is_empty() && ended.is_none() {
            match lines.recv().await {
                Some(line) => waiting.push_back(line),
                None => return 0,
            }
        }
        loop {
            match lines.try_recv() {
                Ok(line) => waiting.push_back(line),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    ended.get_or_insert_with(Instant::now);
                    break;
                }
            }
        }
        let Some(line) = waiting.front() else { return 0 };
        if kept(bus, context, runner, line).await {
            waiting.pop_front();
        } else if ended.is_some_and(|ended| ended.elapsed() > LAST_LINES) {
            return waiting.len() as u64;
        } else {
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// Whether the stream has confirmed `line`. The same line twice is one to it.
async fn kept(bus: &Bus, context: &Context, runner: &RunnerName, line: &str) -> bool {
    if !bus.state().up {
        return false;
    }
    let mut headers = HeaderMap::new();
    let id = format!("{runner}.{}", TapeEnd::of(line.as_bytes()).hash);
    headers.insert("Nats-Msg-Id", id.as_str());
    let published = context.publish_with_headers(subject::watch(runner), headers, line.to_owned().into()).await;
    match published {
        Ok(confirmed) => confirmed.await.is_ok(),
        Err(_) => false,
    }
}

/// A line of a watch, with the runner whose it is.
pub type HeardLine = (RunnerName, Bytes);

/// All lines that the bus keeps, from the oldest on, and those that come.
///
/// # Errors
/// When there is no stream of lines, or we may not read it.
pub async fn heard(bus: &Bus) -> Result<impl Stream<Item = HeardLine> + use<>, BusError> {
    let failed = |error: &dyn ToString| BusError::Failed(error.to_string());
    let stream = stream::watches(bus).await?;
    let consumer = stream.create_consumer(OrderedConfig::default()).await.map_err(|error| failed(&error))?;
    let messages = consumer.messages().await.map_err(|error| failed(&error))?;
    Ok(messages.filter_map(|message| {
        let message = message.ok().filter(|message| message.payload.len() <= LONGEST_LINE);
        let line = message.and_then(|message| Some((subject::watcher_of(&message.subject)?, message.payload.clone())));
        std::future::ready(line)
    }))
}

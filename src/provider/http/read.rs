//! Reads one response to its end: stamped at the read, then parsed, then sent out.
//! Every wait has its limit, and a stream that breaks off keeps what it has said.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::Entrant;
use super::decode::Reply;
use crate::bus::Stamper;
use crate::provider::Reader;
use crate::provider::out::Out;
use crate::provider::timeouts::late;
use crate::race::event::{EventKind, Failure, FailureKind};

/// How long the end of the body may take after the stream's own end marker.
const AFTER_DONE: Duration = Duration::from_secs(1);

/// Reads `response` to its end. `sent` is when its request left.
///
/// # Errors
/// The failure that the lane ends with; all of its text has gone out before.
pub(super) async fn read(
    entrant: &Entrant,
    mut response: Reply,
    sent: Instant,
    out: &Out<'_>,
    stamper: &Stamper,
) -> Result<(), Failure> {
    let timeouts = &entrant.timeouts;
    let mut stream = Stream::new(entrant.dialect.reader(&entrant.quirks));
    loop {
        let (limit, lateness) = match (stream.done, stream.texted) {
            (true, _) => (AFTER_DONE, None),
            (false, true) => (timeouts.idle, Some((FailureKind::IdleTimeout, timeouts.idle))),
            (false, false) => {
                let left = timeouts.first_token.saturating_sub(sent.elapsed());
                (left, Some((FailureKind::FirstTokenTimeout, timeouts.first_token)))
            }
        };
        let read = timeout(limit, response.chunk(entrant)).await;
        let at = stamper.stamp();
        match (read, lateness) {
            (Ok(Ok(Some(bytes))), _) => stream.feed(at, &bytes, out).await,
            // A server that ends its stream and then breaks off, or forgets to close, has said all it had to say.
            (Ok(Ok(None)), _) | (Err(_), None) => return stream.end(at, None, out).await,
            (Ok(Err(_)), _) if stream.done => return stream.end(at, None, out).await,
            (Ok(Err(failure)), _) => return stream.end(at, Some(failure), out).await,
            (Err(_), Some((kind, limit))) => return stream.end(at, Some(late(kind, limit)), out).await,
        }
    }
}

/// One response on its way through the dialect.
struct Stream {
    reader: Reader,
    kinds: Vec<EventKind>,
    begun: bool,
    texted: bool,
    done: bool,
}

impl Stream {
    const fn new(reader: Reader) -> Self {
        Self { reader, kinds: Vec::new(), begun: false, texted: false, done: false }
    }

    async fn feed(&mut self, at: Instant, bytes: &[u8], out: &Out<'_>) {
        if !std::mem::replace(&mut self.begun, true) {
            out.send(at, EventKind::FirstByte).await;
        }
        self.reader.feed(bytes, &mut self.kinds);
        self.flush(at, out).await;
    }

    /// Ends the stream, with `failure` if it broke off. Gives the failure that the lane ends with, if it does.
    async fn end(&mut self, at: Instant, failure: Option<Failure>, out: &Out<'_>) -> Result<(), Failure> {
        match failure {
            Some(failure) => self.reader.abort(failure, &mut self.kinds),
            None => self.reader.finish(&mut self.kinds),
        }
        let last = self.kinds.pop();
        self.flush(at, out).await;
        match last {
            Some(EventKind::Failed(failure)) => Err(failure),
            Some(kind) => {
                out.send(at, kind).await;
                Ok(())
            }
            None => Err(Failure::new(FailureKind::Truncated, "the stream ended without an end")),
        }
    }

    async fn flush(&mut self, at: Instant, out: &Out<'_>) {
        for kind in self.kinds.drain(..) {
            match kind {
                EventKind::Text { .. } => self.texted = true,
                EventKind::Done => self.done = true,
                _ => {}
            }
            out.send(at, kind).await;
        }
    }
}

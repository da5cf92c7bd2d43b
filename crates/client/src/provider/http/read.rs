//! Reads one response to its end: stamped at the read, then parsed, then sent out.
//! Every wait has its limit, and a stream that breaks off keeps what it has said.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::contestant::HttpContestant;
use super::decode::DecodedReply;
use crate::bus::ReadClock;
use crate::provider::ReplyReader;
use crate::provider::deadline::Deadline;
use crate::provider::lane_emitter::LaneEmitter;
use speed_kings_core::race::event::{EventKind, FailureKind, LaneFailure};

/// How long the end of the body may take after the stream's own end marker.
const AFTER_DONE: Duration = Duration::from_secs(1);

/// Reads `reply` to its end. Its first text has to come by `first_text`, and all of it by `run`.
///
/// # Errors
/// The failure that the lane ends with; all of its text has gone out before.
pub(super) async fn read(
    contestant: &HttpContestant,
    reply: &mut DecodedReply,
    (first_text, run): (Deadline, Deadline),
    out: &LaneEmitter<'_>,
    stamper: &ReadClock,
) -> Result<(), LaneFailure> {
    let pulse = stamper.pulse();
    let deadline = |from, kind, limit| Deadline::new(from, kind, limit, pulse).or(run);
    let mut stream = ResponseStream::new(ReplyReader::new(contestant.dialect, &contestant.quirks));
    let (mut next, mut told, mut pieces) = (first_text, false, Vec::new());
    loop {
        let read = next.wait(pulse, reply.read(&mut pieces, contestant)).await;
        let (at, late) = match &read {
            Ok(Ok(Some(moment))) => moment.taken(stamper),
            _ => (stamper.stamp(), None),
        };
        out.read(pieces.iter().map(Bytes::len).sum());
        out.late(late);
        if let Some(encoding) = reply.encoding().filter(|_| !pieces.is_empty() && !std::mem::replace(&mut told, true)) {
            let told =
                format!("the answer came compressed ({encoding}) and was decoded: text may have been held back for it");
            out.send(at, EventKind::Notice(told.into())).await;
        }
        if !pieces.is_empty() {
            match stream.feed(at, &mut pieces, out).await {
                // The end of the body has one second, however much still comes in it.
                Some(ReadNews::Done) => next = deadline(at, FailureKind::IdleTimeout, AFTER_DONE),
                Some(ReadNews::Text) => next = deadline(at, FailureKind::IdleTimeout, contestant.timeouts.idle),
                // Signs of life are no reason to wait longer.
                None => {}
            }
            if let Some(failure) = out.past_cap() {
                return stream.end(at, Some(failure), out).await;
            }
        }
        match read {
            Ok(Ok(Some(_))) => {}
            Ok(Ok(None)) => return stream.end(at, None, out).await,
            // A server that ends its stream and then breaks off, or forgets to close, has said all it had to say.
            Ok(Err(_)) | Err(_) if stream.done => return stream.end(at, None, out).await,
            // Whether anything is missing is the stream's to say once it has named its reason to stop.
            Err(_) if stream.stopped => return stream.end(at, None, out).await,
            Ok(Err(failure)) | Err(failure) => return stream.end(at, Some(failure), out).await,
        }
    }
}

/// What a read brought that gives the lane more time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ReadNews {
    /// Text, or the reason for its end.
    Text,
    /// The stream's end marker, the first time that it comes.
    Done,
}

/// One response on its way through the dialect.
struct ResponseStream {
    reader: ReplyReader,
    kinds: Vec<EventKind>,
    begun: bool,
    /// The end marker came.
    done: bool,
    /// The model named its reason to stop, and no text came behind it.
    stopped: bool,
}

impl ResponseStream {
    const fn new(reader: ReplyReader) -> Self {
        Self { reader, kinds: Vec::new(), begun: false, done: false, stopped: false }
    }

    /// Takes what was read at `at`. Gives the best news in it.
    async fn feed(&mut self, at: Instant, pieces: &mut Vec<Bytes>, out: &LaneEmitter<'_>) -> Option<ReadNews> {
        if !std::mem::replace(&mut self.begun, true) {
            out.send(at, EventKind::FirstByte).await;
        }
        for bytes in pieces.drain(..) {
            self.reader.feed(&bytes, &mut self.kinds);
        }
        self.flush(at, out).await
    }

    /// Ends the stream, with `failure` if it broke off. Gives the failure that the lane ends with, if it does.
    async fn end(
        &mut self,
        at: Instant,
        failure: Option<LaneFailure>,
        out: &LaneEmitter<'_>,
    ) -> Result<(), LaneFailure> {
        match failure {
            Some(failure) => self.reader.abort(failure, &mut self.kinds),
            None => self.reader.finish(&mut self.kinds),
        }
        let last = self.kinds.pop();
        self.flush(at, out).await;
        // A reply that came as a whole is told only now.
        let last = last.map(|kind| match out.past_cap() {
            Some(failure) if kind == EventKind::Closed => EventKind::Failed(Box::new(failure)),
            _ => kind,
        });
        match last {
            Some(EventKind::Failed(failure)) => Err(*failure),
            Some(kind) => {
                out.send(at, kind).await;
                Ok(())
            }
            None => Err(LaneFailure::new(FailureKind::Truncated, "the stream ended without an end")),
        }
    }

    async fn flush(&mut self, at: Instant, out: &LaneEmitter<'_>) -> Option<ReadNews> {
        let was_done = self.done;
        let mut text = false;
        for kind in &self.kinds {
            match kind {
                EventKind::Text { .. } => (text, self.stopped) = (true, false),
                EventKind::Finish(_) => (text, self.stopped) = (true, true),
                EventKind::Done => self.done = true,
                _ => {}
            }
        }
        out.send_all(at, self.kinds.drain(..)).await;
        if self.done { (!was_done).then_some(ReadNews::Done) } else { text.then_some(ReadNews::Text) }
    }
}

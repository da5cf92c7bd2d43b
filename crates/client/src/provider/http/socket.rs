//! The socket of a lane: it notes when what it hands over arrived at this machine, and when what it was given had gone out.
//! On Linux the kernel says when bytes arrived; elsewhere, and over sockets in files, nobody does.

#[cfg(target_os = "linux")]
mod arrival;
mod write_time;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

#[cfg(target_os = "linux")]
use self::arrival::ArrivalClock;
use self::write_time::WriteStart;

/// What a socket has done so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct SocketFacts {
    /// How many reads brought something.
    pub(super) reads: u64,
    /// When the last of what the newest read brought arrived at this machine, where the system tells.
    pub(super) arrived: Option<Instant>,
    /// When the newest write was through.
    wrote: Option<Instant>,
    /// Bytes written since the request began.
    bytes: u64,
    /// The system took no more the last time.
    full: bool,
}

impl SocketFacts {
    /// When the request was written, whose body has so many bytes; nothing while some of it is left.
    fn written(&self, body: u64) -> Option<Instant> {
        self.wrote.filter(|_| self.bytes > body && !self.full)
    }
}

/// Where a socket notes what it does. Clones are the same.
#[derive(Clone, Debug, Default)]
pub(super) struct SocketLog(Arc<Mutex<LogState>>);

#[derive(Debug, Default)]
struct LogState {
    facts: SocketFacts,
    /// Who waits for a write.
    waiting: Option<Waker>,
}

impl SocketLog {
    /// As it stands now.
    pub(super) fn facts(&self) -> SocketFacts {
        self.lock().facts
    }

    /// A request is about to be written: what was written before is of no interest.
    pub(super) fn request_begins(&self) {
        let facts = &mut self.lock().facts;
        (facts.wrote, facts.bytes) = (None, 0);
    }

    /// When the request was written, whose body has so many bytes. Whoever asks too early is woken by the next write, which may be
    /// another task's.
    pub(super) fn poll_written(&self, body: u64, context: &Context<'_>) -> Poll<Instant> {
        let mut state = self.lock();
        if let Some(written) = state.facts.written(body) {
            return Poll::Ready(written);
        }
        state.waiting = Some(context.waker().clone());
        Poll::Pending
    }

    fn read(&self, arrived: Option<Instant>) {
        let facts = &mut self.lock().facts;
        facts.reads += 1;
        facts.arrived = arrived;
    }

    fn wrote(&self, begun: WriteStart, wrote: &Poll<io::Result<usize>>) {
        let through = begun.through();
        let mut state = self.lock();
        let facts = &mut state.facts;
        facts.full = wrote.is_pending();
        if let Poll::Ready(Ok(bytes)) = wrote {
            facts.wrote = Some(through);
            facts.bytes += *bytes as u64;
            if let Some(waiting) = state.waiting.take() {
                waiting.wake();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, LogState> {
        // What a panicking thread left here is still true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connected stream that keeps a [`SocketLog`].
#[derive(Debug)]
pub(super) struct NotedSocket {
    stream: SocketStream,
    log: SocketLog,
}

#[derive(Debug)]
enum SocketStream {
    Tcp {
        stream: TcpStream,
        #[cfg(target_os = "linux")]
        clock: ArrivalClock,
    },
    #[cfg(unix)]
    Unix(UnixStream),
}

impl NotedSocket {
    /// Over TCP. A system that doesn't tell when bytes arrived is none that can't be raced on.
    pub(super) fn tcp(stream: TcpStream, log: SocketLog) -> Self {
        #[cfg(target_os = "linux")]
        let clock = ArrivalClock::of(&stream);
        let stream = SocketStream::Tcp {
            stream,
            #[cfg(target_os = "linux")]
            clock,
        };
        Self { stream, log }
    }

    /// Over a socket in a file.
    #[cfg(unix)]
    pub(super) fn unix(stream: UnixStream, log: SocketLog) -> Self {
        Self { stream: SocketStream::Unix(stream), log }
    }
}

impl AsyncRead for NotedSocket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let (done, arrived) = match &mut self.stream {
            #[cfg(target_os = "linux")]
            SocketStream::Tcp { stream, clock } => clock.poll_read(stream, context, into),
            #[cfg(not(target_os = "linux"))]
            SocketStream::Tcp { stream } => (Pin::new(stream).poll_read(context, into), None),
            #[cfg(unix)]
            SocketStream::Unix(stream) => (Pin::new(stream).poll_read(context, into), None),
        };
        if done.is_ready() && into.filled().len() > before {
            self.log.read(arrived);
        }
        done
    }
}

impl AsyncWrite for NotedSocket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let begun = WriteStart::now();
        let wrote = match &mut self.stream {
            SocketStream::Tcp { stream, .. } => Pin::new(stream).poll_write(context, bytes),
            #[cfg(unix)]
            SocketStream::Unix(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        self.log.wrote(begun, &wrote);
        wrote
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let begun = WriteStart::now();
        let wrote = match &mut self.stream {
            SocketStream::Tcp { stream, .. } => Pin::new(stream).poll_write_vectored(context, parts),
            #[cfg(unix)]
            SocketStream::Unix(stream) => Pin::new(stream).poll_write_vectored(context, parts),
        };
        self.log.wrote(begun, &wrote);
        wrote
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            SocketStream::Tcp { stream, .. } => Pin::new(stream).poll_flush(context),
            #[cfg(unix)]
            SocketStream::Unix(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.stream {
            SocketStream::Tcp { stream, .. } => Pin::new(stream).poll_shutdown(context),
            #[cfg(unix)]
            SocketStream::Unix(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

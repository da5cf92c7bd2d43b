//! The state of one HTTP/2 connection over a blocking socket: each step reads as much as it may wait for, and writes all that
//! there is.

use std::cell::Cell;
use std::io;
use std::net::TcpStream;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::server::{Builder, Connection, SendResponse};
use h2::{RecvStream, SendStream};
use http::Request;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::answer_wire::WireWrite;
use crate::http::RequestError;
use crate::pace::is_timeout;
use crate::socket::ServerSocket;

/// One answer at a time, as over the other ways: a connection has one thread.
const AT_ONCE: u32 = 1;

/// One connection, after its greeting.
pub(super) struct FrameConnection {
    connection: Connection<FrameSocket, Bytes>,
    socket: FrameSocket,
}

impl FrameConnection {
    /// Exchanges settings with the client, for so long.
    pub(super) fn greet(socket: ServerSocket, patience: Duration) -> io::Result<Self> {
        let socket = FrameSocket(Rc::new(FrameState {
            socket,
            hearing: Cell::default(),
            heard: Cell::default(),
            wrote: Cell::default(),
        }));
        let deadline = Instant::now() + patience;
        let mut greeting = pin!(Builder::new().max_concurrent_streams(AT_ONCE).handshake::<_, Bytes>(socket.clone()));
        loop {
            let greeted = socket.waiting(deadline.saturating_duration_since(Instant::now()), || {
                step(|context| greeting.as_mut().poll(context))
            })?;
            if let Poll::Ready(connection) = greeted {
                return Ok(Self { connection: connection.map_err(io::Error::other)?, socket });
            }
        }
    }

    /// What lies below it.
    pub(super) fn socket(&self) -> &ServerSocket {
        &self.socket.0.socket
    }

    /// What lies below that.
    pub(super) fn tcp(&self) -> Arc<TcpStream> {
        self.socket().shared_tcp()
    }

    /// The next request, waited for so long.
    pub(super) fn accept(&mut self, patience: Duration) -> io::Result<(Request<RecvStream>, SendResponse<Bytes>)> {
        loop {
            match step(|context| self.connection.poll_accept(context)) {
                Poll::Ready(Some(accepted)) => return accepted.map_err(io::Error::other),
                Poll::Ready(None) => return Err(io::ErrorKind::ConnectionAborted.into()),
                Poll::Pending => self.listen(patience)?,
            }
        }
    }

    /// The next of a request's body, up to `deadline`; nothing at its end.
    pub(super) fn data(&mut self, body: &mut RecvStream, deadline: Instant) -> Result<Option<Bytes>, RequestError> {
        loop {
            match step(|context| body.poll_data(context)) {
                Poll::Ready(Some(Ok(bytes))) => {
                    let _ = body.flow_control().release_capacity(bytes.len());
                    return Ok(Some(bytes));
                }
                Poll::Ready(Some(Err(_))) => return Err(RequestError::Gone),
                Poll::Ready(None) => return Ok(None),
                Poll::Pending => self.listen(deadline.saturating_duration_since(Instant::now()))?,
            }
        }
    }

    /// Takes in what the client says next; an error when it says nothing for `patience`.
    pub(super) fn listen(&mut self, patience: Duration) -> io::Result<()> {
        let (connection, socket) = (&mut self.connection, &self.socket);
        socket.waiting(patience, || drive(connection))?
    }

    /// Takes in what the client has said already.
    pub(super) fn hear(&mut self) -> io::Result<()> {
        self.socket.0.hearing.set(Hearing::Now);
        let driven = drive(&mut self.connection);
        self.socket.0.hearing.set(Hearing::Deaf);
        driven
    }

    /// Writes all that waits for it; when its first bytes were given to the system, and how many there were.
    pub(super) fn flush(&mut self) -> io::Result<WireWrite> {
        self.socket.0.wrote.set(None);
        drive(&mut self.connection)?;
        self.socket.0.wrote.get().ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

/// An error where the client has given the answer of `body` up.
pub(super) fn is_wanted(body: Option<&mut SendStream<Bytes>>) -> io::Result<()> {
    match body.map(|body| step(|context| body.poll_reset(context))) {
        Some(Poll::Ready(_)) => Err(io::ErrorKind::ConnectionAborted.into()),
        Some(Poll::Pending) | None => Ok(()),
    }
}

/// Asks for one step of something that nobody wakes.
fn step<T>(ask: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    ask(&mut Context::from_waker(Waker::noop()))
}

/// Reads and writes frames as far as that goes.
fn drive(connection: &mut Connection<FrameSocket, Bytes>) -> io::Result<()> {
    match step(|context| connection.poll_closed(context)) {
        Poll::Pending => Ok(()),
        Poll::Ready(Ok(())) => Err(io::ErrorKind::ConnectionAborted.into()),
        Poll::Ready(Err(error)) => Err(io::Error::other(error)),
    }
}

/// How long a read may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Hearing {
    /// No read is made at all.
    #[default]
    Deaf,
    /// What is there already is taken.
    Now,
    /// The next one waits as long as the socket's time-out says.
    Waiting,
}

/// The socket as the library sees it. Clones are the same.
#[derive(Clone, Debug)]
struct FrameSocket(Rc<FrameState>);

#[derive(Debug)]
struct FrameState {
    socket: ServerSocket,
    hearing: Cell<Hearing>,
    /// Something was read since the waiting began.
    heard: Cell<bool>,
    wrote: Cell<Option<WireWrite>>,
}

impl FrameSocket {
    /// Has `taken` make one read that waits for `patience`; an error where nothing came.
    fn waiting<T>(&self, patience: Duration, taken: impl FnOnce() -> T) -> io::Result<T> {
        if patience.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        let state = &self.0;
        state.socket.tcp().set_read_timeout(Some(patience))?;
        state.heard.set(false);
        state.hearing.set(Hearing::Waiting);
        let taken = taken();
        // A step that was over without a read has no need of one.
        let silent = state.hearing.replace(Hearing::Deaf) == Hearing::Deaf && !state.heard.get();
        if silent { Err(io::ErrorKind::TimedOut.into()) } else { Ok(taken) }
    }
}

impl AsyncRead for FrameSocket {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let state = &self.0;
        let space = into.initialize_unfilled();
        let read = match state.hearing.get() {
            Hearing::Deaf => state.socket.read_ahead(space),
            Hearing::Now => state.socket.read_now(space),
            Hearing::Waiting => {
                state.hearing.set(Hearing::Deaf);
                state.socket.read(space)
            }
        };
        match read {
            Ok(read) => {
                state.heard.set(true);
                into.advance(read);
                Poll::Ready(Ok(()))
            }
            Err(error) if is_timeout(&error) => Poll::Pending,
            Err(error) => Poll::Ready(Err(error)),
        }
    }
}

impl AsyncWrite for FrameSocket {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let state = &self.0;
        Poll::Ready(state.socket.write(bytes).map(|at| {
            let before = state.wrote.get().unwrap_or(WireWrite { at, bytes: 0 });
            state.wrote.set(Some(WireWrite { bytes: before.bytes + bytes.len(), ..before }));
            bytes.len()
        }))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

//! A small HTTP server for this machine: one request a connection, answered by a function, several clients at once.
//! Nothing that a client sends, or doesn't take, can make it grow or the others wait.

mod patient;

use std::convert::Infallible;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use self::patient::PatientStream;

/// The most of a request's head that is read.
pub const MAX_HEAD: usize = 8 * 1024;
/// The most header fields that are read.
const MAX_FIELDS: usize = 64;
/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(200);

/// How much of itself a server lends to its clients.
#[derive(Clone, Copy, Debug)]
pub struct ServerLimits {
    /// The most clients at once; one more waits until one of them is done.
    pub clients: usize,
    /// How long the head of a request may take.
    pub head: Duration,
    /// How long a whole exchange may take; nothing where answers go on for as long as anybody takes them.
    pub exchange: Option<Duration>,
    /// How long a client may take nothing of its answer.
    pub stalled: Duration,
}

/// A server that listens.
#[derive(Debug)]
pub struct LocalServer(TcpListener);

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// What is served is nobody else's business.
    #[error("{addr} is not on loopback: {why}")]
    NotLoopback {
        /// The address that was asked for.
        addr: SocketAddr,
        /// Why that is asked for, and what to write in its place.
        why: &'static str,
    },
    /// The address can't be had.
    #[error("cannot listen on {addr}: {source}; choose another port, 0 takes any that is free")]
    Bind {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The error that the system reported.
        source: io::Error,
    },
}

impl LocalServer {
    /// Listens on `addr`.
    ///
    /// # Errors
    /// When it can't be had.
    pub async fn bind(addr: SocketAddr) -> Result<Self, EndpointError> {
        TcpListener::bind(addr).await.map(Self).map_err(|source| EndpointError::Bind { addr, source })
    }

    /// Listens on `addr`, which must be on loopback; `why` says so to whoever asks for another.
    ///
    /// # Errors
    /// When it isn't, or can't be had.
    pub async fn on_loopback(addr: SocketAddr, why: &'static str) -> Result<Self, EndpointError> {
        if !addr.ip().is_loopback() {
            return Err(EndpointError::NotLoopback { addr, why });
        }
        Self::bind(addr).await
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system doesn't say.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers each request with what `reply` says, until `ends` does; whoever is being answered then gets the rest.
    pub async fn serve<B>(
        self,
        limits: ServerLimits,
        ends: impl Future<Output = ()>,
        reply: impl Fn(&Request<Incoming>) -> Response<B>,
    ) where
        B: Body + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let (mut clients, mut ends) = (FuturesUnordered::new(), std::pin::pin!(ends));
        loop {
            tokio::select! {
                // A client that leaves or dawdles is no business of the others.
                client = self.accept(), if clients.len() < limits.clients => {
                    clients.extend(client.map(|stream| answer(stream, limits, &reply)));
                }
                Some(()) = clients.next() => {}
                () = &mut ends => break,
            }
        }
        drop(self);
        while clients.next().await.is_some() {}
    }

    /// The next client, if it can be taken.
    async fn accept(&self) -> Option<TcpStream> {
        if let Ok((stream, _)) = self.0.accept().await {
            return Some(stream);
        }
        tokio::time::sleep(PAUSE).await;
        None
    }
}

/// Serves one request on `stream` and closes it.
async fn answer<B>(stream: TcpStream, limits: ServerLimits, reply: &impl Fn(&Request<Incoming>) -> Response<B>)
where
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // Each event is a small write that somebody waits for.
    let _ = stream.set_nodelay(true);
    let service = service_fn(async |request| Ok::<_, Infallible>(reply(&request)));
    let mut server = http1::Builder::new();
    server.keep_alive(false).max_buf_size(MAX_HEAD).max_headers(MAX_FIELDS);
    server.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let exchange = server.serve_connection(TokioIo::new(PatientStream::new(stream, limits.stalled)), service);
    match limits.exchange {
        Some(longest) => drop(timeout(longest, exchange).await),
        None => drop(exchange.await),
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::{Bytes, Frame};
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    /// An answer that never ends.
    struct Endless;

    impl Body for Endless {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 8192])))))
        }
    }

    #[test]
    fn who_takes_nothing_is_let_go() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let server = LocalServer::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
            let addr = server.addr().unwrap();
            let limits = ServerLimits {
                clients: 1,
                head: Duration::from_secs(600),
                exchange: None,
                stalled: Duration::from_millis(50),
            };
            let mut stalled = TcpStream::connect(addr).await.unwrap();
            stalled.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            // Once the only client there is room for is gone, another is served.
            let next = async {
                let mut next = TcpStream::connect(addr).await.unwrap();
                next.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
                next.readable().await.unwrap();
            };
            server.serve(limits, next, |_| Response::new(Endless)).await;
            drop(stalled);
        });
    }

    #[test]
    fn another_machine_is_refused_with_the_reason() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let asked = LocalServer::on_loopback(SocketAddr::from(([0, 0, 0, 0], 0)), "write 127.0.0.1:1");
        let error = runtime.block_on(asked).unwrap_err();
        assert_eq!(error.to_string(), "0.0.0.0:0 is not on loopback: write 127.0.0.1:1");
    }
}

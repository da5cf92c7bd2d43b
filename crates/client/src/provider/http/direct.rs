//! A connection of our own to one server, without a pool: the task that reads it also drives it, so that nothing stands
//! between the socket and the lane.
//!
//! Names, connects, handshakes and writes are timed here, where they happen.

use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::Body as _;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::http::response::Parts;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_util::either::Either;

use super::HttpContestant;
use super::dial::{DialedSocket, dial};
use super::moment::ReadMoment;
use super::socket::SocketLog;
use super::trouble::WireError;
use speed_kings_core::race::event::ConnectionFacts;

/// The most that is read at once, and so what a lane holds of bytes that are not parsed yet: of many lanes that come faster than they
/// are taken in, each would hold six times as much. A response's head may be so long, too.
const MOST_READ: usize = 64 << 10;

/// Reads what comes over the connection and writes what goes; over when the connection is.
type Driver = Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>;

/// A connection that is up.
pub(super) struct DirectConnection {
    sender: RequestSender,
    driver: Option<Driver>,
    log: SocketLog,
    /// How it came up.
    pub(super) facts: ConnectionFacts,
}

enum RequestSender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl DirectConnection {
    /// Dials the server of `contestant`.
    ///
    /// # Errors
    /// Why nobody was reached.
    pub(super) async fn dial(contestant: &HttpContestant, tls: &Arc<ClientConfig>) -> Result<Self, WireError> {
        let asked = Instant::now();
        let log = SocketLog::default();
        let DialedSocket { socket, dns } = dial(contestant, &log).await?;
        let (secure_from, secure) = (Instant::now(), contestant.base_url.scheme() == "https");
        let (io, http2) = if secure {
            let host = contestant.base_url.host_str().unwrap_or_default().trim_matches(['[', ']']);
            let name = ServerName::try_from(host).map_err(WireError::connect)?.to_owned();
            let stream = TlsConnector::from(Arc::clone(tls)).connect(name, socket).await;
            let stream = stream.map_err(WireError::handshake)?;
            let http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            (Either::Right(Box::new(stream)), http2)
        } else {
            (Either::Left(socket), false)
        };
        let up = Instant::now();
        let facts = ConnectionFacts {
            dns: dns.map(Into::into),
            tcp: Some(secure_from.saturating_duration_since(asked).saturating_sub(dns.unwrap_or_default()).into()),
            tls: secure.then(|| up.saturating_duration_since(secure_from).into()),
            total: Some(up.saturating_duration_since(asked).into()),
        };
        let (sender, driver) = greet(TokioIo::new(io), http2 || contestant.transport.http2).await?;
        Ok(Self { sender, driver: Some(driver), log, facts })
    }

    /// Whether another request can go over it.
    pub(super) fn is_open(&self) -> bool {
        self.driver.is_some()
            && !match &self.sender {
                RequestSender::Http1(sender) => sender.is_closed(),
                RequestSender::Http2(sender) => sender.is_closed(),
            }
    }

    /// Whether HTTP/2 is spoken over it.
    pub(super) const fn is_http2(&self) -> bool {
        matches!(self.sender, RequestSender::Http2(_))
    }

    /// Looks whether anything has happened to it since.
    pub(super) async fn look(&mut self) {
        poll_fn(|context| {
            self.drive(context);
            Poll::Ready(())
        })
        .await;
    }

    fn drive(&mut self, context: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && driver.as_mut().poll(context).is_ready()
        {
            // What went wrong comes out where it was waited for: as the answer's end, or as the answer.
            self.driver = None;
        }
    }

    /// Puts `request` on its way.
    pub(super) fn send(mut self, request: Request<Full<Bytes>>) -> SentRequest {
        let body = request.body().size_hint().lower();
        self.log.request_begins();
        let reads = self.log.facts().reads;
        let answer: PendingAnswer = match &mut self.sender {
            RequestSender::Http1(sender) => Box::pin(sender.send_request(request)),
            RequestSender::Http2(sender) => Box::pin(sender.send_request(request)),
        };
        SentRequest { connection: self, answer, body, reads }
    }
}

type PendingAnswer = Pin<Box<dyn Future<Output = hyper::Result<Response<Incoming>>> + Send>>;

/// Agrees with the server on how to speak.
async fn greet<T>(io: TokioIo<T>, http2: bool) -> Result<(RequestSender, Driver), WireError>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    if http2 {
        let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await.map_err(WireError::connect)?;
        Ok((RequestSender::Http2(sender), Box::pin(connection)))
    } else {
        let (sender, connection) =
            http1::Builder::new().max_buf_size(MOST_READ).handshake(io).await.map_err(WireError::connect)?;
        Ok((RequestSender::Http1(sender), Box::pin(connection)))
    }
}

/// A request on its way over the connection that it takes.
pub(super) struct SentRequest {
    connection: DirectConnection,
    answer: PendingAnswer,
    /// Bytes of its body, all of which have to be written.
    body: u64,
    /// How many reads there had been on its connection.
    reads: u64,
}

/// Why no answer came.
pub(super) struct Unanswered {
    /// What went wrong on the way.
    pub(super) error: WireError,
    /// Nothing of the request has left: it can be sent anew.
    pub(super) unsent: bool,
    /// The connection ended before anything of an answer came.
    pub(super) silent: bool,
}

impl SentRequest {
    /// Waits until all of the request has been written, and says when that was; nothing where the connection ended first.
    pub(super) async fn written(&mut self) -> Option<Instant> {
        poll_fn(|context| {
            self.connection.drive(context);
            match self.connection.log.poll_written(self.body, context) {
                Poll::Pending if self.connection.driver.is_some() => Poll::Pending,
                Poll::Pending => Poll::Ready(None),
                Poll::Ready(written) => Poll::Ready(Some(written)),
            }
        })
        .await
    }

    /// Waits for the head of the answer.
    pub(super) async fn answered(mut self) -> Result<DirectResponse, Unanswered> {
        let answer = poll_fn(|context| {
            self.connection.drive(context);
            self.answer.as_mut().poll(context)
        });
        match answer.await {
            Ok(response) => {
                let (head, body) = response.into_parts();
                let arrived = self.connection.log.facts().arrived;
                Ok(DirectResponse { head, arrived, body, connection: self.connection, ahead: None, ended: false })
            }
            Err(error) => {
                let reads = self.connection.log.facts().reads - self.reads;
                // TLS says goodbye, and that is no answer.
                let silent = reads <= u64::from(self.connection.facts.tls.is_some()) && is_end(&error);
                Err(Unanswered { unsent: error.is_canceled(), silent, error: WireError::exchange(error) })
            }
        }
    }
}

/// Whether the other side ended the connection, in whatever way.
fn is_end(error: &hyper::Error) -> bool {
    let io = error.source().and_then(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    let ends = [io::ErrorKind::ConnectionReset, io::ErrorKind::BrokenPipe, io::ErrorKind::UnexpectedEof];
    error.is_incomplete_message() || io.is_some_and(|kind| ends.contains(&kind))
}

/// An answer that comes in.
pub(super) struct DirectResponse {
    pub(super) head: Parts,
    /// When the head arrived at this machine, where the system tells.
    pub(super) arrived: Option<Instant>,
    body: Incoming,
    connection: DirectConnection,
    /// What came behind the pieces that were handed over last.
    ahead: Option<BodyPiece>,
    /// The body was read to its end.
    ended: bool,
}

/// What the body's next piece is.
enum BodyPiece {
    Bytes(Bytes),
    End(Result<(), hyper::Error>),
}

impl DirectResponse {
    /// The next pieces of the body, all out of one read of the socket; nothing at its end.
    pub(super) async fn read(&mut self, pieces: &mut Vec<Bytes>) -> Result<Option<ReadMoment>, WireError> {
        poll_fn(|context| self.poll_read(context, pieces)).await
    }

    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        pieces: &mut Vec<Bytes>,
    ) -> Poll<Result<Option<ReadMoment>, WireError>> {
        let (mut moment, mut number) = (None, 0);
        while let Poll::Ready(piece) = self.poll_piece(context) {
            let facts = self.connection.log.facts();
            match (piece, moment) {
                (BodyPiece::Bytes(bytes), None) => {
                    pieces.push(bytes);
                    (moment, number) = (Some(ReadMoment { arrived: facts.arrived }), facts.reads);
                }
                (BodyPiece::Bytes(bytes), Some(_)) if facts.reads == number => pieces.push(bytes),
                (BodyPiece::End(Ok(())), None) => {
                    self.ended = true;
                    return Poll::Ready(Ok(None));
                }
                (BodyPiece::End(Err(error)), None) => return Poll::Ready(Err(WireError::exchange(error))),
                (piece, Some(_)) => {
                    self.ahead = Some(piece);
                    break;
                }
            }
        }
        moment.map_or(Poll::Pending, |moment| Poll::Ready(Ok(Some(moment))))
    }

    /// The next piece, as far as it is there or can be read.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<BodyPiece> {
        if let Some(ahead) = self.ahead.take() {
            return Poll::Ready(ahead);
        }
        let mut body = Pin::new(&mut self.body);
        let mut frame = body.as_mut().poll_frame(context);
        if frame.is_pending() {
            self.connection.drive(context);
            frame = body.as_mut().poll_frame(context);
        }
        frame.map(|frame| match frame {
            // Trailers are no part of the text.
            Some(Ok(frame)) => BodyPiece::Bytes(frame.into_data().unwrap_or_default()),
            Some(Err(error)) => BodyPiece::End(Err(error)),
            None => BodyPiece::End(Ok(())),
        })
    }

    /// The connection, for whatever is asked next; nothing where the body was not read to its end: closing it is how a server
    /// learns that nobody listens any more.
    pub(super) fn into_connection(self) -> Option<DirectConnection> {
        self.ended.then_some(self.connection)
    }
}

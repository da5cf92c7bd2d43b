//! A connection of HTTP/2: its requests one after another, and the frames of each answer.
//!
//! The library keeps the state of the protocol and is asked for its next step by whoever waits here, so that nothing runs
//! between a moment and its write, as over HTTP/1.1.

mod frames;

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{Request, Response};

use self::frames::FrameConnection;
use super::answer_wire::{AnswerHead, AnswerWire, HttpResponse, WireWrite};
use super::exchange::{ConnectionEnd, HttpExchange};
use super::http::{HttpRequest, IDLE_TIME, MAX_BODY, REQUEST_TIME, RequestError};
use super::pace::WritePacer;
use super::route;
use super::shared::{SERVER, Shared};
use super::socket::ServerSocket;

/// How long a client may leave a window shut.
const WINDOW_TIME: Duration = Duration::from_secs(60);

/// Serves the connection until it ends.
pub(super) fn serve(socket: ServerSocket, shared: &Shared) -> ConnectionEnd {
    let Ok(mut connection) = FrameConnection::greet(socket, REQUEST_TIME) else { return ConnectionEnd::Close };
    loop {
        match next(&mut connection, shared) {
            Ok(None) => {}
            Ok(Some(ConnectionEnd::Reset)) => return ConnectionEnd::Reset,
            // What an error means is that nobody is left to be told of it.
            Ok(Some(ConnectionEnd::Close)) | Err(_) => {
                connection.socket().close_gently();
                return ConnectionEnd::Close;
            }
        }
    }
}

/// Answers the next request; the connection's ending if there is to be one.
fn next(connection: &mut FrameConnection, shared: &Shared) -> io::Result<Option<ConnectionEnd>> {
    let (request, answer) = connection.accept(IDLE_TIME)?;
    let request = read(connection, request);
    let mut wire = FramedWire { connection, stop: &shared.stop, answer, body: None };
    match request {
        Ok(request) => HttpExchange { wire: &mut wire, shared, request: &request }.run(),
        Err(RequestError::Refused(status, message)) => wire.whole(&route::refusal(status, message)).map(|_| None),
        Err(RequestError::Gone) => Ok(Some(ConnectionEnd::Close)),
    }
}

/// Reads `request` to its end.
fn read(connection: &mut FrameConnection, request: Request<RecvStream>) -> Result<HttpRequest, RequestError> {
    let deadline = Instant::now() + REQUEST_TIME;
    let (head, mut stream) = request.into_parts();
    let mut body = Vec::new();
    while let Some(bytes) = connection.data(&mut stream, deadline)? {
        body.extend_from_slice(&bytes);
        if body.len() > MAX_BODY {
            return Err(RequestError::Refused(413, "the body of the request is too large"));
        }
    }
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let method = head.method.as_str().to_owned();
    Ok(HttpRequest { method, path, chunked: false, keep_alive: true, body, arrived: Instant::now() })
}

/// The answer to one request.
struct FramedWire<'a> {
    connection: &'a mut FrameConnection,
    stop: &'a AtomicBool,
    answer: SendResponse<Bytes>,
    body: Option<SendStream<Bytes>>,
}

impl FramedWire<'_> {
    fn begin(&mut self, head: AnswerHead<'_>) -> io::Result<()> {
        let mut response =
            Response::builder().status(head.status).header("server", SERVER).header("content-type", head.kind);
        for (name, value) in head.fields {
            response = response.header(*name, value);
        }
        if let Some(length) = head.length {
            response = response.header("content-length", length);
        }
        let response = response.body(()).map_err(io::Error::other)?;
        self.body = Some(self.answer.send_response(response, false).map_err(io::Error::other)?);
        Ok(())
    }

    /// Hands `bytes` over as the client's window allows; the last of them is the body's last where that `ends` it.
    fn hand_over(&mut self, bytes: &[u8], ends: bool) -> io::Result<WireWrite> {
        let body = self.body.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let (mut rest, mut sent) = (Bytes::copy_from_slice(bytes), None::<WireWrite>);
        loop {
            body.reserve_capacity(rest.len());
            while body.capacity() == 0 && !rest.is_empty() {
                self.connection.listen(WINDOW_TIME)?;
            }
            let part = rest.split_to(body.capacity().min(rest.len()));
            let last = rest.is_empty();
            body.send_data(part, last && ends).map_err(io::Error::other)?;
            let written = self.connection.flush()?;
            let first = sent.map_or(written, |sent| WireWrite { bytes: sent.bytes + written.bytes, ..sent });
            if last {
                return Ok(first);
            }
            sent = Some(first);
        }
    }
}

impl AnswerWire for FramedWire<'_> {
    fn head(&mut self, head: AnswerHead<'_>) -> io::Result<WireWrite> {
        self.begin(head)?;
        self.connection.flush()
    }

    fn piece(&mut self, bytes: &[u8]) -> io::Result<WireWrite> {
        self.hand_over(bytes, false)
    }

    fn end(&mut self) -> io::Result<()> {
        self.hand_over(&[], true).map(drop)
    }

    fn whole(&mut self, response: &HttpResponse) -> io::Result<WireWrite> {
        self.begin(response.head(response.body.len()))?;
        self.hand_over(response.body.as_bytes(), true)
    }

    fn until(&mut self, moment: Instant) -> io::Result<()> {
        let Self { connection, stop, body, .. } = self;
        let tcp = connection.tcp();
        let mut heard = || {
            connection.hear()?;
            frames::is_wanted(body.as_mut()).map(|()| true)
        };
        // The client's windows are opened between two pieces, however short the time.
        heard()?;
        WritePacer { stream: &tcp, stop }.until(moment, &mut heard)
    }
}

//! A connection of HTTP/1.1: its requests one after another, and the bytes of each answer.

use std::io;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use super::answer_wire::{AnswerHead, AnswerWire, HttpResponse, WireWrite};
use super::exchange::{ConnectionEnd, HttpExchange};
use super::http::{self, HttpRequest, RequestError, RequestReader};
use super::pace::WritePacer;
use super::route;
use super::shared::Shared;
use super::socket::ServerSocket;

/// Serves the connection until it ends.
pub(super) fn serve(socket: &ServerSocket, shared: &Shared) -> ConnectionEnd {
    let mut reader = RequestReader::new(socket);
    loop {
        let request = match reader.next() {
            Ok(request) => request,
            Err(RequestError::Gone) => return ConnectionEnd::Close,
            Err(RequestError::Refused(status, message)) => {
                let _ = socket.write(&http::response_bytes(&route::refusal(status, message), false));
                socket.close_gently();
                return ConnectionEnd::Close;
            }
        };
        let mut wire = ChunkedWire { socket, stop: &shared.stop, request: &request, chunked: request.chunked };
        match (HttpExchange { wire: &mut wire, shared, request: &request }).run() {
            Ok(None) if request.keep_alive => {}
            Ok(Some(ConnectionEnd::Reset)) => return ConnectionEnd::Reset,
            // What an error means is that nobody is left to be told of it.
            Ok(_) | Err(_) => {
                socket.close_gently();
                return ConnectionEnd::Close;
            }
        }
    }
}

/// The answer to one request.
struct ChunkedWire<'a> {
    socket: &'a ServerSocket,
    stop: &'a AtomicBool,
    request: &'a HttpRequest,
    /// The body goes out in chunks.
    chunked: bool,
}

impl ChunkedWire<'_> {
    fn write(&self, bytes: &[u8]) -> io::Result<WireWrite> {
        self.socket.write(bytes).map(|at| WireWrite { at, bytes: bytes.len() })
    }
}

impl AnswerWire for ChunkedWire<'_> {
    fn head(&mut self, head: AnswerHead<'_>) -> io::Result<WireWrite> {
        self.chunked &= head.length.is_none();
        self.write(&http::answer_head(head, self.request.keep_alive, self.chunked))
    }

    fn piece(&mut self, bytes: &[u8]) -> io::Result<WireWrite> {
        if self.chunked { self.write(&http::chunk(bytes)) } else { self.write(bytes) }
    }

    fn end(&mut self) -> io::Result<()> {
        if self.chunked { self.write(http::LAST_CHUNK).map(drop) } else { Ok(()) }
    }

    fn whole(&mut self, response: &HttpResponse) -> io::Result<WireWrite> {
        self.write(&http::response_bytes(response, self.request.keep_alive))
    }

    fn until(&mut self, moment: Instant) -> io::Result<()> {
        // The next request, sent early, is left for its turn.
        WritePacer { stream: self.socket.tcp(), stop: self.stop }.until(moment, &mut || Ok(false))
    }
}

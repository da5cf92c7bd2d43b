//! The few corners of HTTP/1.1 that the simulator needs: reading requests from a blocking socket, and responses as bytes.
//! Sizes and times are bounded, and whatever breaks a bound is told so with a status.
//!
//! By hand because a server library hides what is simulated here: a reset in mid-body, a write that is cut anywhere, and the
//! moment at which each piece goes to the socket.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, Instant};

use super::answer_wire::{AnswerHead, HttpResponse};
use super::pace::is_timeout;
use super::shared::SERVER;
use super::socket::ServerSocket;

/// The largest head of a request.
const MAX_HEAD: usize = 16 * 1_024;
/// The most header fields in it.
const MAX_FIELDS: usize = 64;
/// The largest body of a request.
pub(super) const MAX_BODY: usize = 4 * 1_024 * 1_024;
/// How long a connection may be idle between two requests.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(120);
/// How long a request may take to arrive once it has begun.
pub(super) const REQUEST_TIME: Duration = Duration::from_secs(15);

/// A request, read to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HttpRequest {
    pub(super) method: String,
    pub(super) path: String,
    /// The client speaks HTTP/1.1, so a body can be sent in chunks.
    pub(super) chunked: bool,
    /// The connection stays open for the next request.
    pub(super) keep_alive: bool,
    pub(super) body: Vec<u8>,
    /// When the last byte had been read.
    pub(super) arrived: Instant,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum RequestError {
    /// The client is done, or gone.
    Gone,
    /// It sent something that can't be taken.
    Refused(u16, &'static str),
}

impl From<io::Error> for RequestError {
    fn from(error: io::Error) -> Self {
        if is_timeout(&error) { Self::Refused(408, "the request took too long to arrive") } else { Self::Gone }
    }
}

/// Reads the requests of one connection, one after another.
pub(super) struct RequestReader<'a> {
    socket: &'a ServerSocket,
    /// Bytes that were read and not used yet: a client may send its next request early.
    buffer: Vec<u8>,
}

/// The head of a request.
struct RequestHead {
    request: HttpRequest,
    len: usize,
    body_len: usize,
    expects_continue: bool,
}

impl<'a> RequestReader<'a> {
    pub(super) fn new(socket: &'a ServerSocket) -> Self {
        Self { socket, buffer: Vec::new() }
    }

    /// The next request of the connection, head and body, once all of it has arrived.
    pub(super) fn next(&mut self) -> Result<HttpRequest, RequestError> {
        if self.buffer.is_empty() {
            self.socket.tcp().set_read_timeout(Some(IDLE_TIME))?;
            self.more().map_err(|_| RequestError::Gone)?;
        }
        let deadline = Instant::now() + REQUEST_TIME;
        let head = loop {
            if let Some(head) = parse(&self.buffer)? {
                break head;
            }
            if self.buffer.len() > MAX_HEAD {
                return Err(RequestError::Refused(431, "the head of the request is too large"));
            }
            self.more_until(deadline)?;
        };
        if head.expects_continue && self.buffer.len() == head.len {
            self.socket.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let end = head.len + head.body_len;
        while self.buffer.len() < end {
            self.more_until(deadline)?;
        }
        let rest = self.buffer.split_off(end);
        let mut body = std::mem::replace(&mut self.buffer, rest);
        body.drain(..head.len);
        Ok(HttpRequest { body, arrived: Instant::now(), ..head.request })
    }

    fn more_until(&mut self, deadline: Instant) -> io::Result<()> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.socket.tcp().set_read_timeout(Some(left))?;
        self.more()
    }

    fn more(&mut self) -> io::Result<()> {
        let mut bytes = [0; 8 * 1_024];
        let read = self.socket.read(&mut bytes)?;
        self.buffer.extend_from_slice(bytes.get(..read).unwrap_or_default());
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

/// Reads the head, if all of it is there.
fn parse(bytes: &[u8]) -> Result<Option<RequestHead>, RequestError> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Request::new(&mut fields);
    let len = match parsed.parse(bytes) {
        Ok(httparse::Status::Complete(len)) => len,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(RequestError::Refused(431, "too many header fields")),
        Err(_) => return Err(RequestError::Refused(400, "this is not HTTP/1")),
    };
    let field = |name: &str| {
        let found = parsed.headers.iter().find(|field| field.name.eq_ignore_ascii_case(name));
        found.and_then(|field| std::str::from_utf8(field.value).ok()).map(str::trim)
    };
    if field("transfer-encoding").is_some() {
        return Err(RequestError::Refused(411, "the request needs a content-length"));
    }
    let body_len = match field("content-length").map_or(Ok(0), str::parse::<usize>) {
        Ok(len) if len <= MAX_BODY => len,
        Ok(_) => return Err(RequestError::Refused(413, "the body of the request is too large")),
        Err(_) => return Err(RequestError::Refused(400, "the content-length is not a number")),
    };
    let chunked = parsed.version == Some(1);
    let connection = field("connection").unwrap_or_default();
    // The answer to HEAD has a body here, which only the end of the connection keeps out of the next answer.
    let last = connection.eq_ignore_ascii_case("close") || parsed.method == Some("HEAD");
    let request = HttpRequest {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: parsed.path.unwrap_or_default().to_owned(),
        chunked,
        keep_alive: chunked && !last,
        body: Vec::new(),
        arrived: Instant::now(),
    };
    let expects_continue = field("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
    Ok(Some(RequestHead { request, len, body_len, expects_continue }))
}

/// A whole response as bytes, head and body.
pub(super) fn response_bytes(response: &HttpResponse, keep_alive: bool) -> Vec<u8> {
    let mut bytes = answer_head(response.head(response.body.len()), keep_alive, false);
    bytes.extend_from_slice(response.body.as_bytes());
    bytes
}

/// The head of an answer as bytes, for a body in chunks or of the length that it has.
pub(super) fn answer_head(head: AnswerHead<'_>, keep_alive: bool, chunked: bool) -> Vec<u8> {
    let AnswerHead { status, kind, fields, length } = head;
    let (reason, connection) = (reason(status), if keep_alive { "keep-alive" } else { "close" });
    let mut text = format!(
        "HTTP/1.1 {status} {reason}\r\nserver: {SERVER}\r\ncontent-type: {kind}\r\nconnection: {connection}\r\n"
    );
    for (name, value) in fields {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    if let Some(length) = length {
        let _ = write!(text, "content-length: {length}\r\n");
    }
    text += if chunked { "transfer-encoding: chunked\r\n\r\n" } else { "\r\n" };
    text.into_bytes()
}

/// A stretch of a body in chunks; it must not be empty, for that would be the end.
pub(super) fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

/// The end of a body in chunks.
pub(super) const LAST_CHUNK: &[u8] = b"0\r\n\r\n";

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        411 => "Length Required",
        413 => "Content Too Large",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Unnamed",
    }
}

/// Makes `text` one segment of a path.
pub(super) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// The text of one segment of a path; a broken escape stays as it is.
pub(super) fn percent_decode(segment: &str) -> String {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| tail.split_at_checked(2)).flatten();
        let decoded = escaped.and_then(|(hex, after)| {
            let hex = std::str::from_utf8(hex).ok().filter(|hex| hex.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
            Some((u8::from_str_radix(hex, 16).ok()?, after))
        });
        let (byte, after) = decoded.unwrap_or((*first, tail));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_survives_encoding() {
        let name = "cerebras/llama 3.1é,:%";
        assert_eq!(percent_encode("groq-1.0_a~"), "groq-1.0_a~");
        assert!(!percent_encode(name).contains('/'));
        assert_eq!(percent_decode(&percent_encode(name)), name);
        assert_eq!(percent_decode("100%, %zz %+1"), "100%, %zz %+1");
    }

    #[test]
    fn a_head_is_read_when_all_of_it_is_there() {
        let bytes = b"POST /a HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc";
        assert!(parse(&bytes[..20]).unwrap().is_none());
        let head = parse(bytes).unwrap().unwrap();
        assert_eq!((head.len, head.body_len, head.expects_continue), (bytes.len() - 3, 3, true));
        assert!(head.request.chunked && head.request.keep_alive);
    }

    #[test]
    fn what_breaks_a_bound_is_refused() {
        let status = |head: &str| match parse(head.as_bytes()) {
            Err(RequestError::Refused(status, _)) => status,
            _ => 0,
        };
        assert_eq!(status("POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n"), 413);
        assert_eq!(status("POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n"), 400);
        assert_eq!(status("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"), 411);
        assert_eq!(status("\u{1}\u{2}\r\n\r\n"), 400);
        let fields = "a: b\r\n".repeat(MAX_FIELDS + 1);
        assert_eq!(status(&format!("GET / HTTP/1.1\r\n{fields}\r\n")), 431);
    }
}

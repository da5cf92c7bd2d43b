//! The seam between what is answered and how it gets to the client, in whichever version of HTTP it asked.

use std::io;
use std::time::Instant;

/// What stands ahead of a body that is sent piece by piece.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnswerHead<'a> {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) fields: &'a [(&'static str, String)],
    /// Bytes of the body, where that is said ahead of it.
    pub(super) length: Option<usize>,
}

/// A response that is known whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct HttpResponse {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl HttpResponse {
    /// Its head, for a body of `length` bytes.
    pub(super) fn head(&self, length: usize) -> AnswerHead<'_> {
        AnswerHead { status: self.status, kind: self.kind, fields: &self.fields, length: Some(length) }
    }
}

/// One write, as far as the way out knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct WireWrite {
    /// Right before the bytes were given to the system.
    pub(super) at: Instant,
    pub(super) bytes: usize,
}

/// The way of one answer to the client.
pub(super) trait AnswerWire {
    /// Sends the head of an answer whose body follows.
    fn head(&mut self, head: AnswerHead<'_>) -> io::Result<WireWrite>;

    /// Sends a stretch of the body; it must not be empty.
    fn piece(&mut self, bytes: &[u8]) -> io::Result<WireWrite>;

    /// Says that the body is whole.
    fn end(&mut self) -> io::Result<()>;

    /// Sends an answer that is known whole.
    fn whole(&mut self, response: &HttpResponse) -> io::Result<WireWrite>;

    /// Returns at `moment`, or earlier with an error when the client left or the simulator stops.
    fn until(&mut self, moment: Instant) -> io::Result<()>;
}

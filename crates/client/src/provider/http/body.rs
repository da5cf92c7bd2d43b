//! A request body that notes when the connection took it: all that a client with a pool can tell of when it was written.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

/// When the body was handed to the connection.
pub(super) type WrittenAt = Arc<OnceLock<Instant>>;

/// The whole body in one piece.
pub(super) struct NotedBody {
    left: Option<Bytes>,
    written: WrittenAt,
}

impl NotedBody {
    /// A body of `text`, and where to read when it went.
    pub(super) fn new(text: Bytes) -> (Self, WrittenAt) {
        let written = WrittenAt::default();
        (Self { left: Some(text), written: Arc::clone(&written) }, written)
    }
}

impl Body for NotedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let left = self.left.take();
        if left.is_some() {
            // A second note would be of a second try; the first one stands.
            let _ = self.written.set(Instant::now());
        }
        Poll::Ready(left.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.as_ref().map_or(0, |left| left.len() as u64))
    }
}

//! A reply that refuses: read to its end within bounds, then told with the wait that it asks for.
//! Where the address and not the request is wrong, that is told with the address that was asked.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::LOCATION;

use super::decode::DecodedReply;
use super::{LaneConnection, path, wait};
use crate::bus::ThreadPulse;
use crate::provider::deadline::Deadline;
use crate::provider::{RefusedRequest, refusal};
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// The most of an error body that is read.
const MAX_BODY: usize = 64 * 1024;
/// How long all of it may take.
const BODY_TIME: Duration = Duration::from_secs(3);

impl LaneConnection {
    /// What `response`, whose status is no success, says: as much as comes in time, and by `until` at the latest. `asked`
    /// is what was asked for.
    pub(super) async fn refused(
        &self,
        response: reqwest::Response,
        asked: &Url,
        until: Deadline,
        pulse: &ThreadPulse,
    ) -> RefusedRequest {
        let status = response.status().as_u16();
        if response.status().is_redirection() {
            let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
            return path::moved(status, asked, location).into();
        }
        let now = Timestamp::now();
        let (wait, reset) = (wait::asked(response.headers(), now), wait::reset(response.headers(), now));
        let (body, damage) = self.body(DecodedReply::new(response), until, pulse).await;
        let mut refused = refusal(status, &body);
        let failure = &mut refused.failure;
        if let Some(damage) = damage.filter(|_| body.is_empty()) {
            failure.message = format!("HTTP {status}: {}", damage.message).into();
        }
        if matches!(status, 404 | 405) && !refused.names_model(asked.path()) {
            let failure = &mut refused.failure;
            failure.message = format!("nothing at {}: {}", asked.path(), failure.message).into();
            failure.hint = Some(path::advice(&self.contestant).into());
        }
        let told = refused.reset.as_deref().and_then(|reset| wait::moment(reset, now));
        if refused.passes_later || refused.failure.kind == FailureKind::Server {
            refused.failure.retry_after = wait.or(refused.failure.retry_after).or(told).or(reset);
        }
        refused
    }

    /// The body as far as it comes, and why it comes no further if that is not its end.
    async fn body(
        &self,
        mut reply: DecodedReply,
        until: Deadline,
        pulse: &ThreadPulse,
    ) -> (Vec<u8>, Option<LaneFailure>) {
        // One deadline for all of it: a body that dribbles on must not hold the lane up.
        let deadline = Deadline::new(Instant::now(), FailureKind::Server, BODY_TIME, pulse).or(until);
        let mut body = Vec::new();
        loop {
            match deadline.wait(pulse, reply.chunk(&self.contestant)).await {
                Ok(Ok(Some(bytes))) => body.extend_from_slice(&bytes),
                Ok(Err(failure)) => return (body, Some(failure)),
                Ok(Ok(None)) | Err(_) => return (body, None),
            }
            if body.len() > MAX_BODY {
                body.truncate(MAX_BODY);
                return (body, None);
            }
        }
    }
}

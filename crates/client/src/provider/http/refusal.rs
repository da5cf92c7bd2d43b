//! A reply that refuses: read to its end within bounds, then told with the wait that it asks for.
//! Where the address and not the request is wrong, that is told with the address that was asked.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::LOCATION;

use super::decode::DecodedReply;
use super::{HttpContestant, path, wait};
use crate::bus::ThreadPulse;
use crate::provider::deadline::Deadline;
use crate::provider::{RefusedRequest, refusal};
use speed_kings_core::race::event::FailureKind;

/// The most of an error body that is read.
const MAX_BODY: usize = 64 * 1024;
/// How long all of it may take.
const BODY_TIME: Duration = Duration::from_secs(3);

/// What `reply` of `contestant`, whose status is no success, says: as much as comes in time, and by `until` at the latest.
/// `asked` is what was asked for.
pub(super) async fn read(
    contestant: &HttpContestant,
    reply: &mut DecodedReply,
    asked: &Url,
    until: Deadline,
    pulse: &ThreadPulse,
) -> RefusedRequest {
    let status = reply.head().status().as_u16();
    if reply.head().status().is_redirection() {
        let location = reply.head().headers().get(LOCATION).and_then(|location| location.to_str().ok());
        return path::moved(status, asked, location).into();
    }
    let now = Timestamp::now();
    let (wait, reset) = (wait::asked(reply.head().headers(), now), wait::reset(reply.head().headers(), now));
    // One deadline for all of it: a body that dribbles on must not hold the lane up.
    let deadline = Deadline::new(Instant::now(), FailureKind::Server, BODY_TIME, pulse).or(until);
    let mut body = Vec::new();
    let all = deadline.wait(pulse, reply.all(&mut body, MAX_BODY, contestant)).await;
    body.truncate(MAX_BODY);
    let mut refused = refusal(status, &body);
    let failure = &mut refused.failure;
    if let Ok(Err(damage)) = all
        && body.is_empty()
    {
        failure.message = format!("HTTP {status}: {}", damage.message).into();
    }
    if matches!(status, 404 | 405) && !refused.names_model(asked.path()) {
        let failure = &mut refused.failure;
        failure.message = format!("nothing at {}: {}", asked.path(), failure.message).into();
        failure.hint = Some(path::advice(contestant).into());
    }
    let told = refused.reset.as_deref().and_then(|reset| wait::moment(reset, now));
    if refused.passes_later || refused.failure.kind == FailureKind::Server {
        refused.failure.retry_after = wait.or(refused.failure.retry_after).or(told).or(reset);
    }
    refused
}

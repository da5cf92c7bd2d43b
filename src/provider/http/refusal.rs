//! A reply that refuses: read to its end within bounds, then told with the wait that it asks for.

use std::time::SystemTime;

use tokio::time::timeout;

use super::{Connection, wait};
use crate::provider::{Refused, refusal};
use crate::race::event::FailureKind;

/// The most of an error body that is read.
const MAX_BODY: usize = 64 * 1024;

impl Connection {
    /// What `response`, whose status is no success, says.
    pub(super) async fn refused(&self, mut response: reqwest::Response) -> Refused {
        let status = response.status().as_u16();
        let now = SystemTime::now();
        let (asked, reset) = (wait::asked(response.headers(), now), wait::reset(response.headers(), now));
        let mut body = Vec::new();
        while let Ok(Ok(Some(bytes))) = timeout(self.entrant.timeouts.connect, response.chunk()).await {
            body.extend_from_slice(&bytes);
            if body.len() > MAX_BODY {
                break;
            }
        }
        let mut refused = refusal(status, &body);
        let limited = matches!(refused.failure.kind, FailureKind::RateLimited | FailureKind::Server);
        let told = refused.reset.as_deref().and_then(|reset| wait::moment(reset, now));
        if limited && (refused.passes_later || refused.failure.kind == FailureKind::Server) {
            refused.failure.retry_after = asked.or(refused.failure.retry_after).or(told).or(reset);
        }
        refused
    }
}

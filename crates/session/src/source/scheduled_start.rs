//! A start that is agreed upon elsewhere: said to be possible once all lanes are ready, and named then.

use std::time::{Duration, Instant};

use tokio::sync::{oneshot, watch};

/// How long before a scheduled green light it can be moved no more.
pub const LAST_CALL: Duration = Duration::from_millis(500);

/// A start that somebody else sets.
#[derive(Debug)]
pub struct ScheduledStart {
    /// Told when all lanes are ready, or are known not to be: how many of them are.
    pub ready: oneshot::Sender<usize>,
    /// The moment of the green light. A later one replaces an earlier one for as long as that has not come. Where nobody will
    /// name one any more, the race ends before it begins.
    pub green: watch::Receiver<Option<Instant>>,
}

impl ScheduledStart {
    /// The moment that is named once so many are `ready`, when it can be moved no more; nothing when nobody names one any more.
    pub(crate) async fn green(self, ready: usize) -> Option<Instant> {
        let Self { ready: told, mut green } = self;
        // Whoever asked may have left; then the moment does not come either.
        let _ = told.send(ready);
        let mut named = *green.wait_for(Option::is_some).await.ok()?;
        // Until shortly before it another moment may be named.
        while let Some(at) = named {
            let last_call = at.checked_sub(LAST_CALL).unwrap_or(at);
            match tokio::time::timeout_at(last_call.into(), green.changed()).await {
                Ok(Ok(())) => named = *green.borrow_and_update(),
                Ok(Err(_)) | Err(_) => break,
            }
        }
        named
    }
}

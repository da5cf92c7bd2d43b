//! What the simulator wrote and when: the known truth that a client's figures can be held against.
//! Each stream stamps its own entry, so that two streams never wait for each other.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Deliveries that are kept; older ones are dropped.
pub const MAX_DELIVERIES: usize = 2_048;

/// One answer, as it was really delivered.
#[derive(Clone, PartialEq, Debug)]
pub struct AnswerDelivery {
    /// Name of the entrant that answered.
    pub entrant: String,
    /// When the request had been read to its end.
    pub request: Instant,
    /// What was written, in order. The response's head is a write without tokens.
    pub writes: Vec<SocketWrite>,
}

impl AnswerDelivery {
    /// Tokens written so far.
    #[must_use]
    pub fn tokens(&self) -> u32 {
        self.writes.iter().map(|write| write.tokens).sum()
    }

    /// Tokens per second between the first and the last write that carried any, those of the first left out.
    #[must_use]
    pub fn tok_s(&self) -> Option<f64> {
        let mut spoken = self.writes.iter().filter(|write| write.tokens > 0);
        let first = spoken.next()?;
        let span = spoken.next_back()?.at.duration_since(first.at).as_secs_f64();
        (span > 0.0).then(|| f64::from(self.tokens() - first.tokens) / span)
    }
}

/// One write to the socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SocketWrite {
    /// Right before the bytes were given to the system.
    pub at: Instant,
    /// Tokens of the answer in it.
    pub tokens: u32,
    /// Bytes in it, HTTP framing included.
    pub bytes: usize,
}

/// The deliveries of one simulator.
#[derive(Debug, Default)]
pub(super) struct DeliveryLog(Mutex<VecDeque<DeliveryEntry>>);

/// A delivery that may still be growing.
#[derive(Clone, Debug)]
pub(super) struct DeliveryEntry(Arc<Mutex<AnswerDelivery>>);

impl DeliveryLog {
    /// Opens the entry of a request that was just read.
    pub(super) fn begin(&self, entrant: &str, request: Instant) -> DeliveryEntry {
        let delivery = AnswerDelivery { entrant: entrant.to_owned(), request, writes: Vec::new() };
        let entry = DeliveryEntry(Arc::new(Mutex::new(delivery)));
        let mut entries = lock(&self.0);
        if entries.len() >= MAX_DELIVERIES {
            entries.pop_front();
        }
        entries.push_back(entry.clone());
        entry
    }

    /// A copy of all that is kept, oldest request first.
    pub(super) fn copy(&self) -> Vec<AnswerDelivery> {
        lock(&self.0).iter().map(|entry| lock(&entry.0).clone()).collect()
    }
}

impl DeliveryEntry {
    /// Notes a write that was begun at `at`, and has returned.
    pub(super) fn wrote(&self, at: Instant, tokens: u32, bytes: usize) {
        lock(&self.0).writes.push(SocketWrite { at, tokens, bytes });
    }
}

/// A lock that outlives a panic of another holder: what it guards is only ever appended to or replaced whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn only_the_last_deliveries_are_kept() {
        let (log, now) = (DeliveryLog::default(), Instant::now());
        for number in 0..=MAX_DELIVERIES {
            log.begin(&number.to_string(), now).wrote(now, 1, 10);
        }
        let kept = log.copy();
        assert_eq!(kept.len(), MAX_DELIVERIES);
        assert_eq!(kept.first().map(|delivery| delivery.entrant.as_str()), Some("1"));
    }

    #[test]
    fn the_rate_leaves_the_first_write_out() {
        let request = Instant::now();
        let write = |ms, tokens| SocketWrite { at: request + Duration::from_millis(ms), tokens, bytes: 1 };
        let writes = vec![write(5, 0), write(10, 4), write(510, 5), write(1_010, 5), write(1_020, 0)];
        let delivery = AnswerDelivery { entrant: String::new(), request, writes };
        assert_eq!(delivery.tokens(), 14);
        assert_eq!(delivery.tok_s(), Some(10.0));
    }
}

//! When something has to be there. A deadline moves on by as long as the program itself stood still: nobody else is late
//! for that.

use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use crate::bus::{ClockReading, ThreadPulse};
use crate::provider::timeouts::late;
use speed_kings_core::race::event::{FailureKind, LaneFailure};

/// When something has to be there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    at: Instant,
    /// How long the program had stood still when this was set.
    stood: Duration,
    /// What it means when it isn't there by then.
    kind: FailureKind,
    limit: Duration,
}

impl Deadline {
    /// `limit` after `from`, for the failure `kind`.
    pub(super) fn new(from: Instant, kind: FailureKind, limit: Duration, pulse: &ThreadPulse) -> Self {
        Self { at: from + limit, stood: pulse.stood(), kind, limit }
    }

    /// Whichever of the two comes first.
    pub(super) fn or(self, other: Self) -> Self {
        if other.at < self.at { other } else { self }
    }

    /// The moment, as of now.
    pub(super) fn moment(&self, pulse: &ThreadPulse) -> Instant {
        self.at + pulse.stood().saturating_sub(self.stood)
    }

    /// The failure of whoever did not make it.
    pub(super) fn missed(&self) -> LaneFailure {
        late(self.kind, self.limit)
    }

    /// What `future` gives, if it does by then. One that always has something more gets no turn afterwards either.
    pub(super) async fn wait<T>(&self, pulse: &ThreadPulse, future: impl Future<Output = T>) -> Result<T, LaneFailure> {
        let mut future = std::pin::pin!(future);
        loop {
            let now = Instant::now();
            pulse.note(ClockReading { at: now, boot: None });
            let moment = self.moment(pulse);
            if now >= moment {
                return Err(self.missed());
            }
            if let Ok(done) = timeout_at(moment.into(), future.as_mut()).await {
                return Ok(done);
            }
            // It is over unless the program stood still meanwhile, which has moved it.
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn what_comes_without_a_pause_is_late_too() {
        let deadline =
            Deadline::new(Instant::now(), FailureKind::IdleTimeout, Duration::from_millis(5), &ThreadPulse::default());
        let failure = block_on(async {
            loop {
                if let Err(failure) = deadline.wait(&ThreadPulse::default(), async {}).await {
                    return failure;
                }
            }
        });
        assert_eq!((failure.kind, &*failure.message), (FailureKind::IdleTimeout, "no more text within 5.00 ms"));
    }

    #[test]
    fn a_standstill_of_our_own_moves_the_deadline() {
        let (pulse, hour) = (ThreadPulse::default(), Duration::from_secs(3_600));
        pulse.begin();
        let begun = Instant::now();
        let deadline = Deadline::new(begun, FailureKind::IdleTimeout, Duration::from_secs(1), &pulse);
        assert_eq!(deadline.moment(&pulse), begun + Duration::from_secs(1));
        pulse.note(ClockReading { at: begun + hour, boot: None });
        assert!(deadline.moment(&pulse) >= begun + hour, "it had a second left and has it still");
        let run = Deadline::new(begun, FailureKind::RunTimeout, hour, &pulse);
        assert_eq!(run.or(deadline).missed().kind, FailureKind::IdleTimeout);
    }
}

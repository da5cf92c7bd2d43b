//! The heartbeat of the network thread: it tells when that thread, the whole program or the machine stood still.
//! What the program missed by itself is told as such, so that no contestant is charged with it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Between two heartbeats. The thread is never asleep for longer while a race runs.
pub const BEAT: Duration = Duration::from_millis(10);
/// How late a heartbeat may be: up to here it is ordinary scheduling, beyond it the program stood still.
pub const LIMIT: Duration = Duration::from_millis(50);

/// The clocks at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockReading {
    /// The monotonic clock, which the race clock is made of. It stands still while the machine is suspended.
    pub at: Instant,
    /// The boot-time clock, which goes on meanwhile; nothing where it can't be read.
    pub boot: Option<Duration>,
}

impl ClockReading {
    /// Reads both clocks; without the boot-time clock where the two readings lie too far apart.
    fn now() -> Self {
        /// Further apart than this, the two readings are not of one moment.
        const APART: Duration = Duration::from_millis(1);
        for _ in 0..3 {
            let (before, boot, at) = (Instant::now(), boot_time(), Instant::now());
            if at - before < APART {
                return Self { at, boot };
            }
        }
        Self { at: Instant::now(), boot: None }
    }
}

/// The clock that goes on while the machine is suspended.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn boot_time() -> Option<Duration> {
    #[cfg(target_vendor = "apple")]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
    #[cfg(not(target_vendor = "apple"))]
    const CLOCK: rustix::time::ClockId = rustix::time::ClockId::Boottime;
    let time = rustix::time::clock_gettime(CLOCK);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

/// The clock that goes on while the machine is suspended: not known here.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
const fn boot_time() -> Option<Duration> {
    None
}

/// A time in which the program did nothing, on the machine's clocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnStandstill {
    /// The last sign of life before.
    pub from: Instant,
    /// The first one after.
    pub to: Instant,
    /// How long the machine was suspended in between, on top of that; nothing where that can't be known.
    pub suspended: Option<Duration>,
}

/// What the signs of life told.
#[derive(Debug, Default)]
struct PulseHistory {
    /// The newest sign; nothing while nobody watches.
    last: Option<Instant>,
    /// The newest reading of both clocks.
    both: Option<(Instant, Duration)>,
    /// What has been found and not been told yet.
    found: Vec<OwnStandstill>,
    /// How long it stood still, all in all.
    stood: Duration,
}

impl PulseHistory {
    fn note(&mut self, reading: ClockReading) {
        let Some(last) = self.last else { return };
        let suspended = self
            .both
            .zip(reading.boot)
            .map(|((at, boot), now)| now.saturating_sub(boot).saturating_sub(reading.at.saturating_duration_since(at)));
        let silent = reading.at.saturating_duration_since(last);
        if silent > BEAT + LIMIT || suspended > Some(LIMIT) {
            // A suspend came after the reading of both clocks, which may be older than the newest sign.
            let since = self.both.filter(|_| suspended > Some(LIMIT)).map_or(last, |(at, _)| last.min(at));
            self.found.push(OwnStandstill { from: since, to: reading.at, suspended });
            self.stood += silent;
        }
        self.last = Some(last.max(reading.at));
        self.both = reading.boot.map(|boot| (reading.at, boot)).or(self.both);
    }
}

/// Signs of life of one thread. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct ThreadPulse(Arc<Mutex<PulseHistory>>);

impl ThreadPulse {
    /// From now on the thread gives a sign at every [`BEAT`].
    pub fn begin(&self) {
        let now = ClockReading::now();
        *self.watch() =
            PulseHistory { last: Some(now.at), both: now.boot.map(|boot| (now.at, boot)), ..PulseHistory::default() };
    }

    /// A sign of life.
    pub fn sign(&self) {
        self.note(ClockReading::now());
    }

    /// A sign of life at a moment that is known already.
    pub fn note(&self, reading: ClockReading) {
        self.watch().note(reading);
    }

    /// The standstills that have been found since the last time.
    #[must_use]
    pub fn found(&self) -> Vec<OwnStandstill> {
        std::mem::take(&mut self.watch().found)
    }

    /// How long the thread stood still, all in all: so much longer it waits for others.
    #[must_use]
    pub fn stood(&self) -> Duration {
        self.watch().stood
    }

    fn watch(&self) -> MutexGuard<'_, PulseHistory> {
        // What a panicking thread left here is still true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// What signs at these ms, with the boot-time clock so much ahead of the monotonic one, give as (from, to, suspended).
    fn found(signs: &[(u64, u64)]) -> Vec<(u64, u64, u64)> {
        let (base, mut watch) = (Instant::now(), PulseHistory::default());
        watch.last = Some(base);
        watch.both = Some((base, ms(1_000)));
        for (at, ahead) in signs {
            watch.note(ClockReading { at: base + ms(*at), boot: Some(ms(1_000 + at + ahead)) });
        }
        let millis = |at: Duration| u64::try_from(at.as_millis()).unwrap();
        let of = |still: &OwnStandstill| {
            (millis(still.from - base), millis(still.to - base), millis(still.suspended.unwrap_or_default()))
        };
        watch.found.iter().map(of).collect()
    }

    #[test]
    fn ordinary_delays_are_none() {
        assert_eq!(found(&[(10, 0), (20, 0), (80, 0), (140, 0), (150, 0)]), []);
    }

    #[test]
    fn a_stopped_process_stood_still() {
        assert_eq!(found(&[(10, 0), (20, 0), (3_020, 0), (3_030, 0), (3_091, 0)]), [(20, 3_020, 0), (3_030, 3_091, 0)]);
    }

    #[test]
    fn a_suspended_machine_is_told_by_its_other_clock() {
        // The monotonic clock knows nothing of it, or only of a part.
        assert_eq!(found(&[(10, 0), (20, 40_000), (30, 40_000)]), [(10, 20, 40_000)]);
        assert_eq!(found(&[(10, 0), (210, 40_000), (220, 40_000)]), [(10, 210, 40_000)]);
        assert_eq!(found(&[(10, 0), (20, 50), (30, 100)]), [], "clocks are set right in small steps");
    }

    #[test]
    fn one_clock_alone_tells_no_suspend() {
        let (base, mut watch) = (Instant::now(), PulseHistory::default());
        watch.last = Some(base);
        watch.note(ClockReading { at: base + ms(500), boot: None });
        assert_eq!(watch.found, [OwnStandstill { from: base, to: base + ms(500), suspended: None }]);
        assert_eq!(watch.stood, ms(500));
    }

    #[test]
    fn nothing_is_found_before_it_begins_and_all_is_told_once() {
        let pulse = ThreadPulse::default();
        let later = ClockReading { at: Instant::now() + ms(700), boot: None };
        pulse.note(later);
        assert_eq!(pulse.found(), []);
        pulse.begin();
        pulse.note(later);
        assert_eq!(pulse.found().len(), 1);
        assert_eq!(pulse.found(), []);
        assert!(pulse.stood() > ms(600), "{:?}", pulse.stood());
    }
}

//! Clocks of several machines. Each runner times its lanes by its own; what is found out here only says how far the starts may be
//! apart, and puts the pictures side by side.

use std::time::{Duration, Instant};

use speed_kings_core::time::Period;

/// Questions that one estimate rests on.
pub const EXCHANGES: usize = 64;

/// The clock of this start of the program, in µs from any moment. It never goes back, and stands while the machine is suspended.
#[derive(Clone, Copy, Debug)]
pub struct ProcessClock {
    base: Instant,
    /// Added to what it shows: a clock that is wrong, for tests.
    ahead: i64,
}

impl ProcessClock {
    /// One that begins now, `ahead` µs on.
    #[must_use]
    pub fn begin(ahead: i64) -> Self {
        Self { base: Instant::now(), ahead }
    }

    /// What it shows at `instant`.
    #[must_use]
    pub fn at(&self, instant: Instant) -> i64 {
        let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        let since = match instant.checked_duration_since(self.base) {
            Some(after) => micros(after),
            None => -micros(self.base.duration_since(instant)),
        };
        since.saturating_add(self.ahead)
    }

    /// What it shows now.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.at(Instant::now())
    }

    /// The moment at which it shows `micros`; nothing where no clock reaches.
    #[must_use]
    pub fn instant(&self, micros: i64) -> Option<Instant> {
        let since = micros.checked_sub(self.ahead)?;
        let span = Duration::from_micros(since.unsigned_abs());
        if since < 0 { self.base.checked_sub(span) } else { self.base.checked_add(span) }
    }
}

/// One question to another clock and its answer, µs: both ends on the asking clock, the two in between on the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockExchange {
    /// When the question left.
    pub asked: i64,
    /// When it came to the other.
    pub received: i64,
    /// When the answer left.
    pub answered: i64,
    /// When the answer came back.
    pub heard: i64,
}

impl ClockExchange {
    /// The other clock ahead of the asking one, if both ways took as long.
    fn offset(&self) -> i64 {
        // Halves are rounded down; a microsecond is far inside the bound.
        ((self.received - self.asked) + (self.answered - self.heard)).div_euclid(2)
    }

    /// What the two ways took together.
    fn round_trip(&self) -> i64 {
        ((self.heard - self.asked) - (self.answered - self.received)).max(0)
    }
}

/// What is known of another clock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClockEstimate {
    /// It ahead of the asking one, µs: the median of the quickest quarter.
    pub offset: i64,
    /// How far that can be off. No way is shorter than nothing, so each exchange bounds it; how unequal the two ways are can't be
    /// seen, so that no less may be claimed.
    pub bound: Period,
    /// The quickest round trip.
    pub round_trip: Period,
}

impl ClockEstimate {
    /// What `exchanges` say; nothing without any.
    #[must_use]
    pub fn of(exchanges: &[ClockExchange]) -> Option<Self> {
        let mut quick: Vec<ClockExchange> = exchanges.to_vec();
        quick.sort_by_key(ClockExchange::round_trip);
        let first = quick.first()?;
        let round_trip = first.round_trip();
        let half = |exchange: &ClockExchange| (exchange.round_trip() + 1).div_euclid(2);
        let least = quick.iter().map(|one| one.offset() - half(one)).max()?;
        let most = quick.iter().map(|one| one.offset() + half(one)).min()?;
        let mut offsets: Vec<i64> = quick.iter().take(quick.len().div_ceil(4)).map(ClockExchange::offset).collect();
        offsets.sort_unstable();
        let median = *offsets.get(offsets.len() / 2)?;
        // A clock that stepped in between leaves no room: then the quickest exchange alone speaks.
        let (least, most) =
            if least <= most { (least, most) } else { (first.offset() - half(first), first.offset() + half(first)) };
        let offset = median.clamp(least, most);
        let bound = (most - offset).max(offset - least).max(half(first));
        Some(Self { offset, bound: micros(bound), round_trip: micros(round_trip) })
    }
}

fn micros(span: i64) -> Period {
    Period::from_micros(span.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exchange(truth: i64, asked: i64, there: i64, work: i64, back: i64) -> ClockExchange {
        let received = asked + there + truth;
        ClockExchange { asked, received, answered: received + work, heard: asked + there + work + back }
    }

    #[test]
    fn equal_ways_tell_the_offset_and_unequal_ones_stay_inside_the_bound() {
        let even: Vec<_> = (0..64).map(|n| exchange(5_000, n * 1_000, 40 + n % 7, 3, 40 + n % 5)).collect();
        let estimate = ClockEstimate::of(&even).unwrap();
        assert!((estimate.offset - 5_000).abs() <= 2 && estimate.bound <= Period::from_micros(45), "{estimate:?}");
        let uneven: Vec<_> = (0..64).map(|n| exchange(-7, n * 100_000, 10_000, 3, 30_000 + n)).collect();
        let estimate = ClockEstimate::of(&uneven).unwrap();
        assert!(
            (estimate.offset + 7 + 10_000).abs() < 50 && estimate.bound >= Period::from_micros(20_000),
            "{estimate:?}"
        );
        assert_eq!(ClockEstimate::of(&[]), None);
    }

    #[test]
    fn a_process_clock_reads_back() {
        let clock = ProcessClock::begin(-3_000_000);
        let later = clock.instant(clock.now() + 1_000_000).unwrap();
        let ahead = later.saturating_duration_since(Instant::now());
        assert!(ahead <= Duration::from_secs(1) && ahead > Duration::from_millis(500), "{ahead:?}");
        assert_eq!(clock.at(clock.instant(7).unwrap()), 7);
    }

    proptest! {
        #[test]
        fn the_truth_is_always_inside_the_bound(
            truth in -1_000_000_000i64..1_000_000_000,
            ways in proptest::collection::vec((0i64..60_000, 0i64..60_000), 1..80),
        ) {
            let exchanges: Vec<_> =
                (0..).zip(&ways).map(|(n, (there, back))| exchange(truth, n * 200_000, *there, 9, *back)).collect();
            let estimate = ClockEstimate::of(&exchanges).unwrap();
            let off = micros(estimate.offset - truth);
            prop_assert!(off <= estimate.bound.plus(Period::from_micros(1)), "{off:?} {estimate:?}");
        }
    }
}

//! Time as the core knows it: offsets from the green light, spans between them, and rates over them.
//! Nothing here reads a clock; whoever needs "now" is handed an [`Offset`].

use std::fmt;

/// A point on the race clock in whole microseconds from the green light; negative before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Offset(i64);

impl Offset {
    /// The green light: both requests leave here.
    pub const GREEN: Self = Self(0);
    /// Earlier than anything that happens.
    pub const FIRST: Self = Self(i64::MIN);
    /// Later than anything that happens.
    pub const LAST: Self = Self(i64::MAX);

    /// The point `micros` µs after the green light.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// µs since the green light.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Seconds since the green light.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "µs fit f64 exactly for 285 years")]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// The span from `earlier` to here; zero when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Period {
        let span = self.0.saturating_sub(earlier.0);
        Period(if span < 0 { 0 } else { span.unsigned_abs() })
    }

    /// The point `period` after this one.
    #[must_use]
    pub const fn plus(self, period: Period) -> Self {
        Self(self.0.saturating_add_unsigned(period.0))
    }

    /// The point `period` before this one.
    #[must_use]
    pub const fn minus(self, period: Period) -> Self {
        Self(self.0.saturating_sub_unsigned(period.0))
    }
}

/// A span of time in whole microseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Period(u64);

impl Period {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of `micros` µs.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A span of `millis` ms.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// A span of `secs` seconds, rounded to the µs; zero for a negative or non-finite value.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the cast saturates and negatives are cut"
    )]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs.max(0.0) * 1e6).round() as u64)
    }

    /// The span in whole microseconds.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The span in milliseconds, with its fraction.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "µs fit f64 exactly for 285 years")]
    pub fn as_millis_f64(self) -> f64 {
        self.0 as f64 / 1e3
    }

    /// The span in seconds, with its fraction.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.as_millis_f64() / 1e3
    }

    /// Both spans, one after the other.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// This span without `other`; zero when that is longer.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The same span as the standard library's type.
    #[must_use]
    pub const fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_micros(self.0)
    }
}

impl From<std::time::Duration> for Period {
    fn from(span: std::time::Duration) -> Self {
        Self(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
    }
}

/// A span as a person reads it: `0.42 ms`, `87.3 ms`, `1.204 s`.
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.as_millis_f64();
        // What would round to the next width has it.
        if ms < 9.995 {
            write!(f, "{ms:.2} ms")
        } else if ms < 999.95 {
            write!(f, "{ms:.1} ms")
        } else {
            write!(f, "{:.3} s", self.as_secs_f64())
        }
    }
}

/// How many of something there are in a second.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct Rate(f64);

impl Rate {
    /// `count` things in `over`; nothing when no time passed.
    #[must_use]
    pub fn of(count: f64, over: Period) -> Option<Self> {
        (over > Period::ZERO && count.is_finite()).then(|| Self(count / over.as_secs_f64()))
    }

    /// A rate of `value` per second.
    #[must_use]
    pub const fn per_second(value: f64) -> Self {
        Self(value)
    }

    /// The value per second.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

/// A span as a server reported it, in seconds, kept unrounded so that it can be held against the server's own words.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Default)]
pub struct ReportedPeriod(f64);

impl ReportedPeriod {
    /// `secs` seconds; nothing for a negative or non-finite value.
    #[must_use]
    pub fn from_secs(secs: f64) -> Option<Self> {
        (secs.is_finite() && secs >= 0.0).then_some(Self(secs))
    }

    /// The span in seconds, with its fraction.
    #[must_use]
    pub const fn as_secs(self) -> f64 {
        self.0
    }

    /// The span in milliseconds, with its fraction.
    #[must_use]
    pub fn as_millis(self) -> f64 {
        self.0 * 1e3
    }

    /// Rounded to the race clock's grain.
    #[must_use]
    pub fn period(self) -> Period {
        Period::from_secs_f64(self.0)
    }
}

/// A race clock: `+1.204 s`, `−3.0 s` before the green light.
#[must_use]
pub fn clock(at: Offset) -> String {
    let secs = at.as_secs_f64();
    if secs < 0.0 { format!("T−{:.1} s", -secs) } else { format!("T+{secs:.3} s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_never_run_backwards() {
        let (a, b) = (Offset::from_micros(-3), Offset::from_micros(4));
        assert_eq!(b.since(a), Period::from_micros(7));
        assert_eq!(a.since(b), Period::ZERO);
        assert_eq!(a.plus(Period::from_micros(7)), b);
        assert_eq!(b.minus(Period::from_micros(7)), a);
    }

    #[test]
    fn a_rate_over_no_time_is_absent() {
        assert_eq!(Rate::of(3.0, Period::ZERO), None);
        assert_eq!(Rate::of(3.0, Period::from_millis(1_500)), Some(Rate::per_second(2.0)));
    }

    #[test]
    fn spans_read_well() {
        for (micros, text) in [(420, "0.42 ms"), (87_310, "87.3 ms"), (1_204_000, "1.204 s")] {
            assert_eq!(Period::from_micros(micros).to_string(), text);
        }
        assert_eq!(Period::from_secs_f64(f64::NAN), Period::ZERO);
    }
}

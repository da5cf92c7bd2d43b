//! Text over time in fixed buckets: what sparklines draw.
//! A bucket in which nothing came is zero; a bucket outside the stream is absent, which is not the same.

use crate::time::{Offset, Period};

/// The grain of the series. Fine enough that a race of 0.3 s still has a shape.
pub const BUCKET: Period = Period::from_millis(10);

/// How much text came in each bucket since the green light, in bytes: tokens are a matter of scale, known only later.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Series {
    first: Option<usize>,
    bytes: Vec<u32>,
}

impl Series {
    /// Counts `bytes` of text at `at`. Text before the green light counts in the first bucket.
    pub fn add(&mut self, at: Offset, bytes: usize) {
        let bucket = bucket_of(at);
        let first = *self.first.get_or_insert(bucket);
        let index = bucket.saturating_sub(first);
        if index >= self.bytes.len() {
            self.bytes.resize(index + 1, 0);
        }
        if let Some(sum) = self.bytes.get_mut(index) {
            *sum = sum.saturating_add(u32::try_from(bytes).unwrap_or(u32::MAX));
        }
    }

    /// Bytes in `bucket` (counted from the green light): absent before the first text and after `last`,
    /// zero where the stream was silent.
    #[must_use]
    pub fn get(&self, bucket: usize, last: usize) -> Option<u32> {
        let first = self.first?;
        (first..=last).contains(&bucket).then(|| self.bytes.get(bucket - first).copied().unwrap_or(0))
    }

    /// Mean bytes per second over the `window` buckets that end with `bucket`, as far as the stream covers them.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a window is a handful of buckets")]
    pub fn rate(&self, bucket: usize, window: usize, last: usize) -> Option<f64> {
        let first = self.first?;
        self.get(bucket, last)?;
        let from = (bucket + 1).saturating_sub(window).max(first);
        let sum: u64 = (from..=bucket).filter_map(|b| self.get(b, last)).map(u64::from).sum();
        Some(sum as f64 / ((bucket + 1 - from) as f64 * BUCKET.as_secs_f64()))
    }

    /// The bucket of the last text.
    #[must_use]
    pub fn last(&self) -> Option<usize> {
        self.first.map(|first| first + self.bytes.len().saturating_sub(1))
    }
}

/// The bucket that `at` falls in.
#[must_use]
pub fn bucket_of(at: Offset) -> usize {
    let micros = u64::try_from(at.as_micros()).unwrap_or(0);
    usize::try_from(micros / BUCKET.as_micros()).unwrap_or(usize::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> Offset {
        Offset::from_micros(ms * 1_000)
    }

    #[test]
    fn absent_is_not_zero() {
        let mut series = Series::default();
        assert_eq!(series.get(0, 9), None);
        series.add(ms(25), 4);
        series.add(ms(29), 4);
        series.add(ms(55), 2);
        assert_eq!(series.get(1, 9), None, "before the first text");
        assert_eq!(series.get(2, 9), Some(8));
        assert_eq!(series.get(3, 9), Some(0), "silent");
        assert_eq!(series.get(5, 9), Some(2));
        assert_eq!(series.get(9, 9), Some(0), "still running");
        assert_eq!(series.get(6, 5), None, "after the end");
        assert_eq!(series.last(), Some(5));
    }

    #[test]
    fn rates_cover_only_the_stream() {
        let mut series = Series::default();
        series.add(ms(20), 10);
        series.add(ms(30), 30);
        assert_eq!(series.rate(3, 10, 3), Some(2_000.0));
        assert_eq!(series.rate(3, 1, 3), Some(3_000.0));
        assert_eq!(series.rate(1, 5, 3), None);
    }
}

//! Text over time in fixed buckets: what sparklines draw.
//! A bucket in which nothing came is zero; a bucket outside the stream is absent, which is not the same.

use super::TextReads;
use super::text_reads::ByteCursor;
use crate::time::{Offset, Period};

/// The grain of the series. Fine enough that a race of 0.3 s still has a shape.
pub const BUCKET: Period = Period::from_millis(10);

/// How much text came in each bucket since the green light, in bytes: tokens are a matter of scale, known only later.
/// Text before the green light counts in the first bucket.
#[derive(Clone, Copy, Debug)]
pub struct TextSeries<'a>(pub(super) &'a TextReads);

impl<'a> TextSeries<'a> {
    /// Bytes in `bucket` (counted from the green light): absent before the first text and after `last`,
    /// zero where the stream was silent.
    #[must_use]
    pub fn get(self, bucket: usize, last: usize) -> Option<usize> {
        self.covers(bucket, last).then(|| bytes(&mut self.0.cursor(), bucket, bucket))
    }

    /// Mean bytes per second over the `window` buckets that end with `bucket`, as far as the stream covers them.
    #[must_use]
    pub fn rate(self, bucket: usize, window: usize, last: usize) -> Option<f64> {
        self.rates(last).rate(bucket, window)
    }

    /// The rates of a stream that is known up to the bucket `last`, for whoever wants many of them.
    #[must_use]
    pub fn rates(self, last: usize) -> TextRates<'a> {
        TextRates { series: self, last, from: self.0.cursor(), to: self.0.cursor() }
    }

    /// The bucket of the last text.
    #[must_use]
    pub fn last(self) -> Option<usize> {
        self.0.last().map(|read| bucket_of(read.at))
    }

    fn covers(self, bucket: usize, last: usize) -> bool {
        self.0.first().is_some_and(|read| (bucket_of(read.at)..=last).contains(&bucket))
    }
}

/// The rates of a stream at one moment after the other.
#[derive(Clone, Debug)]
pub struct TextRates<'a> {
    series: TextSeries<'a>,
    last: usize,
    from: ByteCursor<'a>,
    to: ByteCursor<'a>,
}

impl TextRates<'_> {
    /// Mean bytes per second over the `window` buckets that end with `bucket`, as far as the stream covers them. Neither the
    /// window's first bucket nor its last may lie before those of the call before.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a window is a handful of buckets")]
    pub fn rate(&mut self, bucket: usize, window: usize) -> Option<f64> {
        let first = self.series.0.first().map(|read| bucket_of(read.at))?;
        let from = (bucket + 1).saturating_sub(window).max(first);
        if !self.series.covers(bucket, self.last) {
            return None;
        }
        let bytes = before(&mut self.to, bucket.saturating_add(1)) - before(&mut self.from, from);
        Some(bytes as f64 / ((bucket + 1 - from) as f64 * BUCKET.as_secs_f64()))
    }
}

/// Bytes in the buckets `from` to `to`.
fn bytes(cursor: &mut ByteCursor<'_>, from: usize, to: usize) -> usize {
    let early = before(cursor, from);
    before(cursor, to.saturating_add(1)) - early
}

/// Bytes in the buckets before `bucket`; what came before the green light counts in the first one.
fn before(cursor: &mut ByteCursor<'_>, bucket: usize) -> usize {
    if bucket == 0 { 0 } else { cursor.bytes_before(Offset::from_micros(micros(bucket))) }
}

/// When `bucket` begins, in microseconds.
fn micros(bucket: usize) -> i64 {
    i64::try_from((bucket as u64).saturating_mul(BUCKET.as_micros())).unwrap_or(i64::MAX)
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

    fn reads(pieces: &[(i64, usize)]) -> TextReads {
        let (mut reads, mut bytes) = (TextReads::default(), 0);
        for (at, more) in pieces {
            bytes += more;
            reads.add(ms(*at), bytes);
        }
        reads
    }

    #[test]
    fn absent_is_not_zero() {
        assert_eq!(TextSeries(&TextReads::default()).get(0, 9), None);
        let reads = reads(&[(25, 4), (29, 4), (55, 2)]);
        let series = TextSeries(&reads);
        assert_eq!(series.get(1, 9), None, "before the first text");
        assert_eq!(series.get(2, 9), Some(8));
        assert_eq!(series.get(3, 9), Some(0), "silent");
        assert_eq!(series.get(5, 9), Some(2));
        assert_eq!(series.get(9, 9), Some(0), "still running");
        assert_eq!(series.get(6, 5), None, "after the end");
        assert_eq!(series.last(), Some(5));
    }

    #[test]
    fn text_before_the_green_light_counts_in_the_first_bucket() {
        let reads = reads(&[(-40, 4), (3, 1), (10, 7)]);
        let series = TextSeries(&reads);
        assert_eq!((series.get(0, 9), series.get(1, 9)), (Some(5), Some(7)));
    }

    #[test]
    fn rates_cover_only_the_stream() {
        let reads = reads(&[(20, 10), (30, 30)]);
        let series = TextSeries(&reads);
        assert_eq!(series.rate(3, 10, 3), Some(2_000.0));
        assert_eq!(series.rate(3, 1, 3), Some(3_000.0));
        assert_eq!(series.rate(1, 5, 3), None);
    }
}

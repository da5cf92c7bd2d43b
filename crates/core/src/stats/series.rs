//! Text over time in fixed buckets: what sparklines draw.
//! A bucket in which nothing came is zero; a bucket outside the stream is absent, which is not the same.

use crate::time::{Offset, Period};

/// The grain of the series. Fine enough that a race of 0.3 s still has a shape.
pub const BUCKET: Period = Period::from_millis(10);

/// How much text came in each bucket since the green light, in bytes: tokens are a matter of scale, known only later.
/// Text comes in order, so only the last bucket ever grows; a bucket without text takes no room, however long the silence.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct TextSeries {
    /// Buckets with text, in order, with their bytes.
    filled: Vec<(usize, u32)>,
}

/// A moment of a series: what it takes to go back to it, as long as the series only ever grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SeriesLength {
    filled: usize,
    last: Option<(usize, u32)>,
}

impl TextSeries {
    /// Counts `bytes` of text at `at`. Text before the green light counts in the first bucket, text that comes out of
    /// order in the last one.
    pub fn add(&mut self, at: Offset, bytes: usize) {
        let (bucket, bytes) = (bucket_of(at), u32::try_from(bytes).unwrap_or(u32::MAX));
        match self.filled.last_mut() {
            Some((last, sum)) if bucket <= *last => *sum = sum.saturating_add(bytes),
            _ => self.filled.push((bucket, bytes)),
        }
    }

    /// How long it is now.
    #[must_use]
    pub fn length(&self) -> SeriesLength {
        SeriesLength { filled: self.filled.len(), last: self.filled.last().copied() }
    }

    /// Makes it what `whole`, of which it is a part or which is a part of it, was at this length.
    pub fn become_part(&mut self, whole: &Self, length: SeriesLength) {
        become_part(&mut self.filled, &whole.filled, length.filled, length.last);
    }

    /// Bytes in `bucket` (counted from the green light): absent before the first text and after `last`,
    /// zero where the stream was silent.
    #[must_use]
    pub fn get(&self, bucket: usize, last: usize) -> Option<u32> {
        let (first, _) = *self.filled.first()?;
        (first..=last).contains(&bucket).then(|| {
            let at = self.filled.binary_search_by_key(&bucket, |(bucket, _)| *bucket);
            at.ok().and_then(|at| self.filled.get(at)).map_or(0, |(_, bytes)| *bytes)
        })
    }

    /// Mean bytes per second over the `window` buckets that end with `bucket`, as far as the stream covers them.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a window is a handful of buckets")]
    pub fn rate(&self, bucket: usize, window: usize, last: usize) -> Option<f64> {
        let (first, _) = *self.filled.first()?;
        self.get(bucket, last)?;
        let from = (bucket + 1).saturating_sub(window).max(first);
        let start = self.filled.partition_point(|(bucket, _)| *bucket < from);
        let within = self.filled.iter().skip(start).take_while(|(filled, _)| *filled <= bucket);
        let sum: u64 = within.map(|(_, bytes)| u64::from(*bytes)).sum();
        Some(sum as f64 / ((bucket + 1 - from) as f64 * BUCKET.as_secs_f64()))
    }

    /// The bucket of the last text.
    #[must_use]
    pub fn last(&self) -> Option<usize> {
        self.filled.last().map(|(bucket, _)| *bucket)
    }
}

/// Makes `list` the first `length` items of `whole` with `newest` as the last one, which grew later on. Both begin with
/// the same items, so only what differs is touched.
pub fn become_part<T: Copy>(list: &mut Vec<T>, whole: &[T], length: usize, newest: Option<T>) {
    let before = length.saturating_sub(1);
    list.truncate(before.min(list.len().saturating_sub(1)));
    list.extend_from_slice(whole.get(list.len()..before).unwrap_or_default());
    list.extend(newest);
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
        let mut series = TextSeries::default();
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
    fn silence_takes_no_room_and_the_past_is_found_again() {
        let mut series = TextSeries::default();
        series.add(ms(20), 4);
        let then = (series.length(), series.clone());
        series.add(ms(25), 4);
        series.add(Offset::LAST, 1);
        let (whole, mut moved) = (series.clone(), series);
        for (length, expected) in
            [(then.0, &then.1), (whole.length(), &whole), (SeriesLength::default(), &TextSeries::default())]
        {
            moved.become_part(&whole, length);
            assert_eq!(&moved, expected);
        }
        moved.become_part(&whole, then.0);
        assert_eq!(moved, then.1);
    }

    #[test]
    fn rates_cover_only_the_stream() {
        let mut series = TextSeries::default();
        series.add(ms(20), 10);
        series.add(ms(30), 30);
        assert_eq!(series.rate(3, 10, 3), Some(2_000.0));
        assert_eq!(series.rate(3, 1, 3), Some(3_000.0));
        assert_eq!(series.rate(1, 5, 3), None);
    }
}

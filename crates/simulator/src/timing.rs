//! When each chunk of an answer is due, as spans from the request and never from the chunk before.
//! Jitter moves single chunks about; the first and the last are always on time, so the mean rate is exact.

use std::time::Duration;

use fastrand::Rng;

use speed_kings_catalog::profile::StreamProfile;

/// The most that the head is early: after this the server has accepted the request and begins to read the prompt.
const HEAD: Duration = Duration::from_millis(5);

/// When the head of the response and the first token go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct LaunchTimes {
    pub(super) head: Duration,
    pub(super) first_token: Duration,
}

impl LaunchTimes {
    /// The head comes early, so that first byte and first token are two different moments, unless it is held back.
    pub(super) fn of(profile: &StreamProfile, header_delay: Option<Duration>) -> Self {
        let ttft = Duration::try_from_secs_f64(profile.ttft_ms / 1e3).unwrap_or_default();
        let head = header_delay.unwrap_or_else(|| HEAD.min(ttft / 2));
        Self { head, first_token: ttft.max(head) }
    }
}

/// When chunks of these sizes are due.
pub(super) fn dues(profile: &StreamProfile, first_token: Duration, sizes: &[u32], rng: &mut Rng) -> Vec<Duration> {
    let tok_s = profile.tok_s.max(f64::MIN_POSITIVE);
    let at = |tokens: u64| Duration::try_from_secs_f64(seconds(tokens, tok_s)).unwrap_or(Duration::MAX);
    let jitter = profile.jitter.clamp(0.0, 0.9) * f64::from(profile.tokens_per_chunk.max(1)) / tok_s;
    let first = u64::from(sizes.first().copied().unwrap_or(0));
    let last = at(sizes.iter().copied().map(u64::from).sum::<u64>() - first);
    let (mut sent, mut before) = (0_u64, Duration::ZERO);
    let mut dues = Vec::with_capacity(sizes.len());
    for (index, size) in sizes.iter().enumerate() {
        sent += u64::from(*size);
        let exact = at(sent - first);
        let shift = Duration::try_from_secs_f64(jitter * rng.f64()).unwrap_or_default();
        let early = rng.bool();
        let moved = match index {
            0 => exact,
            _ if index + 1 == sizes.len() => exact,
            _ if early => exact.saturating_sub(shift),
            _ => exact.saturating_add(shift),
        };
        // Strong jitter could let a chunk overtake its neighbour.
        before = moved.clamp(before, last);
        dues.push(first_token.saturating_add(before));
    }
    dues
}

#[expect(clippy::cast_precision_loss, reason = "token counts are far below 2^53")]
fn seconds(tokens: u64, tok_s: f64) -> f64 {
    tokens as f64 / tok_s
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(tok_s: f64, tokens_per_chunk: u32, jitter: f64) -> StreamProfile {
        StreamProfile { tok_s, tokens_per_chunk, jitter, ..StreamProfile::default() }
    }

    #[test]
    fn the_mean_rate_is_exact_whatever_the_jitter() {
        for (tok_s, size, jitter) in [(12.5, 1, 0.0), (750.0, 1, 0.9), (1_800.0, 4, 0.5), (3_000.0, 7, 0.9)] {
            let mut sizes = vec![size; 200];
            sizes.push(1);
            let profile = profile(tok_s, size, jitter);
            let dues = dues(&profile, Duration::from_millis(80), &sizes, &mut Rng::with_seed(4));
            assert_eq!(dues[0], Duration::from_millis(80));
            assert!(dues.is_sorted());
            let span = dues[200].abs_diff(dues[0]).as_secs_f64();
            let rate = f64::from(sizes[1..].iter().sum::<u32>()) / span;
            assert!((rate / tok_s - 1.0).abs() < 1e-6, "{rate} for {tok_s}");
        }
    }

    #[test]
    fn no_chunk_is_further_off_than_the_jitter_says() {
        let (profile, sizes) = (profile(100.0, 2, 0.4), [2; 300]);
        let dues = dues(&profile, Duration::ZERO, &sizes, &mut Rng::with_seed(9));
        let period = 0.02;
        let off = |(index, due): (u32, &Duration)| (due.as_secs_f64() - f64::from(index) * period).abs();
        let furthest = (0..).zip(&dues).map(off).fold(0.0, f64::max);
        assert!(furthest <= 0.4 * period + 1e-9 && furthest > 0.3 * period);
    }

    #[test]
    fn the_first_byte_comes_before_the_first_token() {
        let launch = |ttft_ms, delay| LaunchTimes::of(&StreamProfile { ttft_ms, ..StreamProfile::default() }, delay);
        let ms = Duration::from_millis;
        assert_eq!(launch(200.0, None), LaunchTimes { head: ms(5), first_token: ms(200) });
        assert_eq!(launch(4.0, None), LaunchTimes { head: ms(2), first_token: ms(4) });
        assert_eq!(launch(200.0, Some(ms(300))), LaunchTimes { head: ms(300), first_token: ms(300) });
    }
}

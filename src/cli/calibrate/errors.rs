//! What was measured minus what was so: of one run, and how large that is over many.

use crate::race::lane::Lane;
use crate::race::timing::LaneTiming;
use crate::sim::AnswerDelivery;
use crate::stats::{percentile, quantile};
use crate::time::Rate;

/// Finds the errors of one kind.
type ErrorValues = fn(&MeasuredErrors) -> &Vec<f64>;

/// What of a run is wrong, each with its unit.
pub(super) const KINDS: [(&str, ErrorValues); 3] =
    [("TTFT, ms", |one| &one.ttft), ("output speed, %", |one| &one.speed), ("gaps, ms", |one| &one.gaps)];

/// What was measured minus what was so.
#[derive(Clone, Debug, Default)]
pub(super) struct MeasuredErrors {
    /// Milliseconds of TTFT, one for each run.
    pub(super) ttft: Vec<f64>,
    /// Per cent of the true speed.
    pub(super) speed: Vec<f64>,
    /// Milliseconds, of each gap between two tokens, whatever its sign.
    pub(super) gaps: Vec<f64>,
}

impl MeasuredErrors {
    /// Holds one run against the simulator's log of it; nothing when figures are missing.
    pub(super) fn take(&mut self, lane: &Lane, truth: &AnswerDelivery) -> Option<()> {
        let timing = LaneTiming::of(lane);
        let writes: Vec<_> = truth.writes.iter().filter(|write| write.tokens > 0).collect();
        let first = writes.first()?.at.duration_since(truth.request).as_secs_f64() * 1e3;
        self.ttft.push(timing.ttft?.as_millis_f64() - first);
        // On a busy machine tokens may come in too few reads to have a speed.
        let speed = timing.output_speed.map(Rate::value).zip(truth.tok_s());
        self.speed.extend(speed.map(|(measured, true_one)| (measured / true_one - 1.0) * 100.0));
        let zero = writes.first()?.at;
        let written = writes
            .iter()
            .flat_map(|write| (0..write.tokens).map(move |_| write.at.duration_since(zero).as_secs_f64() * 1e3));
        let mut pieces = 0;
        let read = lane.reads().iter().flat_map(|read| {
            let new = read.pieces - std::mem::replace(&mut pieces, read.pieces);
            (0..new).map(move |_| read.at.as_secs_f64() * 1e3)
        });
        let (written, read): (Vec<f64>, Vec<f64>) = written.zip(read).unzip();
        let gap = |pair: &[f64]| pair.last().zip(pair.first()).map(|(after, before)| after - before);
        let gaps = written.windows(2).zip(read.windows(2));
        self.gaps.extend(gaps.filter_map(|(written, read)| Some((gap(read)? - gap(written)?).abs())));
        Some(())
    }
}

/// How large some errors are, whatever their signs.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct ErrorSizes {
    pub(super) p50: Option<f64>,
    /// The 99th percentile, from 100 errors on.
    pub(super) p99: Option<f64>,
    pub(super) max: Option<f64>,
}

impl ErrorSizes {
    pub(super) fn of(errors: &[f64]) -> Self {
        let mut sizes: Vec<f64> = errors.iter().map(|error| error.abs()).collect();
        sizes.sort_by(f64::total_cmp);
        Self { p50: quantile(&sizes, 0.5), p99: percentile(&sizes, 99.0), max: sizes.last().copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_lose_their_sign_and_few_have_no_p99() {
        assert_eq!(ErrorSizes::of(&[-3.0, 1.0, 2.0]), ErrorSizes { p50: Some(2.0), p99: None, max: Some(3.0) });
        assert_eq!(ErrorSizes::of(&[]), ErrorSizes { p50: None, p99: None, max: None });
        assert!(ErrorSizes::of(&vec![1.0; 100]).p99.is_some());
    }
}

//! What is offered at one level, and for how long. When requests of an open loop are due is drawn from a seed before the first
//! of them leaves, so nothing that a server does can move them.

use std::sync::Arc;
use std::time::Duration;

use crate::bench::prompt_rows::PromptRow;
use crate::lengths::GivenLengths;

/// How a contestant is loaded.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum OfferedLoad {
    /// So many askers, each with its next request as soon as the last one has ended: a closed loop.
    Concurrency(u32),
    /// So many requests a second on average, whatever becomes of them: an open loop with Poisson arrivals.
    Rate(f64),
}

impl OfferedLoad {
    /// How much that is: askers, or requests a second.
    #[must_use]
    pub fn amount(self) -> f64 {
        match self {
            Self::Concurrency(askers) => f64::from(askers),
            Self::Rate(rate) => rate,
        }
    }

    /// Whether requests come by a clock, whatever becomes of those before.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Rate(_))
    }
}

/// One level of load.
#[derive(Clone, PartialEq, Debug)]
pub struct LevelPlan {
    /// What is offered at it.
    pub load: OfferedLoad,
    /// How long it is offered before anything counts.
    pub ramp: Duration,
    /// How long it is offered after that.
    pub steady: Duration,
    /// Draws the arrivals of an open loop.
    pub seed: u64,
    /// When each request of an open loop is due instead, counted from the level's beginning, in order.
    pub trace: Option<Arc<[Duration]>>,
    /// The lengths that prompts and answers are to have, where they are given.
    pub lengths: Option<GivenLengths>,
    /// The prompts that are asked in turn, from the first one on; none where all requests ask the same.
    pub rows: Arc<[PromptRow]>,
}

impl LevelPlan {
    /// From the first request to the last moment at which one may begin.
    #[must_use]
    pub fn span(&self) -> Duration {
        self.ramp + self.steady
    }

    /// When each request of an open loop is due, counted from the level's beginning: the times between two are exponential,
    /// so that arrivals are a Poisson process, unless they come from a trace. None in a closed loop.
    #[must_use]
    pub fn arrivals(&self) -> Vec<Duration> {
        let OfferedLoad::Rate(rate) = self.load else { return Vec::new() };
        if let Some(trace) = &self.trace {
            return trace.to_vec();
        }
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let (mut due, mut arrivals) = (0.0, Vec::new());
        loop {
            // Never the logarithm of zero: `f64` is below one.
            due += -(1.0 - rng.f64()).ln() / rate;
            if due >= self.span().as_secs_f64() {
                return arrivals;
            }
            arrivals.push(Duration::from_secs_f64(due));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(load: OfferedLoad, seed: u64) -> LevelPlan {
        LevelPlan {
            load,
            ramp: Duration::from_secs(20),
            steady: Duration::from_secs(980),
            seed,
            trace: None,
            lengths: None,
            rows: Arc::default(),
        }
    }

    #[test]
    fn arrivals_are_a_poisson_process_of_their_rate_and_their_seed() {
        let arrivals = plan(OfferedLoad::Rate(10.0), 7).arrivals();
        assert_eq!(arrivals, plan(OfferedLoad::Rate(10.0), 7).arrivals());
        assert_ne!(arrivals, plan(OfferedLoad::Rate(10.0), 8).arrivals());
        assert!(arrivals.is_sorted() && arrivals.last().unwrap() < &Duration::from_secs(1_000));
        // 10,000 expected, with a standard deviation of 100.
        assert!(arrivals.len().abs_diff(10_000) < 400, "{}", arrivals.len());
        // In each second there are as many more or less as a Poisson process has: the variance is the mean.
        let mut counts = vec![0.0_f64; 1_000];
        for at in &arrivals {
            counts[usize::try_from(at.as_secs()).unwrap()] += 1.0;
        }
        let mean = counts.iter().sum::<f64>() / 1e3;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 999.0;
        assert!((0.85..1.15).contains(&(variance / mean)), "{variance} of {mean}");
        assert!(plan(OfferedLoad::Concurrency(3), 7).arrivals().is_empty());
    }
}

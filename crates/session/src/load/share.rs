//! The load of a level divided among several machines that offer it together: each gets its part of the askers or of the rate, and
//! draws its own arrivals, so that nothing has to travel between them while it is offered.

use super::plan::OfferedLoad;

/// The part of a load that one machine offers.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct LoadShare {
    /// Its askers, or its requests a second.
    pub load: OfferedLoad,
    /// Draws its arrivals. No two shares of a load have the same, so that the arrivals of all are a Poisson process as those of
    /// each are.
    pub seed: u64,
}

impl OfferedLoad {
    /// The load divided among so many machines, as evenly as can be, with seeds drawn from `seed`. Where there are fewer askers than
    /// machines, some have none.
    #[must_use]
    pub fn divided(self, among: u8, seed: u64) -> Vec<Option<LoadShare>> {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut left = (0..among).rev().map(u32::from);
        let mut rest = self;
        let share = |number: u8| {
            // Short enough to be exact in every JSON reader, and different by the last eight bits.
            let seed = (u64::from(rng.u32(..)) << 8) | u64::from(number);
            let machines = left.next()? + 1;
            let load = match rest {
                OfferedLoad::Concurrency(askers) => OfferedLoad::Concurrency(askers.div_ceil(machines)),
                OfferedLoad::Rate(rate) => OfferedLoad::Rate(rate / f64::from(machines)),
            };
            rest = match (rest, load) {
                (OfferedLoad::Concurrency(all), OfferedLoad::Concurrency(taken)) => {
                    OfferedLoad::Concurrency(all - taken)
                }
                (all, taken) => OfferedLoad::Rate(all.amount() - taken.amount()),
            };
            (load.amount() > 0.0).then_some(LoadShare { load, seed })
        };
        (0..among).map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::load::LevelPlan;

    proptest! {
        #[test]
        fn shares_are_the_whole_nearly_even_and_drawn_apart(askers in 0u32..300, rate in 0.01f64..1_000.0, among in 1u8..=255, seed: u64) {
            for load in [OfferedLoad::Concurrency(askers), OfferedLoad::Rate(rate)] {
                let shares = load.divided(among, seed);
                prop_assert_eq!(&shares, &load.divided(among, seed));
                prop_assert_eq!(shares.len(), usize::from(among));
                let amounts: Vec<f64> = shares.iter().map(|share| share.map_or(0.0, |share| share.load.amount())).collect();
                let all: f64 = amounts.iter().sum();
                prop_assert!((all - load.amount()).abs() <= 1e-9 * load.amount(), "{all} of {load:?}");
                let most = amounts.iter().copied().fold(0.0, f64::max);
                let least = amounts.iter().copied().fold(f64::MAX, f64::min);
                let apart = if load.is_open() { 1e-9 * rate } else { 1.0 };
                prop_assert!(most - least <= apart, "{least} to {most}");
                let seeds: BTreeSet<u64> = shares.iter().flatten().map(|share| share.seed).collect();
                prop_assert_eq!(seeds.len(), shares.iter().flatten().count());
                prop_assert!(shares.iter().flatten().all(|share| share.load.is_open() == load.is_open()));
            }
        }
    }

    #[test]
    fn arrivals_of_all_shares_are_a_poisson_process_of_the_whole_rate() {
        let plan = |share: LoadShare| LevelPlan {
            load: share.load,
            ramp: Duration::ZERO,
            steady: Duration::from_secs(1_000),
            seed: share.seed,
            trace: None,
            lengths: None,
            rows: Arc::default(),
        };
        let shares = OfferedLoad::Rate(10.0).divided(4, 7);
        let drawn: Vec<Vec<Duration>> = shares.into_iter().flatten().map(|share| plan(share).arrivals()).collect();
        // 2,500 each, with a standard deviation of 50.
        assert!(drawn.len() == 4 && drawn.iter().all(|one| one.len().abs_diff(2_500) < 200), "{drawn:?}");
        let mut counts = vec![0.0_f64; 1_000];
        for at in drawn.iter().flatten() {
            counts[usize::try_from(at.as_secs()).unwrap()] += 1.0;
        }
        let mean = counts.iter().sum::<f64>() / 1e3;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 999.0;
        // Shares that drew the same would have a variance of four times the mean.
        assert!((0.85..1.15).contains(&(variance / mean)), "{variance} of {mean}");
    }
}

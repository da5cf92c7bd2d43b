//! Who runs when: forwards and backwards in turn (ABBA), so that a drift of the network or of a server favours nobody.
//! Who goes first is drawn from a seed, so that a recorded seed gives the same order again.

use crate::race::event::LaneId;

/// The order of the contestants, round by round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Order {
    contestants: usize,
    first: usize,
}

impl Order {
    /// An order of so many contestants; `seed` draws the first.
    #[must_use]
    pub fn new(contestants: usize, seed: u64) -> Self {
        let first = if contestants == 0 { 0 } else { fastrand::Rng::with_seed(seed).usize(..contestants) };
        Self { contestants, first }
    }

    /// Who goes first of all.
    #[must_use]
    pub fn first(self) -> LaneId {
        self.lane(0)
    }

    /// The order of `round`. Every odd round is its predecessor backwards, and every even one begins two further on:
    /// with two contestants that is ABBA, and with more of them each is first equally often.
    #[must_use]
    pub fn round(self, round: u32) -> Vec<LaneId> {
        let pair = usize::try_from(round / 2).unwrap_or(0);
        let mut lanes: Vec<LaneId> = (0..self.contestants).map(|place| self.lane(2 * pair + place)).collect();
        if round % 2 == 1 {
            lanes.reverse();
        }
        lanes
    }

    fn lane(self, place: usize) -> LaneId {
        LaneId(u8::try_from((self.first + place) % self.contestants.max(1)).unwrap_or(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_contestants_run_abba() {
        for seed in 0..20 {
            let order = Order::new(2, seed);
            let (a, b) = (order.first(), LaneId(1 - order.first().0));
            let rounds: Vec<LaneId> = (0..4).flat_map(|round| order.round(round)).collect();
            assert_eq!(rounds, [a, b, b, a, a, b, b, a]);
        }
    }

    #[test]
    fn each_is_first_equally_often() {
        for contestants in 2..=7_u8 {
            let order = Order::new(contestants.into(), 3);
            let firsts: Vec<LaneId> = (0..2 * u32::from(contestants)).map(|round| order.round(round)[0]).collect();
            for lane in 0..contestants {
                let times = firsts.iter().filter(|first| first.0 == lane).count();
                assert_eq!(times, 2, "lane {lane} of {contestants}: {firsts:?}");
            }
        }
    }

    #[test]
    fn every_round_has_everybody_once() {
        for round in 0..9 {
            let mut lanes = Order::new(5, 1).round(round);
            lanes.sort();
            assert_eq!(lanes, (0..5).map(LaneId).collect::<Vec<_>>());
        }
        assert_eq!(Order::new(0, 1).round(0), []);
    }

    #[test]
    fn a_seed_draws_the_same_and_seeds_draw_both() {
        let firsts: Vec<LaneId> = (0..50).map(|seed| Order::new(2, seed).first()).collect();
        assert_eq!(firsts, (0..50).map(|seed| Order::new(2, seed).first()).collect::<Vec<_>>());
        let zeros = firsts.iter().filter(|first| first.0 == 0).count();
        assert!((10..=40).contains(&zeros), "{zeros} of 50");
    }
}

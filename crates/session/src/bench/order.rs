//! Who runs when: blocks of two rounds, in an a new random order for each block and then backwards (AB BA or BA AB).
//! Each block is drawn from the seed and its number alone, so a recorded seed gives the same order again, resumed or not.

use speed_kings_core::race::event::LaneId;

/// Rounds in a block: there and back, so that a steady drift of the network or of a server favours nobody.
const ROUNDS: u32 = 2;
/// Sets the draws of neighbouring blocks apart: 2⁶⁴ ÷ the golden ratio, odd.
const APART: u64 = 0x9E37_79B9_7F4A_7C15;

/// How the order of a round is found.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum OrderRule {
    /// Each block of two rounds in an order of its own.
    #[default]
    Blocks,
    /// Forwards and backwards in turn with a fixed period, as results of earlier versions were made. A server that shares
    /// its work out in turn over four machines meets that period.
    Alternating,
}

impl OrderRule {
    /// The name in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blocks => "random_blocks",
            Self::Alternating => "ABBA",
        }
    }

    /// Reads the name back; what a file doesn't name is today's.
    #[must_use]
    pub fn parse(name: Option<&str>) -> Self {
        if name == Some(Self::Alternating.as_str()) { Self::Alternating } else { Self::Blocks }
    }
}

/// The order of the contestants, round by round.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RoundOrder {
    contestants: usize,
    seed: u64,
    rule: OrderRule,
}

impl RoundOrder {
    /// An order of so many contestants, drawn from `seed`.
    #[must_use]
    pub const fn new(contestants: usize, seed: u64, rule: OrderRule) -> Self {
        Self { contestants, seed, rule }
    }

    /// Who goes first of all; nobody where there is nobody.
    #[must_use]
    pub fn first(self) -> Option<LaneId> {
        self.round(0).first().copied()
    }

    /// The order of `round`, from 0. Every odd round is its predecessor backwards.
    #[must_use]
    pub fn round(self, round: u32) -> Vec<LaneId> {
        let mut lanes = self.block(round / ROUNDS);
        if round % ROUNDS == 1 {
            lanes.reverse();
        }
        lanes
    }

    /// The first round of each block that so many rounds need.
    pub fn blocks(self, rounds: u32) -> impl Iterator<Item = Vec<LaneId>> {
        (0..rounds.div_ceil(ROUNDS)).map(move |block| self.block(block))
    }

    fn block(self, block: u32) -> Vec<LaneId> {
        let mut lanes: Vec<LaneId> = (0..u8::MAX).map(LaneId).take(self.contestants).collect();
        match self.rule {
            OrderRule::Blocks => {
                let seed = mixed(self.seed.wrapping_add(u64::from(block).wrapping_mul(APART)));
                fastrand::Rng::with_seed(seed).shuffle(&mut lanes);
            }
            OrderRule::Alternating if lanes.is_empty() => {}
            OrderRule::Alternating => {
                let first = fastrand::Rng::with_seed(self.seed).usize(..lanes.len());
                let further = usize::try_from(block).unwrap_or(0) * 2;
                let by = (first + further) % lanes.len();
                lanes.rotate_left(by);
            }
        }
        lanes
    }
}

/// A seed that has nothing in common with those beside it, whose first draws would be alike (the last steps of `SplitMix64`:
/// Steele, Lea and Flood, OOPSLA 2014).
const fn mixed(seed: u64) -> u64 {
    let seed = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let seed = (seed ^ (seed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    seed ^ (seed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(contestants: usize, seed: u64) -> RoundOrder {
        RoundOrder::new(contestants, seed, OrderRule::Blocks)
    }

    /// The runs of so many rounds, as letters.
    fn letters(order: RoundOrder, rounds: u32) -> String {
        (0..rounds).flat_map(|round| order.round(round)).map(|lane| char::from(b'A' + lane.0)).collect()
    }

    #[test]
    fn every_block_goes_there_and_back() {
        for contestants in 0..7 {
            for seed in 0..20 {
                let order = drawn(contestants, seed);
                for block in 0..9 {
                    let (mut there, back) = (order.round(2 * block), order.round(2 * block + 1));
                    there.reverse();
                    assert_eq!(there, back);
                    there.sort();
                    assert_eq!(there, (0..7).map(LaneId).take(contestants).collect::<Vec<_>>());
                }
            }
        }
    }

    #[test]
    fn each_block_is_drawn_by_itself() {
        // Of two contestants the first block says nothing of the second, nor of the one with the next seed.
        let mut counts = std::collections::HashMap::new();
        for seed in 0..4_000 {
            let firsts = [(seed, 0), (seed, 1), (seed, 2), (seed + 1, 0)].map(|(seed, block)| {
                let order = drawn(2, seed);
                order.round(2 * block)[0].0
            });
            *counts.entry(firsts).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 16, "all of them come");
        assert!(counts.values().all(|count| (190..=310).contains(count)), "each 250 times in 4,000: {counts:?}");
    }

    #[test]
    fn of_many_each_is_at_each_place_equally_often() {
        let order = drawn(5, 11);
        let mut places = [[0; 5]; 5];
        for block in 0..2_000 {
            for (place, lane) in order.round(2 * block).into_iter().enumerate() {
                places[place][usize::from(lane.0)] += 1;
            }
        }
        assert!(places.as_flattened().iter().all(|count| (320..=480).contains(count)), "{places:?}");
    }

    #[test]
    fn no_period_of_a_server_fits_the_blocks() {
        // The places that A has among four machines that are used in turn: a fixed period gives it the same two always.
        let machines = |order: RoundOrder| {
            let runs = (0..40).flat_map(|round| order.round(round)).enumerate();
            runs.filter(|(_, lane)| lane.0 == 0).map(|(place, _)| place % 4).collect::<std::collections::BTreeSet<_>>()
        };
        assert_eq!(machines(RoundOrder::new(2, 1, OrderRule::Alternating)).len(), 2);
        assert!((0..50).all(|seed| machines(drawn(2, seed)).len() == 4));
    }

    #[test]
    fn a_seed_draws_the_same_again_and_more_rounds_change_none() {
        assert_eq!(letters(drawn(3, 42), 20), letters(drawn(3, 42), 20));
        let blocks = |rounds| drawn(3, 42).blocks(rounds).collect::<Vec<_>>();
        assert_eq!((blocks(5).len(), blocks(0).len()), (3, 0));
        assert_eq!(blocks(20)[..3], blocks(5));
        assert_eq!((drawn(0, 1).first(), drawn(0, 1).round(3)), (None, vec![]));
    }

    #[test]
    fn what_an_earlier_version_began_goes_on_in_its_order() {
        assert_eq!(OrderRule::parse(Some("ABBA")), OrderRule::Alternating);
        assert_eq!(
            (OrderRule::parse(None), OrderRule::parse(Some("random_blocks"))),
            (OrderRule::Blocks, OrderRule::Blocks)
        );
        for seed in 0..20 {
            let told = letters(RoundOrder::new(2, seed, OrderRule::Alternating), 4);
            assert!(["ABBAABBA", "BAABBAAB"].contains(&told.as_str()), "{told}");
        }
    }
}

//! What blind votes come to: how often one side is preferred, and one strength for each contestant over all votes, by the
//! model of Bradley and Terry (Biometrika 39, 1952): i is preferred to j with probability pᵢ ÷ (pᵢ + pⱼ). A tie counts half
//! for each side. Pure: votes are handed in.

use speed_kings_core::stats::distribution::normal_quantile;
use speed_kings_core::stats::interval::ConfidenceInterval;

/// Fewer votes than this are too few to tell anything.
pub const FEWEST: usize = 5;
/// The level of the intervals, two-sided.
const LEVEL: f64 = 0.95;
/// Ties that everybody begins with, shared out over the others: they keep whoever has won or lost every vote finite.
pub const PRIOR_TIES: f64 = 1.0;
/// The most rounds of the iteration; it ends sooner when nothing moves.
const ROUNDS: usize = 10_000;
/// The largest change of a strength, as a share of it, at which nothing moves.
const SETTLED: f64 = 1e-9;

/// One vote between two contestants, by their places in a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PairVote {
    /// The place of one contestant.
    pub one: usize,
    /// The place of the other.
    pub other: usize,
    /// Which of the two was preferred.
    pub preferred: Preference,
}

/// Which of two was preferred.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Preference {
    /// The one named first.
    One,
    /// The one named second.
    Other,
    /// Neither of the two.
    Tie,
}

/// How often one side of a pair is preferred.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PreferenceShare {
    /// The share of votes for it, ties counted half.
    pub share: f64,
    /// Wilson's 95 % interval. With ties it is rather too wide than too narrow.
    pub interval: ConfidenceInterval,
    /// Votes that it rests on.
    pub votes: usize,
    /// How many of them are ties.
    pub ties: usize,
}

/// What the votes say about a pair.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PreferenceCall {
    /// Fewer than [`FEWEST`] votes.
    TooFew,
    /// The interval holds one half.
    TooClose,
    /// The one side is preferred.
    One,
    /// The other side is preferred.
    Other,
}

/// The strength of one contestant; the geometric mean of a group is 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ContestantStrength {
    /// The contestant's place in the list.
    pub contestant: usize,
    /// Its strength pᵢ, more than 0.
    pub strength: f64,
    /// The 95 % interval, normal on the logarithm by the information in the votes.
    pub interval: ConfidenceInterval,
    /// Votes that it was in.
    pub votes: usize,
}

impl PreferenceShare {
    /// How often the first of a pair is preferred; nothing without votes.
    #[must_use]
    pub fn of(preferences: &[Preference]) -> Option<Self> {
        let many = |wanted| preferences.iter().filter(|preference| **preference == wanted).count();
        let (votes, ties) = (preferences.len(), many(Preference::Tie));
        let share = (number(many(Preference::One)) + number(ties) / 2.0) / number(votes);
        (votes > 0).then(|| Self { share, interval: wilson(share, votes), votes, ties })
    }

    /// What the share and its interval say.
    #[must_use]
    pub fn call(&self) -> PreferenceCall {
        match self {
            _ if self.votes < FEWEST => PreferenceCall::TooFew,
            _ if self.interval.holds(0.5) => PreferenceCall::TooClose,
            _ if self.share > 0.5 => PreferenceCall::One,
            _ => PreferenceCall::Other,
        }
    }
}

/// Wilson's score interval of a share (J. Am. Stat. Assoc. 22, 1927).
fn wilson(share: f64, votes: usize) -> ConfidenceInterval {
    let (n, z) = (number(votes), normal_quantile(f64::midpoint(1.0, LEVEL)));
    let (centre, scale) = (share + z * z / (2.0 * n), 1.0 + z * z / n);
    let reach = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    ConfidenceInterval { low: ((centre - reach) / scale).max(0.0), high: ((centre + reach) / scale).min(1.0) }
}

/// The strengths of `contestants` contestants, with a geometric mean of 1, each beginning with `prior` ties that are shared
/// out over the others; by the iteration of Hunter (Ann. Stat. 32, 2004). Without a prior they exist only where nobody,
/// alone or as a group, has won or lost every vote against the rest; it is the caller's business to see to that.
#[must_use]
pub fn strengths(contestants: usize, votes: &[PairVote], prior: f64) -> Vec<f64> {
    let mut won = vec![prior / 2.0; contestants];
    for (winner, share) in votes.iter().flat_map(|vote| shares(*vote)) {
        won.get_mut(winner).into_iter().for_each(|won| *won += share);
    }
    let met = meetings(contestants, votes, prior);
    let mut strengths = vec![1.0; contestants];
    for _ in 0..ROUNDS {
        let next = |((own, won), met): ((&f64, &f64), &Vec<f64>)| {
            let all: f64 = met.iter().zip(&strengths).map(|(met, other)| met / (own + other)).sum();
            if all > 0.0 { won / all } else { 1.0 }
        };
        let mut moved: Vec<f64> = strengths.iter().zip(&won).zip(&met).map(next).collect();
        level(&mut moved);
        let settled = moved.iter().zip(&strengths).all(|(new, old)| (new - old).abs() <= SETTLED * old.abs());
        strengths = moved;
        if settled {
            break;
        }
    }
    strengths
}

/// How often each contestant met each other, the ties of the prior among them.
fn meetings(contestants: usize, votes: &[PairVote], prior: f64) -> Vec<Vec<f64>> {
    let each = prior / number(contestants.saturating_sub(1).max(1));
    let mut met = vec![vec![each; contestants]; contestants];
    (0..contestants).zip(&mut met).for_each(|(own, row)| row.get_mut(own).into_iter().for_each(|met| *met = 0.0));
    for (a, b) in votes.iter().flat_map(|vote| [(vote.one, vote.other), (vote.other, vote.one)]) {
        met.get_mut(a).and_then(|row| row.get_mut(b)).into_iter().for_each(|met| *met += 1.0);
    }
    met
}

/// The standard error of the logarithm of contestant `of`'s strength: the root of its entry in the inverse of the information
/// that the votes hold, within strengths whose logarithms add up to nothing. Found by conjugate gradients (Hestenes and
/// Stiefel, J. Res. Nat. Bur. Stand. 49, 1952), which end after as many steps as there are contestants.
fn log_error(of: usize, strengths: &[f64], met: &[Vec<f64>]) -> f64 {
    let weight = |a: f64, b: f64, met: f64| met * a * b / (a + b).powi(2);
    let times = |x: &[f64]| -> Vec<f64> {
        let row = |((own, at), met): ((&f64, &f64), &Vec<f64>)| {
            let pulls = met.iter().zip(strengths).zip(x);
            pulls.map(|((met, other), there)| weight(*own, *other, *met) * (at - there)).sum()
        };
        strengths.iter().zip(x).zip(met).map(row).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let count = number(strengths.len());
    let unit = |place: usize| f64::from(u8::from(place == of)) - 1.0 / count;
    let mut residual: Vec<f64> = (0..strengths.len()).map(unit).collect();
    let (mut solved, mut direction) = (vec![0.0; strengths.len()], residual.clone());
    for _ in 0..2 * strengths.len() {
        let (pushed, size) = (times(&direction), dot(&residual, &residual));
        let curve = dot(&direction, &pushed);
        if size <= SETTLED * SETTLED || curve <= 0.0 {
            break;
        }
        let step = size / curve;
        solved.iter_mut().zip(&direction).for_each(|(x, d)| *x += step * d);
        residual.iter_mut().zip(&pushed).for_each(|(r, p)| *r -= step * p);
        let turn = dot(&residual, &residual) / size;
        direction = residual.iter().zip(&direction).map(|(r, d)| r + turn * d).collect();
    }
    solved.get(of).copied().unwrap_or(0.0).max(0.0).sqrt()
}

/// Divides by the geometric mean; strengths of zero stay.
fn level(strengths: &mut [f64]) {
    let logs: Vec<f64> = strengths.iter().filter(|strength| **strength > 0.0).map(|strength| strength.ln()).collect();
    let mean = logs.iter().sum::<f64>() / number(logs.len().max(1));
    for strength in strengths {
        *strength /= mean.exp();
    }
}

/// Who gets which share of a vote.
fn shares(vote: PairVote) -> [(usize, f64); 2] {
    match vote.preferred {
        Preference::One => [(vote.one, 1.0), (vote.other, 0.0)],
        Preference::Other => [(vote.one, 0.0), (vote.other, 1.0)],
        Preference::Tie => [(vote.one, 0.5), (vote.other, 0.5)],
    }
}

/// The groups of contestants that met each other, directly or by way of others: only within one are strengths comparable.
#[must_use]
pub fn groups(contestants: usize, votes: &[PairVote]) -> Vec<Vec<usize>> {
    let mut group: Vec<usize> = (0..contestants).collect();
    for vote in votes {
        let both = (group.get(vote.one).copied(), group.get(vote.other).copied());
        if let (Some(one), Some(other)) = both {
            group.iter_mut().filter(|of| **of == other).for_each(|of| *of = one);
        }
    }
    let members = |of: usize| (0..contestants).filter(|place| group.get(*place) == Some(&of)).collect::<Vec<_>>();
    (0..contestants).map(members).filter(|members| members.len() > 1).collect()
}

/// The strengths within each group, strongest first.
#[must_use]
pub fn ranking(contestants: usize, votes: &[PairVote]) -> Vec<Vec<ContestantStrength>> {
    groups(contestants, votes).iter().map(|group| rank(group, votes)).collect()
}

fn rank(group: &[usize], votes: &[PairVote]) -> Vec<ContestantStrength> {
    let place = |contestant: usize| group.iter().position(|member| *member == contestant);
    let own = |vote: &PairVote| Some(PairVote { one: place(vote.one)?, other: place(vote.other)?, ..*vote });
    let votes: Vec<PairVote> = votes.iter().filter_map(own).collect();
    let found = strengths(group.len(), &votes, PRIOR_TIES);
    let met = meetings(group.len(), &votes, PRIOR_TIES);
    let z = normal_quantile(f64::midpoint(1.0, LEVEL));
    let strength = |((index, contestant), strength): ((usize, &usize), &f64)| {
        let (log, reach) = (strength.ln(), z * log_error(index, &found, &met));
        ContestantStrength {
            contestant: *contestant,
            strength: *strength,
            interval: ConfidenceInterval { low: log - reach, high: log + reach }.exp(),
            votes: votes.iter().filter(|vote| vote.one == index || vote.other == index).count(),
        }
    };
    let mut all: Vec<ContestantStrength> = group.iter().enumerate().zip(&found).map(strength).collect();
    all.sort_by(|a, b| b.strength.total_cmp(&a.strength));
    all
}

#[expect(clippy::cast_precision_loss, reason = "nobody votes 2^52 times")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(one: usize, other: usize, won: usize, lost: usize, ties: usize) -> Vec<PairVote> {
        let many = |preferred, count| vec![PairVote { one, other, preferred }; count];
        [many(Preference::One, won), many(Preference::Other, lost), many(Preference::Tie, ties)].concat()
    }

    fn close(one: f64, two: f64, tolerance: f64) -> bool {
        (one - two).abs() <= tolerance
    }

    #[test]
    fn a_share_has_wilsons_interval() {
        // 8 of 10: 0.4902 to 0.9433, as in Newcombe, Stat. Med. 17 (1998).
        let told = PreferenceShare::of(&[vec![Preference::One; 8], vec![Preference::Other; 2]].concat()).unwrap();
        assert!(close(told.interval.low, 0.4902, 1e-4) && close(told.interval.high, 0.9433, 1e-4), "{told:?}");
        assert_eq!(told.call(), PreferenceCall::TooClose);
        let ties = PreferenceShare::of(&[Preference::One, Preference::Tie, Preference::Tie]).unwrap();
        assert!(close(ties.share, 2.0 / 3.0, 1e-12) && ties.ties == 2 && ties.call() == PreferenceCall::TooFew);
        let all = |preferred| PreferenceShare::of(&[preferred; 6]).unwrap().call();
        assert_eq!((all(Preference::One), all(Preference::Other)), (PreferenceCall::One, PreferenceCall::Other));
        assert_eq!(PreferenceShare::of(&[]), None);
    }

    #[test]
    fn strengths_are_those_worked_out_by_hand() {
        // Three to one is a strength of three, √3 and 1/√3 around the mean.
        let two = strengths(2, &votes(0, 1, 3, 1, 0), 0.0);
        assert!(close(two[0] / two[1], 3.0, 1e-8) && close(two[0] * two[1], 1.0, 1e-8), "{two:?}");
        // 2:1, 2:1 and 4:1 fit strengths of 4, 2 and 1 without any rest.
        let rows = [votes(0, 1, 2, 1, 0), votes(1, 2, 2, 1, 0), votes(0, 2, 4, 1, 0)].concat();
        let three = strengths(3, &rows, 0.0);
        assert!(close(three[0] / three[2], 4.0, 1e-6) && close(three[1] / three[2], 2.0, 1e-6), "{three:?}");
        // Two ties are one vote for each side.
        let (tied, split) = (strengths(2, &votes(0, 1, 2, 0, 2), 0.0), strengths(2, &votes(0, 1, 3, 1, 0), 0.0));
        assert!(close(tied[0], split[0], 1e-8));
        // Four to nothing and the one tie to begin with are 4.5 to 0.5: nine to one.
        let all = strengths(2, &votes(0, 1, 4, 0, 0), PRIOR_TIES);
        assert!(close(all[0], 3.0, 1e-6) && close(all[1], 1.0 / 3.0, 1e-6), "{all:?}");
    }

    #[test]
    fn the_interval_of_two_is_that_of_their_odds() {
        // 3:1 and one tie: odds of 7 to 3, information 5 · 0.7 · 0.3 on their logarithm, half of it for each strength:
        // √(7/3) · e^(± 1.95996 · √(1 ÷ 1.05) ÷ 2).
        let told = ranking(2, &votes(0, 1, 3, 1, 0))[0][0];
        assert!(close(told.strength, 1.527_525, 1e-6), "{told:?}");
        assert!(close(told.interval.low, 0.587_009, 1e-5) && close(told.interval.high, 3.974_955, 1e-5), "{told:?}");
        // Whoever has won all is not certain to be stronger for that.
        let all = ranking(2, &votes(0, 1, 4, 0, 0))[0][0];
        assert!(all.interval.low < 1.0 && all.interval.high > 10.0, "{all:?}");
    }

    #[test]
    fn groups_that_never_met_are_not_compared() {
        let rows = [votes(0, 1, 3, 2, 0), votes(2, 3, 1, 4, 0), votes(3, 4, 2, 2, 1)].concat();
        assert_eq!(groups(6, &rows), [vec![0, 1], vec![2, 3, 4]]);
        let ranked = ranking(6, &rows);
        let places: Vec<Vec<usize>> =
            ranked.iter().map(|group| group.iter().map(|one| one.contestant).collect()).collect();
        assert_eq!((places[0].as_slice(), places[1].first()), (&[0, 1][..], Some(&3)));
        assert_eq!(ranked[1][0].votes, 10);
    }

    #[test]
    fn a_simulated_truth_is_found_and_lies_in_the_intervals() {
        const TRUTH: [f64; 4] = [3.0, 1.5, 1.0, 0.4];
        let mean = (TRUTH.iter().map(|strength| strength.ln()).sum::<f64>() / 4.0).exp();
        let mut rng = fastrand::Rng::with_seed(11);
        let (mut held, mut all) = (0, 0);
        for _ in 0..100 {
            let rows: Vec<PairVote> = (0..240)
                .map(|_| {
                    let one = rng.usize(..4);
                    let other = (one + rng.usize(1..4)) % 4;
                    let wins = rng.f64() < TRUTH[one] / (TRUTH[one] + TRUTH[other]);
                    PairVote { one, other, preferred: if wins { Preference::One } else { Preference::Other } }
                })
                .collect();
            for found in &ranking(4, &rows)[0] {
                all += 1;
                held += usize::from(found.interval.holds(TRUTH[found.contestant] / mean));
            }
        }
        // 95 % are meant; three standard errors of 400 intervals are 3.3 %.
        assert!(held * 1_000 >= all * 917, "{held} of {all}");
        assert!(held < all, "intervals that hold everything say nothing");
    }
}

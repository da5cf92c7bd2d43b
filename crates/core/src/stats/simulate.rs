//! Benchmarks that never ran, of two contestants whose true difference is known: what the verdict is calibrated on.
//! The model of noise is stated here and nowhere else; `benches/calibration.rs` and the tests draw from it.

use super::compare::{COMPUTED_LEVEL, Comparison, ComparisonCall};
use super::days::{DayFactors, FEWEST_DAYS, over_days};

/// How a single run scatters around its contestant's true figure, on the logarithm of the figure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RunNoise {
    /// Normal, standard deviation 6 %.
    Calm,
    /// Student's t with 3 degrees of freedom, scale 5 %: heavy tails on both sides.
    Heavy,
    /// Normal with 5 %, and one run in 20 is slower by an exponential factor of mean e^0.3: queues, throttles, retries.
    Spikes,
    /// An exponential delay of mean 10 % on top of a fixed minimum: skewed, as latencies are.
    Skewed,
}

/// Share of runs that are held up under [`RunNoise::Spikes`].
const SPIKES: f64 = 0.05;
/// Both contestants drift by this much, on the logarithm, from the first run to the last.
const DRIFT: f64 = 0.2;
/// What of the network's wander stays from one run to the next, and the standard deviation of what is new in each.
const WANDER: (f64, f64) = (0.8, 0.04);

/// Standard deviations, on the logarithm, between the machines of a server that uses them in turn, and between the runs of
/// one of them.
const MACHINES: (f64, f64) = (0.1, 0.03);

impl RunNoise {
    /// All kinds of noise, in the order of their declaration.
    pub const ALL: [Self; 4] = [Self::Calm, Self::Heavy, Self::Spikes, Self::Skewed];

    /// What one run is off by, on the logarithm of its figure.
    pub fn draw(self, rng: &mut fastrand::Rng) -> f64 {
        match self {
            Self::Calm => 0.06 * normal(rng),
            // A normal value over the root of a mean of three squares.
            Self::Heavy => {
                let squares: f64 = (0..3).map(|_| normal(rng).powi(2)).sum();
                0.05 * normal(rng) / (squares / 3.0).sqrt()
            }
            Self::Spikes => {
                let held_up = rng.f64() < SPIKES;
                0.05 * normal(rng) + if held_up { 0.3 * exponential(rng) } else { 0.0 }
            }
            Self::Skewed => (0.1 * exponential(rng)).ln_1p(),
        }
    }
}

/// A standard normal value (Box and Muller, Ann. Math. Stat. 29, 1958).
pub fn normal(rng: &mut fastrand::Rng) -> f64 {
    (2.0 * exponential(rng)).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

fn exponential(rng: &mut fastrand::Rng) -> f64 {
    -open(rng).ln()
}

/// Between 0 and 1, both excluded.
fn open(rng: &mut fastrand::Rng) -> f64 {
    rng.f64().max(f64::MIN_POSITIVE)
}

/// Many comparisons of two contestants with the same noise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct SimulatedStudy {
    /// How single runs scatter around the true figure.
    pub noise: RunNoise,
    /// Runs of each contestant in one benchmark.
    pub pairs: usize,
    /// The true factor between the first one's figures and the second one's.
    pub lead: f64,
    /// How many benchmarks are simulated.
    pub comparisons: u32,
    /// Seed of all that is drawn: noise and orders.
    pub seed: u64,
    /// Whether the bootstrap is judged too, which takes most of the time.
    pub bootstrap: bool,
}

/// What came of a study, as shares of its comparisons.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct StudyShares {
    /// Claims where there is no difference; zero where there is one.
    pub false_claims: f64,
    /// Intervals that hold the true factor.
    pub coverage: f64,
    /// `BCa` bootstrap intervals that hold it; zero when they are not judged.
    pub bootstrap_coverage: f64,
    /// Claims of the true direction.
    pub power: f64,
    /// Claims of the opposite direction.
    pub wrong_way: f64,
}

impl SimulatedStudy {
    /// Simulates all benchmarks; gives what came of them, as shares.
    #[must_use]
    pub fn run(&self) -> StudyShares {
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let mut hits = [0_u32; 5];
        for seed in 0..u64::from(self.comparisons) {
            let pairs = self.pairs(&mut rng);
            let told = if self.bootstrap { Comparison::of(&pairs, seed) } else { Comparison::judge(&pairs) };
            let Some(told) = told else { continue };
            let claim = told.is_claim();
            let right = told.call == if self.lead > 1.0 { ComparisonCall::Larger } else { ComparisonCall::Smaller };
            let holds = [told.interval, told.bootstrap].map(|interval| interval.is_some_and(|it| it.holds(self.lead)));
            let real = self.lead.to_bits() != 1.0_f64.to_bits();
            let counted = [claim && !real, holds[0], holds[1], right && real, claim && real && !right];
            hits.iter_mut().zip(counted).for_each(|(hits, hit)| *hits += u32::from(hit));
        }
        let [false_claims, coverage, bootstrap_coverage, power, wrong_way] =
            hits.map(|hits| f64::from(hits) / f64::from(self.comparisons.max(1)));
        StudyShares { false_claims, coverage, bootstrap_coverage, power, wrong_way }
    }

    /// One benchmark: blocks of two rounds, AB BA or BA AB as drawn, with drift and wander over the order of its runs.
    #[expect(clippy::cast_precision_loss, reason = "a benchmark has few runs")]
    fn pairs(&self, rng: &mut fastrand::Rng) -> Vec<(f64, f64)> {
        let runs = 2 * self.pairs;
        let mut wander = 0.0;
        let mut orders = rng.fork();
        let mut a_first = false;
        let mut figures = (0..runs).map(|run| {
            wander = WANDER.0 * wander + WANDER.1 * normal(rng);
            (self.noise.draw(rng) + wander + DRIFT * run as f64 / runs as f64).exp()
        });
        let rounds = (0..self.pairs).map_while(|round| {
            let (first, second) = (figures.next()?, figures.next()?);
            let there = round % 2 == 0;
            a_first = if there { orders.bool() } else { !a_first };
            let (a, b) = if a_first { (first, second) } else { (second, first) };
            Some((a * self.lead, b))
        });
        rounds.collect()
    }
}

/// A server that uses several machines in turn, each at a speed of its own, and two contestants that are both this server.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RoundRobin {
    /// How many machines take turns.
    pub machines: usize,
    /// Runs of each contestant in one benchmark.
    pub pairs: usize,
    /// Whether the order has a fixed period (ABBA) instead of being drawn for each block.
    pub fixed: bool,
    /// How many benchmarks are simulated.
    pub comparisons: u32,
    /// Draws the speeds, the noise and the orders.
    pub seed: u64,
}

impl RoundRobin {
    /// The share of benchmarks that tell the two apart.
    #[must_use]
    pub fn false_claims(&self) -> f64 {
        let mut rng = fastrand::Rng::with_seed(self.seed);
        let claims = (0..self.comparisons).filter(|_| self.tells_apart(&mut rng)).count();
        f64::from(u32::try_from(claims).unwrap_or(u32::MAX)) / f64::from(self.comparisons.max(1))
    }

    fn tells_apart(&self, rng: &mut fastrand::Rng) -> bool {
        let machines: Vec<f64> = (0..self.machines).map(|_| MACHINES.0 * normal(rng)).collect();
        let mut orders = rng.fork();
        let mut figures = machines.iter().cycle().map(|speed| (speed + MACHINES.1 * normal(rng)).exp());
        let mut a_first = true;
        let pairs = (0..self.pairs).map_while(|round| {
            let (first, second) = (figures.next()?, figures.next()?);
            let there = round % 2 == 0;
            a_first = if there { self.fixed || orders.bool() } else { !a_first };
            Some(if a_first { (first, second) } else { (second, first) })
        });
        Comparison::judge(&pairs.collect::<Vec<_>>()).is_some_and(|told| told.is_claim())
    }
}

/// Many comparisons of two contestants over several days, each of which has its own effect on each of the two.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DayStudy {
    /// The benchmark of each day, and how many comparisons.
    pub each: SimulatedStudy,
    /// On how many days it is made.
    pub days: usize,
    /// The standard deviation of what a day does to one contestant, on the logarithm: the same in all runs of the day.
    pub effect: f64,
}

/// What came of it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DayStudyShares {
    /// Claims in one direction or the other, by the rule that a day is one sample and three are needed.
    pub claims: f64,
    /// Claims, if all runs were taken as independent of their days.
    pub claims_by_runs: f64,
    /// Intervals over days that hold the true factor; nothing for one day, which has none.
    pub coverage: Option<f64>,
}

impl DayStudy {
    /// Simulates all comparisons; gives what came of them, as shares.
    #[must_use]
    pub fn run(&self) -> DayStudyShares {
        let mut rng = fastrand::Rng::with_seed(self.each.seed);
        let (mut claims, mut by_runs, mut holds) = (0_u32, 0_u32, 0_u32);
        for _ in 0..self.each.comparisons {
            let days: Vec<Vec<(f64, f64)>> = (0..self.days).map(|_| self.day(&mut rng)).collect();
            let value = |pairs: &Vec<(f64, f64)>| Comparison::judge(pairs).map(|told| told.ratio.ln());
            let series: DayFactors =
                days.iter().enumerate().filter_map(|(day, pairs)| Some((day.to_string(), value(pairs)?))).collect();
            let over = over_days(&[(&series, 1.0)], COMPUTED_LEVEL);
            let claim = over.filter(|over| self.days >= FEWEST_DAYS && !over.interval.holds(1.0));
            claims += u32::from(claim.is_some());
            holds += u32::from(over.is_some_and(|over| over.interval.holds(self.each.lead)));
            by_runs += u32::from(Comparison::judge(&days.concat()).is_some_and(|told| told.is_claim()));
        }
        let share = |hits: u32| f64::from(hits) / f64::from(self.each.comparisons.max(1));
        let coverage = (self.days > 1).then(|| share(holds));
        DayStudyShares { claims: share(claims), claims_by_runs: share(by_runs), coverage }
    }

    /// One day's benchmark: pairs of figures, with the day's own effect on each contestant.
    fn day(&self, rng: &mut fastrand::Rng) -> Vec<(f64, f64)> {
        let [a, b] = [(); 2].map(|()| (self.effect * normal(rng)).exp());
        self.each.pairs(rng).into_iter().map(|(first, second)| (first * a, second * b)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_order_does_not_meet_the_period_of_a_server() {
        let study = RoundRobin { machines: 4, pairs: 10, fixed: true, comparisons: 400, seed: 7 };
        let (fixed, drawn) = (study.false_claims(), RoundRobin { fixed: false, ..study }.false_claims());
        assert!(fixed > 0.3, "a fixed period gives each of them the same machines: {fixed}");
        assert!(drawn < 0.08, "{drawn}");
    }

    #[test]
    fn a_day_that_is_taken_as_certain_claims_what_is_not_so_and_a_day_as_one_sample_does_not() {
        for (effect, days) in [(0.05, 1), (0.10, 2), (0.05, 3), (0.10, 3), (0.10, 4)] {
            let each = SimulatedStudy {
                noise: RunNoise::Calm,
                pairs: 6,
                lead: 1.0,
                comparisons: 400,
                seed: 3,
                bootstrap: false,
            };
            let told = DayStudy { each, days, effect }.run();
            // 4.5 % are meant; 7.6 % are three standard errors more.
            assert!(told.claims <= if days < 3 { 0.0 } else { 0.076 }, "{effect} {days}: {told:?}");
            assert!(told.claims_by_runs > 0.1, "{effect} {days}: {told:?}");
            assert!(told.coverage.is_none_or(|share| share > 0.924), "{effect} {days}: {told:?}");
        }
        let each =
            SimulatedStudy { noise: RunNoise::Calm, pairs: 6, lead: 2.0, comparisons: 100, seed: 3, bootstrap: false };
        assert!(DayStudy { each, days: 4, effect: 0.05 }.run().claims > 0.95, "twice as fast is found");
    }

    #[test]
    fn a_benchmark_has_its_pairs_and_its_lead() {
        let study = SimulatedStudy {
            noise: RunNoise::Calm,
            pairs: 2_000,
            lead: 1.5,
            comparisons: 1,
            seed: 1,
            bootstrap: false,
        };
        let pairs = study.pairs(&mut fastrand::Rng::with_seed(1));
        assert_eq!(pairs.len(), 2_000);
        let told = Comparison::of(&pairs, 1).unwrap();
        assert!((told.ratio - 1.5).abs() < 0.02, "{told}");
        assert_eq!(study.run(), study.run());
    }
}

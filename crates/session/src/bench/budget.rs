//! What a benchmark may take: dollars and time, over all of its phases together.
//! Both are looked at between runs; a run that has begun is finished.

use std::time::Instant;

use crate::bench::BenchmarkEnd;
use crate::bench::estimate::CostEstimate;
use speed_kings_core::race::lane::Lane;
use speed_kings_core::race::setup::Contestant;
use speed_kings_core::race::timing::{LaneTiming, cost_usd};

/// What is left to spend.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct SpendingBudget {
    /// USD that may be spent; nothing for no limit.
    pub max_usd: Option<f64>,
    /// When no further run begins; nothing for no limit.
    pub until: Option<Instant>,
    /// USD spent so far, warm-ups included, as far as prices are known.
    pub spent_usd: f64,
}

impl SpendingBudget {
    /// Adds what a request came to, and says how much that is: measured where the server counted, else estimated from
    /// the text that came. A simulated request costs nothing, and neither does one of a machine at home. Nothing without
    /// a price.
    pub fn spend(&mut self, lane: &Lane, contestant: &Contestant, prompt: &str) -> Option<f64> {
        let usd = billed_usd(lane, contestant, prompt);
        self.spent_usd += usd.unwrap_or(0.0);
        usd
    }

    /// Why no further run may begin at `now`, if that is so.
    #[must_use]
    pub fn over(&self, now: Instant) -> Option<BenchmarkEnd> {
        if self.max_usd.is_some_and(|most| self.spent_usd > most) {
            return Some(BenchmarkEnd::OutOfMoney);
        }
        self.until.is_some_and(|until| now >= until).then_some(BenchmarkEnd::OutOfTime)
    }
}

/// What a request came to in USD, as far as it is known. One that the server refused is not billed.
#[must_use]
pub fn billed_usd(lane: &Lane, contestant: &Contestant, prompt: &str) -> Option<f64> {
    let refused =
        lane.state.failure().is_some_and(|failure| failure.status.is_some()) && lane.marks.first_text.is_none();
    if contestant.simulated || lane.marks.sent.is_none() || refused {
        return Some(0.0);
    }
    let estimated = || {
        let output = LaneTiming::of(lane).tokens.map_or(0.0, |tokens| tokens.count);
        CostEstimate::for_contestant(prompt, whole(output), 1, contestant).cost_usd
    };
    cost_usd(lane, contestant).or_else(estimated)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "token counts are small and never negative"
)]
fn whole(tokens: f64) -> u32 {
    tokens.ceil() as u32
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::bench::only_lane;
    use crate::fixture::run_of;
    use speed_kings_core::fixture::contestant;
    use speed_kings_core::race::setup::RaceSetup;

    #[test]
    fn spending_is_measured_and_over_the_limit_it_ends() {
        let setup = RaceSetup { contestants: vec![contestant("A")], ..RaceSetup::default() };
        let race = run_of(&setup, 0, &[10, 20]);
        let (lane, a) = (only_lane(&race).unwrap(), &setup.contestants[0]);
        let mut budget = SpendingBudget { max_usd: Some(0.0002), ..SpendingBudget::default() };
        let now = Instant::now();
        // 100 tokens in at 1 USD and 10 out at 2 USD a million.
        assert!((budget.spend(lane, a, "").unwrap() - 0.000_12).abs() < 1e-12);
        assert!(budget.over(now).is_none());
        budget.spend(lane, a, "");
        assert!(matches!(budget.over(now), Some(BenchmarkEnd::OutOfMoney)));
        let played = Contestant { simulated: true, ..a.clone() };
        assert_eq!(SpendingBudget::default().spend(lane, &played, ""), Some(0.0));
        let unpriced = Contestant { price: None, ..a.clone() };
        assert_eq!(SpendingBudget::default().spend(lane, &unpriced, ""), None, "unknown is not free");
        let home = Contestant { local: true, ..unpriced };
        assert_eq!(SpendingBudget::default().spend(lane, &home, ""), Some(0.0));
    }

    #[test]
    fn no_run_begins_after_the_end() {
        let now = Instant::now();
        let budget = SpendingBudget { until: Some(now + Duration::from_secs(1)), ..SpendingBudget::default() };
        assert!(budget.over(now).is_none());
        assert!(matches!(budget.over(now + Duration::from_secs(1)), Some(BenchmarkEnd::OutOfTime)));
        assert!(SpendingBudget::default().over(now).is_none());
    }
}

//! What a benchmark will take, before it is run: tokens and dollars at dated prices.
//! Both are expectations; what a run really cost is measured.

use speed_kings_catalog::{CatalogPrompt, Price};
use speed_kings_core::race::lane::BYTES_PER_TOKEN;
use speed_kings_core::race::setup::Contestant;

/// What the nonce ahead of a prompt adds to it, in bytes.
const NONCE_BYTES: usize = "[c0ffee] ".len();

/// What so many runs of one contestant are expected to take.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct CostEstimate {
    /// Prompt tokens of all runs together.
    pub input: u64,
    /// Output tokens of all runs together.
    pub output: u64,
    /// USD; nothing without a price.
    pub cost_usd: Option<f64>,
}

impl CostEstimate {
    /// `runs` runs of a prompt of this text, answered with about `output` tokens each.
    #[must_use]
    pub fn of(prompt: &str, output: u32, runs: u32, price: Option<&Price>) -> Self {
        Self::sized(prompt.len(), output, runs, price)
    }

    /// The same of prompts of about so many bytes each.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "lengths of prompts are far below 2^52"
    )]
    pub fn sized(bytes: usize, output: u32, runs: u32, price: Option<&Price>) -> Self {
        let each = ((bytes + NONCE_BYTES) as f64 / BYTES_PER_TOKEN).ceil() as u64;
        let (input, output) = (each * u64::from(runs), u64::from(output) * u64::from(runs));
        Self { input, output, cost_usd: price.map(|price| price.cost(input, 0, output)) }
    }

    /// The same for `contestant`: what is local and has no price costs nothing.
    #[must_use]
    pub fn for_contestant(prompt: &str, output: u32, runs: u32, contestant: &Contestant) -> Self {
        Self::of(prompt, output, runs, contestant.price.as_ref()).asked_of(contestant)
    }

    /// The same, which costs nothing where `contestant` is local and has no price.
    #[must_use]
    pub fn asked_of(self, contestant: &Contestant) -> Self {
        Self { cost_usd: self.cost_usd.or(contestant.local.then_some(0.0)), ..self }
    }

    /// One run of a prompt of the catalogue.
    #[must_use]
    pub fn once(prompt: &CatalogPrompt, price: Option<&Price>) -> Self {
        Self::of(&prompt.text, prompt.expected_tokens, 1, price)
    }
}

/// The sum of costs; nothing as soon as one of them is not known.
#[must_use]
pub fn sum_usd(costs: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    costs.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_multiply_tokens_and_cost() {
        let price = Price { input: 1.0, output: 2.0, cached: None, as_of: "2026".into(), source: "test".into() };
        let estimate = CostEstimate::of(&"x".repeat(391), 50, 6, Some(&price));
        assert_eq!((estimate.input, estimate.output), (600, 300));
        assert!((estimate.cost_usd.unwrap() - 0.0012).abs() < 1e-12);
        assert_eq!(CostEstimate::of("x", 50, 6, None).cost_usd, None);
    }

    #[test]
    fn an_unknown_cost_makes_the_sum_unknown() {
        assert_eq!(sum_usd([Some(0.25), Some(0.5)]), Some(0.75));
        assert_eq!(sum_usd([Some(0.25), None]), None);
    }
}

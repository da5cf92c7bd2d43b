//! What would change the answer, and what to measure next.

use super::command::MeasureCommand;
use super::fit::{DecisionAsk, ERROR, OfferDecision, OfferFit};
use crate::findings::money::TokenMix;
use crate::load::HELD_SHARE;
use speed_kings_core::stats::bounds::share_bounds;
use speed_kings_core::stats::quantile;

/// No more requests than this are asked for.
const MOST: usize = 10_000;

/// Something that would make another offer the first.
#[derive(Clone, PartialEq, Debug)]
pub enum DecisionChange {
    /// With so many times these tokens the first costs more than the budget.
    Growth(f64),
    /// The first costs more than the next from so many times its own price on.
    Price {
        /// Who is the cheapest after it.
        next: String,
        /// How many times its own price that is.
        factor: f64,
    },
    /// With more output than this share of all tokens, or with less, another one is cheaper.
    Mix {
        /// Who is cheaper then.
        next: String,
        /// The share of output tokens at which both cost the same, from 0 to 1.
        output_share: f64,
        /// It is with more output tokens; otherwise with fewer.
        more: bool,
    },
    /// One that costs less would keep to a TTFT of so many ms, which the objective doesn't allow.
    Objective {
        /// Who that is, as people call it.
        name: String,
        /// The 95th percentile of its TTFT, ms.
        ttft_ms: f64,
    },
}

/// A measurement that would tell more.
#[derive(Clone, PartialEq, Debug)]
pub struct NextMeasurement {
    /// Whose requests those are.
    pub name: String,
    /// The provider's id, or a name that it has for itself alone.
    pub provider: String,
    /// The command that makes it; nothing where results don't say how that was asked.
    pub command: Option<String>,
    /// The path in the command's address is a guess, for results don't keep it.
    pub is_guessed: bool,
    /// It is a watch that tells more; otherwise a benchmark.
    pub watch: bool,
    /// Requests that it takes, if all of them keep to the objective, or are answered.
    pub requests: usize,
    /// What those cost in USD, at its price and with the tokens of its runs; nothing where that is not known.
    pub usd: Option<f64>,
}

/// What would change the answer.
#[must_use]
pub fn changes(decisions: &[OfferDecision], ask: &DecisionAsk) -> Vec<DecisionChange> {
    let fits = |one: &&OfferDecision| one.fit <= OfferFit::Likely;
    let mut fitting = decisions.iter().filter(fits);
    let Some(first) = fitting.next() else { return Vec::new() };
    let next = fitting.find(|one| one.usd.is_some());
    let mut changes = Vec::new();
    if let (Some(budget), Some(usd)) = (ask.budget, first.usd.filter(|usd| *usd > 0.0)) {
        changes.push(DecisionChange::Growth(budget / usd));
    }
    if let (Some(next), Some(usd)) = (next, first.usd.filter(|usd| *usd > 0.0)) {
        let factor = next.usd.unwrap_or(usd) / usd;
        changes.push(DecisionChange::Price { next: next.offer.provider.clone(), factor });
        changes.extend(mix(first, next, ask));
    }
    let cheaper = |one: &&OfferDecision| {
        one.fit == OfferFit::Misses && one.usd.zip(first.usd).is_some_and(|(usd, first)| usd < first)
    };
    changes.extend(decisions.iter().filter(cheaper).filter_map(|one| {
        let ttft_ms = quantile(&one.ttfts, HELD_SHARE)?;
        Some(DecisionChange::Objective { name: one.offer.provider.clone(), ttft_ms })
    }));
    changes
}

/// The share of output tokens at which two offers cost the same, where there is one.
fn mix(first: &OfferDecision, next: &OfferDecision, ask: &DecisionAsk) -> Option<DecisionChange> {
    let cost = |one: &OfferDecision, output: f64| {
        let input = 1.0 - output;
        let mix = TokenMix { input, cached: input * ask.cached_share, output };
        one.offer.price.as_ref().map(|price| ask.cost(mix, price, one.offer.batch.as_ref()))
    };
    let difference = |output: f64| Some(cost(first, output)? - cost(next, output)?);
    // Both are straight lines, so that their difference is one.
    let (none, all) = (difference(0.0)?, difference(1.0)?);
    let share = none / (none - all);
    let now = ask.tokens_out / (ask.tokens_in + ask.tokens_out).max(f64::MIN_POSITIVE);
    let change = DecisionChange::Mix { next: next.offer.provider.clone(), output_share: share, more: share > now };
    (none.signum().to_bits() != all.signum().to_bits() && (0.0..=1.0).contains(&share)).then_some(change)
}

/// The measurement to buy next: of the cheapest offer that may fit and doesn't show it yet.
#[must_use]
pub fn next(decisions: &[OfferDecision], ask: &DecisionAsk) -> Option<NextMeasurement> {
    let open = decisions.iter().find(|one| one.fit == OfferFit::Likely)?;
    // The objective first: a benchmark shows at once what a watch needs days for.
    let wanted = ask.availability.filter(|_| ask.slo.is_none() || open.keeps() == OfferFit::Shown);
    let requests = requests(wanted.unwrap_or(HELD_SHARE));
    let usd = open.offer.mix.zip(open.offer.price.as_ref()).map(|(mix, price)| mix.cost(price));
    #[expect(clippy::cast_precision_loss, reason = "at most a few thousand")]
    let all = usd.map(|usd| usd * requests as f64);
    Some(NextMeasurement {
        name: open.offer.provider.clone(),
        provider: open.offer.id.0.clone(),
        is_guessed: open.command.as_ref().is_some_and(MeasureCommand::is_guessed),
        command: open.command.as_ref().and_then(|command| match wanted {
            Some(_) => Some(command.watch(requests)),
            None => command.benchmark(requests),
        }),
        watch: wanted.is_some(),
        requests,
        usd: if open.offer.usd_per_million == Some(0.0) { Some(0.0) } else { all },
    })
}

/// How many requests it takes to show that this share of all does what is wanted, if all of them do.
fn requests(share: f64) -> usize {
    (1..MOST).find(|all| share_bounds(*all, *all, ERROR).low >= share).unwrap_or(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seventy_two_requests_show_that_95_of_100_do() {
        // 0.95^72 is the first power that is under 2.5 %.
        assert_eq!(requests(HELD_SHARE), 72);
        assert_eq!(requests(0.99), 368);
    }
}

//! What speed costs: every provider's medians on each model beside its price and what it claims.
//! An offer is worth a look when nobody with the same model is both faster and cheaper.

use super::evidence::Evidence;
use crate::catalog::{Catalog, Claim};
use crate::race::verdict::Metric;
use crate::stats::quantile;

/// One provider on one model.
#[derive(Clone, PartialEq, Debug)]
pub struct Offer {
    /// What people call the provider.
    pub provider: String,
    /// The model, as people call it where the catalogue knows it.
    pub model: String,
    /// Good runs.
    pub runs: usize,
    /// Median output speed in tokens per second.
    pub tok_s: Option<f64>,
    /// Median TTFT in ms.
    pub ttft_ms: Option<f64>,
    /// Median USD per million tokens, prompt and output together as they were used; zero where it runs at home.
    pub usd_per_million: Option<f64>,
    /// Nobody is both faster and cheaper on this model.
    pub undominated: bool,
    /// The claims of the catalogue.
    pub claims: Vec<Claim>,
    /// The evidence that it comes from, by number.
    pub evidence: Vec<usize>,
}

/// All offers that were measured, in the order of the evidence.
#[must_use]
pub fn offers(catalog: &Catalog, evidence: &[Evidence]) -> Vec<Offer> {
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for lane in evidence.iter().flat_map(|evidence| &evidence.lanes) {
        if !keys.contains(&(&lane.provider, &lane.model)) {
            keys.push((&lane.provider, &lane.model));
        }
    }
    let offers: Vec<Offer> = keys.into_iter().filter_map(|key| offer(catalog, evidence, key)).collect();
    offers.iter().map(|offer| Offer { undominated: is_undominated(offer, &offers), ..offer.clone() }).collect()
}

fn offer(catalog: &Catalog, evidence: &[Evidence], (provider, model): (&str, &str)) -> Option<Offer> {
    let lanes: Vec<_> = evidence
        .iter()
        .enumerate()
        .flat_map(|(number, file)| file.lanes.iter().map(move |lane| (number, lane)))
        .filter(|(_, lane)| lane.provider == provider && lane.model == model)
        .collect();
    let rounds: Vec<_> = lanes.iter().flat_map(|(_, lane)| &lane.rounds).collect();
    if rounds.is_empty() {
        return None;
    }
    let known = catalog.provider(provider).ok();
    let figure = |metric: Metric| median(rounds.iter().filter_map(|round| round.figure(metric)));
    let paid = median(rounds.iter().filter_map(|round| {
        let usd = round.figure(Metric::Cost)?;
        round.tokens.filter(|tokens| *tokens > 0.0).map(|tokens| usd * 1e6 / tokens)
    }));
    Some(Offer {
        provider: known.map_or_else(|| provider.to_owned(), |known| known.name.clone()),
        model: catalog.model(model).map_or_else(|_| model.to_owned(), |model| model.name.clone()),
        runs: rounds.len(),
        tok_s: figure(Metric::OutputSpeed),
        ttft_ms: figure(Metric::Ttft),
        usd_per_million: paid.or_else(|| known.filter(|known| known.local).map(|_| 0.0)),
        undominated: false,
        claims: known.and_then(|known| known.offer(model)).map(|offer| offer.claims.clone()).unwrap_or_default(),
        evidence: lanes.iter().map(|(number, _)| *number).collect(),
    })
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.5)
}

/// Pareto's order: as good in both, better in one, is better. An offer without a price or a speed is in nobody's way.
fn is_undominated(offer: &Offer, offers: &[Offer]) -> bool {
    let Some((speed, usd)) = offer.tok_s.zip(offer.usd_per_million) else { return false };
    let better = |other: &&Offer| {
        let both = other.tok_s.zip(other.usd_per_million);
        both.is_some_and(|(fast, cheap)| fast >= speed && cheap <= usd && (fast > speed || cheap < usd))
    };
    !offers.iter().filter(|other| other.model == offer.model).any(|other| better(&other))
}

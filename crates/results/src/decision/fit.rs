//! Each offer against what is asked of it.

use crate::findings::Findings;
use crate::findings::evidence::RoundFigures;
use crate::findings::money::TokenMix;
use crate::findings::price_performance::PricePerformance;
use crate::load::{HELD_SHARE, ServiceLevel};
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::bounds::share_bounds;
use speed_kings_core::stats::interval::ConfidenceInterval;
use speed_kings_session::load::LoadRequest;

/// In how many of all cases each end of an interval is wrong at most.
pub(super) const ERROR: f64 = 0.025;

/// What is asked of an offer.
#[derive(Clone, PartialEq, Debug)]
pub struct DecisionAsk {
    /// Prompt tokens a month.
    pub tokens_in: f64,
    /// Output tokens a month.
    pub tokens_out: f64,
    /// The share of prompt tokens that come out of a cache, from 0 to 1.
    pub cached_share: f64,
    /// What 95 of 100 requests have to keep to.
    pub slo: Option<ServiceLevel>,
    /// USD a month at most.
    pub budget: Option<f64>,
    /// Only models whose name holds this, whatever its case; empty for all.
    pub model: String,
}

impl DecisionAsk {
    /// The tokens of a month.
    #[must_use]
    pub fn mix(&self) -> TokenMix {
        TokenMix { input: self.tokens_in, cached: self.tokens_in * self.cached_share, output: self.tokens_out }
    }
}

/// Whether an offer does what is asked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OfferFit {
    /// It keeps to everything, and its requests show that.
    Shown,
    /// It keeps to everything as far as it was measured, with too few requests to show it.
    Likely,
    /// It can't be told: a price or a figure is missing.
    Unknown,
    /// It costs more than the budget.
    TooDear,
    /// Too many of its requests miss the objective.
    Misses,
}

/// One offer and what it comes to.
#[derive(Clone, PartialEq, Debug)]
pub struct OfferDecision {
    /// What it is, as the findings have it.
    pub offer: PricePerformance,
    /// Whether any of its evidence was simulated.
    pub simulated: bool,
    /// USD a month; nothing where the price is not known.
    pub usd: Option<f64>,
    /// Requests that keep to the objective, and all of which that is known.
    pub met: (usize, usize),
    /// Requests, and those of them that failed.
    pub requests: (usize, usize),
    /// Its TTFTs in ms, in order.
    pub ttfts: Vec<f64>,
    /// Whether it does what is asked.
    pub fit: OfferFit,
}

impl OfferDecision {
    /// The 95 % interval of the share of requests that keep to the objective.
    #[must_use]
    pub fn met_within(&self) -> ConfidenceInterval {
        share_bounds(self.met.0, self.met.1, ERROR)
    }

    /// The 95 % interval of the share of requests that were answered.
    #[must_use]
    pub fn answered_within(&self) -> ConfidenceInterval {
        share_bounds(self.requests.0 - self.requests.1, self.requests.0, ERROR)
    }
}

/// All offers of `findings` against `ask`: those that fit first, the cheapest of them first.
#[must_use]
pub fn decide(findings: &Findings, ask: &DecisionAsk) -> Vec<OfferDecision> {
    let wanted = ask.model.to_lowercase();
    let named = |offer: &&PricePerformance| {
        [&offer.model, &offer.id.1].iter().any(|name| name.to_lowercase().contains(&wanted))
    };
    let mut all: Vec<OfferDecision> =
        findings.offers.iter().filter(named).map(|offer| one(findings, offer, ask)).collect();
    all.sort_by(|a, b| {
        let usd = |one: &OfferDecision| one.usd.unwrap_or(f64::INFINITY);
        // What is shown and what is likely both fit: the cheaper comes first.
        let rank = |one: &OfferDecision| one.fit.max(OfferFit::Likely);
        rank(a).cmp(&rank(b)).then(usd(a).total_cmp(&usd(b)))
    });
    all
}

fn one(findings: &Findings, offer: &PricePerformance, ask: &DecisionAsk) -> OfferDecision {
    let files = offer.evidence.iter().filter_map(|number| findings.evidence.get(*number));
    let files: Vec<_> = files.filter(|file| file.asked == offer.asked).collect();
    let lanes = || {
        let of =
            |lane: &&crate::findings::evidence::LaneEvidence| lane.provider == offer.id.0 && lane.model == offer.id.1;
        files.iter().flat_map(move |file| file.lanes.iter().filter(of))
    };
    let rounds: Vec<&RoundFigures> = lanes().flat_map(|lane| &lane.rounds).collect();
    let failed: usize = lanes().map(|lane| lane.failed).sum();
    let met: Vec<Option<bool>> = match &ask.slo {
        None => Vec::new(),
        Some(slo) => {
            let failures = std::iter::repeat_n(LoadRequest::default(), failed);
            rounds.iter().map(|round| request(round)).chain(failures).map(|request| slo.met(&request)).collect()
        }
    };
    let known: Vec<bool> = met.iter().copied().flatten().collect();
    let met = (known.iter().filter(|met| **met).count(), known.len());
    let usd = match &offer.price {
        _ if offer.usd_per_million == Some(0.0) => Some(0.0),
        price => price.as_ref().map(|price| ask.mix().cost(price)),
    };
    let mut ttfts: Vec<f64> = rounds.iter().filter_map(|round| round.figure(Metric::Ttft)).collect();
    ttfts.sort_by(f64::total_cmp);
    let simulated = lanes().any(|lane| lane.simulated);
    let requests = (rounds.len() + failed, failed);
    let decision = OfferDecision { offer: offer.clone(), simulated, usd, met, requests, ttfts, fit: OfferFit::Unknown };
    OfferDecision { fit: fit(&decision, ask), ..decision }
}

fn fit(one: &OfferDecision, ask: &DecisionAsk) -> OfferFit {
    let dear = ask.budget.and_then(|budget| Some(one.usd? > budget));
    let within = one.met_within();
    #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 requests")]
    let share = (one.met.1 > 0).then(|| one.met.0 as f64 / one.met.1 as f64);
    let holds = ask.slo.as_ref().map(|_| share.map(|share| share >= HELD_SHARE));
    match (holds, dear) {
        (Some(Some(false)), _) => OfferFit::Misses,
        (_, Some(true)) => OfferFit::TooDear,
        (Some(None), _) => OfferFit::Unknown,
        (_, None) if ask.budget.is_some() => OfferFit::Unknown,
        (None, _) => OfferFit::Shown,
        (Some(Some(true)), _) if within.low >= HELD_SHARE => OfferFit::Shown,
        (Some(Some(true)), _) => OfferFit::Likely,
    }
}

fn request(round: &RoundFigures) -> LoadRequest {
    LoadRequest {
        ok: true,
        ttft_ms: round.figure(Metric::Ttft),
        total_ms: round.figure(Metric::Total),
        output_tok_s: round.figure(Metric::OutputSpeed),
        gaps_p95_ms: round.figure(Metric::GapsP95),
        ..LoadRequest::default()
    }
}

//! Each offer against what is asked of it.

use super::command::MeasureCommand;
use crate::findings::Findings;
use crate::findings::evidence::RoundFigures;
use crate::findings::money::TokenMix;
use crate::findings::price_performance::PricePerformance;
use crate::findings::watched::WatchedOffer;
use crate::load::{HELD_SHARE, ServiceLevel};
use speed_kings_catalog::{BatchDiscount, Catalog, Price};
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
    /// The share of the tokens whose requests may wait, so that they go in batches, from 0 to 1.
    pub batch_share: f64,
    /// What 95 of 100 requests have to keep to.
    pub slo: Option<ServiceLevel>,
    /// The share of requests that have to be answered, from 0 to 1.
    pub availability: Option<f64>,
    /// USD a month at most.
    pub budget: Option<f64>,
    /// Only models whose name holds this, whatever its case; empty for all.
    pub model: String,
}

impl DecisionAsk {
    /// What these tokens cost in USD at `price`, with what is taken off for the share of them that goes in batches. Where that is
    /// not known they cost as much as the others.
    #[must_use]
    pub fn cost(&self, mix: TokenMix, price: &Price, batch: Option<&BatchDiscount>) -> f64 {
        let whole = mix.cost(price);
        let Some(batch) = batch else { return whole };
        let kept = 1.0 - batch.off;
        let batched = Price {
            input: price.input * kept,
            output: price.output * kept,
            // The two discounts add up only where somebody says so; otherwise the lower price of both counts.
            cached: price
                .cached
                .map(|cached| if batch.cached { cached * kept } else { cached.min(price.input * kept) }),
            ..price.clone()
        };
        whole * (1.0 - self.batch_share) + mix.cost(&batched) * self.batch_share
    }

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
    /// Too many of its requests miss the objective, or too few are answered.
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
    /// How often watches found it up; nothing where none looked.
    pub watched: Option<WatchedOffer>,
    /// Its TTFTs in ms, in order.
    pub ttfts: Vec<f64>,
    /// How the same is measured again; nothing where its results don't say it.
    pub command: Option<MeasureCommand>,
    /// Whether it does what is asked.
    pub fit: OfferFit,
}

impl OfferDecision {
    /// The 95 % interval of the share of requests that keep to the objective.
    #[must_use]
    pub fn met_within(&self) -> ConfidenceInterval {
        share_bounds(self.met.0, self.met.1, ERROR)
    }

    /// Requests that were answered, and all of them: those of watches, or of benchmarks where no watch looked.
    #[must_use]
    pub fn available(&self) -> (usize, usize) {
        match &self.watched {
            Some(watched) => (watched.uptime.total().up, watched.uptime.total().all),
            None => (self.requests.0 - self.requests.1, self.requests.0),
        }
    }

    /// Whether it keeps to the objective, as far as that is known.
    pub(super) fn keeps(&self) -> OfferFit {
        reaches(self.met, HELD_SHARE)
    }

    /// Whether it is answered as often as `wanted`, as far as that is known.
    pub(super) fn is_up(&self, wanted: f64) -> OfferFit {
        reaches(self.available(), wanted)
    }

    /// The 95 % interval of the share of requests that were answered.
    #[must_use]
    pub fn answered_within(&self) -> ConfidenceInterval {
        share_bounds(self.requests.0 - self.requests.1, self.requests.0, ERROR)
    }
}

/// All offers of `findings` against `ask`: those that fit first, the cheapest of them first.
#[must_use]
pub fn decide(catalog: &Catalog, findings: &Findings, ask: &DecisionAsk) -> Vec<OfferDecision> {
    let wanted = ask.model.to_lowercase();
    let named = |offer: &&PricePerformance| {
        [&offer.model, &offer.id.1].iter().any(|name| name.to_lowercase().contains(&wanted))
    };
    let mut all: Vec<OfferDecision> =
        findings.offers.iter().filter(named).map(|offer| one(catalog, findings, offer, ask)).collect();
    all.sort_by(|a, b| {
        let usd = |one: &OfferDecision| one.usd.unwrap_or(f64::INFINITY);
        // What is shown and what is likely both fit: the cheaper comes first.
        let rank = |one: &OfferDecision| one.fit.max(OfferFit::Likely);
        rank(a).cmp(&rank(b)).then(usd(a).total_cmp(&usd(b)))
    });
    all
}

fn one(catalog: &Catalog, findings: &Findings, offer: &PricePerformance, ask: &DecisionAsk) -> OfferDecision {
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
        price => price.as_ref().map(|price| ask.cost(ask.mix(), price, offer.batch.as_ref())),
    };
    let mut ttfts: Vec<f64> = rounds.iter().filter_map(|round| round.figure(Metric::Ttft)).collect();
    ttfts.sort_by(f64::total_cmp);
    let simulated = lanes().any(|lane| lane.simulated);
    let requests = (rounds.len() + failed, failed);
    let watched = findings.watched_of(&offer.id, simulated).cloned();
    // Whoever is a simulator at an address of its own is asked there.
    let by_sim = lanes().any(|lane| lane.simulated && lane.endpoint.is_none());
    let command = lanes().find_map(|lane| lane.again.as_ref());
    let command = command.map(|flags| MeasureCommand::of(catalog, flags, &offer.asked, by_sim));
    let offer = offer.clone();
    let fit_yet = OfferFit::Unknown;
    let decision = OfferDecision { offer, simulated, usd, met, requests, watched, ttfts, command, fit: fit_yet };
    OfferDecision { fit: fit(&decision, ask), ..decision }
}

fn fit(one: &OfferDecision, ask: &DecisionAsk) -> OfferFit {
    let dear = ask.budget.and_then(|budget| Some(one.usd? > budget));
    let keeps = ask.slo.as_ref().map(|_| one.keeps());
    let up = ask.availability.map(|wanted| one.is_up(wanted));
    // The worse of both.
    let held = keeps.max(up);
    match (held, dear) {
        (Some(OfferFit::Misses), _) => OfferFit::Misses,
        (_, Some(true)) => OfferFit::TooDear,
        (Some(OfferFit::Unknown), _) => OfferFit::Unknown,
        (_, None) if ask.budget.is_some() => OfferFit::Unknown,
        (held, _) => held.unwrap_or(OfferFit::Shown),
    }
}

/// Whether so many of all reach the share that is wanted.
fn reaches((some, all): (usize, usize), wanted: f64) -> OfferFit {
    if all == 0 {
        return OfferFit::Unknown;
    }
    #[expect(clippy::cast_precision_loss, reason = "nobody makes 2^52 requests")]
    let share = some as f64 / all as f64;
    match share_bounds(some, all, ERROR).low >= wanted {
        true => OfferFit::Shown,
        false if share >= wanted => OfferFit::Likely,
        false => OfferFit::Misses,
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

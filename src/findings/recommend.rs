//! Which one should I use? An answer for somebody who wants speed, low cost, or the best of both, with its evidence.
//! It chooses among what was measured and nothing else.

use super::market::Offer;

/// What somebody wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Want {
    /// The fastest output.
    Speed,
    /// The lowest cost per token.
    Cost,
    /// The most speed for the money.
    Balanced,
}

/// A share of the cheapest price that what is free is taken to cost, so that free is much cheaper and not infinitely.
const FREE: f64 = 0.01;

/// The offer to use for `model`, among those that have what the choice needs.
#[must_use]
pub fn recommend<'a>(offers: &'a [Offer], model: &str, want: Want) -> Option<&'a Offer> {
    let candidates = || offers.iter().filter(|offer| offer.model == model);
    let best = |score: &dyn Fn(&Offer) -> Option<f64>| {
        let scored = candidates().filter_map(|offer| Some((offer, score(offer)?)));
        scored.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(offer, _)| offer)
    };
    match want {
        Want::Speed => best(&|offer| offer.tok_s),
        Want::Cost => best(&|offer| Some(-offer.usd_per_million?)),
        Want::Balanced => {
            let paid = candidates().filter_map(|offer| offer.usd_per_million).filter(|usd| *usd > 0.0);
            let least = paid.fold(f64::INFINITY, f64::min).min(1e6) * FREE;
            best(&|offer| {
                let (speed, usd) = offer.tok_s.zip(offer.usd_per_million).filter(|_| offer.undominated)?;
                Some(speed / usd.max(least))
            })
        }
    }
}

/// The models that were measured, each once.
#[must_use]
pub fn models(offers: &[Offer]) -> Vec<&str> {
    let mut models: Vec<&str> = Vec::new();
    for offer in offers {
        if !models.contains(&offer.model.as_str()) {
            models.push(&offer.model);
        }
    }
    models
}

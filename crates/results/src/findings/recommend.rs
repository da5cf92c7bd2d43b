//! Which one should I use? An answer for somebody who wants speed, low cost, or the best of both, with its evidence.
//! It chooses among what was measured and nothing else.

use super::matchup::ContestantMatchup;
use super::price_performance::{PricePerformance, faster, lead};
use speed_kings_core::format;
use speed_kings_core::stats::compare::MIN_PAIRS;

/// What somebody wants of an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RecommendationGoal {
    /// The fastest output, whatever it costs.
    Speed,
    /// The lowest cost per token.
    Cost,
    /// The most speed for the money.
    Balanced,
}

/// The offer to use for `model`, among those that have what the choice needs and runs enough for a claim. The fastest is
/// nobody who is shown to be slower than another. What is free is taken to cost as little as the cheapest that isn't, so
/// that between two such their speed decides.
#[must_use]
pub fn recommend<'a>(
    offers: &'a [PricePerformance],
    matchups: &[ContestantMatchup],
    model: &str,
    want: RecommendationGoal,
) -> Option<&'a PricePerformance> {
    let of_model = |offer: &&PricePerformance| offer.model == model && offer.runs >= MIN_PAIRS;
    let slower = |offer: &PricePerformance| {
        let faster =
            |other: &PricePerformance| lead(other, offer, matchups).is_ok_and(|lead| lead.is_shown && lead.ratio > 1.0);
        offers.iter().filter(of_model).any(faster)
    };
    let candidates = || offers.iter().filter(of_model);
    let best = |score: &dyn Fn(&PricePerformance) -> Option<f64>| {
        let scored = candidates().filter_map(|offer| Some((offer, score(offer)?)));
        scored.max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(offer, _)| offer)
    };
    match want {
        RecommendationGoal::Speed => {
            best(&|offer| offer.tok_s.filter(|_| !slower(offer))).or_else(|| best(&|offer| offer.tok_s))
        }
        // The same price is worth more at a higher speed.
        RecommendationGoal::Cost => {
            let key = |offer: &PricePerformance| Some((-offer.usd_per_million?, offer.tok_s.unwrap_or(0.0)));
            let scored = candidates().filter_map(|offer| Some((offer, key(offer)?)));
            let best = scored.max_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
            best.map(|(offer, _)| offer)
        }
        RecommendationGoal::Balanced => {
            let paid = candidates().filter_map(|offer| offer.usd_per_million).filter(|usd| *usd > 0.0);
            let least = paid.fold(f64::INFINITY, f64::min).min(1e6);
            best(&|offer| {
                let (speed, usd) =
                    offer.tok_s.zip(offer.usd_per_million).filter(|_| offer.undominated != Some(false))?;
                Some(speed / usd.max(least))
            })
        }
    }
}

/// Why [`recommend`] has nothing for `model`: what each of its offers lacks, in words.
#[must_use]
pub fn why_none(offers: &[PricePerformance], model: &str, want: RecommendationGoal) -> String {
    let of_model = offers.iter().filter(|offer| offer.model == model);
    let lacks: Vec<String> =
        of_model.map(|offer| format!("{} {}", offer.provider, lacking(offer, want).join(" and "))).collect();
    lacks.join("; ")
}

/// What an offer lacks for being chosen, each as what the provider "has" or "is".
fn lacking(offer: &PricePerformance, want: RecommendationGoal) -> Vec<String> {
    let mut lacks = Vec::new();
    if offer.runs < MIN_PAIRS {
        lacks.push(format!("has {} good runs of at least {MIN_PAIRS}", offer.runs));
    }
    let without_speed = want != RecommendationGoal::Cost && offer.tok_s.is_none();
    let without_price = want != RecommendationGoal::Speed && offer.usd_per_million.is_none();
    let unpriced = without_price && offer.price.is_none();
    if let Some(why) = offer.not_alike.as_ref().filter(|_| without_speed || (without_price && !unpriced)) {
        lacks.push(format!("has no figures by tokens that can be compared ({why})"));
    } else if without_speed {
        lacks.push("has no run whose output speed can be told".to_owned());
    }
    if without_price && (unpriced || offer.not_alike.is_none()) {
        lacks.push(
            match (&offer.price, offer.mix) {
                (None, _) => "has no known price (the catalogue had none when it ran)",
                (_, None) => "has no run whose tokens are counted (--tokens-in and --tokens-out give a mix to price)",
                _ => "used no tokens",
            }
            .to_owned(),
        );
    }
    if want == RecommendationGoal::Balanced && offer.undominated == Some(false) {
        lacks.push("is slower than another that costs no more".to_owned());
    }
    lacks
}

/// How the next best of the same model compares with `chosen`, and whether that is more than chance.
#[must_use]
pub fn against(
    offers: &[PricePerformance],
    matchups: &[ContestantMatchup],
    chosen: &PricePerformance,
    want: RecommendationGoal,
) -> String {
    let others: Vec<PricePerformance> = offers.iter().filter(|offer| offer.id != chosen.id).cloned().collect();
    // Whom somebody beats in both is no choice, but may still be the next best.
    let next = recommend(&others, matchups, &chosen.model, want);
    let Some(next) = next.or_else(|| recommend(&others, matchups, &chosen.model, RecommendationGoal::Speed)) else {
        return "nothing else of this model was measured with the figures that this choice needs".into();
    };
    let name = &next.provider;
    let speed = match lead(chosen, next, matchups) {
        Err(why) => format!("whether {name} is slower is not known: {why}"),
        Ok(lead) if !lead.is_shown => format!("too close to call with {name} in speed: {}", lead.words),
        Ok(lead) if lead.ratio > 1.0 => format!("faster than {name}: {}", lead.words),
        Ok(lead) => format!("slower than {name}: {}", lead.words),
    };
    let cost = match chosen.usd_per_million.zip(next.usd_per_million) {
        Some((ours, theirs)) if ours > 0.0 && format::is_level(theirs / ours) => format!("{name} costs the same"),
        Some((ours, theirs)) if ours > 0.0 => format!("{name} costs {} as much", format::ratio(theirs / ours)),
        Some((_, theirs)) if theirs > 0.0 => format!("{name} is not free"),
        Some(_) => format!("{name} is free, too"),
        None => format!("what {name} costs beside it is not known"),
    };
    let told = match want {
        RecommendationGoal::Speed => speed,
        RecommendationGoal::Cost => cost,
        RecommendationGoal::Balanced => format!("{speed}; {cost}"),
    };
    // Whoever beats the choice in speed is named, unless that was said just now.
    let faster = faster(chosen, offers, matchups);
    let others = faster.iter().filter(|(other, _)| want == RecommendationGoal::Cost || other.id != next.id);
    let others: Vec<String> = others.map(|(other, lead)| format!("{} by {}", other.provider, lead.words)).collect();
    if others.is_empty() { told } else { format!("{told}; faster than this choice: {}", others.join(", ")) }
}

/// The models that were measured, each once.
#[must_use]
pub fn models(offers: &[PricePerformance]) -> Vec<&str> {
    let mut models: Vec<&str> = Vec::new();
    for offer in offers {
        if !models.contains(&offer.model.as_str()) {
            models.push(&offer.model);
        }
    }
    models
}

//! What speed costs: every provider's medians on each model beside its price and what it claims.
//! An offer is worth a look when nobody with the same model is both faster and cheaper.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{EvidenceFile, LaneEvidence, QuestionKey, RoundFigures, name_of};
use super::matchup::{ContestantMatchup, on_days};
use super::money::TokenMix;
use speed_kings_catalog::{BatchDiscount, Catalog, Claim, Price};
use speed_kings_core::date;
use speed_kings_core::format;
use speed_kings_core::race::verdict::Metric;
use speed_kings_core::stats::compare::{COMPUTED_LEVEL, Comparison, ConfidenceInterval, MIN_PAIRS};
use speed_kings_core::stats::days::{DayFactors, FEWEST_DAYS, over_days};
use speed_kings_core::stats::{mean, median};

/// One provider on one model.
#[derive(Clone, PartialEq, Debug)]
pub struct PricePerformance {
    /// The provider's id and the model, as the matchups have them.
    pub id: (String, String),
    /// What people call the provider.
    pub provider: String,
    /// The model, as people call it where the catalogue knows it.
    pub model: String,
    /// The question that its runs were asked.
    pub asked: QuestionKey,
    /// The number of its good runs.
    pub runs: usize,
    /// Median output speed in tokens per second; of several days the mean of their medians, for a day is one sample.
    pub tok_s: Option<f64>,
    /// Median TTFT in ms.
    pub ttft_ms: Option<f64>,
    /// USD per million tokens of this mix at this price; zero where it runs at home.
    pub usd_per_million: Option<f64>,
    /// The newest dated price of all its evidence.
    pub price: Option<Price>,
    /// Prompt and output tokens as they were used, in the middle of its rounds, or as somebody asked for.
    pub mix: Option<TokenMix>,
    /// The output speeds of its good runs, for whoever wants to compare them.
    pub speeds: Vec<f64>,
    /// The logarithm of the median output speed on each day.
    pub days: DayFactors,
    /// Why nothing of its runs that rests on tokens is known: they were not counted as others' were. Nothing where any run has such figures.
    pub not_alike: Option<String>,
    /// Nobody on this model is shown to be faster at no higher cost. Nothing on too few runs to show anything.
    pub undominated: Option<bool>,
    /// What the catalogue says is taken off for batches.
    pub batch: Option<BatchDiscount>,
    /// The claims of the catalogue.
    pub claims: Vec<Claim>,
    /// The evidence that it comes from, by number.
    pub evidence: Vec<usize>,
}

/// All offers that were measured, in the order of the evidence.
#[must_use]
pub fn offers(catalog: &Catalog, evidence: &[EvidenceFile], matchups: &[ContestantMatchup]) -> Vec<PricePerformance> {
    let mut keys: Vec<(&str, &str)> = Vec::new();
    for lane in evidence.iter().flat_map(|evidence| &evidence.lanes) {
        if !keys.contains(&(&lane.provider, &lane.model)) {
            keys.push((&lane.provider, &lane.model));
        }
    }
    let common = common_questions(evidence);
    let offers: Vec<PricePerformance> =
        keys.into_iter().filter_map(|key| offer(catalog, evidence, &common, key)).collect();
    offers
        .iter()
        .map(|offer| PricePerformance { undominated: is_undominated(offer, &offers, matchups), ..offer.clone() })
        .collect()
}

/// What was asked of the most providers of each model, and of those the most often: only figures of the same question can
/// stand beside each other.
fn common_questions(evidence: &[EvidenceFile]) -> BTreeMap<&str, &QuestionKey> {
    let mut asked: BTreeMap<(&str, &QuestionKey), (BTreeSet<&str>, usize)> = BTreeMap::new();
    for file in evidence {
        for lane in file.lanes.iter().filter(|lane| !lane.rounds.is_empty()) {
            let (who, rounds) = asked.entry((&lane.model, &file.asked)).or_default();
            who.insert(&lane.provider);
            *rounds += lane.rounds.len();
        }
    }
    let mut best: BTreeMap<&str, (&QuestionKey, (usize, usize))> = BTreeMap::new();
    for ((model, question), (who, rounds)) in &asked {
        let weight = (who.len(), *rounds);
        if best.get(model).is_none_or(|(_, most)| weight > *most) {
            best.insert(model, (question, weight));
        }
    }
    best.into_iter().map(|(model, (question, _))| (model, question)).collect()
}

fn offer(
    catalog: &Catalog,
    evidence: &[EvidenceFile],
    common: &BTreeMap<&str, &QuestionKey>,
    (provider, model): (&str, &str),
) -> Option<PricePerformance> {
    let mine =
        |file: &EvidenceFile| file.lanes.iter().any(|lane| is_of(lane, provider, model) && !lane.rounds.is_empty());
    let files = || evidence.iter().enumerate().filter(|(_, file)| mine(file));
    // Who was never asked the common question has its own newest one.
    let shared = common.get(model).filter(|asked| files().any(|(_, file)| file.asked == ***asked));
    let asked = shared
        .map_or_else(|| files().max_by_key(|(_, file)| file.at).map(|(_, file)| &file.asked), |asked| Some(*asked))?;
    let lanes: Vec<_> = files()
        .filter(|(_, file)| file.asked == *asked)
        .flat_map(|(number, file)| file.lanes.iter().map(move |lane| (number, lane)))
        .filter(|(_, lane)| is_of(lane, provider, model))
        .collect();
    let rounds: Vec<_> = lanes.iter().flat_map(|(_, lane)| &lane.rounds).collect();
    let day = |number: usize, round: &RoundFigures| {
        round.day.clone().or_else(|| evidence.get(number)?.day()).unwrap_or_default()
    };
    let mut by_day: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for (number, round) in lanes.iter().flat_map(|(number, lane)| lane.rounds.iter().map(|round| (*number, round))) {
        let speed = round.figure(Metric::OutputSpeed).filter(|speed| *speed > 0.0);
        by_day.entry(day(number, round)).or_default().extend(speed);
    }
    let of_day = |(day, speeds): (String, Vec<f64>)| Some((day, median(speeds)?.ln()));
    let days: DayFactors = by_day.into_iter().filter_map(of_day).collect();
    let known = catalog.provider(provider).ok();
    let figure = |metric: Metric| median(rounds.iter().filter_map(|round| round.figure(metric)));
    let part = |of: fn(&TokenMix) -> f64| median(rounds.iter().filter_map(|round| round.tokens.as_ref().map(of)));
    let mix = part(|mix| mix.input).zip(part(|mix| mix.cached)).zip(part(|mix| mix.output));
    let mix = mix.map(|((input, cached), output)| TokenMix { input, cached, output });
    let prices = lanes.iter().filter_map(|(_, lane)| lane.price.as_ref());
    let price = prices.max_by_key(|price| date::first_day(&price.as_of)).cloned();
    Some(PricePerformance {
        id: (provider.to_owned(), model.to_owned()),
        provider: name_of(catalog, provider, lanes.first().map_or("", |(_, lane)| lane.name.as_str())),
        model: catalog.model(model).map_or_else(|_| model.to_owned(), |model| model.name.clone()),
        asked: asked.clone(),
        runs: rounds.len(),
        tok_s: match days.len() {
            0 | 1 => figure(Metric::OutputSpeed),
            _ => mean(&days.values().copied().collect::<Vec<_>>()).map(f64::exp),
        },
        ttft_ms: figure(Metric::Ttft),
        usd_per_million: cost(price.as_ref(), mix, known.is_some_and(|known| known.local)),
        price,
        mix,
        speeds: rounds.iter().filter_map(|round| round.figure(Metric::OutputSpeed)).collect(),
        days,
        not_alike: lanes.iter().find_map(|(_, lane)| lane.not_alike.clone()).filter(|_| {
            rounds.iter().all(|round| round.tokens.is_none() && round.figure(Metric::OutputSpeed).is_none())
        }),
        undominated: None,
        batch: known.and_then(|known| known.batch_for(model)).cloned(),
        claims: known.and_then(|known| known.offer(model)).map(|offer| offer.claims.clone()).unwrap_or_default(),
        evidence: lanes.iter().map(|(number, _)| *number).collect(),
    })
}

/// USD per million tokens of a mix; what runs at home costs none.
fn cost(price: Option<&Price>, mix: Option<TokenMix>, at_home: bool) -> Option<f64> {
    let paid = price.zip(mix).and_then(|(price, mix)| mix.per_million(price));
    paid.or_else(|| at_home.then_some(0.0))
}

/// The same offers with what they cost for another mix of tokens than the measured one.
#[must_use]
pub fn with_mix(offers: &[PricePerformance], matchups: &[ContestantMatchup], mix: TokenMix) -> Vec<PricePerformance> {
    let priced = offers.iter().map(|offer| PricePerformance {
        usd_per_million: cost(
            offer.price.as_ref(),
            Some(mix),
            offer.price.is_none() && offer.usd_per_million == Some(0.0),
        ),
        mix: Some(mix),
        ..offer.clone()
    });
    let priced: Vec<PricePerformance> = priced.collect();
    priced
        .iter()
        .map(|offer| PricePerformance { undominated: is_undominated(offer, &priced, matchups), ..offer.clone() })
        .collect()
}

fn is_of(lane: &LaneEvidence, provider: &str, model: &str) -> bool {
    lane.provider == provider && lane.model == model
}

/// Pareto's order, as far as it can be shown: faster at no higher cost is better, and a speed that can't be told from
/// another is not faster. An offer without a price or a speed is in nobody's way.
fn is_undominated(
    offer: &PricePerformance,
    offers: &[PricePerformance],
    matchups: &[ContestantMatchup],
) -> Option<bool> {
    let usd = offer.usd_per_million.filter(|_| offer.speeds.len() >= MIN_PAIRS)?;
    let better = |other: &&PricePerformance| {
        let cheap = other.asked == offer.asked && other.usd_per_million.is_some_and(|cheap| cheap <= usd);
        cheap && lead(other, offer, matchups).is_ok_and(|lead| lead.is_shown && lead.ratio > 1.0)
    };
    Some(!offers.iter().filter(|other| other.model == offer.model).any(|other| better(&other)))
}

/// How much faster one offer is than another of the same model.
#[derive(Clone, PartialEq, Debug)]
pub struct OfferLead {
    /// By what factor it is faster; over 1 it is ahead.
    pub ratio: f64,
    /// It is more than chance, on the days on which it was measured.
    pub is_shown: bool,
    /// What that rests on, in words.
    pub words: String,
}

/// By their pairs where both ran side by side often enough, else by the days on which each was measured.
///
/// # Errors
/// In words, why nothing can be said.
pub fn lead(a: &PricePerformance, b: &PricePerformance, matchups: &[ContestantMatchup]) -> Result<OfferLead, String> {
    let paired = matchups.iter().filter(|matchup| matchup.model == a.id.1).find_map(|matchup| {
        let lead = matchup.lead_by_days(Metric::OutputSpeed)?;
        if (&matchup.first, &matchup.second) == (&a.id.0, &b.id.0) {
            Some(lead)
        } else if (&matchup.second, &matchup.first) == (&a.id.0, &b.id.0) {
            Some(lead.turned())
        } else {
            None
        }
    });
    if let Some(lead) = paired.filter(|lead| lead.comparison.interval.is_some()) {
        let (of, on) = (&lead.comparison, on_days(lead.days()));
        let words = format!("{of} in {} pairs, {on}", of.pairs);
        return Ok(OfferLead { ratio: of.ratio, is_shown: of.is_claim(), words });
    }
    apart(a, b)
}

/// Two that never ran side by side: what each of their days brought is one sample.
fn apart(a: &PricePerformance, b: &PricePerformance) -> Result<OfferLead, String> {
    if a.asked != b.asked {
        return Err("they were not asked the same".to_owned());
    }
    if let Some(without) = [a, b].into_iter().find(|offer| offer.speeds.is_empty()) {
        let why = without.not_alike.as_ref().map_or_else(
            || format!("no run of {} has an output speed", without.provider),
            |why| format!("figures of {} by tokens can't be compared ({why})", without.provider),
        );
        return Err(why);
    }
    if let Some(few) = [a, b].into_iter().find(|offer| offer.speeds.len() < MIN_PAIRS) {
        return Err(format!("too few runs: {} has {} of {MIN_PAIRS}", few.provider, few.speeds.len()));
    }
    if let Some(few) = [a, b].into_iter().find(|offer| offer.days.len() < FEWEST_DAYS) {
        let (days, needed) = (on_days(few.days.len()), FEWEST_DAYS);
        return Err(format!(
            "they never ran side by side, and {} {days} of the {needed} that this needs",
            few.provider
        ));
    }
    let told = over_days(&[(&a.days, 1.0), (&b.days, -1.0)], COMPUTED_LEVEL);
    let told = told.ok_or_else(|| "their days can't be compared".to_owned())?;
    let (from, to) = (on_days(a.days.len()), on_days(b.days.len()));
    let words = format!("{}, never side by side, {from} and {to}", format::factor(told.ratio, Some(told.interval)));
    Ok(OfferLead { ratio: told.ratio, is_shown: !told.interval.holds(1.0), words })
}

/// What share of a published speed was measured, with its interval where there are runs enough for one.
#[must_use]
pub fn share(offer: &PricePerformance, published: f64) -> Option<(f64, Option<ConfidenceInterval>)> {
    let ratio = offer.tok_s? / published;
    let interval = if offer.days.len() < 2 {
        let pairs: Vec<(f64, f64)> = offer.speeds.iter().map(|speed| (*speed, published)).collect();
        Comparison::judge(&pairs).and_then(|told| told.interval)
    } else {
        let over = over_days(&[(&offer.days, 1.0)], COMPUTED_LEVEL).filter(|_| offer.speeds.len() >= MIN_PAIRS);
        over.map(|over| ConfidenceInterval { low: over.interval.low / published, high: over.interval.high / published })
    };
    Some((ratio, interval))
}

/// Whoever of the same model is shown to be faster than `chosen`, with by how much.
#[must_use]
pub fn faster<'a>(
    chosen: &PricePerformance,
    offers: &'a [PricePerformance],
    matchups: &[ContestantMatchup],
) -> Vec<(&'a PricePerformance, OfferLead)> {
    let others = offers.iter().filter(|other| other.model == chosen.model && other.id != chosen.id);
    let leads = others.filter_map(|other| Some((other, lead(other, chosen, matchups).ok()?)));
    leads.filter(|(_, lead)| lead.is_shown && lead.ratio > 1.0).collect()
}

//! Decisions on offers whose truth is known: who fits, who doesn't and why, and what would change it.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::findings::evidence::{ContestantFlags, EvidenceFile, LaneEvidence, QuestionKey, RoundFigures};
use crate::findings::money::TokenMix;
use crate::findings::watched::WatchedOffer;
use crate::findings::{Findings, FindingsOptions};
use crate::history::UptimeSeries;
use speed_kings_catalog::{BatchDiscount, Catalog, Price};
use speed_kings_core::race::verdict::Metric;

/// An offer: its provider's id, the TTFT of each run, failed runs, and the price of prompt and output.
type PlantedOffer<'a> = (&'a str, &'a [f64], usize, (f64, f64));

/// Results of these providers.
fn findings(offers: &[PlantedOffer<'_>]) -> Findings {
    let lanes = offers.iter().map(|(id, ttfts, failed, (input, output))| LaneEvidence {
        provider: (*id).to_owned(),
        name: (*id).to_owned(),
        endpoint: None,
        here: false,
        model: "m".into(),
        simulated: false,
        price: Some(Price {
            input: *input,
            output: *output,
            cached: Some(input / 2.0),
            as_of: "2026-11-01".into(),
            source: "a test".into(),
        }),
        rounds: (1..)
            .zip(*ttfts)
            .map(|(number, ttft)| RoundFigures {
                number,
                figures: vec![(Metric::Ttft, *ttft), (Metric::OutputSpeed, 100.0), (Metric::Total, 5_000.0)],
                tokens: Some(TokenMix { input: 100.0, cached: 0.0, output: 500.0 }),
                ..RoundFigures::default()
            })
            .collect(),
        failed: *failed,
        not_alike: None,
        again: Some(ContestantFlags { provider: (*id).to_owned(), model: Some("m".into()) }),
    });
    let file = EvidenceFile {
        file: "1.json".into(),
        at: Some(Timestamp::UNIX_EPOCH),
        asked: QuestionKey::default(),
        unfair: Vec::new(),
        phase: None,
        left_out: Vec::new(),
        lanes: lanes.collect(),
    };
    let options = FindingsOptions { simulated: true, max_age: Duration::MAX, now: Timestamp::UNIX_EPOCH };
    Findings::of(&Catalog::builtin().unwrap(), vec![file], options)
}

/// Decided with the built-in catalogue.
fn decide(findings: &Findings, ask: &DecisionAsk) -> Vec<OfferDecision> {
    super::decide(&Catalog::builtin().unwrap(), findings, ask)
}

fn ask(slo: Option<&str>, budget: Option<f64>) -> DecisionAsk {
    let slo = slo.map(|slo| slo.parse().unwrap());
    DecisionAsk {
        tokens_in: 100e6,
        tokens_out: 100e6,
        cached_share: 0.0,
        batch_share: 0.0,
        slo,
        availability: None,
        budget,
        model: String::new(),
    }
}

fn told(decisions: &[OfferDecision]) -> Vec<(&str, OfferFit)> {
    decisions.iter().map(|one| (one.offer.id.0.as_str(), one.fit)).collect()
}

#[test]
fn who_fits_comes_first_and_the_others_say_why_not() {
    let (quick, slow) = ([100.0; 100], [900.0; 20]);
    let all = findings(&[
        ("dear", &quick, 0, (9.0, 9.0)),
        ("slow", &slow, 0, (0.1, 0.1)),
        ("sound", &quick, 0, (1.0, 2.0)),
        ("young", &quick[..10], 0, (0.5, 1.0)),
        ("flaky", &quick, 20, (0.2, 0.2)),
    ]);
    let ask = ask(Some("ttft<400ms"), Some(500.0));
    let decisions = decide(&all, &ask);
    assert_eq!(
        told(&decisions),
        [
            ("young", OfferFit::Likely),
            ("sound", OfferFit::Shown),
            ("dear", OfferFit::TooDear),
            ("slow", OfferFit::Misses),
            ("flaky", OfferFit::Misses),
        ]
    );
    assert_eq!(decisions[1].usd, Some(300.0), "100M at $1 and 100M at $2");
    assert_eq!((decisions[4].met, decisions[4].requests), ((100, 120), (120, 20)), "a failure is no success");
    assert!(
        headline(&decisions).starts_with("Provisionally: young for m, $150.00 a month; 1 more fits and costs as much")
    );
    let changes = changes(&decisions, &ask);
    assert!(changes.contains(&DecisionChange::Price { next: "sound".into(), factor: 2.0 }), "{changes:?}");
    assert!(
        matches!(changes[0], DecisionChange::Growth(factor) if (factor - 500.0 / 150.0).abs() < 1e-9),
        "{changes:?}"
    );
    assert!(changes.contains(&DecisionChange::Objective { name: "slow".into(), ttft_ms: 900.0 }), "{changes:?}");
    let next = next(&decisions, &ask).unwrap();
    assert_eq!((next.name.as_str(), next.requests), ("young", 72));
    assert_eq!(next.command, None, "its prompt is in no catalogue");
    // 100 tokens at $0.50 and 500 at $1 a million, 72 times.
    assert!((next.usd.unwrap() - 72.0 * (50.0 + 500.0) / 1e6).abs() < 1e-9, "{next:?}");
}

#[test]
fn what_is_said_of_prices_is_what_is_known() {
    let runs = [100.0; 10];
    let priced = |prices: &[bool]| {
        let names = ["a", "b", "c"];
        let offers: Vec<PlantedOffer<'_>> =
            names.iter().take(prices.len()).map(|name| (*name, &runs[..], 0, (1.0, 1.0))).collect();
        let all = findings(&offers);
        let known = all.offers.iter().zip(prices).map(|(offer, priced)| {
            let price = offer.price.clone().filter(|_| *priced);
            crate::findings::price_performance::PricePerformance { price, ..offer.clone() }
        });
        let all = Findings { offers: known.collect(), ..all.clone() };
        headline(&decide(&all, &ask(None, None))).split("; ").nth(1).unwrap().to_owned()
    };
    assert_eq!(priced(&[false]), "nothing else fits.");
    assert_eq!(priced(&[false, false]), "1 more fits, at a price that is not known.");
    assert_eq!(priced(&[false, false, false]), "2 more fit, at prices that are not known.");
    assert_eq!(priced(&[true, true, true]), "2 more fit and cost as much or more.");
    assert_eq!(priced(&[true, false, true]), "2 more fit: 1 costs as much or more, and the price of 1 is not known.");
}

#[test]
fn the_mix_at_which_two_cost_the_same_is_found() {
    let all = findings(&[("a", &[100.0; 9], 0, (1.0, 4.0)), ("b", &[100.0; 9], 0, (3.0, 3.0))]);
    let ask = DecisionAsk { tokens_in: 90e6, tokens_out: 10e6, ..ask(None, None) };
    let decisions = decide(&all, &ask);
    assert_eq!(told(&decisions), [("a", OfferFit::Shown), ("b", OfferFit::Shown)]);
    // (1 - s) + 4s = 3 at s = 2/3.
    let change = changes(&decisions, &ask).into_iter().find(|change| matches!(change, DecisionChange::Mix { .. }));
    let Some(DecisionChange::Mix { next, output_share, more: true }) = change else { panic!("{change:?}") };
    assert!(next == "b" && (output_share - 2.0 / 3.0).abs() < 1e-9, "{next} {output_share}");
    // Half of the prompts out of a cache at half the price: 45M at $1, 45M at $0.50, 10M at $4.
    let cached = DecisionAsk { cached_share: 0.5, ..ask };
    assert!((decide(&all, &cached)[0].usd.unwrap() - 107.5).abs() < 1e-9);
}

#[test]
fn nothing_is_chosen_where_nothing_is_known_or_fits() {
    let all = findings(&[("slow", &[900.0; 20], 0, (1.0, 1.0))]);
    let decisions = decide(&all, &ask(Some("ttft<400ms"), None));
    assert_eq!(headline(&decisions), "Nothing that was measured fits.");
    assert!(changes(&decisions, &ask(None, None)).is_empty() && next(&decisions, &ask(None, None)).is_none());
    let unseen = decide(&all, &ask(Some("gaps_p95_ms<5"), None));
    assert_eq!(told(&unseen), [("slow", OfferFit::Unknown)]);
    assert!(decide(&all, &DecisionAsk { model: "other".into(), ..ask(None, None) }).is_empty());
    let record = record(&decisions, &ask(Some("ttft<400ms"), None), &[]);
    assert_eq!((&record["offers"][0]["fit"], &record["offers"][0]["slo"]["of"]), (&"misses".into(), &20.into()));
    let pieces = blocks(&decisions, &ask(Some("ttft<400ms"), None), &[]);
    let rows = pieces.iter().filter_map(|block| {
        if let crate::benchmark_report::ReportBlock::Table(table) = block { Some(table) } else { None }
    });
    assert!(rows.into_iter().all(|table| table.rows.iter().all(|row| row.len() == table.header.len())));
}

/// These findings with logs of watches that found offers up so many times of so many, over so many days.
fn watched(all: Findings, watches: &[(&str, usize, usize, i64)]) -> Findings {
    let one = |(id, up, probes, days): &(&str, usize, usize, i64)| {
        let mut uptime = UptimeSeries::default();
        for probe in 0..*probes {
            let day = i64::try_from(probe).unwrap() % days;
            uptime.add(Timestamp::from_second(day * 86_400).unwrap(), probe < *up);
        }
        let id = ((*id).to_owned(), "m".to_owned());
        WatchedOffer { provider: id.0.clone(), model: "m".into(), id, uptime }
    };
    Findings { watched: watches.iter().map(one).collect(), ..all }
}

#[test]
fn availability_is_by_watches_and_by_benchmarks_without_one() {
    let quick = [100.0; 100];
    let all = findings(&[
        ("sound", &quick, 0, (1.0, 1.0)),
        ("young", &quick, 0, (0.9, 0.9)),
        ("flaky", &quick, 0, (0.8, 0.8)),
        ("unseen", &quick[..90], 10, (0.7, 0.7)),
    ]);
    let all = watched(all, &[("sound", 998, 1_000, 4), ("young", 20, 20, 1), ("flaky", 900, 1_000, 4)]);
    let wanted = DecisionAsk { availability: Some(0.99), ..ask(Some("ttft<400ms"), None) };
    let decisions = decide(&all, &wanted);
    assert_eq!(
        told(&decisions),
        [
            ("young", OfferFit::Likely),
            ("sound", OfferFit::Shown),
            ("unseen", OfferFit::Misses),
            ("flaky", OfferFit::Misses),
        ]
    );
    assert_eq!(decisions[1].available(), (998, 1_000));
    assert_eq!(decisions[2].available(), (90, 100), "its benchmark");
    let next = next(&decisions, &wanted).unwrap();
    assert_eq!((next.name.as_str(), next.watch, next.requests), ("young", true, 368));
    let watch = "speed-kings watch --providers young --model m --rounds 368 --log results/young.jsonl";
    assert_eq!(next.command.as_deref(), Some(watch));
    let record = record(&decisions, &wanted, &[]);
    let told = &record["offers"][1]["watched"];
    assert_eq!((&told["up"], &told["of"], &told["days"]), (&998.into(), &1_000.into(), &4.into()));
    assert!(record["offers"][2]["watched"].is_null());
    assert_eq!(decide(&all, &ask(None, None)).iter().filter(|one| one.fit == OfferFit::Shown).count(), 4);
}

#[test]
fn what_waits_costs_less_where_that_is_known() {
    let discount =
        |off: f64, cached: bool| BatchDiscount { off, cached, as_of: "2026-11-01".into(), source: "a test".into() };
    let price = Price { input: 1.0, output: 4.0, cached: Some(0.4), as_of: "2026".into(), source: "a test".into() };
    let half = DecisionAsk { batch_share: 0.5, ..ask(None, None) };
    let mix = TokenMix { input: 100e6, cached: 50e6, output: 100e6 };
    let cost = |batch: Option<BatchDiscount>| half.cost(mix, &price, batch.as_ref());
    // 50M at $1, 50M at $0.40, 100M at $4.
    assert!((cost(None) - 470.0).abs() < 1e-9);
    // The other half at 50M x $0.50, 50M x $0.40 (the cache is cheaper than the batch), 100M x $2.
    assert!((cost(Some(discount(0.5, false))) - f64::midpoint(470.0, 245.0)).abs() < 1e-9);
    // Where both discounts add up a cached token costs $0.20.
    assert!((cost(Some(discount(0.5, true))) - f64::midpoint(470.0, 235.0)).abs() < 1e-9);
    // A discount that leaves less than the cache asks.
    assert!((cost(Some(discount(0.9, false))) - (470.0 + 5.0 + 5.0 + 40.0) / 2.0).abs() < 1e-9);
    let all = findings(&[("groq", &[100.0; 9], 0, (1.0, 4.0)), ("nobody", &[100.0; 9], 0, (1.0, 4.0))]);
    let offers = all.offers.iter().map(|offer| {
        let batch = (offer.id.0 == "groq").then(|| discount(0.5, false));
        crate::findings::price_performance::PricePerformance { batch, ..offer.clone() }
    });
    let all = Findings { offers: offers.collect(), ..all.clone() };
    let decisions = decide(&all, &half);
    assert_eq!(decisions.iter().map(|one| one.usd.unwrap().round()).collect::<Vec<_>>(), [375.0, 500.0]);
    let record = record(&decisions, &half, &[]);
    assert_eq!(
        (&record["offers"][0]["batch"]["off"], &record["offers"][1]["batch"]),
        (&0.5.into(), &serde_json::Value::Null)
    );
    assert_eq!(decide(&all, &ask(None, None))[0].usd, Some(500.0), "nothing waits");
}

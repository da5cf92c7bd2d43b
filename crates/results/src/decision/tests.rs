//! Decisions on offers whose truth is known: who fits, who doesn't and why, and what would change it.

use std::time::Duration;

use jiff::Timestamp;

use super::*;
use crate::findings::evidence::{EvidenceFile, LaneEvidence, QuestionKey, RoundFigures};
use crate::findings::money::TokenMix;
use crate::findings::{Findings, FindingsOptions};
use speed_kings_catalog::{Catalog, Price};
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

fn ask(slo: Option<&str>, budget: Option<f64>) -> DecisionAsk {
    let slo = slo.map(|slo| slo.parse().unwrap());
    DecisionAsk { tokens_in: 100e6, tokens_out: 100e6, cached_share: 0.0, slo, budget, model: String::new() }
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
    assert!(headline(&decisions).starts_with("Provisionally: young for m, $150.00 a month; 1 more fit"));
    let changes = changes(&decisions, &ask);
    assert!(changes.contains(&DecisionChange::Price { next: "sound".into(), factor: 2.0 }), "{changes:?}");
    assert!(
        matches!(changes[0], DecisionChange::Growth(factor) if (factor - 500.0 / 150.0).abs() < 1e-9),
        "{changes:?}"
    );
    assert!(changes.contains(&DecisionChange::Objective { name: "slow".into(), ttft_ms: 900.0 }), "{changes:?}");
    let next = next(&decisions).unwrap();
    assert_eq!((next.name.as_str(), next.requests), ("young", 72));
    // 100 tokens at $0.50 and 500 at $1 a million, 72 times.
    assert!((next.usd.unwrap() - 72.0 * (50.0 + 500.0) / 1e6).abs() < 1e-9, "{next:?}");
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
    assert!(changes(&decisions, &ask(None, None)).is_empty() && next(&decisions).is_none());
    let unseen = decide(&all, &ask(Some("gaps_p95_ms<5"), None));
    assert_eq!(told(&unseen), [("slow", OfferFit::Unknown)]);
    assert!(decide(&all, &DecisionAsk { model: "other".into(), ..ask(None, None) }).is_empty());
    let record = record(&decisions, &ask(Some("ttft<400ms"), None));
    assert_eq!((&record["offers"][0]["fit"], &record["offers"][0]["slo"]["of"]), (&"misses".into(), &20.into()));
    let pieces = blocks(&decisions, &ask(Some("ttft<400ms"), None));
    let rows = pieces.iter().filter_map(|block| {
        if let crate::benchmark_report::ReportBlock::Table(table) = block { Some(table) } else { None }
    });
    assert!(rows.into_iter().all(|table| table.rows.iter().all(|row| row.len() == table.header.len())));
}

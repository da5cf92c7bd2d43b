//! Findings over days that have effects of their own: what one day shows is said of that day, what three show is claimed
//! with their spread, and where nothing is so hardly anything is.

use super::{options, over_days, planted};
use crate::findings::Findings;
use crate::findings::answer::HypothesisResult;
use crate::findings::evidence::EvidenceFile;
use crate::findings::markdown::page;
use crate::findings::planted::{PlantedWorld, TrueSpeed};
use speed_kings_catalog::{Catalog, Hardware, Provider};

const PHASES: [&str; 11] = ["A1", "A2", "A4", "B1", "B2", "B3", "B4", "B6", "C2", "D1", "D2"];

fn found(catalog: &Catalog, evidence: Vec<EvidenceFile>) -> Findings {
    Findings::of(catalog, evidence, options(false))
}

/// What was found in a world in which each phase is run on each of `days` days.
fn world(catalog: &Catalog, days: u32, effect: f64, truth: TrueSpeed, seed: u64) -> Findings {
    let world = PlantedWorld { catalog, days, runs: 6, effect, truth };
    found(catalog, world.evidence(&mut fastrand::Rng::with_seed(seed)))
}

#[test]
fn one_day_and_two_support_no_pattern_and_say_so() {
    let catalog = Catalog::builtin().unwrap();
    for (days, words) in
        [(1, "on one day; an answer needs three days, 2 more"), (2, "on two days; an answer needs three days, 1 more")]
    {
        let findings = found(&catalog, over_days(&catalog, &PHASES, days, planted));
        let answers = || findings.patterns.iter().chain(&findings.questions).map(|of| &of.answer);
        assert!(answers().all(|answer| answer.holds == HypothesisResult::Open), "{:#?}", findings.patterns);
        assert!(answers().any(|answer| !answer.matchups.is_empty()));
        for answer in answers().filter(|answer| !answer.matchups.is_empty()) {
            assert!(answer.words.contains(words), "{}", answer.words);
        }
        let page = page(&catalog, &findings);
        assert!(!page.contains("**supported") && !page.contains("**refuted"), "{page}");
        assert!(!page.contains("**yes") && !page.contains("**no**") && !page.contains("**answered"), "{page}");
        let on = if days == 1 { "on one day (n = " } else { "on two days (n = " };
        assert!(page.contains(&format!("direct and roundabout, {on}")), "places say it, too: {page}");
    }
}

#[test]
fn where_nothing_is_so_hardly_anything_is_claimed() {
    let catalog = Catalog::builtin().unwrap();
    // The pattern of 10 to 50 times stands on its edge.
    let nothing: TrueSpeed = |provider: &Provider, _| if provider.local { 10.0 } else { 100.0 };
    let claims = |days: u32, worlds: usize| {
        let world = PlantedWorld { catalog: &catalog, days, runs: 6, effect: 0.1, truth: nothing };
        let mut rng = fastrand::Rng::with_seed(u64::from(days));
        (0..worlds)
            .map(|_| world.patterns(&mut rng).into_iter().filter(|holds| *holds != HypothesisResult::Open).count())
            .sum::<usize>()
    };
    assert_eq!((claims(1, 3), claims(2, 3)), (0, 0));
    // 75 patterns, of which 3 or 4 are meant to be claimed; 9 are three standard errors more.
    let claimed = claims(3, 15);
    assert!(claimed <= 9, "{claimed} of 75");
}

#[test]
fn what_is_so_is_found_over_days_that_differ() {
    let catalog = Catalog::builtin().unwrap();
    let so: TrueSpeed = |provider, _| match provider.hardware {
        Hardware::Wse => 2_400.0,
        Hardware::Lpu => 800.0,
        Hardware::Rdu => 400.0,
        Hardware::GpuCloud | Hardware::Aggregator => 130.0,
        _ => 40.0,
    };
    let findings = world(&catalog, 4, 0.05, so, 7);
    let holds: Vec<HypothesisResult> = findings.patterns.iter().map(|pattern| pattern.answer.holds).collect();
    assert_eq!((holds[0], holds[2]), (HypothesisResult::Yes, HypothesisResult::No), "{:#?}", findings.patterns);
    assert!(findings.patterns[0].answer.words.contains("on 4 days"), "{}", findings.patterns[0].answer.words);
}

#[test]
fn a_clear_exception_stands_in_the_same_sentence() {
    let catalog = Catalog::builtin().unwrap();
    let but_one: TrueSpeed = |provider, _| match provider.hardware {
        Hardware::Native => 400.0,
        Hardware::Wse => 600.0,
        _ => 100.0,
    };
    let findings = world(&catalog, 4, 0.03, but_one, 7);
    let wanted =
        "- Native APIs are faster for their own models **supported in 5 of 6, refuted for Z.ai against Cerebras on ";
    let told = page(&catalog, &findings);
    assert!(told.contains(wanted), "{:#?}", findings.patterns[2]);
    let disputed: TrueSpeed = |provider, _| match provider.hardware {
        Hardware::Native => 150.0,
        Hardware::Wse => 600.0,
        _ => 100.0,
    };
    let findings = world(&catalog, 8, 0.03, disputed, 7);
    let pattern = &findings.patterns[2].answer;
    assert_eq!(pattern.holds, HypothesisResult::Mixed, "{pattern:#?}");
    let tally = pattern.tally.as_ref().unwrap();
    assert_eq!((tally.agree, tally.all, tally.against.len()), (5, 6, 1), "{tally:?}");
    // A step that is the other way round refutes an order, and the others are told.
    let order: TrueSpeed = |provider, _| match provider.hardware {
        Hardware::Wse => 2_400.0,
        Hardware::Lpu => 800.0,
        Hardware::Rdu => 50.0,
        _ => 130.0,
    };
    let findings = world(&catalog, 4, 0.03, order, 7);
    let told = page(&catalog, &findings);
    assert!(told.contains("**refuted; supported in 2 of 3, refuted for RDU over GPU**"), "{:#?}", findings.patterns[0]);
}

//! Findings from results with planted truths: what is so is said, and nothing else is.

mod days;
mod own;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::HypothesisResult;
use super::evidence::EvidenceFile;
use super::markdown::{page, recommended, summary};
use super::money::MonthlyUsage;
use super::plan::PlanPart;
use super::price_performance::{PricePerformance, with_mix};
use super::recommend::{RecommendationGoal, models, recommend, why_none};
use super::{Findings, FindingsOptions};
use speed_kings_catalog::{Catalog, Hardware};
use speed_kings_session::bench::saved::BenchmarkFile;

const DAY: u64 = 24 * 60 * 60;

fn options(simulated: bool) -> FindingsOptions {
    FindingsOptions {
        simulated,
        max_age: Duration::from_secs(30 * DAY),
        now: Timestamp::UNIX_EPOCH + Duration::from_secs(20_000 * DAY),
    }
}

/// No wish for tokens of any number or mix.
const MEASURED: MonthlyUsage = MonthlyUsage::Together { tokens: None, input_share: None };

#[test]
fn a_cost_names_its_price_its_day_and_its_mix() {
    let catalog = Catalog::builtin().unwrap();
    let findings = Findings::of(&catalog, evidence(&catalog, &["A1"], 8, false, planted), options(false));
    let offer = findings.offers.iter().find(|offer| offer.provider == "Groq").unwrap();
    let price = catalog.provider("groq").unwrap().offer(&offer.id.1).unwrap().price.clone().unwrap();
    // 100 tokens of prompt and 500 of answer in every run, at the catalogue's price, whatever was paid.
    let usd = (100.0 * price.input + 500.0 * price.output) / 600.0;
    assert!((offer.usd_per_million.unwrap() - usd).abs() < 1e-9, "{offer:?}");
    let told = recommended(offer, &findings, RecommendationGoal::Cost, MEASURED);
    assert!(told.contains("(16.7 % prompt, 83.3 % output as measured; $"), "{told}");
    assert!(told.contains(&format!("price of {})", price.as_of)), "{told}");
    let usage = MonthlyUsage::Apart { input: 300e6, output: 100e6 };
    let asked = with_mix(&findings.offers, &findings.matchups, usage.mix().unwrap());
    let offer = asked.iter().find(|offer| offer.provider == "Groq").unwrap();
    assert!((offer.usd_per_million.unwrap() - (0.75 * price.input + 0.25 * price.output)).abs() < 1e-9, "{offer:?}");
    let told = recommended(offer, &findings, RecommendationGoal::Cost, usage);
    assert!(told.contains("(75.0 % prompt, 25.0 % output as asked; $"), "{told}");
    assert!(told.contains("; 400M tokens a month cost $"), "{told}");
}

/// A few per cent up and down, different from run to run.
fn noise(run: usize, lane: usize) -> f64 {
    [1.0, 1.03, 0.98, 1.01, 0.97, 1.02, 0.99, 1.04][(run * 3 + lane * 5) % 8]
}

/// The true output speed of a provider on a model of this size.
type Truth = fn(&Catalog, &str, f64) -> f64;

/// WSE over LPU over RDU over GPU, each lead growing with the size; native hosting slower than others; an aggregator
/// with more latency than anybody.
fn planted(catalog: &Catalog, provider: &str, billions: f64) -> f64 {
    let size = billions.log2() / 10.0;
    match catalog.provider(provider).unwrap().hardware {
        Hardware::Wse => 2_000.0 * (1.0 + size),
        Hardware::Lpu => 900.0 * (1.0 + size / 2.0),
        Hardware::Rdu => 500.0 * (1.0 + size / 4.0),
        Hardware::GpuCloud | Hardware::Aggregator => 150.0,
        Hardware::Native => 60.0,
        _ => 20.0,
    }
}

/// A saved benchmark of `phase` as the truth would have it, on the day of that number.
fn document(catalog: &Catalog, phase: &str, day: usize, runs: usize, simulated: bool, truth: Truth) -> Value {
    let phase = catalog.phase(phase).unwrap();
    let billions = catalog.model(&phase.model).unwrap().billions.unwrap();
    let lanes = phase.contestants.iter().enumerate().map(|(lane, id)| {
        let provider = catalog.provider(id).unwrap();
        let speed = truth(catalog, id, billions);
        let ttft = if provider.hardware == Hardware::Aggregator { 600.0 } else { 200.0 };
        let runs: Vec<Value> = (0..runs)
            .map(|run| {
                let (tok_s, ttft) = (speed * noise(run, lane), ttft * noise(run + 1, lane));
                json!({
                    "ok": true, "output_tok_s": tok_s, "ttft_ms": ttft, "total_ms": ttft + 5e5 / tok_s,
                    "cost_usd": if provider.local { Value::Null } else { json!(0.001 * speed / 100.0) },
                    "tokens": {"input": 100, "output": 500},
                })
            })
            .collect();
        let offer = provider.offer(&phase.model).map_or(phase.model.as_str(), |offer| offer.id.as_str());
        json!({"provider": id, "model": offer, "simulated": simulated, "runs": runs})
    });
    let began = format!("2024-09-{}T10:00:00Z", 19 + day);
    json!({"version": 1, "phase": phase.id, "started_at": began, "lanes": lanes.collect::<Vec<_>>()})
}

/// Eight runs of each contestant of each phase on each of the first `days` days.
fn over_days(catalog: &Catalog, phases: &[&str], days: usize, truth: Truth) -> Vec<EvidenceFile> {
    let of = |(phase, day): (&&str, usize)| {
        let document = document(catalog, phase, day, 8, false, truth);
        EvidenceFile::of_saved(catalog, &format!("results/{phase}/{day}.json"), &BenchmarkFile::of(&document).unwrap())
    };
    phases.iter().flat_map(|phase| (1..=days).map(move |day| (phase, day))).map(of).collect()
}

fn evidence(catalog: &Catalog, phases: &[&str], runs: usize, simulated: bool, truth: Truth) -> Vec<EvidenceFile> {
    let of = |phase: &&str| {
        let document = document(catalog, phase, 1, runs, simulated, truth);
        EvidenceFile::of_saved(catalog, &format!("results/{phase}/1.json"), &BenchmarkFile::of(&document).unwrap())
    };
    phases.iter().map(of).collect()
}

fn holds(findings: &Findings) -> Vec<HypothesisResult> {
    findings.patterns.iter().map(|pattern| pattern.answer.holds).collect()
}

#[test]
fn planted_truths_are_found_and_nothing_else() {
    let catalog = Catalog::builtin().unwrap();
    // No phase with an aggregator, and none with a local machine: those two patterns have nothing to go by.
    let phases = ["A1", "A2", "A4", "B1", "B2", "B3", "B4", "B6", "C2", "D1", "D2"];
    let findings = Findings::of(&catalog, over_days(&catalog, &phases, 3, planted), options(false));
    let (yes, no, open) = (HypothesisResult::Yes, HypothesisResult::No, HypothesisResult::Open);
    assert_eq!(holds(&findings), [yes, yes, no, open, open], "{:#?}", findings.patterns);
    assert_eq!(findings.progress(&catalog, PlanPart::Planned), (11, 24));
    let hardware: Vec<&str> = findings.hardware[0].places.iter().map(|place| place.name.as_str()).collect();
    assert_eq!(
        hardware,
        [Hardware::Wse, Hardware::Lpu, Hardware::Rdu, Hardware::GpuCloud, Hardware::Native].map(Hardware::title)
    );
    let page = page(&catalog, &findings);
    for line in [
        "Phases complete: **11 of 24** planned",
        "- Native APIs are faster for their own models **refuted**:",
        "Not measured yet: An aggregator adds latency · The cloud is 10 to 50 times",
        "- How much faster is a wafer-scale engine than an LPU? **answered**: WSE over LPU: ",
        "; 2024-09-20 to 2024-09-22; files 1–3",
        "| 1 | `results/A1/1.json` |",
        "| 1 | Cerebras | first |",
    ] {
        assert!(page.contains(line), "{line} is not in\n{page}");
    }
    assert!(page.contains("`speed-kings calibrate` measures it"), "{page}");
    assert!(!page.contains("SIM") && !page.contains("stale"), "{page}");
}

#[test]
fn few_runs_and_equal_contestants_claim_nothing() {
    let catalog = Catalog::builtin().unwrap();
    let few = Findings::of(&catalog, evidence(&catalog, &["A1", "B1"], 4, false, planted), options(false));
    assert!(holds(&few).iter().all(|holds| *holds == HypothesisResult::Open), "{:#?}", few.patterns);
    let equal: Truth = |_, _, _| 100.0;
    let phases = ["A1", "A2", "A4", "B1", "B2", "B3", "B4", "B6"];
    let equal = Findings::of(&catalog, evidence(&catalog, &phases, 8, false, equal), options(false));
    assert!(holds(&equal).iter().all(|holds| *holds == HypothesisResult::Open), "{:#?}", equal.patterns);
}

#[test]
fn what_was_simulated_stays_out_or_says_so_where_it_counts() {
    let catalog = Catalog::builtin().unwrap();
    let simulated = || evidence(&catalog, &["A1", "A2"], 8, true, planted);
    let without = Findings::of(&catalog, simulated(), options(false));
    assert_eq!((without.evidence.len(), without.left_out), (0, 2));
    assert!(without.providers.is_empty());
    let with = page(&catalog, &Findings::of(&catalog, simulated(), options(true)));
    assert!(with.starts_with("# SIM Findings") && with.contains("> **Simulated.**"), "{with}");
    for line in with.lines().filter(|line| line.contains("file ") && line.contains("20") || line.contains("json`")) {
        assert!(line.contains("SIM"), "{line}");
    }
    // Real results beside them are told apart.
    let mixed: Vec<EvidenceFile> = evidence(&catalog, &["A1"], 8, true, planted)
        .into_iter()
        .chain(evidence(&catalog, &["A2"], 8, false, planted))
        .collect();
    let mixed = page(&catalog, &Findings::of(&catalog, mixed, options(true)));
    assert!(mixed.contains("| SIM 1 | `") && mixed.contains("| 2 | `"), "{mixed}");
    assert!(mixed.contains("; file 1, SIM") && mixed.contains("; file 2)") && mixed.contains("partly SIM"), "{mixed}");
}

#[test]
fn results_of_ones_own_are_not_held_against_a_plan() {
    let catalog = Catalog::builtin().unwrap();
    let mut own = evidence(&catalog, &["A1"], 8, false, planted);
    for file in &mut own {
        file.phase = None;
    }
    let findings = Findings::of(&catalog, own, options(false));
    let own = page(&catalog, &findings);
    assert!(!own.contains("of 24") && !own.contains("No results yet"), "{own}");
    assert!(summary(&catalog, &findings).starts_with("patterns: "));
    let none = Findings::of(&catalog, Vec::new(), options(false));
    assert!(
        page(&catalog, &none).contains("Phases complete: **0 of 24**"),
        "nothing was run: the plan is what there is"
    );
}

#[test]
fn old_results_are_marked() {
    let catalog = Catalog::builtin().unwrap();
    let late = FindingsOptions { now: Timestamp::UNIX_EPOCH + Duration::from_secs(20_100 * DAY), ..options(false) };
    let findings = Findings::of(&catalog, evidence(&catalog, &["A1"], 8, false, planted), late);
    assert!(findings.is_stale(&findings.evidence[0]));
    assert!(page(&catalog, &findings).contains("2024-09-20, **stale**; file 1"));
}

#[test]
fn an_offer_is_chosen_by_what_is_wanted() {
    let catalog = Catalog::builtin().unwrap();
    let findings = Findings::of(&catalog, evidence(&catalog, &["A1", "A2", "F2"], 8, false, planted), options(false));
    assert_eq!(models(&findings.offers), ["Llama 3.1 8B"]);
    let chosen = |want| recommend(&findings.offers, &findings.matchups, "Llama 3.1 8B", want).unwrap();
    assert_eq!(chosen(RecommendationGoal::Speed).provider, "Cerebras");
    assert_eq!(chosen(RecommendationGoal::Cost).usd_per_million, Some(0.0), "it runs at home");
    let told = recommended(
        chosen(RecommendationGoal::Speed),
        &findings,
        RecommendationGoal::Speed,
        MonthlyUsage::Together { tokens: Some(30e6), input_share: None },
    );
    assert!(told.contains("; 30M tokens a month cost $") && told.contains("`results/A1/1.json`"), "{told}");
    assert!(
        told.contains("; faster than Groq: 2.51× (2.41–2.61) in 8 pairs, on one day (n = 16 runs on one day;"),
        "{told}"
    );
    let told = recommended(chosen(RecommendationGoal::Cost), &findings, RecommendationGoal::Cost, MEASURED);
    assert!(told.contains("is not free"), "{told}");
    assert!(told.contains("; faster than this choice: Fireworks by "), "{told}");
    assert_eq!(recommend(&findings.offers, &findings.matchups, "another", RecommendationGoal::Speed), None);
    // Who can't be chosen lacks something, and that is said.
    let why = |runs, change: fn(&mut PricePerformance), want| {
        let few = Findings::of(&catalog, evidence(&catalog, &["A1"], runs, false, planted), options(false));
        let mut offers = few.offers;
        offers.iter_mut().for_each(change);
        assert_eq!(recommend(&offers, &few.matchups, "Llama 3.1 8B", want), None);
        why_none(&offers, "Llama 3.1 8B", want)
    };
    assert_eq!(
        why(3, |_| {}, RecommendationGoal::Speed),
        "Cerebras has 3 good runs of at least 5; Groq has 3 good runs of at least 5"
    );
    let free = |offer: &mut PricePerformance| (offer.price, offer.usd_per_million) = (None, None);
    assert!(why(8, free, RecommendationGoal::Cost).starts_with("Cerebras has no known price (the catalogue"));
    let uncounted = |offer: &mut PricePerformance| {
        (offer.mix, offer.usd_per_million) = (None, None);
        offer.tok_s = None;
    };
    assert_eq!(
        why(3, uncounted, RecommendationGoal::Balanced).split("; ").next().unwrap(),
        "Cerebras has 3 good runs of at least 5 and has no run whose output speed can be told and has no run whose tokens are \
         counted (--tokens-in and --tokens-out give a mix to price)"
    );
    let alike = |metric: RecommendationGoal| {
        let mut saved = document(&catalog, "A1", 1, 8, false, planted);
        let detail = "Cerebras 4.0, Groq 3.1 characters a token: not counted alike";
        saved["verdict"] = json!({"badges": [{"badge": "same_tokens", "holds": false, "detail": detail}]});
        let apart = EvidenceFile::of_saved(&catalog, "1.json", &BenchmarkFile::of(&saved).unwrap());
        let apart = Findings::of(&catalog, vec![apart], options(false));
        assert!(page(&catalog, &apart).contains("| tokens not counted alike |"));
        why_none(&apart.offers, "Llama 3.1 8B", metric)
    };
    for goal in [RecommendationGoal::Speed, RecommendationGoal::Cost, RecommendationGoal::Balanced] {
        let why = "has no figures by tokens that can be compared (Cerebras 4.0, Groq 3.1 characters a token: not counted alike)";
        assert_eq!(
            alike(goal),
            format!("Cerebras {why}; Groq {why}"),
            "the counts are there, and say why they don't count"
        );
    }
    let equal: Truth = |_, _, _| 100.0;
    let equal = Findings::of(&catalog, evidence(&catalog, &["A1"], 8, false, equal), options(false));
    let first = recommend(&equal.offers, &equal.matchups, "Llama 3.1 8B", RecommendationGoal::Speed).unwrap();
    assert!(
        recommended(first, &equal, RecommendationGoal::Speed, MEASURED).contains("; too close to call with "),
        "{first:?}"
    );
    assert_eq!(equal.offers.iter().map(|offer| offer.undominated).collect::<Vec<_>>(), [Some(true); 2]);
}

#[test]
fn hostile_names_break_no_table() {
    let catalog = Catalog::builtin().unwrap();
    let mut document = document(&catalog, "A1", 1, 5, false, planted);
    document["lanes"][0]["provider"] = json!("a|b\n<script>\u{1b}[2J");
    let evidence = EvidenceFile::of_saved(&catalog, "x\n.json", &BenchmarkFile::of(&document).unwrap());
    let page = page(&catalog, &Findings::of(&catalog, vec![evidence], options(false)));
    assert!(!page.contains("<script>") && !page.contains('\u{1b}'));
    let rows = page.lines().filter(|line| line.contains("script"));
    assert!(rows.clone().count() > 0);
    for row in rows.filter(|row| row.starts_with('|')) {
        assert!(row.ends_with(" |"), "{row}");
    }
}

#[test]
fn a_model_that_the_phase_does_not_plan_is_no_evidence_for_it() {
    let catalog = Catalog::builtin().unwrap();
    let mut saved = document(&catalog, "A1", 1, 8, false, planted);
    let of = |document: &Value| {
        let evidence = EvidenceFile::of_saved(&catalog, "results/A1/1.json", &BenchmarkFile::of(document).unwrap());
        let told = evidence.left_out.clone();
        (Findings::of(&catalog, vec![evidence], options(false)).progress(&catalog, PlanPart::Planned).0, told)
    };
    assert_eq!(of(&saved), (1, Vec::new()));
    let mut other = saved.clone();
    other["lanes"][1]["model"] = json!("my-tiny-1b");
    let (complete, told) = of(&other);
    assert_eq!((complete, told.len()), (0, 1));
    assert!(told[0].contains("my-tiny-1b, which is not Llama 3.1 8B"), "{told:?}");
    for run in saved["lanes"][1]["runs"].as_array_mut().unwrap() {
        run["served"] = json!({"model": "some-other-model-0.5b"});
    }
    let (complete, told) = of(&saved);
    assert_eq!(complete, 0);
    assert!(told[0].starts_with("8 of 8 runs of") && told[0].contains("some-other-model-0.5b"), "{told:?}");
}

/// A provider whose speed halves with each doubling of the model, and all others at one speed.
fn halving(catalog: &Catalog, provider: &str, billions: f64) -> f64 {
    if catalog.provider(provider).unwrap().hardware == Hardware::Wse { 16_000.0 / billions } else { 100.0 }
}

#[test]
fn a_planted_exponent_is_found_and_one_day_is_provisional() {
    let catalog = Catalog::builtin().unwrap();
    let of =
        |days: usize| Findings::of(&catalog, over_days(&catalog, &["A1", "B1", "G1"], days, halving), options(false));
    let scaling = |findings: &Findings| {
        findings.scaling.iter().find(|one| one.name == "cerebras" || one.name == "Cerebras").cloned().unwrap()
    };
    let one_day = scaling(&of(1));
    assert!((one_day.exponent + 1.0).abs() < 0.02 && one_day.days == 1 && one_day.models.len() == 3, "{one_day:?}");
    assert!(!one_day.is_over_days() && one_day.interval.is_some(), "the interval of the sizes");
    assert_eq!(scaling(&of(2)).interval, None, "two days have none, and are not one");
    let findings = of(3);
    let three = scaling(&findings);
    assert!(three.is_over_days() && three.interval.is_some_and(|interval| interval.low <= -0.99), "{three:?}");
    let page = page(&catalog, &findings);
    assert!(page.contains("## Speed by model size") && page.contains("| -1.00 |"), "{page}");
    assert!(page.contains("on 3 days") && !page.contains("on 3 days, provisional"), "{page}");
    let alone = Findings::of(&catalog, over_days(&catalog, &["A1"], 3, halving), options(false));
    assert!(alone.scaling.is_empty(), "one size has no exponent");
}

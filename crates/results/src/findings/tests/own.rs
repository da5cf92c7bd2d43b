//! Findings on a catalogue of somebody's own: its phases and questions count, and the built-in plan stays out of it.

use super::*;

/// A phase and a question of one's own.
const OWN: &str = r#"(
    models: [(id: "m1", name: "M1", billions: 1)],
    providers: [
        (id: "one", name: "One", hardware: "local", base_url: "http://127.0.0.1:18303/v1", local: true, offers: [(model: "m1", id: "m1")]),
        (id: "two", name: "Two", hardware: "gpu_cloud", base_url: "http://127.0.0.1:18304/v1", local: true, offers: [(model: "m1", id: "m1")]),
    ],
    groups: [(id: "X", name: "Mine", questions: [(
        text: "Is home faster than the cloud?",
        ask: Lead(of: ["local"], over: ["gpu_cloud"], by: "output_tok_s"),
    )])],
    phases: [(id: "X1", group: "X", contestants: ["one", "two"], model: "m1", priority: 1, cost_usd: 0)],
)"#;

fn own() -> Catalog {
    Catalog::builtin().unwrap().overlay(OWN, "own.ron").unwrap()
}

/// A benchmark of the own phase, as the program saves it: both lanes say where they were asked.
fn measured(catalog: &Catalog, days: usize) -> Vec<EvidenceFile> {
    let of =
        |day: usize| {
            let mut document = document(catalog, "X1", day, 6, false, |catalog, id, billions| {
                if id == "one" { 100.0 } else { planted(catalog, id, billions) }
            });
            for (lane, port) in [(0, 18303), (1, 18304)] {
                document["lanes"][lane]["endpoint"] = json!(format!("127.0.0.1:{port}"));
                document["lanes"][lane]["here"] = json!(true);
            }
            EvidenceFile::of_saved(catalog, &format!("results/X1/{day}.json"), &BenchmarkFile::of(&document).unwrap())
        };
    (1..=days).map(of).collect()
}

/// What of the built-in plan must not be on a page that has nothing to do with it.
#[track_caller]
fn without_the_plan(told: &str) {
    for plan in ["of 24", "of 25", "planned", "WSE", "A1", "LPU"] {
        assert!(!told.contains(plan), "{plan} is in\n{told}");
    }
}

#[test]
fn a_phase_of_ones_own_is_complete_and_the_built_in_plan_is_not_shown() {
    let catalog = own();
    let findings = Findings::of(&catalog, measured(&catalog, 3), options(false));
    assert_eq!(findings.progress(&catalog, PlanPart::Own), (1, 1));
    let page = page(&catalog, &findings);
    without_the_plan(&page);
    assert!(page.contains("Phases complete: 1 of 1 of a catalogue of one's own."), "{page}");
    assert!(page.contains("### Mine\n\n- Is home faster than the cloud? **no"), "{page}");
    assert!(page.contains("| X1 | One vs Two | M1 | 18 |") && !page.contains("No results yet"), "{page}");
    // A pattern of the plan that these results do say something about is told all the same.
    assert_eq!(
        summary(&catalog, &findings),
        "1 of 1 phase of one's own complete; patterns: 0 supported, 1 refuted, 0 mixed, 0 without enough evidence"
    );
}

#[test]
fn what_is_missing_is_ones_own_where_nothing_else_was_planned() {
    let catalog = own();
    let none = Findings::of(&catalog, Vec::new(), options(false));
    let told = page(&catalog, &none);
    without_the_plan(&told);
    assert!(told.contains("No results yet: X1.") && told.contains("Not measured yet: Mine: Is home"), "{told}");
    // Both plans where both were run.
    let both: Vec<EvidenceFile> =
        measured(&catalog, 1).into_iter().chain(evidence(&catalog, &["A1"], 8, false, planted)).collect();
    let both = Findings::of(&catalog, both, options(false));
    let told = page(&catalog, &both);
    assert!(told.contains("Phases complete: **1 of 24** planned, 0 of "), "{told}");
    assert!(told.contains(" beyond the plan, 1 of 1 of a catalogue of one's own."), "{told}");
    assert!(
        summary(&catalog, &both).starts_with("1 of 24 planned phases complete; 1 of 1 phase of one's own complete; ")
    );
}

#[test]
fn logs_of_watches_and_races_of_no_phase_are_of_no_plan() {
    let catalog = Catalog::builtin().unwrap();
    let line = r#"{"version":1,"started_at":"2026-12-01T10:00:00Z","name":"Home","provider":"ollama","model":"m","ok":true,"probes":1}"#;
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("watch.jsonl"), line).unwrap();
    let mut findings = Findings::of(&catalog, Vec::new(), options(false));
    findings.watched = crate::findings::watched::read(&catalog, dir.path(), false);
    let told = page(&catalog, &findings);
    without_the_plan(&told);
    assert!(told.contains("| m | Ollama | 1 |"), "{told}");
    // Two servers of nobody's plan.
    let catalog = own();
    let adhoc = measured(&catalog, 1).into_iter().map(|file| EvidenceFile { phase: None, ..file }).collect();
    let builtin = Catalog::builtin().unwrap();
    let told = page(&builtin, &Findings::of(&builtin, adhoc, options(false)));
    without_the_plan(&told);
    assert!(!told.contains("Not measured yet") && !told.contains("## The questions"), "{told}");
}

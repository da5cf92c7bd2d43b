//! How often the verdict is wrong: thousands of simulated benchmarks between contestants whose difference is known.
//! Prints false claims, coverage and power for each kind of noise and number of runs, then over days that have effects of
//! their own, and then the patterns of a whole plan in which nothing is so; `docs/statistics.md` quotes it.

#![expect(clippy::print_stdout, reason = "a table is all it is for")]

use speed_kings::catalog::{Catalog, Provider};
use speed_kings::findings::answer::HypothesisResult;
use speed_kings::findings::planted::{PlantedWorld, TrueSpeed};
use speed_kings::stats::simulate::{DayStudy, RoundRobin, RunNoise, SimulatedStudy, StudyShares};

/// Comparisons in each cell of the tables.
const COMPARISONS: u32 = 2_000;
const PAIRS: [usize; 7] = [5, 6, 7, 8, 10, 20, 50];
/// The true differences besides none.
const LEADS: [f64; 2] = [1.03, 1.10];
const SEED: u64 = 20_260_901;
/// Comparisons over days in each row: their false claims are to be told to a quarter of a point.
const DAY_COMPARISONS: u32 = 10_000;
/// Days, and what they do to a contestant.
const DAYS: [usize; 5] = [1, 2, 3, 4, 8];
const EFFECTS: [f64; 2] = [0.05, 0.10];
/// Runs of each contestant on each day.
const RUNS_A_DAY: usize = 6;
/// The true differences over days besides none.
const DAY_LEADS: [f64; 2] = [1.3, 2.0];
/// Results of the whole plan in each row.
const WORLDS: u32 = 400;

/// `cargo bench --bench calibration days` makes only the tables of days.
fn main() {
    if !std::env::args().any(|argument| argument == "days") {
        runs();
    }
    over_days();
    patterns();
}

/// Two contestants in one benchmark.
fn runs() {
    println!("{COMPARISONS} comparisons in each row, noise as stated in src/stats/simulate.rs, seed {SEED}\n");
    let (mut cells, mut same, mut covered) = (0.0, 0.0, 0.0);
    println!("{:<8} {:>5}  {:>12} {:>9} {:>14}", "noise", "runs", "false claims", "coverage", "BCa coverage");
    for (noise, pairs) in setup() {
        let told = study(noise, pairs, 1.0, true);
        let StudyShares { false_claims, coverage, bootstrap_coverage, .. } = told;
        println!(
            "{noise:<8?} {pairs:>5}  {:>12} {:>9} {:>14}",
            pct(false_claims),
            pct(coverage),
            pct(bootstrap_coverage)
        );
        (cells, same, covered) = (cells + 1.0, same + false_claims, covered + coverage);
    }
    println!("{:<8} {:>5}  {:>12} {:>9}\n", "all", "", pct(same / cells), pct(covered / cells));
    for lead in LEADS {
        println!("a true difference of {:.0} %", (lead - 1.0) * 100.0);
        println!("{:<8} {:>5}  {:>12} {:>9} {:>14}", "noise", "runs", "power", "coverage", "wrong way");
        for (noise, pairs) in setup() {
            let StudyShares { power, coverage, wrong_way, .. } = study(noise, pairs, lead, false);
            println!("{noise:<8?} {pairs:>5}  {:>12} {:>9} {:>14}", pct(power), pct(coverage), pct(wrong_way));
        }
        println!();
    }
    in_turn();
}

/// Two contestants that are one server, which uses several machines in turn: what a fixed order makes of it, and a drawn one.
fn in_turn() {
    println!("false claims behind a server that uses several machines in turn");
    println!("{:>8} {:>5}  {:>14} {:>14}", "machines", "runs", "ABBA", "drawn blocks");
    for machines in [2, 3, 4, 6, 8] {
        for pairs in [5, 8, 10, 20] {
            let drawn = RoundRobin { machines, pairs, fixed: false, comparisons: COMPARISONS, seed: SEED };
            let fixed = RoundRobin { fixed: true, ..drawn };
            println!("{machines:>8} {pairs:>5}  {:>14} {:>14}", pct(fixed.false_claims()), pct(drawn.false_claims()));
        }
    }
}

/// Two contestants over several days.
fn over_days() {
    println!(
        "{DAY_COMPARISONS} comparisons in each row over days with effects of their own, {RUNS_A_DAY} runs a day, calm\n"
    );
    println!(
        "{:>10} {:>5}  {:>12} {:>9} {:>18} {:>13} {:>13}",
        "day effect", "days", "false claims", "coverage", "false without days", "power at 30 %", "power at 2×"
    );
    for (effect, days) in EFFECTS.into_iter().flat_map(|effect| DAYS.map(|days| (effect, days))) {
        let study = |lead: f64| {
            let (noise, pairs, comparisons) = (RunNoise::Calm, RUNS_A_DAY, DAY_COMPARISONS);
            let each = SimulatedStudy { noise, pairs, lead, comparisons, seed: SEED, bootstrap: false };
            DayStudy { each, days, effect }.run()
        };
        let told = study(1.0);
        let [small, large] = DAY_LEADS.map(|lead| pct(study(lead).claims));
        println!(
            "{:>10} {days:>5}  {:>12} {:>9} {:>18} {small:>13} {large:>13}",
            pct(effect),
            pct(told.claims),
            told.coverage.map_or_else(|| "none".to_owned(), pct),
            pct(told.claims_by_runs),
        );
    }
    println!();
}

/// The patterns of a whole plan: how often one is claimed where nothing is so.
fn patterns() {
    // Ten times slower where it is local, so that the pattern of 10 to 50 times stands on its edge.
    let nothing: TrueSpeed = |provider: &Provider, _| if provider.local { 10.0 } else { 100.0 };
    let Ok(catalog) = Catalog::builtin() else { return println!("no catalogue") };
    println!("{WORLDS} results of the whole plan in each row, nothing of which is so, {RUNS_A_DAY} runs a day\n");
    println!("{:>10} {:>5}  {:>8}  {:>12}", "day effect", "days", "patterns", "false claims");
    for (effect, days) in EFFECTS.into_iter().flat_map(|effect| [1, 2, 3, 4, 8].map(|days| (effect, days))) {
        let world = PlantedWorld { catalog: &catalog, days, runs: 6, effect, truth: nothing };
        let mut rng = fastrand::Rng::with_seed(SEED);
        let (mut asked, mut claimed) = (0.0, 0.0);
        for holds in (0..WORLDS).flat_map(|_| world.patterns(&mut rng)) {
            asked += 1.0;
            claimed += f64::from(u8::from(holds != HypothesisResult::Open));
        }
        println!("{:>10} {days:>5}  {asked:>8}  {:>12}", pct(effect), pct(claimed / asked));
    }
}

fn setup() -> impl Iterator<Item = (RunNoise, usize)> {
    RunNoise::ALL.into_iter().flat_map(|noise| PAIRS.map(|pairs| (noise, pairs)))
}

fn study(noise: RunNoise, pairs: usize, lead: f64, bootstrap: bool) -> StudyShares {
    SimulatedStudy { noise, pairs, lead, comparisons: COMPARISONS, seed: SEED, bootstrap }.run()
}

fn pct(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

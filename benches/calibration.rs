//! How often the verdict is wrong: thousands of simulated benchmarks between contestants whose difference is known.
//! Prints false claims, coverage and power for each kind of noise and number of runs; `docs/statistics.md` quotes it.

#![expect(clippy::print_stdout, reason = "a table is all it is for")]

use speed_kings::stats::simulate::{InTurn, Noise, Study, Told};

/// Comparisons in each cell of the tables.
const COMPARISONS: u32 = 2_000;
const PAIRS: [usize; 7] = [5, 6, 7, 8, 10, 20, 50];
/// The true differences besides none.
const LEADS: [f64; 2] = [1.03, 1.10];
const SEED: u64 = 20_260_901;

fn main() {
    println!("{COMPARISONS} comparisons in each row, noise as stated in src/stats/simulate.rs, seed {SEED}\n");
    let (mut cells, mut same, mut covered) = (0.0, 0.0, 0.0);
    println!("{:<8} {:>5}  {:>12} {:>9} {:>14}", "noise", "runs", "false claims", "coverage", "BCa coverage");
    for (noise, pairs) in grid() {
        let told = study(noise, pairs, 1.0, true);
        let Told { false_claims, coverage, bootstrap_coverage, .. } = told;
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
        for (noise, pairs) in grid() {
            let Told { power, coverage, wrong_way, .. } = study(noise, pairs, lead, false);
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
            let drawn = InTurn { machines, pairs, fixed: false, comparisons: COMPARISONS, seed: SEED };
            let fixed = InTurn { fixed: true, ..drawn };
            println!("{machines:>8} {pairs:>5}  {:>14} {:>14}", pct(fixed.false_claims()), pct(drawn.false_claims()));
        }
    }
}

fn grid() -> impl Iterator<Item = (Noise, usize)> {
    Noise::ALL.into_iter().flat_map(|noise| PAIRS.map(|pairs| (noise, pairs)))
}

fn study(noise: Noise, pairs: usize, lead: f64, bootstrap: bool) -> Told {
    Study { noise, pairs, lead, comparisons: COMPARISONS, seed: SEED, bootstrap }.run()
}

fn pct(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

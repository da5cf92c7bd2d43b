//! The last results of each phase, out of the recordings of its races.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::date;
use crate::format;
use crate::race::verdict::{RaceOutcome, Verdict};
use crate::record::reader::read_file;
use crate::text::printable;
use crate::ui::app::PhaseResult;

/// Results of a phase that are shown at the most.
const RESULTS_SHOWN: usize = 12;
/// Recordings that are looked through for last results, newest first.
const RECORDINGS_READ: usize = 200;

/// The newest results of each phase among the recordings in `dir`.
pub(super) fn phase_results(dir: &Path) -> BTreeMap<String, Vec<PhaseResult>> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "race"));
    // The names begin with the time.
    files.sort();
    let mut results: BTreeMap<String, Vec<PhaseResult>> = BTreeMap::new();
    for path in files.iter().rev().take(RECORDINGS_READ) {
        let Ok(recording) = read_file(path) else { continue };
        let Some(phase) = recording.header.setup.phase.clone() else { continue };
        let results = results.entry(phase.id).or_default();
        if results.len() < RESULTS_SHOWN {
            let race = recording.race();
            let day = recording.header.recorded_at.map(date::day).unwrap_or_default();
            let sim = if race.simulated() { "SIM, " } else { "" };
            let short = format!("{}{}", sim.replace(',', ""), short_result(&race));
            results.push(PhaseResult { short, full: format!("{} ({sim}{day})", result(&race)) });
        }
    }
    results
}

/// How a race ended, in two words.
pub(super) fn short_result(race: &crate::race::Race) -> String {
    match Verdict::of(race).outcome {
        RaceOutcome::Won { winner, ratio, .. } => {
            format!("{} {}", printable(race.name(winner)), format::ratio(ratio))
        }
        RaceOutcome::DeadHeat { .. } => "dead heat".into(),
        RaceOutcome::None { .. } => "no verdict".into(),
    }
}

/// How a race ended, in a line.
fn result(race: &crate::race::Race) -> String {
    let verdict = Verdict::of(race);
    let weight = verdict.weight();
    match verdict.outcome {
        RaceOutcome::Won { winner, ratio, by, .. } => {
            format!("{weight}{} won, {}, {by} ahead", printable(race.name(winner)), format::ratio(ratio))
        }
        RaceOutcome::DeadHeat { by } => format!("{weight}dead heat, {}", format::apart(by)),
        RaceOutcome::None { .. } => "no verdict".into(),
    }
}

//! Which phases have their results, as far as the files tell.
//! A phase is complete when one of its files has so many rounds in which every contestant brought real figures that a
//! claim is possible.

use std::collections::BTreeSet;
use std::path::Path;

use crate::bench::saved::{BenchmarkFile, LaneResult};
use crate::catalog::Phase;
use crate::race::verdict::Metric;
use crate::stats::compare::MIN_PAIRS;

/// The folder of saved results, a folder for each phase in it.
pub(super) const DIR: &str = "results";

/// Whether `dir` holds a result of all contestants of `phase`. A file that can't be read is no result.
pub(super) fn complete(dir: &Path, phase: &Phase) -> bool {
    let files = std::fs::read_dir(dir.join(&phase.id)).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut json = files.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    json.any(|path| BenchmarkFile::read(&path).is_ok_and(|saved| is_result(&saved, phase)))
}

fn is_result(saved: &BenchmarkFile, phase: &Phase) -> bool {
    let lane = |id: &String| saved.lanes.iter().find(|lane| &lane.identity.provider == id && !lane.identity.simulated);
    let rounds = |lane: &LaneResult| lane.by_round(Metric::Total).into_keys().collect::<BTreeSet<u32>>();
    let lanes: Option<Vec<BTreeSet<u32>>> = phase.contestants.iter().map(|id| lane(id).map(rounds)).collect();
    let common = lanes.and_then(|lanes| lanes.into_iter().reduce(|a, b| &a & &b));
    saved.phase.as_ref() == Some(&phase.id)
        && saved.concurrency() == 1
        && common.is_some_and(|common| common.len() >= MIN_PAIRS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::catalog::Catalog;

    fn document(simulated: bool, ok: bool) -> Value {
        runs(simulated, ok, MIN_PAIRS)
    }

    fn runs(simulated: bool, ok: bool, runs: usize) -> Value {
        let runs = vec![json!({"ok": ok, "total_ms": 5.0}); runs];
        let lane = |id: &str| json!({"provider": id, "simulated": simulated, "runs": runs});
        json!({"version": 1, "phase": "A1", "lanes": [lane("cerebras"), lane("groq")]})
    }

    #[test]
    fn only_good_real_runs_of_everybody_complete_a_phase() {
        let catalog = Catalog::builtin().unwrap();
        let (a1, a2) = (catalog.phase("A1").unwrap(), catalog.phase("A2").unwrap());
        let holds = |simulated, ok, phase| is_result(&BenchmarkFile::of(&document(simulated, ok)).unwrap(), phase);
        assert!(holds(false, true, a1));
        assert!(!holds(false, true, a2), "another phase");
        assert!(!holds(true, true, a1), "simulated");
        assert!(!holds(false, false, a1), "failed");
        assert!(
            !is_result(&BenchmarkFile::of(&runs(false, true, MIN_PAIRS - 1)).unwrap(), a1),
            "too few for any claim"
        );
    }

    #[test]
    fn files_are_looked_for_by_phase() {
        let catalog = Catalog::builtin().unwrap();
        let a1 = catalog.phase("A1").unwrap();
        let dir = tempfile::tempdir().unwrap();
        assert!(!complete(dir.path(), a1));
        let folder = dir.path().join("A1");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("1.json"), "{").unwrap();
        assert!(!complete(dir.path(), a1));
        std::fs::write(folder.join("2.json"), document(false, true).to_string()).unwrap();
        assert!(complete(dir.path(), a1));
    }
}
